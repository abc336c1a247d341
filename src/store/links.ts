/** Confirmed pairs, by id: a renamed company or item stays the same pair. And what we remember of the vendors' lists. */
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { once } from '../core/rows.ts';
import type { AutotaskRowRow, LinkKind, LinkRow, QuickBooksRowRow } from './tables.ts';
import type { TenantTx } from './tenant.ts';

interface Scope {
  readonly organizationId: string;
  readonly connectionId: string;
}

export type Link = Selectable<LinkRow>;

export interface NewLink {
  readonly kind: LinkKind;
  readonly sourceKey: string;
  readonly quickbooksId: string;
  readonly quickbooksName: string;
  readonly origin: 'matched' | 'created' | 'person';
}

/**
 * Until the transaction ends nobody else gives customers away. Whoever asks who has a customer and saves by the answer
 * calls this first. @throws DatabaseConflict where another does so for long
 */
export const takeLinks = async (tx: TenantTx, connectionId: string): Promise<void> =>
  void (await sql`select pg_advisory_xact_lock(hashtextextended(${`links ${connectionId}`}, 0))`.execute(tx));

/**
 * Saves links; a link that a person made is never replaced by one that a run made, and a customer that another company has
 * is never given away (facts/mission.md A5.1).
 * @returns who was not linked for that reason: the company's id, and the company that has the customer
 */
export async function saveLinks(
  tx: TenantTx,
  scope: Scope & { at: Date },
  links: readonly NewLink[],
): Promise<ReadonlyMap<string, string>> {
  const unique = once(links, (link) => `${link.kind} ${link.sourceKey}`);
  const taken = await takenBy(tx, scope, unique);
  const free = unique.filter((link) => link.kind !== 'customer' || !taken.has(link.sourceKey));
  if (free.length > 0) await insertLinks(tx, scope, free);
  return taken;
}

/** The companies among these whose customer belongs to another, each with that other. */
async function takenBy(tx: TenantTx, scope: Scope, links: readonly NewLink[]): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  const customers = links.filter((link) => link.kind === 'customer');
  if (customers.length === 0) return taken;
  await takeLinks(tx, scope.connectionId);
  const { rows } = await sql<{ source_key: string; quickbooks_id: string }>`
    select source_key, quickbooks_id from links where kind = 'customer' and connection_id = ${scope.connectionId}
      and quickbooks_id in (select jsonb_array_elements_text(${JSON.stringify(customers.map((link) => link.quickbooksId))}::jsonb))
    order by source_key`.execute(tx);
  const holders = new Map<string, string[]>();
  for (const row of rows) holders.set(row.quickbooks_id, [...(holders.get(row.quickbooks_id) ?? []), row.source_key]);
  for (const link of customers) {
    const other = holders.get(link.quickbooksId)?.find((one) => one !== link.sourceKey);
    if (other === undefined) holders.set(link.quickbooksId, [link.sourceKey]);
    else taken.set(link.sourceKey, other);
  }
  return taken;
}

async function insertLinks(tx: TenantTx, scope: Scope & { at: Date }, links: readonly NewLink[]): Promise<void> {
  await sql`
    insert into links (organization_id, connection_id, kind, source_key, quickbooks_id, quickbooks_name, origin, linked_at)
    select ${scope.organizationId}, ${scope.connectionId}, x.kind, x."sourceKey", x."quickbooksId", x."quickbooksName", x.origin, ${scope.at}
    from jsonb_to_recordset(${JSON.stringify(links)}::jsonb)
      as x(kind text, "sourceKey" text, "quickbooksId" text, "quickbooksName" text, origin text)
    on conflict (connection_id, kind, source_key) do update
      set quickbooks_id = excluded.quickbooks_id, quickbooks_name = excluded.quickbooks_name, origin = excluded.origin, linked_at = excluded.linked_at, shared = false
      where links.origin <> 'person' or excluded.origin = 'person'`.execute(tx);
}

