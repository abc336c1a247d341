/** A report as an HTML mail: what counts first, then every obstacle with its cure, then the invoices. Pure. */
import type { Obstacle, ReportRow, RunReport } from '../core/report.ts';
import { firstRows, type Rows } from '../core/rows.ts';
import { html } from './escape.ts';
import {
  badge,
  figures,
  heading,
  notice,
  page,
  paragraph,
  soft,
  strong,
  table,
  type Figure,
  type HtmlColumn,
} from './html-page.ts';
import type { MailPlace } from './mail.ts';
import {
  headline,
  idsText,
  instantText,
  invoiceIdText,
  kindText,
  messageOf,
  moreText,
  plural,
  ROWS_SHOWN,
  shownAmount,
  stateWord,
  toneOf,
  totalsDiffer,
  whoText,
} from './report-words.ts';

const columns: readonly HtmlColumn<ReportRow>[] = [
  { title: 'Autotask', inner: (row) => html(invoiceIdText(row)), whole: true },
  { title: 'Number', inner: (row) => html(row.invoiceNumber ?? '') },
  { title: 'Company', inner: (row) => html(row.company ?? '') },
  { title: 'QuickBooks', inner: (row) => html(row.quickbooksNumber ?? '') },
  { title: 'Total', inner: (row) => html(shownAmount(row.total)), right: true, whole: true },
  { title: 'Tax', inner: (row) => html(shownAmount(row.tax)), right: true, whole: true },
  { title: 'In QuickBooks', inner: quickbooksTotal, right: true, whole: true },
  { title: 'Result', inner: (row) => badge(stateWord(row), toneOf(row)) },
];

function quickbooksTotal(row: ReportRow): string {
  const total = shownAmount(row.quickbooksTotal);
  return totalsDiffer(row) ? `<strong style="color:#8a4b08">${html(total)}</strong>` : html(total);
}

export const renderReportHtml = (report: RunReport, place: MailPlace): string =>
  page({
    place,
    about: [kindText(report.kind), instantText(report.endedAt)].filter((one) => one !== '').join(' · '),
    headline: headline(report),
    inner: [figures(figuresOf(report)), obstaclesHtml(report.obstacles), invoicesHtml(report.rows)].join('\n'),
    foot: `Run ${report.runId}, asked for by ${report.requestedBy}. Ledgerferry sends this to the report addresses of the connection (settings reports.mainAddress and reports.to).`,
  });

function figuresOf({ counts, totals }: RunReport): Figure[] {
  const all: (Figure & { readonly count: number })[] = [
    { count: counts.posted, value: String(counts.posted), label: 'new in QuickBooks', tone: 'good' },
    {
      count: counts.needsPerson,
      value: String(counts.needsPerson),
      label: counts.needsPerson === 1 ? 'waits for you' : 'wait for you',
      tone: 'act',
    },
    {
      count: counts.waiting,
      value: String(counts.waiting),
      label: counts.waiting === 1 ? 'goes later by itself' : 'go later by themselves',
      tone: 'wait',
    },
    { count: counts.inDoubt, value: String(counts.inDoubt), label: 'being looked up', tone: 'wait' },
    { count: counts.skipped, value: String(counts.skipped), label: 'left out', tone: 'quiet' },
  ];
  const money = totals.map((one): Figure => ({
    value: `${shownAmount(one.total)} ${one.currency}`.trim(),
    label: `posted in ${plural(one.invoices, 'invoice', 'invoices')}`,
    tone: 'good',
  }));
  return [...money, ...all.filter((one) => one.count > 0)];
}

const obstaclesHtml = (obstacles: readonly Obstacle[]): string =>
  obstacles.length === 0 ? '' : heading('What is in the way') + obstacles.map(obstacleHtml).join('\n');

export const obstacleHtml = (obstacle: Obstacle): string =>
  notice(
    [
      `${strong(plural(obstacle.invoices.length, 'invoice', 'invoices'))} ${soft(`· ${whoText(obstacle.who)}`)}`,
      html(obstacle.text),
      soft(obstacle.remedy),
      `<span style="font-size:12px">${soft(`Autotask ids: ${idsText(obstacle)}`)}</span>`,
    ],
    obstacle.who === 'nobody' ? 'wait' : 'act',
  );

function invoicesHtml(rows: Rows<ReportRow>): string {
  if (rows.length === 0) return '';
  const shown = firstRows(rows, ROWS_SHOWN);
  const more = moreText(rows.length, shown.length, 'the attached CSV');
  return [
    heading('Invoices'),
    table(columns, shown, (row) => html(messageOf(row))),
    more === null ? '' : paragraph(soft(more)),
  ].join('\n');
}
