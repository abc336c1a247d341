/**
 * Product time is the database's time, so that the leases of all workers are measured by one clock. Between two looks it
 * runs with the process's monotonic time: a step of this machine's own clock changes nothing.
 */
import { machineTime, RunningClock } from './clock.ts';

/** Looks that took longer are repeated: the truth lies somewhere within them. */
const LOOK_MS = 1_000;
const LOOKS_MAX = 3;

export class DatabaseClock extends RunningClock {
  #read: (() => Promise<Date>) | null = null;

  /** Names the authority, known only once the database is open; before that `follow` does nothing. */
  setAuthority(read: () => Promise<Date>): void {
    this.#read = read;
  }

  /** Takes over the authority's time, taken to be that of the middle of the look. */
  async follow(): Promise<void> {
    if (this.#read === null) return;
    for (let look = 1; look <= LOOKS_MAX; look += 1) {
      const before = performance.now();
      const machineBefore = machineTime().getTime();
      const at = await this.#read();
      const tookMs = performance.now() - before;
      // While a machine sleeps, the process's time stands still; the machine's own does not.
      const seenMs = Math.max(tookMs, machineTime().getTime() - machineBefore);
      if (seenMs > LOOK_MS && look < LOOKS_MAX) continue;
      this.correct(new Date(at.getTime() + tookMs / 2));
      return;
    }
  }
}
