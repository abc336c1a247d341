/** Which QuickBooks item a line sells (facts/mission.md A6): by link, else by exact name, else created, defaulted or stopped. */
import { fold, type Directory, type ItemEntry } from './directory.ts';
import { hyphenated, toLatin1 } from './latin1.ts';
import type { NewItem } from './new-names.ts';
import { problem, type Problem, type ProblemFacts } from './problem.ts';
import type { Settings } from './settings.ts';
import type { SourceBillingCode, SourceLine } from './source.ts';

export type ItemMatch =
  | { readonly kind: 'found'; readonly item: ItemEntry; readonly key: string | null }
  | { readonly kind: 'create'; readonly item: NewItem }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Types that a sales line takes; a bundle or a category it does not. */
export const SELLABLE: ReadonlySet<string> = new Set(['Service', 'NonInventory', 'Inventory']);
/** Why no line can sell it, with what to do instead; null where one can. */
export function unsellable(name: string, type: string): string | null {
  if (SELLABLE.has(type)) return null;
  const is = type === 'Category' ? 'a category' : `of type ${type}${type === 'Group' ? ' (a bundle)' : ''}`;
  return `“${name}” is ${is} in QuickBooks and cannot be sold on an invoice line. Choose a service, a non-inventory or an inventory item instead (terminal: settings choices items), or change its type in QuickBooks first.`;
}

/** Item names hold 100 characters and no colon, tab or line end (facts/qbo.md 3.6). */
export const ITEM_NAME_MAX = 100;
const ITEM_DESCRIPTION_MAX = 4000;

const stop = (cause: Problem): ItemMatch => ({ kind: 'problem', problem: cause });

/** The text that is looked up as the item's name, by the setting; an empty external number falls back to the name. */
export function matchValue(code: SourceBillingCode, matchBy: Settings['items.matchBy']): string {
  if (matchBy === 'id') return String(code.id);
  const external = code.externalNumber?.trim() ?? '';
  return matchBy === 'external-number' && external !== '' ? external : code.name.trim();
}

export function matchItem(line: SourceLine, directory: Directory, settings: Settings, isUs: boolean): ItemMatch {
  const code = line.billingCodeId === null ? undefined : directory.billingCodesById.get(line.billingCodeId);
  if (code === undefined) return matchWithoutCode(line, directory, settings);
  const key = `billing-code:${String(code.id)}`;
  const linked = directory.itemsById.get(directory.links.get(`item ${key}`) ?? '');
  const value = matchValue(code, settings['items.matchBy']);
  if (linked !== undefined) return usable(linked, value, key);
  const found = findItem(value, directory);
  if (found !== null) return Array.isArray(found) ? stop(several(value, found, key)) : usable(found, value, key);
  switch (directory.decisions.has(`item ${key}`) ? 'create' : settings['items.whenMissing']) {
    case 'stop':
      return stop(problem('item-missing', { item: value, key }));
    case 'default':
      return defaultItem(line, directory, settings);
    case 'create':
      return toCreate(code, value, key, directory, settings, isUs);
  }
}

const several = (value: string, items: readonly ItemEntry[], key: string): Problem =>
  problem('item-ambiguous', {
    item: value,
    key,
    candidates: items.map((item) => `${item.fullName} (id ${item.id})`).join(', '),
  });

/** Exact name, then the full name with `~` as QuickBooks' `:` (facts/mission.md A6). Names that differ only in case count as one. */
export function findItem(value: string, directory: Directory): ItemEntry | ItemEntry[] | null {
  const named = directory.itemsByName.get(fold(value)) ?? [];
  const pools = [
    () => named.filter((item) => item.active && item.name === value),
    () => named.filter((item) => item.active),
    () => directory.itemsByFullName.get(fold(value.replaceAll(/\s*~\s*/g, ':'))) ?? [],
    () => named,
  ];
  for (const poolOf of pools) {
    const pool = poolOf();
    const sellable = pool.filter((item) => SELLABLE.has(item.type));
    const [first, second] = sellable.length > 0 ? sellable : pool;
    if (first !== undefined) return second === undefined ? first : [...(sellable.length > 0 ? sellable : pool)];
  }
  return null;
}

