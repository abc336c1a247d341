/** Append-only migrations: SQL files in order, each in a transaction, each remembered with its checksum. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { Clock } from '../platform/clock.ts';

const FOLDER = join(import.meta.dirname, 'migrations');
/** One number for all processes: two that start at once take turns. */
const LOCK = 5_318_008_001;

/** The schema is not what this program expects; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** Brings the schema up to date as the connecting role. */
export async function migrate(client: pg.Client, clock: Clock): Promise<string[]> {
  const files = readdirSync(FOLDER)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort();
  await takeTurn(client, clock);
  try {
    await client.query('create table if not exists schema_migrations (name text primary key, checksum text not null)');
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from schema_migrations order by name',
    );
    const done = new Map(rows.map((row) => [row.name, row.checksum]));
    const unknown = rows.find((row) => !files.includes(row.name));
    if (unknown !== undefined)
      throw new MigrationError(
        `The database has the migration ${unknown.name}, which this program does not know: it was used by a newer version. Install that version.`,
      );
    const applied: string[] = [];
    for (const name of files) {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      const checksum = createHash('sha256').update(text).digest('hex');
      const before = done.get(name);
      if (before === undefined) {
        await apply(client, name, text, checksum);
        applied.push(name);
      } else if (before !== checksum) {
        throw new MigrationError(
          `The migration ${name} was changed after it ran here; migrations are append-only. Restore the file.`,
        );
      }
    }
    return applied;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK]);
  }
}

async function takeTurn(client: pg.Client, clock: Clock): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>('select pg_try_advisory_lock($1) as mine', [LOCK]);
    if (rows[0]?.mine === true) return;
    await clock.sleep(50);
  }
}

async function apply(client: pg.Client, name: string, text: string, checksum: string): Promise<void> {
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
