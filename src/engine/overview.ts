/** What a person wants to know first: what moved this month, how much of the vendors' quotas is used, how the last run ended. */
import { dateIn } from '../core/dates.ts';
import { loadUsage } from '../store/batches.ts';
import type { Connection } from '../store/connections.ts';
import { countWaiting, loadLastPosted, loadMoved, type MovedDay } from '../store/overview.ts';
import { listRuns, loadRuns, type ListedRun, type Run } from '../store/runs.ts';
import { withTenant } from '../store/tenant.ts';
import { countByState } from '../store/transfers.ts';
import { showSettings } from './connecting.ts';
import type { Tenant } from './lease.ts';
import type { Services } from './services.ts';
import { runView, tenantOf } from './views.ts';

/** Half of what Autotask allows in an hour is ours; the rest is left to the tenant's other integrations (facts/autotask.md 3). */
const AUTOTASK_HOUR = 5_000;
/** Metered reads of Intuit's free tier in a month, of all connections of one Intuit app together (facts/goals.md 7). */
const QUICKBOOKS_MONTH = 500_000;
const HOUR_MS = 3_600_000;
const RUNS = 50;

export interface Overview {
  readonly month: string;
  readonly moved: readonly MovedDay[];
  readonly states: Readonly<Record<string, number>>;
  readonly quotas: readonly { vendor: string; what: string; used: number; limit: number }[];
  readonly lastRun: (ReturnType<typeof runView> & { posted: number; waiting: number }) | null;
  /** The newest run that brought something to QuickBooks: the last one often finds nothing new. */
  readonly lastPosted: { id: string; endedAt: string; posted: number } | null;
}

export async function overviewOf(services: Services, tenant: Tenant): Promise<Overview> {
  await services.clock.follow();
  const now = services.clock.now();
  const { settings } = await showSettings(services, tenant);
  const timeZone = settings['connection.timeZone'] ?? 'UTC';
  const first = `${dateIn(now.toISOString(), timeZone).slice(0, 7)}-01`;
  return withTenant(services.database, tenant, async (tx) => {
    const usage = await loadUsage(tx, new Date(`${first}T00:00:00Z`));
    const thisHour = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
    const calls = usage.filter((row) => row.vendor === 'Autotask' && row.hour.getTime() === thisHour);
    const reads = usage.filter((row) => row.vendor === 'QuickBooks');
    const last = (await listRuns(tx, RUNS, {})).find((run) => run.ended_at !== null && isTransferRun(run));
    const posted = await loadLastPosted(tx);
    return {
      month: first.slice(0, 7),
      moved: await loadMoved(tx, first, timeZone),
      states: Object.fromEntries(await countByState(tx)),
      quotas: [
        {
          vendor: 'Autotask',
          what: 'calls this hour',
          used: calls.reduce((sum, row) => sum + row.calls, 0),
          limit: AUTOTASK_HOUR,
        },
        {
          vendor: 'QuickBooks',
          what: 'metered reads this month',
          used: reads.reduce((sum, row) => sum + row.metered_reads, 0),
          limit: QUICKBOOKS_MONTH,
        },
      ],
      lastRun: last === undefined ? null : { ...runView(last), ...countsOf(last) },
      lastPosted: posted === null ? null : { ...posted, endedAt: posted.endedAt.toISOString() },
    };
  });
}

const isTransferRun = (run: Pick<Run, 'kind'>): boolean => ['automatic', 'sync-now', 'manual-copy'].includes(run.kind);

/** What it posted, and what waited for a person at its end. */
const countsOf = ({ counts }: ListedRun): { posted: number; waiting: number } => ({
  posted: counts?.['posted'] ?? 0,
  waiting: counts?.['needsPerson'] ?? 0,
});

/** For the overview of many connections: the last run and what waits there. */
export async function connectionGlance(
  services: Services,
  connection: Connection,
): Promise<{ lastRunAt: string | null; lastRunState: string | null; waitingCauses: number; waitingInvoices: number }> {
  return withTenant(services.database, tenantOf(connection), async (tx) => {
    const last = (await loadRuns(tx, RUNS)).find(isTransferRun) ?? null;
    const waiting = await countWaiting(tx);
    return {
      lastRunAt: (last?.ended_at ?? last?.started_at)?.toISOString() ?? null,
      lastRunState: last?.state ?? null,
      waitingCauses: waiting.causes,
      waitingInvoices: waiting.invoices,
    };
  });
}
