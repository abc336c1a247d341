/** The reconciliation as text, CSV and mail: what does not agree first, then both sides' sums. Pure. */
import type { Finding, ReconciledRow, Reconciliation } from '../core/reconcile.ts';
import { header, html } from './escape.ts';
import { badge, figures, heading, notice, page, paragraph, soft, strong, table } from './html-page.ts';
import type { Mail, MailPlace } from './mail.ts';
import { csvAttachment, renderCsvTable } from './report-csv.ts';
import { plural, ROWS_SHOWN, shownAmount, wordOfState, type Tone } from './report-words.ts';
import { layTable, wrap, type TextColumn } from './text-layout.ts';

const WIDTH = 110;

const words: Readonly<Record<ReconciledRow['result'], { word: string; tone: Tone }>> = {
  match: { word: 'agrees', tone: 'good' },
  different: { word: 'differs', tone: 'act' },
  'missing-in-quickbooks': { word: 'not in QuickBooks', tone: 'act' },
  'missing-in-autotask': { word: 'not in Autotask', tone: 'act' },
  voided: { word: 'voided', tone: 'quiet' },
};

/** "2026-03-01 to 2026-03-31: 40 invoices, 38 agree to the cent, 2 not in QuickBooks for a known reason; nothing is wrong." */
export function reconciliationHeadline(all: Reconciliation): string {
  const { sums } = all;
  const known = (result: ReconciledRow['result']): number =>
    all.rows.filter((row) => row.result === result && row.findings.length === 0).length;
  const [missing, doubled] = [known('missing-in-quickbooks'), known('different')];
  const parts = [
    plural(sums.invoices, 'invoice', 'invoices'),
    `${String(sums.match)} ${sums.match === 1 ? 'agrees' : 'agree'} to the cent`,
    ...(missing === 0 ? [] : [`${String(missing)} not in QuickBooks for a known reason`]),
    ...(doubled === 0 ? [] : [`${String(doubled)} copied again on purpose`]),
  ];
  const found =
    sums.findings === 0 ? 'nothing is wrong' : `${plural(sums.findings, 'thing needs', 'things need')} a look`;
  return `${all.from} to ${all.to}: ${parts.join(', ')}; ${found}.`;
}

const nameOf = (one: Finding): string =>
  [`Autotask ${String(one.autotaskInvoiceId)}`, one.invoiceNumber, one.company]
    .filter((part) => part !== '')
    .join(', ');

const quickbooksNumbers = (row: ReconciledRow): string => row.quickbooks.map((one) => one.number || one.id).join(', ');
/** All copies together; one is the rule. */
const quickbooksTotal = (row: ReconciledRow): string => row.quickbooks.map((one) => shownAmount(one.total)).join(' + ');

const columns: readonly TextColumn<ReconciledRow>[] = [
  { title: 'Autotask', of: (row) => String(row.autotaskInvoiceId) },
  { title: 'Company', of: (row) => row.company, most: 30, least: 12 },
  { title: 'Date', of: (row) => row.autotask?.date ?? '', dropRank: 1 },
  { title: 'Autotask total', of: (row) => shownAmount(row.autotask?.total ?? null), right: true },
  { title: 'QuickBooks', of: quickbooksNumbers, most: 22 },
  { title: 'QuickBooks total', of: quickbooksTotal, right: true },
  { title: 'Difference', of: (row) => shownAmount(row.difference), right: true },
  { title: 'Result', of: (row) => words[row.result].word },
];

const sumLines = (all: Reconciliation): string[] => {
  const nameless = all.sums.currencies.length === 1 ? 'Sums' : 'Currency not known yet';
  return all.sums.currencies.map(
    ({ currency, autotask, quickbooks, difference }) =>
      `${currency === '' ? nameless : currency}: Autotask ${shownAmount(autotask.total)} (${plural(autotask.invoices, 'invoice', 'invoices')}), QuickBooks ${shownAmount(quickbooks.total)} (${plural(quickbooks.invoices, 'invoice', 'invoices')}), difference ${shownAmount(difference)}`,
  );
};

/** Rows that a person wants to see: everything that does not agree. */
const ofInterest = (all: Reconciliation): ReconciledRow[] =>
  all.rows.filter((row) => row.findings.length > 0 || (row.result !== 'match' && row.result !== 'voided'));

export function renderReconciliationText(
  all: Reconciliation,
  look: { width?: number; rowsShown?: number } = {},
): string {
  const { width = WIDTH, rowsShown = Number.POSITIVE_INFINITY } = look;
  const rows = ofInterest(all).slice(0, rowsShown);
  const { head, lineOf } = layTable(columns, rows, width);
  const found = all.findings
    .slice(0, rowsShown)
    .flatMap((one) => [`* ${nameOf(one)}`, ...wrap(one.text, width, '  '), ...wrap(`> ${one.remedy}`, width, '  ')]);
  const more = all.findings.length - rowsShown;
  return [
    reconciliationHeadline(all),
    ...sumLines(all),
    ...(rows.length === 0
      ? []
      : ['', ...head, ...rows.flatMap((row) => [lineOf(row), ...wrap(row.reason, width, '    ')])]),
    ...(found.length === 0 ? [] : ['', ...found]),
    ...(more > 0 ? ['', `${String(more)} more; the CSV has all of them.`] : []),
  ].join('\n');
}

