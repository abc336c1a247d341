/**
 * The embedded database: real PostgreSQL 18 from npm, started detached in the data folder and reused by every command.
 * No port and no password: a Unix socket in a folder of mode 0700 (Windows: loopback with a random password).
 * Never starts a second server on the same files, and never touches files of another major version.
 * Cases and measurements: docs/decisions/0002-embedded-postgresql.md.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../../platform/folders.ts';
import { findBinaries } from './binaries.ts';
import { EmbeddedDatabaseError, explainFolder, pause } from './failure.ts';
import { withFolderLock } from './folder-lock.ts';
import { chooseRunAs, giveTo, type RunAs } from './run-as.ts';
import { clearStale, isPostgres, liveServer, type ServerProcess } from './server-process.ts';
import { newAddress, socketFile } from './socket-folder.ts';

export { EmbeddedDatabaseError } from './failure.ts';

const run = promisify(execFile);
const MAJOR = '18';
/** Recovery after a crash of the machine counts as starting. */
const START_MS = 60_000;
const STOP_MS = 20_000;
const DISK_MIN_BYTES = 200 * 1024 * 1024;
const LOG_BYTES_MAX = 5 * 1024 * 1024;

/** For a laptop beside other programs: 32 MB of buffers, no replication, few helper processes. */
const SETTINGS = {
  max_connections: '60',
  shared_buffers: '32MB',
  unix_socket_permissions: '0700',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  log_min_messages: 'fatal',
  timezone: 'UTC',
  log_timezone: 'UTC',
} as const;

export interface EmbeddedServer {
  /** The folder of the Unix socket, or 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  readonly password: string | null;
  /** It ran already. */
  readonly reused: boolean;
  /** Ends the server, for all who use it. */
  stop(): Promise<boolean>;
}

interface Place {
  readonly dataDir: string;
  readonly cluster: string;
  readonly passwordFile: string;
}

/** Starts the server of this data folder, or answers the one that runs. @throws EmbeddedDatabaseError */
export async function startEmbedded(dataDir: string): Promise<EmbeddedServer> {
  try {
    makeFolder(dataDir);
    const place = placeOf(dataDir);
    return await withFolderLock(join(place.dataDir, 'postgres.lock'), async () => {
      const running = await usableServer(place);
      const server = running ?? (await startAnew(findBinaries(), place));
      return { ...addressOf(place, server), reused: running !== null, stop: () => stopEmbedded(dataDir) };
    });
  } catch (error) {
    throw explainFolder(dataDir, error);
  }
}

/** Stops the server of this data folder; false when none ran. @throws EmbeddedDatabaseError */
export async function stopEmbedded(dataDir: string): Promise<boolean> {
  if (!existsSync(dataDir)) return false;
  const { cluster } = placeOf(dataDir);
  const server = liveServer(cluster);
  if (server === null) return false;
  await stopServer(server, cluster);
  return true;
}

/** True for a server that died; PostgreSQL takes this file away when it is told to stop, and only then. */
export const hasDied = (dataDir: string): boolean => {
  const { cluster } = placeOf(dataDir);
  return existsSync(join(cluster, 'postmaster.pid')) && liveServer(cluster) === null;
};

/** One spelling per folder: the command line of the running server is compared with it. */
function placeOf(dataDir: string): Place {
  const real = realpathSync(dataDir);
  return { dataDir: real, cluster: join(real, 'postgres'), passwordFile: join(real, 'postgres.password') };
}

function addressOf(
  place: Place,
  { host, port }: ServerProcess,
): { host: string; port: number; password: string | null } {
  const password = existsSync(place.passwordFile) ? readFileSync(place.passwordFile, 'utf8') : null;
  return { host, port, password };
}

/** A server that lives: waits while it starts or stops; one whose socket was swept away is ended. */
async function usableServer({ cluster }: Place): Promise<ServerProcess | null> {
  const until = performance.now() + START_MS;
  for (;;) {
    const server = liveServer(cluster);
    if (server === null) return null;
    if (server.status === 'ready') {
      if (existsSync(socketFile(server)) || process.platform === 'win32') return server;
      await stopServer(server, cluster);
    } else if (performance.now() > until) {
      throw new EmbeddedDatabaseError(
        `The database (process ${String(server.pid)}) is ${server.status} for a long time. End it, then try again.`,
      );
    } else {
      await pause(10);
    }
  }
}

