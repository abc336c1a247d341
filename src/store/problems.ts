/** The error log: one open row per transfer and cause, with first and last time seen and how often. */
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { remedyOfAll, type Problem } from '../core/problem.ts';
import { leavingStates } from '../core/report.ts';
import { once } from '../core/rows.ts';
import type { ProblemLogRow, RunKind } from './tables.ts';
import type { TenantTx } from './tenant.ts';

interface Scope {
  readonly organizationId: string;
  readonly connectionId: string;
  readonly at: Date;
}

export type LoggedProblem = Selectable<ProblemLogRow>;

export interface ProblemOccurrence {
  readonly problemId: string;
  readonly transferId: string | null;
  readonly invoiceId: number | null;
  readonly problem: Problem;
  readonly reference: string | null;
}

/** Opens problems, or counts another occurrence of those that are open. */
export async function logProblems(
  tx: TenantTx,
  scope: Scope & { runId: string | null },
  occurrences: readonly ProblemOccurrence[],
): Promise<void> {
  const unique = once(occurrences, (one) => `${one.transferId ?? ''} ${one.problem.code}`);
  if (unique.length === 0) return;
  const rows = unique.map(({ problem, ...one }) => ({ ...one, ...problem }));
  await sql`
    insert into problem_log (organization_id, connection_id, problem_id, transfer_id, autotask_invoice_id, run_id, code, who, text, remedy, facts, reference, first_seen, last_seen, occurrences)
    select ${scope.organizationId}, ${scope.connectionId}, x."problemId", x."transferId", x."invoiceId", ${scope.runId}, x.code, x.who, x.text, x.remedy, x.facts, x.reference, ${scope.at}, ${scope.at}, 1
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as x("problemId" uuid, "transferId" uuid, "invoiceId" bigint, code text, who text, text text, remedy text, facts jsonb, reference text)
    on conflict (connection_id, coalesce(transfer_id, '00000000-0000-0000-0000-000000000000'::uuid), code) where closed_at is null do update
      set last_seen = excluded.last_seen, occurrences = problem_log.occurrences + 1, run_id = excluded.run_id,
        text = excluded.text, remedy = excluded.remedy, facts = excluded.facts, reference = coalesce(excluded.reference, problem_log.reference)`.execute(
    tx,
  );
}

/** Closes the open problems of transfers, but for the codes that are still there. */
export async function closeProblems(
  tx: TenantTx,
  at: Date,
  still: readonly { transferId: string; codes: readonly string[] }[],
): Promise<void> {
  if (still.length === 0) return;
  await sql`
    update problem_log p set closed_at = ${at}
    from jsonb_to_recordset(${JSON.stringify(still)}::jsonb) as x("transferId" uuid, codes jsonb)
    where p.transfer_id = x."transferId" and p.closed_at is null and not (x.codes ? p.code)`.execute(tx);
}

/** Closes an open problem of the connection itself, such as a run that stopped. */
export async function closeConnectionProblems(tx: TenantTx, at: Date, code: string): Promise<void> {
  await tx
    .updateTable('problem_log')
    .set({ closed_at: at })
    .where('transfer_id', 'is', null)
    .where('code', '=', code)
    .where('closed_at', 'is', null)
    .execute();
}

/** Closes the stop that the error log has open where a run of one of these kinds stopped last. */
export async function closeStops(tx: TenantTx, at: Date, kinds: readonly RunKind[]): Promise<void> {
  await tx
    .updateTable('problem_log')
    .set({ closed_at: at })
    .where('code', '=', 'run-stopped')
    .where('closed_at', 'is', null)
    .where('run_id', 'in', (eb) => eb.selectFrom('runs').select('run_id').where('kind', 'in', kinds))
    .execute();
}

