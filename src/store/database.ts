/**
 * The database: the embedded one or any PostgreSQL from 14 on, through the same code. Migrations run as the connecting
 * role; everything else runs as `ledgerferry_app`, which owns nothing and is bound by row-level security.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Config } from '../config.ts';
import type { Clock } from '../platform/clock.ts';
import { startEmbedded } from './embedded/launcher.ts';
import { migrate } from './migrate.ts';
import type { Tables } from './tables.ts';

export const APPLICATION_ROLE = 'ledgerferry_app';
const VERSION_MIN = 14;

export interface Database {
  readonly kysely: Kysely<Tables>;
  /** For the job engine, which keeps its own schema and connections. */
  readonly connection: pg.PoolConfig;
  /** What the administrator should know, in words; empty when all is well. */
  readonly warnings: readonly string[];
  readonly isEmbedded: boolean;
  close(): Promise<void>;
}

/** The database cannot be reached or used; the message says why and what to do. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`);
  return value;
});
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** Opens (for the embedded one: starts) the database and brings its schema up to date. */
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'dataDir'>, clock: Clock): Promise<Database> {
  const connection =
    config.databaseUrl === null ? await embeddedConnection(config.dataDir) : { connectionString: config.databaseUrl };
  return openAt(connection, clock, config.databaseUrl === null);
}

/** Opens a database at a known address. */
export async function openAt(connection: pg.PoolConfig, clock: Clock, isEmbedded: boolean): Promise<Database> {
  const warnings: string[] = [];
  const owner = new pg.Client(connection);
  owner.on('error', () => undefined);
  let hasRole = false;
  try {
    await owner.connect();
    await checkVersion(owner);
    hasRole = await ensureRole(owner, warnings);
    await migrate(owner, clock);
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const reason = error instanceof Error ? error.message || error.name : 'unknown';
    throw new DatabaseError(
      `The database cannot be used: ${reason}. Check DATABASE_URL, or unset it for the embedded one.`,
    );
  } finally {
    await owner.end().catch(() => undefined);
  }
  const pool = new pg.Pool({
    ...connection,
    max: 12,
    idleTimeoutMillis: 20_000,
    ...(hasRole ? { options: `-c role=${APPLICATION_ROLE}` } : {}),
  });
  // A connection that dies while idle is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { kysely, connection, warnings, isEmbedded, close: () => kysely.destroy() };
}

async function embeddedConnection(dataDir: string): Promise<pg.PoolConfig> {
  const server = await startEmbedded(dataDir);
  return {
    host: server.host,
    port: server.port,
    user: 'ledgerferry',
    database: 'postgres',
    ...(server.password === null ? {} : { password: server.password }),
  };
}

async function checkVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
  const major = Math.floor(Number(rows[0]?.version ?? '0') / 10_000);
  if (major < VERSION_MIN)
    throw new DatabaseError(
      `DATABASE_URL points to PostgreSQL ${String(major)}; Ledgerferry needs ${String(VERSION_MIN)} or newer.`,
    );
}

/** The application's role; where it may not be made, the owner's own rights are bound by FORCE ROW LEVEL SECURITY only. */
async function ensureRole(client: pg.Client, warnings: string[]): Promise<boolean> {
  try {
    const { rows } = await client.query('select 1 from pg_roles where rolname = $1', [APPLICATION_ROLE]);
    if (rows.length === 0)
      await client.query(`create role ${APPLICATION_ROLE} nologin nosuperuser nobypassrls nocreatedb nocreaterole`);
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code !== '23505' && code !== '42710') {
      warnings.push(
        `The database user may not create the role ${APPLICATION_ROLE}; tenants are kept apart by forced row-level security on the owner. Create the role and grant it to this user for the second net.`,
      );
      return false;
    }
  }
  try {
    await client.query(`grant ${APPLICATION_ROLE} to current_user`);
  } catch {
    /* Already granted by an administrator, or a superuser: what counts is whether it can be taken. */
  }
  try {
    await client.query(`set role ${APPLICATION_ROLE}; reset role`);
    return true;
  } catch {
    warnings.push(
      `The database user is not a member of ${APPLICATION_ROLE}; run: grant ${APPLICATION_ROLE} to that user.`,
    );
    return false;
  }
}

/** The database's own time. */
export async function readDatabaseTime(database: Database): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(database.kysely);
  return rows[0]?.at ?? new Date(Number.NaN);
}
