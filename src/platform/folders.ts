/** Folders of our own, made with all above them. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder for its owner only, and those above it. `mkdirSync` with `recursive` never returns where the kernel says
 * "no such file" below a folder that exists (/proc); here it is the error that it is.
 */
export function makeFolder(path: string): void {
  const above = dirname(path);
  if (!existsSync(above)) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST' && existsSync(`${path}/.`);
    if (!isThere) throw error;
  }
}
