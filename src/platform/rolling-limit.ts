/**
 * A rolling-window limiter that permits bursts (design.md section 6: never even spacing). Own code because the libraries
 * that were tried count in fixed windows and read the machine's clock. It never waits: it answers how long the caller must.
 */
import type { Clock } from './clock.ts';

export class RollingLimit {
  readonly #clock: Clock;
  readonly #periodMs: number;
  #limit: number;
  #times: number[] = [];

  /** At most `limit` takes in any window of `periodMs` product milliseconds. */
  constructor(clock: Clock, limit: number, periodMs: number) {
    this.#clock = clock;
    this.#limit = limit;
    this.#periodMs = periodMs;
  }

  /** Changes the limit (Autotask's threshold is read from the tenant). */
  setLimit(limit: number): void {
    this.#limit = limit;
  }

  /** Counts takes that happened before this process lived (instants in any order). */
  remember(instants: readonly Date[]): void {
    this.#times = [...this.#times, ...instants.map((at) => at.getTime())].sort((a, b) => a - b);
  }

  /** Takes in the window that ends now. */
  used(): number {
    const from = this.#clock.now().getTime() - this.#clock.scaled(this.#periodMs);
    return this.#times.filter((at) => at > from).length;
  }

  /** Product milliseconds until one is free; 0 when one is free now. Takes nothing. */
  wait(): number {
    const now = this.#clock.now().getTime();
    const period = this.#clock.scaled(this.#periodMs);
    const first = this.#times.findIndex((at) => at > now - period);
    this.#times = first === -1 ? [] : this.#times.slice(first);
    if (this.#times.length < this.#limit) return 0;
    const freeing = this.#times[this.#times.length - Math.max(this.#limit, 1)] ?? now;
    return Math.max(Math.ceil(((freeing + period - now) * this.#periodMs) / period), 1);
  }

  /** Takes one and answers 0, or takes nothing and answers the product milliseconds until one is free. */
  take(): number {
    const wait = this.wait();
    if (wait === 0) this.#times.push(this.#clock.now().getTime());
    return wait;
  }
}
