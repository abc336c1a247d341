/**
 * One starter at a time per data folder: two first commands at once must start one server. The lock is a file that names
 * its holder; a dead holder's lock is taken over at once, also when another process has its number by now.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf, EmbeddedDatabaseError, pause } from './failure.ts';

/** A cold initdb on a slow disk takes seconds; who holds the lock longer than this hangs. */
const WAIT_MS = 90_000;

/** Runs `work` while holding the lock. */
export async function withFolderLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const mine = holder(process.pid);
  const until = performance.now() + WAIT_MS;
  while (!take(path, mine)) {
    if (performance.now() > until)
      throw new EmbeddedDatabaseError(
        `Process ${readLock(path)?.split(' ')[0] ?? ''} has been starting the database for a long time. End it, then try again.`,
      );
    await pause(20);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Written aside and linked into place: a lock never stands there without its holder's name. */
function take(path: string, mine: string): boolean {
  const aside = `${path}.${mine.replaceAll(' ', '-')}`;
  try {
    writeFileSync(aside, mine, { mode: 0o600 });
    linkSync(aside, path);
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  const other = readLock(path);
  if (other !== null && !isAlive(other)) removeDead(path, other);
  return false;
}

/** Moved aside before it is removed: if it was somebody's fresh lock by then, it goes back. */
function removeDead(path: string, dead: string): void {
  const aside = `${path}.dead-${String(process.pid)}`;
  try {
    renameSync(path, aside);
    if (readLock(aside) !== dead) linkSync(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(codeOf(error))) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readLock(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function isAlive(text: string): boolean {
  const pid = Number(text.split(' ')[0]);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) !== 'EPERM') return false;
  }
  return holder(pid) === text;
}

/** Number and birth of a process; the birth (field 22 of /proc/pid/stat) is known on Linux only. */
function holder(pid: number): string {
  const stat = readLock(`/proc/${String(pid)}/stat`) ?? '';
  return `${String(pid)} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`.trimEnd();
}
