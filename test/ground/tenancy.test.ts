/**
 * The second net between tenants, generated over every table that exists: whatever a query forgets, row-level security
 * shows and changes nothing of another organization or connection. A new table without it fails here.
 */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningClock } from '../../src/platform/clock.ts';
import { openAt, type Database } from '../../src/store/database.ts';
import { APPEND_ONLY } from '../../src/store/role.ts';
import { withSystem, withTenant } from '../../src/store/tenant.ts';
import { asSuperuser, freshDatabase, withClient, type TestDatabase } from '../support/database.ts';

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly check: string | null;
}
interface Tenant {
  readonly organizationId: string;
  readonly connectionId: string;
}

const a1: Tenant = { organizationId: randomUUID(), connectionId: randomUUID() };
const a2: Tenant = { organizationId: a1.organizationId, connectionId: randomUUID() };
const b: Tenant = { organizationId: randomUUID(), connectionId: randomUUID() };
/** What `withSystem` may see. */
const SYSTEM = ['connections', 'leases', 'organizations'];
/** What whole organizations look at; everything else is seen by one connection at a time. */
const WIDE = ['audit_log', 'connections', 'leases'];

let test: TestDatabase;
let database: Database;
let columns: Column[];
let tables: string[];

beforeAll(async () => {
  test = await freshDatabase();
  database = await openAt({ connectionString: test.url }, new RunningClock(), false);
  columns = await withClient(test.url, loadColumns);
  tables = [...new Set(columns.map((column) => column.table))];
  await asSuperuser(async (client) => {
    // Foreign keys are of no interest here; row by row they would have to be filled.
    await client.query('set session_replication_role = replica');
    for (const table of tables) {
      const tenants = table === 'organizations' ? [a1, b] : [a1, a2, b];
      for (const tenant of tenants) await client.query(insertion(table, tenant));
    }
  }, test.name);
});
afterAll(async () => {
  await database.close();
  await test.drop();
});

/** Columns that must be given a value, with the values that a check allows them. */
async function loadColumns(client: pg.Client): Promise<Column[]> {
  const { rows } = await client.query<Column>(`
    select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
      (select string_agg(pg_get_constraintdef(k.oid), ' ') from pg_constraint k
       where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]) as check
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migrations'
      and a.attnum > 0 and a.attidentity = '' and not a.attisdropped
      and (a.attnotnull or a.attname in ('organization_id', 'connection_id') or (c.relname, a.attname) = ('batch_members', 'transfer_id'))
    order by c.relname, a.attnum`);
  return rows;
}

/** One row of a table for a tenant. */
function insertion(table: string, tenant: Tenant): string {
  const own = columns.filter((column) => column.table === table);
  const values = own.map((column) => valueOf(column, tenant));
  return `insert into ${table} (${own.map((column) => column.name).join(', ')}) values (${values.join(', ')})`;
}

function valueOf({ name, type, check }: Column, tenant: Tenant): string {
  if (name === 'organization_id') return `'${tenant.organizationId}'`;
  if (name === 'connection_id') return `'${tenant.connectionId}'`;
  const allowed = /'([^']+)'::text/.exec(check ?? '')?.[1];
  if (allowed !== undefined) return `'${allowed}'`;
  const values: Readonly<Record<string, string>> = {
    uuid: `'${randomUUID()}'`,
    text: `'${randomUUID()}'`,
    jsonb: "'{}'",
    boolean: 'false',
    'text[]': "'{}'",
    'timestamp with time zone': "'2026-01-01T00:00:00Z'",
  };
  return values[type] ?? '1';
}

const count = async (handle: Parameters<ReturnType<typeof sql.raw>['execute']>[0], table: string): Promise<number> => {
  const { rows } = await sql.raw<{ n: number }>(`select count(*)::int as n from ${table}`).execute(handle);
  return rows[0]?.n ?? -1;
};
const attempt = (tenant: Tenant, statement: string): Promise<string> =>
  withTenant(database, tenant, async (tx) => {
    const { numAffectedRows } = await sql.raw(statement).execute(tx);
    return `${String(numAffectedRows ?? 0)} rows`;
  }).catch((error: unknown) =>
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error),
  );
const each = async <T>(names: readonly string[], work: (table: string) => Promise<T>): Promise<Record<string, T>> => {
  const found: Record<string, T> = {};
  for (const name of names) found[name] = await work(name);
  return found;
};
const all = <T>(names: readonly string[], value: (table: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, value(name)]));
const perConnection = (): string[] => tables.filter((table) => table !== 'organizations');
const DENIED = '42501';

