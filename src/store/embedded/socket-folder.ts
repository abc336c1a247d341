/** Where the server listens: a socket in a folder that only its owner enters; on Windows a free port of loopback. */
import { createHash } from 'node:crypto';
import { chmodSync, lchownSync, lstatSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedDatabaseError } from './failure.ts';
import { NOBODY, type RunAs } from './run-as.ts';
import type { ServerProcess } from './server-process.ts';

/** A socket's path has at most 107 bytes on Linux and 103 on macOS; the name within the folder takes 14 of them. */
const FOLDER_BYTES_MAX = 89;
const PORT = 5432;

export const socketFile = ({ host, port }: Pick<ServerProcess, 'host' | 'port'>): string =>
  join(host, `.s.PGSQL.${String(port)}`);

/** Host and port for a server that is about to start; makes the socket's folder. @throws EmbeddedDatabaseError */
export async function newAddress(dataDir: string, cluster: string, as: RunAs): Promise<{ host: string; port: number }> {
  if (process.platform === 'win32') return { host: '127.0.0.1', port: await freePort() };
  const host = folderFor(dataDir, cluster);
  mkdirSync(host, { recursive: true, mode: 0o700 });
  if (as.owner !== null) lchownSync(host, as.owner, as.owner);
  chmodSync(host, 0o700);
  return { host, port: PORT };
}

function folderFor(dataDir: string, cluster: string): string {
  const near = join(dataDir, 's');
  if (Buffer.byteLength(near) <= FOLDER_BYTES_MAX) return near;
  const far = join(tmpdir(), `lf-${createHash('sha256').update(cluster).digest('hex').slice(0, 16)}`);
  // The temporary folder is everybody's: a folder or link that another user put there is refused.
  const found = lstatSync(far, { throwIfNoEntry: false });
  const isOurs = found === undefined || (found.isDirectory() && [process.getuid?.(), NOBODY].includes(found.uid));
  if (isOurs) return far;
  throw new EmbeddedDatabaseError(
    `The folder ${far} belongs to somebody else. Remove it, or choose a shorter LEDGERFERRY_DATA_DIR.`,
  );
}

const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const at = probe.address();
      probe.close(() => (at !== null && typeof at === 'object' ? done(at.port) : fail(new Error('no free port'))));
    });
  });
