/**
 * From four decimals to cents (design.md section 3, "Cents"): the net is the sum of the unrounded lines, rounded half away
 * from zero; each line is rounded so; the cents that remain go one by one to the lines with the largest rounding error in
 * their direction, ties by line order.
 */
import { decimal, decimalsOf, roundHalfAwayFromZero, sum, ZERO, type Decimal } from './money.ts';

const CENT = decimal('0.01');
const PLACES = 2;

export interface InCents {
  readonly net: Decimal;
  readonly lines: readonly { readonly amount: Decimal; readonly adjustment: Decimal }[];
}

/** Rounds lines so that they add up to the rounded sum. */
export function toCents(amounts: readonly Decimal[]): InCents {
  // Most invoices are in cents already.
  if (amounts.every((amount) => decimalsOf(amount) <= PLACES))
    return { net: sum(amounts), lines: amounts.map((amount) => ({ amount, adjustment: ZERO })) };
  const net = roundHalfAwayFromZero(sum(amounts), PLACES);
  const rounded = amounts.map((amount) => roundHalfAwayFromZero(amount, PLACES));
  let missing = net.minus(sum(rounded));
  const lines = rounded.map((amount) => ({ amount, adjustment: ZERO }));
  while (!missing.eq('0')) {
    const step = missing.gt('0') ? CENT : CENT.times('-1');
    const at = mostWronged(
      amounts,
      lines.map((line) => line.amount),
      step,
    );
    const line = lines[at];
    if (line === undefined) break;
    lines[at] = { amount: line.amount.plus(step), adjustment: line.adjustment.plus(step) };
    missing = missing.minus(step);
  }
  return { net, lines };
}

/** The line whose rounding took most in the direction of the step; the first of equals. */
function mostWronged(exact: readonly Decimal[], rounded: readonly Decimal[], step: Decimal): number {
  let best = -1;
  let bestError: Decimal | null = null;
  for (const [index, amount] of exact.entries()) {
    const error = amount.minus(rounded[index] ?? amount).times(step.gt('0') ? '1' : '-1');
    if (bestError === null || error.gt(bestError)) {
      best = index;
      bestError = error;
    }
  }
  return best;
}
