/** Opening a database, its values, its roles and its failures, on a real server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunningClock } from '../../src/platform/clock.ts';
import {
  DatabaseConflict,
  DatabaseError,
  DatabaseUnavailable,
  openAt,
  readDatabaseTime,
  type Database,
} from '../../src/store/database.ts';
import { startEmbedded, stopEmbedded } from '../../src/store/embedded/launcher.ts';
import { dumpSchema } from '../../src/store/schema-dump.ts';
import { withSystem, withTenant } from '../../src/store/tenant.ts';
import {
  asSuperuser,
  emptyDatabase,
  freshDatabase,
  urlOf,
  withClient,
  type TestDatabase,
} from '../support/database.ts';

const clock = new RunningClock();
const organizationId = '00000000-0000-4000-8000-00000000000a';
const other = '00000000-0000-4000-8000-00000000000b';
const made: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of made.splice(0).toReversed()) await undo();
});

const open = async (url: string): Promise<Database> => {
  const database = await openAt({ connectionString: url }, clock, false);
  made.push(() => database.close());
  return database;
};
const remember = async (database: Promise<TestDatabase>): Promise<TestDatabase> => {
  const it = await database;
  made.push(() => it.drop());
  return it;
};
const one = async (database: Database, text: string): Promise<unknown> =>
  withTenant(database, { organizationId }, async (tx) => {
    const { rows } = await sql.raw<{ value: unknown }>(`select ${text} as value`).execute(tx);
    return rows[0]?.value;
  });
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no failure',
    (error: unknown) => error,
  );

describe('an open database', () => {
  it('gives money as exact text, dates as text, instants as Date, counts as numbers and never a rounded one', async () => {
    const database = await open((await remember(freshDatabase())).url);
    expect(await one(database, '386.6450::numeric')).toBe('386.6450');
    expect(await one(database, '99999999999999999999.01::numeric')).toBe('99999999999999999999.01');
    expect(await one(database, "'2026-03-08'::date")).toBe('2026-03-08');
    expect(await one(database, "'2026-03-08T01:30:00-05'::timestamptz")).toEqual(new Date('2026-03-08T06:30:00Z'));
    expect(await one(database, '9007199254740991::bigint')).toBe(9_007_199_254_740_991);
    expect(await failure(one(database, '9007199254740993::bigint'))).toBeInstanceOf(RangeError);
    expect(await one(database, '1')).toBe(1);
  });

  it('works as the application’s role, in transactions and outside of them', async () => {
    const database = await open((await remember(freshDatabase())).url);
    expect(database.warnings).toEqual([]);
    expect(await one(database, 'current_user::text')).toBe('ledgerferry_app');
    const { rows } = await sql`select current_user::text as name`.execute(database.kysely);
    expect(rows).toEqual([{ name: 'ledgerferry_app' }]);
  });

  it('takes the role also when the address brings options of its own', async () => {
    const { url } = await remember(freshDatabase());
    const database = await open(`${url}&options=-c%20statement_timeout%3D9s`);
    expect(await one(database, 'current_user::text')).toBe('ledgerferry_app');
    expect(await one(database, "current_setting('statement_timeout')")).toBe('9s');
  });

  it('tells the database’s time', async () => {
    const database = await open((await remember(freshDatabase())).url);
    expect(Math.abs((await readDatabaseTime(database)).getTime() - Date.now())).toBeLessThan(60_000);
  });
});

describe('a transaction', () => {
  let database: Database;
  let test: TestDatabase;
  beforeAll(async () => {
    test = await freshDatabase();
    database = await openAt({ connectionString: test.url }, clock, false);
    await withTenant(database, { organizationId }, (tx) =>
      tx
        .insertInto('organizations')
        .values({ organization_id: organizationId, name: 'ours', created_at: new Date(0) })
        .execute(),
    );
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });
  const rename = (name: string) => (tx: Parameters<Parameters<typeof withTenant>[2]>[0]) =>
    tx.updateTable('organizations').set({ name }).execute();
  const name = (): Promise<unknown> => one(database, '(select name from organizations)');

  it('keeps nothing of what failed', async () => {
    const error = await failure(
      withTenant(database, { organizationId }, async (tx) => {
        await rename('half')(tx);
        throw new Error('stop');
      }),
    );
    expect(error).toEqual(new Error('stop'));
    expect(await name()).toBe('ours');
  });

  it('does not pretend to have kept what a swallowed failure undid', async () => {
    const error = await failure(
      withTenant(database, { organizationId }, async (tx) => {
        await rename('half')(tx);
        await sql`select 1 / 0`.execute(tx).catch(() => undefined);
        return 'kept';
      }),
    );
    expect(error).toMatchObject({ code: '25P02' });
    expect(await name()).toBe('ours');
  });

  it('does not wait for a row that somebody else writes', async () => {
    const error = await withTenant(database, { organizationId }, async (tx) => {
      await rename('first')(tx);
      return failure(withTenant(database, { organizationId }, rename('second')));
    });
    expect(error).toBeInstanceOf(DatabaseConflict);
    expect(await name()).toBe('first');
    await withTenant(database, { organizationId }, rename('ours'));
  });

  it('tells a connection that broke while it was at work, and the next one works', async () => {
    const error = await failure(
      withTenant(database, { organizationId }, async (tx) => {
        await rename('half')(tx);
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
        await asSuperuser((client) => client.query('select pg_terminate_backend($1)', [rows[0]?.pid]));
        await sql`select pg_sleep(0.2)`.execute(tx);
      }),
    );
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(await name()).toBe('ours');
  });

  it('survives that its connection breaks while it thinks', async () => {
    const error = await failure(
      withTenant(database, { organizationId }, async (tx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
        await asSuperuser((client) => client.query('select pg_terminate_backend($1)', [rows[0]?.pid]));
        await new Promise((done) => setTimeout(done, 100));
      }),
    );
    expect(error).toBeInstanceOf(DatabaseUnavailable);
    expect(await name()).toBe('ours');
  });

  it('leaves no trace of its tenant on the connection', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const { rows } = await sql<{ at: string }>`
        select coalesce(current_setting('ledgerferry.organization', true), '') as at`.execute(database.kysely);
      expect(rows).toEqual([{ at: '' }]);
      await name();
    }
  });

  it('takes no id that is not one', async () => {
    expect(await failure(withTenant(database, { organizationId: "x'; drop table runs; --" }, name))).toBeInstanceOf(
      TypeError,
    );
    expect(await failure(withTenant(database, { organizationId, connectionId: '' }, name))).toBeInstanceOf(TypeError);
  });
});

describe('a database that is not all one would wish', () => {
  it('may forbid roles: said in words, and the owner is still bound to its tenant', async () => {
    const test = await remember(freshDatabase());
    const user = `u_${test.name}`;
    await asSuperuser(async (client) => {
      await client.query(`create role ${user} login`);
      await client.query(`grant all on schema public to ${user}`);
      const { rows } = await client.query<{ name: string }>(
        "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'",
      );
      for (const row of rows) await client.query(`alter table ${row.name} owner to ${user}`);
    }, test.name);
    made.splice(-1, 0, () => asSuperuser((client) => client.query(`drop role ${user}`)));
    const database = await open(urlOf(test.name, user));
    expect(database.role).toBeNull();
    expect(database.warnings.join()).toMatch(/ledgerferry_app.*grant ledgerferry_app to/);
    await withTenant(database, { organizationId }, (tx) =>
      tx
        .insertInto('organizations')
        .values({ organization_id: organizationId, name: 'ours', created_at: new Date(0) })
        .execute(),
    );
    expect(await one(database, '(select count(*)::int from organizations)')).toBe(1);
    const seen = await withTenant(database, { organizationId: other }, (tx) =>
      tx.selectFrom('organizations').selectAll().execute(),
    );
    expect(seen).toEqual([]);
    expect(await withSystem(database, (tx) => tx.selectFrom('organizations').selectAll().execute())).toHaveLength(1);
  });

  it('may have lost the rights of the role, as a restored backup has: they are given again', async () => {
    const test = await remember(freshDatabase());
    const before = await withClient(test.url, dumpSchema);
    await asSuperuser(
      (client) => client.query('revoke all on all tables in schema public from ledgerferry_app'),
      test.name,
    );
    expect(await withClient(test.url, dumpSchema)).not.toBe(before);
    await open(test.url);
    expect(await withClient(test.url, dumpSchema)).toBe(before);
  });

  it('is refused in words', async () => {
    const ascii = await remember(emptyDatabase("encoding 'SQL_ASCII' template template0"));
    const messageOf = async (url: string): Promise<string> => {
      const error = await failure(open(url));
      expect(error).toBeInstanceOf(DatabaseError);
      return error instanceof Error ? error.message : '';
    };
    expect(await messageOf(ascii.url)).toMatch(/holds SQL_ASCII text; Ledgerferry needs UTF8/);
    expect(await messageOf(urlOf('not_there'))).toMatch(/no database of that name/);
    const closed = await messageOf('postgresql://me:very-secret@127.0.0.1:9/x');
    expect(closed).toMatch(/^The database cannot be used: nobody answers .* Correct DATABASE_URL/);
    expect(closed).not.toContain('very-secret');
  });

  it('may forbid tables: said in words', async () => {
    const test = await remember(emptyDatabase());
    const user = `u_${test.name}`;
    await asSuperuser((client) => client.query(`create role ${user} login`), test.name);
    made.splice(-1, 0, () => asSuperuser((client) => client.query(`drop role ${user}`)));
    const error = await failure(open(urlOf(test.name, user)));
    expect(String(error)).toMatch(
      /may not create tables there; as the owner run: grant usage, create on schema public/,
    );
  });
});

describe('the first start on a server of a provider', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lf-provider-'));
  afterAll(async () => {
    await stopEmbedded(folder);
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes role and schema once, by a user who is no superuser, from six processes’ worth of connections at once', async () => {
    const { host, port } = await startEmbedded(folder);
    await withClient(`postgresql://ledgerferry@/postgres?host=${encodeURIComponent(host)}`, async (client) => {
      await client.query('create role maker login createrole');
      await client.query('create database books owner maker');
    });
    const address = { host, port, user: 'maker', database: 'books' };
    const all = await Promise.all([1, 2, 3, 4, 5, 6].map(() => openAt(address, clock, false)));
    expect(all.flatMap((database) => database.warnings)).toEqual([]);
    for (const database of all) {
      expect(await one(database, 'current_user::text')).toBe('ledgerferry_app');
      expect(await one(database, '(select count(*)::int from transfers)')).toBe(0);
      await database.close();
    }
  });
});
