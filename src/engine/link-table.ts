/** All of one kind side by side for a person who decides who is who: what is linked, what is not, and what it might be. */
import { fold, likeness, type LineOfBusiness } from '../core/directory.ts';
import { SELLABLE } from '../core/match-item.ts';
import type { SourceBillingCode, SourceCompany } from '../core/source.ts';
import { loadConnection } from '../store/connections.ts';
import {
  loadAutotaskRows,
  loadLinksOf,
  loadQuickBooksKind,
  saveAutotaskRows,
  saveQuickBooksRows,
  type Link,
  type QuickBooksRow,
} from '../store/links.ts';
import type { LinkKind } from '../store/tables.ts';
import { withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import { fullNameOf, typeOf } from './linking.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';
import { openVendors } from './vendors.ts';
import { Patience } from './waiting.ts';

export interface LinkTableRow {
  /** The key that a link is kept by. */
  readonly source: string;
  /** Autotask's name of it. */
  readonly name: string;
  readonly link: { readonly id: string; readonly name: string; readonly origin: string } | null;
  readonly suggestion: { readonly id: string; readonly name: string; readonly isSameName: boolean } | null;
}

export interface LinkTable {
  readonly rows: readonly LinkTableRow[];
  /** What there is to choose in QuickBooks; inactive ones and what no line can sell are left out. */
  readonly choices: readonly { readonly id: string; readonly name: string }[];
}

/** @throws WrongUse where a kind is not there yet */
export async function linkTable(services: Services, tenant: Tenant, kind: LinkKind): Promise<LinkTable> {
  if (kind === 'location') throw new WrongUse('Locations are not available yet.');
  if (kind === 'class') await readClasses(services, tenant);
  return withTenant(services.database, tenant, async (tx) => {
    const links = await loadLinksOf(tx, kind);
    const sources = sourcesOf(kind, await loadAutotaskRows(tx));
    const rows = (await loadQuickBooksKind(tx, kind)).filter(
      (row) => row.active && (kind !== 'item' || SELLABLE.has(typeOf(row))),
    );
    return {
      rows: joined(sources, links, rows, kind === 'customer'),
      choices: rows.map((row) => ({ id: row.quickbooks_id, name: fullNameOf(row) })),
    };
  });
}

function sourcesOf(
  kind: LinkKind,
  rows: readonly { kind: string; autotask_id: number; detail: unknown }[],
): { source: string; name: string }[] {
  const of = <T>(wanted: string): { id: number; detail: T }[] =>
    rows.filter((row) => row.kind === wanted).map((row) => ({ id: row.autotask_id, detail: row.detail as T }));
  switch (kind) {
    case 'customer':
      return of<SourceCompany>('company').map(({ id, detail }) => ({ source: String(id), name: detail.name }));
    case 'item':
      return of<SourceBillingCode>('billing-code')
        .filter(({ detail }) => detail.isActive)
        .map(({ id, detail }) => ({ source: `billing-code:${String(id)}`, name: detail.name }));
    case 'term':
      return of<string>('PaymentTerms').map(({ detail }) => ({ source: detail, name: detail }));
    case 'tax-code':
      return of<string>('TaxCategories').map(({ detail }) => ({ source: detail, name: detail }));
    case 'class':
    case 'location':
      return [
        ...of<LineOfBusiness>('line-of-business').map(({ id, detail }) => ({
          source: String(id),
          name: detail.names.at(-1) ?? String(id),
        })),
        { source: 'none', name: 'Lines without a line of business' },
      ];
  }
}

/** @param isOneToOne what is linked already is suggested to nobody else */
function joined(
  sources: readonly { source: string; name: string }[],
  links: readonly Link[],
  rows: readonly QuickBooksRow[],
  isOneToOne: boolean,
): LinkTableRow[] {
  const linked = new Map(links.map((one) => [one.source_key, one]));
  const taken = isOneToOne ? new Set(links.map((one) => one.quickbooks_id)) : new Set<string>();
  const free = rows.filter((row) => !taken.has(row.quickbooks_id));
  const same = onlyOnes(free, (row) => fold(fullNameOf(row)));
  const near = onlyOnes(free, (row) => likeness(row.name));
  const known = new Set(sources.map((one) => one.source));
  // A link whose Autotask side we have not read (any more) is shown all the same.
  const strays = links
    .filter((one) => !known.has(one.source_key))
    .map((one) => ({ source: one.source_key, name: one.source_key }));
  return [...sources, ...strays]
    .map(({ source, name }): LinkTableRow => {
      const link = linked.get(source);
      const found = link === undefined ? (same.get(fold(name)) ?? near.get(likeness(name))) : undefined;
      return {
        source,
        name,
        link: link === undefined ? null : { id: link.quickbooks_id, name: link.quickbooks_name, origin: link.origin },
        suggestion:
          found === undefined
            ? null
            : { id: found.quickbooks_id, name: fullNameOf(found), isSameName: fold(fullNameOf(found)) === fold(name) },
      };
    })
    .toSorted((a, b) => a.name.localeCompare(b.name) || a.source.localeCompare(b.source));
}

/** What exactly one row is called; where several are, nothing is suggested. */
function onlyOnes(rows: readonly QuickBooksRow[], keyOf: (row: QuickBooksRow) => string): Map<string, QuickBooksRow> {
  const found = new Map<string, QuickBooksRow | null>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key !== '') found.set(key, found.has(key) ? null : row);
  }
  return new Map([...found].flatMap(([key, row]) => (row === null ? [] : [[key, row] as const])));
}

/** Runs read classes and lines of business only where the settings use them: whoever wants to link them needs them now. */
async function readClasses(services: Services, tenant: Tenant): Promise<void> {
  const connection = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  if (connection === null) throw new WrongUse('There is no such connection.');
  const patience = new Patience(services, { waiter: 'glance' });
  const { autotask, quickbooks } = await openVendors(services, tenant, connection, {
    autotask: (call) => patience.through(call),
    quickbooks: (call) => patience.through(call),
  });
  const [lines, classes] = [await autotask.fetchLinesOfBusiness(), await quickbooks.fetchClasses()];
  await withTenant(services.database, tenant, async (tx) => {
    await saveAutotaskRows(
      tx,
      { ...tenant, at: services.clock.now() },
      lines.map((one) => ({ kind: 'line-of-business', autotaskId: one.id, detail: one })),
    );
    await saveQuickBooksRows(
      tx,
      tenant,
      classes.map((row) => ({
        kind: 'class',
        quickbooksId: row.id,
        name: row.name,
        active: row.active,
        detail: row,
      })),
    );
  });
}
