/** Organizations, connections, settings versions and tokens. Secrets arrive here encrypted and leave so. */
import { sql } from 'kysely';
import type { Selectable, Updateable } from 'kysely';
import type { ConnectionRow, OrganizationRow, SettingsVersionRow, TokenRow } from './tables.ts';
import type { SystemTx, TenantTx } from './tenant.ts';

export type Connection = Selectable<ConnectionRow>;
export type Organization = Selectable<OrganizationRow>;
export type TokenSet = Selectable<TokenRow>;

export async function loadOrganizations(tx: SystemTx): Promise<Organization[]> {
  return tx.selectFrom('organizations').selectAll().orderBy('created_at').orderBy('organization_id').execute();
}

/** Makes the organization unless one of this name exists (two first commands at once). */
export async function saveOrganization(tx: SystemTx, row: Organization): Promise<void> {
  await tx
    .insertInto('organizations')
    .values(row)
    .onConflict((oc) => oc.doNothing())
    .execute();
}

/** By name, without those that were removed. */
export const loadConnections = (tx: TenantTx | SystemTx): Promise<Connection[]> =>
  tx
    .selectFrom('connections')
    .selectAll()
    .where('removed_at', 'is', null)
    .orderBy('name')
    .orderBy('connection_id')
    .execute();

export async function loadConnection(tx: TenantTx | SystemTx, connectionId: string): Promise<Connection | null> {
  return (
    (await tx.selectFrom('connections').selectAll().where('connection_id', '=', connectionId).executeTakeFirst()) ??
    null
  );
}

/** Makes a connection with its free lease row. */
export async function saveConnection(
  tx: TenantTx,
  row: { organizationId: string; connectionId: string; name: string; createdAt: Date },
): Promise<void> {
  const tenant = { organization_id: row.organizationId, connection_id: row.connectionId };
  await tx
    .insertInto('connections')
    .values({ ...tenant, name: row.name, created_at: row.createdAt, autotask_state: 'none', quickbooks_state: 'none' })
    .execute();
  await tx
    .insertInto('leases')
    .values({ ...tenant, fence: 0 })
    .execute();
}

export type ConnectionChanges = Omit<Updateable<ConnectionRow>, 'organization_id' | 'connection_id'>;

export async function updateConnection(tx: TenantTx, connectionId: string, changes: ConnectionChanges): Promise<void> {
  await tx.updateTable('connections').set(changes).where('connection_id', '=', connectionId).execute();
}

/**
 * Connections whose next automatic run is due, those with a queue that nobody works on, and those whose worker died with the
 * lease in its hand, over all organizations: the sweep's only look beyond a tenant.
 */
export const loadDueConnections = (
  tx: SystemTx,
  now: Date,
): Promise<{ organization_id: string; connection_id: string }[]> =>
  tx
    .selectFrom('connections')
    .leftJoin('leases', 'leases.connection_id', 'connections.connection_id')
    .select(['connections.organization_id', 'connections.connection_id'])
    .where((row) =>
      row.or([
        row.and([
          row('next_run_at', '<=', now),
          row('autotask_state', '=', 'connected'),
          row('quickbooks_state', '=', 'connected'),
        ]),
        row.and([row('queued_at', 'is not', null), row('leases.holder', 'is', null)]),
        row.and([row('leases.holder', 'is not', null), row('leases.expires_at', '<=', now)]),
      ]),
    )
    .orderBy('next_run_at')
    .orderBy('connections.connection_id')
    .execute();

/** The connection that waits for this answer of Intuit's, over all organizations: the state is a secret of ours. */
export async function findAuthorization(
  tx: SystemTx,
  state: string,
): Promise<{ organization_id: string; connection_id: string; oauth_redirect_uri: string | null } | null> {
  const row = await tx
    .selectFrom('connections')
    .select(['organization_id', 'connection_id', 'oauth_redirect_uri'])
    .where('oauth_state', '=', state)
    .executeTakeFirst();
  return row ?? null;
}

/** Another connection of the same pair, over all organizations. */
export async function findPair(
  tx: SystemTx,
  markerKey: string,
  connectionId: string,
): Promise<{ organization_id: string; name: string } | null> {
  const row = await tx
    .selectFrom('connections')
    .select(['organization_id', 'name'])
    .where('marker_key', '=', markerKey)
    .where('removed_at', 'is', null)
    .where('connection_id', '<>', connectionId)
    .executeTakeFirst();
  return row ?? null;
}

