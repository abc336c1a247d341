/**
 * Reconciliation, the last line of defence (design.md section 3, line 4): both sides and our ledger laid beside each other,
 * invoice by invoice, to the cent. Pure, and it changes nothing: rows, findings and sums out. The rules of a single invoice
 * stand in `reconcile-rules.ts`.
 */
import { addDays } from './dates.ts';
import type { Marker } from './marker.ts';
import { decimal, roundHalfAwayFromZero, sum, ZERO, type Decimal } from './money.ts';
import type { Problem } from './problem.ts';
import { findingsOf } from './reconcile-rules.ts';
import type { CalendarDate, Instant, SourceInvoice } from './source.ts';
import { shownState, type TransferState } from './states.ts';

/** An invoice or credit memo as QuickBooks holds it now; a credit memo's amounts are below zero. */
export interface BookedInvoice {
  readonly id: string;
  readonly number: string | null;
  readonly customerId: string;
  readonly customerName: string;
  readonly date: CalendarDate | null;
  readonly total: Decimal;
  readonly tax: Decimal;
  readonly balance: Decimal;
  readonly currency: string | null;
  readonly markers: readonly Marker[];
  readonly isVoided: boolean;
  readonly updatedAt: string | null;
  /** The amounts of its sales lines, in no order that matters. */
  readonly lines: readonly string[];
}

/** A ledger row as far as it can be proved; amounts in cents. */
export interface LedgerCopy {
  readonly invoiceId: number;
  readonly copyNumber: number;
  readonly state: TransferState;
  readonly problems: readonly Problem[];
  readonly invoiceNumber: string | null;
  readonly companyId: number | null;
  readonly companyName: string | null;
  readonly invoiceDate: CalendarDate | null;
  readonly currency: string | null;
  /** Autotask's total with tax, and its tax, when it was posted. */
  readonly sourceTotal: Decimal | null;
  readonly sourceTax: Decimal | null;
  readonly quickbooksId: string | null;
  readonly quickbooksNumber: string | null;
  readonly quickbooksTotal: Decimal | null;
  readonly quickbooksTax: Decimal | null;
  readonly postedAt: Instant | null;
  /** What was sent; null for an adopted invoice, which others may have shaped. */
  readonly sent: SentInvoice | null;
  readonly customerId: string | null;
  /** A person said that it is this one; its note never had our mark. */
  readonly isByHand: boolean;
  readonly isMarked: boolean;
  readonly markNumber: string | null;
  readonly paidOn: CalendarDate | null;
  readonly form: 'Invoice' | 'CreditMemo';
}

export interface SentInvoice {
  readonly date: CalendarDate | null;
  readonly lines: readonly string[];
}

/** One Autotask invoice with everything that claims to be it. */
export interface Group {
  readonly invoiceId: number;
  /** Null: Autotask does not show it. */
  readonly source: SourceInvoice | null;
  readonly company: string;
  readonly copies: readonly LedgerCopy[];
  readonly booked: readonly BookedInvoice[];
  /** An invoice of another program under Autotask's number, where our ledger and marker know none. */
  readonly byNumber: readonly BookedInvoice[];
}

export interface ReconcileRules {
  readonly connectionKey: string;
  readonly now: Instant;
  /** What was posted after this instant may not show in QuickBooks' queries yet. */
  readonly staleSince: Instant;
  /** What Autotask holds since before this instant must have been seen by a run. */
  readonly seenBefore: Instant;
  /** Payments made before this instant must have been brought to Autotask. */
  readonly paidBefore: Instant;
  readonly bringsPayments: boolean;
  /** May a run post it, and if not, why: the rules of eligibility. */
  readonly isEligible: (invoice: SourceInvoice) => boolean;
}

export interface Finding extends Pick<Problem, 'code' | 'who' | 'text' | 'remedy'> {
  readonly autotaskInvoiceId: number;
  readonly invoiceNumber: string;
  readonly company: string;
  readonly quickbooksId: string;
  /** What differs, for the codes that name a field. */
  readonly field: string;
}

