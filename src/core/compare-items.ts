/**
 * Billing codes beside QuickBooks' items (facts/mission.md A10.1): matched, matched but different, missing, ambiguous; and
 * the items that no billing code has. Pure; the same finder as for invoices, so that both always agree.
 */
import { fold, type Directory, type ItemEntry } from './directory.ts';
import { findItem, ITEM_NAME_MAX, matchValue, newItemName, SELLABLE } from './match-item.ts';
import { amountText, type Decimal } from './money.ts';
import type { Settings } from './settings.ts';
import type { SourceBillingCode } from './source.ts';

export interface ItemDifference {
  readonly field: string;
  readonly autotask: string;
  readonly quickbooks: string;
}

export interface ItemComparison {
  readonly billingCodeId: number;
  readonly billingCode: string;
  /** The text that is looked up as the item's name. */
  readonly matchValue: string;
  readonly result: 'match' | 'different' | 'missing' | 'ambiguous';
  /** Empty unless exactly one item was found. */
  readonly quickbooksItemId: string;
  readonly quickbooksItem: string;
  readonly differences: readonly ItemDifference[];
  /** What a copy could not do, or would do otherwise than expected; null when there is nothing to say. */
  readonly note: string | null;
  /** What else both sides say; absent in comparisons that an earlier version kept. */
  readonly details?: CodeDetails & ItemDetails;
}

/** The billing code's own fields; prices are decimal text. */
export interface CodeDetails {
  readonly externalNumber: string;
  /** Autotask's name for what the code is used for (labor, expense, ...); its number where the name is not known. */
  readonly type: string;
  readonly active: boolean;
  readonly autotaskPrice: string;
}

/** The item's own fields; empty where there is none, or several. */
export interface ItemDetails {
  readonly quickbooksType: string;
  readonly quickbooksPrice: string;
  readonly incomeAccount: string;
}

export interface UnmatchedItem {
  readonly quickbooksItemId: string;
  readonly name: string;
  readonly type: string;
  readonly active: boolean;
  readonly details?: ItemDetails;
}

export interface ComparedItems {
  readonly rows: readonly ItemComparison[];
  readonly onlyInQuickBooks: readonly UnmatchedItem[];
}

export const keyOfCode = (code: Pick<SourceBillingCode, 'id'>): string => `billing-code:${String(code.id)}`;

/**
 * Compares the active billing codes (inferred: only active ones, facts/mission.md A10.1), in the order of their ids.
 * @param types Autotask's names of what codes are used for, by the number that codes carry
 */
export function compareItems(
  directory: Directory,
  matchBy: Settings['items.matchBy'],
  isUs: boolean,
  types: ReadonlyMap<number, string> = new Map(),
): ComparedItems {
  const accounts = new Map(directory.accounts.map((one) => [one.id, one.fullName]));
  const used = new Set<string>();
  const rows = directory.billingCodes
    .filter((code) => code.isActive)
    .toSorted((a, b) => a.id - b.id)
    .map((code): ItemComparison => {
      const { item, ...row } = compareOne(code, directory, matchBy, isUs, used);
      return { ...row, details: { ...codeDetails(code, types), ...itemDetails(item, accounts) } };
    });
  return {
    rows,
    onlyInQuickBooks: directory.items
      .filter((item) => item.active && item.type !== 'Category' && !used.has(item.id))
      .map((item) => ({
        quickbooksItemId: item.id,
        name: item.fullName,
        type: item.type,
        active: item.active,
        details: itemDetails(item, accounts),
      })),
  };
}

const codeDetails = (code: SourceBillingCode, types: ReadonlyMap<number, string>): CodeDetails => ({
  externalNumber: code.externalNumber ?? '',
  type: code.useType === null ? '' : (types.get(code.useType) ?? String(code.useType)),
  active: code.isActive,
  autotaskPrice: code.unitPrice === null ? '' : amountText(code.unitPrice),
});

