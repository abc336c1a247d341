/** The oracle's own arithmetic: whole ten-thousandths and whole cents, half away from zero. It shares nothing with the product. */

export type Numeric = { readonly source: string } | string | number | null | undefined;

/** Ten-thousandths of a decimal text; text beyond four decimals must be zeros. */
export function fine(value: Numeric): bigint {
  const text = typeof value === 'object' && value !== null ? value.source : String(value ?? '0');
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) throw new Error(`not a plain decimal: ${text}`);
  const [, sign, whole = '0', part = ''] = match;
  if (/[1-9]/.test(part.slice(4))) throw new Error(`more than four decimals: ${text}`);
  const amount = BigInt(whole) * 10_000n + BigInt(part.padEnd(4, '0').slice(0, 4));
  return sign === '-' ? -amount : amount;
}

/** Ten-thousandths to cents, half away from zero. */
export function centsOf(amount: bigint): bigint {
  const size = amount < 0n ? -amount : amount;
  const cents = (size + 50n) / 100n;
  return amount < 0n ? -cents : cents;
}

/** An amount that must be whole cents already. */
export function cents(value: Numeric): bigint {
  const amount = fine(value);
  if (amount % 100n !== 0n) throw new Error(`not whole cents: ${String(amount)}`);
  return amount / 100n;
}

export const sumOf = (all: readonly bigint[]): bigint => all.reduce((a, b) => a + b, 0n);
export const shown = (amount: bigint): string => {
  const size = (amount < 0n ? -amount : amount).toString().padStart(3, '0');
  return `${amount < 0n ? '-' : ''}${size.slice(0, -2)}.${size.slice(-2)}`;
};
