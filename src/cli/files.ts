/** Files that a person names: read whole and written whole; what cannot be says so. */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { WrongUse } from '../engine/requests.ts';

const MIB = 1_048_576;
const MIB_MAX = 10;

/** Why a file cannot be read or written and what to do, by the system's code; else the system's own words. */
function because(file: string, error: unknown, what: 'read' | 'write'): string {
  const folder = dirname(resolve(file));
  switch (error instanceof Error && 'code' in error ? error.code : '') {
    case 'ENOENT':
      return what === 'read'
        ? `there is no such file; looked for at ${resolve(file)}. Give the path of a file that is there, in quotes if it has blanks`
        : `there is no folder ${folder}. Make the folder first, or name a file in one that is there`;
    case 'ENOTDIR':
      return `a part of ${folder} is no folder. Correct the path`;
    case 'EACCES':
    case 'EPERM':
      return what === 'read'
        ? 'you have no right to read it. Get that right, or copy the file to a place of your own'
        : `you have no right to write in ${folder}. Name a file in a folder of your own`;
    case 'EROFS':
      return `${folder} lies on a disk that takes no writing. Name a file elsewhere`;
    case 'ENOSPC':
      return 'the disk is full. Free some room, or name a file on another disk';
    case 'ENAMETOOLONG':
      return 'its name is too long. Choose a shorter one';
    default:
      // Without the name of the temporary file that it may end with.
      return error instanceof Error ? error.message.replace(/ '[^']*\.part'.*$/, '') : 'unknown';
  }
}

/** The text of a file of at most 10 MiB; a device or a pipe, which may never end, is none. @throws WrongUse */
export function readText(file: string): string {
  try {
    const found = statSync(file);
    if (!found.isFile()) throw new WrongUse(`${file} is not a file.`);
    if (found.size > MIB_MAX * MIB)
      throw new WrongUse(`${file} is larger than ${String(MIB_MAX)} MiB; it is not one that an export has written.`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof WrongUse) throw error;
    throw new WrongUse(`${file} cannot be read: ${because(file, error, 'read')}.`);
  }
}

/**
 * Writes a file whole or not at all: what was there before stays where the disk is full or the folder refuses. A device, a
 * pipe or this process's own output is written as it comes. @throws WrongUse
 */
export const writeText = (file: string, text: string): void => write(file, text, false);

/** The same for a file that is its owner's alone, whatever was there before; no link is followed. @throws WrongUse */
export const writePrivate = (file: string, content: Uint8Array): void => write(file, content, true);

/** Asked before the work whose result goes there: a path that cannot be written is said at once. @throws WrongUse */
export function requireWritable(file: string): void {
  explained(file, () => {
    const old = statSync(file, { throwIfNoEntry: false });
    if (old?.isDirectory() === true) throw new WrongUse(`${file} is a folder; name a file in it.`);
    if (isStream(file, old)) accessSync(file, constants.W_OK);
    else {
      const { descriptor, path } = openBeside(placeOf(file), 0o600);
      closeSync(descriptor);
      rmSync(path);
    }
  });
}

function write(file: string, content: string | Uint8Array, isPrivate: boolean): void {
  explained(file, () => {
    const old = statSync(file, { throwIfNoEntry: false });
    if (isStream(file, old)) return writeFileSync(file, content);
    // A link to a table leads to where the table lies; a private file takes the link's own place.
    const place = isPrivate ? file : placeOf(file);
    const { descriptor, path } = openBeside(place, isPrivate ? 0o600 : (old?.mode ?? 0o666) & 0o777);
    try {
      try {
        writeFileSync(descriptor, content);
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
      renameSync(path, place);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    }
  });
}

/** No file that could be replaced: devices, pipes, folders, and what leads to an open file of this process. */
const isStream = (file: string, found: Stats | undefined): boolean =>
  found?.isFile() === false || (found !== undefined && /^\/(dev|proc)\//.test(resolve(file)));

const placeOf = (file: string): string => (existsSync(file) ? realpathSync(file) : file);

/** A new file in the same folder, so that the last step is a renaming. */
function openBeside(file: string, mode: number): { descriptor: number; path: string } {
  const path = join(dirname(file), `.ledgerferry-${randomBytes(8).toString('hex')}.part`);
  return { descriptor: openSync(path, 'wx', mode), path };
}

function explained(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof WrongUse) throw error;
    throw new WrongUse(`${file} cannot be written: ${because(file, error, 'write')}.`);
  }
}
