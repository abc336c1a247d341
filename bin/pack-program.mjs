// Packs src/main.ts with the libraries of many small files that every command opens into the folder that is named. Called by
// bin/run.mjs. The folder appears in one piece, so that two commands at once never see half of it; those that nobody has made
// for a month are removed, not earlier: a server that runs still opens its own.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MONTH_MS = 30 * 86_400_000;
const root = join(import.meta.dirname, '..');
const folder = process.argv[2];
const cache = dirname(folder);
const made = join(cache, `.packing-${process.pid}`);

/** One letter beyond Latin-1 makes V8 hold a whole file at two bytes a letter: what a text or a pattern holds of them is escaped. */
const inAscii = (/** @type {string} */ code) =>
  code.replaceAll(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

mkdirSync(cache, { recursive: true });
try {
  const { build } = await import('vite');
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'silent',
    // What these are made of is one copy for all; the rest is opened as it was installed.
    ssr: {
      noExternal: [
        'big.js',
        'commander',
        'csv-parse',
        'csv-stringify',
        'fastify-type-provider-zod',
        'fflate',
        'kysely',
        'temporal-polyfill',
        'zod',
      ],
    },
    build: {
      ssr: join(root, 'src', 'main.ts'),
      outDir: made,
      target: 'node22',
      rollupOptions: {
        output: {
          entryFileNames: 'main.mjs',
          chunkFileNames: '[name]-[hash].mjs',
          // Names stay as they are written, so that a stack of calls can be read.
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
        },
      },
    },
  });
  for (const name of readdirSync(made)) {
    const file = join(made, name);
    writeFileSync(file, inAscii(readFileSync(file, 'utf8')));
  }
  renameSync(made, folder);
  for (const name of readdirSync(cache))
    if (Date.now() - statSync(join(cache, name)).mtimeMs > MONTH_MS) rmSync(join(cache, name), { recursive: true });
} finally {
  rmSync(made, { recursive: true, force: true });
}
