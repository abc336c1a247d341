/** Taxes in the regimes (facts/mission.md A7, facts/qbo.md section 4), as far as correct totals need them. Percent rates. */
import { fold, type Directory, type TaxCodeEntry, type TaxRateEntry } from './directory.ts';
import type { DraftTax, DraftTaxLine, TaxRegime } from './draft.ts';
import { amountText, decimal, isZero, roundHalfAwayFromZero, sum, ZERO, type Decimal } from './money.ts';
import { problem, type Problem } from './problem.ts';
import { once } from './rows.ts';
import type { Settings } from './settings.ts';
import type { SourceInvoice, SourceLine } from './source.ts';

export interface TaxInput {
  readonly invoice: SourceInvoice;
  readonly lines: readonly SourceLine[];
  /** In cents, one per line. */
  readonly amounts: readonly Decimal[];
  readonly regime: TaxRegime;
  readonly directory: Directory;
  readonly settings: Settings;
  readonly isTaxExempt: boolean;
}

export interface MappedTax {
  readonly tax: DraftTax;
  /** TaxCodeRef per line; null = send none. */
  readonly lineCodes: readonly (string | null)[];
  /** Outside the US: what each rate is expected to give. */
  readonly taxLines: readonly DraftTaxLine[];
  readonly problems: readonly Problem[];
}

/** Autotask's tax in cents. */
export const sourceTaxCents = (invoice: SourceInvoice): Decimal => roundHalfAwayFromZero(invoice.tax, 2);

const categoryOf = (line: SourceLine, directory: Directory): number | null =>
  line.taxCategoryId ??
  (line.billingCodeId === null ? null : (directory.billingCodesById.get(line.billingCodeId)?.taxCategoryId ?? null));

export function mapTax(input: TaxInput): MappedTax {
  const mapped = byRegime(input);
  const expected = mapped.tax.expectedTotal;
  const own = sourceTaxCents(input.invoice);
  if (mapped.problems.length > 0 || expected === null || input.settings['tax.mode'] === 'quickbooks') return mapped;
  const gap = expected.minus(own).abs();
  if (gap.lte(input.settings['tax.tolerance'])) return mapped;
  if (input.settings['tax.mode'] === 'autotask') {
    if (input.regime === 'us-manual' || input.regime === 'us-automated') return overridden(mapped, own);
    if (input.regime === 'non-us' && mapped.taxLines.length > 0) return overriddenByRate(mapped, own);
  }
  return {
    ...mapped,
    problems: [problem('tax-differs', { autotaskTax: amountText(own), quickbooksTax: amountText(expected) })],
  };
}

function byRegime(input: TaxInput): MappedTax {
  switch (input.regime) {
    case 'us-none':
      return { tax: plain('us-none', ZERO), lineCodes: input.lines.map(() => 'NON'), taxLines: [], problems: [] };
    case 'us-manual':
      return mapManual(input);
    case 'us-automated':
      return mapAutomated(input);
    case 'non-us':
      return mapElsewhere(input);
  }
}

const plain = (regime: TaxRegime, expectedTotal: Decimal | null, headerTaxCodeId: string | null = null): DraftTax => ({
  regime,
  calculation: regime === 'non-us' ? 'TaxExcluded' : null,
  headerTaxCodeId,
  overrideTotal: null,
  overrideLines: [],
  expectedTotal,
});

const overridden = (mapped: MappedTax, own: Decimal): MappedTax => ({
  ...mapped,
  tax: { ...mapped.tax, overrideTotal: own, expectedTotal: own },
});

/**
 * Outside the US an override names each rate with its amount (facts/qbo.md section 4); Autotask's tax is laid on the rates
 * as QuickBooks would, and what remains goes to the rate that carries most.
 */
function overriddenByRate(mapped: MappedTax, own: Decimal): MappedTax {
  const missing = own.minus(sum(mapped.taxLines.map((line) => line.amount)));
  const largest = mapped.taxLines.reduce((best, line, at, all) => {
    return line.amount.abs().gt(all[best]?.amount.abs() ?? ZERO) ? at : best;
  }, 0);
  const overrideLines = mapped.taxLines.map((line, at) =>
    at === largest ? { ...line, amount: line.amount.plus(missing) } : line,
  );
  return { ...mapped, tax: { ...mapped.tax, overrideTotal: own, overrideLines, expectedTotal: own } };
}

/** One rate on the net of its lines, rounded half away from zero (facts/qbo.md 4: per rate, two decimals; inferred for US). */
const taxOf = (net: Decimal, rates: readonly TaxRateEntry[]): Decimal => sum(rates.map((one) => rateOf(net, one)));
const rateOf = (net: Decimal, { rate }: TaxRateEntry): Decimal =>
  roundHalfAwayFromZero(net.times(rate).div(decimal('100')), 2);

