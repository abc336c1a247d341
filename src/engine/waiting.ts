/**
 * The one retry layer. A connector reports a wait or an outage; here it is decided whether to wait and go on. A run gives
 * up after a while and says so: the next run continues where this one stopped, because everything stands in the ledger.
 */
import { VendorUnreachable, WaitNeeded, type Vendor } from '../platform/failures.ts';
import type { Services } from './services.ts';

/** A hiccup is over after this; whatever lasts longer is a storm, and sees one request a minute (facts/goals.md 4.4). */
const PAUSE_MS = 2_000;
const STORM_PAUSE_MS = 60_000;
/** Pauses of many connections must not end all at once. */
const JITTER = 0.1;
/** How long a run goes on waiting for one vendor's outage before it ends as failed. */
const PATIENCE_MS = 15 * 60_000;
/** Our own limits are another matter: what fills an hour is free again an hour later at the latest. */
const LIMIT_PATIENCE_MS = 65 * 60_000;
/** A vendor that asks to wait for one invoice is asked so often, then it is another one's turn. */
const WAITS_FOR_ONE = 3;

/** The vendor kept a run waiting for too long; the next run goes on. */
export class PatienceExhausted extends Error {
  override readonly name = 'PatienceExhausted';
  readonly vendor: Vendor;

  constructor(vendor: Vendor, waitedMs: number, cause: Error) {
    super(`${vendor} did not serve us for ${String(waitedMs / 60_000)} minutes; last: ${cause.message}`, { cause });
    this.vendor = vendor;
  }
}

/** Counts outages in a row, so that pauses grow and patience ends; one per run and vendor. */
export class Patience {
  readonly #services: Services;
  readonly #signal: AbortSignal;
  readonly #onWait: (sentence: string) => void;
  readonly #lookAgain: () => Promise<boolean>;
  #pauseMs = PAUSE_MS;
  #waitedMs = 0;
  #limitedMs = 0;
  #tail: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | null = null;

  /** `lookAgain`: asked while our own limits hold calls back; true when they may be others now. */
  constructor(
    services: Services,
    signal: AbortSignal,
    onWait: (sentence: string) => void,
    lookAgain: () => Promise<boolean> = () => Promise.resolve(false),
  ) {
    this.#services = services;
    this.#signal = signal;
    this.#onWait = onWait;
    this.#lookAgain = lookAgain;
  }

  /** The last call found the vendor in trouble: whoever sends several at once sends one now. */
  get isTroubled(): boolean {
    return this.#pauseMs !== PAUSE_MS;
  }

  /** After a success the next outage starts with a short pause again. */
  relax(): void {
    this.#pauseMs = PAUSE_MS;
    this.#waitedMs = 0;
    this.#limitedMs = 0;
  }

  /**
   * Waits as the failure asks; throws PatienceExhausted when it has lasted too long. Our own limiter's waits have an hour.
   * Calls that met the same trouble at the same time wait together, and it counts once.
   */
  async wait(failure: WaitNeeded | VendorUnreachable): Promise<void> {
    const asked = failure instanceof WaitNeeded ? failure.waitMs : 0;
    if (failure instanceof WaitNeeded && failure.source === 'limit') return this.#waitForLimit(failure, asked);
    if (this.#waiting !== null) return this.#waiting;
    const pause = Math.max(asked, this.#pauseMs);
    if (this.#waitedMs + pause > PATIENCE_MS) throw new PatienceExhausted(failure.vendor, PATIENCE_MS, failure);
    this.#waitedMs += pause;
    this.#pauseMs = STORM_PAUSE_MS;
    this.#services.log.info(
      { vendor: failure.vendor, pauseMs: pause, reason: failure.message },
      'waiting for a vendor',
    );
    this.#waiting = this.#pause(failure, pause, JITTER);
    try {
      await this.#waiting;
    } finally {
      this.#waiting = null;
    }
  }

  async #waitForLimit(failure: WaitNeeded, pause: number): Promise<void> {
    if (await this.#lookAgain()) return;
    if (this.#limitedMs > LIMIT_PATIENCE_MS) throw new PatienceExhausted(failure.vendor, LIMIT_PATIENCE_MS, failure);
    this.#limitedMs += pause;
    await this.#pause(failure, pause, 0);
  }

  #pause(failure: WaitNeeded | VendorUnreachable, pause: number, jitter: number): Promise<void> {
    const why = failure instanceof WaitNeeded ? failure.detail : failure.message;
    this.#onWait(`waiting ${String(Math.ceil(pause / 1000))} s for ${failure.vendor}: ${why}`);
    return this.#services.clock.sleep(pause * (1 + this.#services.ids.fraction() * jitter), this.#signal);
  }

  /** A read (or a write that may be repeated without harm): tried until it works, is refused, or patience ends. */
  async through<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      const turn = await this.#turn();
      try {
        const value = await call();
        this.relax();
        return value;
      } catch (error) {
        if (!(error instanceof WaitNeeded) && !(error instanceof VendorUnreachable)) throw error;
        await this.wait(error);
      } finally {
        turn();
      }
    }
  }

  /**
   * A write to one invoice whose effect is read back afterwards: without an answer it waits as everything does and then
   * gives its turn away, so that one invoice which never gets an answer keeps no other waiting.
   */
  async onceEach<T>(call: () => Promise<T>): Promise<T> {
    for (let waits = 1; ; waits += 1) {
      const turn = await this.#turn();
      try {
        const value = await call();
        this.relax();
        return value;
      } catch (error) {
        if (error instanceof VendorUnreachable && error.isAnswered) this.relax();
        else if (error instanceof WaitNeeded || error instanceof VendorUnreachable) await this.wait(error);
        const isLimit = error instanceof WaitNeeded && error.source === 'limit';
        if (!isLimit && !(error instanceof WaitNeeded && waits < WAITS_FOR_ONE)) throw error;
      } finally {
        turn();
      }
    }
  }

  /** While the vendor is in trouble one call at a time tries it, the others stay behind; otherwise nobody waits. */
  async #turn(): Promise<() => void> {
    if (!this.isTroubled) return () => undefined;
    const before = this.#tail;
    let done = (): void => undefined;
    this.#tail = new Promise((resolve) => (done = resolve));
    await before;
    return done;
  }
}
