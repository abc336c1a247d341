/** Rows of the sandbox as the tenant shows them: its money knobs, every known field, dates of both forms (facts/autotask.md 4). */
import { decimal, roundHalfAwayFromZero, sum, ZERO, type Decimal } from '../../core/money.ts';
import { ExactNumber } from '../../platform/exact-json.ts';
import type { EntityRules } from './fields.ts';
import type { AutotaskKnobs } from './knobs.ts';

export type MutableRow = Record<string, unknown> & { id: number; hiddenUntil?: number; isHidden?: boolean };
export type Tables = Map<string, Map<number, MutableRow>>;

/** An amount with four decimals, as Autotask writes it. */
export const fourDecimals = (text: string): ExactNumber => new ExactNumber(text);
const four = (amount: Decimal): ExactNumber => fourDecimals(amount.toFixed(4));
const exact = (value: unknown): Decimal =>
  value instanceof ExactNumber ? decimal(value.source) : typeof value === 'number' ? decimal(String(value)) : ZERO;
const cents = (amount: Decimal): Decimal => roundHalfAwayFromZero(amount, 2);

/** The amounts of a line that Approve & Post rounds when the tenant does not keep four decimals (facts section 5). */
const roundedAtPosting = ['extendedPrice', 'totalAmount', 'taxDollars', 'internalCurrencyTotalAmount'];

/** The rows of one entity with the money as the knobs want it; the tables themselves stay as they were seeded. */
export function withMoney(
  name: string,
  rows: readonly MutableRow[],
  tables: Tables,
  knobs: AutotaskKnobs,
): MutableRow[] {
  const isPlain = knobs.lineRounding === 'four-decimals' && knobs.invoiceTotalMode === 'net';
  if (isPlain || (name !== 'Invoices' && name !== 'BillingItems')) return [...rows];
  if (name === 'BillingItems') return rows.map((row) => (knobs.lineRounding === 'cents' ? roundedLine(row) : row));
  const shifts = knobs.lineRounding === 'cents' ? roundingOf(tables) : new Map<unknown, Shift>();
  return rows.map((row) => {
    const shift = shifts.get(row.id);
    const net = exact(row['invoiceTotal']).plus(shift?.net ?? ZERO);
    const tax = exact(row['totalTaxValue']).plus(shift?.tax ?? ZERO);
    return {
      ...row,
      invoiceTotal: four(knobs.invoiceTotalMode === 'gross' ? net.plus(tax) : net),
      totalTaxValue: four(tax),
    };
  });
}

const roundedLine = (row: MutableRow): MutableRow => ({
  ...row,
  ...Object.fromEntries(
    roundedAtPosting.filter((field) => field in row).map((field) => [field, four(cents(exact(row[field])))]),
  ),
});

interface Shift {
  readonly net: Decimal;
  readonly tax: Decimal;
}

/** What rounding every line changes in an invoice's sums: the header is built from the lines, and keeps what a test planted. */
function roundingOf(tables: Tables): Map<unknown, Shift> {
  const lines = new Map<unknown, MutableRow[]>();
  for (const row of tables.get('BillingItems')?.values() ?? [])
    lines.set(row['invoiceID'], [...(lines.get(row['invoiceID']) ?? []), row]);
  const shift = (rows: readonly MutableRow[], field: string): Decimal =>
    sum(rows.map((row) => cents(exact(row[field])).minus(exact(row[field]))));
  return new Map(
    [...lines].map(([id, rows]) => [id, { net: shift(rows, 'totalAmount'), tax: shift(rows, 'taxDollars') }]),
  );
}

/** A field that no client knows: loose readers pass over it (facts section 8.11). */
const tomorrow = { fieldOfTomorrow: { id: 1, labels: ['x'] } };

/** Every known field without a value, once per entity: rows are served by the thousand. */
const blanks = new WeakMap<EntityRules, Readonly<Record<string, unknown>>>();
function blankOf(rules: EntityRules): Readonly<Record<string, unknown>> {
  const known = blanks.get(rules);
  if (known !== undefined) return known;
  const made = {
    ...Object.fromEntries(rules.fields.map((field) => [field.name, null])),
    ...(rules.can.includes('F') ? { userDefinedFields: [] } : {}),
  };
  blanks.set(rules, made);
  return made;
}

/**
 * A row as it goes over the wire: fields without a value are null, those that were not asked for are absent, entities with
 * user-defined fields carry their list (facts 2.2, 2.5), and date-only fields come in both forms (facts 2.6).
 */
export function shownRow(
  row: MutableRow,
  rules: EntityRules,
  knobs: AutotaskKnobs,
  include: readonly string[] | null = null,
): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...blankOf(rules), ...row, ...(knobs.unknownFields ? tomorrow : {}) };
  delete shown['hiddenUntil'];
  delete shown['isHidden'];
  if (knobs.olderTenant) for (const field of rules.fields) if (field.isNew) delete shown[field.name];
  if (row.id % 2 === 0)
    for (const [key, value] of Object.entries(shown))
      if (isMidnight(key, value)) shown[key] = value.replace('Z', '.000Z');
  if (include === null) return shown;
  const wanted = new Set(include.map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(shown).filter(([key]) => wanted.has(key.toLowerCase())));
}

function isMidnight(key: string, value: unknown): value is string {
  return key !== 'createDateTime' && typeof value === 'string' && value.endsWith('T00:00:00Z');
}
