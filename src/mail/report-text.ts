/** A report as plain text: the text part of the mail and what the terminal shows, from the same value. Pure. */
import type { Obstacle, ReportRow, RunReport } from '../core/report.ts';
import { firstRows, type Rows } from '../core/rows.ts';
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
  whoText,
} from './report-words.ts';
import { layTable, painter, wrap, type Paint, type TextColumn } from './text-layout.ts';

export interface TextLook {
  /** Columns of the reader's window. */
  readonly width: number;
  /** Terminal colours; never in a mail. */
  readonly colour: boolean;
  /** So many invoices are listed; obstacles always all. */
  readonly rowsShown: number;
}

const plainLook: TextLook = { width: 110, colour: false, rowsShown: ROWS_SHOWN };

const columns: readonly TextColumn<ReportRow>[] = [
  { title: 'Autotask', of: invoiceIdText },
  { title: 'Number', of: (row) => row.invoiceNumber ?? '', most: 21, dropRank: 2 },
  { title: 'Company', of: (row) => row.company ?? '', most: 36, least: 14 },
  { title: 'QuickBooks', of: (row) => row.quickbooksNumber ?? '', most: 21, dropRank: 1 },
  { title: 'Total', of: (row) => shownAmount(row.total), right: true },
  { title: 'Tax', of: (row) => shownAmount(row.tax), right: true, dropRank: 4 },
  { title: 'In QuickBooks', of: (row) => shownAmount(row.quickbooksTotal), right: true, dropRank: 3 },
  { title: 'Result', of: stateWord },
];

/**
 * The whole report in lines of at most `width` columns where that is possible.
 * `look` may be a bare number: so many invoices are listed.
 */
export function renderReportText(report: RunReport, look: Partial<TextLook> | number = {}): string {
  const full = { ...plainLook, ...(typeof look === 'number' ? { rowsShown: look } : look) };
  const paint = painter(full.colour);
  const blocks = [
    titleLines(report, full, paint),
    totalLines(report),
    obstacleLines(report.obstacles, full, paint),
    rowLines(report.rows, full, paint),
  ];
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`;
}

function titleLines(report: RunReport, look: TextLook, paint: Paint): string[] {
  const place = [report.connection, kindText(report.kind), instantText(report.endedAt)].filter((one) => one !== '');
  return [
    ...wrap(place.join(' · '), look.width).map((line) => paint(line, 'quiet')),
    ...wrap(headline(report), look.width).map((line) => paint(line, 'strong')),
  ];
}

function totalLines(report: RunReport): string[] {
  const { head, lineOf } = layTable(
    [
      { title: 'Posted', of: (total) => total.currency || '-' },
      { title: 'Amount', of: (total) => shownAmount(total.total), right: true },
      { title: 'Invoices', of: (total) => String(total.invoices), right: true },
    ],
    report.totals,
    80,
  );
  return report.totals.length === 0 ? [] : [...head, ...report.totals.map(lineOf)];
}

function obstacleLines(obstacles: readonly Obstacle[], look: TextLook, paint: Paint): string[] {
  if (obstacles.length === 0) return [];
  return [paint('What is in the way', 'strong'), ...obstacles.flatMap((one) => ['', ...oneObstacle(one, look, paint)])];
}

function oneObstacle(obstacle: Obstacle, look: TextLook, paint: Paint): string[] {
  const title = `${plural(obstacle.invoices.length, 'invoice', 'invoices')} · ${whoText(obstacle.who)}`;
  return [
    ...wrap(title, look.width, '  ').map((line) => paint(line, obstacle.who === 'nobody' ? 'wait' : 'act')),
    ...wrap(obstacle.text, look.width, '  '),
    ...wrap(`> ${obstacle.remedy}`, look.width, '  '),
    ...wrap(`Autotask ids: ${idsText(obstacle)}`, look.width, '  ').map((line) => paint(line, 'quiet')),
  ];
}

function rowLines(rows: Rows<ReportRow>, look: TextLook, paint: Paint): string[] {
  if (rows.length === 0) return [];
  const shown = firstRows(rows, look.rowsShown);
  const { head, lineOf } = layTable(columns, shown, look.width);
  const more = moreText(rows.length, shown.length, 'the CSV');
  return [
    paint('Invoices', 'strong'),
    '',
    ...head.map((line) => paint(line, 'quiet')),
    ...shown.flatMap((row) => [
      paint(lineOf(row), toneOf(row)),
      ...wrap(messageOf(row), look.width, '    ').map((line) => paint(line, 'quiet')),
    ]),
    ...(more === null ? [] : ['', ...wrap(more, look.width)]),
  ];
}
