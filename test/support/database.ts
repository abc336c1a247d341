/** Databases of the suite's one embedded server: clones of the migrated template, or empty ones. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** For DATABASE_URL. */
  readonly url: string;
  readonly name: string;
  drop(): Promise<void>;
}

/** A fresh, migrated database. */
export const freshDatabase = (): Promise<TestDatabase> => makeDatabase('template template_ledger');

/** A database without any table of ours. */
export const emptyDatabase = (options = ''): Promise<TestDatabase> => makeDatabase(options);

async function makeDatabase(options: string): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  await asSuperuser((client) => client.query(`create database ${name} ${options}`));
  return {
    url: urlOf(name),
    name,
    drop: async () => {
      await asSuperuser((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}

/** The address of a database of the suite's server. */
export function urlOf(name: string, user = 'ledgerferry'): string {
  const { host, port } = inject('postgres');
  return `postgresql://${user}@/${name}?host=${encodeURIComponent(host)}&port=${String(port)}`;
}

/** Works as the server's owner, whom no policy binds. */
export async function asSuperuser<T>(work: (client: pg.Client) => Promise<T>, database = 'postgres'): Promise<T> {
  return withClient(urlOf(database), work);
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
