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
/** Nobody was reached at all, and a person sits before the screen: it is the network or an address, not a storm. */
const SILENCE_MS = 2 * 60_000;
/** A page or a setting that looks something up: one hiccup is ridden out, not more. */
const GLANCE_MS = 10_000;
/** Our own limits are another matter: what fills an hour is free again an hour later at the latest. */
const LIMIT_PATIENCE_MS = 65 * 60_000;
/** A vendor that asks to wait for one invoice is asked so often, then it is another one's turn. */
const WAITS_FOR_ONE = 3;

/** The vendor kept a run waiting for too long; the next run goes on. */
export class PatienceExhausted extends Error {
  override readonly name = 'PatienceExhausted';
  readonly vendor: Vendor;
  /** It answered at least once, whatever it said; else the network or an address is the likelier trouble. */
  readonly isReached: boolean;

  constructor(vendor: Vendor, waited: { ms: number; tries: number }, cause: Error, isReached: boolean) {
    const tries = waited.tries === 1 ? 'once' : `${String(waited.tries)} times within ${span(waited.ms)}`;
    super(`${vendor} was asked ${tries} and did not serve us; last: ${cause.message}`, { cause });
    this.vendor = vendor;
    this.isReached = isReached;
  }
}

/** Product milliseconds in words: "40 seconds", "15 minutes". */
function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (ms < 60_000) return `${String(Math.max(1, Math.round(ms / 1000)))} seconds`;
  return minutes === 1 ? 'a minute' : `${String(minutes)} minutes`;
}

/** For whom a wait is: the schedule has time; a person waits through a storm, not for a dead line; a look at a list is short. */
export type Waiter = 'schedule' | 'person' | 'glance';

/** Counts outages in a row, so that pauses grow and patience ends; one per run and vendor. */
export class Patience {
  readonly #services: Services;
  readonly #signal: AbortSignal;
  readonly #onWait: (sentence: string) => void;
  readonly #lookAgain: () => Promise<boolean>;
  readonly #waiter: Waiter;
  #pauseMs = PAUSE_MS;
  #tries = 0;
  /** The vendor was reached since the start, whatever it said. */
  #isReached = false;
  #waitedMs = 0;
  #limitedMs = 0;
  #tail: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | null = null;

  /** `lookAgain`: asked while our own limits hold calls back; true when they may be others now. */
  constructor(
    services: Services,
    wish: {
      readonly waiter: Waiter;
      readonly signal?: AbortSignal;
      readonly onWait?: (sentence: string) => void;
      readonly lookAgain?: () => Promise<boolean>;
    },
  ) {
    this.#services = services;
    this.#waiter = wish.waiter;
    this.#signal = wish.signal ?? new AbortController().signal;
    this.#onWait = wish.onWait ?? ((): void => undefined);
    this.#lookAgain = wish.lookAgain ?? ((): Promise<boolean> => Promise.resolve(false));
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
    this.#tries = 0;
    this.#isReached = true;
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
    this.#tries += 1;
    this.#isReached ||= failure instanceof WaitNeeded || failure.sent === 'unknown';
    if (this.#waitedMs + pause > this.#patienceMs()) {
      const waited = { ms: this.#waitedMs, tries: this.#tries };
      throw new PatienceExhausted(failure.vendor, waited, failure, this.#isReached);
    }
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

  #patienceMs(): number {
    if (this.#waiter === 'glance') return GLANCE_MS;
    return this.#waiter === 'person' && !this.#isReached ? SILENCE_MS : PATIENCE_MS;
  }

  async #waitForLimit(failure: WaitNeeded, pause: number): Promise<void> {
    if (await this.#lookAgain()) return;
    const most = this.#waiter === 'glance' ? GLANCE_MS : LIMIT_PATIENCE_MS;
    if (this.#limitedMs > most)
      throw new PatienceExhausted(failure.vendor, { ms: most, tries: this.#tries + 1 }, failure, true);
    this.#limitedMs += pause;
    await this.#pause(failure, pause, 0);
  }

  #pause(failure: WaitNeeded | VendorUnreachable, pause: number, jitter: number): Promise<void> {
    const why = failure instanceof WaitNeeded ? failure.detail : failure.message;
    const again = this.#tries > 1 ? ` (asked ${String(this.#tries)} times)` : '';
    this.#onWait(`waiting ${String(Math.ceil(pause / 1000))} s for ${failure.vendor}${again}: ${why}`);
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
