/**
 * One writer per connection. The lease row alone is the authority: a worker writes only while it holds the newest fence,
 * and every state change of the engine renews or checks it in its own transaction. No statement here waits for a lock.
 */
import { sql } from 'kysely';
import type { LeaseRow } from './tables.ts';
import type { TenantTx } from './tenant.ts';

export interface LeaseClaim {
  readonly connectionId: string;
  readonly holder: string;
  readonly purpose: string;
  readonly now: Date;
  readonly expiresAt: Date;
}

/** Takes a free or expired lease; answers the new fencing token, or null when somebody else has it (or is taking it). */
export async function claimLease(tx: TenantTx, claim: LeaseClaim): Promise<number | null> {
  const taken = await sql<{ fence: number }>`
    with free as (
      select connection_id from leases
      where connection_id = ${claim.connectionId} and (holder is null or expires_at <= ${claim.now})
      for update skip locked
    )
    update leases set fence = leases.fence + 1, holder = ${claim.holder}, purpose = ${claim.purpose},
      taken_at = ${claim.now}, expires_at = ${claim.expiresAt}
    from free where leases.connection_id = free.connection_id
    returning leases.fence`.execute(tx);
  return taken.rows[0]?.fence ?? null;
}

/** Prolongs a lease that is still ours and not expired; false means it is lost, and nothing may be written any more. */
export async function renewLease(
  tx: TenantTx,
  lease: { connectionId: string; fence: number; now: Date; expiresAt: Date },
): Promise<boolean> {
  const renewed = await sql`
    update leases set expires_at = ${lease.expiresAt}
    where connection_id = ${lease.connectionId} and fence = ${lease.fence} and expires_at > ${lease.now}
    returning fence`.execute(tx);
  return renewed.rows.length === 1;
}

/** Gives a lease back; does nothing when it is no longer ours. */
export async function releaseLease(tx: TenantTx, lease: { connectionId: string; fence: number }): Promise<void> {
  await sql`
    update leases set holder = null, purpose = null, expires_at = null
    where connection_id = ${lease.connectionId} and fence = ${lease.fence}`.execute(tx);
}

/** Breaks a lease whoever holds it: the next fence makes the old holder unable to write. */
export async function breakLease(tx: TenantTx, connectionId: string): Promise<void> {
  await sql`
    update leases set fence = fence + 1, holder = null, purpose = null, expires_at = null
    where connection_id = ${connectionId}`.execute(tx);
}

export async function loadLease(tx: TenantTx, connectionId: string): Promise<LeaseRow | null> {
  const row = await tx.selectFrom('leases').selectAll().where('connection_id', '=', connectionId).executeTakeFirst();
  return row ?? null;
}
