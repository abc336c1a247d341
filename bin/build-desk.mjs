// Makes web/dist from web/src where it is missing or was made from other sources. Called by `npm run build`, and by bin/run.mjs before
// anything that serves the desk. Quiet: one line on stderr when it works. Two starts at once never build over each other: the folder's
// creation is the lock, and the finished folder appears in one piece.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

// Started by a test, the environment may say `test`: React would be built with all its warnings, at twice the size.
process.env.NODE_ENV = 'production';

const root = join(import.meta.dirname, '..');
const web = join(root, 'web');
const dist = join(web, 'dist');
const mark = join(dist, '.built-from');
const lock = join(web, '.building');
const WAIT_MS = 200;
const ABANDONED_MS = 120_000;

/** What the desk is made of, as one hash: a checkout of an older version builds again, a touched file does not. */
function sourcesHash() {
  const hash = createHash('sha256');
  const files = readdirSync(join(web, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const file of [
    ...files.sort(),
    join(web, 'index.html'),
    join(web, 'vite.config.ts'),
    join(root, 'package-lock.json'),
    import.meta.filename,
  ])
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

const isFresh = (hash) => existsSync(mark) && readFileSync(mark, 'utf8') === hash;

function takeLock() {
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
      if (since !== undefined && Date.now() - since > ABANDONED_MS) rmSync(lock, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}

/** Beside each text file its gzip form, so that the server sends it as it is. */
function compress(folder) {
  for (const name of readdirSync(folder).filter((one) => /\.(js|css|svg)$/.test(one)))
    writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
}

/** @throws where the sources do not build, or the folder cannot be written */
async function buildDesk() {
  const hash = sourcesHash();
  if (isFresh(hash)) return;
  takeLock();
  const made = join(web, `.dist-${process.pid}`);
  try {
    if (isFresh(hash)) return;
    process.stderr.write('ledgerferry: building the desk (once after a change of its sources)\n');
    const { build } = await import('vite');
    await build({ configFile: join(web, 'vite.config.ts'), logLevel: 'error', build: { outDir: made } });
    compress(join(made, 'assets'));
    writeFileSync(join(made, '.built-from'), hash);
    rmSync(dist, { recursive: true, force: true });
    renameSync(made, dist);
  } finally {
    rmSync(made, { recursive: true, force: true });
    rmSync(lock, { recursive: true, force: true });
  }
}

try {
  await buildDesk();
} catch (error) {
  process.stderr.write(`ledgerferry: the desk could not be built: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
