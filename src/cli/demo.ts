/**
 * The demo: both sandboxes, an embedded database in a temporary folder, a realistic MSP. It connects as a person would,
 * syncs, shows the report, and checks the result against the sandboxes' own states, not against our ledger.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markersIn } from '../core/marker.ts';
import { decimal } from '../core/money.ts';
import { addConnection, changeSettings, finishAuthorization, terminalOrganization } from '../engine/connecting.ts';
import type { Tenant } from '../engine/lease.ts';
import { requestRun, seeThrough } from '../engine/requests.ts';
import type { Say } from '../engine/run-context.ts';
import { RunningClock } from '../platform/clock.ts';
import { ExactNumber } from '../platform/exact-json.ts';
import { startAutotaskSandbox, type AutotaskSandbox } from '../sandbox/autotask/sandbox.ts';
import { generateMsp, type Msp } from '../sandbox/msp/generate.ts';
import { startQuickBooksSandbox, type QuickBooksSandbox } from '../sandbox/quickbooks/sandbox.ts';
import { startEmbedded, stopEmbedded } from '../store/embedded/launcher.ts';
import type { Run } from '../store/runs.ts';
import { rememberDemo } from './demo-folder.ts';
import { openServices, type Opened } from './open.ts';

export interface DemoOptions {
  readonly seed: number;
  readonly invoices: number;
  readonly say: Say;
}

export interface DemoCheck {
  readonly eligible: number;
  readonly posted: number;
  readonly obstacles: number;
  readonly doubled: number;
  readonly lost: number;
  readonly differences: number;
  readonly secondRunWrites: number;
}

const REALM = '9130350000000000';
const DAY_MS = 86_400_000;

export interface Demo {
  readonly opened: Opened;
  readonly tenant: Tenant;
  readonly organizationId: string;
  /** One sync, as `invoices sync` does it. */
  sync(): Promise<Run>;
  /** From the sandboxes' own states. */
  check(secondRunWrites: number): DemoCheck;
  /** Requests that write, at either vendor, since the sandboxes started. */
  writes(): number;
  close(): Promise<void>;
}

/** Builds the world and connects it. */
export async function startDemo(
  options: DemoOptions,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Demo> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ledgerferry-demo-'));
  // Preparing a database is a second's work of another process: the world is made meanwhile. Its failure is told below.
  startEmbedded(dataDir).catch(() => undefined);
  const clock = new RunningClock(Number(env['LEDGERFERRY_TEST_TIME_SCALE'] ?? '1'));
  const autotask = await startAutotaskSandbox({ clock });
  const quickbooks = await startQuickBooksSandbox({ clock });
  const realm = quickbooks.addRealm(REALM, { companyName: 'Lone Star Managed IT', usingSalesTax: true });
  const msp = generateMsp(autotask, realm, {
    seed: options.seed,
    invoices: options.invoices,
    now: clock.now(),
    obstacles: true,
    tax: 'us-manual',
  });
  const demoEnv = rememberDemo(env, dataDir, {
    LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: '1',
    LEDGERFERRY_INTUIT_CLIENT_ID: quickbooks.oauth.knobs.clientId,
    LEDGERFERRY_INTUIT_CLIENT_SECRET: quickbooks.oauth.knobs.clientSecret,
    LEDGERFERRY_INTUIT_DISCOVERY_URL: quickbooks.discoveryUrl,
    LEDGERFERRY_QBO_API_URL: quickbooks.url,
    LEDGERFERRY_AUTOTASK_DISCOVERY_URL: autotask.url,
  });
  const opened = await openServices(demoEnv);
  const close = async (): Promise<void> => {
    await opened.close();
    await autotask.close();
    await quickbooks.close();
    await stopEmbedded(dataDir);
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const organizationId = await terminalOrganization(opened.services);
    const tenant = await connect(opened, organizationId, autotask, quickbooks);
    return {
      opened,
      tenant,
      organizationId,
      close,
      sync: async () => {
        const runId = await requestRun(opened.services, tenant, { kind: 'sync-now', options: {}, by: 'demo' });
        return seeThrough({ services: opened.services, mailer: null, say: options.say }, tenant, runId, 600_000);
      },
      check: (secondRunWrites) => checkWorld(msp, autotask, quickbooks, secondRunWrites),
      writes: () =>
        autotask.counters.of('PATCH Invoices') +
        ['batch', 'invoice', 'customer', 'item'].reduce((sum, noun) => sum + quickbooks.counters.of(`POST ${noun}`), 0),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function connect(
  opened: Opened,
  organizationId: string,
  autotask: AutotaskSandbox,
  quickbooks: QuickBooksSandbox,
): Promise<Tenant> {
  const { services } = opened;
  const { userName, secret, integrationCode } = autotask.knobs;
  const connection = await addConnection(services, organizationId, {
    name: 'Lone Star Managed IT',
    autotask: { userName, secret, integrationCode },
    by: 'demo',
  });
  const tenant: Tenant = { organizationId, connectionId: connection.connection_id };
  await finishAuthorization(services, tenant, {
    code: quickbooks.grant(REALM),
    realmId: REALM,
    redirectUri: null,
    by: 'demo',
  });
  const notBefore = new Date(services.clock.now().getTime() - 30 * DAY_MS).toISOString().slice(0, 10);
  await changeSettings(
    services,
    tenant,
    { 'invoices.notBefore': notBefore, 'items.incomeAccount': 'Services', 'connection.timeZone': 'UTC' },
    'demo',
  );
  return tenant;
}

/** Each postable invoice exactly once and to the cent; nothing of the obstacles. */
function checkWorld(
  msp: Msp,
  autotask: AutotaskSandbox,
  quickbooks: QuickBooksSandbox,
  secondRunWrites: number,
): DemoCheck {
  const copies = new Map<number, string[]>();
  for (const row of quickbooks.realm(REALM).table('Invoice').values()) {
    for (const marker of markersIn(String(row['PrivateNote'] ?? ''))) {
      const total = row['TotalAmt'];
      copies.set(marker.invoiceId, [
        ...(copies.get(marker.invoiceId) ?? []),
        total instanceof ExactNumber ? total.source : String(total),
      ]);
    }
  }
  const invoices = autotask.data.tables.get('Invoices');
  const exact = (id: number, field: string): string => {
    const value = invoices?.get(id)?.[field];
    return value instanceof ExactNumber ? value.source : '0';
  };
  const gross = (id: number): string =>
    decimal(exact(id, 'invoiceTotal'))
      .round(2, 1)
      .plus(decimal(exact(id, 'totalTaxValue')).round(2, 1))
      .toFixed(2);
  const count = (is: (id: number) => boolean): number => msp.postable.filter(is).length;
  return {
    eligible: msp.postable.length,
    posted: count((id) => copies.has(id)),
    obstacles: msp.obstacles.filter((one) => !copies.has(one.id)).length,
    doubled: [...copies.values()].reduce((sum, all) => sum + all.length - 1, 0),
    lost: count((id) => !copies.has(id)),
    differences: count((id) => copies.has(id) && copies.get(id)?.[0] !== gross(id)),
    secondRunWrites,
  };
}
