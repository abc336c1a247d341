/**
 * What is removed when it is old (docs/operate.md says what and when; the ledger itself never is). Small deletes of at most
 * PRUNE_BATCH rows; each function answers how many rows it took, fewer than a batch when nothing of the kind is left.
 */
import { sql } from 'kysely';
import { audit } from './audit.ts';
import type { Database } from './database.ts';
import { withTenant, type TenantTx } from './tenant.ts';

export const PRUNE_BATCH = 500;

interface Scope {
  readonly connectionId: string;
  /** Exclusive. */
  readonly before: Date;
}

const counted = async (statement: { execute(tx: TenantTx): Promise<{ numAffectedRows?: bigint }> }, tx: TenantTx) =>
  Number((await statement.execute(tx)).numAffectedRows ?? 0n);

/** Mails that were sent, failed or kept; one that still waits to be sent stays. */
export const pruneMails = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`delete from outbox where mail_id in (
      select mail_id from outbox
      where connection_id = ${connectionId} and created_at < ${before} and state <> 'queued'
      order by created_at limit ${PRUNE_BATCH})`,
    tx,
  );

/** Nothing of the ledger and no mail names the run, and a later one of its kind came to its end (the schedule looks at that one). */
const unnamed = (connectionId: string, before: Date) => sql`
  r.connection_id = ${connectionId} and r.requested_at < ${before}
  and not exists (select from batches b where b.run_id = r.run_id)
  and not exists (select from transfers t where t.run_id = r.run_id)
  and not exists (select from outbox o where o.run_id = r.run_id)
  and exists (select from runs later where later.connection_id = ${connectionId} and later.kind = r.kind
    and later.requested_by = r.requested_by and later.state = 'finished' and later.requested_at > r.requested_at)`;

/** Scheduled runs that changed nothing: most of all runs there are. */
export const pruneIdleRuns = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`delete from runs where run_id in (
      select run_id from runs r
      where ${unnamed(connectionId, before)} and r.state = 'finished' and r.requested_by = 'schedule'
        and r.kind in ('automatic', 'void-pass', 'payment-pass')
        and coalesce((r.report -> 'counts' ->> 'posted')::integer, 0) + coalesce((r.report -> 'counts' ->> 'voided')::integer, 0)
          + coalesce((r.report -> 'counts' ->> 'paid')::integer, 0) = 0
      order by r.requested_at limit ${PRUNE_BATCH})`,
    tx,
  );

/** Ended runs of any kind; one that the ledger names keeps its row and loses its report (see pruneReports). */
export const pruneRuns = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`delete from runs where run_id in (
      select run_id from runs r
      where ${unnamed(connectionId, before)} and r.state in ('finished', 'failed', 'cleared')
      order by r.requested_at limit ${PRUNE_BATCH})`,
    tx,
  );

export const pruneReports = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`update runs set report = null, result = null where run_id in (
      select run_id from runs
      where connection_id = ${connectionId} and requested_at < ${before} and state in ('finished', 'failed', 'cleared')
        and (report is not null or result is not null)
      order by requested_at limit ${PRUNE_BATCH})`,
    tx,
  );

/** Problems that were closed. An open one stays however old it is. */
export const pruneProblems = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`delete from problem_log where problem_id in (
      select problem_id from problem_log
      where connection_id = ${connectionId} and closed_at < ${before}
      order by closed_at limit ${PRUNE_BATCH})`,
    tx,
  );

/** QuickBooks' own words on invoices that are at rest; ids, numbers and amounts are columns and stay. */
export const pruneReplies = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`update transfers set reply = null where transfer_id in (
      select transfer_id from transfers
      where connection_id = ${connectionId} and changed_at < ${before} and reply is not null
        and state in ('written_back', 'voided', 'skipped')
      order by changed_at limit ${PRUNE_BATCH})`,
    tx,
  );

export const pruneUsage = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`delete from vendor_usage where connection_id = ${connectionId} and (vendor, hour) in (
      select vendor, hour from vendor_usage where connection_id = ${connectionId} and hour < ${before} limit ${PRUNE_BATCH})`,
    tx,
  );

