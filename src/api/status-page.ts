/** The plain status page, until the desk exists. Pure: a value in, HTML out; everything escaped, no script. */
import type { RunReport } from '../core/report.ts';
import { firstRows } from '../core/rows.ts';
import { html } from '../mail/escape.ts';
import { headline, stateWord } from '../mail/compose-report.ts';

export interface StatusPage {
  /** A notice on top, such as "this is the demo". */
  readonly banner: string | null;
  readonly progress: { readonly step: string; readonly done: number; readonly total: number } | null;
  readonly report: RunReport | null;
}

const ROWS = 100;

export function renderStatusPage(page: StatusPage): string {
  const live = page.progress !== null;
  const title =
    page.report === null
      ? live
        ? 'Carrying invoices into QuickBooks'
        : 'Ledgerferry is running'
      : headline(page.report);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${live ? '<meta http-equiv="refresh" content="1">' : ''}<title>Ledgerferry</title><link rel="stylesheet" href="/status.css"></head><body><main>
${page.banner === null ? '' : `<p class="banner" role="note">${html(page.banner)}</p>`}<header><p>Ledgerferry &middot; Autotask to QuickBooks Online</p><h1>${html(title)}</h1></header>
${progressHtml(page)}${page.report === null ? '' : reportHtml(page.report)}
${page.report === null && !live ? '<p>The desk with all pages comes later. Until then the command line does everything: <code>npm run --silent ledgerferry -- --help</code>. This page shows no data; the API under <code>/api/v1</code> does, with the owner’s token.</p>' : ''}
</main></body></html>`;
}

function progressHtml(page: StatusPage): string {
  const { progress } = page;
  if (progress === null) return '';
  const bar =
    progress.total > 0
      ? `<progress max="${String(progress.total)}" value="${String(progress.done)}" aria-label="${html(progress.step)}"></progress>`
      : '<progress aria-label="working"></progress>';
  return `<p role="status">${html(progress.step)}${progress.total > 0 ? ` (${String(progress.done)} of ${String(progress.total)})` : ''} ...</p>${bar}`;
}

function reportHtml(report: RunReport): string {
  const card = (value: string, label: string): string =>
    `<div class="card"><b>${html(value)}</b><span>${html(label)}</span></div>`;
  const cards = [
    ...report.totals.map((total) => card(`${total.total} ${total.currency}`, 'posted in the last run')),
    card(String(report.counts.posted), 'new in QuickBooks'),
    card(String(report.counts.needsPerson), 'wait for a person'),
    card(String(report.counts.waiting), 'go later by themselves'),
  ].join('');
  const causes = report.obstacles
    .map(
      (one) =>
        `<div class="cause${one.who === 'nobody' ? ' waits' : ''}"><p><b>${String(one.invoices.length)} ${one.invoices.length === 1 ? 'invoice' : 'invoices'}</b> (${html(one.invoices.slice(0, 6).join(', '))}${one.invoices.length > 6 ? ' ...' : ''})</p><p>${html(one.text)}</p><p class="cure">${html(one.remedy)}</p></div>`,
    )
    .join('');
  const rows = firstRows(report.rows, ROWS)
    .map(
      (row) =>
        `<tr><td>${String(row.autotaskInvoiceId)}</td><td>${html(row.company ?? '')}</td><td class="${row.quickbooksId === null ? '' : 'done'}">${html(stateWord(row))}</td><td>${html(row.quickbooksNumber ?? '')}</td><td class="money">${html(row.total ?? '')}</td><td class="money">${html(row.quickbooksTotal ?? '')}</td></tr>`,
    )
    .join('');
  return `<section class="cards" aria-label="Figures">${cards}</section>${causes === '' ? '' : `<h2>What is in the way</h2>${causes}`}<h2>Invoices</h2><div class="scroll" tabindex="0" role="region" aria-label="Invoices"><table><thead><tr><th>Autotask</th><th>Company</th><th>State</th><th>QuickBooks</th><th class="money">Total</th><th class="money">In QuickBooks</th></tr></thead><tbody>${rows}</tbody></table></div>${report.rows.length > ROWS ? `<p>... and ${String(report.rows.length - ROWS)} more.</p>` : ''}`;
}
