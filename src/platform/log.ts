/** Structured log on stderr. Secrets are redacted by name and by form; nobody logs bodies, tokens, realm ids or customer data. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Logger;

const SECRET_NAMES = [
  'secret',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'access_token',
  'refresh_token',
  'authorization',
  'Authorization',
  'cookie',
  'clientSecret',
  'realmId',
  'code',
  'Secret',
  'ApiIntegrationCode',
];
/** The password of an address, and what follows the scheme of an authorization: they turn up inside other people's messages. */
const ADDRESS_PASSWORD = /(\/\/[^\s/:@"]*:)[^\s@"]+@/g;
const CREDENTIALS = /\b(Bearer|Basic) [\w.~+/=-]{6,}/gi;

const scrub = (line: string): string =>
  line.replaceAll(ADDRESS_PASSWORD, '$1[redacted]@').replaceAll(CREDENTIALS, '$1 [redacted]');

/** A log of this level (a pino level, or `silent`); `destination` is stderr unless a test says otherwise. */
export const createLog = (
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Log =>
  pino(
    {
      level,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
      hooks: { streamWrite: scrub },
    },
    destination,
  );