export const pruneAlerts = (tx: TenantTx, { connectionId, before }: Scope): Promise<number> =>
  counted(
    sql`delete from alerts where connection_id = ${connectionId} and cause in (
      select cause from alerts where connection_id = ${connectionId} and told_at < ${before} limit ${PRUNE_BATCH})`,
    tx,
  );

/** The history of invoices that are at rest, but for each one's last line: its state can always be read from there. */
export async function pruneHistory(tx: TenantTx, { before }: Scope): Promise<number> {
  const { rows } = await sql<{ gone: number }>`
    select prune_transfer_events(${before}::timestamptz, ${PRUNE_BATCH}) as gone`.execute(tx);
  return rows[0]?.gone ?? 0;
}

/**
 * Takes the beginning of one audit chain away, after a line of the same chain has said how far and with which hash it
 * ended: verification goes on from there. `before` should be the first of a month, so that there is one such line a month.
 */
export async function pruneAudit(
  tx: TenantTx,
  scope: { organizationId: string; connectionId: string | null; at: Date; before: Date },
): Promise<number> {
  const { organizationId, connectionId, before } = scope;
  const rows = await tx
    .selectFrom('audit_log')
    .select(['audit_number', 'hash', 'at', 'action'])
    .where('organization_id', '=', organizationId)
    .where('connection_id', connectionId === null ? 'is' : '=', connectionId)
    .orderBy('audit_number')
    .limit(PRUNE_BATCH)
    .execute();
  const kept = rows.findIndex((row) => row.at >= before);
  const old = kept === -1 ? rows : rows.slice(0, kept);
  const [first, last] = [old[0], old.at(-1)];
  // A line about pruning alone is not worth another one.
  if (first === undefined || last === undefined || old.every((row) => row.action === 'audit-pruned')) return 0;
  const detail = {
    lines: old.length,
    from: first.at.toISOString(),
    to: last.at.toISOString(),
    through: last.audit_number,
    hash: last.hash,
  };
  await audit(tx, scope, { actor: 'retention', action: 'audit-pruned', subject: 'audit log', detail });
  const gone = await sql<{ gone: number }>`
    select prune_audit_log(${connectionId}::uuid, ${last.audit_number}::bigint) as gone`.execute(tx);
  return gone.rows[0]?.gone ?? 0;
}

export interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

const ofOrganization = ['audit_log'] as const;
const ofConnections = [
  'transfers',
  'batches',
  'batch_members',
  'transfer_events',
  'runs',
  'outbox',
  'problem_log',
  'links',
  'creations',
  'quickbooks_rows',
  'autotask_rows',
  'vendor_usage',
] as const;

/**
 * How many rows an organization has in all its connections, removed ones too, and how many bytes the whole table takes with its
 * indexes (of all tenants). Largest first.
 */
export async function loadSizes(database: Database, organizationId: string): Promise<TableSize[]> {
  const sizes = new Map<string, TableSize>();
  const add = ({ table, rows, bytes }: TableSize): void =>
    void sizes.set(table, { table, rows: rows + (sizes.get(table)?.rows ?? 0), bytes });
  const ids = await withTenant(database, { organizationId }, async (tx) => {
    for (const table of ofOrganization) add(await sizeOf(tx, table));
    return tx.selectFrom('connections').select('connection_id').execute();
  });
  for (const { connection_id: connectionId } of ids)
    await withTenant(database, { organizationId, connectionId }, async (tx) => {
      for (const table of ofConnections) add(await sizeOf(tx, table));
    });
  return [...sizes.values()].toSorted((a, b) => b.bytes - a.bytes);
}

async function sizeOf(tx: TenantTx, table: string): Promise<TableSize> {
  const { rows } = await sql<{ rows: number; bytes: number }>`
    select count(*) as rows, pg_total_relation_size(${table}::regclass) as bytes from ${sql.table(table)}`.execute(tx);
  return { table, rows: rows[0]?.rows ?? 0, bytes: rows[0]?.bytes ?? 0 };
}
