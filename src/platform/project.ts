/** Where the project lies: its documents, migrations and desk are read from there. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The program runs from its sources, or packed into a few files below node_modules (bin/pack-program.mjs): the same folder. */
function folderOfPackage(folder: string): string {
  const above = dirname(folder);
  return existsSync(join(folder, 'package.json')) || above === folder ? folder : folderOfPackage(above);
}

export const PROJECT = folderOfPackage(import.meta.dirname);

/** The version of this copy. */
export function programVersion(): string {
  const file = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')) as { version?: string };
  return file.version ?? 'unknown';
}
