// Runs the whole suite once. Browser tests run where a Chromium is found; LEDGERFERRY_REQUIRE_BROWSER=1 makes its absence an error.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const browser = [
  process.env.LEDGERFERRY_BROWSER,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path));
if (!browser && process.env.LEDGERFERRY_REQUIRE_BROWSER === '1') {
  process.stderr.write(
    'No Chromium was found, and LEDGERFERRY_REQUIRE_BROWSER=1 asks for one. Install it, or set LEDGERFERRY_BROWSER to its path.\n',
  );
  process.exit(1);
}
if (!browser)
  process.stderr.write(
    'No Chromium was found: the browser tests are skipped. Set LEDGERFERRY_BROWSER to its path to run them.\n',
  );
const done = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, LEDGERFERRY_BROWSER: browser ?? '' },
  },
);
process.exit(done.status ?? 1);
