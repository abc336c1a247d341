// Which file is the program: packed into a few files (bin/pack-program.mjs) instead of some five hundred, which to open is half of what
// a short command costs (docs/decisions/0015-packed-program.md). Packed once for each state of the sources; where that cannot be done,
// the program runs from them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @param {string} node the Node.js that packs and runs it @returns {string} the path of its entry */
export function packedProgram(node) {
  const folder = join(root, 'node_modules', '.cache', 'ledgerferry', stateOfSources());
  const main = join(folder, 'main.mjs');
  if (!existsSync(main)) spawnSync(node, [join(root, 'bin', 'pack-program.mjs'), folder], { stdio: 'ignore' });
  return existsSync(main) ? main : join(root, 'src', 'main.ts');
}

/** Changes with every file that the program is made of. */
function stateOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(root, 'src'), { recursive: true }).filter((name) => name.endsWith('.ts'));
  const files = sources.map((name) => join('src', name));
  for (const name of [...files.sort(), 'package-lock.json', join('bin', 'pack-program.mjs')]) {
    const { size, mtimeMs } = statSync(join(root, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}
