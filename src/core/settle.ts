/**
 * Is Autotask done with this invoice? Invoices are visible before they are finished (facts/autotask.md 5, "Race"): lines
 * may be missing, or hidden from the API user. Unrounded sums are compared, as net and as gross (design.md section 3).
 */
import { amountText, sum } from './money.ts';
import { problem, type Problem } from './problem.ts';
import type { SourceInvoice, SourceLine } from './source.ts';

export type Settled =
  { readonly kind: 'settled' } | { readonly kind: 'waiting' | 'refused'; readonly problem: Problem };

/** Stable text of all that would be posted: two reads agree when it is the same. */
export const fingerprintOf = (invoice: SourceInvoice, lines: readonly SourceLine[]): string =>
  JSON.stringify([
    invoice.total.toFixed(),
    invoice.tax.toFixed(),
    invoice.companyId,
    invoice.invoiceDate,
    ...lines.map((line) => [line.id, line.amount.toFixed(), line.tax.toFixed(), line.billingCodeId]),
  ]);

/** Net by the one real payload; gross on other tenants (facts/autotask.md 4.1): either may fit, exactly. */
export function addsUp(invoice: SourceInvoice, lines: readonly SourceLine[]): boolean {
  const total = sum(lines.map((line) => line.amount));
  return total.eq(invoice.total) || total.eq(invoice.total.minus(invoice.tax));
}

/** Judges one read; `previous` is the fingerprint of the read before, if there was one. All times in real milliseconds. */
export function judgeSettled(
  invoice: SourceInvoice,
  lines: readonly SourceLine[],
  read: { now: Date; settleMs: number; previous: string | null },
): Settled {
  const settledAt = new Date(new Date(invoice.createdAt).getTime() + read.settleMs);
  if (read.now < settledAt) {
    return {
      kind: 'waiting',
      problem: problem('settling', { createdAt: invoice.createdAt, settledAt: settledAt.toISOString() }),
    };
  }
  if (read.previous !== null && read.previous !== fingerprintOf(invoice, lines))
    return { kind: 'waiting', problem: problem('still-moving') };
  if (addsUp(invoice, lines) && (lines.length > 0 || invoice.total.eq('0'))) {
    return lines.length > 0
      ? { kind: 'settled' }
      : { kind: 'refused', problem: problem('no-lines', { total: amountText(invoice.total) }) };
  }
  if (lines.length === 0)
    return { kind: 'refused', problem: problem('no-lines', { total: amountText(invoice.total) }) };
  return {
    kind: 'refused',
    problem: problem('lines-do-not-add-up', {
      linesTotal: amountText(sum(lines.map((line) => line.amount))),
      total: amountText(invoice.total),
      tax: amountText(invoice.tax),
    }),
  };
}
