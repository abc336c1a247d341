/**
 * The database: the embedded one or any PostgreSQL from 14 on, through the same code. Migrations run as the connecting
 * role; everything else runs as `ledgerferry_app`, which owns nothing and is bound by row-level security.
 * Money arrives as exact text, calendar dates as `YYYY-MM-DD` text, instants as Date, counts as safe integers.
 */
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { Config } from '../config.ts';
import type { Clock } from '../platform/clock.ts';
import { DatabaseError, explainOpening, translateDatabaseFailure } from './database-failure.ts';
import { startEmbedded } from './embedded/launcher.ts';
import { migrate, MigrationError } from './migrate.ts';
import { APPLICATION_ROLE, ensureRole, grantTables, type RoleState } from './role.ts';
import type { Tables } from './tables.ts';

export { DatabaseConflict, DatabaseError, DatabaseUnavailable } from './database-failure.ts';
export { APPLICATION_ROLE } from './role.ts';

const VERSION_MIN = 14;
const CONNECTIONS_MAX = 12;
/** Real milliseconds, not scaled: sockets are not. */
const CONNECT_MS = 10_000;
const IDLE_MS = 20_000;

export interface Database {
  readonly kysely: Kysely<Tables>;
  /** For the job engine, which keeps its own schema and connections. */
  readonly connection: pg.PoolConfig;
  /** What the administrator should know, in words; empty when all is well. */
  readonly warnings: readonly string[];
  readonly isEmbedded: boolean;
  /** The role that every transaction takes; null where there is none to take. */
  readonly role: string | null;
  close(): Promise<void>;
}

/** An int8 that a number holds exactly; anything larger is an error, never a rounding. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number`);
  return value;
}

/** Ours alone: other users of the driver in this process (the job engine) keep its defaults. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: (id, format) => {
    if (format === 'binary') return pg.types.getTypeParser(id, format);
    if (id === pg.types.builtins.INT8) return safeInteger;
    if (id === pg.types.builtins.DATE) return (text: string) => text;
    return pg.types.getTypeParser(id, format);
  },
};

/**
 * Opens (for the embedded one: starts) the database and brings its schema up to date.
 * @throws DatabaseError, MigrationError, EmbeddedDatabaseError; each says what to do
 */
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'dataDir'>, clock: Clock): Promise<Database> {
  const connection =
    config.databaseUrl === null ? await embeddedConnection(config.dataDir) : { connectionString: config.databaseUrl };
  return openAt(connection, clock, config.databaseUrl === null);
}

/** A connection that dies, idle or at work, fails its next query; without a listener it would end the process. */
export function outliveClient(client: pg.ClientBase): void {
  client.on('error', () => undefined);
}

/** Opens a database at a known address. @throws DatabaseError, MigrationError */
export async function openAt(connection: pg.PoolConfig, clock: Clock, isEmbedded: boolean): Promise<Database> {
  const { canTake, warnings } = await prepare(connection, clock, isEmbedded);
  const role = canTake ? APPLICATION_ROLE : null;
  const pool = new pg.Pool({
    ...connection,
    types,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
    onConnect: async (client) => {
      outliveClient(client);
      if (role !== null) await client.query(`set role ${role}`);
    },
  });
  pool.on('error', () => undefined);
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return { kysely, connection, warnings, isEmbedded, role, close: () => kysely.destroy() };
}

/** As the connecting role: version, application role, schema, rights. */
async function prepare(connection: pg.PoolConfig, clock: Clock, isEmbedded: boolean): Promise<RoleState> {
  const owner = new pg.Client({ ...connection, connectionTimeoutMillis: CONNECT_MS });
  owner.on('error', () => undefined);
  try {
    await owner.connect();
    await checkServer(owner);
    const state = await ensureRole(owner, clock);
    await migrate(owner, clock);
    if (state.canTake) await grantTables(owner);
    return state;
  } catch (error) {
    throw error instanceof MigrationError ? error : explainOpening(error, isEmbedded);
  } finally {
    await owner.end().catch(() => undefined);
  }
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

async function checkServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; encoding: string; standby: boolean }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
       pg_is_in_recovery() as standby`,
  );
  const { version = '0', encoding = '', standby = false } = rows[0] ?? {};
  const major = Math.floor(Number(version) / 10_000);
  if (major < VERSION_MIN)
    throw new DatabaseError(
      `DATABASE_URL points to PostgreSQL ${String(major)}; Ledgerferry needs ${String(VERSION_MIN)} or newer.`,
    );
  if (encoding !== 'UTF8')
    throw new DatabaseError(
      `The database of DATABASE_URL holds ${encoding} text; Ledgerferry needs UTF8 (createdb --encoding=UTF8 --template=template0 NAME).`,
    );
  if (standby) throw new DatabaseError('DATABASE_URL points to a read-only standby. Give the address of the primary.');
}

/** The database's own time. @throws DatabaseUnavailable */
export async function readDatabaseTime(database: Database): Promise<Date> {
  try {
    const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(database.kysely);
    return rows[0]?.at ?? new Date(Number.NaN);
  } catch (error) {
    throw translateDatabaseFailure(error);
  }
}