export interface ReconciledRow {
  readonly autotaskInvoiceId: number;
  readonly company: string;
  readonly currency: string;
  readonly state: TransferState | 'unknown';
  readonly result: 'match' | 'different' | 'missing-in-quickbooks' | 'missing-in-autotask' | 'voided';
  /** Why it is not in QuickBooks, as the ledger knows it; empty where there is nothing to say. */
  readonly reason: string;
  readonly autotask: {
    readonly invoiceNumber: string;
    readonly date: string;
    readonly net: string;
    readonly tax: string;
    readonly total: string;
    readonly isVoided: boolean;
    readonly processedAt: string | null;
    readonly paidDate: string | null;
  } | null;
  readonly quickbooks: readonly {
    readonly id: string;
    readonly number: string;
    readonly customer: string;
    readonly date: string | null;
    readonly net: string;
    readonly tax: string;
    readonly total: string;
    readonly balance: string;
    readonly isVoided: boolean;
    /** How we know that it is this one: our ledger, our mark in its note, or only the same number. */
    readonly link: 'ledger' | 'mark' | 'number';
    readonly copyNumber: number | null;
    readonly updatedAt: string | null;
    readonly editedAfterPosting: boolean;
  }[];
  /** QuickBooks less Autotask, with tax; what is voided counts as nothing. */
  readonly difference: string;
  /** Codes of the findings about this invoice. */
  readonly findings: readonly string[];
}

export interface SideSum {
  readonly invoices: number;
  readonly net: string;
  readonly tax: string;
  readonly total: string;
}

export interface Reconciliation {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
  readonly rows: readonly ReconciledRow[];
  readonly findings: readonly Finding[];
  readonly sums: {
    readonly invoices: number;
    readonly match: number;
    readonly different: number;
    readonly missingInQuickBooks: number;
    readonly missingInAutotask: number;
    readonly voided: number;
    readonly findings: number;
    readonly currencies: readonly {
      readonly currency: string;
      readonly autotask: SideSum;
      readonly quickbooks: SideSum;
      readonly difference: string;
    }[];
  };
}

/** Autotask's amounts in cents. */
export interface SourceAmounts {
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly total: Decimal;
}

const DAYS_MAX = 366;

/** What is wrong with a period, in a sentence; null when it can be reconciled. */
export function periodFault(from: CalendarDate, to: CalendarDate): string | null {
  if (from > to) return `The period ends (${to}) before it begins (${from}).`;
  return addDays(from, DAYS_MAX) < to ? `A period has at most ${String(DAYS_MAX)} days; take it in parts.` : null;
}

/** All groups of a period, in the order in which they come. */
export function reconcile(
  period: { readonly from: CalendarDate; readonly to: CalendarDate },
  groups: readonly Group[],
  rules: ReconcileRules,
): Reconciliation {
  const isGross = totalsAreGross(groups);
  const findings: Finding[] = [];
  const parts = groups.map((group) => {
    const amounts = group.source === null ? null : amountsOf(group.source, isGross);
    const found = findingsOf(group, amounts, rules);
    findings.push(...found);
    return rowOf(group, amounts, found);
  });
  const rows = parts.map((part) => part.row);
  const count = (result: ReconciledRow['result']): number => rows.filter((row) => row.result === result).length;
  return {
    ...period,
    rows,
    findings,
    sums: {
      invoices: rows.length,
      match: count('match'),
      different: count('different'),
      missingInQuickBooks: count('missing-in-quickbooks'),
      missingInAutotask: count('missing-in-autotask'),
      voided: count('voided'),
      findings: findings.length,
      currencies: sumsOf(parts),
    },
  };
}

/**
 * Autotask's invoiceTotal is net on some tenants, gross on others (facts/autotask.md 4.1). What was posted tells which: the
 * settle rule found out then, and the ledger has the total with tax.
 */
function totalsAreGross(groups: readonly Group[]): boolean {
  let [net, gross] = [0, 0];
  for (const { source, copies } of groups) {
    const known = copies[0]?.sourceTotal ?? null;
    if (source === null || known === null || source.tax.eq(ZERO)) continue;
    if (amountsOf(source, false).total.eq(known)) net += 1;
    if (amountsOf(source, true).total.eq(known)) gross += 1;
  }
  return gross > net;
}

/** Net and tax are rounded to cents half away from zero, each by itself, as the draft does. */
function amountsOf(source: SourceInvoice, isGross: boolean): SourceAmounts {
  const net = roundHalfAwayFromZero(isGross ? source.total.minus(source.tax) : source.total, 2);
  const tax = roundHalfAwayFromZero(source.tax, 2);
  return { net, tax, total: net.plus(tax) };
}

interface Part {
  readonly row: ReconciledRow;
  readonly source: SourceAmounts | null;
  readonly booked: readonly BookedInvoice[];
}

