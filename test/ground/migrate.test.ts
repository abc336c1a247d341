/** Migrations: each once, whole or not at all, in order, and never behind the back of another version. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunningClock } from '../../src/platform/clock.ts';
import { migrate } from '../../src/store/migrate.ts';
import { asSuperuser, emptyDatabase, freshDatabase, withClient, type TestDatabase } from '../support/database.ts';

const clock = new RunningClock(10);
const [ORGANIZATION, CONNECTION] = [randomUUID(), randomUUID()];
let folder: string;
let test: TestDatabase;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lf-migrations-'));
  test = await emptyDatabase();
  put('0001-first.sql', 'create table first (n int);');
  put('0002-second.sql', 'insert into first values (1);');
});
afterEach(async () => {
  await test.drop();
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const run = (): Promise<string[]> => withClient(test.url, (client) => migrate(client, clock, folder));
const rows = (text: string): Promise<unknown[]> =>
  withClient(test.url, async (client: pg.Client) => (await client.query<Record<string, unknown>>(text)).rows);
const message = (): Promise<string> =>
  run().then(
    () => 'no failure',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

describe('migrations', () => {
  it('run in order, once', async () => {
    expect(await run()).toEqual(['0001-first.sql', '0002-second.sql']);
    expect(await run()).toEqual([]);
    put('0003-third.sql', 'insert into first values (2);');
    expect(await run()).toEqual(['0003-third.sql']);
    expect(await rows('select n from first order by n')).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('run once when six start at once', async () => {
    const ran = await Promise.all([1, 2, 3, 4, 5, 6].map(run));
    expect(ran.flat().toSorted()).toEqual(['0001-first.sql', '0002-second.sql']);
    expect(await rows('select n from first')).toEqual([{ n: 1 }]);
  });

  it('leave nothing of a file that fails, and go on there when it is mended', async () => {
    put('0003-third.sql', 'create table third (n int); select 1 / 0;');
    expect(await message()).toMatch(/division by zero/);
    expect(await rows("select to_regclass('third') as at")).toEqual([{ at: null }]);
    expect(await rows('select name from schema_migrations order by name')).toHaveLength(2);
    put('0003-third.sql', 'create table third (n int);');
    expect(await run()).toEqual(['0003-third.sql']);
  });

  it('refuse a changed old file, but not other line ends', async () => {
    put('0001-first.sql', 'create table first (\n  n int\n);');
    await run();
    put('0001-first.sql', 'create table first (\r\n  n int\r\n);');
    expect(await run()).toEqual([]);
    put('0001-first.sql', 'create table first (n bigint);');
    expect(await message()).toMatch(/0001-first\.sql was changed after it ran here/);
  });

  it('refuse the database of a newer program, and a number out of order', async () => {
    await run();
    rmSync(join(folder, '0002-second.sql'));
    expect(await message()).toMatch(/0002-second\.sql, which this program does not know.*newer version/);
    put('0002-second.sql', 'insert into first values (1);');
    put('0001-late.sql', 'select 1;');
    expect(await message()).toMatch(/0001-late\.sql is new, but 0002-second\.sql ran here already/);
  });

  it('take no lock when there is nothing to do', async () => {
    await run();
    await withClient(test.url, async (client) => {
      await client.query('select pg_advisory_lock(5318008001)');
      expect(await run()).toEqual([]);
    });
  });

  it('of the product find two companies on one customer, take none away, and let no more come', async () => {
    const ours = join(import.meta.dirname, '../../src/store/migrations');
    for (const name of ['0001-first.sql', '0002-second.sql']) rmSync(join(folder, name));
    const take = (from: string, to: string): void => {
      for (const name of readdirSync(ours).filter((one) => one >= from && one < to))
        put(name, readFileSync(join(ours, name), 'utf8'));
    };
    take('0001', '0007');
    await run();
    const link = (kind: string, key: string, id: string): string =>
      `insert into links (organization_id, connection_id, kind, source_key, quickbooks_id, quickbooks_name, origin, linked_at)
       values ('${ORGANIZATION}', '${CONNECTION}', '${kind}', '${key}', '${id}', 'N', 'person', now());`;
    const asKeeper = (text: string): Promise<unknown> =>
      asSuperuser((client) => client.query(`set session_replication_role = replica; ${text}`), test.name);
    await asKeeper(
      ['960', '963'].map((key) => link('customer', key, '133')).join(' ') +
        link('customer', '12', '140') +
        ['a', 'b'].map((key) => link('term', key, '133')).join(' '),
    );
    take('0007', '0008');
    expect(await run()).toHaveLength(1);
    const { rows: told } = await asSuperuser(
      (client) => client.query<Record<string, unknown>>('select source_key, shared from links order by source_key'),
      test.name,
    );
    expect(told.map((row) => [row['source_key'], row['shared']])).toEqual([
      ['12', false],
      ['960', true],
      ['963', true],
      ['a', false],
      ['b', false],
    ]);
    await expect(asKeeper(link('customer', '13', '140'))).rejects.toThrow(/links_by_customer/);
  });

  it('of the product leave nothing to do on the suite’s template', async () => {
    const ours = await freshDatabase();
    try {
      expect(await withClient(ours.url, (client) => migrate(client, clock))).toEqual([]);
    } finally {
      await ours.drop();
    }
  });
});
