/** An Autotask invoice beside its QuickBooks invoice, line by line, with what differs named. Amounts are decimal text. */
import type { Draft, DraftLine } from './draft.ts';
import { descriptionOf } from './map-lines.ts';
import { amountText, decimal, sum, ZERO, type Decimal } from './money.ts';
import { addsUp } from './settle.ts';
import type { SourceInvoice, SourceLine } from './source.ts';

export interface SideLine {
  readonly name: string;
  readonly description: string;
  readonly quantity: string | null;
  readonly rate: string | null;
  readonly amount: string;
}

/** One of the two, in the words of both. */
export interface Side {
  readonly number: string | null;
  readonly party: string;
  readonly date: string | null;
  readonly dueDate: string | null;
  readonly net: string;
  /** Null: unknown until it is posted. */
  readonly tax: string | null;
  readonly total: string | null;
  /** Null where it is not known. */
  readonly balance: string | null;
  readonly lines: readonly SideLine[];
}

export type LineField = 'description' | 'quantity' | 'rate' | 'amount';
export type HeadField = 'number' | 'date' | 'tax' | 'total';

export interface PairedLine {
  readonly autotask: SideLine | null;
  readonly quickbooks: SideLine | null;
  readonly differs: readonly LineField[];
  /** Cents that this line took or gave so that the lines add up to the rounded invoice; null for nearly all. */
  readonly cents: string | null;
  /** QuickBooks gets no quantity and rate, because their product is not the amount to the cent. */
  readonly isAmountOnly: boolean;
}

export interface SideBySide {
  readonly autotask: Omit<Side, 'lines'>;
  readonly quickbooks: Omit<Side, 'lines'>;
  readonly lines: readonly PairedLine[];
  readonly differs: readonly HeadField[];
}

/** The draft as QuickBooks would show it. */
export function sideOfDraft(draft: Draft): Side {
  const tax = draft.tax.expectedTotal;
  return {
    number: draft.number,
    party: draft.customer.name,
    date: draft.date,
    dueDate: draft.dueDate,
    net: amountText(draft.net),
    tax: tax === null ? null : amountText(tax),
    total: tax === null ? null : amountText(draft.net.plus(tax)),
    balance: null,
    lines: draft.lines.map((line) => ({
      name: line.item.name,
      description: line.description,
      quantity: line.quantity?.toFixed() ?? null,
      rate: line.unitPrice === null ? null : amountText(line.unitPrice),
      amount: amountText(line.amount),
    })),
  };
}

const sourceLine = (line: SourceLine): SideLine => ({
  name: line.itemName ?? '',
  description: descriptionOf(line),
  quantity: line.quantity?.toFixed() ?? null,
  rate: line.rate === null ? null : amountText(line.rate),
  amount: amountText(line.amount),
});

/**
 * Pairs by the order in which the draft was written, which QuickBooks keeps; what one side lacks stands alone. `company` is
 * Autotask's name of the customer.
 */
export function sideBySide(
  invoice: SourceInvoice,
  lines: readonly SourceLine[],
  draft: Draft,
  quickbooks: Side,
  company: string,
): SideBySide {
  const byId = new Map(lines.map((line) => [line.id, line]));
  const posted = draft.lines.map((line, index) =>
    pair(byId.get(line.sourceLineId) ?? null, line, quickbooks.lines[index] ?? null),
  );
  const drafted = new Set(draft.lines.map((line) => line.sourceLineId));
  const leftOut = lines.filter((line) => !drafted.has(line.id)).map((line) => alone(sourceLine(line), null));
  const added = quickbooks.lines.slice(draft.lines.length).map((line) => alone(null, line));
  const autotask = {
    number: invoice.number,
    party: company,
    date: invoice.invoiceDate,
    dueDate: invoice.dueDate,
    net: amountText(sum(lines.map((line) => line.amount))),
    tax: amountText(draft.sourceTax),
    // Where the lines do not add up, what Autotask's invoice says: that is the difference.
    total: amountText(addsUp(invoice, lines) ? draft.net.plus(draft.sourceTax) : invoice.total),
    balance: null,
  };
  const { lines: _lines, ...rest } = quickbooks;
  // A reply that names the customer by its id only is shown by the name that we know.
  const head = { ...rest, party: rest.party === '' ? draft.customer.name : rest.party };
  return { autotask, quickbooks: head, lines: [...posted, ...leftOut, ...added], differs: headDiffers(autotask, head) };
}

function headDiffers(autotask: Omit<Side, 'lines'>, quickbooks: Omit<Side, 'lines'>): HeadField[] {
  const unlike = (a: string | null, b: string | null): boolean => a !== null && b !== null && !decimal(a).eq(b);
  return [
    ...(isGiven(autotask.number) && isGiven(quickbooks.number) && autotask.number !== quickbooks.number
      ? (['number'] as const)
      : []),
    ...(autotask.date !== quickbooks.date ? (['date'] as const) : []),
    ...(unlike(autotask.tax, quickbooks.tax) ? (['tax'] as const) : []),
    ...(unlike(autotask.total, quickbooks.total) ? (['total'] as const) : []),
  ];
}

const isGiven = (text: string | null): boolean => text !== null && text.trim() !== '';

const alone = (autotask: SideLine | null, quickbooks: SideLine | null): PairedLine => ({
  autotask,
  quickbooks,
  differs: ['amount'],
  cents: null,
  isAmountOnly: false,
});

/** Rounding to cents, and the cents that make the lines add up, are no difference: the draft says what is right. */
function pair(source: SourceLine | null, draft: DraftLine, posted: SideLine | null): PairedLine {
  if (source === null || posted === null) return alone(source === null ? null : sourceLine(source), posted);
  const autotask = sourceLine(source);
  const quickbooks = { ...posted, name: posted.name === '' ? draft.item.name : posted.name };
  const differs: LineField[] = [];
  if (autotask.description !== quickbooks.description) differs.push('description');
  const isUnlike = (wanted: Decimal | null, found: string | null): boolean =>
    wanted !== null && (found === null || !wanted.eq(found));
  if (isUnlike(draft.quantity, quickbooks.quantity)) differs.push('quantity');
  if (isUnlike(draft.unitPrice, quickbooks.rate)) differs.push('rate');
  if (isUnlike(draft.amount, quickbooks.amount)) differs.push('amount');
  const cents = draft.centAdjustment.eq(ZERO) ? null : amountText(draft.centAdjustment);
  const isAmountOnly = draft.quantity === null && source.quantity !== null && !source.quantity.eq(ZERO);
  return { autotask, quickbooks, differs, cents, isAmountOnly };
}
