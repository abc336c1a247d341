/**
 * Sending marks to Autotask, one PATCH per invoice. What is refused and what gets no readable answer is told by invoice and
 * keeps no other from its turn: the read-back decides about both. Several in a row without an answer are no matter of one
 * invoice any more, and neither is a quota that is used up: then the rest is left alone, and the caller is told why.
 */
import type { AutotaskLimits } from '../autotask/limits.ts';
import { VendorRefused, VendorUnreachable, WaitNeeded } from '../platform/failures.ts';
import { chunksOf } from '../core/rows.ts';
import type { Services } from './services.ts';

/** Two calls at a time per Autotask endpoint (facts/autotask.md section 3). */
const AT_ONCE = 2;
/** So many without an answer, one after the other, and it is not the invoice. */
const SILENT_MAX = 4;
const LOOK_AGAIN_MS = 60_000;

/** The hour's quota holds marks back: nothing of them is lost, and the next run goes on. */
export class QuotaUsedUp extends WaitNeeded {
  constructor(waitMs: number) {
    super('Autotask', waitMs, 'limit', 'the quota of this hour is used up');
    this.message =
      'Autotask’s quota of this hour is used up, ours and that of other integrations together: what is not marked in Autotask yet waits for quota, and the next run goes on. Nothing is lost';
  }
}

/** How a round of sendings went. */
export interface Sent<T> {
  /** Those that were sent, in order: from the start of what was given. */
  readonly tried: readonly T[];
  readonly failures: ReadonlyMap<T, VendorRefused | VendorUnreachable | WaitNeeded>;
  /** Why the others were not sent; null when there are none. */
  readonly stopped: Error | null;
}

/** Sends two at a time. @throws what is no matter of one invoice: a lost lease, refused credentials, patience at its end */
export async function sendEach<T>(
  all: readonly T[],
  send: (one: T) => Promise<void>,
  progress: (done: number) => void,
): Promise<Sent<T>> {
  const tried: T[] = [];
  const failures = new Map<T, VendorRefused | VendorUnreachable | WaitNeeded>();
  let silent = 0;
  for (const pair of chunksOf(all, AT_ONCE)) {
    const ended = await Promise.allSettled(pair.map(send));
    const reasons = ended.map((one): unknown => (one.status === 'fulfilled' ? null : one.reason));
    const quota = reasons.find((one) => one instanceof QuotaUsedUp);
    for (const [index, one] of pair.entries()) {
      const reason = reasons[index];
      if (reason instanceof QuotaUsedUp) continue;
      if (reason !== null && !isOfOne(reason)) throw reason;
      tried.push(one);
      if (reason !== null) failures.set(one, reason);
      silent = isSilence(reason) ? silent + 1 : 0;
    }
    progress(tried.length);
    if (quota !== undefined) return { tried, failures, stopped: quota };
    const last = reasons.at(-1);
    if (silent >= SILENT_MAX && last instanceof Error) return { tried, failures, stopped: last };
  }
  return { tried, failures, stopped: null };
}

const isOfOne = (reason: unknown): reason is VendorRefused | VendorUnreachable | WaitNeeded =>
  reason instanceof VendorRefused || reason instanceof VendorUnreachable || reason instanceof WaitNeeded;

/** A good status with a body that nobody can read is an answer: the read-back tells what it was worth. */
const isSilence = (reason: unknown): boolean =>
  reason instanceof WaitNeeded || (reason instanceof VendorUnreachable && !reason.isAnswered);

/** Whether a mark may be sent: reads keep a part of the hour, so that the next runs can go on. */
export class MarkQuota {
  readonly #services: Services;
  readonly #signal: AbortSignal;
  readonly #patienceMs: number;
  readonly #say: (sentence: string) => void;

  /** `patienceMs`: product milliseconds that one mark waits for quota before its run gives up. */
  constructor(services: Services, wish: { signal: AbortSignal; patienceMs: number; say: (sentence: string) => void }) {
    this.#services = services;
    this.#signal = wish.signal;
    this.#patienceMs = wish.patienceMs;
    this.#say = wish.say;
  }

  /** Returns when a mark may be sent. `look` reads the threshold anew, now and then. @throws QuotaUsedUp */
  async room(limits: AutotaskLimits, look: () => Promise<boolean>): Promise<void> {
    for (let waited = 0; limits.holdsMarksBack(); waited += LOOK_AGAIN_MS) {
      if ((await look()) && !limits.holdsMarksBack()) return;
      if (waited >= this.#patienceMs) throw new QuotaUsedUp(LOOK_AGAIN_MS);
      this.#say('waiting for Autotask: the quota of this hour is used up; Ctrl-C is safe, the next run goes on');
      await this.#services.clock.sleep(LOOK_AGAIN_MS, this.#signal);
    }
  }
}
