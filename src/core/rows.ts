/** Lists of thousands of rows that are read one after the other and never stand as objects all at once. */

/** What is read from its first row to its last, as often as one likes; an array is one too. */
export interface Rows<Row> extends Iterable<Row> {
  readonly length: number;
}

/** Rows as JSON text, a page at a time: a quarter of the memory that objects take. For rows of plain JSON only. */
export class PackedRows<Row> implements Rows<Row> {
  readonly #pages: string[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(page: readonly Row[]): void {
    if (page.length > 0) this.addText(JSON.stringify(page), page.length);
  }

  /** A page that is text already: a JSON array of so many rows. */
  addText(page: string, length: number): void {
    this.#pages.push(page);
    this.#length += length;
  }

  *[Symbol.iterator](): Generator<Row> {
    for (const page of this.#pages) yield* JSON.parse(page) as Row[];
  }

  toJSON(): Row[] {
    return [...this];
  }
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
