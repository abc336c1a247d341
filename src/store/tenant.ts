/**
 * Tenant-bound handles: the only way to the tables. A handle is a transaction that has named its organization (and
 * connection) to row-level security in the same round trip that began it; a pool cannot be passed where one is wanted.
 * There is no handle without a transaction for reads: one would need as many round trips.
 */
import { sql, type Kysely } from 'kysely';
import type { Database } from './database.ts';
import { translateDatabaseFailure } from './database-failure.ts';
import type { Tables } from './tables.ts';

declare const tenantBrand: unique symbol;
declare const systemBrand: unique symbol;

/** What begins, ends or leaves a transaction is not for those who work in it. */
type Handle = Omit<Kysely<Tables>, 'transaction' | 'startTransaction' | 'connection' | 'destroy'>;
export type TenantTx = Handle & { readonly [tenantBrand]: true };
/** Sees the organizations, connections and leases of all tenants, and nothing else. */
export type SystemTx = Handle & { readonly [systemBrand]: true };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Nothing here waits for a lock; a statement that would, fails instead. */
const LOCK_TIMEOUT = '2s';
/** A worker that is frozen within a transaction gives its rows back before its lease is taken over. */
const IDLE_TIMEOUT = '20s';

function checked(id: string): string {
  if (!UUID.test(id)) throw new TypeError('not an id of an organization or connection');
  return id;
}

/**
 * Runs `work` in a transaction bound to one organization, and to one of its connections when given.
 * @throws DatabaseUnavailable, DatabaseConflict, and what `work` throws; then nothing of it is kept
 */
export async function withTenant<T>(
  database: Database,
  tenant: { organizationId: string; connectionId?: string },
  work: (tx: TenantTx) => Promise<T>,
): Promise<T> {
  const organization = checked(tenant.organizationId);
  const connection = tenant.connectionId === undefined ? '' : checked(tenant.connectionId);
  return inTransaction(database, { organization, connection, system: '' }, (tx) => work(tx as Handle as TenantTx));
}

/**
 * Runs `work` over all tenants' organizations, connections and leases: sign-in by name, sweeps.
 * @throws DatabaseUnavailable, DatabaseConflict, and what `work` throws
 */
export function withSystem<T>(database: Database, work: (tx: SystemTx) => Promise<T>): Promise<T> {
  return inTransaction(database, { organization: '', connection: '', system: 'on' }, (tx) =>
    work(tx as Handle as SystemTx),
  );
}

interface Scope {
  readonly organization: string;
  readonly connection: string;
  readonly system: '' | 'on';
}

/** One statement list, so one round trip. The values are checked ids and constants. */
function beginning(role: string | null, scope: Scope): string {
  const settings = {
    'ledgerferry.organization': scope.organization,
    'ledgerferry.connection': scope.connection,
    'ledgerferry.system': scope.system,
    lock_timeout: LOCK_TIMEOUT,
    idle_in_transaction_session_timeout: IDLE_TIMEOUT,
  };
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  return `begin; ${role === null ? '' : `set local role ${role}; `}select ${set.join(', ')}`;
}

async function inTransaction<T>(
  database: Database,
  scope: Scope,
  work: (tx: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  try {
    return await database.kysely.connection().execute(async (connection) => {
      try {
        await sql.raw(beginning(database.role, scope)).execute(connection);
        const result = await work(connection);
        // COMMIT of a failed transaction is a silent rollback; the statement before it makes that an error.
        await sql.raw('select 1; commit').execute(connection);
        return result;
      } catch (error) {
        await sql
          .raw('rollback')
          .execute(connection)
          .catch(() => undefined);
        throw error;
      }
    });
  } catch (error) {
    throw translateDatabaseFailure(error);
  }
}
