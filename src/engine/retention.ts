/**
 * The daily pass that removes what is old. The ledger (transfers, their drafts and numbers, intents, links, creations) is
 * never touched: the four lines of defence read it. Works as the connection's one writer, in small transactions; a run that
 * a person asks for meanwhile waits for a few seconds at most, because a pass ends early and goes on at the next wake-up.
 */
import {
  PRUNE_BATCH,
  pruneAlerts,
  pruneAudit,
  pruneHistory,
  pruneIdleRuns,
  pruneMails,
  pruneProblems,
  pruneReplies,
  pruneReports,
  pruneRuns,
  pruneUsage,
} from '../store/retention.ts';
import { loadConnection, updateConnection } from '../store/connections.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import { LeaseLost, takeLease, type Lease, type Tenant } from './lease.ts';
import type { Services } from './services.ts';

const DAY_MS = 86_400_000;
/** Mails, QuickBooks' raw replies: what people look at for a while, and the bulk of the bytes. */
export const BULK_DAYS = 90;
/** Scheduled runs that changed nothing. */
export const IDLE_DAYS = 30;
/** Transactions of one kind in one pass; what is left comes at the next wake-up. */
const BATCHES_MAX = 20;

/** How many rows of each kind a pass took; `isWhole` when nothing is left. */
export interface Pruned {
  readonly taken: Readonly<Record<string, number>>;
  readonly isWhole: boolean;
}

/** Is the day over since the last whole pass (for a new connection: since it was made)? Instants by the database's clock. */
export const isRetentionDue = (services: Services, row: { pruned_at: Date | null; created_at: Date }): boolean =>
  services.clock.now().getTime() - (row.pruned_at ?? row.created_at).getTime() >= services.clock.scaled(DAY_MS);

/** The pass when it is due and the connection free; its troubles never stop what it came beside. */
export async function pruneWhenDue(services: Services, tenant: Tenant): Promise<void> {
  const row = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  if (row !== null && isRetentionDue(services, row)) await pruneQuietly(services, tenant);
}

/** @see pruneWhenDue, for who knows already that it is due */
export async function pruneQuietly(services: Services, tenant: Tenant): Promise<void> {
  try {
    await prune(services, tenant);
  } catch (error) {
    services.log.warn(
      { connectionId: tenant.connectionId, error: error instanceof Error ? error.message : 'unknown' },
      'retention stopped; it goes on at the next wake-up',
    );
  }
}

/** One pass over a connection, and over the lines of its organization's log that are no connection's; null when it is busy. */
export async function prune(services: Services, tenant: Tenant): Promise<Pruned | null> {
  const lease = await takeLease(services, tenant, 'retention');
  if (lease === null) return null;
  try {
    const pruned = await pruneUnder(services, lease);
    const total = Object.values(pruned.taken).reduce((sum, one) => sum + one, 0);
    if (total > 0) services.log.info({ connectionId: tenant.connectionId, ...pruned.taken }, 'retention');
    return pruned;
  } catch (error) {
    if (error instanceof LeaseLost) return null;
    throw error;
  } finally {
    await lease.release().catch(() => undefined);
  }
}

async function pruneUnder(services: Services, lease: Lease): Promise<Pruned> {
  const { connectionId, organizationId } = lease.tenant;
  const at = services.clock.now();
  const daysAgo = (days: number): Date => new Date(at.getTime() - days * DAY_MS);
  const long = daysAgo(services.config.retentionDays);
  const month = new Date(Date.UTC(long.getUTCFullYear(), long.getUTCMonth(), 1));
  const steps: readonly [
    string,
    Date,
    (tx: TenantTx, scope: { connectionId: string; before: Date }) => Promise<number>,
  ][] = [
    ['mails', daysAgo(BULK_DAYS), pruneMails],
    ['replies', daysAgo(BULK_DAYS), pruneReplies],
    ['idleRuns', daysAgo(IDLE_DAYS), pruneIdleRuns],
    ['runs', long, pruneRuns],
    ['reports', long, pruneReports],
    ['problems', long, pruneProblems],
    ['history', long, pruneHistory],
    ['usage', long, pruneUsage],
    ['alerts', long, pruneAlerts],
    ['audit', month, (tx, { before }) => pruneAudit(tx, { organizationId, connectionId, at, before })],
  ];
  const taken: Record<string, number> = {};
  let isWhole = true;
  const inBatches = async (name: string, batch: () => Promise<number>): Promise<void> => {
    for (let count = 1; count <= BATCHES_MAX; count += 1) {
      const gone = await batch();
      taken[name] = (taken[name] ?? 0) + gone;
      if (gone < PRUNE_BATCH) return;
    }
    isWhole = false;
  };
  for (const [name, before, step] of steps)
    await inBatches(name, () => lease.write((tx) => step(tx, { connectionId, before })));
  // The organization's own chain; of two passes at once one waits for its turn at the chain, and finds nothing left.
  await inBatches('auditOfOrganization', () =>
    withTenant(services.database, { organizationId }, (tx) =>
      pruneAudit(tx, { organizationId, connectionId: null, at, before: month }),
    ),
  );
  if (isWhole) await lease.write((tx) => updateConnection(tx, connectionId, { pruned_at: at }));
  return { taken, isWhole };
}
