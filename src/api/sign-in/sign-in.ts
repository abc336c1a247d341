/**
 * People and their sessions. Nobody can sign up by themselves: an organization's first owner comes through a one-time link
 * of the terminal, others by an owner's invitation. Of the library's own routes only those named here are reachable.
 */
import type { Services } from '../../engine/services.ts';
import { beginIntuit, enterByIntuit, type IntuitEntry } from './intuit.ts';
import { IP_HEADER, COOKIE_PREFIX, openLibrary, type Library } from './library.ts';
import { forgetDaily, LATER, limitTries, trySignIn, type SignInTry } from './limits.ts';
import {
  addPerson,
  addressOf,
  makeLink,
  makeResetLink,
  membershipsOf,
  noteOf,
  openInvitation,
  peopleOf,
  readLink,
  SignInError,
  spendLink,
  TooManyTries,
  WrongPassword,
  type MemberRow,
  type NewPerson,
  type OneTimeLink,
  type People,
  type Person,
} from './people.ts';
import { changePassword, enterOrganization, prove, setPassword, whoIs } from './sessions.ts';

export {
  hasRole,
  noteOf,
  ProofNeeded,
  roles,
  SignInError,
  TooManyTries,
  type Invitation,
  type Member,
  type Needs,
  type OneTimeLink,
  type People,
  type Person,
  type Role,
} from './people.ts';

