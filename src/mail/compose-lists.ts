/** The smaller mails: the list of what would go, the result of a manual copy, and an alert. Pure. */
import type { ReportRow, RunReport } from '../core/report.ts';
import { mapRows } from '../core/rows.ts';
import type { SideLine } from '../core/side-by-side.ts';
import { header, html } from './escape.ts';
import { badge, details, heading, notice, page, paragraph, soft, strong, table } from './html-page.ts';
import type { Mail, MailPlace } from './mail.ts';
import { csvAttachment, renderCsvTable, reportAttachment } from './report-csv.ts';
import {
  inCents,
  instantText,
  invoiceIdText,
  messageOf,
  moreText,
  plural,
  remediesOf,
  ROWS_SHOWN,
  shownAmount,
  stateWord,
  toneOf,
  whoText,
} from './report-words.ts';
import { layTable, wrap, type TextColumn } from './text-layout.ts';

const WIDTH = 110;

// ---- the list of what the next run would pick up (facts/mission.md A10.2)

/** One invoice of the window, with the rules that keep it out. `total` is decimal text. */
export interface ReadyRow {
  readonly autotaskInvoiceId: number;
  readonly invoiceNumber: string;
  readonly company: string;
  readonly total: string;
  readonly ready: boolean;
  readonly reasons: readonly { readonly code?: string; readonly text: string }[];
  readonly invoiceDate: string | null;
  readonly createdAt: string | null;
  /** When another program marked it in Autotask as processed (its web service date). */
  readonly processedAt: string | null;
}

const readyHeadline = (rows: readonly ReadyRow[]): string => {
  const ready = rows.filter((row) => row.ready).length;
  const there = rows.filter(isThere).length;
  return rows.length === 0
    ? 'No invoice is in the window.'
    : `${String(ready)} of ${plural(rows.length, 'invoice', 'invoices')} in the window ${ready === 1 ? 'is' : 'are'} ready for QuickBooks${there === 0 ? '' : `, ${plural(there, 'is', 'are')} there already`}.`;
};

/** Posted before: neither ready nor kept out. */
const isThere = (row: ReadyRow): boolean => row.reasons.some((one) => one.code === 'already-in-quickbooks');

const why = (row: ReadyRow): string => row.reasons.map((one) => one.text).join(' ');
const readyWord = (row: ReadyRow): string => (isThere(row) ? 'in QuickBooks' : row.ready ? 'ready' : 'not ready');

const readyColumns: readonly TextColumn<ReadyRow>[] = [
  { title: 'Autotask', of: (row) => String(row.autotaskInvoiceId) },
  { title: 'Number', of: (row) => row.invoiceNumber, most: 21, dropRank: 1 },
  { title: 'Company', of: (row) => row.company, most: 40, least: 14 },
  { title: 'Before tax', of: (row) => inCents(row.total), right: true },
  { title: 'State', of: readyWord },
];

/** The list as plain text, for the mail and the terminal; all rows unless `look` says otherwise. */
export function renderReadyText(
  rows: readonly ReadyRow[],
  look: { readonly width?: number; readonly rowsShown?: number } = {},
): string {
  if (rows.length === 0) return readyHeadline(rows);
  const { width = WIDTH, rowsShown = rows.length } = look;
  const shown = rows.slice(0, rowsShown);
  const { head, lineOf } = layTable(readyColumns, shown, width);
  const lines = shown.flatMap((row) => [lineOf(row), ...wrap(why(row), width, '    ')]);
  const more = moreText(rows.length, shown.length, 'the attached CSV');
  return [readyHeadline(rows), '', ...head, ...lines, ...(more === null ? [] : ['', more])].join('\n');
}

function renderReadyHtml(rows: readonly ReadyRow[], place: MailPlace): string {
  const shown = rows.slice(0, ROWS_SHOWN);
  const more = moreText(rows.length, shown.length, 'the attached CSV');
  return page({
    place,
    about: 'ready list',
    headline: readyHeadline(rows),
    inner: [
      rows.length === 0 ? '' : heading('Invoices') + readyTable(shown),
      more === null ? '' : paragraph(soft(more)),
    ].join('\n'),
    foot: 'Nothing was posted: this list only shows what the next run would do.',
  });
}

const readyTable = (rows: readonly ReadyRow[]): string =>
  table<ReadyRow>(
    [
      { title: 'Autotask', inner: (row) => String(row.autotaskInvoiceId), whole: true },
      { title: 'Number', inner: (row) => html(row.invoiceNumber) },
      { title: 'Company', inner: (row) => html(row.company) },
      { title: 'Before tax', inner: (row) => html(inCents(row.total)), right: true, whole: true },
      { title: 'State', inner: (row) => badge(readyWord(row), row.ready || isThere(row) ? 'good' : 'act') },
    ],
    rows,
    (row) => html(why(row)),
  );

