/** The mails of the item tools: the comparison, what a copy made, and the report of the first sync's matches. Pure. */
import type { ComparedItems, ItemComparison, UnmatchedItem } from '../core/compare-items.ts';
import type { Problem } from '../core/problem.ts';
import { header, html } from './escape.ts';
import { badge, figures, heading, notice, page, paragraph, soft, strong, table } from './html-page.ts';
import type { Mail, MailPlace } from './mail.ts';
import { csvAttachment, renderCsvTable, renderRows } from './report-csv.ts';
import { plural, ROWS_SHOWN, type Tone } from './report-words.ts';
import { layTable, wrap, type TextColumn } from './text-layout.ts';

const WIDTH = 110;

const words: Readonly<Record<ItemComparison['result'], { word: string; tone: Tone }>> = {
  match: { word: 'match', tone: 'good' },
  different: { word: 'different', tone: 'wait' },
  missing: { word: 'missing', tone: 'act' },
  ambiguous: { word: 'ambiguous', tone: 'act' },
};

const count = (compared: ComparedItems, result: ItemComparison['result']): number =>
  compared.rows.filter((row) => row.result === result).length;

/** "12 billing codes: 9 match, 1 is different, 2 are missing in QuickBooks." */
export function itemsHeadline(compared: ComparedItems): string {
  const parts = [
    plural(count(compared, 'match'), 'matches', 'match'),
    plural(count(compared, 'different'), 'is different', 'are different'),
    `${plural(count(compared, 'missing'), 'is', 'are')} missing in QuickBooks`,
  ];
  const ambiguous = count(compared, 'ambiguous');
  if (ambiguous > 0) parts.push(plural(ambiguous, 'is ambiguous', 'are ambiguous'));
  return `${plural(compared.rows.length, 'billing code', 'billing codes')}: ${parts.join(', ')}.`;
}

const detailOf = (row: ItemComparison): string =>
  [
    ...row.differences.map((one) => `${one.field}: “${one.autotask}” here, “${one.quickbooks}” in QuickBooks`),
    row.note ?? '',
  ]
    .filter((one) => one !== '')
    .join('; ');

const columns: readonly TextColumn<ItemComparison>[] = [
  { title: 'Code', of: (row) => String(row.billingCodeId) },
  { title: 'Billing code', of: (row) => row.billingCode, most: 36, least: 12 },
  { title: 'Looked for', of: (row) => row.matchValue, most: 36, least: 12, dropRank: 1 },
  { title: 'Result', of: (row) => words[row.result].word },
  { title: 'QuickBooks', of: (row) => row.quickbooksItem, most: 36, least: 10 },
];

/** The comparison as plain text, for the mail and the terminal; what needs a look first. */
export function renderItemsText(compared: ComparedItems, look: { width?: number; rowsShown?: number } = {}): string {
  const { width = WIDTH, rowsShown = compared.rows.length } = look;
  const shown = inInterest(compared.rows).slice(0, rowsShown);
  const { head, lineOf } = layTable(columns, shown, width);
  const lines = shown.flatMap((row) => [lineOf(row), ...wrap(detailOf(row), width, '    ')]);
  const only = compared.onlyInQuickBooks;
  const more = compared.rows.length - shown.length;
  return [
    itemsHeadline(compared),
    '',
    ...head,
    ...lines,
    ...(more > 0 ? ['', `${String(more)} more; the CSV has all of them.`] : []),
    ...(only.length === 0
      ? []
      : [
          '',
          `${plural(only.length, 'product or service is', 'products and services are')} in QuickBooks only: ${only
            .slice(0, 40)
            .map((one) => one.name)
            .join(', ')}${only.length > 40 ? ' ...' : ''}`,
        ]),
  ].join('\n');
}

const order: readonly ItemComparison['result'][] = ['ambiguous', 'missing', 'different', 'match'];
const inInterest = (rows: readonly ItemComparison[]): ItemComparison[] =>
  rows.toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result) || a.billingCodeId - b.billingCodeId);

const csvColumns = [
  'Billing code id',
  'Billing code',
  'Looked for',
  'Result',
  'QuickBooks item id',
  'QuickBooks name',
  'Differences',
  'Note',
  'External number',
  'Type',
  'Active',
  'Autotask price',
  'QuickBooks type',
  'QuickBooks price',
  'Income account',
] as const;

/** People's spreadsheets refer to the columns: these came later, so they stand at the end. */
const detailCells = (row: ItemComparison | UnmatchedItem): string[] => {
  const { details } = row;
  const code =
    details !== undefined && 'externalNumber' in details
      ? [details.externalNumber, details.type, details.active ? 'yes' : 'no', details.autotaskPrice]
      : ['', '', '', ''];
  return [...code, details?.quickbooksType ?? '', details?.quickbooksPrice ?? '', details?.incomeAccount ?? ''];
};

const csvCells = (row: ItemComparison | UnmatchedItem): string[] =>
  'billingCodeId' in row
    ? [
        String(row.billingCodeId),
        row.billingCode,
        row.matchValue,
        words[row.result].word,
        row.quickbooksItemId,
        row.quickbooksItem,
        row.differences.map((one) => `${one.field}: ${one.autotask} / ${one.quickbooks}`).join('; '),
        row.note ?? '',
        ...detailCells(row),
      ]
    : ['', '', '', 'only in QuickBooks', row.quickbooksItemId, row.name, '', row.type, ...detailCells(row)];

