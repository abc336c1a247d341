/** Links as a CSV file: read, looked at line by line before anything is taken, written in the form that is read again. */
import { parse } from 'csv-parse/sync';
import { cell } from '../mail/escape.ts';
import { renderCsvTable } from '../mail/report-csv.ts';
import { loadLinks, type Link } from '../store/links.ts';
import { withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import { LinkCheck, type LinkRequest } from './linking.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';

/** Checked and written in one transaction. */
const PAIRS_MAX = 100_000;

export const renderLinksCsv = (links: readonly Link[]): string =>
  renderCsvTable(
    ['kind', 'source', 'quickbooks', 'name', 'origin'],
    links.map((one) => [one.kind, one.source_key, one.quickbooks_id, one.quickbooks_name, one.origin]),
  );

/** The pairs of a CSV text with the columns kind, source and quickbooks. @param name how errors call it @throws WrongUse */
export function parseLinks(name: string, text: string): LinkRequest[] {
  const [heading, ...rows] = parsedCsv(name, text);
  const at = (column: string): number =>
    (heading?.cells ?? []).findIndex((cell) => cell.trim().toLowerCase() === column);
  const [kind, source, quickbooks] = [at('kind'), at('source'), at('quickbooks')];
  if (kind < 0 || source < 0 || quickbooks < 0)
    throw new WrongUse(`${name}: its first line must name the columns kind, source and quickbooks.`);
  if (rows.length === 0) throw new WrongUse(`${name} holds no pair.`);
  if (rows.length > PAIRS_MAX)
    throw new WrongUse(
      `${name} holds ${counted(rows.length)} pairs; at most ${counted(PAIRS_MAX)} are taken at once. Split it, and take one part after the other.`,
    );
  const of = (row: readonly string[], column: number): string => unguarded(row[column] ?? '');
  return rows.map(({ line, cells }) => ({
    line,
    kind: of(cells, kind),
    source: of(cells, source),
    quickbooks: of(cells, quickbooks),
  }));
}

/** Without the apostrophes that an export puts before what a spreadsheet would run: only where it would put them again. */
const unguarded = (text: string): string =>
  [text.replaceAll(/(^|[,;|])'/g, '$1'), text.replace(/^'/, '')].find((one) => one !== text && cell(one) === text) ??
  text;

const counted = (count: number): string => count.toLocaleString('en-US');

interface CsvRow {
  /** Where it begins in the file, as a person counts: the heading is line 1, blank lines count. */
  readonly line: number;
  readonly cells: readonly string[];
}

const LINE_END = /\r\n|\n|\r/g;
const linesIn = (text: string): number => text.match(LINE_END)?.length ?? 0;
const BLANK_LINES = /^(?:[^\S\r\n]*(?:\r\n|\n|\r))*/;

/** Cells by line; a byte order mark, semicolons and blank lines are taken as spreadsheets write them. */
function parsedCsv(name: string, text: string): CsvRow[] {
  // Zero bytes are UTF-16 or no text at all; the replacement character stands where other letters could not be read.
  if (/[\0\uFFFD]/.test(text) || !text.isWellFormed())
    throw new WrongUse(`${name} is no UTF-8 text: save it as “CSV UTF-8” in your spreadsheet, then import that file.`);
  try {
    const delimiter = (text.split('\n', 1)[0] ?? '').includes(';') ? ';' : ',';
    const options = { bom: true, delimiter, skip_empty_lines: true, relax_column_count: true, trim: true, raw: true };
    // `raw` is what stands in the file since the row before: blank lines, then the row with its quoted line ends.
    const records = parse(text, options) as unknown as { record: string[]; raw: string }[];
    let before = 0;
    return records.map(({ record, raw }) => {
      const line = before + linesIn(BLANK_LINES.exec(raw)?.[0] ?? '') + 1;
      before += linesIn(raw);
      return { line, cells: record };
    });
  } catch (error) {
    throw new WrongUse(`${name} is no CSV: ${error instanceof Error ? error.message : 'unknown'}.`);
  }
}

export interface LinkLine extends LinkRequest {
  /** As a person counts in the file: the heading is line 1. */
  readonly line: number;
  readonly result: 'new' | 'change' | 'same' | 'error';
  /** What it is now, or why it cannot be. */
  readonly text: string;
  readonly quickbooksName: string;
}

/** What a file would change, line by line; changes nothing. @throws WrongUse where it is no such file */
export async function previewLinks(services: Services, tenant: Tenant, text: string): Promise<LinkLine[]> {
  const requests = parseLinks('The file', text);
  return withTenant(services.database, tenant, async (tx) => {
    const check = new LinkCheck(tx, await loadLinks(tx));
    const lines: LinkLine[] = [];
    for (const [index, request] of requests.entries()) {
      const base = { ...request, line: request.line ?? index + 1 };
      try {
        const link = await check.next(request);
        const old = check.old(link);
        const result = old === undefined ? 'new' : check.isSame(link) ? 'same' : 'change';
        lines.push({ ...base, result, text: old?.quickbooks_name ?? '', quickbooksName: link.quickbooksName });
      } catch (error) {
        if (!(error instanceof WrongUse)) throw error;
        lines.push({ ...base, result: 'error', text: error.message, quickbooksName: '' });
      }
    }
    return lines;
  });
}