/** New ones go to the end; the two marks are the number and the date of processing (facts/mission.md A4). */
const readyCsvColumns = [
  'Autotask id',
  'Autotask number',
  'Company',
  'Total before tax',
  'Ready',
  'Reasons',
  'Invoice date',
  'Created',
  'Processed in Autotask',
] as const;

const readyCsv = (rows: readonly ReadyRow[]): string =>
  renderCsvTable(
    readyCsvColumns,
    rows.map((row) => [
      String(row.autotaskInvoiceId),
      row.invoiceNumber,
      row.company,
      shownAmount(row.total),
      readyWord(row),
      why(row),
      row.invoiceDate ?? '',
      row.createdAt ?? '',
      row.processedAt ?? '',
    ]),
  );

/** What the next run would pick up and what not, as mail with a CSV. */
export function composeReadyList(
  rows: readonly ReadyRow[],
  connectionName: string,
  publicUrl: string | null = null,
): Mail {
  return {
    kind: 'ready-list',
    subject: header(`${connectionName}: ${readyHeadline(rows)}`),
    text: `${renderReadyText(rows, { rowsShown: ROWS_SHOWN })}\n`,
    html: renderReadyHtml(rows, { connectionName, publicUrl }),
    attachments: [csvAttachment('ready', readyCsv(rows))],
  };
}

// ---- the result of a manual copy

const copyHeadline = (report: RunReport): string => {
  const [...rows] = report.rows;
  const made = rows.filter((row) => row.isNew);
  const invoices = (some: readonly ReportRow[]): number => new Set(some.map((row) => row.autotaskInvoiceId)).size;
  if (invoices(rows) > 1)
    return `${String(invoices(made))} of ${String(invoices(rows))} invoices are now in QuickBooks.`;
  const asked = made[0] ?? rows[0];
  if (asked?.isNew === true)
    return `Invoice ${String(asked.autotaskInvoiceId)} is now in QuickBooks${asked.quickbooksNumber ? ` as ${asked.quickbooksNumber}` : ''}.`;
  const what = asked === undefined ? 'The copy' : `A copy of invoice ${String(asked.autotaskInvoiceId)}`;
  return asked?.state === 'posting' || asked?.state === 'verifying'
    ? `${what} is being looked up: QuickBooks gave no clear answer.`
    : `${what} was not made.`;
};

const copyDetails = (row: ReportRow): readonly (readonly [string, string])[] =>
  [
    ['Autotask id', invoiceIdText(row)],
    ['Autotask number', row.invoiceNumber ?? ''],
    ['Company', row.company ?? ''],
    ['Invoice date', row.invoiceDate ?? ''],
    ['QuickBooks number', row.quickbooksNumber ?? ''],
    ['QuickBooks id', row.quickbooksId ?? ''],
    ['Total', `${shownAmount(row.total)} ${row.currency ?? ''}`.trim()],
    ['Tax', shownAmount(row.tax)],
    ['Total in QuickBooks', shownAmount(row.quickbooksTotal)],
    ['Message', messageOf(row)],
    ['What to do', remediesOf(row)],
  ].flatMap(([name = '', value = '']) => (value === '' ? [] : [[name, value] as const]));

/** The invoice's lines as they were sent; the first hundred of them. */
const LINES_SHOWN = 100;

const copyColumns: readonly TextColumn<SideLine>[] = [
  { title: 'Quantity', of: (line) => line.quantity ?? '', right: true },
  { title: 'Rate', of: (line) => line.rate ?? '', right: true },
  { title: 'Amount', of: (line) => line.amount, right: true },
  { title: 'Description', of: (line) => line.description, most: 70 },
];

const moreLines = (lines: readonly SideLine[]): string | null =>
  lines.length > LINES_SHOWN ? `and ${String(lines.length - LINES_SHOWN)} more lines` : null;

function copyLinesText({ lines = [] }: ReportRow): readonly string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, LINES_SHOWN);
  const { head, lineOf } = layTable(copyColumns, shown, WIDTH);
  const more = moreLines(lines);
  return ['', ...head, ...shown.map(lineOf), ...(more === null ? [] : [more])];
}

function copyLinesHtml({ lines = [] }: ReportRow): string {
  if (lines.length === 0) return '';
  const more = moreLines(lines);
  return (
    table<SideLine>(
      [
        { title: 'Description', inner: (line) => html(line.description) },
        { title: 'Quantity', inner: (line) => html(line.quantity ?? ''), right: true, whole: true },
        { title: 'Rate', inner: (line) => html(line.rate ?? ''), right: true, whole: true },
        { title: 'Amount', inner: (line) => html(line.amount), right: true, whole: true },
      ],
      lines.slice(0, LINES_SHOWN),
    ) + (more === null ? '' : paragraph(soft(more)))
  );
}