/** US without automated tax: one code for the whole invoice, named like Autotask's tax region; lines are TAX or NON. */
function mapManual(input: TaxInput): MappedTax {
  const taxed = input.lines.map((line) => !isZero(line.tax));
  const lineCodes = taxed.map((is) => (is ? 'TAX' : 'NON'));
  if (!taxed.includes(true)) return { tax: plain('us-manual', ZERO), lineCodes, taxLines: [], problems: [] };
  const region = input.invoice.taxRegionName ?? '';
  const code = codeNamed(region, input.directory);
  if (code === undefined)
    return {
      tax: plain('us-manual', null),
      lineCodes,
      taxLines: [],
      problems: [problem('tax-code-missing', { taxName: region || 'of Autotask’s tax region' })],
    };
  const net = sum(input.amounts.filter((_amount, index) => taxed[index]));
  return { tax: plain('us-manual', taxOf(net, code.rates), code.id), lineCodes, taxLines: [], problems: [] };
}

/** QuickBooks calculates from addresses; we say which lines are taxable. Its figure is unknown until posted. */
function mapAutomated(input: TaxInput): MappedTax {
  const lineCodes = input.lines.map((line) =>
    !isZero(line.tax) || (categoryOf(line, input.directory) !== null && !input.isTaxExempt) ? 'TAX' : 'NON',
  );
  const mapped: MappedTax = {
    tax: plain('us-automated', lineCodes.includes('TAX') ? null : ZERO),
    lineCodes,
    taxLines: [],
    problems: [],
  };
  if (input.settings['tax.mode'] !== 'autotask') return mapped;
  // Automated tax keeps our figure only beside a code, whichever: its own replaces it (facts/qbo.md section 4).
  const code =
    codeNamed(input.invoice.taxRegionName ?? '', input.directory) ??
    [...input.directory.taxCodes].find((one) => one.rates.length > 0);
  const named = { ...mapped, tax: { ...mapped.tax, headerTaxCodeId: code?.id ?? null } };
  return overridden(named, sourceTaxCents(input.invoice));
}

/** Outside the US every line names a code: by the tax category's name, else the region's. */
function mapElsewhere(input: TaxInput): MappedTax {
  const problems: Problem[] = [];
  const codes = input.lines.map((line) => {
    const code = codeOf(line, input);
    if (code === undefined) problems.push(problem('tax-code-missing', { taxName: wantedName(line, input) }));
    return code;
  });
  const nets = new Map<TaxCodeEntry, Decimal>();
  for (const [index, code] of codes.entries()) {
    if (code !== undefined) nets.set(code, (nets.get(code) ?? ZERO).plus(input.amounts[index] ?? ZERO));
  }
  const expected = sum([...nets].map(([code, net]) => taxOf(net, code.rates)));
  const unique = once(problems, (one) => one.text);
  return {
    tax: plain('non-us', unique.length > 0 ? null : expected),
    lineCodes: codes.map((code) => code?.id ?? null),
    taxLines: taxLinesOf(nets),
    problems: unique,
  };
}

/** What each rate gives on the net of the lines that carry it. */
function taxLinesOf(nets: ReadonlyMap<TaxCodeEntry, Decimal>): DraftTaxLine[] {
  const lines = new Map<string, DraftTaxLine>();
  for (const [code, net] of nets) {
    for (const one of code.rates) {
      const known = lines.get(one.id);
      lines.set(one.id, {
        rateId: one.id,
        percent: one.rate,
        net: net.plus(known?.net ?? ZERO),
        amount: rateOf(net, one).plus(known?.amount ?? ZERO),
      });
    }
  }
  return [...lines.values()].filter((line) => !line.percent.eq(ZERO));
}

const wantedName = (line: SourceLine, input: TaxInput): string =>
  (input.directory.taxCategories.get(categoryOf(line, input.directory) ?? -1) ?? input.invoice.taxRegionName) ||
  'for untaxed lines';

function codeNamed(name: string, directory: Directory): TaxCodeEntry | undefined {
  const linked = directory.links.get(`tax-code ${name}`);
  const found = linked === undefined ? undefined : directory.taxCodes.find((code) => code.id === linked);
  const code = found ?? directory.taxCodesByName.get(fold(name));
  return code?.active === true ? code : undefined;
}

const isZeroRated = (code: TaxCodeEntry): boolean => code.rates.every((one) => one.rate.eq(ZERO));

/** Names under which editions keep their zero-rate code (inferred: no fact names one). */
const ZERO_CODES = [
  'exempt',
  'out of scope',
  'no vat',
  'no tax',
  'gst free',
  'zero-rated',
  'zero rated',
  '0.0% z',
  'tax exempt',
];

function codeOf(line: SourceLine, input: TaxInput): TaxCodeEntry | undefined {
  const { directory, invoice } = input;
  const category = directory.taxCategories.get(categoryOf(line, directory) ?? -1);
  const named = [category, invoice.taxRegionName]
    .flatMap((name) => (name ? [codeNamed(name, directory)] : []))
    .filter((code) => code !== undefined);
  if (!line.tax.eq(ZERO)) return named[0];
  // A line of zero is taxed at zero by any code; one that Autotask did not tax needs a zero-rate code.
  const free =
    named.find(isZeroRated) ??
    ZERO_CODES.map((name) => directory.taxCodesByName.get(name)).find(
      (code) => code?.active === true && isZeroRated(code),
    );
  return free ?? (line.amount.eq(ZERO) ? named[0] : undefined);
}
