/** The draft as a bookkeeper reads it: header, lines with their amounts in one column, totals, what differs from Autotask. */
import type { Draft, DraftLine } from '../core/draft.ts';
import { amountText } from '../core/money.ts';
import type { Preview } from '../engine/inspecting.ts';

const DESCRIPTION_WIDTH = 44;
const ITEM_WIDTH = 24;
const AMOUNT_WIDTH = 14;

export function previewText(invoiceId: number, { company, mapped, differences, problems }: Preview): string {
  const { draft } = mapped;
  return [
    `Autotask invoice ${String(invoiceId)} would be posted as ${draft.kind === 'credit-memo' ? 'a credit memo' : 'an invoice'}:`,
    '',
    ...headerLines(draft, company),
    '',
    ...draft.lines.map(lineText),
    ...totals(draft),
    '',
    ...(differences.length === 0
      ? ['It says the same as Autotask, line by line.']
      : [
          'Differences from Autotask:',
          ...differences.map(
            (one) =>
              `  ${one.line === null ? 'header' : `line ${String(one.line)}`}, ${one.field}: ${one.autotask} -> ${one.quickbooks}`,
          ),
        ]),
    ...problems.map((one) => `* ${one.text}\n  ${one.remedy}`),
    '(--json shows the exact body that QuickBooks would get.)',
  ].join('\n');
}

function headerLines(draft: Draft, company: string): string[] {
  const isNew = draft.customer.id === null ? ' (would be created)' : '';
  const rows: readonly (readonly [string, string | null])[] = [
    ['Customer', `${draft.customer.name}${isNew}${company === draft.customer.name ? '' : `, in Autotask ${company}`}`],
    ['Number', draft.number ?? 'the next one of QuickBooks'],
    ['Date', draft.date],
    ['Due', draft.dueDate],
    ['Currency', draft.currency],
    ['Memo', draft.memo?.replaceAll('\n', ' / ') ?? null],
  ];
  return rows.flatMap(([label, value]) => (value === null ? [] : [`  ${label.padEnd(9)} ${value}`]));
}

function lineText(line: DraftLine): string {
  const quantity =
    line.quantity === null || line.unitPrice === null
      ? ''
      : `  (${line.quantity.toFixed()} x ${line.unitPrice.toFixed()})`;
  const item = `${line.item.name}${line.item.id === null ? ' (new)' : ''}`;
  return `  ${cut(line.description, DESCRIPTION_WIDTH)} ${cut(item, ITEM_WIDTH)} ${amountText(line.amount).padStart(AMOUNT_WIDTH)}${quantity}`;
}

/** In one line and one width; what is cut off says so. */
function cut(text: string, width: number): string {
  const letters = [...text.replaceAll(/\s+/g, ' ').trim()];
  return letters.length <= width ? letters.join('').padEnd(width) : `${letters.slice(0, width - 1).join('')}…`;
}

function totals({ net, tax }: Draft): string[] {
  const expected = tax.expectedTotal;
  const row = (label: string, amount: string): string =>
    `  ${label.padStart(DESCRIPTION_WIDTH + 1 + ITEM_WIDTH)} ${amount.padStart(AMOUNT_WIDTH)}`;
  return [
    row('Net', amountText(net)),
    row('Tax', expected === null ? 'unknown' : amountText(expected)),
    expected === null
      ? row('Total', 'unknown') + '  (QuickBooks works out the tax when it is posted)'
      : row('Total', amountText(net.plus(expected))),
  ];
}
