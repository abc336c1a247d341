/**
 * A world for scenario tests: both sandboxes over HTTP, a fresh database, the real engine. Tests assert what is in the
 * sandboxes, not what was called. The time scale shortens the product's waits; stored dates stay true.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFlags } from '../../bin/node-flags.mjs';
import { openServices, type Opened } from '../../src/cli/open.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { markersIn } from '../../src/core/marker.ts';
import type { ReportRow, RunReport } from '../../src/core/report.ts';
import {
  addConnection,
  changeSettings,
  finishAuthorization,
  terminalOrganization,
} from '../../src/engine/connecting.ts';
import type { Tenant } from '../../src/engine/lease.ts';
import { requestRun, seeThrough } from '../../src/engine/requests.ts';
import { RunningClock } from '../../src/platform/clock.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import type { AutotaskKnobs } from '../../src/sandbox/autotask/knobs.ts';
import { startAutotaskSandbox, type AutotaskSandbox } from '../../src/sandbox/autotask/sandbox.ts';
import { generateMsp, type Msp, type MspOptions } from '../../src/sandbox/msp/generate.ts';
import type { Realm, RealmConfig } from '../../src/sandbox/quickbooks/realm.ts';
import { startQuickBooksSandbox, type QuickBooksSandbox } from '../../src/sandbox/quickbooks/sandbox.ts';
import type { Run } from '../../src/store/runs.ts';
import type { RunOptions } from '../../src/store/tables.ts';
import { freshDatabase } from './database.ts';
import { PROGRAM } from './program.ts';

export const REALM = '4620816365000000000';
const DAY_MS = 86_400_000;

export interface WorldOptions extends Partial<Omit<MspOptions, 'now'>> {
  readonly scale?: number;
  readonly realm?: Partial<RealmConfig>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly smtpUrl?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly realmId?: string;
  readonly autotaskKnobs?: Partial<AutotaskKnobs>;
  /** Another address for zone discovery than the sandbox's own: where several Autotask tenants are. */
  readonly discovery?: (autotask: AutotaskSandbox) => Promise<string>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A report with its rows as an array, however many they are. */
export type ToldReport = RunReport & { readonly rows: readonly ReportRow[] };

