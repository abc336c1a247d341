/**
 * Exact decimal amounts. An amount enters as JSON source text and leaves as JSON source text; no binary float touches it.
 * The currency is the invoice's and is carried beside the amount, never inside. Every rounding names its direction.
 */
import Big from 'big.js';

/** An exact decimal. Made only by `decimal` and the operations here; `new Big(number)` throws in strict mode. */
export type Decimal = Big;

const StrictBig = Big();
StrictBig.strict = true;
StrictBig.DP = 20;

/** Parses decimal text such as `386.6450` or `-1e2`; throws a TypeError on anything else. */
export function decimal(text: string): Decimal {
  try {
    return new StrictBig(text);
  } catch {
    throw new TypeError(`not a decimal number: ${JSON.stringify(text).slice(0, 60)}`);
  }
}

export const ZERO: Decimal = decimal('0');

/** The exact sum; zero for none. */
export const sum = (amounts: Iterable<Decimal>): Decimal => {
  let total = ZERO;
  for (const amount of amounts) total = total.plus(amount);
  return total;
};

/** How many decimals it carries: 2 of `12.34`, 0 of `1200`. */
export const decimalsOf = (amount: Decimal): number => Math.max(0, amount.c.length - 1 - amount.e);

export const isZero = (amount: Decimal): boolean => amount.c[0] === 0;
export const isBelowZero = (amount: Decimal): boolean => amount.s < 0 && !isZero(amount);

/** Rounds half away from zero to `places` decimals (design.md section 3, "Cents"). */
export const roundHalfAwayFromZero = (amount: Decimal, places: number): Decimal =>
  amount.round(places, StrictBig.roundHalfUp);

/** Fixed text with two decimals, for an amount that is already in cents; throws when it is not. */
export function centsText(amount: Decimal): string {
  if (decimalsOf(amount) > 2) throw new RangeError(`${amount.toFixed()} has parts of a cent`);
  return amount.toFixed(2);
}

/** Plain text for people and JSON: at least two decimals, more only where they carry value (`52.7775`, `12.30`). */
export function amountText(amount: Decimal): string {
  return decimalsOf(amount) < 2 ? amount.toFixed(2) : amount.toFixed();
}
