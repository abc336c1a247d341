/** One embedded PostgreSQL for the whole suite, with a migrated template that each test clones (33 ms instead of a start). */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { RunningClock } from '../../src/platform/clock.ts';
import { openAt } from '../../src/store/database.ts';
import { startEmbedded, stopEmbedded } from '../../src/store/embedded/launcher.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgres: { readonly host: string; readonly port: number };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'lf-test-'));
  const { host, port } = await startEmbedded(folder);
  const address = { host, port, user: 'ledgerferry' };
  const client = new pg.Client({ ...address, database: 'postgres' });
  await client.connect();
  await client.query('create database template_ledger');
  await client.end();
  const template = await openAt({ ...address, database: 'template_ledger' }, new RunningClock(), true);
  await template.close();
  project.provide('postgres', { host, port });
  return async () => {
    await stopEmbedded(folder);
    rmSync(folder, { recursive: true, force: true });
  };
}
