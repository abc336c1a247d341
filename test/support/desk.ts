/** The built desk, for tests that look at its files or serve it; built by the same program as for users, once. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export const DIST = join(import.meta.dirname, '../../web/dist');

export function builtDesk(): void {
  const done = spawnSync(process.execPath, [join(import.meta.dirname, '../../bin/build-desk.mjs')], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(done.stderr);
}
