/** Who may come in and what each may do: the first owner, invitations, roles, sessions, writes from other sites. */
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../support/world.ts';

const TOKEN = 'test-token-of-the-owner-0123456789';
let world: World;
let base: string;
let link = '';

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => done(port));
    });
  });

beforeAll(async () => {
  const port = await freePort();
  world = await makeWorld({ invoices: 2, env: { LEDGERFERRY_PORT: String(port), LEDGERFERRY_API_TOKEN: TOKEN } });
  base = `http://127.0.0.1:${String(port)}`;
  const child = world.spawnCli(['serve']);
  let said = '';
  child.stderr?.on('data', (part: Buffer) => (said += part.toString()));
  for (let tries = 0; link === ''; tries += 1) {
    link = /\/setup\?token=\S+/.exec(said)?.[0] ?? '';
    if (tries > 150) throw new Error(`no first link: ${said}`);
    await new Promise((done) => setTimeout(done, 150));
  }
}, 60_000);
afterAll(() => world.close());

interface Ask {
  method?: string;
  body?: unknown;
  cookie?: string;
  origin?: string | null;
  token?: string;
}
const ask = (path: string, { method = 'GET', body, cookie, origin = base, token }: Ask = {}): Promise<Response> =>
  fetch(base + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(cookie === undefined ? {} : { cookie }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(origin === null ? {} : { origin }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');

const PASSWORD = 'correct horse battery';
let owner = '';
const people = new Map<string, string>();

describe('the first owner', () => {
  it('comes in by the one-time link only', async () => {
    const session = await (await ask('/api/v1/session')).json();
    expect(session).toMatchObject({ person: null, organization: null, needsOwner: true, isDemo: false });
    const person = { name: 'Olive Owner', email: 'olive@msp.example', password: PASSWORD };
    const wrong = await ask('/api/v1/setup', { method: 'POST', body: { ...person, token: 'guessed' } });
    expect(wrong.status).toBe(422);
    const signUp = await ask('/api/auth/sign-up/email', { method: 'POST', body: person });
    expect(signUp.status).toBeGreaterThanOrEqual(400);
    const token = new URL(base + link).searchParams.get('token') ?? '';
    const made = await ask('/api/v1/setup', { method: 'POST', body: { ...person, token } });
    expect(made.status).toBe(200);
    const [cookie = ''] = made.headers.getSetCookie();
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    owner = cookiesOf(made);
    expect(await (await ask('/api/v1/session', { cookie: owner })).json()).toMatchObject({
      person: { role: 'owner', email: 'olive@msp.example' },
    });
    const again = await ask('/api/v1/setup', { method: 'POST', body: { ...person, email: 'two@msp.example', token } });
    expect(again.status).toBe(422);
  });
});

describe('people', () => {
  it('join by an owner’s invitation, with the role that it names, once', async () => {
    for (const role of ['bookkeeper', 'reviewer', 'read-only']) {
      const invited = await ask('/api/v1/people', {
        method: 'POST',
        cookie: owner,
        body: { email: `${role}@msp.example`, role },
      });
      expect(invited.status).toBe(200);
      const { id, link: address } = (await invited.json()) as { id: string; link: string };
      expect(address).toContain(`/join?invitation=${id}`);
      const body = { name: `The ${role}`, password: PASSWORD };
      const joined = await ask(`/api/v1/invitations/${id}/accept`, { method: 'POST', body });
      expect(joined.status).toBe(200);
      people.set(role, cookiesOf(joined));
      expect((await ask(`/api/v1/invitations/${id}/accept`, { method: 'POST', body })).status).toBe(422);
    }
    const listed = (await (await ask('/api/v1/people', { cookie: owner })).json()) as {
      people: { email: string; role: string }[];
    };
    expect(listed.people.map((one) => one.role).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'bookkeeper',
      'owner',
      'read-only',
      'reviewer',
    ]);
  });

  it('sign in with the right password, and are slowed down when they guess', async () => {
    const signIn = (password: string, email = 'bookkeeper@msp.example'): Promise<Response> =>
      ask('/api/auth/sign-in/email', { method: 'POST', body: { email, password } });
    expect((await signIn(PASSWORD)).status).toBe(200);
    const answers = [];
    for (let at = 0; at < 14; at += 1) answers.push((await signIn(`wrong password ${String(at)}`)).status);
    expect(answers).toContain(401);
    expect(answers.at(-1)).toBe(429);
    // Whoever is in already stays in.
    expect((await ask('/api/v1/runs', { cookie: owner })).status).toBe(200);
  });

  it('there is always an owner; a removed person is out at once', async () => {
    const { people: all } = (await (await ask('/api/v1/people', { cookie: owner })).json()) as {
      people: { memberId: string; role: string }[];
    };
    const ofRole = (role: string): string => all.find((one) => one.role === role)?.memberId ?? '';
    const last = await ask(`/api/v1/people/${ofRole('owner')}`, { method: 'DELETE', cookie: owner });
    expect([last.status, await last.text()]).toEqual([422, expect.stringContaining('owner must remain')]);
    expect((await ask('/api/v1/runs', { cookie: people.get('read-only') ?? '' })).status).toBe(200);
    expect((await ask(`/api/v1/people/${ofRole('read-only')}`, { method: 'DELETE', cookie: owner })).status).toBe(200);
    expect((await ask('/api/v1/runs', { cookie: people.get('read-only') ?? '' })).status).toBe(401);
  });
});

describe('the matrix of routes', () => {
  const ranks = ['read-only', 'reviewer', 'bookkeeper', 'owner'];

  it('route x method x role: each gets in by its policy, nobody without one, nobody from another site', async () => {
    const document = (await (await ask('/openapi.json', { token: TOKEN })).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const open = new Set(['/api/v1/session', '/api/v1/setup', '/api/v1/invitations/{id}/accept', '/api/v1/reset']);
    const owners =
      /^\/api\/v1\/(people|troubleshoot)|^\/api\/v1\/connections(\/\{name\}(\/(authorize|disconnect|rename|remove))?)?$/;
    const wanted = (method: string, path: string): string => {
      if (path === '/api/v1/audit/csv') return 'owner';
      if (method === 'GET') return /\/(roles|settings\/export)$/.test(path) ? 'bookkeeper' : 'read-only';
      if (path.endsWith('/approve')) return 'reviewer';
      if (
        /\/(invoices\/ready|settings\/effect|links\/preview|reconciliations|session\/\w+|profile|profile\/password)$/.test(
          path,
        )
      )
        return 'read-only';
      return owners.test(path) ? 'owner' : 'bookkeeper';
    };
    let checked = 0;
    for (const [path, methods] of Object.entries(document.paths)) {
      if (open.has(path)) continue;
      for (const method of Object.keys(methods).map((one) => one.toUpperCase())) {
        const address = path.replaceAll(/\{\w+\}/g, 'x');
        // Nothing is carried out: the body is none that any route takes, and policies come before bodies.
        const body = method === 'GET' || method === 'DELETE' ? undefined : [];
        expect([method, path, (await ask(address, { method, body })).status]).toEqual([method, path, 401]);
        expect([
          method,
          path,
          (await ask(address, { method, body, cookie: 'ledgerferry.session_token=made.up' })).status,
        ]).toEqual([method, path, 401]);
        for (const role of ['reviewer', 'bookkeeper']) {
          const cookie = people.get(role) ?? '';
          const { status } = await ask(address, { method, body, cookie });
          const may = ranks.indexOf(role) >= ranks.indexOf(wanted(method, path));
          expect([method, path, role, status === 403]).toEqual([method, path, role, !may]);
          if (method !== 'GET' && may) {
            const foreign = await ask(address, { method, body, cookie, origin: 'https://evil.example' });
            expect([method, path, role, foreign.status]).toEqual([method, path, role, 403]);
          }
          checked += 1;
        }
      }
    }
    expect(checked).toBeGreaterThan(80);
  });

  it('the invoice list is for all who look; mailing it is for a bookkeeper, and noted with the addresses', async () => {
    const list = (role: string, body: unknown): Promise<Response> =>
      ask('/api/v1/invoices/ready', { method: 'POST', cookie: people.get(role) ?? '', body });
    expect((await list('reviewer', {})).status).toBe(200);
    for (const body of [{ mail: true }, { emails: ['evil@outside.example'] }]) {
      const refused = await list('reviewer', body);
      expect([refused.status, await refused.text()]).toEqual([
        403,
        expect.stringContaining('Mailing the list needs the role bookkeeper; yours is reviewer.'),
      ]);
    }
    const outbox = async (): Promise<string> => (await ask('/api/v1/outbox', { cookie: owner })).text();
    expect(await outbox()).not.toContain('evil@outside.example');
    expect((await list('bookkeeper', { mail: true, emails: ['boss@msp.example'] })).status).toBe(200);
    expect(await outbox()).toContain('boss@msp.example');
    const { entries } = (await (await ask('/api/v1/audit', { cookie: owner })).json()) as {
      entries: { actor: string; action: string; detail: { to: string[] } }[];
    };
    expect(entries[0]).toMatchObject({ actor: 'bookkeeper@msp.example', action: 'ready-list-mailed' });
    expect(entries[0]?.detail.to).toContain('boss@msp.example');
  });

  it('what a person does stands in the audit log under their name', async () => {
    const done = await ask('/api/v1/settings', {
      method: 'PATCH',
      cookie: people.get('bookkeeper') ?? '',
      body: { changes: { 'invoices.maxAgeDays': '21' } },
    });
    expect(done.status).toBe(200);
    const { entries } = (await (await ask('/api/v1/audit', { cookie: owner })).json()) as {
      entries: { actor: string; action: string }[];
    };
    expect(entries[0]).toMatchObject({ actor: 'bookkeeper@msp.example', action: 'settings-changed' });
  });
});
