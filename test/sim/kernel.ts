/**
 * The simulation's one event loop: virtual time, processes that can die or freeze, a trace, and the gate through which
 * SQL passes one statement at a time. Time moves only when nothing else can happen: no statement waits, every promise
 * that could go on has gone on. The next timer is then fired, one at a time.
 */
import { createHash } from 'node:crypto';
import type { Random } from './random.ts';

/** A promise that nobody will ever resolve: what a dead process waits for. */
export const never = <T>(): Promise<T> => new Promise(() => undefined);

/** Thrown where a crash point must not return; everything the process does afterwards reaches nothing. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
  isCancelled: boolean;
}

/** One statement (or the taking of a connection) that waits for its turn. */
export interface Turn {
  readonly process: SimProcess;
  readonly run: () => Promise<void>;
}

export class Kernel {
  readonly random: Random;
  readonly traceOut: ((line: string) => void) | null;
  /** Milliseconds since 1970, true time: that of the database. */
  now: number;
  readonly startedAt: number;
  statements = 0;
  /** Told before a statement is run and after: faults of the database strike here. */
  readonly cleaners: (() => Promise<void>)[] = [];
  #timers: Timer[] = [];
  #order = 0;
  #turns: Turn[] = [];
  #trace = createHash('sha256');
  #lines = 0;

  constructor(random: Random, now: number, traceOut: ((line: string) => void) | null = null) {
    this.random = random;
    this.now = now;
    this.startedAt = now;
    this.traceOut = traceOut;
  }

  trace(who: string, what: string): void {
    const line = `${((this.now - this.startedAt) / 1000).toFixed(3).padStart(11)} ${who.padEnd(6)} ${what}`;
    this.#trace.update(`${line}\n`);
    this.#lines += 1;
    this.traceOut?.(line);
  }

  /** The fingerprint of all that happened. */
  traceHash(): string {
    return `${String(this.#lines)}:${this.#trace.copy().digest('hex')}`;
  }

  /** Calls `fire` when virtual time has advanced by `ms`; the answer cancels it. */
  after(ms: number, fire: () => void): () => void {
    const timer: Timer = { at: this.now + Math.max(ms, 0), order: (this.#order += 1), fire, isCancelled: false };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#timers[middle] as Timer).at <= timer.at) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      timer.isCancelled = true;
    };
  }

  pause(ms: number): Promise<void> {
    return new Promise((done) => this.after(ms, done));
  }

  /** Puts a statement in line. */
  enqueue(turn: Turn): void {
    this.#turns.push(turn);
  }

  /** Goes on until `isDone` (asked whenever all is quiet) or until virtual time reaches `until`; false: the time was over. */
  async run(isDone: () => boolean, until: number): Promise<boolean> {
    for (;;) {
      await quiet();
      if (await this.#oneStatement()) continue;
      if (isDone()) return true;
      let timer = this.#timers.shift();
      while (timer?.isCancelled === true) timer = this.#timers.shift();
      if (timer === undefined || timer.at > until) {
        if (timer !== undefined) this.#timers.unshift(timer);
        this.now = until;
        return false;
      }
      this.now = timer.at;
      timer.fire();
    }
  }

  /** Lets one of those that wait have its turn; which one is the seed's choice, within a connection the order is kept. */
  async #oneStatement(): Promise<boolean> {
    for (const clean of this.cleaners) await clean();
    this.#turns = this.#turns.filter((turn) => !turn.process.isDead);
    const able = this.#turns.filter((turn) => !turn.process.isFrozen(this.now));
    if (able.length === 0) return false;
    const chosen = able.length === 1 ? able[0] : this.random.pick(able);
    this.#turns = this.#turns.filter((turn) => turn !== chosen);
    this.statements += 1;
    await chosen?.run();
    return true;
  }
}

/** All microtasks, next ticks and replies that are here have been worked off. */
const quiet = (): Promise<void> => new Promise((done) => setImmediate(done));

/** What an operating system knows as a process: it dies, it is stopped and goes on, it has a clock of its own. */
export class SimProcess {
  readonly name: string;
  readonly kernel: Kernel;
  isDead = false;
  /** How far its clock is from the database's, and how fast it drifts (milliseconds per millisecond). */
  skewMs = 0;
  drift = 0;
  #followedAt: number;
  #frozenUntil = 0;
  /** Counts what passes the seams: "at any await" is the n-th of these. */
  passes = 0;
  /** Asked at each pass; may kill or freeze. */
  onPass: ((process: SimProcess) => void) | null = null;
  onDeath: (() => void) | null = null;

  constructor(name: string, kernel: Kernel) {
    this.name = name;
    this.kernel = kernel;
    this.#followedAt = kernel.now;
  }

  isFrozen = (now: number): boolean => now < this.#frozenUntil;

  kill(why: string): void {
    if (this.isDead) return;
    this.kernel.trace(this.name, `killed: ${why}`);
    this.isDead = true;
    this.onDeath?.();
  }

  /** A stopped process's clock runs on; that of a machine which slept or was paused stands still, until it follows another. */
  freeze(ms: number, why: string, isAsleep: boolean): void {
    if (this.isDead) return;
    this.kernel.trace(this.name, `${isAsleep ? 'asleep' : 'frozen'} for ${String(ms)} ms: ${why}`);
    this.#frozenUntil = this.kernel.now + ms;
    if (isAsleep) this.skewMs -= ms;
  }

  get frozenUntil(): number {
    return this.#frozenUntil;
  }

  /** Every await on a seam goes through here: a dead process never comes back, a frozen one when it is thawed. */
  async pass(): Promise<void> {
    this.passes += 1;
    this.onPass?.(this);
    while (!this.isDead && this.isFrozen(this.kernel.now)) await this.kernel.pause(this.#frozenUntil - this.kernel.now);
    if (this.isDead) await never();
  }

  /** The process's own idea of the time. */
  time(): number {
    return this.kernel.now + this.skewMs + (this.kernel.now - this.#followedAt) * this.drift;
  }

  /** Takes over the database's time, wrong by what the look took. */
  follow(errorMs: number): void {
    this.skewMs = errorMs;
    this.#followedAt = this.kernel.now;
  }
}