/** One line per billing code, then one per item that only QuickBooks has. */
export const renderItemsCsv = (compared: ComparedItems): string =>
  renderRows(csvColumns, [...compared.rows, ...compared.onlyInQuickBooks], csvCells);

/** The comparison as mail with the table as CSV; `about` tells the tool's from the first sync's. */
export function composeItemComparison(
  compared: ComparedItems,
  place: MailPlace & { about: 'comparison' | 'first sync' },
): Mail {
  const shown = inInterest(compared.rows).slice(0, ROWS_SHOWN);
  const rows = table<ItemComparison>(
    [
      { title: 'Billing code', inner: (row) => html(row.billingCode) },
      { title: 'Looked for', inner: (row) => html(row.matchValue) },
      { title: 'Result', inner: (row) => badge(words[row.result].word, words[row.result].tone) },
      { title: 'QuickBooks', inner: (row) => html(row.quickbooksItem) },
    ],
    shown,
    (row) => html(detailOf(row)),
  );
  const more = compared.rows.length - shown.length;
  return {
    kind: place.about === 'comparison' ? 'item-comparison' : 'item-match-report',
    subject: header(
      `${place.connectionName}: ${place.about === 'comparison' ? '' : 'first sync, '}${itemsHeadline(compared)}`,
    ),
    text: `${renderItemsText(compared, { rowsShown: ROWS_SHOWN })}\n`,
    html: page({
      place,
      about: place.about === 'comparison' ? 'billing codes and items' : 'how billing codes were matched',
      headline: itemsHeadline(compared),
      inner: [
        figures(
          order.map((result) => ({
            value: String(count(compared, result)),
            label: words[result].word,
            tone: words[result].tone,
          })),
        ),
        shown.length === 0 ? '' : heading('Billing codes') + rows,
        more > 0 ? paragraph(soft(`${String(more)} more; the attached CSV has all of them.`)) : '',
        compared.onlyInQuickBooks.length === 0
          ? ''
          : paragraph(
              soft(
                `${plural(compared.onlyInQuickBooks.length, 'product or service is', 'products and services are')} in QuickBooks only; the CSV names them.`,
              ),
            ),
      ].join('\n'),
      foot: 'Nothing was changed: this only compares the two lists.',
    }),
    attachments: [csvAttachment('items', renderItemsCsv(compared))],
  };
}

export interface CopiedItems {
  readonly dryRun: boolean;
  readonly created: readonly {
    readonly billingCodeId: number;
    readonly quickbooksItemId: string;
    readonly name: string;
  }[];
  readonly wouldCreate: readonly { readonly billingCodeId: number; readonly name: string }[];
  readonly problems: readonly Problem[];
}

export const copyItemsHeadline = (copied: CopiedItems): string =>
  copied.dryRun
    ? `A copy would create ${plural(copied.wouldCreate.length, 'product or service', 'products and services')} in QuickBooks.`
    : `${plural(copied.created.length, 'product or service was', 'products and services were')} created in QuickBooks${copied.problems.length === 0 ? '' : `, ${plural(copied.problems.length, 'was', 'were')} not`}.`;

export function renderItemCopyText(copied: CopiedItems): string {
  const names = copied.dryRun
    ? copied.wouldCreate.map((one) => `  ${String(one.billingCodeId).padEnd(10)} ${one.name}`)
    : copied.created.map(
        (one) => `  ${String(one.billingCodeId).padEnd(10)} ${one.name}  (QuickBooks id ${one.quickbooksItemId})`,
      );
  return [
    copyItemsHeadline(copied),
    ...(names.length === 0 ? [] : ['', ...names]),
    ...copied.problems.flatMap((one) => ['', ...wrap(one.text, WIDTH), ...wrap(`> ${one.remedy}`, WIDTH)]),
  ].join('\n');
}

/** What a copy of missing items made, or would make. */
export function composeItemCopy(copied: CopiedItems, place: MailPlace): Mail {
  const rows = copied.dryRun ? copied.wouldCreate.map((one) => ({ ...one, quickbooksItemId: '' })) : copied.created;
  return {
    kind: 'item-copy',
    subject: header(`${place.connectionName}: ${copyItemsHeadline(copied)}`),
    text: `${renderItemCopyText(copied)}\n`,
    html: page({
      place,
      about: copied.dryRun ? 'copy of items, dry run' : 'copy of items',
      headline: copyItemsHeadline(copied),
      inner: [
        rows.length === 0
          ? ''
          : heading('Products and services') +
            table(
              [
                {
                  title: 'Billing code',
                  inner: (row: (typeof rows)[number]) => String(row.billingCodeId),
                  whole: true,
                },
                { title: 'Name', inner: (row) => html(row.name) },
                { title: 'QuickBooks id', inner: (row) => html(row.quickbooksItemId), whole: true },
              ],
              rows.slice(0, ROWS_SHOWN),
            ),
        copied.problems.map((one) => notice([strong(one.text), html(one.remedy)], 'act')).join('\n'),
      ].join('\n'),
      foot: copied.dryRun ? 'Nothing was created.' : 'Existing products and services were not changed.',
    }),
    attachments: [
      csvAttachment(
        'item-copy',
        renderCsvTable(
          ['Billing code id', 'Name', 'QuickBooks item id'],
          rows.map((one) => [String(one.billingCodeId), one.name, one.quickbooksItemId]),
        ),
      ),
    ],
  };
}
