/**
 * People and their sessions: better-auth on its own schema `auth` in the same database. Nobody can sign up by themselves: the
 * first owner comes through a one-time link of the terminal, others by an owner's invitation. Sessions end after 30 minutes
 * idle and 12 hours in all.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { organization, twoFactor } from 'better-auth/plugins';
import { createAccessControl } from 'better-auth/plugins/access';
import { defaultStatements, memberAc, ownerAc } from 'better-auth/plugins/organization/access';
import pg from 'pg';
import type { Config } from '../config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../store/database.ts';

/** What a person may do, each including those before it. */
export const roles = ['read-only', 'reviewer', 'bookkeeper', 'owner'] as const;
export type Role = (typeof roles)[number];

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
}

export interface Member extends Person {
  readonly memberId: string;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: string;
}

/** Somebody asks for what is not possible; the sentence says why. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

const IDLE_SECONDS = 30 * 60;
const WHOLE_MS = 12 * 3_600_000;
const RENEW_SECONDS = 60;
const INVITED_MS = 7 * 24 * 3_600_000;
const PASSWORD_MIN = 10;
const SCHEMA = 'auth';
/** The address that limits are counted by; set by us from the socket, never taken from a stranger's header. */
const IP_HEADER = 'x-ledgerferry-ip';

export interface SignIn {
  /** Everything below /api/auth/. */
  handle(request: Request, address: string): Promise<Response>;
  /** Who a request comes from; null without a living session. */
  whoIs(headers: Headers): Promise<Person | null>;
  hasPeople(): Promise<boolean>;
  /** Makes a person with a password and signs them in; the answer sets the cookies. @throws SignInError */
  join(person: NewPerson, headers: Headers): Promise<Response>;
  members(): Promise<Member[]>;
  invitations(): Promise<Invitation[]>;
  invite(invited: { email: string; role: Role }, by: Person | null): Promise<Invitation>;
  acceptInvitation(id: string, given: { name: string; password: string }, headers: Headers): Promise<Response>;
  changeRole(memberId: string, role: Role): Promise<void>;
  removeMember(memberId: string): Promise<void>;
  close(): Promise<void>;
}

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: Role;
}

interface Row {
  id: string;
  [field: string]: unknown;
}

export async function createSignIn(
  config: Config,
  database: Database,
  clock: Clock,
  organizationId: string,
): Promise<SignIn> {
  const pool = new pg.Pool({ ...database.connection, max: 4, options: `-c search_path=${SCHEMA}` });
  pool.on('error', () => undefined);
  await pool.query(`create schema if not exists ${SCHEMA}`);
  const { auth, options } = build(config, pool);
  await (await getMigrations(options)).runMigrations();
  const context = await auth.$context;
  const rows = rowsOf(context.adapter);
  await ensureOrganization(rows, organizationId);
  const people: People = { auth, context, rows, clock, organizationId };
  return {
    handle: (request, address) => {
      request.headers.set(IP_HEADER, address);
      return auth.handler(request);
    },
    whoIs: (headers) => whoIs(people, headers),
    hasPeople: async () => (await context.adapter.count({ model: 'user' })) > 0,
    join: (person, headers) => join(people, person, headers),
    ...members(people),
    ...invitations(people),
    close: () => pool.end(),
  };
}

type Auth = ReturnType<typeof build>['auth'];

/** What the functions below work with. */
interface People {
  readonly auth: Auth;
  readonly context: Awaited<Auth['$context']>;
  readonly rows: Rows;
  readonly clock: Clock;
  readonly organizationId: string;
}

/** The library's tables as rows by one field. */
interface Rows {
  find<T extends Row>(model: string, field: string, value: string): Promise<T | null>;
  all<T extends Row>(model: string, field?: string, value?: string): Promise<T[]>;
  create(model: string, data: Record<string, unknown>, withId?: boolean): Promise<Row>;
  update(model: string, id: string, update: Record<string, unknown>): Promise<unknown>;
  remove(model: string, id: string): Promise<unknown>;
}

const ROWS_MAX = 1_000;
const byField = (field: string, value: string): { field: string; value: string }[] => [{ field, value }];

const rowsOf = (adapter: People['context']['adapter']): Rows => ({
  find: (model, field, value) => adapter.findOne({ model, where: byField(field, value) }),
  all: (model, field, value) =>
    adapter.findMany({
      model,
      limit: ROWS_MAX,
      ...(field === undefined || value === undefined ? {} : { where: byField(field, value) }),
    }),
  create: (model, data, withId = false) => adapter.create({ model, data, forceAllowId: withId }),
  update: (model, id, update) => adapter.update({ model, where: byField('id', id), update }),
  remove: (model, id) => adapter.delete({ model, where: byField('id', id) }),
});

const roleOf = (role: unknown): Role | undefined => roles.find((one) => one === role);

async function whoIs({ auth, rows, clock }: People, headers: Headers): Promise<Person | null> {
  const found = await auth.api.getSession({ headers });
  if (found === null || clock.now().getTime() - found.session.createdAt.getTime() > WHOLE_MS) return null;
  const { id: userId, name, email } = found.user;
  const role = roleOf((await rows.find<Row & { role: string }>('member', 'userId', userId))?.role);
  return role === undefined ? null : { userId, name, email, role };
}

