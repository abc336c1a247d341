/** Why the embedded database does not start or stop, in a sentence that says what to do. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/** Real milliseconds, never scaled: what is waited for here is another process. */
export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file of that name is in the way',
};

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT']);

/** A failure of the file system as a sentence about the data folder. */
export function explainFolder(dataDir: string, error: unknown): EmbeddedDatabaseError {
  if (error instanceof EmbeddedDatabaseError) return error;
  const reason = REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : 'unknown');
  // Where a ledger lies, another folder would begin an empty one, and every invoice anew.
  const cure = !existsSync(join(dataDir, 'postgres', 'PG_VERSION'))
    ? 'Choose another LEDGERFERRY_DATA_DIR, or set DATABASE_URL.'
    : NO_ROOM.has(codeOf(error))
      ? 'Your ledger is there and whole: make room on that disk, then run the same command again.'
      : 'Your ledger lies there: put that right, then run the same command again.';
  return new EmbeddedDatabaseError(`The database cannot be started in ${dataDir}: ${reason}. ${cure}`);
}
