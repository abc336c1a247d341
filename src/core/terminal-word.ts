/** A name as one word of a command that can be copied to a terminal; connections' names hold no quotes (addConnection). */
export const terminalWord = (name: string): string => (/\s/.test(name) ? `"${name}"` : name);
