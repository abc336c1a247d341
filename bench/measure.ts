/** What the benches share: a measured process, and both sandboxes as another. */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFlags } from '../bin/node-flags.mjs';
import { packedProgram } from '../bin/packed-program.mjs';
import { stopEmbedded } from '../src/store/embedded/launcher.ts';

const here = import.meta.dirname;
/** As it runs for its users. */
const PROGRAM = packedProgram(process.execPath);

export interface Figures {
  readonly calls: number;
  readonly reads: number;
  readonly posted: number;
  readonly cpuMs: number;
  readonly peakMb: number;
}

const told = <T>(child: ChildProcess): Promise<T> =>
  new Promise((done) => child.once('message', (message) => done(message as T)));

/** As bin/run.mjs starts the program. */
const asStarted = Object.fromEntries(
  ['PATH', 'NODE_COMPILE_CACHE', 'MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_'].map((name) => [
    name,
    process.env[name],
  ]),
);

export function run(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [...nodeFlags(false), '--import', join(here, 'usage.mjs'), ...args], {
      env: { ...asStarted, ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

export async function withSandboxes<T>(
  size: { readonly invoices: number; readonly codes?: number },
  work: (
    place: Record<string, string>,
    counts: () => Promise<Omit<Figures, 'cpuMs' | 'peakMb'>>,
    reset: () => Promise<unknown>,
  ) => Promise<T>,
): Promise<T> {
  const child = fork(join(here, 'sandboxes.ts'), [String(size.invoices), String(size.codes ?? 0)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const place = await told<Record<string, string>>(child);
  const asked = <R>(word: string): Promise<R> => {
    child.send(word);
    return told<R>(child);
  };
  try {
    return await work(
      place,
      () => asked('counts'),
      () => asked('reset'),
    );
  } finally {
    child.send('end');
  }
}

export const usage = (file: string): { cpuMs: number; peakMb: number } =>
  JSON.parse(readFileSync(file, 'utf8')) as { cpuMs: number; peakMb: number };

/** Our program on a fresh data folder, connected to the sandboxes; `work` runs its commands, and reads what the last one used. */
export async function withLedgerferry<T>(
  place: Record<string, string>,
  work: (cli: (...args: string[]) => Promise<void>, used: () => { cpuMs: number; peakMb: number }) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lf-bench-'));
  const file = join(folder, 'usage.json');
  const env = {
    LEDGERFERRY_DATA_DIR: folder,
    LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: '1',
    LEDGERFERRY_TEST_TIME_SCALE: '1000',
    LEDGERFERRY_TEST_AUTOTASK_CEILING: '10000000',
    LEDGERFERRY_INTUIT_CLIENT_ID: 'sandbox-client',
    LEDGERFERRY_INTUIT_CLIENT_SECRET: 'sandbox-client-secret',
    LEDGERFERRY_INTUIT_DISCOVERY_URL: place['discovery'] ?? '',
    LEDGERFERRY_QBO_API_URL: place['quickbooks'] ?? '',
    LEDGERFERRY_AUTOTASK_DISCOVERY_URL: place['autotask'] ?? '',
    AUTOTASK_SECRET: place['secret'] ?? '',
    BENCH_USAGE: file,
  };
  const cli = async (...args: string[]): Promise<void> => {
    const done = await run([PROGRAM, ...args], env);
    if (done.code !== 0 && done.code !== 1) throw new Error(`${args.join(' ')}: ${done.stderr}`);
  };
  try {
    await cli(
      'connection',
      'add',
      'bench',
      '--autotask-user',
      place['userName'] ?? '',
      '--autotask-integration-code',
      place['integrationCode'] ?? '',
    );
    await cli('connection', 'authorize', 'bench', '--code', place['code'] ?? '', '--realm', '1');
    await cli(
      'settings',
      'set',
      'invoices.notBefore=2020-01-01',
      'items.incomeAccount=Services',
      'customers.createLimitPerRun=0',
      'connection.timeZone=UTC',
    );
    return await work(cli, () => usage(file));
  } finally {
    await stopEmbedded(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}
