/** A PostgreSQL of its own for the simulation's command line, in a temporary folder; nothing is left of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { RunningClock } from '../../src/platform/clock.ts';
import { openAt } from '../../src/store/database.ts';
import { startEmbedded, stopEmbedded } from '../../src/store/embedded/launcher.ts';
import { Rig } from './simulate.ts';

/** Nothing of this server must survive: it writes no page twice, waits for no disk and cleans up by no process of its own. */
async function forOneProcess(connection: pg.PoolConfig): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  for (const setting of ['fsync', 'full_page_writes', 'autovacuum', 'synchronous_commit'])
    await client.query(`alter system set ${setting} = off`);
  await client.query('select pg_reload_conf()');
  await client.end();
}

export async function withDatabase<T>(work: (rig: Rig) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lf-sim-'));
  try {
    const { host, port, password } = await startEmbedded(folder);
    const connection = {
      host,
      port,
      user: 'ledgerferry',
      database: 'postgres',
      ...(password === null ? {} : { password }),
    };
    await forOneProcess(connection);
    await (await openAt(connection, new RunningClock(), true)).close();
    const rig = await Rig.open(connection);
    try {
      return await work(rig);
    } finally {
      await rig.close();
    }
  } finally {
    await stopEmbedded(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}