export const loadLinks = (tx: TenantTx): Promise<Link[]> =>
  tx.selectFrom('links').selectAll().orderBy('kind').orderBy('source_key').execute();

/** The links that people made from an instant on. */
export const loadLinksByPeople = (tx: TenantTx, since: Date): Promise<Link[]> =>
  tx.selectFrom('links').selectAll().where('origin', '=', 'person').where('linked_at', '>=', since).execute();

/** Who is who, as the mapping looks it up: `customer 12` and the like, to the id in QuickBooks. */
export async function loadLinkedIds(tx: TenantTx): Promise<ReadonlyMap<string, string>> {
  const rows = await tx
    .selectFrom('links')
    .select(['kind', 'source_key', 'quickbooks_id'])
    .orderBy('kind')
    .orderBy('source_key')
    .execute();
  return new Map(rows.map((row) => [`${row.kind} ${row.source_key}`, row.quickbooks_id]));
}

export const loadLinksOf = (tx: TenantTx, kind: LinkKind): Promise<Link[]> =>
  tx.selectFrom('links').selectAll().where('kind', '=', kind).orderBy('source_key').execute();

/** Removes a link; false when there was none. */
export async function deleteLink(tx: TenantTx, kind: LinkKind, sourceKey: string): Promise<boolean> {
  const gone = await tx
    .deleteFrom('links')
    .where('kind', '=', kind)
    .where('source_key', '=', sourceKey)
    .returning('source_key')
    .execute();
  return gone.length === 1;
}

/** The names that a person permitted to create (`customer 12`, `item billing-code:7`), each with the time of it. */
export async function loadDecisions(tx: TenantTx): Promise<ReadonlyMap<string, Date>> {
  const rows = await tx
    .selectFrom('decisions')
    .select(['kind', 'source_key', 'decided_at'])
    .orderBy('kind')
    .orderBy('source_key')
    .execute();
  return new Map(rows.map((row) => [`${row.kind} ${row.source_key}`, row.decided_at]));
}

/** Remembers that these names may be created, whatever the settings and limits say. */
export async function saveDecisions(
  tx: TenantTx,
  scope: Scope & { at: Date; by: string },
  names: readonly { kind: 'customer' | 'item'; sourceKey: string }[],
): Promise<void> {
  if (names.length === 0) return;
  await tx
    .insertInto('decisions')
    .values(
      names.map((name) => ({
        organization_id: scope.organizationId,
        connection_id: scope.connectionId,
        kind: name.kind,
        source_key: name.sourceKey,
        action: 'create' as const,
        decided_at: scope.at,
        decided_by: scope.by,
      })),
    )
    .onConflict((oc) =>
      oc.columns(['connection_id', 'kind', 'source_key']).doUpdateSet({ decided_at: scope.at, decided_by: scope.by }),
    )
    .execute();
}

/** Takes permissions back. */
export async function deleteDecisions(
  tx: TenantTx,
  kind: 'customer' | 'item',
  sourceKeys: readonly string[],
): Promise<void> {
  if (sourceKeys.length === 0) return;
  await tx.deleteFrom('decisions').where('kind', '=', kind).where('source_key', 'in', sourceKeys).execute();
}

export type QuickBooksRow = Selectable<QuickBooksRowRow>;

export interface ListedRow {
  readonly kind: string;
  readonly quickbooksId: string;
  readonly name: string;
  readonly active: boolean;
  readonly detail: unknown;
}

