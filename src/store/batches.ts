/**
 * Sendings: the intent of every write to QuickBooks, committed with its exact bytes before anything leaves
 * (design.md section 3, line 1). A row is never sent twice: what follows an unknown outcome is a look-up.
 */
import { sql } from 'kysely';
import type { BatchEndpoint, BatchState } from './tables.ts';
import type { TenantTx } from './tenant.ts';

export interface NewBatch {
  readonly batchId: string;
  readonly runId: string;
  readonly endpoint: BatchEndpoint;
  readonly allowDuplicateNumber: boolean;
  readonly requestId: string;
  readonly body: string;
  readonly fence: number;
  readonly committedAt: Date;
  readonly sendBy: Date;
  readonly members: readonly BatchMember[];
}

export interface BatchMember {
  readonly bId: string;
  readonly transferId: string | null;
  readonly creationId: string | null;
  readonly generation: number;
}

export async function saveBatch(
  tx: TenantTx,
  scope: { organizationId: string; connectionId: string },
  batch: NewBatch,
): Promise<void> {
  const tenant = { organization_id: scope.organizationId, connection_id: scope.connectionId };
  await tx
    .insertInto('batches')
    .values({
      ...tenant,
      batch_id: batch.batchId,
      run_id: batch.runId,
      endpoint: batch.endpoint,
      allow_duplicate_number: batch.allowDuplicateNumber,
      request_id: batch.requestId,
      body: batch.body,
      members: batch.members.length,
      fence: batch.fence,
      state: 'committed',
      committed_at: batch.committedAt,
      send_by: batch.sendBy,
    })
    .execute();
  if (batch.members.length === 0) return;
  await tx
    .insertInto('batch_members')
    .values(
      batch.members.map((member) => ({
        ...tenant,
        batch_id: batch.batchId,
        b_id: member.bId,
        transfer_id: member.transferId,
        creation_id: member.creationId,
        generation: member.generation,
      })),
    )
    .execute();
}

/** Records how a sending ended. The body is dropped once its outcome is certain: the transfers keep their own drafts. */
export async function endBatch(
  tx: TenantTx,
  end: {
    batchId: string;
    state: Exclude<BatchState, 'committed'>;
    endedAt: Date;
    reference: string | null;
    detail: string | null;
  },
): Promise<void> {
  await tx
    .updateTable('batches')
    .set({
      state: end.state,
      ended_at: end.endedAt,
      reference: end.reference,
      detail: end.detail,
      ...(end.state === 'unknown' ? {} : { body: '' }),
    })
    .where('batch_id', '=', end.batchId)
    .execute();
}

/** Sendings that a dead worker left open: whether they left the machine cannot be known. */
export const loadOpenBatches = (tx: TenantTx) =>
  tx
    .selectFrom('batches')
    .selectAll()
    .where('state', '=', 'committed')
    .orderBy('committed_at')
    .orderBy('batch_id')
    .execute();

/** When batches were sent since `since`: a new process counts them against QuickBooks' 40 a minute. */
export async function loadBatchTimes(tx: TenantTx, since: Date): Promise<Date[]> {
  const rows = await tx
    .selectFrom('batches')
    .select('committed_at')
    .where('committed_at', '>=', since)
    .where('state', '<>', 'not-sent')
    .where('endpoint', '=', 'batch')
    .orderBy('committed_at')
    .execute();
  return rows.map((row) => row.committed_at);
}

/** Calls by vendor and hour since then. */
export const loadUsage = (
  tx: TenantTx,
  since: Date,
): Promise<{ vendor: string; hour: Date; calls: number; metered_reads: number }[]> =>
  tx
    .selectFrom('vendor_usage')
    .select(['vendor', 'hour', 'calls', 'metered_reads'])
    .where('hour', '>=', since)
    .orderBy('hour')
    .orderBy('vendor')
    .execute();

/** Adds to the hour's count of calls and metered reads. */
export async function countUsage(
  tx: TenantTx,
  scope: { organizationId: string; connectionId: string },
  usage: { vendor: 'Autotask' | 'QuickBooks'; hour: Date; calls: number; meteredReads: number },
): Promise<void> {
  await sql`
    insert into vendor_usage (organization_id, connection_id, vendor, hour, calls, metered_reads)
    values (${scope.organizationId}, ${scope.connectionId}, ${usage.vendor}, ${usage.hour}, ${usage.calls}, ${usage.meteredReads})
    on conflict (connection_id, vendor, hour) do update
      set calls = vendor_usage.calls + excluded.calls, metered_reads = vendor_usage.metered_reads + excluded.metered_reads`.execute(
    tx,
  );
}
