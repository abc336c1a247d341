/** The error log: one open row per transfer and cause, with first and last time seen and how often. And the audit log. */
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Problem } from '../core/problem.ts';
import type { ProblemLogRow } from './tables.ts';
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
  const unique = [...new Map(occurrences.map((one) => [`${one.transferId ?? ''} ${one.problem.code}`, one])).values()];
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

/** Writes a line of the audit log; `detail` holds no secret. */
export async function audit(
  tx: TenantTx,
  scope: { organizationId: string; connectionId: string | null; at: Date },
  entry: { actor: string; action: string; subject: string; detail: unknown },
): Promise<void> {
  await tx
    .insertInto('audit_log')
    .values({
      organization_id: scope.organizationId,
      connection_id: scope.connectionId,
      at: scope.at,
      actor: entry.actor,
      action: entry.action,
      subject: entry.subject,
      detail: JSON.stringify(entry.detail),
    })
    .execute();
}