describe('every table', () => {
  it('is known here and filled', async () => {
    expect(tables.length).toBeGreaterThan(15);
    const filled = await asSuperuser(
      (client) =>
        each(tables, async (table) => {
          const { rows } = await client.query<{ n: number }>(`select count(*)::int as n from ${table}`);
          return rows[0]?.n;
        }),
      test.name,
    );
    expect(filled).toEqual(all(tables, (table) => (table === 'organizations' ? 2 : 3)));
  });

  it('carries its organization and connection, forces row-level security and has a policy', async () => {
    const { rows } = await withClient(test.url, (client) =>
      client.query<{ name: string; forced: boolean; policies: number; owners: string[] }>(`
        select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
          (select count(*)::int from pg_policy where polrelid = c.oid) as policies,
          (select array_agg(attname::text order by attname) from pg_attribute
           where attrelid = c.oid and attname in ('organization_id', 'connection_id')) as owners
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by c.relname`),
    );
    const bare = rows.filter((row) => !row.forced || row.policies === 0);
    expect(bare.map((row) => row.name)).toEqual(['schema_migrations']);
    const anonymous = rows.filter((row) => row.owners?.join() !== 'connection_id,organization_id');
    expect(anonymous.map((row) => row.name)).toEqual(['organizations', 'schema_migrations']);
  });

  it('shows a connection its own rows alone', async () => {
    const seen = await withTenant(database, a1, (tx) => each(tables, (table) => count(tx, table)));
    expect(seen).toEqual(all(tables, () => 1));
  });

  it('shows an organization its own connections’ rows alone, and what is in them only to each of them', async () => {
    const seen = await withTenant(database, { organizationId: a1.organizationId }, (tx) =>
      each(tables, (table) => count(tx, table)),
    );
    expect(seen).toEqual(all(tables, (table) => (table === 'organizations' ? 1 : WIDE.includes(table) ? 2 : 0)));
  });

  it('finds a connection’s rows by index, however many rows others have', async () => {
    const plan = (table: string): Promise<string> =>
      withTenant(database, a1, async (tx) => {
        // The tables are small here: what counts is that an index can answer at all.
        await sql`set local enable_seqscan = off`.execute(tx);
        const { rows } = await sql<Record<string, string>>`explain select * from ${sql.table(table)}`.execute(tx);
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      });
    const byTime = ['batches', 'outbox', 'problem_log', 'runs', 'transfer_events', 'transfers'];
    const byKey = [
      'alerts',
      'autotask_rows',
      'decisions',
      'links',
      'list_states',
      'quickbooks_rows',
      'settings_versions',
      'tokens',
    ];
    for (const table of [...byTime, ...byKey, 'vendor_usage'])
      expect([table, await plan(table)]).toEqual([table, expect.stringMatching(/Index Cond: \(connection_id = /)]);
  });

  it('shows nothing to whom no tenant was named', async () => {
    expect(await each(tables, (table) => count(database.kysely, table))).toEqual(all(tables, () => 0));
  });

  it('shows the system only what its sweeps need', async () => {
    const seen = await withSystem(database, (tx) => each(tables, (table) => count(tx, table)));
    expect(seen).toEqual(all(tables, (table) => (SYSTEM.includes(table) ? (table === 'organizations' ? 2 : 3) : 0)));
  });

  it('lets nobody change or remove what is another’s', async () => {
    const foreign = `organization_id = '${b.organizationId}'`;
    expect(
      await each(tables, (table) =>
        attempt(a1, `update ${table} set organization_id = organization_id where ${foreign}`),
      ),
    ).toEqual(all(tables, (table) => (APPEND_ONLY.includes(table) ? DENIED : '0 rows')));
    expect(await each(tables, (table) => attempt(a1, `delete from ${table} where ${foreign}`))).toEqual(
      all(tables, (table) => (APPEND_ONLY.includes(table) ? DENIED : '0 rows')),
    );
    const neighbour = `connection_id = '${a2.connectionId}'`;
    expect(await each(perConnection(), (table) => attempt(a1, `delete from ${table} where ${neighbour}`))).toEqual(
      all(perConnection(), (table) => (APPEND_ONLY.includes(table) ? DENIED : '0 rows')),
    );
  });

  it('lets nobody write into another’s books, nor hand own rows over', async () => {
    expect(await each(tables, (table) => attempt(a1, insertion(table, b)))).toEqual(all(tables, () => DENIED));
    expect(await each(perConnection(), (table) => attempt(a1, insertion(table, a2)))).toEqual(
      all(perConnection(), () => DENIED),
    );
    expect(
      await each(tables, (table) => attempt(a1, `update ${table} set organization_id = '${b.organizationId}'`)),
    ).toEqual(all(tables, () => DENIED));
  });

  it('lets its own tenant write (so that the refusals above are the policy’s)', async () => {
    const told = await each(tables, (table) => attempt(a1, insertion(table, a1)));
    // What is refused is a second row of the same key or a made-up reference, never the right to write.
    expect(Object.entries(told).filter(([, answer]) => !['1 rows', '23503', '23505'].includes(answer))).toEqual([]);
  });

  it('of the migrations’ own record is out of reach', async () => {
    expect(await attempt(a1, 'select * from schema_migrations')).toBe(DENIED);
    expect(await attempt(a1, 'alter table transfers disable row level security')).toBe(DENIED);
  });
});