const copyText = (report: RunReport): string => {
  const rows = [...report.rows].flatMap((row) => [
    '',
    ...[...copyDetails(row), ['Result', stateWord(row)] as const].flatMap(([name, value]) => labelled(name, value)),
    ...copyLinesText(row),
  ]);
  return [...wrap(copyHeadline(report), WIDTH), ...wrap(report.failure ?? '', WIDTH), ...rows].join('\n');
};

/** `Company             Acme`, with further lines below the value. */
const labelled = (name: string, value: string): string[] =>
  wrap(value, WIDTH, ' '.repeat(22)).map((line, at) => (at === 0 ? name.padEnd(22) + line.slice(22) : line));

const copyHtml = (report: RunReport, place: MailPlace): string =>
  page({
    place,
    about: ['manual copy', instantText(report.endedAt)].filter((one) => one !== '').join(' · '),
    headline: copyHeadline(report),
    inner: [
      report.failure === null ? '' : notice([html(report.failure)], 'act'),
      ...mapRows(
        report.rows,
        (row) =>
          heading(`Invoice ${invoiceIdText(row)}`) +
          details([
            ['Result', badge(stateWord(row), toneOf(row))],
            ...copyDetails(row).map(([name, value]) => [name, html(value)] as const),
          ]) +
          copyLinesHtml(row),
      ),
    ].join('\n'),
    foot: `Run ${report.runId}, asked for by ${report.requestedBy}.`,
  });

/** Was the copy of one invoice made or not, and the invoice's details. */
export const composeCopyResult = (report: RunReport, place: MailPlace): Mail => ({
  kind: 'copy-result',
  subject: header(`${place.connectionName}: ${copyHeadline(report)}`),
  text: `${copyText(report)}\n`,
  html: copyHtml(report, place),
  attachments: [reportAttachment(report)],
});

// ---- an alert

/** One fault or obstacle to be told at once. Sentences as in core/problem.ts; `at` is an instant in ISO form, UTC. */
export interface Alert {
  readonly text: string;
  readonly remedy: string;
  readonly who: string;
  readonly at: string;
  readonly autotaskInvoiceId: number | null;
  /** The vendor's reference for its support, or null. */
  readonly reference: string | null;
  readonly occurrences: number;
  /** When it was told before: what came since then was held back and is counted in `occurrences`; null: told at once. */
  readonly since: string | null;
}

const attention = (alerts: readonly Alert[]): string =>
  `${plural(alerts.length, 'thing needs', 'things need')} attention.`;

const alertSubject = (alerts: readonly Alert[]): string => {
  const [first] = alerts;
  return alerts.length === 1 && first !== undefined ? first.text : attention(alerts);
};

const alertFacts = (one: Alert): string =>
  [
    whoText(one.who),
    instantText(one.at),
    ...(one.autotaskInvoiceId === null ? [] : [`Autotask invoice ${String(one.autotaskInvoiceId)}`]),
    ...(one.occurrences > 1 ? [`${String(one.occurrences)} times${sinceText(one)}`] : []),
    ...(one.reference === null ? [] : [`reference ${one.reference}`]),
  ].join(' · ');

const sinceText = ({ since }: Alert): string => (since === null ? '' : ` since the mail of ${instantText(since)}`);

const alertText = (one: Alert): string =>
  ['', ...wrap(one.text, WIDTH), ...wrap(`> ${one.remedy}`, WIDTH), ...wrap(alertFacts(one), WIDTH)].join('\n');

const alertHtml = (alerts: readonly Alert[], place: MailPlace): string =>
  page({
    place,
    about: 'alert',
    headline: attention(alerts),
    inner: `<div style="margin-top:16px">${alerts.map((one) => notice([strong(one.text), html(one.remedy), `<span style="font-size:12px">${soft(alertFacts(one))}</span>`], one.who === 'nobody' ? 'wait' : 'act')).join('\n')}</div>`,
    foot: 'Ledgerferry sends this to the report addresses of the connection.',
  });

/** What went wrong, where, and how to mend it. `alerts` holds at least one. */
export const composeErrorAlert = (alerts: readonly Alert[], place: MailPlace): Mail => ({
  kind: 'error-alert',
  subject: header(`${place.connectionName}: ${alertSubject(alerts)}`),
  text: `${[...wrap(`${place.connectionName}: ${attention(alerts)}`, WIDTH), ...alerts.map(alertText)].join('\n')}\n`,
  html: alertHtml(alerts, place),
  attachments: [],
});
