/** Lines of the draft: every Autotask line becomes one QuickBooks line (facts/mission.md A5), in Autotask's order. */
import { toCents } from './cents.ts';
import type { Directory } from './directory.ts';
import type { DraftLine, DraftRef } from './draft.ts';
import { toLatin1 } from './latin1.ts';
import { matchItem } from './match-item.ts';
import { decimalsOf, isBelowZero, isZero, roundHalfAwayFromZero, ZERO, type Decimal } from './money.ts';
import type { NewItem } from './new-names.ts';
import { problem, type Problem } from './problem.ts';
import type { Settings } from './settings.ts';
import type { SourceLine } from './source.ts';

/** Line descriptions hold 4,000 characters (facts/qbo.md 3.2). */
const DESCRIPTION_MAX = 4000;
/** Qty and UnitPrice keep about this many decimals (facts/qbo.md 3.2, inferred). */
const PRICE_DECIMALS_MAX = 7;

export interface LinesInput {
  readonly lines: readonly SourceLine[];
  readonly directory: Directory;
  readonly settings: Settings;
  readonly isUs: boolean;
  readonly classTracking: boolean;
}

export interface MappedLines {
  readonly source: readonly SourceLine[];
  /** Without tax codes, which need all lines at once. */
  readonly lines: readonly DraftLine[];
  readonly net: Decimal;
  readonly newItems: readonly NewItem[];
  /** Items that were found by name and are to be linked by id. */
  readonly matchedItems: readonly { readonly key: string; readonly id: string; readonly name: string }[];
  readonly problems: readonly Problem[];
}

/** As Autotask sorts them; where it does not say, by id. */
export const inOrder = (lines: readonly SourceLine[]): SourceLine[] =>
  [...lines].sort((a, b) => (a.sortOrder ?? 0) - (b.sortOrder ?? 0) || a.id - b.id);

/** What Autotask prints on the line; groups carry their own text (facts/mission.md A5). */
export const descriptionOf = (line: SourceLine): string =>
  [line.groupDescription, line.fullDescription, line.description, line.itemName]
    .find((text) => text !== null && text.trim() !== '')
    ?.trim() ?? '';

export function mapLines(input: LinesInput): MappedLines {
  const { settings, directory, isUs } = input;
  const source = inOrder(input.lines).filter((line) => !settings['zero.skipLines'] || !isZero(line.amount));
  const cents = toCents(source.map((line) => line.amount));
  const newItems = new Map<string, NewItem>();
  const matched = new Map<string, { key: string; id: string; name: string }>();
  const problems = new Map<string, Problem>();
  const lines = source.map((line, index): DraftLine => {
    const match = matchItem(line, directory, settings, isUs);
    if (match.kind === 'problem') problems.set(`${match.problem.code} ${match.problem.text}`, match.problem);
    if (match.kind === 'create') newItems.set(match.item.key, match.item);
    if (match.kind === 'found' && match.key !== null)
      matched.set(match.key, { key: match.key, id: match.item.id, name: match.item.name });
    const item: DraftRef =
      match.kind === 'found'
        ? { id: match.item.id, name: match.item.name }
        : { id: null, name: match.kind === 'create' ? match.item.name : '?' };
    const amount = cents.lines[index]?.amount ?? ZERO;
    const classed = input.classTracking ? classOf(line, input) : { id: null, problem: null };
    if (classed.problem !== null) problems.set(classed.problem.text, classed.problem);
    return {
      sourceLineId: line.id,
      description: cut(isUs ? toLatin1(descriptionOf(line)) : descriptionOf(line), DESCRIPTION_MAX),
      amount,
      ...quantityOf(line, amount),
      item,
      serviceDate: line.date,
      taxCodeId: null,
      classId: classed.id,
      centAdjustment: cents.lines[index]?.adjustment ?? ZERO,
    };
  });
  return {
    source,
    lines,
    net: cents.net,
    newItems: [...newItems.values()],
    matchedItems: [...matched.values()],
    problems: [...problems.values()],
  };
}

/** The first `most` characters; letters beyond the first plane count as one and are never halved. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : [...text].slice(0, most).join('');

/**
 * Quantity and price go along only when they give the amount exactly by QuickBooks' rule, round half up to cents
 * (facts/qbo.md 3.2, error 6070); covered labor and rounded lines go as an amount alone.
 */
function quantityOf(line: SourceLine, amount: Decimal): { quantity: Decimal | null; unitPrice: Decimal | null } {
  const { quantity, rate } = line;
  const none = { quantity: null, unitPrice: null };
  if (quantity === null || rate === null || isZero(quantity) || isBelowZero(quantity) || line.groupDescription !== null)
    return none;
  const product = quantity.times(rate);
  const fits = decimalsOf(quantity) <= PRICE_DECIMALS_MAX && decimalsOf(rate) <= PRICE_DECIMALS_MAX;
  // Below zero, "half up" and "half away from zero" part ways at exact halves: only an exact product is safe there.
  const gives = isBelowZero(amount) ? product : roundHalfAwayFromZero(product, 2);
  return fits && gives.eq(amount) ? { quantity, unitPrice: rate } : none;
}

/** What stands for a line of business in the table of the settings: its id, one of its names, or `none`. */
function classNameOf(line: SourceLine, { settings, directory }: LinesInput): string | undefined {
  const table = settings['class.byLineOfBusiness'];
  const id = line.lineOfBusinessId;
  if (id === null) return table['none'];
  const names = directory.linesOfBusiness.find((one) => one.id === id)?.names ?? [];
  return [String(id), ...names].map((name) => table[name]).find((wanted) => wanted !== undefined);
}

/** The class of the line's line of business, by id or name, from the table in the settings (facts/mission.md A5). */
function classOf(line: SourceLine, input: LinesInput): { id: string | null; problem: Problem | null } {
  const linked = input.directory.links.get(`class ${String(line.lineOfBusinessId ?? 'none')}`);
  if (linked !== undefined) return { id: linked, problem: null };
  const wanted = classNameOf(line, input);
  if (wanted === undefined) return { id: null, problem: null };
  const found = input.directory.classes.find((one) => one.active && (one.id === wanted || one.name === wanted));
  return found === undefined
    ? {
        id: null,
        problem: problem('class-missing', { class: wanted, lineOfBusiness: String(line.lineOfBusinessId ?? 'none') }),
      }
    : { id: found.id, problem: null };
}
