/** Amounts are decimal text from the server and stay text; only their look is changed here. No arithmetic on floats. */
const parts = (amount: string): { sign: string; whole: string; cents: string } => {
  const sign = amount.startsWith('-') ? '-' : '';
  const [whole = '0', cents = ''] = amount.replace('-', '').split('.');
  return { sign, whole, cents };
};

const grouped = (digits: string): string => digits.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `12345` as `12,345`; by hand, because the browser's own way loads all its languages first, which takes a tenth of a second. */
export const counted = (count: number): string => grouped(String(count));

/** `12345.6` as `12,345.60`; more decimals are shown where they carry value. */
export function shown(amount: string | null): string {
  if (amount === null || amount === '') return '';
  const { sign, whole, cents } = parts(amount);
  const kept = cents.replace(/0+$/, '').padEnd(2, '0');
  return `${sign}${grouped(whole)}.${kept}`;
}

/** Ten-thousandths as a whole number: exact for every amount that Autotask knows. */
export function exact(amount: string): bigint {
  const { sign, whole, cents } = parts(amount === '' ? '0' : amount);
  const value = BigInt(whole) * 10_000n + BigInt(cents.padEnd(4, '0').slice(0, 4));
  return sign === '-' ? -value : value;
}

export function textOf(value: bigint): string {
  const sign = value < 0n ? '-' : '';
  const digits = (value < 0n ? -value : value).toString().padStart(5, '0');
  return `${sign}${digits.slice(0, -4)}.${digits.slice(-4)}`;
}

export const sumOf = (amounts: readonly string[]): string => textOf(amounts.reduce((sum, one) => sum + exact(one), 0n));
