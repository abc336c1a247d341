/** Customers and items that a run creates in QuickBooks: intents with the same care as invoices. */
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { Problem } from '../core/problem.ts';
import { once } from '../core/rows.ts';
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
  if (wanted.length === 0) return;
  const rows = once(wanted, (one) => `${one.kind} ${one.sourceKey}`);
  await sql`
    insert into creations (organization_id, connection_id, creation_id, kind, source_key, name, body, state, changed_at)
    select ${scope.organizationId}, ${scope.connectionId}, x."creationId", x.kind, x."sourceKey", x.name, x.body, 'ready', ${scope.at}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as x("creationId" uuid, kind text, "sourceKey" text, name text, body text)
    on conflict (connection_id, kind, source_key) do update
      set name = excluded.name, body = excluded.body, state = 'ready', problem = null, changed_at = excluded.changed_at,
        generation = creations.generation + case when creations.state = 'ready' then 0 else 1 end
      where creations.state in ('ready', 'parked', 'done')`.execute(tx);
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

/** Moves intents, each at most once; throws when one of them is not in the state that the caller saw. */
export async function moveCreations(tx: TenantTx, moves: readonly CreationMove[], at: Date): Promise<void> {
  if (moves.length === 0) return;
  const wanted = moves.map(({ creationId, from, to, set }) => ({ creationId, from, to, ...set }));
  const { rows } = await sql<{ creation_id: string }>`
    update creations c
    set state = x."to", changed_at = ${at}, batch_id = coalesce(x."batchId", c.batch_id), send_by = coalesce(x."sendBy", c.send_by),
      generation = coalesce(x.generation, c.generation), quickbooks_id = coalesce(x."quickbooksId", c.quickbooks_id),
      problem = coalesce(x.problem, c.problem)
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x("creationId" uuid, "from" text, "to" text, "batchId" uuid,
      "sendBy" timestamptz, generation integer, "quickbooksId" text, problem jsonb)
    where c.creation_id = x."creationId" and c.state = x."from"
    returning c.creation_id`.execute(tx);
  if (rows.length === moves.length) return;
  const moved = new Set(rows.map((row) => row.creation_id));
  const left = moves.find((move) => !moved.has(move.creationId));
  throw new Error(`creation ${left?.creationId ?? ''} is no longer ${left?.from ?? ''}`);
}
