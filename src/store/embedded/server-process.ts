/**
 * The server's process as postmaster.pid and the operating system tell it. A stale file whose number another process has
 * by now does not count, and a zombie is dead. Never believe the file alone.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { codeOf, EmbeddedDatabaseError, pause } from './failure.ts';

/** Children of a killed server notice its death within moments. */
const ORPHANS_MS = 15_000;

export interface ServerProcess {
  readonly pid: number;
  /** `ready` once connections are accepted; also `starting` and `stopping`. */
  readonly status: string;
  readonly host: string;
  readonly port: number;
}

/** Lines of postmaster.pid: process, folder, start, port, socket folder, address, shared memory, status. */
function pidFile(cluster: string): string[] | null {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8')
      .split('\n')
      .map((line) => line.trim());
  } catch {
    return null;
  }
}

/** The server of this cluster, or null when none lives. */
export function liveServer(cluster: string): ServerProcess | null {
  const lines = pidFile(cluster);
  const pid = Number(lines?.[0] ?? Number.NaN);
  if (lines === null || !Number.isInteger(pid) || pid <= 0 || !isPostgres(pid, cluster)) return null;
  const [, , , port = '', socket = '', , , status = 'starting'] = lines;
  return { pid, status, host: socket === '' ? '127.0.0.1' : socket, port: Number(port) };
}

/** Whether this process is the server of this cluster. */
export function isPostgres(pid: number, cluster: string): boolean {
  if (!exists(pid)) return false;
  if (process.platform === 'linux') return isServer(linuxCommand(pid), cluster);
  if (process.platform === 'win32')
    return commandOutput('tasklist', ['/FI', `PID eq ${String(pid)}`, '/NH']).includes('postgres');
  const line = commandOutput('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return line.includes('postgres') && line.includes(`-D ${cluster} `);
}

/** Words of the command line; none for a zombie, which is dead and only waits to be buried. */
function linuxCommand(pid: number): string[] {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

const isServer = ([program = '', ...args]: readonly string[], cluster: string): boolean =>
  basename(program).startsWith('postgres') && args[args.indexOf('-D') + 1] === cluster;

const commandOutput = (program: string, args: readonly string[]): string =>
  spawnSync(program, [...args], { encoding: 'utf8' }).stdout ?? '';

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Clears the way for a new server after a killed one. Its children may still write: as long as they hold its shared
 * memory, nothing is touched (PostgreSQL has the same interlock in the same file, so the file goes only after them).
 */
export async function clearStale(cluster: string): Promise<void> {
  const lines = pidFile(cluster);
  if (lines === null) return;
  const until = performance.now() + ORPHANS_MS;
  while (isMemoryInUse(lines[6] ?? '')) {
    if (performance.now() > until)
      throw new EmbeddedDatabaseError(
        `Processes of a killed database still work in ${cluster}. End them (ps ax | grep postgres), then try again.`,
      );
    await pause(20);
  }
  // PostgreSQL clears a dead number itself, but refuses when another process of this user has the number by now.
  if (exists(Number(lines[0] ?? Number.NaN)) || process.platform === 'linux')
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
}

/** Line seven is key and id of the segment; the kernel's list says how many processes hold it. */
function isMemoryInUse(line: string): boolean {
  const id = line.split(/\s+/)[1];
  if (id === undefined) return false;
  try {
    const rows = readFileSync('/proc/sysvipc/shm', 'utf8').split('\n');
    return rows.some((row) => {
      const [, shmid, , , , , attached] = row.trim().split(/\s+/);
      return shmid === id && attached !== '0';
    });
  } catch {
    return false;
  }
}
