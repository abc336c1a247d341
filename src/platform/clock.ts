/**
 * The clock seam. Nothing else in the product may read the time: production follows the database's clock, tests and the
 * simulation put their own. All waits of ours (back-off, leases, deadlines, limiter periods) pass through `scaled`, so
 * that LEDGERFERRY_TEST_TIME_SCALE shortens every one of them; stored dates are never scaled.
 */
export interface Clock {
  /** The present instant. */
  now(): Date;
  /** Waits `ms` milliseconds of product time (divided by the scale); rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Product milliseconds into real milliseconds: `ms / scale`. */
  scaled(ms: number): number;
}

/** A clock that runs with the process's monotonic time from a known instant; `correct` moves it to another source's time. */
export class RunningClock implements Clock {
  readonly #scale: number;
  #origin: number;
  #mark = performance.now();

  constructor(scale = 1, start: Date = new Date()) {
    this.#scale = scale;
    this.#origin = start.getTime();
  }

  /** Takes over the time of the authority (the database's clock). */
  correct(instant: Date): void {
    this.#origin = instant.getTime();
    this.#mark = performance.now();
  }

  now(): Date {
    return new Date(this.#origin + (performance.now() - this.#mark));
  }

  scaled(ms: number): number {
    return ms / this.#scale;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop);
          resolve();
        },
        Math.min(this.scaled(ms), 2_147_483_647),
      );
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
  }
}

/** What this machine's own clock says: only to tell how far it is from the database's, or that the machine slept; never to decide by. */
export const machineTime = (): Date => new Date();
