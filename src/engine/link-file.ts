/** Links as a CSV file: read, looked at line by line before anything is taken, written in the form that is read again. */
import { parse } from 'csv-parse/sync';
import { renderCsvTable } from '../mail/report-csv.ts';
import { loadLinks, type Link } from '../store/links.ts';
import { withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import { checkLink, customerHolders, refuseShared, type LinkRequest } from './linking.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';

export const renderLinksCsv = (links: readonly Link[]): string =>
  renderCsvTable(
    ['kind', 'source', 'quickbooks', 'name', 'origin'],
    links.map((one) => [one.kind, one.source_key, one.quickbooks_id, one.quickbooks_name, one.origin]),
  );

/** The pairs of a CSV text with the columns kind, source and quickbooks. @param name how errors call it @throws WrongUse */
export function parseLinks(name: string, text: string): LinkRequest[] {
  const [head = [], ...rows] = parsedCsv(name, text);
  const at = (column: string): number => head.findIndex((cell) => cell.trim().toLowerCase() === column);
  const [kind, source, quickbooks] = [at('kind'), at('source'), at('quickbooks')];
  if (kind < 0 || source < 0 || quickbooks < 0)
    throw new WrongUse(`${name}: its first line must name the columns kind, source and quickbooks.`);
  if (rows.length === 0) throw new WrongUse(`${name} holds no pair.`);
  return rows.map((row) => ({ kind: row[kind] ?? '', source: row[source] ?? '', quickbooks: row[quickbooks] ?? '' }));
}

/** Cells by line; a byte order mark, semicolons and blank lines are taken as spreadsheets write them. */
function parsedCsv(name: string, text: string): string[][] {
  // Zero bytes are UTF-16 or no text at all; the replacement character stands where other letters could not be read.
  if (/[\0\uFFFD]/.test(text) || !text.isWellFormed())
    throw new WrongUse(`${name} is no UTF-8 text: save it as “CSV UTF-8” in your spreadsheet, then import that file.`);
  try {
    const delimiter = (text.split('\n', 1)[0] ?? '').includes(';') ? ';' : ',';
    return parse(text, { bom: true, delimiter, skip_empty_lines: true, relax_column_count: true, trim: true });
  } catch (error) {
    throw new WrongUse(`${name} is no CSV: ${error instanceof Error ? error.message : 'unknown'}.`);
  }
}

export interface LinkLine extends LinkRequest {
  /** Counted from 1, without the heading. */
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
    const links = await loadLinks(tx);
    const known = new Map(links.map((one) => [`${one.kind} ${one.source_key}`, one]));
    const holders = customerHolders(links);
    const lines: LinkLine[] = [];
    for (const [index, request] of requests.entries()) {
      const base = { ...request, line: index + 1 };
      try {
        const link = await checkLink(tx, request);
        refuseShared(holders, [link]);
        const old = known.get(`${link.kind} ${link.sourceKey}`);
        const result = old === undefined ? 'new' : old.quickbooks_id === link.quickbooksId ? 'same' : 'change';
        lines.push({ ...base, result, text: old?.quickbooks_name ?? '', quickbooksName: link.quickbooksName });
      } catch (error) {
        if (!(error instanceof WrongUse)) throw error;
        lines.push({ ...base, result: 'error', text: error.message, quickbooksName: '' });
      }
    }
    return lines;
  });
}