/** Connections of one QuickBooks company, over all organizations: webhooks name the company only. */
export const findConnectionsOfRealm = (
  tx: SystemTx,
  hash: string,
): Promise<{ organization_id: string; connection_id: string }[]> =>
  tx
    .selectFrom('connections')
    .select(['organization_id', 'connection_id'])
    .where('quickbooks_realm_hash', '=', hash)
    .where('quickbooks_state', '=', 'connected')
    .orderBy('connection_id')
    .execute();

export async function loadSettings(tx: TenantTx, connectionId: string): Promise<Selectable<SettingsVersionRow> | null> {
  const row = await tx
    .selectFrom('settings_versions')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export async function loadSettingsVersion(
  tx: TenantTx,
  connectionId: string,
  version: number,
): Promise<Record<string, unknown> | null> {
  const row = await tx
    .selectFrom('settings_versions')
    .select('settings')
    .where('connection_id', '=', connectionId)
    .where('version', '=', version)
    .executeTakeFirst();
  return row?.settings ?? null;
}

/** The versions of the settings, newest first: who changed what when. */
export const loadSettingsHistory = (
  tx: TenantTx,
  connectionId: string,
  limit: number,
): Promise<Selectable<SettingsVersionRow>[]> =>
  tx
    .selectFrom('settings_versions')
    .selectAll()
    .where('connection_id', '=', connectionId)
    .orderBy('version', 'desc')
    .limit(limit)
    .execute();

/** Adds a version; answers false, and nothing was added, where somebody else has added this number meanwhile. */
export async function saveSettings(
  tx: TenantTx,
  row: {
    organizationId: string;
    connectionId: string;
    version: number;
    settings: Record<string, unknown>;
    at: Date;
    by: string;
  },
): Promise<boolean> {
  const saved = await tx
    .insertInto('settings_versions')
    .values({
      organization_id: row.organizationId,
      connection_id: row.connectionId,
      version: row.version,
      settings: JSON.stringify(row.settings),
      changed_at: row.at,
      changed_by: row.by,
    })
    .onConflict((oc) => oc.doNothing())
    .returning('version')
    .execute();
  return saved.length === 1;
}

export async function loadTokens(tx: TenantTx, connectionId: string): Promise<TokenSet | null> {
  return (
    (await tx.selectFrom('tokens').selectAll().where('connection_id', '=', connectionId).executeTakeFirst()) ?? null
  );
}

/** Replaces the token set; the version rises, which is how other processes see that a refresh happened. */
export async function saveTokens(
  tx: TenantTx,
  row: {
    organizationId: string;
    connectionId: string;
    accessToken: string;
    refreshToken: string;
    accessExpiresAt: Date;
    refreshExpiresAt: Date | null;
  },
): Promise<void> {
  const values = {
    access_token: row.accessToken,
    refresh_token: row.refreshToken,
    access_expires_at: row.accessExpiresAt,
    refresh_expires_at: row.refreshExpiresAt,
    refreshing_by: null,
    refreshing_until: null,
  };
  await tx
    .insertInto('tokens')
    .values({ organization_id: row.organizationId, connection_id: row.connectionId, version: 1, ...values })
    .onConflict((oc) =>
      oc.column('connection_id').doUpdateSet((eb) => ({ ...values, version: eb('tokens.version', '+', 1) })),
    )
    .execute();
}

/** Claims the one refresh that may be in flight; false when another process has it (until its claim runs out). */
export async function claimRefresh(
  tx: TenantTx,
  claim: { connectionId: string; version: number; by: string; now: Date; until: Date },
): Promise<boolean> {
  // Somebody who is claiming just now has the row locked: that is a no, not a reason to wait for the lock.
  const claimed = await sql`
    with free as (
      select connection_id from tokens
      where connection_id = ${claim.connectionId} and version = ${claim.version}
        and (refreshing_by is null or refreshing_until <= ${claim.now})
      for update skip locked
    )
    update tokens set refreshing_by = ${claim.by}, refreshing_until = ${claim.until}
    from free where tokens.connection_id = free.connection_id
    returning tokens.version`.execute(tx);
  return claimed.rows.length === 1;
}

export async function releaseRefresh(tx: TenantTx, connectionId: string, by: string): Promise<void> {
  await tx
    .updateTable('tokens')
    .set({ refreshing_by: null, refreshing_until: null })
    .where('connection_id', '=', connectionId)
    .where('refreshing_by', '=', by)
    .execute();
}

export async function deleteTokens(tx: TenantTx, connectionId: string): Promise<void> {
  await tx.deleteFrom('tokens').where('connection_id', '=', connectionId).execute();
}
