/** The people of one organization: a handle that is bound to it, so that no id of another's is ever found. */
import { createHash } from 'node:crypto';
import { audit } from '../../store/audit.ts';
import { withTenant } from '../../store/tenant.ts';
import type { Services } from '../../engine/services.ts';
import { PASSWORD_MIN, type Library, type Row } from './library.ts';

/** What a person may do, each including those before it. */
export const roles = ['read-only', 'reviewer', 'bookkeeper', 'owner'] as const;
export type Role = (typeof roles)[number];
/** The token of the terminal is nobody's and counts as an owner's. */
export const hasRole = (person: { readonly role: Role } | null, needed: Role): boolean =>
  person === null || roles.indexOf(person.role) >= roles.indexOf(needed);

export interface Person {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly organizationId: string;
  /** Signing in needs a code too. */
  readonly twoFactor: boolean;
  /** Null: the demo's visitor, who has none. */
  readonly session: { readonly token: string; readonly provenAt: Date | null } | null;
}

export interface Member {
  readonly memberId: string;
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly twoFactor: boolean;
}

export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: string;
}

/** A link that lets one person in once; whoever has it may use it. */
export interface OneTimeLink {
  readonly token: string;
  readonly expiresAt: string;
}

export interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: Role;
}

/** Somebody asks for what is not possible; the sentence says why. */
export class SignInError extends Error {
  override readonly name = 'SignInError';
}

/** What a step asks to be proven again before it is done. */
export type Needs = 'password' | 'password-and-code';

/** The password or the code is not the right one, or must be given again first. */
export class ProofNeeded extends SignInError {
  readonly needs: Needs;
  constructor(message: string, needs: Needs) {
    super(message);
    this.needs = needs;
  }
}

/** Too many tries; the sentence says when to come back. */
export class TooManyTries extends SignInError {}

/** The password is not that of the account that this address has. */
export class WrongPassword extends SignInError {}

export const roleOf = (role: unknown): Role | undefined => roles.find((one) => one === role);
export const addressOf = (email: string): string => email.trim().toLowerCase();

export interface MemberRow extends Row {
  organizationId: string;
  userId: string;
  role: string;
}

export interface People {
  members(): Promise<Member[]>;
  invitations(): Promise<Invitation[]>;
  invite(invited: { email: string; role: Role }, by: Person | null): Promise<Invitation>;
  changeRole(memberId: string, role: Role): Promise<Member>;
  removeMember(memberId: string): Promise<Member>;
  /** A link by which a member sets a new password; also for whoever lost the second factor. @throws SignInError */
  resetLink(memberId: string, options: { dropTwoFactor: boolean }): Promise<OneTimeLink & { readonly email: string }>;
}

const INVITED_MS = 7 * 24 * 3_600_000;
const RESET_MS = 24 * 3_600_000;
const NOBODY = 'There is no such person.';

export function peopleOf(library: Library, organizationId: string): People {
  const { rows, clock } = library;
  const all = (): Promise<MemberRow[]> => rows.all<MemberRow>('member', 'organizationId', organizationId);
  const one = async (memberId: string): Promise<MemberRow> => {
    const row = await rows.find<MemberRow>('member', 'id', memberId);
    if (row?.organizationId !== organizationId) throw new SignInError(NOBODY);
    return row;
  };
  const requireAnotherOwner = async (memberId: string): Promise<void> => {
    if (!(await all()).some((row) => row.role === 'owner' && row.id !== memberId))
      throw new SignInError('An owner must remain: make somebody else owner first.');
  };
  return {
    members: async () => Promise.all((await all()).map((row) => memberOf(library, row))),
    async changeRole(memberId, role) {
      const row = await one(memberId);
      if (row.role === 'owner' && role !== 'owner') await requireAnotherOwner(memberId);
      await rows.update('member', memberId, { role });
      return memberOf(library, { ...row, role });
    },
    async removeMember(memberId) {
      const row = await one(memberId);
      if (row.role === 'owner') await requireAnotherOwner(memberId);
      const member = await memberOf(library, row);
      await library.context.internalAdapter.deleteUserSessions(row.userId);
      await rows.remove('member', memberId);
      if ((await rows.find('member', 'userId', row.userId)) === null)
        await library.context.internalAdapter.deleteUser(row.userId);
      return member;
    },
    async resetLink(memberId, { dropTwoFactor }) {
      const row = await one(memberId);
      if ((await rows.all('member', 'userId', row.userId)).length > 1)
        throw new SignInError(
          'This person belongs to several organizations; only the terminal can make this link: people reset EMAIL',
        );
      const { email } = await memberOf(library, row);
      return { email, ...(await makeResetLink(library, row.userId, dropTwoFactor)) };
    },
    async invitations() {
      const pending = await rows.all('invitation', 'organizationId', organizationId);
      return pending
        .filter((row) => row['status'] === 'pending')
        .map(invitationOf)
        .filter((row) => new Date(row.expiresAt) > clock.now());
    },
    async invite({ email, role }, by) {
      const inviterId = by?.userId ?? (await all())[0]?.userId;
      if (inviterId === undefined)
        throw new SignInError('Nobody is here yet who could invite: use the first link of the terminal.');
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + INVITED_MS);
      const invited = { organizationId, email: addressOf(email), role, status: 'pending' };
      return invitationOf(await rows.create('invitation', { ...invited, expiresAt, inviterId, createdAt: now }));
    },
  };
}

