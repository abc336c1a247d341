/** The only reader of the environment: one schema, and every error names the variable and how to mend it. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';

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
  readonly intuitClientId: string;
  readonly intuitClientSecret: string;
  readonly intuitDiscoveryUrl: string;
  readonly quickbooksApiUrl: string;
  readonly autotaskDiscoveryUrl: string;
  readonly allowLoopbackVendors: boolean;
  readonly timeScale: number;
  readonly smtpUrl: string | null;
  readonly mailFrom: string;
  readonly logLevel: string;
  readonly crashAt: string | null;
  /** Raises Autotask's hourly ceiling; for benches on the sandbox only. */
  readonly autotaskHourlyCeiling: number | null;
}

/** A variable is missing or wrong; the message says which, what is wrong, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const url = z.url({ protocol: /^https?$/ });
const schema = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'starts with postgres:// or postgresql://')
    .optional(),
  LEDGERFERRY_DATA_DIR: z.string().default('./.ledgerferry'),
  LEDGERFERRY_SECRET_KEY: z.string().optional(),
  LEDGERFERRY_SECRET_KEY_PREVIOUS: z.string().optional(),
  LEDGERFERRY_API_TOKEN: z.string().min(24, 'has at least 24 characters').optional(),
  LEDGERFERRY_PUBLIC_URL: url.optional(),
  LEDGERFERRY_HOST: z.string().default('127.0.0.1'),
  LEDGERFERRY_PORT: z.coerce.number().int().min(0).max(65535).default(8787),
  LEDGERFERRY_INTUIT_CLIENT_ID: z.string().default(''),
  LEDGERFERRY_INTUIT_CLIENT_SECRET: z.string().default(''),
  LEDGERFERRY_INTUIT_DISCOVERY_URL: url.default('https://developer.api.intuit.com/.well-known/openid_configuration'),
  LEDGERFERRY_QBO_API_URL: url.default('https://quickbooks.api.intuit.com'),
  LEDGERFERRY_AUTOTASK_DISCOVERY_URL: url.default('https://webservices.autotask.net'),
  LEDGERFERRY_WEBHOOK_VERIFIER_TOKEN: z.string().optional(),
  LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: z.enum(['0', '1', '']).default('0'),
  LEDGERFERRY_TEST_TIME_SCALE: z.coerce.number().min(1).max(1000).default(1),
  LEDGERFERRY_TEST_CRASH_AT: z.string().optional(),
  LEDGERFERRY_TEST_AUTOTASK_CEILING: z.coerce.number().int().min(1).optional(),
  LEDGERFERRY_SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'starts with smtp:// or smtps://')
    .optional(),
  LEDGERFERRY_MAIL_FROM: z.string().default('Ledgerferry <ledgerferry@localhost>'),
  LEDGERFERRY_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('warn'),
});

const SECRET = /SECRET|TOKEN|DATABASE_URL|SMTP_URL/;
const isLoopback = (text: string): boolean => /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:|\/|$)/.test(text);

/**
 * Reads the configuration; makes the data folder's key and token when they are missing and the database is embedded.
 * @throws ConfigError
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map((issue) => describe(issue, given)).join('\n'));
  const read = parsed.data;
  const allowLoopbackVendors = read.LEDGERFERRY_ALLOW_LOOPBACK_VENDORS === '1';
  for (const name of [
    'LEDGERFERRY_INTUIT_DISCOVERY_URL',
    'LEDGERFERRY_QBO_API_URL',
    'LEDGERFERRY_AUTOTASK_DISCOVERY_URL',
  ] as const) {
    checkVendorUrl(name, read[name], allowLoopbackVendors);
  }
  for (const name of [
    'LEDGERFERRY_TEST_TIME_SCALE',
    'LEDGERFERRY_TEST_CRASH_AT',
    'LEDGERFERRY_TEST_AUTOTASK_CEILING',
  ] as const) {
    if (given[name] !== undefined && !allowLoopbackVendors) {
      throw new ConfigError(
        `${name} is for tests only: it is refused unless LEDGERFERRY_ALLOW_LOOPBACK_VENDORS=1. Unset it.`,
      );
    }
  }
  const dataDir = resolve(read.LEDGERFERRY_DATA_DIR);
  const keys = [
    read.LEDGERFERRY_SECRET_KEY ?? dataFile(dataDir, 'secret-key', read.DATABASE_URL),
    read.LEDGERFERRY_SECRET_KEY_PREVIOUS,
  ];
  return {
    databaseUrl: read.DATABASE_URL ?? null,
    dataDir,
    secretKeys: keys.filter((key) => key !== undefined).map(keyBytes),
    apiToken: read.LEDGERFERRY_API_TOKEN ?? dataFile(dataDir, 'api-token', undefined),
    apiTokenGiven: read.LEDGERFERRY_API_TOKEN !== undefined,
    publicUrl: read.LEDGERFERRY_PUBLIC_URL ?? `http://127.0.0.1:${String(read.LEDGERFERRY_PORT)}`,
    host: read.LEDGERFERRY_HOST,
    port: read.LEDGERFERRY_PORT,
    intuitClientId: read.LEDGERFERRY_INTUIT_CLIENT_ID,
    intuitClientSecret: read.LEDGERFERRY_INTUIT_CLIENT_SECRET,
    intuitDiscoveryUrl: read.LEDGERFERRY_INTUIT_DISCOVERY_URL,
    quickbooksApiUrl: read.LEDGERFERRY_QBO_API_URL.replace(/\/+$/, ''),
    autotaskDiscoveryUrl: read.LEDGERFERRY_AUTOTASK_DISCOVERY_URL.replace(/\/+$/, ''),
    allowLoopbackVendors,
    timeScale: read.LEDGERFERRY_TEST_TIME_SCALE,
    smtpUrl: read.LEDGERFERRY_SMTP_URL ?? null,
    mailFrom: read.LEDGERFERRY_MAIL_FROM,
    logLevel: read.LEDGERFERRY_LOG_LEVEL,
    crashAt: read.LEDGERFERRY_TEST_CRASH_AT ?? null,
    autotaskHourlyCeiling: read.LEDGERFERRY_TEST_AUTOTASK_CEILING ?? null,
  };
}

function describe(issue: z.core.$ZodIssue, given: Readonly<Record<string, unknown>>): string {
  const name = String(issue.path[0] ?? 'environment');
  const shown = SECRET.test(name) ? 'its value' : JSON.stringify(given[name]);
  return `${name}: ${shown} is not allowed: ${issue.message}. Correct or unset it.`;
}

function checkVendorUrl(name: string, value: string, allowLoopback: boolean): void {
  if (isLoopback(value)) {
    if (!allowLoopback)
      throw new ConfigError(
        `${name}: an address of this machine is allowed only with LEDGERFERRY_ALLOW_LOOPBACK_VENDORS=1 (demo and tests).`,
      );
    return;
  }
  const host = new URL(value).hostname;
  if (!value.startsWith('https://') || !(/\.intuit\.com$/.test(host) || /(^|\.)autotask\.net$/.test(host))) {
    throw new ConfigError(
      `${name}: ${JSON.stringify(value)} is not an https address of Intuit or Autotask. Correct or unset it.`,
    );
  }
}

function keyBytes(text: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64');
  if (bytes.length !== 32)
    throw new ConfigError(
      'LEDGERFERRY_SECRET_KEY: its value is not 32 bytes in hexadecimal or base64 (make one: openssl rand -hex 32).',
    );
  return bytes;
}

/** A secret that lives in the data folder, readable by its owner only; made when missing. */
function dataFile(dataDir: string, name: string, databaseUrl: string | undefined): string {
  if (databaseUrl !== undefined)
    throw new ConfigError(
      'LEDGERFERRY_SECRET_KEY is missing: with DATABASE_URL the key must be given (make one: openssl rand -hex 32).',
    );
  const file = join(dataDir, name);
  try {
    if (!existsSync(file)) {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 });
      writeFileSync(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' });
      chmodSync(file, 0o600);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      const reason = error instanceof Error ? error.message : 'unknown';
      throw new ConfigError(
        `LEDGERFERRY_DATA_DIR: cannot write ${file}: ${reason}. Choose a folder that you own, on a disk with room.`,
      );
    }
  }
  return readFileSync(file, 'utf8').trim();
}

/** Who we are on leases. */
export const holderName = (token: string): string => `${hostname()}:${String(process.pid)}:${token}`;
