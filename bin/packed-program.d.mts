export function packedProgram(node: string): string;