export interface World {
  readonly autotask: AutotaskSandbox;
  readonly quickbooks: QuickBooksSandbox;
  readonly realm: Realm;
  readonly msp: Msp;
  readonly opened: Opened;
  readonly tenant: Tenant;
  readonly env: Readonly<Record<string, string>>;
  sync(options?: RunOptions): Promise<{ run: Run; report: ToldReport }>;
  automatic(): Promise<{ run: Run; report: ToldReport }>;
  copy(invoiceId: number, overwrite?: boolean): Promise<{ run: Run; report: ToldReport }>;
  set(settings: Readonly<Record<string, string>>): Promise<void>;
  /** QuickBooks totals by Autotask invoice id: one entry per copy. */
  posted(): Map<number, string[]>;
  /** The program's own command line as a process of its own: where a kill, the start or the exit itself is the point. */
  cli(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** The same command line, called as the function that the process calls, with its own services: a tenth of the time. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  spawnCli(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  close(): Promise<void>;
}

export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const scale = options.scale ?? 100;
  const clock = new RunningClock(scale);
  const { realmId = REALM, autotaskKnobs = {} } = options;
  const autotask = await startAutotaskSandbox({ clock, knobs: autotaskKnobs });
  const quickbooks = await startQuickBooksSandbox({ clock });
  const realm = quickbooks.addRealm(realmId, { usingSalesTax: true, ...options.realm });
  const msp = generateMsp(autotask, realm, { seed: 1, invoices: 5, tax: 'us-manual', ...options, now: clock.now() });
  const database = await freshDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'lf-world-'));
  const env: Record<string, string> = {
    DATABASE_URL: database.url,
    LEDGERFERRY_DATA_DIR: folder,
    LEDGERFERRY_SECRET_KEY: 'ab'.repeat(32),
    LEDGERFERRY_API_TOKEN: 'test-token-of-the-owner-0123456789',
    LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: '1',
    LEDGERFERRY_TEST_TIME_SCALE: String(scale),
    LEDGERFERRY_INTUIT_CLIENT_ID: quickbooks.oauth.knobs.clientId,
    LEDGERFERRY_INTUIT_CLIENT_SECRET: quickbooks.oauth.knobs.clientSecret,
    LEDGERFERRY_INTUIT_DISCOVERY_URL: quickbooks.discoveryUrl,
    LEDGERFERRY_QBO_API_URL: quickbooks.url,
    LEDGERFERRY_AUTOTASK_DISCOVERY_URL: (await options.discovery?.(autotask)) ?? autotask.url,
    LEDGERFERRY_LOG_LEVEL: process.env['LEDGERFERRY_LOG_LEVEL'] ?? 'silent',
    ...(options.smtpUrl === undefined ? {} : { LEDGERFERRY_SMTP_URL: options.smtpUrl }),
    ...options.env,
  };
  const opened = await openServices(env);
  const { services } = opened;
  const organizationId = await terminalOrganization(services);
  const { userName, secret, integrationCode } = autotask.knobs;
  const connection = await addConnection(services, organizationId, {
    name: 'Test',
    autotask: { userName, secret, integrationCode },
    by: 'test',
  });
  const tenant: Tenant = { organizationId, connectionId: connection.connection_id };
  await finishAuthorization(services, tenant, {
    code: quickbooks.grant(realmId),
    realmId,
    redirectUri: null,
    by: 'test',
  });
  const notBefore = new Date(Date.now() - 60 * DAY_MS).toISOString().slice(0, 10);
  await changeSettings(
    services,
    tenant,
    {
      'invoices.notBefore': notBefore,
      'items.incomeAccount': 'Services',
      'connection.timeZone': 'UTC',
      ...options.settings,
    },
    'test',
  );

  const through = async (
    kind: 'sync-now' | 'manual-copy' | 'automatic',
    runOptions: RunOptions,
    by = 'test',
  ): Promise<{ run: Run; report: ToldReport }> => {
    const runId = await requestRun(services, tenant, { kind, options: runOptions, by });
    const run = await seeThrough({ services, mailer: opened.mailer, say: () => undefined }, tenant, runId, 600_000);
    const report = run.report as RunReport;
    return { run, report: { ...report, rows: [...report.rows] } };
  };
  const children = new Set<ChildProcess>();
  const spawnCli: World['spawnCli'] = (args, more = {}) => {
    const child = spawn(process.execPath, [...nodeFlags(args[0] === 'demo'), PROGRAM, ...args], {
      env: { PATH: process.env['PATH'], ...env, ...more },
    });
    children.add(child);
    child.once('exit', () => children.delete(child));
    return child;
  };
  return {
    autotask,
    quickbooks,
    realm,
    msp,
    opened,
    tenant,
    env,
    sync: (runOptions = {}) => through('sync-now', runOptions),
    automatic: () => through('automatic', {}, 'schedule'),
    copy: (invoiceId, overwrite = false) => through('manual-copy', { invoiceId, overwrite }),
    set: async (settings) => void (await changeSettings(services, tenant, settings, 'test')),
    posted: () => postedTotals(realm),
    spawnCli,
    cli: (args, more) =>
      new Promise((done) => {
        const child = spawnCli(args, more);
        let [stdout, stderr] = ['', ''];
        child.stdout?.on('data', (part: Buffer) => (stdout += part.toString()));
        child.stderr?.on('data', (part: Buffer) => (stderr += part.toString()));
        child.on('close', (code, signal) => done({ code, signal, stdout, stderr }));
      }),
    command: async (args, more) => {
      const said = { stdout: '', stderr: '' };
      const code = await runCommandLine(args, {
        env: { ...env, ...more },
        out: (text) => void (said.stdout += text),
        err: (text) => void (said.stderr += text),
      });
      return { code, signal: null, ...said };
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      await opened.close();
      await autotask.close();
      await quickbooks.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One more invoice, not yet posted, with the company and the lines of another. */
export function addLike(world: Pick<World, 'autotask' | 'msp'>, model: number, id: number): void {
  const { tables } = world.autotask.data;
  const invoice = tables.get('Invoices')?.get(model);
  if (invoice === undefined) throw new Error(`no invoice ${String(model)}`);
  const items = tables.get('BillingItems');
  const lines = [...(items?.values() ?? [])].filter((row) => row['invoiceID'] === model);
  for (const [at, row] of lines.entries()) items?.set(id * 100 + at, { ...row, id: id * 100 + at, invoiceID: id });
  tables.get('Invoices')?.set(id, { ...invoice, id, invoiceNumber: null, webServiceDate: null, paidDate: null });
  world.msp.postable.push(id);
}

/** The invoice is gone from both sandboxes: the next round finds a world as small as the first. */
export function forget(world: World, id: number): void {
  const { tables } = world.autotask.data;
  tables.get('Invoices')?.delete(id);
  for (const row of tables.get('BillingItems')?.values() ?? [])
    if (row['invoiceID'] === id) tables.get('BillingItems')?.delete(row.id);
  const invoices = world.realm.table('Invoice');
  for (const row of invoices.values())
    if (markersIn(String(row['PrivateNote'] ?? '')).some((marker) => marker.invoiceId === id)) invoices.delete(row.Id);
  world.msp.postable.splice(world.msp.postable.indexOf(id), 1);
}

export function postedTotals(realm: Realm): Map<number, string[]> {
  const copies = new Map<number, string[]>();
  for (const row of realm.table('Invoice').values()) {
    for (const marker of markersIn(String(row['PrivateNote'] ?? ''))) {
      const total = row['TotalAmt'];
      copies.set(marker.invoiceId, [
        ...(copies.get(marker.invoiceId) ?? []),
        total instanceof ExactNumber ? total.source : String(total),
      ]);
    }
  }
  return copies;
}

/** Four-decimal text to cents, half away from zero, in whole numbers: an oracle that shares no code with the product. */
function cents(text: string): bigint {
  const [whole = '0', part = ''] = text.replace('-', '').split('.');
  const tenThousandths = BigInt(whole) * 10_000n + BigInt(part.padEnd(4, '0').slice(0, 4));
  return ((tenThousandths + 50n) / 100n) * (text.startsWith('-') ? -1n : 1n);
}

/** Autotask's total with tax, in cents as the product must round it. */
export function sourceTotal(world: Pick<World, 'autotask'>, id: number): string {
  const row = world.autotask.data.tables.get('Invoices')?.get(id);
  const text = (field: string): string => (row?.[field] as ExactNumber).source;
  const total = (cents(text('invoiceTotal')) + cents(text('totalTaxValue'))).toString().padStart(3, '0');
  return `${total.slice(0, -2)}.${total.slice(-2)}`;
}

/** Every postable invoice exactly once and to the cent, marked in Autotask, and nothing else in QuickBooks. */
export function faultsOf(world: Pick<World, 'autotask' | 'msp' | 'posted'>): string[] {
  const posted = world.posted();
  const faults: string[] = [];
  for (const id of world.msp.postable) {
    const copies = posted.get(id) ?? [];
    if (copies.length !== 1) faults.push(`invoice ${String(id)} is there ${String(copies.length)} times`);
    else if (copies[0] !== sourceTotal(world, id))
      faults.push(`invoice ${String(id)} has ${copies[0] ?? ''} instead of ${sourceTotal(world, id)}`);
    const row = world.autotask.data.tables.get('Invoices')?.get(id);
    if (copies.length === 1 && (row?.['webServiceDate'] === null || row?.['invoiceNumber'] === null))
      faults.push(`invoice ${String(id)} is not marked`);
  }
  for (const id of posted.keys())
    if (!world.msp.postable.includes(id)) faults.push(`invoice ${String(id)} should not be there`);
  return faults;
}
