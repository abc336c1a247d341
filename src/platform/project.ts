/** Where the project lies: its documents, migrations and desk are read from there. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The program runs from its sources, or packed into a few files below node_modules (bin/pack-program.mjs): the same folder. */
function folderOfPackage(folder: string): string {
  const above = dirname(folder);
  return existsSync(join(folder, 'package.json')) || above === folder ? folder : folderOfPackage(above);
}

export const PROJECT = folderOfPackage(import.meta.dirname);
