/**
 * Side by side in one run: calls, metered reads, CPU per invoice and peak memory, ours (journal included) against a plain
 * one-by-one sync with public libraries, on the same sandboxes. Wall time is no claim: these machines are noisy.
 * `--full` lets the peer run 10,000 invoices too.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopEmbedded } from '../src/store/embedded/launcher.ts';

const here = import.meta.dirname;
const full = process.argv.includes('--full');
const sizes = (process.env['SIZES'] ?? '100,1000,10000').split(',').map(Number);

interface Figures {
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

function run(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--max-semi-space-size=4',
        '--max-old-space-size=512',
        '--import',
        join(here, 'usage.mjs'),
        ...args,
      ],
      { env: { ...asStarted, ...env } },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

async function withSandboxes<T>(
  invoices: number,
  work: (
    place: Record<string, string>,
    counts: () => Promise<Omit<Figures, 'cpuMs' | 'peakMb'>>,
    reset: () => Promise<unknown>,
  ) => Promise<T>,
): Promise<T> {
  const child = fork(join(here, 'sandboxes.ts'), [String(invoices)], {
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

const usage = (file: string): { cpuMs: number; peakMb: number } =>
  JSON.parse(readFileSync(file, 'utf8')) as { cpuMs: number; peakMb: number };

function ours(invoices: number): Promise<Figures> {
  return withSandboxes(invoices, async (place, counts, reset) => {
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
      const done = await run([join(here, '../src/main.ts'), ...args], env);
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
      await reset();
      await cli('invoices', 'sync', '--json');
      return { ...(await counts()), ...usage(file) };
    } finally {
      await stopEmbedded(folder);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function peer(invoices: number): Promise<Figures> {
  return withSandboxes(invoices, async (place, counts, reset) => {
    const folder = mkdtempSync(join(tmpdir(), 'lf-bench-'));
    const file = join(folder, 'usage.json');
    const granted = await fetch(`${place['quickbooks'] ?? ''}/oauth2/v1/tokens/bearer`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('sandbox-client:sandbox-client-secret').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: place['code'] ?? '' }).toString(),
    });
    const { access_token: token = '' } = (await granted.json()) as { access_token?: string };
    try {
      await reset();
      const done = await run([join(here, 'peer.ts')], { PEER: JSON.stringify({ ...place, token }), BENCH_USAGE: file });
      if (done.code !== 0) throw new Error(`the peer failed: ${done.stderr.slice(-2_000)}`);
      return { ...(await counts()), ...usage(file) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

const cell = (text: string | number, width = 12): string => String(text).padStart(width);
const row = (who: string, invoices: number, one: Figures): void => {
  process.stdout.write(
    `${who.padEnd(6)}${cell(invoices, 8)}${cell(one.posted, 8)}${cell(one.calls)}${cell(one.reads)}${cell((one.cpuMs / invoices).toFixed(2))}${cell(one.peakMb.toFixed(0))}\n`,
  );
};

process.stdout.write(
  'First run, 8 lines an invoice. Vendors’ throttles and the Autotask ceiling are lifted for the bench; CPU and memory are\nthe measured process’s own (PostgreSQL and the sandboxes are others). Compare columns, not machines.\n\n',
);
process.stdout.write(
  `${'who'.padEnd(6)}${cell('invoices', 8)}${cell('posted', 8)}${cell('calls')}${cell('reads')}${cell('CPU ms/inv')}${cell('peak MB')}\n`,
);
for (const size of sizes) {
  const mine = await ours(size);
  row('ours', size, mine);
  if (size > 1_000 && !full) continue;
  const theirs = await peer(size);
  row('peer', size, theirs);
  process.stdout.write(
    `ratio${cell('', 9)}${cell('', 8)}${cell((mine.calls / theirs.calls).toFixed(3))}${cell((mine.reads / theirs.reads).toFixed(4))}${cell((mine.cpuMs / theirs.cpuMs).toFixed(2))}${cell((mine.peakMb / theirs.peakMb).toFixed(2))}\n`,
  );
}
