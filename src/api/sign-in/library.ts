/**
 * better-auth on its own schema `auth` in the same database, with few plugins. Its secret is derived from ours, so that a new
 * key ends all sessions. Beside its tables stand two of ours, for the limits of sign-in.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { betterAuth, type BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { getMigrations } from 'better-auth/db/migration';
import { organization, twoFactor } from 'better-auth/plugins';
import { createAccessControl } from 'better-auth/plugins/access';
import { defaultStatements, memberAc, ownerAc } from 'better-auth/plugins/organization/access';
import pg from 'pg';
import { z } from 'zod';
import type { Config } from '../../config.ts';
import { outliveClient } from '../../store/database.ts';
import type { Services } from '../../engine/services.ts';
import type { Clock } from '../../platform/clock.ts';

export const PASSWORD_MIN = 10;
/** A session ends after this, whatever its person does. */
export const WHOLE_MS = 12 * 3_600_000;
const SCHEMA = 'auth';
/** The address that limits are counted by; set by us from the socket, never taken from a stranger's header. */
export const IP_HEADER = 'x-ledgerferry-ip';
export const COOKIE_PREFIX = 'ledgerferry';
/** One number for all processes: two that start at once make the tables in turn. */
const LOCK = 5_318_008_002;

export interface Row {
  id: string;
  [field: string]: unknown;
}

/** The library's tables as rows by one field. */
export interface Rows {
  find<T extends Row>(model: string, field: string, value: string): Promise<T | null>;
  all<T extends Row>(model: string, field?: string, value?: string): Promise<T[]>;
  create(model: string, data: Record<string, unknown>, withId?: boolean): Promise<Row>;
  update(model: string, id: string, update: Record<string, unknown>): Promise<unknown>;
  remove(model: string, id: string): Promise<unknown>;
}

/** What everything around sign-in works with. */
export interface Library {
  readonly services: Services;
  readonly auth: Auth;
  readonly context: Awaited<Auth['$context']>;
  readonly rows: Rows;
  /** Of the schema `auth`. */
  readonly pool: pg.Pool;
  readonly clock: Clock;
  /** Signs cookies of ours, beside the library's. */
  readonly secret: string;
}

type Auth = ReturnType<typeof build>['auth'];

export async function openLibrary(services: Services): Promise<Library> {
  const { config, database, clock } = services;
  const pool = new pg.Pool({
    ...database.connection,
    max: 4,
    options: `-c search_path=${SCHEMA}`,
    onConnect: outliveClient,
  });
  pool.on('error', () => undefined);
  const { auth, options } = build(config, pool, clock);
  await makeTables(pool, options);
  const context = await auth.$context;
  return { services, auth, context, rows: rowsOf(context.adapter), pool, clock, secret: options.secret };
}

async function makeTables(pool: pg.Pool, options: Parameters<typeof getMigrations>[0]): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query(`create schema if not exists ${SCHEMA}`);
    await (await getMigrations(options)).runMigrations();
    await client.query(
      `create table if not exists sign_in_tries (key text primary key, at timestamptz[] not null);
       create table if not exists known_places (key text primary key, seen_at timestamptz not null)`,
    );
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK]).catch(() => undefined);
    client.release();
  }
}

const ROWS_MAX = 1_000;
const byField = (field: string, value: string): { field: string; value: string }[] => [{ field, value }];

const rowsOf = (adapter: Library['context']['adapter']): Rows => ({
  find: (model, field, value) => adapter.findOne({ model, where: byField(field, value) }),
  all: (model, field, value) =>
    adapter.findMany({
      model,
      limit: ROWS_MAX,
      sortBy: { field: 'createdAt', direction: 'asc' },
      ...(field === undefined || value === undefined ? {} : { where: byField(field, value) }),
    }),
  create: (model, data, withId = false) => adapter.create({ model, data, forceAllowId: withId }),
  update: (model, id, update) => adapter.update({ model, where: byField('id', id), update }),
  remove: (model, id) => adapter.delete({ model, where: byField('id', id) }),
});

/** Signs somebody in whom we know by other means than the password; cannot be called from outside. */
const enterPlugin = {
  id: 'ledgerferry-enter',
  endpoints: {
    enterAs: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ userId: z.string() }) },
      async (context) => {
        const { internalAdapter } = context.context;
        const user = await internalAdapter.findUserById(context.body.userId);
        const session = user === null ? null : await internalAdapter.createSession(user.id);
        if (user === null || session === null) throw context.error('UNAUTHORIZED');
        await setSessionCookie(context, { session, user });
        return context.json({ entered: true });
      },
    ),
  },
} satisfies BetterAuthPlugin;

/** Ways in by which the password (and the code, where one is asked for) was just proven. */
const PROVING = new Set(['/sign-in/email', '/two-factor/verify-totp', '/two-factor/verify-backup-code']);

/** Sessions begin by our clock: the database's, for all processes. */
const sessionsOf = (clock: Clock) => ({
  session: {
    create: {
      before: (session: object, context: { path?: string } | null) => {
        const now = clock.now();
        const provenAt = PROVING.has(context?.path ?? '') ? now : null;
        return Promise.resolve({ data: { ...session, createdAt: now, updatedAt: now, lastSeenAt: now, provenAt } });
      },
    },
  },
});

function build(config: Config, pool: pg.Pool, clock: Clock) {
  const [key] = config.secretKeys;
  const control = createAccessControl(defaultStatements);
  const field = { type: 'date' as const, required: false, input: false };
  const options = {
    appName: 'Ledgerferry',
    baseURL: config.publicUrl,
    basePath: '/api/auth',
    secret: createHmac('sha256', key ?? randomBytes(32))
      .update('sign-in')
      .digest('base64'),
    database: pool,
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: PASSWORD_MIN, maxPasswordLength: 200 },
    // Idle time is ours to watch (sessions.ts): the library would give an open page a new twelve hours each time.
    session: {
      expiresIn: WHOLE_MS / 1_000,
      disableSessionRefresh: true,
      cookieCache: { enabled: false },
      additionalFields: { lastSeenAt: field, provenAt: field },
    },
    databaseHooks: sessionsOf(clock),
    rateLimit: {
      enabled: true,
      window: 60,
      max: 300,
      // In the database: several processes share it. The password itself is limited by limits.ts.
      storage: 'database' as const,
      customRules: { '/sign-in/email': false as const, '/two-factor/*': { window: 900, max: 20 } },
    },
    trustedOrigins: [config.publicUrl],
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: config.publicUrl.startsWith('https:'),
      ipAddress: { ipAddressHeaders: [IP_HEADER] },
    },
    plugins: [
      organization({
        ac: control,
        roles: { owner: ownerAc, bookkeeper: memberAc, reviewer: memberAc, 'read-only': memberAc },
        allowUserToCreateOrganization: false,
      }),
      twoFactor({ issuer: 'Ledgerferry' }),
      enterPlugin,
    ],
  };
  return { auth: betterAuth(options), options };
}
