/**
 * One embedded PostgreSQL for the whole suite, with a migrated template that each test clones (33 ms instead of a start).
 * At the end it is stopped whatever happened, and what a test left behind (a database, a connection, a process) fails the run.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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

interface Address {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** Every process that a test starts inherits it. */
const MARK = 'LEDGERFERRY_TEST_RUN';
/** What is ending just now gets this long to be gone. */
const GRACE_MS = 5_000;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'lf-test-'));
  process.env[MARK] = folder;
  const { host, port } = await startEmbedded(folder);
  const address = { host, port, user: 'ledgerferry' };
  await withClient(address, (client) => client.query('create database template_ledger'));
  const template = await openAt({ ...address, database: 'template_ledger' }, new RunningClock(), true);
  await template.close();
  project.provide('postgres', { host, port });
  return async () => {
    const left = [...(await leftInDatabase(address)), ...(await leftProcesses(folder))];
    await stopEmbedded(folder);
    rmSync(folder, { recursive: true, force: true });
    if (left.length > 0) {
      process.exitCode = 1;
      throw new Error(`The tests left behind: ${left.join('; ')}. Close or drop it in an afterEach or afterAll.`);
    }
  };
}

async function withClient<T>(address: Address, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...address, database: 'postgres' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const leftInDatabase = (address: Address): Promise<string[]> =>
  withClient(address, async (client) => {
    const look = async (): Promise<string[]> => {
      const { rows } = await client.query<{ what: string }>(
        `select 'database ' || datname as what from pg_database where datname like 't\\_%'
         union all select 'connection to ' || coalesce(datname, '?') || ', last: ' || left(query, 80)
         from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
      );
      return rows.map((row) => row.what);
    };
    return lastLook(look);
  });

/** Processes of ours and theirs that carry this run's mark (Linux; elsewhere nobody can be asked). */
function leftProcesses(folder: string): Promise<string[]> {
  const look = (): Promise<string[]> =>
    Promise.resolve(
      processes()
        .filter(({ pid, environment }) => pid !== process.pid && environment.includes(`${MARK}=${folder}`))
        .map(({ pid, command }) => ({ pid, command: command.replaceAll('\0', ' ').trim() }))
        // Vitest's own workers end after this; the suite's server is stopped below.
        .filter(
          ({ command }) => command !== '' && !/vitest|esbuild|rolldown/.test(command) && !isServer(command, folder),
        )
        .map(({ pid, command }) => `process ${String(pid)} (${command.slice(0, 120)})`),
    );
  return lastLook(look);
}

const isServer = (command: string, folder: string): boolean =>
  command.includes(`-D ${join(folder, 'postgres')} `) || command.startsWith('postgres: ');

function processes(): { pid: number; environment: string; command: string }[] {
  if (process.platform !== 'linux') return [];
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return numbers.flatMap((name) => {
    try {
      const read = (file: string): string => readFileSync(`/proc/${name}/${file}`, 'utf8');
      return [{ pid: Number(name), environment: read('environ'), command: read('cmdline') }];
    } catch {
      return [];
    }
  });
}

async function lastLook(look: () => Promise<string[]>): Promise<string[]> {
  const until = performance.now() + GRACE_MS;
  for (;;) {
    const left = await look();
    if (left.length === 0 || performance.now() > until) return left;
    await pause(50);
  }
}
