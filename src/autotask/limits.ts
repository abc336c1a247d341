/**
 * Autotask's limits: 10,000 requests in a rolling hour for the whole database, all integrations together, slowed from half
 * of it on; three at a time per endpoint (facts/autotask.md section 3). Our ceiling is half of what the tenant says, less
 * what the others use; where they leave nothing of it we still take a twentieth, up to three quarters in all. What the
 * others use changes: while we are held back the tenant is asked again now and then. Calls of an earlier process of ours
 * count as the others' until they are an hour old, which comes to the same sum.
 */
import type { Clock } from '../platform/clock.ts';
import { RollingLimit } from '../platform/rolling-limit.ts';

const HOUR_MS = 3_600_000;
/** Until the threshold is known. */
const CEILING_UNKNOWN = 5_000;
const AT_ONCE = 2;
/** While it is used up, the tenant is asked again after this (facts/autotask.md section 3: at most every few minutes). */
const LOOK_AGAIN_MS = 5 * 60_000;
/** Of the ceiling, what marks leave to reads: an hour of marks must not keep the next runs from looking for invoices. */
const READS_SHARE = 0.1;

export interface Threshold {
  readonly limit: number;
  readonly used: number;
}

export class AutotaskLimits {
  readonly #hour: RollingLimit;
  readonly #fixed: number | null;
  readonly #clock: Clock;
  #limit: number;
  #lookedAt: number | null = null;
  /** Calls that may go beyond the ceiling, to ask what it is now. */
  #spare = 0;
  readonly #endpoints = new Map<string, { running: number; queue: (() => void)[] }>();
  #calls = 0;

  /** `fixedCeiling` overrides the tenant's threshold (benches on the sandbox only). */
  constructor(clock: Clock, fixedCeiling: number | null = null) {
    this.#fixed = fixedCeiling;
    this.#clock = clock;
    this.#limit = fixedCeiling ?? CEILING_UNKNOWN;
    this.#hour = new RollingLimit(clock, this.#limit, HOUR_MS);
  }

  /** Takes over what the tenant says; what others used is taken off our half. */
  learn(threshold: Threshold): void {
    this.#lookedAt = this.#clock.now().getTime();
    if (this.#fixed !== null) return;
    const others = Math.max(threshold.used - this.#hour.used(), 0);
    const least = Math.min(Math.floor(threshold.limit / 20), Math.floor(threshold.limit * 0.75) - others);
    this.#limit = Math.max(Math.floor(threshold.limit / 2) - others, least, 1);
    this.#hour.setLimit(this.#limit);
  }

  /** True when it is time to ask the tenant again: then the call for it may go beyond the ceiling. */
  mayLook(): boolean {
    const now = this.#clock.now().getTime();
    const isTooSoon = this.#lookedAt !== null && now - this.#lookedAt < this.#clock.scaled(LOOK_AGAIN_MS);
    if (this.#fixed !== null || isTooSoon) return false;
    this.#lookedAt = now;
    this.#spare = 1;
    return true;
  }

  /** Whether what is left of the hour is kept for reads. */
  holdsMarksBack(): boolean {
    return this.#fixed === null && this.#hour.used() >= this.#limit - Math.floor(this.#limit * READS_SHARE);
  }

  /** 0 when a call may go now, else product milliseconds to wait. */
  take(): number {
    const wait = this.#hour.take();
    if (wait > 0 && this.#spare === 0) return Math.min(wait, LOOK_AGAIN_MS);
    if (wait > 0) this.#hour.remember([this.#clock.now()]);
    this.#spare = 0;
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
