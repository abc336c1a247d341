export function nodeFlags(holdsSandboxes: boolean, line?: number): string[];
