/** Runs: what people and schedules ask for is a row here before it is anything else. */
import { sql, type Selectable } from 'kysely';
import type { RunFailure, RunKind, RunOptions, RunProgress, RunRow, RunState } from './tables.ts';
import { isLong, longJson, readLongReport, readLongResult, unlessLong } from './long-text.ts';
import type { TenantTx } from './tenant.ts';

export type Run = Selectable<RunRow>;

const summary = [
  'run_id',
  'kind',
  'state',
  'options',
  'settings_version',
  'requested_by',
  'requested_at',
  'started_at',
  'ended_at',
  'fence',
  'progress',
  'failure',
] as const satisfies readonly (keyof Run)[];

/** A run without what it answered: a report over ten thousand invoices is read for its own sake only. */
export type RunSummary = Pick<Run, (typeof summary)[number]>;

export interface NewRun {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly runId: string;
  readonly kind: RunKind;
  readonly options: RunOptions;
  readonly settingsVersion: number;
  readonly requestedBy: string;
  readonly requestedAt: Date;
}

export async function saveRun(tx: TenantTx, run: NewRun): Promise<void> {
  await tx
    .insertInto('runs')
    .values({
      organization_id: run.organizationId,
      connection_id: run.connectionId,
      run_id: run.runId,
      kind: run.kind,
      state: 'queued',
      options: JSON.stringify(run.options),
      settings_version: run.settingsVersion,
      requested_by: run.requestedBy,
      requested_at: run.requestedAt,
    })
    .execute();
}