/** Saves rows of QuickBooks' lists as they were read. */
export async function saveQuickBooksRows(tx: TenantTx, scope: Scope, rows: readonly ListedRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into quickbooks_rows (organization_id, connection_id, kind, quickbooks_id, name, active, detail)
    select ${scope.organizationId}, ${scope.connectionId}, x.kind, x."quickbooksId", x.name, x.active, x.detail
    from jsonb_to_recordset(${JSON.stringify(once(rows, (row) => `${row.kind} ${row.quickbooksId}`))}::jsonb) as x(kind text, "quickbooksId" text, name text, active boolean, detail jsonb)
    on conflict (connection_id, kind, quickbooks_id) do update
      set name = excluded.name, active = excluded.active, detail = excluded.detail`.execute(tx);
}

export async function deleteQuickBooksRows(tx: TenantTx, kind: string, ids: readonly string[] | 'all'): Promise<void> {
  let query = tx.deleteFrom('quickbooks_rows').where('kind', '=', kind);
  if (ids !== 'all') {
    if (ids.length === 0) return;
    query = query.where('quickbooks_id', 'in', ids);
  }
  await query.execute();
}

/** Takes away what a reading of a whole list did not name. */
export async function deleteQuickBooksRowsBut(tx: TenantTx, kind: string, ids: readonly string[]): Promise<void> {
  await sql`
    delete from quickbooks_rows
    where kind = ${kind} and quickbooks_id <> all (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`.execute(
    tx,
  );
}

export const loadQuickBooksRows = (tx: TenantTx): Promise<Pick<QuickBooksRow, 'kind' | 'detail'>[]> =>
  tx.selectFrom('quickbooks_rows').select(['kind', 'detail']).orderBy('kind').orderBy('quickbooks_id').execute();

/** Some rows of one kind by their ids. */
export const loadQuickBooksDetails = async (
  tx: TenantTx,
  kind: string,
  ids: readonly string[],
): Promise<QuickBooksRow[]> =>
  ids.length === 0
    ? []
    : tx
        .selectFrom('quickbooks_rows')
        .selectAll()
        .where('kind', '=', kind)
        .where('quickbooks_id', 'in', ids)
        .orderBy('quickbooks_id')
        .execute();

/** All rows of one kind, by name: for people who choose, and for tables. */
export const loadQuickBooksKind = (tx: TenantTx, kind: string): Promise<QuickBooksRow[]> =>
  tx
    .selectFrom('quickbooks_rows')
    .selectAll()
    .where('kind', '=', kind)
    .orderBy('name')
    .orderBy('quickbooks_id')
    .execute();

export type AutotaskRow = Selectable<AutotaskRowRow>;

export async function saveAutotaskRows(
  tx: TenantTx,
  scope: Scope & { at: Date },
  rows: readonly { kind: string; autotaskId: number; detail: unknown }[],
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into autotask_rows (organization_id, connection_id, kind, autotask_id, detail, read_at)
    select ${scope.organizationId}, ${scope.connectionId}, x.kind, x."autotaskId", x.detail, ${scope.at}
    from jsonb_to_recordset(${JSON.stringify(once(rows, (row) => `${row.kind} ${String(row.autotaskId)}`))}::jsonb) as x(kind text, "autotaskId" bigint, detail jsonb)
    on conflict (connection_id, kind, autotask_id) do update set detail = excluded.detail, read_at = excluded.read_at`.execute(
    tx,
  );
}

export const loadAutotaskRows = (
  tx: TenantTx,
  { except = '' }: { except?: string } = {},
): Promise<Pick<AutotaskRow, 'kind' | 'autotask_id' | 'detail'>[]> =>
  tx
    .selectFrom('autotask_rows')
    .select(['kind', 'autotask_id', 'detail'])
    .where('kind', '<>', except)
    .orderBy('kind')
    .orderBy('autotask_id')
    .execute();

/** When a list was last read or brought up to date. */
export async function loadListStates(tx: TenantTx): Promise<ReadonlyMap<string, Date>> {
  const rows = await tx.selectFrom('list_states').select(['list', 'read_at']).orderBy('list').execute();
  return new Map(rows.map((row) => [row.list, row.read_at]));
}

export async function saveListState(tx: TenantTx, scope: Scope, list: string, readAt: Date): Promise<void> {
  await sql`
    insert into list_states (organization_id, connection_id, list, read_at)
    values (${scope.organizationId}, ${scope.connectionId}, ${list}, ${readAt})
    on conflict (connection_id, list) do update set read_at = excluded.read_at`.execute(tx);
}
