/**
 * The lease that a run works under: renewed by a heartbeat and by every state change, checked immediately before bytes
 * leave. All database work of a run passes through `write`, one statement chain at a time, so that nothing ever waits for
 * a lock and a lost lease is noticed at the first write.
 */
import { claimLease, releaseLease, renewLease } from '../store/leases.ts';
import type { TenantTx } from '../store/tenant.ts';
import { withTenant } from '../store/tenant.ts';
import type { Services } from './services.ts';

/** A dead worker's lease is free again after this long (design.md section 3: within 60 s). */
const LEASE_MS = 45_000;
/** Renewed about four times a term. */
const HEARTBEAT_SHARE = 0.27;
/** Sockets, disks and the processor of a test machine are not scaled: a lease is never shorter than this. */
const LEASE_FLOOR_MS = 3_000;
/** Bytes leave only while the lease holds for at least this share of its term. */
const MARGIN = 0.2;

/** Another worker has taken over: this one stops where it stands and writes nothing more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

export interface Tenant {
  readonly organizationId: string;
  readonly connectionId: string;
}

export class Lease {
  readonly tenant: Tenant;
  readonly fence: number;
  readonly #services: Services;
  readonly #stop = new AbortController();
  #expiresAt: Date;
  #lost = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(services: Services, tenant: Tenant, fence: number, expiresAt: Date) {
    this.#services = services;
    this.tenant = tenant;
    this.fence = fence;
    this.#expiresAt = expiresAt;
    void this.#beat();
  }

  /** Runs `work` in a transaction that also renews the lease; throws LeaseLost (and writes nothing) when it is not ours. */
  write<T>(work: (tx: TenantTx) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const expiresAt = new Date(this.#services.clock.now().getTime() + leaseMs(this.#services));
      const value = await withTenant(this.#services.database, this.tenant, async (tx) => {
        await this.#renew(tx, expiresAt);
        return work(tx);
      });
      // Only a commit prolongs: after a failed one the database still has the old end.
      this.#expiresAt = expiresAt;
      return value;
    });
  }

  /** Reads in its turn, without touching the lease. */
  read<T>(work: (tx: TenantTx) => Promise<T>): Promise<T> {
    return this.#inTurn(() => withTenant(this.#services.database, this.tenant, work));
  }

  /** Throws unless the lease surely holds; called synchronously, immediately before bytes leave. */
  assertHeld(): void {
    const left = this.#expiresAt.getTime() - this.#services.clock.now().getTime();
    if (this.#lost || left < leaseMs(this.#services) * MARGIN)
      throw new LeaseLost('the lease is lost or about to run out');
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  async release(): Promise<void> {
    this.#stop.abort(new LeaseLost('released'));
    await this.#inTurn(() =>
      withTenant(this.#services.database, this.tenant, (tx) =>
        releaseLease(tx, { connectionId: this.tenant.connectionId, fence: this.fence }),
      ),
    );
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work, work);
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  async #renew(tx: TenantTx, expiresAt: Date): Promise<void> {
    const now = this.#services.clock.now();
    const lease = { connectionId: this.tenant.connectionId, fence: this.fence, now, expiresAt };
    if (this.#lost || !(await renewLease(tx, lease))) {
      this.#lost = true;
      throw new LeaseLost('another worker has taken over this connection');
    }
  }

  async #beat(): Promise<void> {
    const { clock, log } = this.#services;
    const everyMs = (leaseMs(this.#services) * HEARTBEAT_SHARE) / clock.scaled(1);
    try {
      for (;;) {
        await clock.sleep(everyMs, this.#stop.signal);
        await this.write(() => Promise.resolve());
      }
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      log.warn(
        { connectionId: this.tenant.connectionId, error: error instanceof Error ? error.message : 'unknown' },
        'heartbeat ended',
      );
      this.#lost = true;
    }
  }
}

const leaseMs = (services: Services): number => Math.max(services.clock.scaled(LEASE_MS), LEASE_FLOOR_MS);

/** Takes the connection's lease, or answers null when another worker lives. */
export async function takeLease(services: Services, tenant: Tenant, purpose: string): Promise<Lease | null> {
  await services.clock.follow();
  const now = services.clock.now();
  const expiresAt = new Date(now.getTime() + leaseMs(services));
  const fence = await withTenant(services.database, tenant, (tx) =>
    claimLease(tx, { connectionId: tenant.connectionId, holder: services.holder, purpose, now, expiresAt }),
  );
  return fence === null ? null : new Lease(services, tenant, fence, expiresAt);
}
