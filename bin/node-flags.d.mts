export function nodeFlags(holdsSandboxes: boolean): string[];
