/** The only reader of the environment: one schema, and every error names the variable and how to mend it. */
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { makeFolder } from './platform/folders.ts';

export interface Config {
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly secretKeys: readonly Buffer[];
  readonly apiToken: string;
  /** Given in the environment, not made by us: a bind beyond loopback needs one. */
  readonly apiTokenGiven: boolean;
  readonly publicUrl: string;
  readonly host: string;
  readonly port: number;
  /** Whose X-Forwarded-For is believed; nobody's by default. */
  readonly trustedProxies: readonly string[];
  readonly intuitClientId: string;
  readonly intuitClientSecret: string;
  readonly intuitDiscoveryUrl: string;
  readonly quickbooksApiUrl: string;
  readonly autotaskDiscoveryUrl: string;
  /** Proves that a webhook is Intuit's; none: webhooks are refused. */
  readonly webhookVerifierToken: string | null;
  readonly allowLoopbackVendors: boolean;
  readonly timeScale: number;
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly logLevel: string;
  /** Days for which history, reports and the audit log are kept. */
  readonly retentionDays: number;
  readonly crashAt: string | null;
  /** Raises Autotask's hourly ceiling; for benches on the sandbox only. */
  readonly autotaskHourlyCeiling: number | null;
}

/** A variable is missing or wrong; the message says which, what is wrong, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const url = z.url({ protocol: /^https?$/, error: 'an address that starts with http:// or https://' });
const text = z.string();

/** A whole number in decimal digits. */
const whole = (from: number, to: number): z.ZodType<number> =>
  text
    .regex(/^\d{1,9}$/, `a whole number from ${String(from)} to ${String(to)}`)
    .transform(Number)
    .refine((value) => value >= from && value <= to, `a whole number from ${String(from)} to ${String(to)}`);

