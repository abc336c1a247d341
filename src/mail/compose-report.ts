/** A run's report as mail: HTML, text and CSV from the same value. Also the text that the terminal shows. Pure. */
import { stringify } from 'csv-stringify/sync';
import type { Obstacle, ReportRow, RunReport } from '../core/report.ts';
import { cell, header, html } from './escape.ts';

export interface Mail {
  readonly kind: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly { readonly filename: string; readonly contentType: string; readonly content: string }[];
}

/** A longer run lists this many invoices in the mail's text; the CSV has all. */
const ROWS_SHOWN = 200;

const plural = (count: number, one: string, many: string): string => `${String(count)} ${count === 1 ? one : many}`;

/** One sentence that says it all: "42 invoices are in QuickBooks, 3 wait for you." */
export function headline(report: RunReport): string {
  const { counts } = report;
  const parts = [counts.posted === 0 ? 'No new invoice went to QuickBooks' : `${plural(counts.posted, 'invoice is', 'invoices are')} in QuickBooks`];
  if (counts.needsPerson > 0) parts.push(`${plural(counts.needsPerson, 'waits', 'wait')} for you`);
  if (counts.waiting > 0) parts.push(`${plural(counts.waiting, 'goes', 'go')} later by ${counts.waiting === 1 ? 'itself' : 'themselves'}`);
  if (counts.inDoubt > 0) parts.push(`${plural(counts.inDoubt, 'is', 'are')} being looked up`);
  if (report.failure !== null) parts.push(`the run stopped: ${report.failure}`);
  return `${parts.join(', ')}.`;
}

const stateWords: Readonly<Record<ReportRow['state'], string>> = {
  seen: 'seen',
  waiting: 'waits',
  parked: 'needs you',
  held: 'on hold',
  skipped: 'left out',
  ready: 'ready',
  posting: 'on its way',
  verifying: 'being looked up',
  posted: 'in QuickBooks',
  written_back: 'done',
  voided: 'voided',
};

export const stateWord = (row: ReportRow): string => (row.adopted && row.state !== 'voided' ? `${stateWords[row.state]} (was there)` : stateWords[row.state]);

export function composeRunReport(report: RunReport, place: { connectionName: string; publicUrl: string | null }): Mail {
  const subject = header(`${place.connectionName}: ${headline(report)}`);
  return {
    kind: report.kind === 'manual-copy' ? 'copy-result' : 'run-report',
    subject,
    text: renderReportText(report),
    html: renderHtml(report, place),
    attachments: [{ filename: `ledgerferry-${(report.endedAt ?? 'run').slice(0, 10)}-${report.runId.slice(0, 8)}.csv`, contentType: 'text/csv; charset=utf-8', content: renderCsv(report) }],
  };
}

const columns = ['Autotask id', 'Copy', 'Autotask number', 'Company', 'Invoice date', 'State', 'QuickBooks number', 'QuickBooks id', 'Currency', 'Total', 'Tax', 'QuickBooks total', 'Message', 'What to do'];

/** All rows; UTF-8 with BOM and CRLF, as spreadsheets expect; every cell neutralised. */
export function renderCsv(report: RunReport): string {
  const records = report.rows.map((row) =>
    [
      String(row.autotaskInvoiceId),
      String(row.copyNumber),
      row.invoiceNumber ?? '',
      row.company ?? '',
      row.invoiceDate ?? '',
      stateWord(row),
      row.quickbooksNumber ?? '',
      row.quickbooksId ?? '',
      row.currency ?? '',
      row.total ?? '',
      row.tax ?? '',
      row.quickbooksTotal ?? '',
      row.problems.map((one) => one.text).join(' '),
      row.problems.map((one) => one.remedy).join(' '),
    ].map(cell),
  );
  return stringify([columns, ...records], { bom: true, record_delimiter: 'windows' });
}

/** The report as plain text, for the mail's text part and the terminal. */
export function renderReportText(report: RunReport, rowsShown = ROWS_SHOWN): string {
  const out = [headline(report), ''];
  for (const total of report.totals) out.push(`Posted: ${plural(total.invoices, 'invoice', 'invoices')}, ${total.total} ${total.currency}`.trim());
  if (report.obstacles.length > 0) out.push('', 'What is in the way', ...report.obstacles.flatMap(obstacleText));
  if (report.rows.length > 0) out.push('', 'Invoices', ...table(report.rows.slice(0, rowsShown)));
  if (report.rows.length > rowsShown) out.push(`... and ${String(report.rows.length - rowsShown)} more; the CSV has all of them.`);
  return `${out.join('\n')}\n`;
}

const who: Readonly<Record<string, string>> = { bookkeeper: 'you', admin: 'the administrator', us: 'Ledgerferry', nobody: 'nobody' };
const some = (ids: readonly number[]): string => (ids.length <= 8 ? ids.join(', ') : `${ids.slice(0, 8).join(', ')} and ${String(ids.length - 8)} more`);

