/** The environment: what is allowed, and that every refusal names the variable and gives no secret away. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, variables } from '../../src/config.ts';

let folder: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lf-config-'));
  env = { LEDGERFERRY_DATA_DIR: join(folder, 'data') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const message = (more: Record<string, string>): string => {
  try {
    loadConfig({ ...env, ...more });
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return error instanceof Error ? error.message : '';
  }
};
const external = { DATABASE_URL: 'postgresql://me:pw-of-db@db/x', LEDGERFERRY_SECRET_KEY: 'ab'.repeat(32) };
const loopback = { LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: '1' };

describe('the configuration', () => {
  it('is told in docs/operate.md, each variable in a row of its own', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/operate.md'), 'utf8');
    const told = [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
    expect(new Set(told)).toEqual(new Set(variables));
    expect(told).toHaveLength(variables.length);
  });

  it('needs nothing: real vendors, an embedded database, key and token made for their owner alone and kept', () => {
    const config = loadConfig(env);
    expect(config).toMatchObject({
      databaseUrl: null,
      host: '127.0.0.1',
      port: 8787,
      publicUrl: 'http://127.0.0.1:8787',
      intuitDiscoveryUrl: 'https://developer.api.intuit.com/.well-known/openid_configuration',
      quickbooksApiUrl: 'https://quickbooks.api.intuit.com',
      autotaskDiscoveryUrl: 'https://webservices.autotask.net',
      allowLoopbackVendors: false,
      timeScale: 1,
      retentionDays: 365,
      apiTokenGiven: false,
    });
    expect(config.secretKeys.map((key) => key.length)).toEqual([32]);
    expect(config.apiToken).toHaveLength(64);
    for (const name of ['secret-key', 'api-token'])
      expect(statSync(join(config.dataDir, name)).mode & 0o777).toBe(0o600);
    expect(loadConfig(env)).toEqual(config);
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig({ ...env, LEDGERFERRY_PORT: '', DATABASE_URL: '' })).toMatchObject({
      port: 8787,
      databaseUrl: null,
    });
  });

  it('takes a key in hexadecimal or base64, and the one before it', () => {
    const bytes = Buffer.alloc(32, 7);
    const config = loadConfig({
      ...env,
      LEDGERFERRY_SECRET_KEY: bytes.toString('base64'),
      LEDGERFERRY_SECRET_KEY_PREVIOUS: 'ab'.repeat(32),
    });
    expect(config.secretKeys).toEqual([bytes, Buffer.alloc(32, 0xab)]);
    expect(readdirSync(config.dataDir)).toEqual(['api-token']);
  });

  it.each([
    [{ DATABASE_URL: 'mysql://me:hidden@x/y' }, /^DATABASE_URL: its value is not allowed; it must be .*postgresql/],
    [{ DATABASE_URL: 'postgresql://db/x' }, /^LEDGERFERRY_SECRET_KEY is missing: with DATABASE_URL/],
    [{ LEDGERFERRY_SECRET_KEY: 'hidden-and-short' }, /^LEDGERFERRY_SECRET_KEY: its value is not 32 bytes/],
    [{ LEDGERFERRY_SECRET_KEY_PREVIOUS: 'hidden' }, /^LEDGERFERRY_SECRET_KEY_PREVIOUS: its value is not 32 bytes/],
    [{ LEDGERFERRY_API_TOKEN: 'hidden' }, /^LEDGERFERRY_API_TOKEN: its value .* at least 24 characters/],
    [{ LEDGERFERRY_SMTP_URL: 'http://me:hidden@mail' }, /^LEDGERFERRY_SMTP_URL: its value .* smtp:\/\/ or smtps:\/\//],
    [{ LEDGERFERRY_PORT: '0x1F' }, /^LEDGERFERRY_PORT: "0x1F" .* whole number from 0 to 65535/],
    [{ LEDGERFERRY_PORT: '70000' }, /^LEDGERFERRY_PORT: "70000" .* whole number from 0 to 65535/],
    [{ LEDGERFERRY_PUBLIC_URL: 'ledger.example' }, /^LEDGERFERRY_PUBLIC_URL: "ledger.example" .* https:\/\//],
    [{ LEDGERFERRY_LOG_LEVEL: 'loud' }, /^LEDGERFERRY_LOG_LEVEL: "loud" .* one of fatal/],
    [{ LEDGERFERRY_MAIL_FROM: 'nobody' }, /^LEDGERFERRY_MAIL_FROM: "nobody" .* a mail address/],
    [{ LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: 'yes' }, /^LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: "yes" .* 0 or 1/],
    [{ ...loopback, LEDGERFERRY_TEST_TIME_SCALE: '1001' }, /^LEDGERFERRY_TEST_TIME_SCALE: "1001" .* from 1 to 1000/],
    [{ ...loopback, LEDGERFERRY_TEST_TIME_SCALE: '0.5' }, /^LEDGERFERRY_TEST_TIME_SCALE: "0.5" .* from 1 to 1000/],
    [{ LEDGERFERRY_TEST_TIME_SCALE: '10' }, /^LEDGERFERRY_TEST_TIME_SCALE is for tests only/],
    [{ LEDGERFERRY_TEST_CRASH_AT: 'x' }, /^LEDGERFERRY_TEST_CRASH_AT is for tests only/],
    [{ LEDGERFERRY_TEST_AUTOTASK_CEILING: '9' }, /^LEDGERFERRY_TEST_AUTOTASK_CEILING is for tests only/],
  ])('refuses %j in words', (more, words) => {
    const told = message(more);
    expect(told).toMatch(words);
    expect(told).not.toContain('hidden');
  });

  it('names all wrong variables at once', () => {
    const told = message({ LEDGERFERRY_PORT: 'x', LEDGERFERRY_LOG_LEVEL: 'y' });
    expect(told.split('\n').map((line) => line.split(':')[0])).toEqual(['LEDGERFERRY_PORT', 'LEDGERFERRY_LOG_LEVEL']);
  });

  it.each([
    ['LEDGERFERRY_QBO_API_URL', 'https://sandbox-quickbooks.api.intuit.com', true],
    ['LEDGERFERRY_QBO_API_URL', 'http://quickbooks.api.intuit.com', false],
    ['LEDGERFERRY_QBO_API_URL', 'https://intuit.com.evil.example', false],
    ['LEDGERFERRY_QBO_API_URL', 'https://evil-intuit.com', false],
    ['LEDGERFERRY_QBO_API_URL', 'https://user:pw@quickbooks.api.intuit.com', false],
    ['LEDGERFERRY_QBO_API_URL', 'http://127.0.0.1:9', false],
    ['LEDGERFERRY_INTUIT_DISCOVERY_URL', 'http://localhost:9/.well-known/openid_configuration', false],
    ['LEDGERFERRY_INTUIT_DISCOVERY_URL', 'https://webservices.autotask.net', false],
    ['LEDGERFERRY_AUTOTASK_DISCOVERY_URL', 'https://webservices22.autotask.net', true],
    ['LEDGERFERRY_AUTOTASK_DISCOVERY_URL', 'https://webservices.autotask.net.evil.example', false],
    ['LEDGERFERRY_AUTOTASK_DISCOVERY_URL', 'https://10.0.0.1', false],
    ['LEDGERFERRY_AUTOTASK_DISCOVERY_URL', 'http://[::1]:9', false],
  ])('%s=%s is allowed: %s', (name, value, isAllowed) => {
    const told = message({ [name]: value });
    if (isAllowed) expect(told).toBe('accepted');
    else expect(told).toMatch(new RegExp(`^${name}: `));
  });

  it('lets the demo and tests speak to this machine, and to no other than the vendors', () => {
    expect(loadConfig({ ...env, ...loopback, LEDGERFERRY_QBO_API_URL: 'http://127.0.0.1:9/' }).quickbooksApiUrl).toBe(
      'http://127.0.0.1:9',
    );
    expect(loadConfig({ ...env, ...loopback, LEDGERFERRY_TEST_TIME_SCALE: '1000' }).timeScale).toBe(1000);
    expect(message({ ...loopback, LEDGERFERRY_QBO_API_URL: 'http://localhost:80@evil.example' })).toMatch(
      /^LEDGERFERRY_QBO/,
    );
    expect(message({ ...loopback, LEDGERFERRY_QBO_API_URL: 'http://10.0.0.1:9' })).toMatch(/^LEDGERFERRY_QBO/);
  });

  it('with a database of one’s own makes no key, only the token', () => {
    const config = loadConfig({ ...env, ...external });
    expect(config.databaseUrl).toBe(external.DATABASE_URL);
    expect(readdirSync(config.dataDir)).toEqual(['api-token']);
  });

  it('closes a secret file that a copy has opened to others', () => {
    const { dataDir } = loadConfig(env);
    chmodSync(join(dataDir, 'secret-key'), 0o644);
    loadConfig(env);
    expect(statSync(join(dataDir, 'secret-key')).mode & 0o777).toBe(0o600);
  });

  it('says in words that the data folder cannot be written', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(message({ LEDGERFERRY_DATA_DIR: join(folder, 'file/data') })).toMatch(
      /^LEDGERFERRY_DATA_DIR: cannot keep .*file\/data/,
    );
  });

  // The kernel refuses folders there; making one with all above it never came back.
  it.skipIf(process.platform !== 'linux')('says it of a folder below /proc', () => {
    expect(message({ LEDGERFERRY_DATA_DIR: '/proc/ledgerferry/data' })).toMatch(
      /^LEDGERFERRY_DATA_DIR: cannot keep \/proc\/ledgerferry\/data/,
    );
  });

  it('gives eight first commands at once the same key', async () => {
    const script = `import { loadConfig } from ${JSON.stringify(join(import.meta.dirname, '../../src/config.ts'))};
      process.stdout.write(loadConfig(process.env).secretKeys[0].toString('hex'));`;
    const key = (): Promise<string> =>
      new Promise((done) => {
        const child = spawn(
          process.execPath,
          ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
          { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
        );
        let out = '';
        child.stdout.on('data', (data: Buffer) => (out += data.toString()));
        child.on('close', () => done(out));
      });
    const keys = await Promise.all(Array.from({ length: 8 }, key));
    expect(new Set(keys)).toEqual(new Set([readFileSync(join(folder, 'data/secret-key'), 'utf8')]));
    expect(readdirSync(join(folder, 'data')).toSorted()).toEqual(['api-token', 'secret-key']);
  });
});