/** Every variable there is; the messages say what is allowed. */
const schema = z.object({
  DATABASE_URL: text.regex(/^postgres(ql)?:\/\//, 'an address that starts with postgresql://').optional(),
  LEDGERFERRY_DATA_DIR: text.default('./.ledgerferry'),
  LEDGERFERRY_SECRET_KEY: text.optional(),
  LEDGERFERRY_SECRET_KEY_PREVIOUS: text.optional(),
  LEDGERFERRY_API_TOKEN: text.min(24, 'at least 24 characters long (make one: openssl rand -hex 32)').optional(),
  LEDGERFERRY_PUBLIC_URL: url.optional(),
  LEDGERFERRY_HOST: text.default('127.0.0.1'),
  LEDGERFERRY_PORT: whole(0, 65_535).default(8787),
  LEDGERFERRY_TRUSTED_PROXIES: text
    .regex(/^[0-9a-fA-F.:/]+(,[0-9a-fA-F.:/]+)*$/, 'addresses of reverse proxies, with commas between')
    .transform((value) => value.split(','))
    .default([]),
  LEDGERFERRY_INTUIT_CLIENT_ID: text.default(''),
  LEDGERFERRY_INTUIT_CLIENT_SECRET: text.default(''),
  // facts/qbo.md 1.1 and 2.
  LEDGERFERRY_INTUIT_DISCOVERY_URL: url.default('https://developer.api.intuit.com/.well-known/openid_configuration'),
  LEDGERFERRY_QBO_API_URL: url.default('https://quickbooks.api.intuit.com'),
  // facts/autotask.md 1: the host without a number serves discovery only.
  LEDGERFERRY_AUTOTASK_DISCOVERY_URL: url.default('https://webservices.autotask.net'),
  LEDGERFERRY_WEBHOOK_VERIFIER_TOKEN: text.optional(),
  LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: z.enum(['0', '1'], '0 or 1').default('0'),
  LEDGERFERRY_TEST_TIME_SCALE: text
    .regex(/^\d{1,4}(\.\d{1,3})?$/, 'a number from 1 to 1000')
    .transform(Number)
    .refine((value) => value >= 1 && value <= 1000, 'a number from 1 to 1000')
    .default(1),
  LEDGERFERRY_RETENTION_DAYS: whole(90, 36_500).default(365),
  LEDGERFERRY_TEST_CRASH_AT: text.optional(),
  LEDGERFERRY_TEST_AUTOTASK_CEILING: whole(1, 999_999_999).optional(),
  LEDGERFERRY_SMTP_URL: text.regex(/^smtps?:\/\//, 'an address that starts with smtp:// or smtps://').optional(),
  LEDGERFERRY_MAIL_FROM: text.includes('@', 'a mail address').default('Ledgerferry <ledgerferry@localhost>'),
  LEDGERFERRY_LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'one of fatal, error, warn, info, debug, trace, silent',
    )
    .default('warn'),
});
/** The names of all variables; docs/operate.md tells what each is for. */
export const variables: readonly string[] = Object.keys(schema.shape);

type Read = z.infer<typeof schema>;

/** Values that no message may repeat; a wrong address of a database or a mail server may hold a password too. */
const SECRET = /SECRET|TOKEN|DATABASE_URL|SMTP_URL/;
const VENDOR_URLS = {
  LEDGERFERRY_INTUIT_DISCOVERY_URL: /\.intuit\.com$/,
  LEDGERFERRY_QBO_API_URL: /\.intuit\.com$/,
  LEDGERFERRY_AUTOTASK_DISCOVERY_URL: /^webservices\d*\.autotask\.net$/,
} as const;
const TESTS_ONLY = [
  'LEDGERFERRY_TEST_TIME_SCALE',
  'LEDGERFERRY_TEST_CRASH_AT',
  'LEDGERFERRY_TEST_AUTOTASK_CEILING',
] as const;

/**
 * Reads the configuration; makes the data folder's key and token when they are missing and the database is embedded.
 * An empty variable counts as unset. @throws ConfigError that names all wrong variables
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => describe(issue, given)).join('\n'));
  const read = parsed.data;
  checkVendorUrls(read);
  checkTestsOnly(read, given);
  const dataDir = resolve(read.LEDGERFERRY_DATA_DIR);
  return {
    databaseUrl: read.DATABASE_URL ?? null,
    dataDir,
    secretKeys: secretKeys(read, dataDir),
    apiToken: read.LEDGERFERRY_API_TOKEN ?? dataFolderSecret(dataDir, 'api-token'),
    apiTokenGiven: read.LEDGERFERRY_API_TOKEN !== undefined,
    publicUrl: read.LEDGERFERRY_PUBLIC_URL ?? `http://127.0.0.1:${String(read.LEDGERFERRY_PORT)}`,
    host: read.LEDGERFERRY_HOST,
    port: read.LEDGERFERRY_PORT,
    trustedProxies: read.LEDGERFERRY_TRUSTED_PROXIES,
    intuitClientId: read.LEDGERFERRY_INTUIT_CLIENT_ID,
    intuitClientSecret: read.LEDGERFERRY_INTUIT_CLIENT_SECRET,
    intuitDiscoveryUrl: read.LEDGERFERRY_INTUIT_DISCOVERY_URL,
    quickbooksApiUrl: read.LEDGERFERRY_QBO_API_URL.replace(/\/+$/, ''),
    autotaskDiscoveryUrl: read.LEDGERFERRY_AUTOTASK_DISCOVERY_URL.replace(/\/+$/, ''),
    webhookVerifierToken: read.LEDGERFERRY_WEBHOOK_VERIFIER_TOKEN ?? null,
    allowLoopbackVendors: read.LEDGERFERRY_ALLOW_LOOPBACK_VENDORS === '1',
    timeScale: read.LEDGERFERRY_TEST_TIME_SCALE,
    smtpUrl: read.LEDGERFERRY_SMTP_URL ?? null,
    mailFrom: read.LEDGERFERRY_MAIL_FROM,
    logLevel: read.LEDGERFERRY_LOG_LEVEL,
    retentionDays: read.LEDGERFERRY_RETENTION_DAYS,
    crashAt: read.LEDGERFERRY_TEST_CRASH_AT ?? null,
    autotaskHourlyCeiling: read.LEDGERFERRY_TEST_AUTOTASK_CEILING ?? null,
  };
}

function describe(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const name = String(issue.path[0] ?? 'environment');
  const shown = SECRET.test(name) ? 'its value' : JSON.stringify(given[name]);
  return `${name}: ${shown} is not allowed; it must be ${issue.message}. Correct or unset it.`;
}

/** Tokens and invoices go to the two vendors only; to this machine only in the demo and in tests. */
function checkVendorUrls(read: Read): void {
  for (const [name, hosts] of Object.entries(VENDOR_URLS)) {
    const value = read[name as keyof typeof VENDOR_URLS];
    const { protocol, hostname, username, password } = new URL(value);
    if (/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)) {
      if (read.LEDGERFERRY_ALLOW_LOOPBACK_VENDORS === '1') continue;
      throw new ConfigError(
        `${name}: an address of this machine is allowed only with LEDGERFERRY_ALLOW_LOOPBACK_VENDORS=1 (demo and tests).`,
      );
    }
    if (protocol !== 'https:' || !hosts.test(hostname) || username !== '' || password !== '')
      throw new ConfigError(
        `${name}: ${JSON.stringify(value)} is not an https address of ${name.includes('AUTOTASK') ? 'Autotask' : 'Intuit'}. Correct or unset it.`,
      );
  }
}

