/**
 * The draft: the exact QuickBooks invoice that would be sent, in our words. `quickbooks/invoice-body.ts` turns it into the
 * JSON text whose hash pins it. Amounts are in cents here (two decimals), because cents exist at this edge only.
 */
import type { Decimal } from './money.ts';
import type { CalendarDate } from './source.ts';

/** How QuickBooks taxes in this company; decided at connect (facts/qbo.md section 4). */
export type TaxRegime = 'us-none' | 'us-manual' | 'us-automated' | 'non-us';

/** A reference to a QuickBooks row; `id` is null only in a preview, for a row that the run would create first. */
export interface DraftRef {
  readonly id: string | null;
  readonly name: string;
}

export interface DraftLine {
  readonly sourceLineId: number;
  readonly description: string;
  /** In cents; the sum over the lines is the invoice's net. */
  readonly amount: Decimal;
  /** Both given only when quantity x price, rounded half up to cents, is exactly `amount` (error 6070 otherwise). */
  readonly quantity: Decimal | null;
  readonly unitPrice: Decimal | null;
  readonly item: DraftRef;
  readonly serviceDate: CalendarDate | null;
  /** US: the literal `TAX` or `NON`. Elsewhere: the id of a tax code. Null where nothing may be sent. */
  readonly taxCodeId: string | null;
  readonly classId: string | null;
  /** Cents that this line took or gave so that the lines add up to the rounded net; zero for nearly all. */
  readonly centAdjustment: Decimal;
}

export interface DraftTax {
  readonly regime: TaxRegime;
  /** Non-US only. */
  readonly calculation: 'TaxExcluded' | 'NotApplicable' | null;
  /** US manual tax (or an override): the header's tax code. */
  readonly headerTaxCodeId: string | null;
  /** Autotask's tax, sent as an override; null where QuickBooks calculates. */
  readonly overrideTotal: Decimal | null;
  /** Outside the US: the same by rate. */
  readonly overrideLines: readonly DraftTaxLine[];
  /** What QuickBooks is expected to answer as total tax; null = unknown until posted (US automated tax). */
  readonly expectedTotal: Decimal | null;
}

/** One rate's share of the tax. */
export interface DraftTaxLine {
  readonly rateId: string;
  readonly percent: Decimal;
  readonly net: Decimal;
  readonly amount: Decimal;
}

export interface Draft {
  /** A credit memo keeps Autotask's signs here (below zero); QuickBooks' form turns them at its edge. */
  readonly kind: 'invoice' | 'credit-memo';
  /** `LF:<connection key>:<Autotask invoice id>:<copy>` (design.md section 3). */
  readonly marker: string;
  /** DocNumber to send; null where QuickBooks numbers. */
  readonly number: string | null;
  readonly customer: DraftRef;
  /** ISO code; only when multi-currency is on. */
  readonly currency: string | null;
  readonly date: CalendarDate;
  readonly dueDate: CalendarDate | null;
  readonly termId: string | null;
  /** CustomerMemo; null when nothing is to be said. */
  readonly memo: string | null;
  readonly privateNote: string;
  readonly lines: readonly DraftLine[];
  readonly tax: DraftTax;
  /** Net in cents: the sum of the unrounded lines, rounded half away from zero. */
  readonly net: Decimal;
  /** Autotask's tax in cents. */
  readonly sourceTax: Decimal;
}
