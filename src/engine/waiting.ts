/**
 * The one retry layer. A connector reports a wait or an outage; here it is decided whether to wait and go on. A run gives
 * up after a while and says so: the next run continues where this one stopped, because everything stands in the ledger.
 */
import { VendorUnreachable, WaitNeeded, type Vendor } from '../platform/failures.ts';
import type { Services } from './services.ts';

/** First pause after an outage; doubles with each further one. A storm sees at most one request a minute (goals.md 4.4). */
const PAUSE_MS = 2_000;
const PAUSE_MAX_MS = 60_000;
/** How long a run goes on waiting for one vendor's outage before it ends as failed. */
const PATIENCE_MS = 15 * 60_000;

/** The vendor kept a run waiting for too long; the next run goes on. */
export class PatienceExhausted extends Error {
  override readonly name = 'PatienceExhausted';
  readonly vendor: Vendor;

  constructor(vendor: Vendor, cause: Error) {
    super(`${vendor} did not serve us for ${String(PATIENCE_MS / 60_000)} minutes; last: ${cause.message}`, { cause });
    this.vendor = vendor;
  }
}

/** Counts outages in a row, so that pauses grow and patience ends; one per run and vendor. */
export class Patience {
  readonly #services: Services;
  readonly #signal: AbortSignal;
  readonly #onWait: (sentence: string) => void;
  #pauseMs = PAUSE_MS;
  #waitedMs = 0;

  constructor(services: Services, signal: AbortSignal, onWait: (sentence: string) => void) {
    this.#services = services;
    this.#signal = signal;
    this.#onWait = onWait;
  }

  /** After a success the next outage starts with a short pause again. */
  relax(): void {
    this.#pauseMs = PAUSE_MS;
    this.#waitedMs = 0;
  }

  /** Waits as the failure asks; throws PatienceExhausted when it has lasted too long. Our own limiter's waits are free. */
  async wait(failure: WaitNeeded | VendorUnreachable): Promise<void> {
    const asked = failure instanceof WaitNeeded ? failure.waitMs : 0;
    const ownLimit = failure instanceof WaitNeeded && failure.source === 'limit';
    const pause = ownLimit ? asked : Math.max(asked, this.#pauseMs);
    if (!ownLimit) {
      if (this.#waitedMs + pause > PATIENCE_MS) throw new PatienceExhausted(failure.vendor, failure);
      this.#waitedMs += pause;
      this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
    }
    if (!ownLimit)
      this.#services.log.info(
        { vendor: failure.vendor, pauseMs: pause, reason: failure.message },
        'waiting for a vendor',
      );
    const why = failure instanceof WaitNeeded ? failure.detail : failure.message;
    this.#onWait(`waiting ${String(Math.ceil(pause / 1000))} s for ${failure.vendor}: ${why}`);
    const jittered = pause * (1 + (ownLimit ? 0 : this.#services.ids.fraction() * 0.1));
    await this.#services.clock.sleep(jittered, this.#signal);
  }

  /** A read (or a write that may be repeated without harm): tried until it works, is refused, or patience ends. */
  async through<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const value = await call();
        this.relax();
        return value;
      } catch (error) {
        if (!(error instanceof WaitNeeded) && !(error instanceof VendorUnreachable)) throw error;
        await this.wait(error);
      }
    }
  }
}
