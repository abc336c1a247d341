/**
 * "Sign in with Intuit": whoever is a member already, with the same verified address, comes in; nobody is made by it. The
 * state stands in a cookie too, so that an answer is taken only by the browser that asked.
 */
import { identityOf, identityUrl } from '../../engine/intuit-identity.ts';
import { COOKIE_PREFIX, type Library } from './library.ts';
import { addressOf, membershipsOf, noteOf } from './people.ts';

/** What a state of ours begins with, when it is for signing in. */
export const SIGN_IN_STATE = 'sign-in-';
const COOKIE = `${COOKIE_PREFIX}.intuit`;
const COOKIE_SECONDS = 600;

const cookie = ({ services }: Library, value: string, seconds: number): string =>
  `${COOKIE}=${value}; Max-Age=${String(seconds)}; Path=/oauth; HttpOnly; SameSite=Lax${
    services.config.publicUrl.startsWith('https:') ? '; Secure' : ''
  }`;

export async function beginIntuit(library: Library): Promise<{ url: string; cookie: string }> {
  const state = `${SIGN_IN_STATE}${library.services.ids.token(24)}`;
  return { url: await identityUrl(library.services, state), cookie: cookie(library, state, COOKIE_SECONDS) };
}

export interface IntuitEntry {
  /** Those of the new session; the cookie of the question is taken back. */
  readonly cookies: readonly string[];
  readonly entered: boolean;
}

/** @throws what Intuit refuses */
export async function enterByIntuit(
  library: Library,
  answer: { state: string; code: string | undefined },
  headers: Headers,
): Promise<IntuitEntry> {
  const out = { cookies: [cookie(library, '', 0)], entered: false };
  const asked = new RegExp(`(?:^|; )${COOKIE.replace('.', '\\.')}=([\\w-]+)`).exec(headers.get('cookie') ?? '')?.[1];
  if (asked === undefined || asked !== answer.state || answer.code === undefined) return out;
  const email = await identityOf(library.services, answer.code);
  const user = email === null ? null : await library.rows.find('user', 'email', addressOf(email));
  const memberships = user === null ? [] : await membershipsOf(library, user.id);
  if (user === null || memberships.length === 0) return out;
  const entered = await library.auth.api.enterAs({ body: { userId: user.id }, headers, asResponse: true });
  for (const { organizationId } of memberships) {
    const line = { actor: String(user['email']), action: 'signed-in', subject: 'with Intuit' };
    await noteOf(library.services, organizationId, line);
  }
  return { cookies: [...out.cookies, ...entered.headers.getSetCookie()], entered: entered.ok };
}
