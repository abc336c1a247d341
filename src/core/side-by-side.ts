/** An Autotask invoice beside its QuickBooks invoice, line by line, with what differs named. Amounts are decimal text. */
import type { Draft } from './draft.ts';
import { descriptionOf } from './map-lines.ts';
import { amountText, decimal, sum, ZERO } from './money.ts';
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
  const posted = draft.lines.map((line, index): PairedLine => {
    const source = byId.get(line.sourceLineId);
    const cents = line.centAdjustment.eq(ZERO) ? null : amountText(line.centAdjustment);
    return pair(source === undefined ? null : sourceLine(source), quickbooks.lines[index] ?? null, cents);
  });
  const drafted = new Set(draft.lines.map((line) => line.sourceLineId));
  const leftOut = lines.filter((line) => !drafted.has(line.id)).map((line) => pair(sourceLine(line), null, null));
  const added = quickbooks.lines.slice(draft.lines.length).map((line) => pair(null, line, null));
  const autotask = {
    number: invoice.number,
    party: company,
    date: invoice.invoiceDate,
    dueDate: invoice.dueDate,
    net: amountText(sum(lines.map((line) => line.amount))),
    tax: amountText(draft.sourceTax),
    total: amountText(draft.net.plus(draft.sourceTax)),
    balance: null,
  };
  const { lines: _lines, ...head } = quickbooks;
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

function pair(autotask: SideLine | null, quickbooks: SideLine | null, cents: string | null): PairedLine {
  if (autotask === null || quickbooks === null)
    return { autotask, quickbooks, differs: autotask === null && quickbooks === null ? [] : ['amount'], cents };
  const differs: LineField[] = [];
  if (autotask.description !== quickbooks.description) differs.push('description');
  const isUnlike = (a: string | null, b: string | null): boolean =>
    a !== null && !decimal(a).eq(ZERO) && (b === null || !decimal(a).eq(b));
  if (isUnlike(autotask.quantity, quickbooks.quantity)) differs.push('quantity');
  if (isUnlike(autotask.rate, quickbooks.rate)) differs.push('rate');
  if (!decimal(autotask.amount).eq(quickbooks.amount)) differs.push('amount');
  return { autotask, quickbooks, differs, cents };
}
