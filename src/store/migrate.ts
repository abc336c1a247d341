/**
 * Append-only migrations: SQL files in order, each in a transaction, each remembered with its checksum. A changed old
 * file and a database of a newer program are refused. Nothing is locked when there is nothing to do.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { Clock } from '../platform/clock.ts';
import { PROJECT } from '../platform/project.ts';

const FOLDER = join(PROJECT, 'src', 'store', 'migrations');
/** One number for all processes: two that start at once take turns. */
const LOCK = 5_318_008_001;
const TURN_POLL_MS = 50;
/** Real milliseconds of another process's work are waited for, so they are not scaled. */
const TURN_MS = 300_000;

/** The schema is not what this program expects; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

/**
 * Brings the schema up to date as the connecting role; answers the names of the files that it ran.
 * @param folder where the files are, `NNNN-name.sql`; ours unless a test says otherwise
 */
export async function migrate(client: pg.Client, clock: Clock, folder = FOLDER): Promise<string[]> {
  const migrations = load(folder);
  if ((await missing(client, migrations)).length === 0) return [];
  await takeTurn(client, clock);
  try {
    await client.query('create table if not exists schema_migrations (name text primary key, checksum text not null)');
    // Another process may have run them while we waited.
    const due = await missing(client, migrations);
    for (const migration of due) await apply(client, migration);
    return due.map((migration) => migration.name);
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK]);
  }
}

function load(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name));
  return names.sort().map((name) => {
    // A checkout on Windows may have turned the line ends.
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
    return { name, text, checksum: createHash('sha256').update(text).digest('hex') };
  });
}

/** What did not run yet, in order. @throws MigrationError when what ran is not what we have */
async function missing(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const table = await client.query("select to_regclass('public.schema_migrations') is not null as there");
  if (table.rows[0]?.there !== true) return [...migrations];
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from schema_migrations order by name',
  );
  for (const row of rows) checkDone(row, migrations);
  const done = new Set(rows.map((row) => row.name));
  const due = migrations.filter((migration) => !done.has(migration.name));
  const last = rows.at(-1)?.name ?? '';
  const late = due.find((migration) => migration.name < last);
  if (late !== undefined)
    throw new MigrationError(
      `The migration ${late.name} is new, but ${last} ran here already; migrations are append-only. Give it the next number.`,
    );
  return due;
}

function checkDone(row: { name: string; checksum: string }, migrations: readonly Migration[]): void {
  const ours = migrations.find((migration) => migration.name === row.name);
  if (ours === undefined)
    throw new MigrationError(
      `The database has the migration ${row.name}, which this program does not know: it was used by a newer version. Install that version.`,
    );
  if (ours.checksum !== row.checksum)
    throw new MigrationError(
      `The migration ${row.name} was changed after it ran here; migrations are append-only. Restore the file.`,
    );
}

async function takeTurn(client: pg.Client, clock: Clock): Promise<void> {
  const until = performance.now() + TURN_MS;
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [LOCK]);
    if (rows[0]?.mine === true) return;
    if (performance.now() > until)
      throw new MigrationError(
        'Another process has been changing the schema for five minutes. Look for it in pg_stat_activity, then try again.',
      );
    await clock.sleep(TURN_POLL_MS);
  }
}

async function apply(client: pg.Client, { name, text, checksum }: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(text);
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [name, checksum]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
