/** Both vendors' lists as prepared indexes, so that an invoice costs the same with ten customers or ten thousand. */
import { displayName } from './latin1.ts';
import type { Decimal } from './money.ts';
import type { SourceBillingCode, SourceCompany } from './source.ts';

export interface CustomerEntry {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly currency: string | null;
  /** Where QuickBooks mails invoices to; null when it has no address. */
  readonly email: string | null;
}
export interface ItemEntry {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly type: string;
  readonly active: boolean;
  readonly description: string | null;
  readonly unitPrice: Decimal | null;
  /** US only; null elsewhere. */
  readonly taxable: boolean | null;
  /** The account that its sales go to; absent where it was read before this was kept. */
  readonly incomeAccountId?: string | null;
}
export interface NamedEntry {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}
export interface AccountEntry extends NamedEntry {
  readonly fullName: string;
  readonly type: string;
}
export interface TaxCodeEntry extends NamedEntry {
  /** Each applied to the net of the lines with this code. */
  readonly rates: readonly TaxRateEntry[];
}
export interface TaxRateEntry {
  readonly id: string;
  /** Percent. */
  readonly rate: Decimal;
}
/** A line of business of Autotask, under every name that a person may use for it. */
export interface LineOfBusiness {
  readonly id: number;
  readonly names: readonly string[];
}

export interface DirectoryLists {
  /** `customer <company id>`, `item billing-code:<id>`, `item name:<folded>`, `term <name>`, `tax-code <name>`: the QuickBooks id. */
  readonly links: ReadonlyMap<string, string>;
  readonly customers: readonly CustomerEntry[];
  readonly items: readonly ItemEntry[];
  readonly terms: readonly NamedEntry[];
  readonly taxCodes: readonly TaxCodeEntry[];
  readonly accounts: readonly AccountEntry[];
  readonly classes: readonly NamedEntry[];
  readonly companies: readonly SourceCompany[];
  readonly billingCodes: readonly SourceBillingCode[];
  readonly paymentTerms: ReadonlyMap<number, string>;
  readonly taxCategories: ReadonlyMap<number, string>;
  readonly currencies: ReadonlyMap<number, string>;
  readonly linesOfBusiness: readonly LineOfBusiness[];
  /** `customer <company id>` and `item <key>` that a person decided to create, whatever the settings and limits say. */
  readonly decisions: ReadonlySet<string>;
}

export interface Directory extends DirectoryLists {
  readonly customersById: ReadonlyMap<string, CustomerEntry>;
  readonly customersByName: ReadonlyMap<string, readonly CustomerEntry[]>;
  readonly customersByLikeness: ReadonlyMap<string, readonly CustomerEntry[]>;
  readonly itemsById: ReadonlyMap<string, ItemEntry>;
  readonly itemsByName: ReadonlyMap<string, readonly ItemEntry[]>;
  readonly itemsByFullName: ReadonlyMap<string, readonly ItemEntry[]>;
  readonly termsByName: ReadonlyMap<string, NamedEntry>;
  readonly taxCodesByName: ReadonlyMap<string, TaxCodeEntry>;
  readonly companiesById: ReadonlyMap<number, SourceCompany>;
  /** Companies of this tenant that would become the same customer: by the name that they would have there. */
  readonly companiesByDisplayName: Readonly<Record<'us' | 'elsewhere', ReadonlyMap<string, readonly SourceCompany[]>>>;
  readonly billingCodesById: ReadonlyMap<number, SourceBillingCode>;
  /** Which company a customer is linked to. */
  readonly companyOfCustomer: ReadonlyMap<string, string>;
  /** The companies of customers that several are linked to: from before that was impossible. */
  readonly sharedCustomers: ReadonlyMap<string, readonly string[]>;
}

/** Names are compared trimmed, with single spaces, without case, composed (facts/mission.md A5.1, inferred). */
export const fold = (name: string): string => name.normalize('NFC').trim().replaceAll(/\s+/g, ' ').toLowerCase();

/** QuickBooks renames what is made inactive (facts/qbo.md 3.5). */
export const withoutDeleted = (name: string): string => name.replace(/ \(deleted\)$/i, '');

/** What is left of a name without punctuation and legal form: alike here is "nearly so", never "the same". */
export function likeness(name: string): string {
  const words = fold(name)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('&', ' and ')
    .replaceAll(/[^\p{L}\p{N} ]/gu, '')
    .split(/\s+/);
  const forms = new Set([
    'inc',
    'incorporated',
    'llc',
    'ltd',
    'limited',
    'corp',
    'corporation',
    'co',
    'company',
    'gmbh',
    'bv',
    'plc',
    'pty',
    'the',
  ]);
  const core = words.filter((word) => word !== '' && !forms.has(word));
  return (core.length > 0 ? core : words).join(' ');
}

function groupBy<T, K>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/** An active one wins over an inactive one of the same name. */
const byFoldedName = <T extends NamedEntry>(rows: readonly T[]): Map<string, T> =>
  new Map([...rows].sort((a, b) => Number(a.active) - Number(b.active)).map((row) => [fold(row.name), row]));

export function prepareDirectory(lists: DirectoryLists): Directory {
  const companyOfCustomer = new Map<string, string>();
  const linked = [...lists.links].filter(([key]) => key.startsWith('customer '));
  for (const [key, id] of linked) companyOfCustomer.set(id, key.slice('customer '.length));
  const companies = groupBy(linked, ([, id]) => id);
  return {
    ...lists,
    customersById: new Map(lists.customers.map((row) => [row.id, row])),
    customersByName: groupBy(lists.customers, (row) => fold(row.active ? row.name : withoutDeleted(row.name))),
    customersByLikeness: groupBy(
      lists.customers.filter((row) => row.active),
      (row) => likeness(row.name),
    ),
    itemsById: new Map(lists.items.map((row) => [row.id, row])),
    itemsByName: groupBy(lists.items, (row) => fold(row.active ? row.name : withoutDeleted(row.name))),
    itemsByFullName: groupBy(lists.items, (row) => fold(row.fullName)),
    termsByName: byFoldedName(lists.terms),
    taxCodesByName: byFoldedName(lists.taxCodes),
    companiesById: new Map(lists.companies.map((row) => [row.id, row])),
    companiesByDisplayName: {
      us: groupBy(lists.companies, (row) => fold(displayName(row.name, true))),
      elsewhere: groupBy(lists.companies, (row) => fold(displayName(row.name, false))),
    },
    billingCodesById: new Map(lists.billingCodes.map((row) => [row.id, row])),
    companyOfCustomer,
    sharedCustomers: new Map(
      [...companies].flatMap(([id, all]) =>
        all.length > 1 ? [[id, all.map(([key]) => key.slice('customer '.length))]] : [],
      ),
    ),
  };
}
