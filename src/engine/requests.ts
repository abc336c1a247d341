/** What people ask for, as use cases: the same functions behind the command line, the HTTP API and the schedule. */
import { terminalWord } from '../core/terminal-word.ts';
import {
  loadConnections,
  loadConnection,
  loadSettings,
  updateConnection,
  type Connection,
} from '../store/connections.ts';
import { audit } from '../store/audit.ts';
import { findOverwriteUnderWay, loadRun, saveRun, type Run } from '../store/runs.ts';
import type { RunKind, RunOptions } from '../store/tables.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import { LeaseLost, takeLease, type Lease, type Tenant } from './lease.ts';
import { workQueue, type Worker } from './running.ts';
import type { Services } from './services.ts';

/** Asked too early, of the wrong thing, or with wrong words: exit code 2. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

const LOOK_AGAIN_MS = 1_000;
const LOOK_AGAIN_FLOOR_MS = 60;

/**
 * Writes down what is asked for; answers the run's id. It obeys the settings of the moment in which it begins.
 * @throws WrongUse, and Busy for a second copy of an invoice while one is under way
 */
export async function requestRun(
  services: Services,
  tenant: Tenant,
  wanted: { kind: RunKind; options: RunOptions; by: string },
): Promise<string> {
  await services.clock.follow();
  checkOptions(wanted.options, services.clock.now());
  const runId = services.ids.uuid();
  await withTenant(services.database, tenant, async (tx) => {
    const connection = await loadConnection(tx, tenant.connectionId);
    const settings = await loadSettings(tx, tenant.connectionId);
    if (connection === null || settings === null) throw new WrongUse('There is no such connection.');
    requireReady(connection);
    const at = services.clock.now();
    // The row's lock keeps two requests apart from here on.
    await updateConnection(tx, tenant.connectionId, { queued_at: at });
    await refuseTwice(tx, wanted);
    await saveRun(tx, {
      ...tenant,
      runId,
      kind: wanted.kind,
      options: wanted.options,
      settingsVersion: settings.version,
      requestedBy: wanted.by,
      requestedAt: at,
    });
    await audit(
      tx,
      { ...tenant, at },
      { actor: wanted.by, action: wanted.kind, subject: runId, detail: wanted.options },
    );
  });
  return runId;
}

/** Asked for twice at once (a second click, a repeated call), a copy that overwrites would be made twice. */
async function refuseTwice(tx: TenantTx, wanted: { kind: RunKind; options: RunOptions }): Promise<void> {
  const { overwrite, invoiceId, invoiceIds = invoiceId === undefined ? [] : [invoiceId] } = wanted.options;
  if (wanted.kind !== 'manual-copy' || overwrite !== true) return;
  const other = await findOverwriteUnderWay(tx, invoiceIds);
  if (other !== null)
    throw new Busy(`A second copy of this invoice is under way already (run ${other}). Nothing more was asked for.`);
}

const DAY_MS = 86_400_000;

/** Options that contradict each other are refused before anything is written down; tomorrow may be today elsewhere. */
function checkOptions(options: RunOptions, now: Date): void {
  if (options.mailCustomer === true && options.overwrite !== true)
    throw new WrongUse(
      'Mailing the customer by hand goes with an overwriting copy only (terminal: --mail-customer with --overwrite).',
    );
  if (options.since !== undefined && options.since > new Date(now.getTime() + DAY_MS).toISOString().slice(0, 10))
    throw new WrongUse(`${options.since} lies in the future: there are no payments since then.`);
}

function requireReady(connection: Connection): void {
  if (connection.autotask_state === 'none')
    throw new WrongUse(
      `${connection.name} has no Autotask credentials yet. Enter them under “Connections” (terminal: connection add ${terminalWord(connection.name)} --autotask-user U --autotask-integration-code C)`,
    );
  if (connection.quickbooks_state === 'none')
    throw new WrongUse(
      `${connection.name} is not connected to QuickBooks yet. Connect it under “Connections” (terminal: connection authorize ${terminalWord(connection.name)})`,
    );
}

