/** Customers and items that a run creates in QuickBooks: intents with the same care as invoices. */
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Problem } from '../core/problem.ts';
import type { CreationRow, CreationState } from './tables.ts';
import type { TenantTx } from './tenant.ts';

export type Creation = Selectable<CreationRow>;

export interface WantedCreation {
  readonly creationId: string;
  readonly kind: 'customer' | 'item';
  readonly sourceKey: string;
  readonly name: string;
  readonly body: string;
}

/**
 * Makes or renews the intents. One that is on its way (posting, verifying) is frozen; one that is done or parked starts
 * anew only because the mapping asks for the name again, which it does only when no such row is in QuickBooks.
 */
export async function saveCreations(
  tx: TenantTx,
  scope: { organizationId: string; connectionId: string; at: Date },
  wanted: readonly WantedCreation[],
): Promise<void> {
  for (const one of wanted) {
    await sql`
      insert into creations (organization_id, connection_id, creation_id, kind, source_key, name, body, state, changed_at)
      values (${scope.organizationId}, ${scope.connectionId}, ${one.creationId}, ${one.kind}, ${one.sourceKey}, ${one.name}, ${one.body}, 'ready', ${scope.at})
      on conflict (connection_id, kind, source_key) do update
        set name = excluded.name, body = excluded.body, state = 'ready', problem = null, changed_at = excluded.changed_at,
          generation = creations.generation + case when creations.state = 'ready' then 0 else 1 end
        where creations.state in ('ready', 'parked', 'done')`.execute(tx);
  }
}

export const loadCreationsIn = (tx: TenantTx, states: readonly CreationState[]): Promise<Creation[]> =>
  tx.selectFrom('creations').selectAll().where('state', 'in', states).orderBy('kind').orderBy('source_key').execute();

/** Intents by what they are kept by; two kinds may share a key. */
export const loadCreationsOf = async (tx: TenantTx, sourceKeys: readonly string[] | 'all'): Promise<Creation[]> => {
  if (sourceKeys.length === 0) return [];
  const query = tx.selectFrom('creations').selectAll().orderBy('kind').orderBy('source_key');
  return (sourceKeys === 'all' ? query : query.where('source_key', 'in', sourceKeys)).execute();
};

export interface CreationMove {
  readonly creationId: string;
  readonly from: CreationState;
  readonly to: CreationState;
  readonly set: { batchId?: string; sendBy?: Date; generation?: number; quickbooksId?: string; problem?: Problem };
}

/** Moves one intent; throws when it is not in the state that the caller saw. */
export async function moveCreation(tx: TenantTx, move: CreationMove, at: Date): Promise<void> {
  const moved = await tx
    .updateTable('creations')
    .set({
      state: move.to,
      changed_at: at,
      ...(move.set.batchId === undefined ? {} : { batch_id: move.set.batchId }),
      ...(move.set.sendBy === undefined ? {} : { send_by: move.set.sendBy }),
      ...(move.set.generation === undefined ? {} : { generation: move.set.generation }),
      ...(move.set.quickbooksId === undefined ? {} : { quickbooks_id: move.set.quickbooksId }),
      ...(move.set.problem === undefined ? {} : { problem: JSON.stringify(move.set.problem) }),
    })
    .where('creation_id', '=', move.creationId)
    .where('state', '=', move.from)
    .returning('creation_id')
    .execute();
  if (moved.length !== 1) throw new Error(`creation ${move.creationId} is no longer ${move.from}`);
}
