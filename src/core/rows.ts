/** Lists of thousands of rows that are read one after the other and never stand as objects all at once. */

/** What is read from its first row to its last, as often as one likes; an array is one too. */
export interface Rows<Row> extends Iterable<Row> {
  readonly length: number;
}

/** Each row as something else, made when it is read. */
export const mapRows = <Row, Other>(rows: Rows<Row>, of: (row: Row) => Other): Rows<Other> & { toJSON(): Other[] } => ({
  length: rows.length,
  *[Symbol.iterator]() {
    for (const row of rows) yield of(row);
  },
  toJSON() {
    return [...this];
  },
});

/** The first of them, at most so many. */
export const firstRows = <Row>(rows: Rows<Row>, most: number): Row[] => Iterator.from(rows).take(most).toArray();

/** Consecutive pieces of at most `size`. */
export function* chunksOf<Row>(rows: Rows<Row>, size: number): Generator<Row[]> {
  let chunk: Row[] = [];
  for (const row of rows) {
    chunk.push(row);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Each key's row once, the last one told: a list that names a row twice must not stop a run. */
export const once = <Row>(rows: readonly Row[], keyOf: (row: Row) => string): Row[] => [
  ...new Map(rows.map((row) => [keyOf(row), row])).values(),
];
