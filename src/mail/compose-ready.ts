/** The list of invoices that the next run would pick up, as mail (facts/mission.md A10.2). Pure. */
import type { Mail } from './compose-report.ts';
import { header, html } from './escape.ts';

interface Row {
  readonly autotaskInvoiceId: number;
  readonly invoiceNumber: string;
  readonly company: string;
  readonly total: string;
  readonly ready: boolean;
  readonly reasons: readonly { readonly text: string }[];
}

const sentence = (rows: readonly Row[]): string => {
  const ready = rows.filter((row) => row.ready).length;
  return `${String(ready)} of ${String(rows.length)} invoices in the window ${ready === 1 ? 'is' : 'are'} ready for QuickBooks.`;
};

const why = (row: Row): string => (row.ready ? 'ready' : row.reasons.map((one) => one.text).join(' '));

export const renderReadyText = (rows: readonly Row[]): string =>
  [sentence(rows), '', ...rows.map((row) => `${String(row.autotaskInvoiceId).padEnd(10)} ${row.invoiceNumber.padEnd(12)} ${row.total.padStart(12)}  ${row.company}  ${why(row)}`)].join('\n');

export function composeReadyList(rows: readonly Row[], connectionName: string): Mail {
  const cells = (row: Row): string => [String(row.autotaskInvoiceId), row.invoiceNumber, row.company, row.total, why(row)].map((text) => `<td style="padding:6px 10px;border-bottom:1px solid #e3e8ee">${html(text)}</td>`).join('');
  return {
    kind: 'ready-list',
    subject: header(`${connectionName}: ${sentence(rows)}`),
    text: `${renderReadyText(rows)}\n`,
    html: `<!doctype html><html lang="en"><body style="font:14px/1.5 sans-serif;color:#1d2733"><h1 style="font-size:18px">${html(sentence(rows))}</h1><table style="border-collapse:collapse">${rows.map((row) => `<tr>${cells(row)}</tr>`).join('')}</table></body></html>`,
    attachments: [],
  };
}
