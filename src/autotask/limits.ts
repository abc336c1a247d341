/**
 * Autotask's limits: 10,000 requests in a rolling hour for the whole database, all integrations together, slowed from half
 * of it on; three at a time per endpoint (facts/autotask.md section 3). Our ceiling is half of what the tenant says.
 */
import type { Clock } from '../platform/clock.ts';
import { RollingLimit } from '../platform/rolling-limit.ts';

const HOUR_MS = 3_600_000;
/** Until the threshold is known. */
const CEILING_UNKNOWN = 5_000;
const AT_ONCE = 2;
/** When the others have used it all, look again after this. */
const OTHERS_WAIT_MS = 5 * 60_000;

export interface Threshold {
  readonly limit: number;
  readonly used: number;
}

export class AutotaskLimits {
  readonly #hour: RollingLimit;
  readonly #fixed: number | null;
  readonly #endpoints = new Map<string, { running: number; queue: (() => void)[] }>();
  #calls = 0;

  /** `fixedCeiling` overrides the tenant's threshold (benches on the sandbox only). */
  constructor(clock: Clock, fixedCeiling: number | null = null) {
    this.#fixed = fixedCeiling;
    this.#hour = new RollingLimit(clock, fixedCeiling ?? CEILING_UNKNOWN, HOUR_MS);
  }

  /** Takes over what the tenant says; what others used is taken off our half. */
  learn(threshold: Threshold): void {
    if (this.#fixed !== null) return;
    const others = Math.max(threshold.used - this.#hour.used(), 0);
    this.#hour.setLimit(Math.max(Math.floor(threshold.limit / 2) - others, 1));
  }

  /** 0 when a call may go now, else product milliseconds to wait. */
  take(): number {
    const wait = this.#hour.take();
    if (wait > 0) return Math.min(wait, OTHERS_WAIT_MS);
    this.#calls += 1;
    return 0;
  }

  takeUsage(): { calls: number; meteredReads: number } {
    const calls = this.#calls;
    this.#calls = 0;
    return { calls, meteredReads: 0 };
  }

  /** At most two calls at once per endpoint. */
  async inTurn<T>(endpoint: string, work: () => Promise<T>): Promise<T> {
    const line = this.#endpoints.get(endpoint) ?? { running: 0, queue: [] };
    this.#endpoints.set(endpoint, line);
    if (line.running < AT_ONCE) line.running += 1;
    else await new Promise<void>((go) => line.queue.push(go));
    try {
      return await work();
    } finally {
      // The place is handed over, never free in between: a call that comes just then would be a third one.
      const next = line.queue.shift();
      if (next === undefined) line.running -= 1;
      else next();
    }
  }
}