export interface SignIn {
  /** The library's routes below /api/auth/ that we use; all others are not there. */
  handle(request: Request, address: string): Promise<Response>;
  /** Who a request comes from; null without a living session. `quiet` keeps none alive. */
  whoIs(headers: Headers, quiet?: boolean): Promise<Person | null>;
  hasPeople(): Promise<boolean>;
  /** The handle to one organization's people. */
  people(organizationId: string): People;
  /** All memberships of a person, by organization. */
  organizationsOf(userId: string): Promise<string[]>;
  enterOrganization(person: Person, organizationId: string): Promise<void>;
  /** For an organization that has no owner yet. */
  ownerLink(organizationId: string): Promise<OneTimeLink>;
  /** The first owner, by such a link; the answer sets the cookies. @throws SignInError */
  setUp(token: string, given: Omit<NewPerson, 'role'>, headers: Headers): Promise<Response>;
  /** @param from where the request comes from: the password of an account that is there is tried as at a sign-in */
  acceptInvitation(
    id: string,
    given: { name: string; password: string },
    from: { headers: Headers; address: string },
  ): Promise<Response>;
  prove(person: Person, given: { password: string; code: string | null }, headers: Headers): Promise<Date>;
  changePassword(person: Person, given: { present: string; wanted: string }): Promise<void>;
  rename(person: Person, name: string): Promise<void>;
  /** A link for whoever has this address, in whatever organizations: for the terminal. @throws SignInError */
  resetLinkFor(email: string, options: { dropTwoFactor: boolean }): Promise<OneTimeLink>;
  /** A new password by such a link; all sessions of the person end. @throws SignInError */
  reset(token: string, password: string): Promise<void>;
  beginIntuit(): Promise<{ url: string; cookie: string }>;
  enterByIntuit(answer: { state: string; code: string | undefined }, headers: Headers): Promise<IntuitEntry>;
  /** Removes what is over, now and once a day, until the signal. */
  forgetDaily(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const OWNER_LINK_MS = 24 * 3_600_000;
const DEVICE_COOKIE = `${COOKIE_PREFIX}.device`;
const DEVICE_SECONDS = 180 * 86_400;
const SIGN_IN = '/sign-in/email';
const ROUTES = new Set([
  `POST ${SIGN_IN}`,
  'POST /sign-out',
  'POST /two-factor/enable',
  'POST /two-factor/disable',
  'POST /two-factor/get-totp-uri',
  'POST /two-factor/generate-backup-codes',
  'POST /two-factor/verify-totp',
  'POST /two-factor/verify-backup-code',
]);

export async function createSignIn(services: Services): Promise<SignIn> {
  const library = await openLibrary(services);
  const { rows, context } = library;
  return {
    handle: (request, address) => handle(library, request, address),
    whoIs: (headers, quiet) => whoIs(library, headers, quiet),
    hasPeople: async () => (await context.adapter.count({ model: 'user' })) > 0,
    people: (organizationId) => peopleOf(library, organizationId),
    organizationsOf: async (userId) => (await membershipsOf(library, userId)).map((one) => one.organizationId),
    enterOrganization: (person, organizationId) => enterOrganization(library, person, organizationId),
    ownerLink: (organizationId) => makeLink(library, { kind: 'owner', organizationId }, OWNER_LINK_MS),
    setUp: (token, given, headers) => setUp(library, token, given, headers),
    acceptInvitation: (id, given, from) => acceptInvitation(library, id, given, from),
    prove: (person, given, headers) => prove(library, person, given, headers),
    changePassword: (person, given) => changePassword(library, person, given),
    rename: async ({ userId }, name) => void (await rows.update('user', userId, { name: name.trim() })),
    async resetLinkFor(email, { dropTwoFactor }) {
      const user = await rows.find('user', 'email', addressOf(email));
      if (user === null) throw new SignInError('There is no person with this address.');
      return makeResetLink(library, user.id, dropTwoFactor);
    },
    reset: (token, password) => reset(library, token, password),
    beginIntuit: () => beginIntuit(library),
    enterByIntuit: (answer, headers) => enterByIntuit(library, answer, headers),
    forgetDaily: (signal) => forgetDaily(library, signal),
    close: () => library.pool.end(),
  };
}

async function setUp(
  library: Library,
  token: string,
  given: Omit<NewPerson, 'role'>,
  headers: Headers,
): Promise<Response> {
  const link = await readLink(library, token, 'owner');
  const isLate =
    link === null ||
    (await library.rows.all<MemberRow>('member', 'organizationId', link.organizationId)).some(
      (one) => one.role === 'owner',
    );
  if (isLate || !(await spendLink(library, token)))
    throw new SignInError('This link is used up or too old. The terminal prints a new one when the server starts.');
  await addPerson(library, { ...given, role: 'owner' }, link.organizationId);
  await noteOf(library.services, link.organizationId, {
    actor: addressOf(given.email),
    action: 'joined',
    subject: 'the first owner',
  });
  return enterWithPassword(library, given, headers);
}

async function acceptInvitation(
  library: Library,
  id: string,
  given: { name: string; password: string },
  { headers, address }: { headers: Headers; address: string },
): Promise<Response> {
  await limitTries(library, 'accept', id);
  const { email, role, organizationId } = await openInvitation(library, id);
  // An account of another organization: whoever may invite here must not get more guesses at it than anybody else.
  const known = await library.rows.find('user', 'email', addressOf(email));
  const device = deviceIn(headers);
  const tried = known === null ? null : await trySignIn(library, addressOf(email), { device, address });
  if (known !== null && tried === null) throw new TooManyTries(LATER);
  const userId = await addPerson(library, { ...given, email, role }, organizationId).catch((error: unknown) => {
    if (error instanceof WrongPassword) noteRefused(library, addressOf(email)).catch(() => undefined);
    throw error;
  });
  await library.rows.update('invitation', id, { status: 'accepted' });
  await noteOf(library.services, organizationId, { actor: email, action: 'joined', subject: role });
  const answer = await enterWithPassword(library, { email, password: given.password }, headers);
  await enterNewest(library, userId, organizationId);
  return tried === null ? answer : remembered(library, answer, { tried, device });
}

/** Whoever accepts an invitation begins in the organization that invited them. */
async function enterNewest({ rows }: Library, userId: string, organizationId: string): Promise<void> {
  const newest = (await rows.all('session', 'userId', userId)).at(-1);
  if (newest !== undefined) await rows.update('session', newest.id, { activeOrganizationId: organizationId });
}

const enterWithPassword = (
  { auth }: Library,
  { email, password }: { email: string; password: string },
  headers: Headers,
): Promise<Response> =>
  auth.api.signInEmail({ body: { email: addressOf(email), password }, headers, asResponse: true });

async function reset(library: Library, token: string, password: string): Promise<void> {
  const link = await readLink(library, token, 'reset');
  if (link === null || !(await spendLink(library, token)))
    throw new SignInError('This link is used up or too old; ask an owner or the terminal for a new one.');
  const { context, rows } = library;
  await setPassword(library, link.userId, password);
  if (link.dropTwoFactor) {
    for (const row of await context.adapter.findMany<{ id: string }>({
      model: 'twoFactor',
      where: [{ field: 'userId', value: link.userId }],
    }))
      await rows.remove('twoFactor', row.id);
    await rows.update('user', link.userId, { twoFactorEnabled: false });
  }
  await context.internalAdapter.deleteUserSessions(link.userId);
  await noteOn(library, link.userId, 'password-reset');
}

/** A line in the audit log of each organization that the person belongs to. */
async function noteOn(library: Library, userId: string, action: string): Promise<void> {
  const user = await library.rows.find('user', 'id', userId);
  const actor = String(user?.['email'] ?? '');
  for (const one of await membershipsOf(library, userId))
    await noteOf(library.services, one.organizationId, { actor, action, subject: actor });
}

async function handle(library: Library, request: Request, address: string): Promise<Response> {
  const path = new URL(request.url).pathname.replace(/^\/api\/auth/, '');
  if (!ROUTES.has(`${request.method} ${path}`)) return refusal(404, 'There is nothing at this address.');
  request.headers.set(IP_HEADER, address);
  // A session that is over by our rules is gone before the library sees it.
  const before = await whoIs(library, request.headers);
  if (path === SIGN_IN) return signInByPassword(library, request, address);
  const answer = await library.auth.handler(request);
  if (path === '/sign-out' && before !== null)
    await noteOf(library.services, before.organizationId, {
      actor: before.email,
      action: 'signed-out',
      subject: before.email,
    });
  else if (answer.ok) await noteTwoFactor(library, path, before, answer);
  return answer;
}

const TWO_FACTOR_ACTIONS: Readonly<Record<string, string>> = {
  '/two-factor/disable': 'two-factor-off',
  '/two-factor/verify-totp': 'two-factor-on',
  '/two-factor/generate-backup-codes': 'backup-codes-made',
};

/** With a session in hand a step changed the second factor; without one it was the second half of a sign-in. */
async function noteTwoFactor(library: Library, path: string, before: Person | null, answer: Response): Promise<void> {
  if (before === null) return noteSignIn(library, answer);
  const action = TWO_FACTOR_ACTIONS[path];
  const isNew = path !== '/two-factor/verify-totp' || !before.twoFactor;
  if (action !== undefined && isNew) await noteOn(library, before.userId, action);
}

async function signInByPassword(library: Library, request: Request, address: string): Promise<Response> {
  const email = await emailIn(request.clone());
  if (email === null) return refusal(400, 'Give an e-mail address and a password.');
  const given = deviceIn(request.headers);
  const tried = await trySignIn(library, email, { device: given, address });
  if (tried === null) return refusal(429, LATER, { 'retry-after': '900' });
  const answer = await library.auth.handler(request);
  if (!answer.ok) {
    // Not waited for: an account that is there must not answer later than one that is not.
    if (answer.status === 401) noteRefused(library, email).catch(() => undefined);
    return answer;
  }
  await noteSignIn(library, answer);
  return remembered(library, answer, { tried, device: given });
}

/** The password was right: the browser and the address are known from now on. */
async function remembered(
  library: Library,
  answer: Response,
  { tried, device }: { tried: SignInTry; device: string | null },
): Promise<Response> {
  const own = device ?? library.services.ids.token(24);
  await tried.succeeded(own);
  const withDevice = new Response(answer.body, answer);
  withDevice.headers.append('set-cookie', deviceCookie(library, own));
  return withDevice;
}

async function emailIn(request: Request): Promise<string | null> {
  try {
    const body: unknown = await request.json();
    const email = body !== null && typeof body === 'object' && 'email' in body ? body.email : null;
    return typeof email === 'string' && email.length <= 254 ? addressOf(email) : null;
  } catch {
    return null;
  }
}

const deviceIn = (headers: Headers): string | null =>
  new RegExp(`(?:^|; )${DEVICE_COOKIE.replace('.', '\\.')}=([\\w-]{20,64})(?:;|$)`).exec(
    headers.get('cookie') ?? '',
  )?.[1] ?? null;

const deviceCookie = ({ services }: Library, device: string): string =>
  `${DEVICE_COOKIE}=${device}; Max-Age=${String(DEVICE_SECONDS)}; Path=/api; HttpOnly; SameSite=Lax${
    services.config.publicUrl.startsWith('https:') ? '; Secure' : ''
  }`;

async function noteRefused(library: Library, email: string): Promise<void> {
  const user = await library.rows.find('user', 'email', email);
  if (user !== null) await noteOn(library, user.id, 'sign-in-refused');
}

/** Somebody came in when the answer sets a session's cookie. */
async function noteSignIn(library: Library, answer: Response): Promise<void> {
  const cookie = answer.headers.getSetCookie().find((one) => /session_token=[^;]/.test(one));
  const token = decodeURIComponent(/session_token=([^;]*)/.exec(cookie ?? '')?.[1] ?? '').split('.')[0] ?? '';
  if (token === '') return;
  const session = await library.rows.find('session', 'token', token);
  if (session !== null) await noteOn(library, String(session['userId']), 'signed-in');
}

const refusal = (status: number, sentence: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error: sentence, message: sentence }, { status, headers });
