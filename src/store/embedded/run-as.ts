/**
 * Who runs PostgreSQL, which refuses to be root. Measured in this order (docs/decisions/0002-embedded-postgresql.md):
 * a normal user as it is; root in a user namespace (works everywhere, also under folders of mode 0700, files stay root's);
 * where namespaces are forbidden, as in a container, the user nobody; and where nobody may not enter the folders, nobody
 * with the one capability to do so.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, lchownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedDatabaseError } from './failure.ts';

/** uid and gid of nobody. */
export const NOBODY = 65_534;

export interface RunAs {
  /** Goes before the program. */
  readonly prefix: readonly string[];
  /** For the spawn; empty where the prefix or nothing changes the user. */
  readonly identity: { readonly uid?: number; readonly gid?: number };
  /** Whom PostgreSQL's folders must belong to; null: leave them. */
  readonly owner: number | null;
}

const asUs: RunAs = { prefix: [], identity: {}, owner: null };
const inNamespace: RunAs = { prefix: ['unshare', '--user'], identity: {}, owner: 0 };
const asNobody: RunAs = { prefix: [], identity: { uid: NOBODY, gid: NOBODY }, owner: NOBODY };
const asCapableNobody: RunAs = {
  prefix: [
    'setpriv',
    `--reuid=${String(NOBODY)}`,
    `--regid=${String(NOBODY)}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
  ],
  identity: {},
  owner: NOBODY,
};

/** The first way that works here. @throws EmbeddedDatabaseError when none does */
export function chooseRunAs(postgres: string, dataDir: string): RunAs {
  if (process.getuid?.() !== 0) return asUs;
  if (runs(inNamespace, postgres, '--version')) return inNamespace;
  // Others may pass through the folder, not read it; the secrets in it have mode 0600.
  chmodSync(dataDir, 0o711);
  const enters = runs(asNobody, 'test', '-x', dataDir);
  if (enters && runs(asNobody, postgres, '--version')) return asNobody;
  if (runs(asCapableNobody, postgres, '--version')) return asCapableNobody;
  throw new EmbeddedDatabaseError(
    `PostgreSQL does not run as root, and neither a user namespace nor the user nobody can reach ${dataDir} and the program here. Run Ledgerferry as a normal user, or set DATABASE_URL.`,
  );
}

function runs(as: RunAs, program: string, ...args: string[]): boolean {
  const [command = program, ...rest] = [...as.prefix, program, ...args];
  return spawnSync(command, rest, { ...as.identity, cwd: '/', stdio: 'ignore' }).status === 0;
}

/** Gives a folder and all in it to the user that PostgreSQL runs as; a folder that moved between machines may need it. */
export function giveTo(as: RunAs, folder: string): void {
  if (as.owner === null || lstatSync(folder).uid === as.owner) return;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    lchownSync(join(folder, name), as.owner, as.owner);
  // The folder itself last: until it is done, another start begins again.
  lchownSync(folder, as.owner, as.owner);
}
