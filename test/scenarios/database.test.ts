/** The database goes away in the middle, and two processes want the same connection. */
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

/** As the server's owner: statements that get the name of the world's database as $1 or quoted. */
async function asOwner(work: (client: pg.Client, database: string) => Promise<unknown>): Promise<void> {
  const url = new URL((world.env['DATABASE_URL'] ?? '').replace('ledgerferry@/', 'ledgerferry@localhost/'));
  const client = new pg.Client({
    host: url.searchParams.get('host') ?? '',
    port: Number(url.searchParams.get('port')),
    user: 'ledgerferry',
    database: 'postgres',
  });
  await client.connect();
  try {
    await work(client, url.pathname.slice(1));
  } finally {
    await client.end();
  }
}

/** Ends every connection of the world's database but our own, as a restart would. */
const cutConnections = (): Promise<void> =>
  asOwner((client, database) =>
    client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database]),
  );

/** As after a failover to a standby: what connects from now on can read and not write. */
const setReadOnly = async (readOnly: boolean): Promise<void> => {
  await asOwner((client, database) =>
    client.query(`alter database "${database}" set default_transaction_read_only = ${String(readOnly)}`),
  );
  await cutConnections();
};

describe('the database', () => {
  it('cuts all connections three times while a run is on: once each, nothing lost', async () => {
    world = await makeWorld({ invoices: 60, scale: 200 });
    world.quickbooks.knobs.latencyMs = 20_000;
    world.autotask.knobs.latencyMs = 4_000;
    for (let cut = 0; cut < 3; cut += 1) {
      const running = world.cli(['invoices', 'sync', '--json']);
      await new Promise((done) => setTimeout(done, 900 + cut * 500));
      await cutConnections();
      const ended = await running;
      expect([0, 1, 4]).toContain(ended.code);
      expect(ended.stderr).not.toMatch(/at .*\.ts:\d+/);
    }
    world.quickbooks.knobs.latencyMs = 0;
    world.autotask.knobs.latencyMs = 0;
    const done = await world.cli(['invoices', 'sync', '--json']);
    expect(done.code, done.stderr).toBe(0);
    expect(faultsOf(world)).toEqual([]);
  });

  it('cannot be written to from the middle of a run on: said with the cure; afterwards each invoice is there once', async () => {
    world = await makeWorld({ invoices: 60, scale: 200 });
    world.quickbooks.knobs.latencyMs = 20_000;
    const running = world.cli(['invoices', 'sync', '--json']);
    while (world.quickbooks.counters.of('POST batch') === 0) await new Promise((done) => setTimeout(done, 10));
    await setReadOnly(true);
    const struck = await running;
    world.quickbooks.knobs.latencyMs = 0;
    expect(struck.code, struck.stderr).toBe(4);
    const inVain = await world.cli(['invoices', 'sync', '--json']);
    expect(inVain.code).toBe(4);
    expect(inVain.stderr).toMatch(/The database takes nothing in just now, it is read-only.*DATABASE_URL/);
    expect(inVain.stderr).not.toMatch(/at .*\.ts:\d+/);
    await setReadOnly(false);
    const done = await world.cli(['invoices', 'sync', '--json']);
    expect(done.code, done.stderr).toBe(0);
    expect(faultsOf(world)).toEqual([]);
  });

  it('sees two processes sync at once, and a copy between them: once each', async () => {
    world = await makeWorld({ invoices: 40, scale: 200 });
    world.quickbooks.knobs.latencyMs = 10_000;
    const [id = 0] = world.msp.postable;
    const ended = await Promise.all([
      world.cli(['invoices', 'sync', '--json']),
      world.cli(['invoices', 'copy', String(id), '--json']),
      world.cli(['invoices', 'sync', '--json']),
    ]);
    expect(ended.map((one) => one.code).every((code) => code === 0 || code === 1)).toBe(true);
    expect(faultsOf(world)).toEqual([]);
  });

  it('a busy connection is waited for, then the run stays queued and is done by the next command', async () => {
    world = await makeWorld({ invoices: 20, scale: 200 });
    world.quickbooks.knobs.latencyMs = 200_000;
    const first = world.cli(['invoices', 'sync', '--json']);
    await new Promise((done) => setTimeout(done, 1_500));
    const second = await world.cli(['invoices', 'sync', '--json', '--wait', '1']);
    expect(second.code).toBe(1);
    expect((JSON.parse(second.stdout) as { run: { state: string } }).run.state).toBe('queued');
    const held = await world.cli(['runs', 'clear', '--json']);
    expect(held.code).toBe(1);
    world.quickbooks.knobs.latencyMs = 0;
    await first;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    const runs = JSON.parse((await world.cli(['runs', 'list', '--json'])).stdout) as { runs: { state: string }[] };
    expect(runs.runs.map((run) => run.state)).toEqual(['finished', 'finished', 'finished']);
  });

  it('a run that is cleared by force can write nothing any more', async () => {
    world = await makeWorld({ invoices: 20, scale: 200 });
    world.quickbooks.knobs.latencyMs = 100_000;
    const first = world.cli(['invoices', 'sync', '--json']);
    await new Promise((done) => setTimeout(done, 1_500));
    const cleared = await world.cli(['runs', 'clear', '--force', '--json']);
    expect(cleared.code).toBe(0);
    world.quickbooks.knobs.latencyMs = 0;
    await first;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });
});
