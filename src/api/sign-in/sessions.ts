/**
 * Sessions: who a request comes from, and how lately they proved it. A session ends after 30 minutes idle and 12 hours in
 * all; what a person may do is read anew at each request, so that a changed role or a removal takes effect at once.
 */
import { limitTries } from './limits.ts';
import { WHOLE_MS, type Library } from './library.ts';
import { hasPassword, membershipsOf, ProofNeeded, roleOf, SignInError, type Person } from './people.ts';

const IDLE_MS = 30 * 60_000;
const TOUCH_MS = 60_000;

/** What the library answers for a session, with the fields that are ours. */
interface Found {
  readonly session: {
    readonly token: string;
    readonly createdAt: Date;
    readonly lastSeenAt?: Date | null;
    readonly provenAt?: Date | null;
    readonly activeOrganizationId?: string | null;
  };
  readonly user: {
    readonly id: string;
    readonly name: string;
    readonly email: string;
    readonly twoFactorEnabled?: boolean | null;
  };
}

/** The person of a living session. `quiet`: asked by a page by itself, not by its person; it keeps no session alive. */
export async function whoIs(library: Library, headers: Headers, quiet = false): Promise<Person | null> {
  const found = (await library.auth.api.getSession({ headers })) as Found | null;
  if (found === null || !(await isAlive(library, found, quiet))) return null;
  const memberships = await membershipsOf(library, found.user.id);
  const active = found.session.activeOrganizationId ?? memberships[0]?.organizationId;
  const membership = memberships.find((one) => one.organizationId === active);
  const role = roleOf(membership?.role);
  if (membership === undefined || role === undefined) return null;
  return {
    userId: found.user.id,
    name: found.user.name,
    email: found.user.email,
    role,
    organizationId: membership.organizationId,
    twoFactor: found.user.twoFactorEnabled === true,
    session: { token: found.session.token, provenAt: found.session.provenAt ?? null },
  };
}

async function isAlive({ context, clock }: Library, { session }: Found, quiet: boolean): Promise<boolean> {
  const now = clock.now().getTime();
  const idleMs = now - (session.lastSeenAt ?? session.createdAt).getTime();
  if (idleMs > IDLE_MS || now - session.createdAt.getTime() > WHOLE_MS) {
    await context.internalAdapter.deleteSession(session.token);
    return false;
  }
  if (!quiet && idleMs > TOUCH_MS)
    await context.internalAdapter.updateSession(session.token, { lastSeenAt: new Date(now) });
  return true;
}

/** Asks for the password again, and for the code where the person has one; the session remembers when. */
export async function prove(
  library: Library,
  person: Person,
  given: { password: string; code: string | null },
  headers: Headers,
): Promise<Date> {
  await requirePassword(library, person, given.password);
  if (person.twoFactor) await requireCode(library, given.code, headers);
  const provenAt = library.clock.now();
  await library.context.internalAdapter.updateSession(person.session?.token ?? '', { provenAt });
  return provenAt;
}

/** @throws ProofNeeded, TooManyTries */
async function requirePassword(library: Library, person: Person, password: string): Promise<void> {
  await limitTries(library, 'prove', person.userId);
  if (!(await hasPassword(library, person.userId, password)))
    throw new ProofNeeded('This is not your password.', 'password');
}

/** A code of the authenticator, or one of the backup codes, which is spent by it. */
async function requireCode({ auth }: Library, code: string | null, headers: Headers): Promise<void> {
  const wrong = new ProofNeeded('This is not the present code of your authenticator.', 'password-and-code');
  if (code === null) throw wrong;
  const isTotp = /^\d{6}$/.test(code);
  try {
    await (isTotp
      ? auth.api.verifyTOTP({ body: { code }, headers })
      : auth.api.verifyBackupCode({ body: { code, disableSession: true }, headers }));
  } catch {
    throw wrong;
  }
}

/** A new password; the present session stays, all others of this person end. */
export async function changePassword(
  library: Library,
  person: Person,
  given: { present: string; wanted: string },
): Promise<void> {
  await requirePassword(library, person, given.present);
  await setPassword(library, person.userId, given.wanted);
  const sessions = await library.rows.all('session', 'userId', person.userId);
  for (const one of sessions)
    if (one['token'] !== person.session?.token)
      await library.context.internalAdapter.deleteSession(String(one['token']));
}

export async function setPassword({ context }: Library, userId: string, password: string): Promise<void> {
  await context.internalAdapter.updatePassword(userId, await context.password.hash(password));
}

/** The person works in another of their organizations from now on, in this session. */
export async function enterOrganization(library: Library, person: Person, organizationId: string): Promise<void> {
  const memberships = await membershipsOf(library, person.userId);
  if (!memberships.some((one) => one.organizationId === organizationId))
    throw new SignInError('There is no such organization among yours.');
  const token = person.session?.token ?? '';
  await library.context.internalAdapter.updateSession(token, { activeOrganizationId: organizationId, provenAt: null });
}
