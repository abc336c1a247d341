/**
 * What goes wrong between us and the database, by kind. Codes decide (SQLSTATE, Node); no message here holds a password.
 */
import pg from 'pg';

/** The database cannot be reached or used; the message says why and what to do. */
export class DatabaseError extends Error {
  override readonly name: string = 'DatabaseError';
}

/** The connection is gone or was never made. Whether a commit that was under way took place is unknown. */
export class DatabaseUnavailable extends DatabaseError {
  override readonly name = 'DatabaseUnavailable';
}

/** Somebody else is writing the same rows; nothing of the transaction was kept, and it may be tried again. */
export class DatabaseConflict extends DatabaseError {
  override readonly name = 'DatabaseConflict';
}

/** Serialization failure, deadlock, lock not available. */
const CONFLICTS = new Set(['40001', '40P01', '55P03']);
/** Shut down, crashed, starting up, too many connections, waited too long inside a transaction. */
const UNAVAILABLE = /^(08...|57P0[1-5]|53300|25P03)$/;
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** The driver gives these two no code. */
const DRIVER =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

export const databaseCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const CURES: Readonly<Record<string, string>> = {
  '53100': 'The disk of the database is full. Make room on it, then try again.',
  '25006':
    'The database takes nothing in just now, it is read-only: a standby, or set so by its keeper. Point DATABASE_URL at the server that can be written to, or have it made writable, then try again.',
};

/** The failure by its kind; everything that is not the database's stays what it is. */
export function translateDatabaseFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DatabaseError) return error;
  const code = databaseCode(error);
  if (CONFLICTS.has(code))
    return new DatabaseConflict('Somebody else is working on the same rows just now. Try again in a moment.', {
      cause: error,
    });
  const cure = CURES[code];
  if (cure !== undefined) return new DatabaseUnavailable(cure, { cause: error });
  const isGone =
    error instanceof pg.DatabaseError ? UNAVAILABLE.test(code) : NETWORK.has(code) || DRIVER.test(error.message);
  if (!isGone) return error;
  return new DatabaseUnavailable('The connection to the database was lost. Check that it runs, then try again.', {
    cause: error,
  });
}

const OPENING: Readonly<Record<string, string>> = {
  '28P01': 'it refuses this user or password',
  '28000': 'it refuses this user',
  '3D000': 'there is no database of that name; make it with: createdb NAME',
  '53300': 'it has no connection free; raise max_connections or end other programs',
  '57P03': 'it is starting up or shutting down; try again in a moment',
  '42501': 'this user may not create tables there; as the owner run: grant usage, create on schema public to that user',
  ECONNREFUSED: 'nobody answers at that address',
  ENOENT: 'nobody answers at that socket',
  ETIMEDOUT: 'nobody answers at that address',
  EHOSTUNREACH: 'there is no way to that address',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'that host name is not known just now',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS',
};

/** Why the database could not be opened, as a sentence. */
export function explainOpening(error: unknown, isEmbedded: boolean): Error {
  // A refused migration and our own refusals are sentences already.
  if (error instanceof DatabaseError) return error;
  const reason = OPENING[databaseCode(error)] ?? (error instanceof Error ? error.message || error.name : 'unknown');
  return new DatabaseError(
    isEmbedded
      ? `The embedded database cannot be used: ${reason}. Run: npm run --silent ledgerferry -- database stop, then try again.`
      : `The database cannot be used: ${reason}. Correct DATABASE_URL, or unset it for the embedded database.`,
    { cause: error },
  );
}
