/** QuickBooks' lists as they are now, for settings that name a row of them: a typo is refused when it is made, not at the next sync. */
import { SELLABLE, unsellable } from '../core/match-item.ts';
import { SettingError, type SettingKey } from '../core/settings.ts';
import type { QuickBooks } from '../quickbooks/client.ts';
import { loadConnection } from '../store/connections.ts';
import { withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';
import { limitsOf, openAutotask, openQuickBooks } from './vendors.ts';
import { Patience } from './waiting.ts';

/** How many names an error shows. */
const SHOWN = 12;

export interface ListedName {
  readonly id: string;
  readonly name: string;
  readonly detail: string;
}

export const liveKinds = ['accounts', 'items', 'terms', 'tax-codes', 'classes', 'customers'] as const;
export type LiveKind = (typeof liveKinds)[number];

async function open(services: Services, tenant: Tenant): Promise<QuickBooks | null> {
  const connection = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  if (connection?.quickbooks_state !== 'connected') return null;
  const patience = new Patience(services, { waiter: 'glance' });
  return openQuickBooks(services, tenant, connection, (await limitsOf(services, tenant)).quickbooks, (call) =>
    patience.through(call),
  );
}

/** The active rows of one list, by name. @throws WrongUse when QuickBooks is not connected, and what the vendor throws */
export async function fetchLiveList(services: Services, tenant: Tenant, kind: LiveKind): Promise<ListedName[]> {
  const quickbooks = await open(services, tenant);
  if (quickbooks === null)
    throw new WrongUse(
      'QuickBooks is not connected. Connect it under “Connections” (terminal: connection authorize NAME)',
    );
  const rows = await rowsOf(quickbooks, kind);
  return rows.toSorted((a, b) => a.name.localeCompare(b.name));
}

async function rowsOf(quickbooks: QuickBooks, kind: LiveKind): Promise<ListedName[]> {
  const plain = (rows: readonly { id: string; name: string; active: boolean }[]): ListedName[] =>
    rows.filter((row) => row.active).map((row) => ({ id: row.id, name: row.name, detail: '' }));
  switch (kind) {
    case 'accounts':
      return (await quickbooks.fetchAccounts())
        .filter((row) => row.active)
        .map((row) => ({ id: row.id, name: row.fullName, detail: row.type }));
    case 'items': {
      const items: ListedName[] = [];
      for await (const page of quickbooks.fetchAllItems())
        items.push(
          ...page
            .filter((row) => row.active && SELLABLE.has(row.type))
            .map((row) => ({ id: row.id, name: row.fullName, detail: row.type })),
        );
      return items;
    }
    case 'customers': {
      const customers: ListedName[] = [];
      for await (const page of quickbooks.fetchAllCustomers()) customers.push(...plain(page));
      return customers;
    }
    case 'terms':
      return plain(await quickbooks.fetchTerms());
    case 'tax-codes':
      return plain(await quickbooks.fetchTaxCodes());
    case 'classes':
      return plain(await quickbooks.fetchClasses());
  }
}

/** Checks settings that name rows of QuickBooks (and of Autotask) against the live lists; nothing is checked before the company is connected. */
export async function checkLiveNames(
  services: Services,
  tenant: Tenant,
  changed: Readonly<Partial<Record<SettingKey, string>>>,
): Promise<void> {
  const account = changed['items.incomeAccount'] ?? '';
  const item = changed['items.defaultItem'] ?? '';
  const pairs = (changed['class.byLineOfBusiness'] ?? '')
    .split(';')
    .flatMap((row) =>
      row.includes('=') ? [{ line: row.slice(0, row.indexOf('=')), to: row.slice(row.indexOf('=') + 1) }] : [],
    );
  const classes = pairs.map((pair) => pair.to);
  if (account === '' && item === '' && classes.length === 0) return;
  const quickbooks = await open(services, tenant);
  if (quickbooks === null) return;
  if (account !== '') await checkAccount(quickbooks, account);
  if (item !== '') await checkItem(quickbooks, item);
  if (classes.length > 0) await checkClasses(quickbooks, classes);
  const lines = pairs.map((pair) => pair.line).filter((line) => line !== 'none' && !/^\d+$/.test(line));
  if (lines.length > 0) await checkLines(services, tenant, lines);
}

const some = (names: readonly string[]): string =>
  names.length === 0
    ? ' It has none.'
    : ` There is: ${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ', ...' : ''}.`;

async function checkAccount(quickbooks: QuickBooks, wanted: string): Promise<void> {
  const accounts = (await quickbooks.fetchAccounts()).filter((one) => one.active);
  const income = accounts.filter((one) => one.type === '' || /income/i.test(one.type)).map((one) => one.fullName);
  const found = accounts.find((one) => one.id === wanted || one.name === wanted || one.fullName === wanted);
  if (found === undefined)
    throw new SettingError(`items.incomeAccount: QuickBooks has no account “${wanted}”.${some(income)}`);
  if (found.type !== '' && !/income/i.test(found.type))
    throw new SettingError(
      `items.incomeAccount: “${wanted}” is of type ${found.type}; an income account is needed.${some(income)}`,
    );
}

async function checkItem(quickbooks: QuickBooks, wanted: string): Promise<void> {
  const byId = /^\d+$/.test(wanted) ? await quickbooks.fetchVersioned('item', wanted) : null;
  const name = byId?.name ?? wanted.slice(wanted.lastIndexOf(':') + 1);
  const named = (await quickbooks.fetchItemsByName([name])).filter((one) =>
    byId === null ? one.name === wanted || one.fullName === wanted : one.id === byId.id,
  );
  const found = named.find((one) => one.active && SELLABLE.has(one.type)) ?? named[0];
  if (found === undefined)
    throw new SettingError(
      `items.defaultItem: QuickBooks has no product or service “${wanted}”; give its exact name or id.`,
    );
  if (!found.active)
    throw new SettingError(
      `items.defaultItem: “${wanted}” is inactive in QuickBooks; make it active there first, or choose another one (terminal: settings choices items).`,
    );
  const why = unsellable(found.fullName, found.type);
  if (why !== null) throw new SettingError(`items.defaultItem: ${why}`);
}

async function checkClasses(quickbooks: QuickBooks, wanted: readonly string[]): Promise<void> {
  const classes = (await quickbooks.fetchClasses()).filter((one) => one.active);
  const missing = wanted.find((name) => !classes.some((one) => one.id === name || one.name === name));
  if (missing !== undefined)
    throw new SettingError(
      `class.byLineOfBusiness: QuickBooks has no class “${missing}”.${some(classes.map((one) => one.name))}`,
    );
}

async function checkLines(services: Services, tenant: Tenant, wanted: readonly string[]): Promise<void> {
  const connection = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  if (connection?.autotask_state !== 'connected') return;
  const patience = new Patience(services, { waiter: 'glance' });
  const autotask = openAutotask(services, tenant, connection, (await limitsOf(services, tenant)).autotask, (call) =>
    patience.through(call),
  );
  const lines = await autotask.fetchLinesOfBusiness();
  const missing = wanted.find((name) => !lines.some((one) => one.names.includes(name)));
  if (missing !== undefined)
    throw new SettingError(
      `class.byLineOfBusiness: Autotask has no line of business “${missing}”.${some(lines.flatMap((one) => one.names.at(-1) ?? []))}`,
    );
}