const csvColumns = [
  'Autotask id',
  'Autotask number',
  'Company',
  'Invoice date',
  'Currency',
  'State',
  'Result',
  'Autotask net',
  'Autotask tax',
  'Autotask total',
  'Voided in Autotask',
  'Marked in Autotask',
  'Paid date in Autotask',
  'QuickBooks id',
  'QuickBooks number',
  'Customer',
  'QuickBooks date',
  'QuickBooks net',
  'QuickBooks tax',
  'QuickBooks total',
  'QuickBooks balance',
  'Voided in QuickBooks',
  'Known by',
  'Difference',
  'Findings',
];
const yes = (is: boolean): string => (is ? 'yes' : '');

/** One line per Autotask invoice and QuickBooks copy; Autotask's amounts stand on the first of its lines only. */
export function renderReconciliationCsv(all: Reconciliation): string {
  const texts = new Map<number, string>();
  for (const one of all.findings)
    texts.set(one.autotaskInvoiceId, [texts.get(one.autotaskInvoiceId), one.text].filter(Boolean).join(' '));
  return renderCsvTable(
    csvColumns,
    all.rows.flatMap((row) => {
      const booked = row.quickbooks.length === 0 ? [null] : row.quickbooks;
      return booked.map((one, at) => {
        const source = at === 0 ? row.autotask : null;
        const found = texts.get(row.autotaskInvoiceId) ?? row.reason;
        return [
          String(row.autotaskInvoiceId),
          row.autotask?.invoiceNumber ?? '',
          row.company,
          row.autotask?.date ?? '',
          row.currency,
          wordOfState(row.state),
          words[row.result].word,
          ...[source?.net, source?.tax, source?.total].map((amount) => amount ?? ''),
          yes(row.autotask?.isVoided ?? false),
          row.autotask?.processedAt ?? '',
          row.autotask?.paidDate ?? '',
          one?.id ?? '',
          one?.number ?? '',
          one?.customer ?? '',
          one?.date ?? '',
          ...[one?.net, one?.tax, one?.total, one?.balance].map((amount) => amount ?? ''),
          yes(one?.isVoided ?? false),
          one?.link ?? '',
          at === 0 ? row.difference : '',
          at === 0 ? found : '',
        ];
      });
    }),
  );
}

/** The mail: what was found, with its remedies, and everything as CSV. */
export function composeReconciliation(all: Reconciliation, place: MailPlace): Mail {
  const rows = ofInterest(all).slice(0, ROWS_SHOWN);
  const shown = all.findings.slice(0, ROWS_SHOWN);
  const more = all.findings.length - shown.length;
  return {
    kind: 'reconciliation',
    subject: header(`${place.connectionName}: reconciliation, ${reconciliationHeadline(all)}`),
    text: `${renderReconciliationText(all, { rowsShown: ROWS_SHOWN })}\n`,
    html: page({
      place,
      about: 'Autotask beside QuickBooks',
      headline: reconciliationHeadline(all),
      inner: [
        figures([
          { value: String(all.sums.match), label: 'agree to the cent', tone: 'good' },
          { value: String(all.sums.findings), label: 'need a look', tone: all.sums.findings > 0 ? 'act' : 'quiet' },
        ]),
        ...sumLines(all).map((line) => paragraph(html(line))),
        ...(shown.length === 0 ? [] : [heading('What does not agree')]),
        ...shown.map((one) => notice([soft(nameOf(one)), strong(one.text), html(one.remedy)], 'act')),
        more > 0 ? paragraph(soft(`${String(more)} more; the attached CSV has all of them.`)) : '',
        rows.length === 0 ? '' : heading('Invoices') + rowTable(rows),
      ].join('\n'),
      foot: 'Nothing was changed: reconciliation only compares.',
    }),
    attachments: [csvAttachment(`reconciliation-${all.from}-${all.to}`, renderReconciliationCsv(all))],
  };
}

const rowTable = (rows: readonly ReconciledRow[]): string =>
  table<ReconciledRow>(
    [
      { title: 'Autotask', inner: (row) => String(row.autotaskInvoiceId), whole: true },
      { title: 'Company', inner: (row) => html(row.company) },
      { title: 'Total', inner: (row) => html(shownAmount(row.autotask?.total ?? null)), right: true, whole: true },
      { title: 'QuickBooks', inner: (row) => html(quickbooksNumbers(row)) },
      { title: 'Total', inner: (row) => html(quickbooksTotal(row)), right: true, whole: true },
      { title: 'Difference', inner: (row) => html(shownAmount(row.difference)), right: true, whole: true },
      { title: 'Result', inner: (row) => badge(words[row.result].word, words[row.result].tone) },
    ],
    rows,
    (row) => html(row.reason),
  );
