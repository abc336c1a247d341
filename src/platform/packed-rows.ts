/** The rows of a long report, packed: ten thousand of them take 0.5 MB, and 3.5 as JSON text. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Rows } from '../core/rows.ts';

/** Quick rather than small: a page becomes a seventh as it is. */
const LEVEL = 1;

/** Rows as JSON text, a page at a time and packed. For rows of plain JSON only. */
export class PackedRows<Row> implements Rows<Row> {
  readonly #pages: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(page: readonly Row[]): void {
    if (page.length > 0) this.addText(JSON.stringify(page), page.length);
  }

  /** A page that is text already: a JSON array of so many rows. */
  addText(page: string, length: number): void {
    this.#pages.push(deflateRawSync(page, { level: LEVEL }));
    this.#length += length;
  }

  *[Symbol.iterator](): Generator<Row> {
    for (const page of this.#pages) yield* JSON.parse(inflateRawSync(page).toString()) as Row[];
  }

  toJSON(): Row[] {
    return [...this];
  }
}
