/**
 * pg-boss, wrapped: it only wakes. Two queues: a sweep every minute, and one wake-up per connection. What may run is
 * decided by rows of ours (next_run_at, queued runs) and by the lease; a job that is dropped or runs twice does no harm.
 */
import { PgBoss, type ConstructorOptions } from 'pg-boss';
import { z } from 'zod';
import { addDays, dateIn, hourIn } from '../core/dates.ts';
import { readSettings } from '../core/settings.ts';
import {
  type Connection,
  loadConnection,
  loadDueConnections,
  loadSettings,
  updateConnection,
} from '../store/connections.ts';
import { outliveClient } from '../store/database.ts';
import { hasDied, startEmbedded } from '../store/embedded/launcher.ts';
import { lastRequested, loadLastFinished } from '../store/runs.ts';
import { hasPosted, oldestUnpaid } from '../store/transfers.ts';
import type { RunKind, RunOptions } from '../store/tables.ts';
import { withSystem, withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import { SCHEDULE } from './reporting.ts';
import { requestRun, workOnce } from './requests.ts';
import { isRetentionDue, pruneQuietly } from './retention.ts';
import type { Worker } from './running.ts';
import type { Services } from './services.ts';

const SWEEP = 'sweep';
const CONNECTION = 'connection';
/** pg-boss hands a job out again after this; the second one finds the lease taken and ends. */
const EXPIRE_SECONDS = 3_600;
/** A dead worker's lease runs out after 45 s; a sweep and a job's start later its work is taken over, within 60 s (R8). */
export const SWEEP_MS = 10_000;
/** Connections worked on at once in this process: one that writes ten thousand marks back for hours delays nobody else. */
const AT_ONCE = 8;

export interface Jobs {
  stop(): Promise<void>;
}

const TELL_AGAIN_MS = 60_000;

/** The job engine asks many times a second: what keeps it from its work is said once a minute, with the cure. */
function tellTrouble(services: Services): (error: unknown) => void {
  let toldAt = -Infinity;
  return (error) => {
    const now = services.clock.now().getTime();
    if (now - toldAt < TELL_AGAIN_MS) return;
    toldAt = now;
    const cure = services.database.isEmbedded
      ? 'if the database was stopped, any command starts it again (connection list); if it died, it is started again from here'
      : 'check that PostgreSQL runs at DATABASE_URL';
    services.log.warn(
      { error: z.object({ message: z.string() }).safeParse(error).data?.message ?? 'the database does not answer' },
      `the schedule stands still; nothing is lost, and it goes on by itself: ${cure}`,
    );
  };
}

/**
 * Starts the embedded server again when it has died, for nobody but this process may be here to do it. One that was
 * stopped stays stopped: somebody wanted that. A start that fails is owed until one succeeds.
 */
function reviver({ database, config, log }: Services): () => Promise<void> {
  let isOwed = false;
  return async () => {
    if (!database.isEmbedded) return;
    try {
      isOwed ||= hasDied(config.dataDir);
      if (!isOwed) return;
      await startEmbedded(config.dataDir);
      isOwed = false;
      log.warn('the embedded database had died and was started again');
    } catch (error) {
      log.warn(
        { error: error instanceof Error ? error.message : 'unknown' },
        'the embedded database cannot be started',
      );
    }
  };
}

/** Starts the schedule in this process. */
export async function startJobs(worker: Worker): Promise<Jobs> {
  const { services } = worker;
  // Handed on to its pool of connections.
  const outliving = { onConnect: outliveClient };
  const boss = new PgBoss({
    ...addressOf(services),
    ...outliving,
    schema: 'pgboss',
    max: 4,
    application_name: 'ledgerferry-jobs',
  });
  const [troubled, revive] = [tellTrouble(services), reviver(services)];
  boss.on('error', troubled);
  await boss.start();
  // `short`: one waiting wake-up per connection is enough; a second request is dropped, which is harmless here.
  for (const queue of [SWEEP, CONNECTION])
    await boss.createQueue(queue, { policy: 'short', expireInSeconds: EXPIRE_SECONDS, retryLimit: 0 });
  const wake = async (): Promise<void> => {
    for (const tenant of await dueConnections(worker)) {
      await boss.send(CONNECTION, tenant, { singletonKey: tenant.connectionId });
    }
  };
  await boss.work<Tenant>(
    CONNECTION,
    { pollingIntervalSeconds: 1, batchSize: 1, localConcurrency: AT_ONCE },
    async ([job]) => {
      if (job !== undefined) await runConnection(worker, job.data);
    },
  );
  const stop = new AbortController();
  const beat = async (): Promise<void> => {
    for (;;) {
      await wake().catch(async (error: unknown) => {
        troubled(error);
        await revive();
      });
      await services.clock.sleep(SWEEP_MS, stop.signal);
    }
  };
  const beating = beat().catch(() => undefined);
  return {
    async stop() {
      stop.abort(new Error('stopped'));
      await beating;
      await boss.stop({ graceful: true, close: true, timeout: 20_000 });
    },
  };
}

/** The database's address in pg-boss' own words. */
function addressOf(services: Services): ConstructorOptions {
  const { connectionString, host, port, user, database, password } = services.database.connection;
  if (connectionString !== undefined) return { connectionString };
  return {
    host: host ?? '127.0.0.1',
    port: port ?? 5432,
    user: user ?? '',
    database: database ?? '',
    ...(typeof password === 'string' ? { password } : {}),
  };
}

/** Connections with something to do: an automatic run that is due, or one whose worker died with the lease in its hand. */
export async function dueConnections(worker: Worker): Promise<Tenant[]> {
  const { services } = worker;
  await services.clock.follow();
  const due = await withSystem(services.database, (tx) => loadDueConnections(tx, services.clock.now()));
  return due.map((row) => ({ organizationId: row.organization_id, connectionId: row.connection_id }));
}

/**
 * One wake-up: with the lease in hand, asks for an automatic run when one is due, and works the queue. Only the holder moves
 * next_run_at: a worker that dies before it leaves the connection due, and one that dies after it leaves a dead lease; both
 * wake the next worker. A connection that is woken by a dead lease alone is not due: what was left is gone on with, no more.
 */
export async function runConnection(worker: Worker, tenant: Tenant): Promise<void> {
  const old = { isDue: false };
  await workOnce(worker, tenant, null, async () => {
    old.isDue = await requestDue(worker, tenant);
  });
  if (old.isDue) await pruneQuietly(worker.services, tenant);
}

/**
 * When the time has come: puts what the schedule wants into the queue, and the next time into the connection's row. Answers
 * whether the daily retention is due as well.
 */
async function requestDue(worker: Worker, tenant: Tenant): Promise<boolean> {
  const { services } = worker;
  const [connection, settings] = await withTenant(
    services.database,
    tenant,
    async (tx) => [await loadConnection(tx, tenant.connectionId), await loadSettings(tx, tenant.connectionId)] as const,
  );
  const now = services.clock.now();
  if (connection?.next_run_at == null || connection.next_run_at > now || !isConnected(connection)) return false;
  const stored = settings?.settings ?? {};
  const minutes = Number(stored['sync.intervalMinutes'] ?? 15);
  const nextRunAt = new Date(now.getTime() + services.clock.scaled(minutes * 60_000));
  await withTenant(services.database, tenant, (tx) =>
    updateConnection(tx, tenant.connectionId, { next_run_at: nextRunAt }),
  );
  const isRetention = isRetentionDue(services, connection);
  if ((stored['sync.status'] ?? 'paused') === 'paused') return isRetention;
  const ask = (kind: RunKind, options: RunOptions): Promise<string> =>
    requestRun(services, tenant, { kind, options, by: SCHEDULE });
  await ask('automatic', {});
  for (const kind of await duePasses(worker, tenant, stored)) await ask(kind, {});
  const period = await nightlyPeriod(worker, tenant, stored);
  if (period !== null) await ask('reconcile', { ...period, findingsOnly: true });
  return isRetention;
}

const isConnected = (connection: Connection): boolean =>
  connection.autotask_state === 'connected' && connection.quickbooks_state === 'connected';

/** A pass looks back at least this far apart: one call each, however often invoices are looked for (facts/goals.md P6). */
const PASS_MS = 15 * 60_000;

/** The ways back that are due: voids by their setting, payments while something posted is unpaid. */
async function duePasses(
  worker: Worker,
  tenant: Tenant,
  stored: Readonly<Record<string, unknown>>,
): Promise<('void-pass' | 'payment-pass')[]> {
  const { services } = worker;
  const settings = readSettings(stored);
  return withTenant(services.database, tenant, async (tx) => {
    const rested = async (kind: 'void-pass' | 'payment-pass'): Promise<boolean> => {
      const last = await loadLastFinished(tx, [kind]);
      const since = services.clock.now().getTime() - (last?.requested_at.getTime() ?? 0);
      return since >= services.clock.scaled(PASS_MS);
    };
    const due: ('void-pass' | 'payment-pass')[] = [];
    if (settings['voids.sync'] && (await rested('void-pass'))) due.push('void-pass');
    if (settings['payments.sync'] && (await oldestUnpaid(tx)) !== null && (await rested('payment-pass')))
      due.push('payment-pass');
    return due;
  });
}

const HOUR_MS = 3_600_000;
/** The night of the connection's time zone: from two o'clock on, so that no day that loses or doubles an hour is missed. */
const NIGHT = { from: 2, to: 6 };
/** A machine that sleeps at night reconciles by day, at the latest so long after the last time. */
const OVERDUE_MS = 30 * HOUR_MS;
/** What the night looks at: two months back; and ahead, because invoices may be dated ahead. */
const BACK_DAYS = 62;
const AHEAD_DAYS = 31;

/** The period of the nightly reconciliation when it is due: once a night, when anything was ever posted. */
async function nightlyPeriod(
  worker: Worker,
  tenant: Tenant,
  stored: Readonly<Record<string, unknown>>,
): Promise<{ from: string; to: string } | null> {
  const { services } = worker;
  const timeZone = readSettings(stored)['connection.timeZone'];
  const now = services.clock.now();
  const [last, posted] = await withTenant(
    services.database,
    tenant,
    async (tx) => [await lastRequested(tx, 'reconcile', SCHEDULE), await hasPosted(tx)] as const,
  );
  const since = (at: Date | null): number => (at === null ? Number.POSITIVE_INFINITY : now.getTime() - at.getTime());
  if (!posted || since(last.tried) < services.clock.scaled(HOUR_MS)) return null;
  const hour = hourIn(now.toISOString(), timeZone);
  const isNight = hour >= NIGHT.from && hour < NIGHT.to;
  const rested = since(last.finished);
  const isDue =
    rested >= services.clock.scaled(OVERDUE_MS) || (isNight && rested >= services.clock.scaled(18 * HOUR_MS));
  if (!isDue) return null;
  const today = dateIn(now.toISOString(), timeZone);
  return { from: addDays(today, -BACK_DAYS), to: addDays(today, AHEAD_DAYS) };
}
