/** The id seam: every random value of the product comes from here, so that a simulation can replay it from a seed. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Ids {
  /** A random UUID, 36 characters; also used as QuickBooks `requestid` (at most 36 with a batch; facts/qbo.md 2.1). */
  uuid(): string;
  /** `bytes` random bytes as lower-case hexadecimal. */
  token(bytes: number): string;
  /** A number in [0, 1), for jitter only. */
  fraction(): number;
}

export const randomIds: Ids = {
  uuid: () => randomUUID(),
  token: (bytes) => randomBytes(bytes).toString('hex'),
  fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
};