/** The run to go on with: one that a dead worker left running comes first, then the oldest that waits. */
export async function loadNextRun(tx: TenantTx): Promise<Run | null> {
  const row = await tx
    .selectFrom('runs')
    .selectAll()
    .where('state', 'in', ['running', 'queued'])
    .orderBy((eb) => eb.case().when('state', '=', 'running').then(0).else(1).end())
    .orderBy('requested_at')
    .orderBy('run_id')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export async function loadRun(tx: TenantTx, runId: string): Promise<Run | null> {
  const row = await tx
    .selectFrom('runs')
    .select(['organization_id', 'connection_id', ...summary])
    .select([
      unlessLong('report').as('report'),
      unlessLong('result').as('result'),
      isLong('report').as('hasLongReport'),
      isLong('result').as('hasLongResult'),
    ])
    .where('run_id', '=', runId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { hasLongReport, hasLongResult, ...run } = row;
  return {
    ...run,
    report: hasLongReport ? await readLongReport(tx, runId) : run.report,
    result: hasLongResult ? await readLongResult(tx, runId) : run.result,
  };
}

export const runKinds = [
  'automatic',
  'sync-now',
  'manual-copy',
  'void-pass',
  'payment-pass',
  'compare-items',
  'copy-items',
  'reactivate',
  'reconcile',
] as const satisfies readonly RunKind[];

const listed = [
  'run_id',
  'kind',
  'state',
  'requested_by',
  'requested_at',
  'started_at',
  'ended_at',
  'progress',
  'failure',
] as const;
export type ListedRun = Pick<Run, (typeof listed)[number]> & { readonly counts: Record<string, number> | null };

/** The newest runs, of one kind or before a moment where asked for; without their reports, which hold every row. */
export function listRuns(
  tx: TenantTx,
  limit: number,
  scope: { readonly kind?: RunKind; readonly before?: Date },
): Promise<ListedRun[]> {
  let query = tx
    .selectFrom('runs')
    .select([...listed, sql<Record<string, number> | null>`report -> 'counts'`.as('counts')])
    .orderBy('requested_at', 'desc')
    .orderBy('run_id')
    .limit(limit);
  if (scope.kind !== undefined) query = query.where('kind', '=', scope.kind);
  if (scope.before !== undefined) query = query.where('requested_at', '<', scope.before);
  return query.execute();
}

/** The newest finished reconciliation of exactly this period that is still kept whole; null when there is none. */
export async function lastReconciliation(tx: TenantTx, from: string, to: string): Promise<RunSummary | null> {
  const row = await tx
    .selectFrom('runs')
    .select(summary)
    .where('kind', '=', 'reconcile')
    .where('state', '=', 'finished')
    .where('result', 'is not', null)
    .where(sql<boolean>`options @> ${JSON.stringify({ from, to })}::jsonb and not options @> '{"findingsOnly": true}'`)
    .orderBy('requested_at', 'desc')
    .orderBy('run_id')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

export const loadRuns = (tx: TenantTx, limit: number): Promise<RunSummary[]> =>
  tx.selectFrom('runs').select(summary).orderBy('requested_at', 'desc').orderBy('run_id').limit(limit).execute();

/** The runs that are begun and not ended: at most one, unless a worker died. */
export async function loadBegun(tx: TenantTx): Promise<Run[]> {
  const rows = await tx.selectFrom('runs').select('run_id').where('state', '=', 'running').orderBy('run_id').execute();
  const runs: Run[] = [];
  for (const { run_id: id } of rows) {
    const run = await loadRun(tx, id);
    if (run !== null) runs.push(run);
  }
  return runs;
}

/** The run to go on with, and since when something waits for a worker: read first, so that what comes meanwhile is not missed. */
export async function loadQueue(
  tx: TenantTx,
  connectionId: string,
): Promise<{ queuedAt: Date | null; run: Run | null }> {
  const waiting = await tx
    .selectFrom('connections')
    .select('queued_at')
    .where('connection_id', '=', connectionId)
    .executeTakeFirst();
  return { queuedAt: waiting?.queued_at ?? null, run: await loadNextRun(tx) };
}

/** Nothing waits any more but `runId`, which is begun, unless something was asked for since the queue was read. */
export async function settleQueue(
  tx: TenantTx,
  seen: { readonly connectionId: string; readonly queuedAt: Date | null; readonly runId: string | null },
): Promise<void> {
  if (seen.queuedAt === null) return;
  await sql`
    update connections set queued_at = null
    where connection_id = ${seen.connectionId} and queued_at = ${seen.queuedAt}
      and not exists (select 1 from runs where state = 'queued' and run_id is distinct from ${seen.runId}::uuid)`.execute(
    tx,
  );
}

/**
 * Begins a run, with the settings as they are now, or goes on with one that was begun, with its own. Answers their version; null
 * when it has been ended.
 */
export async function startRun(tx: TenantTx, runId: string, fence: number, at: Date): Promise<number | null> {
  const { rows } = await sql<{ version: number }>`
    update runs set state = 'running', fence = ${fence}, started_at = coalesce(started_at, ${at}),
      settings_version = case when state = 'running' then settings_version else
        (select max(s.version) from settings_versions s where s.connection_id = runs.connection_id) end
    where run_id = ${runId} and state in ('queued', 'running')
    returning settings_version as version`.execute(tx);
  return rows[0]?.version ?? null;
}

/** A run that makes another copy of one of these invoices, and is not at its end; null when there is none. */
export async function findOverwriteUnderWay(tx: TenantTx, invoiceIds: readonly number[]): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`
    select run_id as id from runs
    where kind = 'manual-copy' and state in ('queued', 'running') and options @> '{"overwrite": true}'
      and ((options ->> 'invoiceId')::bigint = any (${[...invoiceIds]})
        or exists (select 1 from jsonb_array_elements_text(options -> 'invoiceIds') one where one::bigint = any (${[...invoiceIds]})))
    limit 1`.execute(tx);
  return rows[0]?.id ?? null;
}

export async function saveProgress(tx: TenantTx, runId: string, progress: RunProgress): Promise<void> {
  await tx
    .updateTable('runs')
    .set({ progress: JSON.stringify(progress) })
    .where('run_id', '=', runId)
    .execute();
}

export async function endRun(
  tx: TenantTx,
  runId: string,
  end: {
    state: Extract<RunState, 'finished' | 'failed' | 'cleared'>;
    at: Date;
    failure: RunFailure | null;
    report: unknown;
    result?: unknown;
  },
): Promise<boolean> {
  const report = await longJson(tx, 'report', end.report);
  const result = await longJson(tx, 'result', end.result);
  const ended = await tx
    .updateTable('runs')
    .set({
      state: end.state,
      ended_at: end.at,
      progress: null,
      failure: end.failure === null ? null : JSON.stringify(end.failure),
      report,
      result,
    })
    .where('run_id', '=', runId)
    .where('state', 'in', ['queued', 'running'])
    .returning('run_id')
    .execute();
  return ended.length === 1;
}

/** The last finished run of these kinds: what came before it was looked at. */
export async function loadLastFinished(tx: TenantTx, kinds: readonly RunKind[]): Promise<RunSummary | null> {
  const row = await tx
    .selectFrom('runs')
    .select(summary)
    .where('kind', 'in', kinds)
    .where('state', '=', 'finished')
    .orderBy('requested_at', 'desc')
    .orderBy('run_id')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** When a run of this kind was last asked for by this actor, and when last one that came to its end; null when never. */
export async function lastRequested(
  tx: TenantTx,
  kind: RunKind,
  by: string,
): Promise<{ tried: Date | null; finished: Date | null }> {
  const row = await tx
    .selectFrom('runs')
    .select((eb) => [
      eb.fn.max('requested_at').as('tried'),
      eb.fn.max('requested_at').filterWhere('state', '=', 'finished').as('finished'),
    ])
    .where('kind', '=', kind)
    .where('requested_by', '=', by)
    .executeTakeFirst();
  return { tried: row?.tried ?? null, finished: row?.finished ?? null };
}

/**
 * Has an automatic run posted anything and then stopped, since “next batch, then off” was chosen? What it left is the rest of
 * that batch.
 */
export async function hasBegunBatch(tx: TenantTx): Promise<boolean> {
  const { rows } = await sql`
    select 1 from runs r
    where r.kind = 'automatic' and r.state in ('failed', 'cleared')
      and r.settings_version > coalesce((select max(version) from settings_versions s
        where s.connection_id = r.connection_id and coalesce(s.settings ->> 'sync.status', 'paused') <> 'next-batch'), 0)
      and exists (select from transfers t where t.connection_id = r.connection_id
        and t.posted_at between r.started_at and r.ended_at)
    limit 1`.execute(tx);
  return rows.length > 0;
}

export interface Reactivated {
  readonly at: Date;
  readonly kind: 'customer' | 'item';
  readonly quickbooksId: string;
  readonly name: string;
}

/** What was made active again in QuickBooks since a moment. */
export async function loadReactivated(tx: TenantTx, since: Date): Promise<Reactivated[]> {
  const { rows } = await sql<Reactivated>`
    select ended_at as at, result ->> 'kind' as kind, result ->> 'quickbooksId' as "quickbooksId", result ->> 'name' as name
    from runs where kind = 'reactivate' and state = 'finished' and ended_at >= ${since} order by ended_at`.execute(tx);
  return rows;
}

/** Does a run of this kind wait to be worked? */
export async function hasQueued(tx: TenantTx, kind: RunKind): Promise<boolean> {
  const row = await tx
    .selectFrom('runs')
    .select('run_id')
    .where('kind', '=', kind)
    .where('state', '=', 'queued')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** The run that is being worked on, if any: its banner is "An invoice batch is currently in process." */
export async function loadRunning(tx: TenantTx): Promise<RunSummary | null> {
  const row = await tx
    .selectFrom('runs')
    .select(summary)
    .where('state', '=', 'running')
    .orderBy('requested_at')
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}