function usable(item: ItemEntry, value: string, key: string | null): ItemMatch {
  const keyFact: ProblemFacts = key === null ? {} : { key };
  if (item.type === 'Category') return stop(problem('item-is-category', { item: value, ...keyFact }));
  if (!item.active) return stop(problem('item-inactive', { item: value, quickbooksId: item.id, ...keyFact }));
  if (!SELLABLE.has(item.type)) return stop(problem('item-wrong-type', { item: value, type: item.type, ...keyFact }));
  return { kind: 'found', item, key };
}

/** Products, bundles and grouped lines carry no billing code: their own name, else the default item. */
function matchWithoutCode(line: SourceLine, directory: Directory, settings: Settings): ItemMatch {
  const name = line.itemName?.trim() ?? '';
  const linked = directory.itemsById.get(directory.links.get(`item name:${fold(name)}`) ?? '');
  if (linked !== undefined) return usable(linked, name, `name:${fold(name)}`);
  const found = name === '' ? null : findItem(name, directory);
  if (found !== null && !Array.isArray(found) && found.active && SELLABLE.has(found.type))
    return { kind: 'found', item: found, key: null };
  return defaultItem(line, directory, settings);
}

function defaultItem(line: SourceLine, directory: Directory, settings: Settings): ItemMatch {
  const wanted = settings['items.defaultItem'];
  if (wanted === '') {
    const name = line.itemName?.trim() ?? '';
    return stop(
      problem('no-billing-code', {
        line: line.itemName ?? line.description ?? `line ${String(line.id)}`,
        ...(name === '' ? {} : { key: `name:${fold(name)}` }),
      }),
    );
  }
  const found =
    directory.itemsById.get(wanted) ?? directory.items.find((item) => item.name === wanted || item.fullName === wanted);
  return found === undefined ? stop(problem('default-item-missing', { item: wanted })) : usable(found, wanted, null);
}

/** The income account of created items: an id or an exact name, of type Income. */
export function incomeAccount(directory: Directory, settings: Settings): { id: string } | { reason: string } {
  const wanted = settings['items.incomeAccount'];
  if (wanted === '') return { reason: 'none is chosen' };
  const found = directory.accounts.find(
    (account) => account.id === wanted || account.name === wanted || account.fullName === wanted,
  );
  if (found === undefined) return { reason: `QuickBooks has no account “${wanted}”` };
  if (found.type !== '' && !/income/i.test(found.type)) return { reason: `“${found.name}” is of type ${found.type}` };
  return { id: found.id };
}

/** The name that a new item gets: what QuickBooks can hold of the match value; empty when it can hold nothing of it. */
export const newItemName = (value: string, isUs: boolean): string =>
  [...(isUs ? toLatin1(hyphenated(value)) : hyphenated(value)).trim().replaceAll(/\s+/g, ' ')]
    .slice(0, ITEM_NAME_MAX)
    .join('')
    .trim();

/** The item that a billing code would become (facts/mission.md A6). */
export function toCreate(
  code: SourceBillingCode,
  value: string,
  key: string,
  directory: Directory,
  settings: Settings,
  isUs: boolean,
): ItemMatch {
  const text = isUs ? toLatin1 : (same: string): string => same;
  const name = newItemName(value, isUs);
  if (name === '') return stop(problem('unsupported-characters', { field: 'billing code', value }));
  const account = incomeAccount(directory, settings);
  if ('reason' in account)
    return stop(problem('income-account-missing', { items: `“${name}”`, account: account.reason, key }));
  const description = text(code.description?.trim() ?? '').slice(0, ITEM_DESCRIPTION_MAX);
  return {
    kind: 'create',
    item: {
      key,
      name,
      description: description === '' ? null : description,
      unitPrice: code.unitPrice !== null && code.unitPrice.gt('0') ? code.unitPrice : null,
      incomeAccountId: account.id,
      taxable: isUs ? code.taxCategoryId !== null : null,
    },
  };
}