function checkTestsOnly(read: Read, given: Readonly<Record<string, unknown>>): void {
  if (read.LEDGERFERRY_ALLOW_LOOPBACK_VENDORS === '1') return;
  const wrong = TESTS_ONLY.find((name) => given[name] !== undefined);
  if (wrong !== undefined)
    throw new ConfigError(
      `${wrong} is for tests only: it is refused unless LEDGERFERRY_ALLOW_LOOPBACK_VENDORS=1. Unset it.`,
    );
}

/** The key that seals, then the one before it. A key beside the data is for the embedded database only. */
function secretKeys(read: Read, dataDir: string): Buffer[] {
  const { LEDGERFERRY_SECRET_KEY: present, LEDGERFERRY_SECRET_KEY_PREVIOUS: previous } = read;
  if (present === undefined && read.DATABASE_URL !== undefined)
    throw new ConfigError(
      'LEDGERFERRY_SECRET_KEY is missing: with DATABASE_URL the key must be given (make one: openssl rand -hex 32).',
    );
  const keys = [keyBytes('LEDGERFERRY_SECRET_KEY', present ?? dataFolderSecret(dataDir, 'secret-key'))];
  if (previous !== undefined) keys.push(keyBytes('LEDGERFERRY_SECRET_KEY_PREVIOUS', previous));
  return keys;
}

function keyBytes(name: string, value: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : Buffer.from(value, 'base64');
  if (bytes.length !== 32)
    throw new ConfigError(
      `${name}: its value is not 32 bytes in hexadecimal or base64 (make one: openssl rand -hex 32).`,
    );
  return bytes;
}

/** A secret that lives in the data folder, readable by its owner only; made when missing. */
function dataFolderSecret(dataDir: string, name: string): string {
  const file = join(dataDir, name);
  try {
    if (statSync(file, { throwIfNoEntry: false }) === undefined) makeSecret(dataDir, file);
    // A copy or a restored backup may have opened it to others.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new ConfigError(
      `LEDGERFERRY_DATA_DIR: cannot keep ${file}: ${reason}. Choose a folder that you own, on a disk with room.`,
    );
  }
}

/** Written aside and linked into place: of two first commands at once both read the same whole secret. */
function makeSecret(dataDir: string, file: string): void {
  makeFolder(dataDir);
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(aside, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
    linkSync(aside, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Who we are on leases. */
export const holderName = (token: string): string => `${hostname()}:${String(process.pid)}:${token}`;
