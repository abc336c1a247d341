/**
 * The demo's data folder remembers where its sandboxes answer, so that every command works on the demo from another terminal
 * and none of them ever takes a real vendor for it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';

type Env = Readonly<Record<string, string | undefined>>;

const FILE = 'demo.json';
/** What belongs to somebody's own installation, never to the demo. */
const OWN = ['DATABASE_URL', 'LEDGERFERRY_SECRET_KEY', 'LEDGERFERRY_SMTP_URL'] as const;

/** The environment of the demo, made from the one of its terminal; remembered in its folder. */
export function rememberDemo(env: Env, dataDir: string, vendors: Readonly<Record<string, string>>): Env {
  writeFileSync(join(dataDir, FILE), JSON.stringify(vendors), { mode: 0o600 });
  return asDemo(env, { ...vendors, LEDGERFERRY_DATA_DIR: dataDir });
}

const asDemo = (env: Env, demo: Readonly<Record<string, string>>): Env => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !OWN.some((one) => one === name))),
  ...demo,
});

/** The same environment, or the demo's where the data folder is one's. @throws ConfigError when it cannot be read */
export function withDemo(env: Env): Env {
  const folder = env['LEDGERFERRY_DATA_DIR'] ?? '';
  if (folder === '') return env;
  try {
    return asDemo(env, JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as Record<string, string>);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return env;
    throw new ConfigError(`LEDGERFERRY_DATA_DIR: ${folder} is a demo's, and its ${FILE} cannot be read.`);
  }
}