async function memberOf({ rows }: Library, row: MemberRow): Promise<Member> {
  const user = await rows.find('user', 'id', row.userId);
  return {
    memberId: row.id,
    userId: row.userId,
    name: String(user?.['name'] ?? ''),
    email: String(user?.['email'] ?? ''),
    role: roleOf(row.role) ?? 'read-only',
    twoFactor: user?.['twoFactorEnabled'] === true,
  };
}

const invitationOf = (row: Row): Invitation => ({
  id: row.id,
  email: String(row['email']),
  role: roleOf(row['role']) ?? 'read-only',
  expiresAt: new Date(String(row['expiresAt'])).toISOString(),
});

/** An invitation that is still good. @throws SignInError */
export async function openInvitation(
  { rows, clock }: Library,
  id: string,
): Promise<Invitation & { readonly organizationId: string }> {
  const row = await rows.find('invitation', 'id', id);
  const invitation = row === null ? null : invitationOf(row);
  if (invitation === null || row?.['status'] !== 'pending' || new Date(invitation.expiresAt) <= clock.now())
    throw new SignInError('This invitation is used up or too old; ask for a new one.');
  return { ...invitation, organizationId: String(row['organizationId']) };
}

/** Makes a member with a password; whoever has an account already (in another organization) gives its password. */
export async function addPerson(library: Library, person: NewPerson, organizationId: string): Promise<string> {
  const { rows, clock } = library;
  const email = addressOf(person.email);
  if ([...person.password].length < PASSWORD_MIN)
    throw new SignInError(`The password is too short: at least ${String(PASSWORD_MIN)} characters.`);
  const known = await rows.find('user', 'email', email);
  const userId = known === null ? await addUser(library, { ...person, email }) : known.id;
  if (known !== null) {
    if ((await membershipsOf(library, userId)).some((row) => row.organizationId === organizationId))
      throw new SignInError('This person is a member already: sign in.');
    if (!(await hasPassword(library, userId, person.password)))
      throw new WrongPassword('This address has an account already: give the password of that account.');
  }
  await ensureOrganization(library, organizationId);
  await rows.create('member', { organizationId, userId, role: person.role, createdAt: clock.now() });
  return userId;
}

async function addUser({ context }: Library, person: NewPerson): Promise<string> {
  const password = await context.password.hash(person.password);
  const user = await context.internalAdapter.createUser(
    { email: person.email, name: person.name.trim(), emailVerified: true },
    { method: 'email-password' },
  );
  const account = { userId: user.id, providerId: 'credential', accountId: user.id, password };
  await context.internalAdapter.linkAccount(account);
  return user.id;
}

export const membershipsOf = ({ rows }: Library, userId: string): Promise<MemberRow[]> =>
  rows.all<MemberRow>('member', 'userId', userId);

/** Is this the password of that person's account? Takes as long either way. */
export async function hasPassword({ context, rows }: Library, userId: string, password: string): Promise<boolean> {
  const account = (await rows.all('account', 'userId', userId)).find((one) => one['providerId'] === 'credential');
  const hash = account?.['password'];
  if (typeof hash === 'string') return context.password.verify({ hash, password });
  await context.password.hash(password);
  return false;
}

/** The library wants its own row of an organization; ours in the ledger's schema is the truth. */
async function ensureOrganization({ rows }: Library, id: string): Promise<void> {
  if ((await rows.find('organization', 'id', id)) !== null) return;
  await rows.create('organization', { id, name: id, slug: id, createdAt: new Date(0) }, true);
}

const linkName = (token: string): string => `link:${createHash('sha256').update(token).digest('hex')}`;

/** What a one-time link lets its bearer do. */
export type LinkMeans =
  | { readonly kind: 'owner'; readonly organizationId: string }
  | { readonly kind: 'reset'; readonly userId: string; readonly dropTwoFactor: boolean };

/** Only the hash of a link is stored. */
export async function makeLink(
  { services, context, clock }: Library,
  means: LinkMeans,
  forMs: number,
): Promise<OneTimeLink> {
  const token = services.ids.token(24);
  const expiresAt = new Date(clock.now().getTime() + forMs);
  await context.internalAdapter.createVerificationValue({
    identifier: linkName(token),
    value: JSON.stringify(means),
    expiresAt,
  });
  return { token, expiresAt: expiresAt.toISOString() };
}

export const makeResetLink = (library: Library, userId: string, dropTwoFactor: boolean): Promise<OneTimeLink> =>
  makeLink(library, { kind: 'reset', userId, dropTwoFactor }, RESET_MS);

/** What a link means while it is good; null when it is not. It stays good until `spendLink`. */
export async function readLink<K extends LinkMeans['kind']>(
  { context, clock }: Library,
  token: string,
  kind: K,
): Promise<Extract<LinkMeans, { kind: K }> | null> {
  const row = await context.internalAdapter.findVerificationValue(linkName(token));
  if (row === null || row.expiresAt <= clock.now()) return null;
  const means = JSON.parse(row.value) as LinkMeans;
  return means.kind === kind ? (means as Extract<LinkMeans, { kind: K }>) : null;
}

/** True for the first only, of however many at once. */
export const spendLink = async ({ context }: Library, token: string): Promise<boolean> =>
  (await context.internalAdapter.consumeVerificationValue(linkName(token))) !== null;

/** A line of the audit log that belongs to no connection. */
export const noteOf = (
  { database, clock }: Pick<Services, 'database' | 'clock'>,
  organizationId: string,
  line: { actor: string; action: string; subject: string; detail?: unknown },
): Promise<void> =>
  withTenant(database, { organizationId }, (tx) =>
    audit(tx, { organizationId, connectionId: null, at: clock.now() }, { detail: {}, ...line }),
  );