/** Did an obstacle that a person should know come up since then? */
export async function hasNewProblem(tx: TenantTx, since: Date): Promise<boolean> {
  const row = await tx
    .selectFrom('problem_log')
    .select('problem_id')
    .where('first_seen', '>=', since)
    .where('who', '<>', 'nobody')
    .where('code', '<>', 'run-stopped')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export const loadProblems = (tx: TenantTx, options: { openOnly: boolean; limit: number }): Promise<LoggedProblem[]> => {
  let query = tx.selectFrom('problem_log').selectAll();
  if (options.openOnly) query = query.where('closed_at', 'is', null);
  return query.orderBy('last_seen', 'desc').orderBy('problem_id').limit(options.limit).execute();
};

export async function loadProblem(tx: TenantTx, problemId: string): Promise<LoggedProblem | null> {
  return (
    (await tx.selectFrom('problem_log').selectAll().where('problem_id', '=', problemId).executeTakeFirst()) ?? null
  );
}

/** One cause with everything that waits for it; causes are told apart by code and sentence. */
export interface Cause {
  /** Short, and stable while the sentence is the same. */
  readonly id: string;
  readonly code: string;
  readonly who: string;
  readonly text: string;
  readonly remedy: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly invoices: readonly number[];
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly occurrences: number;
  /** All that waits for it are copies, which somebody asked for beside an invoice that is in QuickBooks already. */
  readonly ofCopies: boolean;
  /** When the oldest invoice that waits for it was made in Autotask; null where that is not known, or for copies. */
  readonly oldest: Date | null;
}

/** What is on hold waits for its release alone: whatever else was the matter with it counts again when it is released. */
const counts = sql`p.closed_at is null and (p.code = 'on-hold' or not exists (select from problem_log h
  where h.transfer_id = p.transfer_id and h.code = 'on-hold' and h.closed_at is null))`;

const causeId = sql`left(encode(sha256(convert_to(code || ' ' || text, 'UTF8')), 'hex'), 12)`;

/** The transfers that wait for a cause, by its id. */
export const transfersBehind = (id: string) =>
  sql`select p.transfer_id from problem_log p where ${counts} and ${causeId} = ${id}`;

/** The open problems by cause, those with most invoices first. */
export async function loadCauses(tx: TenantTx): Promise<Cause[]> {
  const rows = await sql<{
    id: string;
    code: string;
    who: string;
    text: string;
    remedy: string;
    differs: boolean;
    facts: Record<string, string>;
    invoices: string[];
    first_seen: Date;
    last_seen: Date;
    occurrences: string;
    of_copies: boolean;
    oldest: Date | null;
  }>`
    select ${causeId} as id, code, text, (array_agg(who order by last_seen desc, problem_id))[1] as who,
      (array_agg(remedy order by last_seen desc, problem_id))[1] as remedy, count(distinct remedy) > 1 as differs,
      (array_agg(facts order by last_seen desc, problem_id))[1] as facts,
      coalesce(array_agg(distinct autotask_invoice_id::text) filter (where autotask_invoice_id is not null), '{}') as invoices,
      min(first_seen) as first_seen, max(last_seen) as last_seen, sum(occurrences)::text as occurrences,
      bool_and(transfer_id is not null and exists (select from transfers t where t.transfer_id = p.transfer_id and t.copy_number > 0)) as of_copies,
      min((select t.source_created_at from transfers t where t.transfer_id = p.transfer_id and t.copy_number = 0
        and t.state = any (${[...leavingStates]}))) as oldest
    from problem_log p where ${counts}
    group by code, text
    order by count(distinct autotask_invoice_id) desc, code, text`.execute(tx);
  return rows.rows.map((row) => ({
    id: row.id,
    code: row.code,
    who: row.who,
    text: row.text,
    remedy: row.differs ? remedyOfAll(row) : row.remedy,
    facts: row.facts,
    invoices: row.invoices.map(Number).sort((a, b) => a - b),
    firstSeen: row.first_seen,
    lastSeen: row.last_seen,
    occurrences: Number(row.occurrences),
    ofCopies: row.of_copies,
    oldest: row.oldest,
  }));
}

/** Closes every open problem of a code and sentence: the cause is decided. */
export async function closeCause(tx: TenantTx, at: Date, cause: { code: string; text: string }): Promise<void> {
  await tx
    .updateTable('problem_log')
    .set({ closed_at: at })
    .where('code', '=', cause.code)
    .where('text', '=', cause.text)
    .where('closed_at', 'is', null)
    .execute();
}

/** May this cause be told now? At most once in `everyMs`; what is kept back is counted and told with the next. */
export async function claimAlert(
  tx: TenantTx,
  scope: Scope,
  cause: string,
  everyMs: number,
): Promise<{ tell: boolean; suppressed: number; lastTold: Date | null }> {
  const before = await tx.selectFrom('alerts').selectAll().where('cause', '=', cause).executeTakeFirst();
  const tell = before === undefined || scope.at.getTime() - before.told_at.getTime() >= everyMs;
  const values = tell
    ? { told_at: scope.at, suppressed: 0 }
    : { told_at: before.told_at, suppressed: before.suppressed + 1 };
  await tx
    .insertInto('alerts')
    .values({ organization_id: scope.organizationId, connection_id: scope.connectionId, cause, ...values })
    .onConflict((oc) => oc.columns(['connection_id', 'cause']).doUpdateSet(values))
    .execute();
  return { tell, suppressed: tell ? (before?.suppressed ?? 0) : 0, lastTold: before?.told_at ?? null };
}
