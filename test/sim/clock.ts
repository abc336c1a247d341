/** Clocks on virtual time: a process's own (it follows the database's), and a vendor's (off by a constant). */
import type { Clock } from '../../src/platform/clock.ts';
import type { FollowingClock } from '../../src/engine/services.ts';
import type { Kernel, SimProcess } from './kernel.ts';
import type { Random } from './random.ts';

/** A look at the database's clock is wrong by half of what the look took. */
const LOOK_ERROR_MS = 200;

export function processClock(process: SimProcess, random: Random): FollowingClock {
  const { kernel } = process;
  return {
    now: () => new Date(Math.floor(process.time())),
    scaled: (ms) => ms,
    follow: async () => {
      await process.pass();
      process.follow(random.whole(-LOOK_ERROR_MS, LOOK_ERROR_MS));
    },
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      return new Promise((done, fail) => {
        const stop = (): void => {
          cancel();
          fail(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        const cancel = kernel.after(ms, () => {
          signal?.removeEventListener('abort', stop);
          void process.pass().then(done);
        });
        signal?.addEventListener('abort', stop, { once: true });
      });
    },
  };
}

export const vendorClock = (kernel: Kernel, offsetMs: number): Clock => ({
  now: () => new Date(kernel.now + offsetMs),
  scaled: (ms) => ms,
  sleep: (ms) => kernel.pause(ms),
});