const itemDetails = (item: ItemEntry | null, accounts: ReadonlyMap<string, string>): ItemDetails => {
  const account = item?.incomeAccountId ?? null;
  return {
    quickbooksType: item?.type ?? '',
    quickbooksPrice: item === null || item.unitPrice === null ? '' : amountText(item.unitPrice),
    incomeAccount: account === null ? '' : (accounts.get(account) ?? account),
  };
};

function compareOne(
  code: SourceBillingCode,
  directory: Directory,
  matchBy: Settings['items.matchBy'],
  isUs: boolean,
  used: Set<string>,
): ItemComparison & { item: ItemEntry | null } {
  const value = matchValue(code, matchBy);
  const base = { billingCodeId: code.id, billingCode: code.name, matchValue: value, item: null };
  const linked = directory.itemsById.get(directory.links.get(`item ${keyOfCode(code)}`) ?? '');
  const found = linked ?? (value === '' ? null : findItem(value, directory));
  if (found === null || found === undefined)
    return {
      ...base,
      result: 'missing',
      quickbooksItemId: '',
      quickbooksItem: '',
      differences: [],
      note: noteOf(value, isUs),
    };
  if (Array.isArray(found)) {
    for (const item of found) used.add(item.id);
    const candidates = found.map((item) => `${item.fullName} (id ${item.id})`).join(', ');
    return {
      ...base,
      result: 'ambiguous',
      quickbooksItemId: '',
      quickbooksItem: '',
      differences: [],
      note: `could be ${candidates}`,
    };
  }
  used.add(found.id);
  const differences = differencesOf(code, value, found, isUs);
  return {
    ...base,
    item: found,
    result: differences.length === 0 ? 'match' : 'different',
    quickbooksItemId: found.id,
    quickbooksItem: found.fullName,
    differences,
    note: null,
  };
}

/** What a copy would make of the name. */
function noteOf(value: string, isUs: boolean): string | null {
  if (value === '') return 'it has no name to look for';
  const name = newItemName(value, isUs);
  if (name === '') return 'QuickBooks can hold nothing of this name';
  if ([...value].length > ITEM_NAME_MAX) return `a copy would be cut to ${String(ITEM_NAME_MAX)} characters: “${name}”`;
  return name === value ? null : `a copy would be named “${name}”`;
}

/** Compared are name, type, active flag, description, price and taxability (inferred, facts/mission.md A10.1). */
function differencesOf(code: SourceBillingCode, value: string, item: ItemEntry, isUs: boolean): ItemDifference[] {
  const differences: ItemDifference[] = [];
  const note = (field: string, autotask: string, quickbooks: string): void => {
    if (autotask !== quickbooks) differences.push({ field, autotask, quickbooks });
  };
  const names = [item.name, item.fullName, item.fullName.replaceAll(':', '~')];
  if (!names.includes(value) && newItemName(value, isUs) !== item.name) note('name', value, item.fullName);
  if (!item.active) note('active', 'yes', 'no');
  if (!SELLABLE.has(item.type)) note('type', 'Service', item.type);
  if (item.type === 'Category') return differences;
  note('description', text(code.description), text(item.description));
  note('price', price(code.unitPrice), price(item.unitPrice));
  if (isUs && item.taxable !== null) note('taxable', yes(code.taxCategoryId !== null), yes(item.taxable));
  return differences;
}

const text = (value: string | null): string => (value ?? '').trim().replaceAll('\r\n', '\n');
const price = (value: Decimal | null): string => (value === null ? '0.00' : amountText(value));
const yes = (is: boolean): string => (is ? 'yes' : 'no');

/** The missing codes that a copy would create, each name once: two codes of one name become one item. */
export function missingCodes(compared: ComparedItems, isUs: boolean): ItemComparison[] {
  const names = new Set<string>();
  return compared.rows.filter((row) => {
    const name = fold(newItemName(row.matchValue, isUs));
    if (row.result !== 'missing' || name === '' || names.has(name)) return false;
    names.add(name);
    return true;
  });
}
