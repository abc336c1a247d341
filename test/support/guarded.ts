/** A world behind its guards: the server in this process, on a clock that can be put forward, and people who sign in. */
import { createHmac } from 'node:crypto';
import { startServer } from '../../src/api/server.ts';
import { createSignIn, type Role, type SignIn } from '../../src/api/sign-in/sign-in.ts';
import { DatabaseClock } from '../../src/platform/database-clock.ts';
import type { Services } from '../../src/engine/services.ts';
import { freePort } from './ports.ts';
import { makeWorld, type World, type WorldOptions } from './world.ts';

export const PASSWORD = 'correct horse battery';
export const TOKEN = 'test-token-of-the-owner-0123456789';

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  readonly cookie?: string;
  readonly origin?: string | null;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Guarded {
  readonly world: World;
  readonly base: string;
  readonly services: Services;
  readonly signIn: SignIn;
  readonly ask: (path: string, ask?: Ask) => Promise<Response>;
  readonly json: <T>(path: string, ask?: Ask) => Promise<T>;
  /** Puts the product's clock forward, for good. */
  advance(minutes: number): Promise<void>;
  /** The first owner of an organization; answers the cookies. */
  owner(organizationId: string, email: string): Promise<string>;
  /** Invited by whoever has these cookies, and joined. */
  member(by: string, email: string, role: Role): Promise<string>;
  enter(email: string, password?: string, more?: Ask): Promise<Response>;
  close(): Promise<void>;
}

export const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0] ?? '')
    .filter((one) => !one.endsWith('='))
    .join('; ');

export async function makeGuarded(options: WorldOptions & { publicUrl?: string } = {}): Promise<Guarded> {
  const port = await freePort();
  const base = `http://127.0.0.1:${String(port)}`;
  const env = { LEDGERFERRY_PORT: String(port), LEDGERFERRY_PUBLIC_URL: options.publicUrl ?? base, ...options.env };
  const world = await makeWorld({ ...options, env });
  const { services, mailer } = world.opened;
  const signIn = await createSignIn(services);
  const server = await startServer({
    services,
    organizationId: world.tenant.organizationId,
    worker: { services, mailer, say: () => undefined },
    signIn,
    isDemo: false,
    status: () => Promise.resolve({ banner: null, progress: null, report: null }),
  });
  const ask: Guarded['ask'] = (path, { method = 'GET', body, cookie, origin = base, token, headers = {} } = {}) =>
    fetch(base + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(cookie === undefined ? {} : { cookie }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(origin === null ? {} : { origin }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const joined = async (answer: Response): Promise<string> => {
    if (answer.status !== 200) throw new Error(`did not join: ${await answer.text()}`);
    return cookiesOf(answer);
  };
  let aheadMs = 0;
  return {
    world,
    base,
    services,
    signIn,
    ask,
    json: async <T>(path: string, wanted?: Ask) => (await (await ask(path, wanted)).json()) as T,
    async advance(minutes) {
      aheadMs += minutes * 60_000;
      if (!(services.clock instanceof DatabaseClock)) throw new Error('another clock');
      services.clock.setAuthority(() => Promise.resolve(new Date(Date.now() + aheadMs)));
      await services.clock.follow();
    },
    async owner(organizationId, email) {
      const { token } = await signIn.ownerLink(organizationId);
      const body = { token, name: 'Olive Owner', email, password: PASSWORD };
      return joined(await ask('/api/v1/setup', { method: 'POST', body }));
    },
    async member(by, email, role) {
      const invited = await ask('/api/v1/people', { method: 'POST', cookie: by, body: { email, role } });
      const { id } = (await invited.json()) as { id: string };
      const body = { name: `The ${role}`, password: PASSWORD };
      return joined(await ask(`/api/v1/invitations/${id}/accept`, { method: 'POST', body }));
    },
    enter: (email, password = PASSWORD, more = {}) =>
      ask('/api/auth/sign-in/email', { method: 'POST', body: { email, password }, ...more }),
    async close() {
      await server.close();
      await signIn.close();
      await world.close();
    },
  };
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code that an authenticator shows now (RFC 6238) for what the QR code said. */
export function codeOf(otpauth: string, at = Date.now()): string {
  const secret = new URL(otpauth).searchParams.get('secret') ?? '';
  const bits = [...secret].map((one) => BASE32.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((one) => Number.parseInt(one, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return ((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 1_000_000).toString().padStart(6, '0');
}
