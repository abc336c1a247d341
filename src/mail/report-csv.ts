/** All rows of a report as CSV: UTF-8 with a byte order mark and CRLF, as spreadsheets expect; every cell neutralised. */
import { stringify } from 'csv-stringify/sync';
import type { ReportRow, RunReport } from '../core/report.ts';
import { chunksOf, type Rows } from '../core/rows.ts';
import { cell } from './escape.ts';
import type { MailAttachment } from './mail.ts';
import { messageOf, remediesOf, shownAmount, stateWord } from './report-words.ts';

/** People's spreadsheets refer to these; new ones go to the end. */
export const reportColumns = [
  'Autotask id',
  'Copy',
  'Autotask number',
  'Company',
  'Invoice date',
  'State',
  'QuickBooks number',
  'QuickBooks id',
  'Currency',
  'Total',
  'Tax',
  'QuickBooks total',
  'Message',
  'What to do',
] as const;

const cellsOf = (row: ReportRow): string[] => [
  String(row.autotaskInvoiceId),
  String(row.copyNumber),
  row.invoiceNumber ?? '',
  row.company ?? '',
  row.invoiceDate ?? '',
  stateWord(row),
  row.quickbooksNumber ?? '',
  row.quickbooksId ?? '',
  row.currency ?? '',
  shownAmount(row.total),
  shownAmount(row.tax),
  shownAmount(row.quickbooksTotal),
  messageOf(row),
  remediesOf(row),
];

/** So many rows are turned into text at a time: ten thousand of them never stand as cells all at once. */
const CHUNK = 500;

/** Rows as CSV in our form, turned into text a few at a time. */
export function renderRows<Row>(
  columns: readonly string[],
  rows: Rows<Row>,
  of: (row: Row) => readonly string[],
): string {
  const text = (records: readonly (readonly string[])[], bom: boolean): string =>
    stringify(
      records.map((record) => record.map(cell)),
      { bom, record_delimiter: 'windows' },
    );
  const parts = [text([columns], true)];
  for (const chunk of chunksOf(rows, CHUNK)) parts.push(text(chunk.map(of), false));
  return parts.join('');
}

/** Any table as CSV in our form. */
export const renderCsvTable = (columns: readonly string[], records: readonly (readonly string[])[]): string =>
  renderRows(columns, records, (record) => record);

export const renderCsv = (report: RunReport): string => renderRows(reportColumns, report.rows, cellsOf);

export const csvAttachment = (name: string, content: string): MailAttachment => ({
  filename: `ledgerferry-${name.replaceAll(/[^A-Za-z0-9-]+/g, '-')}.csv`,
  contentType: 'text/csv; charset=utf-8',
  content,
});

/** The CSV of a report, named after its day and run. */
export const reportAttachment = (report: RunReport): MailAttachment =>
  csvAttachment(`${(report.endedAt ?? 'run').slice(0, 10)}-${report.runId.slice(0, 8)}`, renderCsv(report));