async function join(people: People, person: NewPerson, headers: Headers): Promise<Response> {
  const { auth, context, rows, clock, organizationId } = people;
  const email = person.email.trim().toLowerCase();
  if ([...person.password].length < PASSWORD_MIN)
    throw new SignInError(`The password is too short: at least ${String(PASSWORD_MIN)} characters.`);
  if ((await rows.find('user', 'email', email)) !== null)
    throw new SignInError('There is a person with this address already.');
  const password = await context.password.hash(person.password);
  const user = await context.internalAdapter.createUser(
    { email, name: person.name.trim(), emailVerified: true },
    { method: 'email-password' },
  );
  await context.internalAdapter.linkAccount({
    userId: user.id,
    providerId: 'credential',
    accountId: user.id,
    password,
  });
  await rows.create('member', { organizationId, userId: user.id, role: person.role, createdAt: clock.now() });
  return auth.api.signInEmail({ body: { email, password: person.password }, headers, asResponse: true });
}

function members({ context, rows }: People): Pick<SignIn, 'members' | 'changeRole' | 'removeMember'> {
  const requireAnotherOwner = async (memberId: string): Promise<void> => {
    if (!(await rows.all('member', 'role', 'owner')).some((one) => one.id !== memberId))
      throw new SignInError('There must be an owner: make somebody else owner first.');
  };
  return {
    async members() {
      const all = await rows.all<Row & { userId: string; role: string }>('member');
      const users = await Promise.all(all.map((row) => rows.find<Row>('user', 'id', row.userId)));
      return all.map((row, at) => ({
        memberId: row.id,
        userId: row.userId,
        name: String(users[at]?.['name'] ?? ''),
        email: String(users[at]?.['email'] ?? ''),
        role: roleOf(row.role) ?? 'read-only',
      }));
    },
    async changeRole(memberId, role) {
      const row = await rows.find<Row & { role: string }>('member', 'id', memberId);
      if (row === null) throw new SignInError('There is no such person.');
      if (row.role === 'owner' && role !== 'owner') await requireAnotherOwner(memberId);
      await rows.update('member', memberId, { role });
    },
    async removeMember(memberId) {
      const row = await rows.find<Row & { role: string; userId: string }>('member', 'id', memberId);
      if (row === null) throw new SignInError('There is no such person.');
      if (row.role === 'owner') await requireAnotherOwner(memberId);
      await context.internalAdapter.deleteUserSessions(row.userId);
      await rows.remove('member', memberId);
      await context.internalAdapter.deleteUser(row.userId);
    },
  };
}

function invitations(people: People): Pick<SignIn, 'invitations' | 'invite' | 'acceptInvitation'> {
  const { rows, clock, organizationId } = people;
  return {
    async invitations() {
      const all = await rows.all('invitation', 'status', 'pending');
      return all.map(invitationOf).filter((one) => new Date(one.expiresAt) > clock.now());
    },
    async invite({ email, role }, by) {
      const inviterId = by?.userId ?? (await rows.all<Row & { userId: string }>('member'))[0]?.userId;
      if (inviterId === undefined)
        throw new SignInError('There is no owner yet who could invite: use the first link of the terminal.');
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + INVITED_MS);
      const invited = { organizationId, email: email.trim().toLowerCase(), role, status: 'pending' };
      return invitationOf(await rows.create('invitation', { ...invited, expiresAt, inviterId, createdAt: now }));
    },
    async acceptInvitation(id, given, headers) {
      const row = await rows.find<Row>('invitation', 'id', id);
      const invitation = row === null ? null : invitationOf(row);
      if (invitation === null || row?.['status'] !== 'pending' || new Date(invitation.expiresAt) <= clock.now())
        throw new SignInError('This invitation is used up or too old; ask for a new one.');
      const response = await join(people, { ...given, email: invitation.email, role: invitation.role }, headers);
      await rows.update('invitation', id, { status: 'accepted' });
      return response;
    },
  };
}

const invitationOf = (row: Row): Invitation => ({
  id: row.id,
  email: String(row['email']),
  role: roleOf(row['role']) ?? 'read-only',
  expiresAt: new Date(String(row['expiresAt'])).toISOString(),
});

async function ensureOrganization(rows: Rows, id: string): Promise<void> {
  if ((await rows.find('organization', 'id', id)) !== null) return;
  await rows.create('organization', { id, name: 'My organization', slug: id, createdAt: new Date(0) }, true);
}

/** The library, with few plugins; its secret is derived from ours, so that a new key ends all sessions. */
function build(config: Config, pool: pg.Pool) {
  const [key] = config.secretKeys;
  const control = createAccessControl(defaultStatements);
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
    session: { expiresIn: IDLE_SECONDS, updateAge: RENEW_SECONDS, cookieCache: { enabled: false } },
    rateLimit: {
      enabled: true,
      window: 60,
      max: 300,
      storage: 'memory' as const,
      customRules: { '/sign-in/email': { window: 900, max: 10 }, '/two-factor/*': { window: 900, max: 10 } },
    },
    trustedOrigins: [config.publicUrl],
    advanced: {
      cookiePrefix: 'ledgerferry',
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
    ],
  };
  return { auth: betterAuth(options), options };
}
