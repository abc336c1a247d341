/**
 * Long documents (a report of ten thousand rows, its CSV) go to the database and come back in pieces: as one parameter or one
 * value the driver would hold them three and four times over. Until then they stand with the database, in
 * variables of the transaction. Short ones, nearly all, travel as they always do and cost no statement more.
 */
import { sql, type RawBuilder } from 'kysely';
import { PackedRows } from '../platform/packed-rows.ts';
import { writeExactPieces } from '../platform/exact-json.ts';
import type { TenantTx } from './tenant.ts';

const PIECE = 65_536;
/** A stored document is long from here on, in bytes as the database holds it (packed, to a fifth or so). */
const LONG = 32_768;

const variable = (name: string): string => `ledgerferry.long_${name}`;

/** The value of a JSON column for a statement that follows in the same transaction; null stays null. */
export async function longJson(tx: TenantTx, name: string, value: unknown): Promise<RawBuilder<string> | null> {
  if (value === null || value === undefined) return null;
  return sql<string>`${await longText(tx, name, writeExactPieces(value))}::jsonb`;
}

/** A text that was written in parts, for a statement that follows in the same transaction. */
export async function longText(tx: TenantTx, name: string, parts: Iterable<string>): Promise<RawBuilder<string>> {
  let [held, count] = ['', 0];
  for (const piece of piecesOf(parts)) {
    if (held !== '') await keep(tx, pieceOf(name, count++), held);
    held = piece;
  }
  if (count === 0) return sql<string>`${held}::text`;
  await keep(tx, pieceOf(name, count), held);
  // Put together once: a text that grew by one piece after the other would be copied as often as it has pieces.
  return sql<string>`(select string_agg(current_setting(${pieceOf(name, '')} || at), '' order by at)
    from generate_series(0, ${count}::integer) as at)`;
}

const pieceOf = (name: string, at: number | ''): string => `${variable(name)}_${String(at)}`;

/** None of them long, none ending in the middle of a letter: half a surrogate pair would arrive as a question mark. */
function* piecesOf(parts: Iterable<string>): Generator<string> {
  for (const text of parts)
    for (let from = 0, to = 0; from < text.length; from = to) {
      to = Math.min(from + PIECE, text.length);
      if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
      yield text.slice(from, to);
    }
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff;

/** The length is answered only because a query has to answer something: the text itself would come back. */
const keep = async (tx: TenantTx, name: string, piece: string): Promise<unknown> =>
  sql`select octet_length(set_config(${name}, ${piece}, true))`.execute(tx);

/** A JSON column as it is, or nothing where it is long: then `readLongReport` or `readLongResult` fetches it. */
export const unlessLong = (column: string): RawBuilder<unknown> =>
  sql`case when ${isLong(column)} then null else ${sql.ref(column)} end`;
export const isLong = (column: string): RawBuilder<boolean> =>
  sql<boolean>`coalesce(pg_column_size(${sql.ref(column)}) > ${sql.lit(LONG)}, false)`;

/** The long result of one run, read in pieces. */
export async function readLongResult(tx: TenantTx, runId: string): Promise<unknown> {
  const name = variable('result');
  const { rows } = await sql<{ letters: number }>`
    select length(set_config(${name}, result::text, true)) as letters from runs where run_id = ${runId}`.execute(tx);
  const pieces: string[] = [];
  for (let at = 1; at <= (rows[0]?.letters ?? 0); at += PIECE) {
    const found = await sql<{ piece: string }>`
      select substr(current_setting(${name}), ${at}::integer, ${PIECE}::integer) as piece`.execute(tx);
    pieces.push(found.rows[0]?.piece ?? '');
  }
  return JSON.parse(pieces.join('')) as unknown;
}

const PAGE = 250;

/** The long report of one run: its rows stay text, a page at a time, until somebody reads them. */
export async function readLongReport(tx: TenantTx, runId: string): Promise<unknown> {
  const { rows: heads } = await sql<{ head: object }>`
    select report - 'rows' as head from runs where run_id = ${runId}`.execute(tx);
  const { rows: pages } = await sql<{ page: string; length: number }>`
    select jsonb_agg(one order by at)::text as page, count(*)::integer as length
    from runs, jsonb_array_elements(report -> 'rows') with ordinality as list(one, at)
    where run_id = ${runId}
    group by (at - 1) / ${sql.lit(PAGE)} order by (at - 1) / ${sql.lit(PAGE)}`.execute(tx);
  const rows = new PackedRows<unknown>();
  for (const { page, length } of pages) rows.addText(page, length);
  return { ...heads[0]?.head, rows };
}