async function stopServer(server: ServerProcess, cluster: string): Promise<void> {
  if (process.platform === 'win32')
    spawnSync(join(findBinaries(), 'pg_ctl'), ['stop', '-D', cluster, '-m', 'fast'], { stdio: 'ignore' });
  else process.kill(server.pid, 'SIGINT');
  const until = performance.now() + STOP_MS;
  while (isPostgres(server.pid, cluster)) {
    if (performance.now() > until)
      throw new EmbeddedDatabaseError(
        `The database (process ${String(server.pid)}) does not stop. End it by hand, then try again.`,
      );
    await pause(10);
  }
}

async function startAnew(bin: string, place: Place): Promise<ServerProcess> {
  checkVersion(place.cluster);
  checkDisk(place);
  const as = chooseRunAs(join(bin, 'postgres'), place.dataDir);
  if (!existsSync(join(place.cluster, 'PG_VERSION'))) await initialize(bin, place, as);
  giveTo(as, place.cluster);
  await clearStale(place.cluster);
  return launch(bin, place, as);
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

function checkDisk({ dataDir, cluster }: Place): void {
  const disk = statfsSync(dataDir);
  const free = disk.bavail * disk.bsize;
  if (free >= DISK_MIN_BYTES) return;
  // Another folder would begin an empty ledger, and every invoice anew.
  const cure = existsSync(join(cluster, 'PG_VERSION'))
    ? 'Your ledger is there and whole: free some room, then run the same command again'
    : 'Free some room, or choose another LEDGERFERRY_DATA_DIR';
  throw new EmbeddedDatabaseError(
    `The disk of ${dataDir} has only ${String(Math.floor(free / 1_048_576))} MB left; the database needs 200. ${cure}.`,
  );
}

/** Made beside its place and moved there when whole: a start that was killed half-way leaves nothing that looks finished. */
async function initialize(bin: string, { dataDir, cluster, passwordFile }: Place, as: RunAs): Promise<void> {
  const half = join(dataDir, 'postgres.new');
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { mode: 0o700 });
  giveTo(as, half);
  const windows = process.platform === 'win32';
  if (windows) writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  const auth = windows ? ['--auth=scram-sha-256', `--pwfile=${passwordFile}`] : ['--auth=trust'];
  const flags = ['--username=ledgerferry', '--encoding=UTF8', '--locale=C', '--data-checksums', '--no-instructions'];
  const [command = '', ...args] = [...as.prefix, join(bin, 'initdb'), '-D', half, ...flags, ...auth];
  // Not in step with us: whoever starts a server goes on loading meanwhile.
  const failure = await run(command, args, { ...as.identity, cwd: '/' }).then(
    () => null,
    (error: Error & { stderr?: string }) => error,
  );
  if (failure !== null) {
    rmSync(half, { recursive: true, force: true });
    throw new EmbeddedDatabaseError(
      `PostgreSQL could not prepare ${cluster}: ${lastLines(failure.stderr ?? '') || failure.message}`,
    );
  }
  rmSync(cluster, { recursive: true, force: true });
  renameSync(half, cluster);
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-2).join(' ');

async function launch(bin: string, place: Place, as: RunAs): Promise<ServerProcess> {
  const { host, port } = await newAddress(place.dataDir, place.cluster, as);
  const windows = process.platform === 'win32';
  const settings = {
    ...SETTINGS,
    unix_socket_directories: windows ? '' : host,
    listen_addresses: windows ? host : '',
    port: String(port),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = join(place.dataDir, 'postgres.log');
  const [command = '', ...args] = [...as.prefix, join(bin, 'postgres'), '-D', place.cluster, ...flags];
  const ended = spawnDetached(command, args, as, log);
  const until = performance.now() + START_MS;
  for (;;) {
    const server = liveServer(place.cluster);
    if (server?.status === 'ready') return server;
    if (ended() !== null || performance.now() > until)
      throw new EmbeddedDatabaseError(
        `PostgreSQL did not start: ${lastLines(readFileSync(log, 'utf8')) || (ended() ?? '')} (the whole log: ${log})`,
      );
    await pause(5);
  }
}

/** Starts a process that outlives us; answers how to ask whether, and why, it has ended. */
function spawnDetached(command: string, args: string[], as: RunAs, log: string): () => string | null {
  const isLong = (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES_MAX;
  const out = openSync(log, isLong ? 'w' : 'a', 0o600);
  let ended: string | null = null;
  const server = spawn(command, args, { ...as.identity, detached: true, stdio: ['ignore', out, out], cwd: '/' });
  server.on('exit', (code, signal) => (ended = `it ended with ${String(code ?? signal)}`));
  server.on('error', (error) => (ended = error.message));
  server.unref();
  closeSync(out);
  return () => ended;
}
