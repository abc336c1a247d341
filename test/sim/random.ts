/** All chance of a simulation comes from one seed, through streams with names: a new draw in one never shifts another. */
import { createHash } from 'node:crypto';
import type { Ids } from '../../src/platform/ids.ts';

export class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = createHash('sha256').update(seed).digest().readUInt32BE(0);
  }

  /** A number in [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(all: readonly T[]): T {
    const one = all[this.whole(0, all.length - 1)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** `count` of them without repetition, in their own order. */
  some<T>(all: readonly T[], count: number): T[] {
    const left = [...all];
    while (left.length > count) left.splice(this.whole(0, left.length - 1), 1);
    return left;
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.whole(0, 15).toString(16)).join('');
  }
}

/** The id seam of one simulated process. */
export function seededIds(random: Random): Ids {
  return {
    uuid: () => [random.hex(8), random.hex(4), `4${random.hex(3)}`, `8${random.hex(3)}`, random.hex(12)].join('-'),
    token: (bytes) => random.hex(bytes * 2),
    fraction: () => random.next(),
  };
}
