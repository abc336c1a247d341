/** What QuickBooks answered against what was meant, to the cent (design.md section 2: differs = open problem, never silent). */
import { amountText, type Decimal } from './money.ts';
import { problem, type Problem } from './problem.ts';
import type { Settings } from './settings.ts';

export interface Expected {
  /** Null where QuickBooks numbers. */
  readonly number: string | null;
  /** Null where only QuickBooks knows the tax until it is posted. */
  readonly total: Decimal | null;
  readonly tax: Decimal | null;
  /** Autotask's gross and tax, in cents. */
  readonly sourceTotal: Decimal;
  readonly sourceTax: Decimal;
}

export interface Posted {
  readonly number: string | null;
  readonly total: Decimal;
  readonly tax: Decimal;
}

export function comparePosted(
  expected: Expected,
  posted: Posted,
  settings: Pick<Settings, 'tax.mode' | 'tax.tolerance'>,
): Problem[] {
  const problems: Problem[] = [];
  if (expected.number !== null && posted.number !== expected.number) {
    problems.push(problem('number-not-echoed', { found: posted.number ?? '', wanted: expected.number }));
  }
  // A write-back without a number would leave the invoice eligible for ever (facts/mission.md A4).
  if (expected.number === null && (posted.number ?? '') === '') problems.push(problem('number-missing'));
  const differs = (field: string, found: Decimal, wanted: Decimal): void => {
    problems.push(
      problem('differs-after-post', {
        quickbooksNumber: posted.number ?? '(no number)',
        field,
        found: amountText(found),
        wanted: amountText(wanted),
      }),
    );
  };
  if (expected.total !== null) {
    if (!posted.total.eq(expected.total)) differs('total', posted.total, expected.total);
    else if (expected.tax !== null && !posted.tax.eq(expected.tax)) differs('tax', posted.tax, expected.tax);
    return problems;
  }
  // QuickBooks' tax is the master by setting: whatever it is, it is right; the net was checked by the draft itself.
  if (settings['tax.mode'] === 'quickbooks') return problems;
  if (posted.total.minus(expected.sourceTotal).abs().gt(settings['tax.tolerance']))
    differs('total', posted.total, expected.sourceTotal);
  return problems;
}