function rowOf(group: Group, amounts: SourceAmounts | null, found: readonly Finding[]): Part {
  const { source, copies } = group;
  const shown = [...group.booked, ...group.byNumber];
  const alive = shown.filter((one) => !one.isVoided);
  const counted = source === null || source.isVoided ? null : amounts;
  const difference = sum(alive.map((one) => one.total)).minus(counted?.total ?? ZERO);
  const last = copies.at(-1);
  const edited = new Set(found.filter((one) => one.code === 'edited-in-quickbooks').map((one) => one.quickbooksId));
  const row: ReconciledRow = {
    autotaskInvoiceId: group.invoiceId,
    company: group.company,
    currency: last?.currency ?? shown.find((one) => one.currency !== null)?.currency ?? '',
    state: last === undefined ? 'unknown' : shownState(last),
    result: resultOf(source, counted, alive, difference),
    reason: reasonOf(alive, copies, found),
    autotask:
      source === null || amounts === null
        ? null
        : {
            invoiceNumber: source.number ?? '',
            date: source.invoiceDate,
            net: amounts.net.toFixed(2),
            tax: amounts.tax.toFixed(2),
            total: amounts.total.toFixed(2),
            isVoided: source.isVoided,
            processedAt: source.processedAt,
            paidDate: source.paidDate,
          },
    quickbooks: shown.map((one) => bookedView(one, group, edited.has(one.id))),
    difference: difference.toFixed(2),
    findings: [...new Set(found.map((one) => one.code))],
  };
  return { row, source: counted, booked: alive };
}

/** Why the row is as it is, where that is no finding: not in QuickBooks for a known reason, or there twice because a person wanted it. */
function reasonOf(alive: readonly BookedInvoice[], copies: readonly LedgerCopy[], found: readonly Finding[]): string {
  if (alive.length === 0) return (copies.at(-1)?.problems ?? []).map((one) => one.text).join(' ');
  const wanted = alive.filter((one) => copies.some((copy) => copy.quickbooksId === one.id));
  return wanted.length > 1 && wanted.length === alive.length && found.length === 0
    ? 'A person copied it again (overwrite), and the older copy still counts: void it in QuickBooks if it is not wanted.'
    : '';
}

function resultOf(
  source: SourceInvoice | null,
  counted: SourceAmounts | null,
  alive: readonly BookedInvoice[],
  difference: Decimal,
): ReconciledRow['result'] {
  if (source === null) return 'missing-in-autotask';
  if (counted === null && alive.length === 0) return 'voided';
  if (alive.length === 0) return 'missing-in-quickbooks';
  return difference.eq(ZERO) ? 'match' : 'different';
}

function bookedView(one: BookedInvoice, group: Group, isEdited: boolean): ReconciledRow['quickbooks'][number] {
  const copy = group.copies.find((known) => known.quickbooksId === one.id);
  const mark = one.markers.find((marker) => marker.invoiceId === group.invoiceId);
  return {
    id: one.id,
    number: one.number ?? '',
    customer: one.customerName,
    date: one.date,
    net: one.total.minus(one.tax).toFixed(2),
    tax: one.tax.toFixed(2),
    total: one.total.toFixed(2),
    balance: one.balance.toFixed(2),
    isVoided: one.isVoided,
    link: copy === undefined ? (mark === undefined ? 'number' : 'mark') : 'ledger',
    copyNumber: copy?.copyNumber ?? mark?.copyNumber ?? null,
    updatedAt: one.updatedAt,
    editedAfterPosting: isEdited,
  };
}

function sumsOf(parts: readonly Part[]): Reconciliation['sums']['currencies'] {
  const currencies = [...new Set(parts.map((part) => part.row.currency))].sort();
  return currencies.map((currency) => {
    const mine = parts.filter((part) => part.row.currency === currency);
    const autotask = sideSum(mine.flatMap((part) => part.source ?? []));
    const quickbooks = sideSum(
      mine.flatMap((part) => part.booked.map((one) => ({ ...one, net: one.total.minus(one.tax) }))),
    );
    return {
      currency,
      autotask,
      quickbooks,
      difference: decimal(quickbooks.total).minus(decimal(autotask.total)).toFixed(2),
    };
  });
}

const sideSum = (all: readonly SourceAmounts[]): SideSum => ({
  invoices: all.length,
  net: sum(all.map((one) => one.net)).toFixed(2),
  tax: sum(all.map((one) => one.tax)).toFixed(2),
  total: sum(all.map((one) => one.total)).toFixed(2),
});
