/** Files that a person names: read whole and written whole; what cannot be says so. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { WrongUse } from '../engine/requests.ts';

const MIB = 1_048_576;
const MIB_MAX = 10;

const because = (error: unknown): string => (error instanceof Error ? error.message : 'unknown');

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
    throw new WrongUse(`${file} cannot be read: ${because(error)}.`);
  }
}

/** @throws WrongUse */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new WrongUse(`${file} cannot be written: ${because(error)}.`);
  }
}
