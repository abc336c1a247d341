/** Structured log on stderr. Secrets are redacted by name; nobody logs bodies, tokens, realm ids or customer data. */
import { pino, type Logger } from 'pino';

export type Log = Logger;

const SECRET_NAMES = [
  'secret',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'clientSecret',
  'realmId',
  'code',
  'Secret',
  'ApiIntegrationCode',
];

export const createLog = (level: string): Log =>
  pino(
    {
      level,
      redact: { paths: SECRET_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: true }),
  );
