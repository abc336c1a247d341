/** The first owner's one-time link: printed on the terminal, good for this start of the server only. */
import { createHash, timingSafeEqual } from 'node:crypto';

export interface SetupLink {
  readonly token: string;
  /** True once, for the right token. */
  take(token: string): boolean;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

export function makeSetupLink(token: string): SetupLink {
  let isUsed = false;
  return {
    token,
    take(given) {
      if (isUsed || !timingSafeEqual(digest(given), digest(token))) return false;
      isUsed = true;
      return true;
    },
  };
}
