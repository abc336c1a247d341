/** A PostgreSQL of its own for the simulation's command line, in a temporary folder; nothing is left of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningClock } from '../../src/platform/clock.ts';
import { openAt } from '../../src/store/database.ts';
import { startEmbedded, stopEmbedded } from '../../src/store/embedded/launcher.ts';
import { Rig } from './simulate.ts';

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
