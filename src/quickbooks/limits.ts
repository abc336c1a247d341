/** QuickBooks' limits per company, as rolling buckets that permit bursts (facts/qbo.md section 7). */
import type { Clock } from '../platform/clock.ts';
import { RollingLimit } from '../platform/rolling-limit.ts';

const MINUTE_MS = 60_000;
/** 500 a minute by the vendor; a margin is left for others of the same company. */
const REQUESTS_A_MINUTE = 450;
const REQUESTS_A_SECOND = 9;
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
    this.#second = new RollingLimit(clock, REQUESTS_A_SECOND, 1_000);
    this.#batches = new RollingLimit(clock, BATCHES_A_MINUTE, MINUTE_MS);
  }

  /** Batches that other processes sent in the last minute. */
  rememberBatches(instants: readonly Date[]): void {
    this.#batches.remember(instants);
  }

  /** 0 when the call may go now (it is then counted), else product milliseconds to wait. */
  take(kind: 'read' | 'write' | 'batch'): number {
    const wait = kind === 'batch' ? this.#batches.take() : 0;
    if (wait > 0) return wait;
    const other = Math.max(this.#second.take(), 0) || this.#minute.take();
    if (other > 0) return other;
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
