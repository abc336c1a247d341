/** QuickBooks' limits per company, as rolling buckets that permit bursts (facts/qbo.md section 7). */
import type { Clock } from '../platform/clock.ts';
import { RollingLimit } from '../platform/rolling-limit.ts';

const MINUTE_MS = 60_000;
/** 500 a minute by the vendor; a margin is left for others of the same company. */
const REQUESTS_A_MINUTE = 450;
/** 10 by the vendor; the rest is for a command that runs beside this process. */
const REQUESTS_A_SECOND = 7;
/** A second with room for the way: calls that leave a second apart may arrive closer together. */
const SECOND_MS = 1_250;
const BATCHES_A_MINUTE = 40;

export class QuickBooksLimits {
  readonly #minute: RollingLimit;
  readonly #second: RollingLimit;
  readonly #batches: RollingLimit;
  /** Calls made and metered reads among them (CorePlus), since the last `takeUsage`. */
  #calls = 0;
  #reads = 0;

  constructor(clock: Clock) {
    this.#minute = new RollingLimit(clock, REQUESTS_A_MINUTE, MINUTE_MS);
    this.#second = new RollingLimit(clock, REQUESTS_A_SECOND, SECOND_MS);
    this.#batches = new RollingLimit(clock, BATCHES_A_MINUTE, MINUTE_MS);
  }

  /** Batches that other processes sent in the last minute. */
  rememberBatches(instants: readonly Date[]): void {
    this.#batches.remember(instants);
  }

  /** Product milliseconds until such a call may go; takes nothing. */
  waitFor(kind: 'read' | 'write' | 'batch'): number {
    return Math.max(...this.#bucketsOf(kind).map((bucket) => bucket.wait()));
  }

  #bucketsOf(kind: 'read' | 'write' | 'batch'): RollingLimit[] {
    return kind === 'batch' ? [this.#batches, this.#second, this.#minute] : [this.#second, this.#minute];
  }

  /** 0 when the call may go now (it is then counted), else product milliseconds to wait. */
  take(kind: 'read' | 'write' | 'batch'): number {
    const wait = this.waitFor(kind);
    if (wait > 0) return wait;
    for (const bucket of this.#bucketsOf(kind)) bucket.take();
    this.#calls += 1;
    if (kind === 'read') this.#reads += 1;
    return 0;
  }

  takeUsage(): { calls: number; meteredReads: number } {
    const usage = { calls: this.#calls, meteredReads: this.#reads };
    this.#calls = 0;
    this.#reads = 0;
    return usage;
  }
}
