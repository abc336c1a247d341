/** QuickBooks' query language (facts/qbo.md 5.1): every value in single quotes, `\` and `'` escaped by a backslash. */

/** A quoted value. */
export const quoted = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** `IN ('a', 'b')` without the keyword. */
export const quotedList = (values: readonly string[]): string => `(${values.map(quoted).join(', ')})`;

/** An instant as QuickBooks' queries take it, in UTC. */
export const quotedInstant = (instant: Date): string => quoted(instant.toISOString().replace(/\.\d+Z$/, '+00:00'));