/**
 * Sees a run to its end: works it here as soon as the lease is free, or waits while another process works it. Answers the
 * run as it is after at most `waitMs` product milliseconds of waiting for a busy connection.
 */
export async function seeThrough(worker: Worker, tenant: Tenant, runId: string, waitMs: number): Promise<Run> {
  const { services } = worker;
  const until = services.clock.now().getTime() + patienceMs(services, waitMs);
  for (;;) {
    const run = await withTenant(services.database, tenant, (tx) => loadRun(tx, runId));
    if (run === null) throw new WrongUse('There is no such run.');
    if (run.state !== 'queued' && run.state !== 'running') return run;
    if (await workOnce(worker, tenant, runId)) continue;
    if (services.clock.now().getTime() >= until) return run;
    worker.say('another run is at work; waiting for it', 0, 0);
    await services.clock.sleep(Math.max(LOOK_AGAIN_MS, LOOK_AGAIN_FLOOR_MS / services.clock.scaled(1)));
  }
}

/** A dead worker's lease is not scaled below three seconds: on a fast clock too, who waits for a busy connection outwaits it. */
const PATIENCE_FLOOR_MS = 10_000;
const patienceMs = ({ clock }: Services, waitMs: number): number =>
  Math.max(clock.scaled(waitMs), Math.min(waitMs, PATIENCE_FLOOR_MS));

/** Another worker is at it, and the time to wait is over: nothing was changed. */
export class Busy extends Error {
  override readonly name = 'Busy';
}

/** Somebody else changed it since the person looked: nothing was done, and both values are to be seen first. */
export class Stale extends Error {
  override readonly name = 'Stale';
}

/** Does a person's change as the connection's one writer; waits for a run that is at work. @throws Busy */
export async function underLease<T>(
  services: Services,
  tenant: Tenant,
  wish: { purpose: string; waitMs: number },
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const until = services.clock.now().getTime() + patienceMs(services, wish.waitMs);
  for (;;) {
    const lease = await takeLease(services, tenant, wish.purpose);
    if (lease !== null) {
      try {
        return await work(lease);
      } finally {
        await lease.release().catch(() => undefined);
      }
    }
    if (services.clock.now().getTime() >= until)
      throw new Busy('An invoice batch is currently in process. Nothing was changed; try again when it has ended.');
    await services.clock.sleep(Math.max(LOOK_AGAIN_MS, LOOK_AGAIN_FLOOR_MS / services.clock.scaled(1)));
  }
}

/** Works the queue when the lease is free, after `first` with the lease in hand; false when another worker has it. */
export async function workOnce(
  worker: Worker,
  tenant: Tenant,
  until: string | null,
  first: () => Promise<void> = () => Promise.resolve(),
): Promise<boolean> {
  const lease = await takeLease(worker.services, tenant, until ?? 'automatic');
  if (lease === null) return false;
  try {
    await first();
    await workQueue(worker, lease, until);
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
    worker.services.log.warn({ connectionId: tenant.connectionId }, 'the lease was lost; another worker goes on');
  } finally {
    await lease.release().catch(() => undefined);
  }
  return true;
}

/** The connection of this name, or the only one. @param how it is named where this is asked @throws WrongUse naming what there is */
export async function findConnection(
  services: Services,
  organizationId: string,
  name: string | undefined,
  how = '--connection NAME',
): Promise<Connection> {
  const all = await withTenant(services.database, { organizationId }, loadConnections);
  if (all.length === 0)
    throw new WrongUse(
      'There is no connection yet. Make one (terminal: connection add NAME --autotask-user U --autotask-integration-code C)',
    );
  if (name === undefined) {
    const [only, second] = all;
    if (only !== undefined && second === undefined) return only;
    throw new WrongUse(`There are several connections (${all.map((one) => one.name).join(', ')}). Say which: ${how}`);
  }
  const found = all.find((one) => one.name === name);
  if (found === undefined)
    throw new WrongUse(`There is no connection "${name}". There is: ${all.map((one) => one.name).join(', ')}`);
  return found;
}
