/**
 * Tenant-bound handles: the only way to the tables. A handle is a transaction that has named its organization (and
 * connection) to row-level security in the same round trip that began it; a pool cannot be passed where one is wanted.
 */
import type { Transaction } from 'kysely';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

declare const tenantBrand: unique symbol;
declare const systemBrand: unique symbol;

export type TenantTx = Transaction<Tables> & { readonly [tenantBrand]: true };
/** Sees the organizations, connections and leases of all tenants, and nothing else. */
export type SystemTx = Transaction<Tables> & { readonly [systemBrand]: true };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Nothing here waits for a lock; a statement that would, fails at once instead. */
const LOCK_TIMEOUT = '2s';

function checked(id: string): string {
  if (!UUID.test(id)) throw new TypeError('not an id of an organization or connection');
  return id;
}

/** Runs `work` in a transaction bound to one organization, and to one of its connections when given. */
export function withTenant<T>(
  database: Database,
  tenant: { organizationId: string; connectionId?: string },
  work: (tx: TenantTx) => Promise<T>,
): Promise<T> {
  const organization = checked(tenant.organizationId);
  const connection = tenant.connectionId === undefined ? '' : checked(tenant.connectionId);
  const settings = `set local ledgerferry.organization = '${organization}'; set local ledgerferry.connection = '${connection}'; set local ledgerferry.system = ''; set local lock_timeout = '${LOCK_TIMEOUT}'`;
  return database.kysely.transaction().execute(async (tx) => {
    await sql.raw(settings).execute(tx);
    return work(tx as TenantTx);
  });
}

/** Runs `work` over all tenants' organizations, connections and leases: sign-in by name, sweeps. */
export function withSystem<T>(database: Database, work: (tx: SystemTx) => Promise<T>): Promise<T> {
  return database.kysely.transaction().execute(async (tx) => {
    await sql
      .raw(
        `set local ledgerferry.organization = ''; set local ledgerferry.connection = ''; set local ledgerferry.system = 'on'; set local lock_timeout = '${LOCK_TIMEOUT}'`,
      )
      .execute(tx);
    return work(tx as SystemTx);
  });
}