const obstacleText = (obstacle: Obstacle): string[] => [
  `* ${plural(obstacle.invoices.length, 'invoice', 'invoices')} (${some(obstacle.invoices)}): ${obstacle.text}`,
  `  ${obstacle.who === 'nobody' ? '' : `For ${who[obstacle.who] ?? obstacle.who}: `}${obstacle.remedy}`,
];

function table(rows: readonly ReportRow[]): string[] {
  const head = ['Autotask', 'Number', 'Company', 'State', 'QuickBooks', 'Total', 'In QuickBooks'];
  const cells = rows.map((row) => [
    String(row.autotaskInvoiceId) + (row.copyNumber > 0 ? `/${String(row.copyNumber)}` : ''),
    row.invoiceNumber ?? '',
    clip(row.company ?? '', 32),
    stateWord(row),
    row.quickbooksNumber ?? '',
    row.total ?? '',
    row.quickbooksTotal ?? '',
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((line) => [...(line[column] ?? '')].length)));
  const line = (values: readonly string[]): string =>
    values.map((value, column) => (column >= 5 ? value.padStart(widths[column] ?? 0) : value.padEnd(widths[column] ?? 0))).join('  ').trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...cells.map(line)];
}

const clip = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`);

const INK = '#1d2733';
const SOFT = '#5b6875';
const RULE = '#e3e8ee';

function renderHtml(report: RunReport, place: { connectionName: string; publicUrl: string | null }): string {
  const shown = report.rows.slice(0, ROWS_SHOWN);
  const th = (text: string, right = false): string => `<th style="text-align:${right ? 'right' : 'left'};padding:8px 10px;border-bottom:2px solid ${RULE};color:${SOFT};font-weight:600;font-size:12px;white-space:nowrap">${text}</th>`;
  const td = (text: string, right = false): string => `<td style="text-align:${right ? 'right' : 'left'};padding:8px 10px;border-bottom:1px solid ${RULE};vertical-align:top;${right ? 'white-space:nowrap;font-variant-numeric:tabular-nums' : ''}">${html(text)}</td>`;
  const rows = shown
    .map((row) => `<tr>${td(String(row.autotaskInvoiceId))}${td(row.invoiceNumber ?? '')}${td(row.company ?? '')}${td(stateWord(row))}${td(row.quickbooksNumber ?? '')}${td(row.total ?? '', true)}${td(row.tax ?? '', true)}${td(row.quickbooksTotal ?? '', true)}${td(row.problems.map((one) => one.text).join(' '))}</tr>`)
    .join('');
  const obstacles = report.obstacles.map(obstacleHtml).join('');
  const totals = report.totals.map((total) => `<p style="margin:0 0 4px">Posted: <b>${html(total.total)} ${html(total.currency)}</b> in ${plural(total.invoices, 'invoice', 'invoices')}</p>`).join('');
  const more = report.rows.length > shown.length ? `<p style="color:${SOFT}">... and ${String(report.rows.length - shown.length)} more; the attached CSV has all of them.</p>` : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${html(place.connectionName)}</title></head>
<body style="margin:0;background:#f5f7fa;color:${INK};font:14px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:980px;margin:0 auto;padding:24px 16px">
<div style="background:#ffffff;border:1px solid ${RULE};border-radius:8px;padding:24px">
<p style="margin:0;color:${SOFT};font-size:12px">${html(place.connectionName)} &middot; ${html(report.kind.replace('-', ' '))} &middot; ${html(report.endedAt ?? '')}</p>
<h1 style="margin:4px 0 12px;font-size:20px;font-weight:600">${html(headline(report))}</h1>${totals}
${obstacles === '' ? '' : `<h2 style="margin:24px 0 8px;font-size:15px">What is in the way</h2>${obstacles}`}
${rows === '' ? '' : `<h2 style="margin:24px 0 8px;font-size:15px">Invoices</h2><table style="border-collapse:collapse;width:100%;font-size:13px"><thead><tr>${th('Autotask')}${th('Number')}${th('Company')}${th('State')}${th('QuickBooks')}${th('Total', true)}${th('Tax', true)}${th('In QuickBooks', true)}${th('Message')}</tr></thead><tbody>${rows}</tbody></table>`}${more}
</div></div></body></html>`;
}

const obstacleHtml = (obstacle: Obstacle): string =>
  `<div style="border-left:3px solid ${obstacle.who === 'nobody' ? '#9fb3c8' : '#d9822b'};padding:6px 12px;margin:0 0 10px;background:#fafbfc"><b>${plural(obstacle.invoices.length, 'invoice', 'invoices')}</b> <span style="color:${SOFT}">(${html(some(obstacle.invoices))})</span><br>${html(obstacle.text)}<br><span style="color:${SOFT}">${obstacle.who === 'nobody' ? '' : `For ${html(who[obstacle.who] ?? obstacle.who)}: `}${html(obstacle.remedy)}</span></div>`;
