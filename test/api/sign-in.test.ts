/** Ways in: floods of guesses, the second factor, Intuit; and what stands in the audit log about them. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSignIn } from '../../src/api/sign-in/sign-in.ts';
import { addOrganization } from '../../src/engine/organizations.ts';
import { asSuperuser, withClient } from '../support/database.ts';
import { codeOf, cookiesOf, makeGuarded, PASSWORD, TOKEN, type Guarded } from '../support/guarded.ts';

let guarded: Guarded;
const OLIVE = 'olive@msp.example';
/** The proxy in front of these tests says where a request comes from. */
const from = (address: string, cookie?: string) => ({
  headers: { 'x-forwarded-for': address },
  ...(cookie === undefined ? {} : { cookie }),
});

beforeAll(async () => {
  guarded = await makeGuarded({ invoices: 2, env: { LEDGERFERRY_TRUSTED_PROXIES: '127.0.0.1' } });
  await guarded.owner(guarded.world.tenant.organizationId, OLIVE);
}, 120_000);
afterAll(() => guarded.close());

const signedIn = async (address = '192.0.2.9'): Promise<string> =>
  cookiesOf(await guarded.enter(OLIVE, PASSWORD, from(address)));
const actions = async (): Promise<string[]> =>
  (await guarded.json<{ entries: { action: string }[] }>('/api/v1/audit', { token: TOKEN })).entries.map(
    (one) => one.action,
  );

describe('a flood of guesses', () => {
  it('gets ten passwords checked per account in 15 minutes, and locks nobody out of a known browser or address', async () => {
    const known = cookiesOf(await guarded.enter(OLIVE, PASSWORD, from('192.0.2.1')));
    expect(known).toContain('ledgerferry.device=');
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_none, at) => {
        const answer = await guarded.enter(OLIVE, `guess ${String(at)}`, from(`198.51.100.${String(at % 7)}`));
        return answer.status;
      }),
    );
    expect(statuses.filter((one) => one === 401)).toHaveLength(10);
    expect(statuses.filter((one) => one === 429)).toHaveLength(50);
    // The right password from an unknown place is not even looked at.
    expect((await guarded.enter(OLIVE, PASSWORD, from('203.0.113.5'))).status).toBe(429);
    expect((await guarded.enter(OLIVE, PASSWORD, from('203.0.113.5', known))).status).toBe(200);
    expect((await guarded.enter(OLIVE, PASSWORD, from('192.0.2.1'))).status).toBe(200);
    await guarded.advance(16);
    expect((await guarded.enter(OLIVE, 'wrong', from('198.51.100.1'))).status).toBe(401);
  });

  it('gets no more of them through invitations to an account that is there, and each wrong one is noted', async () => {
    const { id: other } = await addOrganization(guarded.services, 'Other');
    const mallory = await guarded.owner(other, 'mallory@other.example');
    await guarded.advance(16);
    const noted = (await actions()).filter((one) => one === 'sign-in-refused').length;
    const accept = async (id: string, password: string, address: string): Promise<number> => {
      const body = { name: 'Olive', password };
      return (await guarded.ask(`/api/v1/invitations/${id}/accept`, { method: 'POST', body, ...from(address) })).status;
    };
    const statuses: number[] = [];
    let id = '';
    for (let at = 0; at < 15; at += 1) {
      if (at % 5 === 0) {
        const body = { email: OLIVE, role: 'read-only' };
        const invited = await guarded.ask('/api/v1/people', { method: 'POST', cookie: mallory, body });
        ({ id } = (await invited.json()) as { id: string });
      }
      statuses.push(await accept(id, `a guess of many ${String(at)}`, `198.51.100.${String(at)}`));
    }
    expect(statuses).toEqual([...Array<number>(10).fill(422), ...Array<number>(5).fill(429)]);
    expect((await actions()).filter((one) => one === 'sign-in-refused').length).toBe(noted + 10);
    expect((await guarded.enter(OLIVE, PASSWORD, from('203.0.113.77'))).status).toBe(429);
    // Who came in from there before is not locked out.
    expect(await accept(id, PASSWORD, '192.0.2.1')).toBe(200);
    await guarded.advance(16);
  });

  it('over many accounts is limited by address', async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 70; at += 1)
      statuses.push((await guarded.enter(`a${String(at)}@x.example`, 'guess', from('198.51.100.99'))).status);
    expect(statuses.filter((one) => one === 401)).toHaveLength(60);
  });

  it('learns nothing from the words of the answer', async () => {
    await guarded.advance(16);
    const wrong = await guarded.enter(OLIVE, 'wrong password', from('192.0.2.44'));
    const unknown = await guarded.enter('nobody@msp.example', 'wrong password', from('192.0.2.44'));
    expect([wrong.status, await wrong.text()]).toEqual([unknown.status, await unknown.text()]);
  });
});

describe('the second factor', () => {
  it('is enrolled with a QR code, asked for at sign-in and before far-reaching steps, and put off with the password', async () => {
    const post = (path: string, cookie: string, body: unknown): Promise<Response> =>
      guarded.ask(path, { method: 'POST', cookie, body });
    let cookie = await signedIn();
    const enabled = await post('/api/auth/two-factor/enable', cookie, { password: PASSWORD });
    const { totpURI, backupCodes } = (await enabled.json()) as { totpURI: string; backupCodes: string[] };
    expect(totpURI).toMatch(/^otpauth:\/\/totp\/Ledgerferry:olive/);
    expect(backupCodes.length).toBeGreaterThanOrEqual(8);
    // Not on before a code proved that the authenticator works.
    expect((await post('/api/auth/two-factor/verify-totp', cookie, { code: '000000' })).status).toBe(401);
    expect(await guarded.json('/api/v1/session', { cookie })).toMatchObject({ person: { twoFactor: false } });
    const on = await post('/api/auth/two-factor/verify-totp', cookie, { code: codeOf(totpURI) });
    expect(on.status).toBe(200);
    cookie = cookiesOf(on);
    expect(await guarded.json('/api/v1/session', { cookie })).toMatchObject({ person: { twoFactor: true } });

    const half = await guarded.enter(OLIVE, PASSWORD, from('192.0.2.9'));
    expect(await half.json()).toMatchObject({ twoFactorRedirect: true });
    const pending = cookiesOf(half);
    expect((await guarded.ask('/api/v1/runs', { cookie: pending })).status).toBe(401);
    expect((await post('/api/auth/two-factor/verify-totp', pending, { code: '000000' })).status).toBe(401);
    const whole = await post('/api/auth/two-factor/verify-totp', pending, { code: codeOf(totpURI) });
    expect((await guarded.ask('/api/v1/runs', { cookie: cookiesOf(whole) })).status).toBe(200);
    const other = cookiesOf(await guarded.enter(OLIVE, PASSWORD, from('192.0.2.9')));
    const [spare = '', second = ''] = backupCodes;
    const rescued = await post('/api/auth/two-factor/verify-backup-code', other, { code: spare });
    expect((await guarded.ask('/api/v1/runs', { cookie: cookiesOf(rescued) })).status).toBe(200);

    await guarded.advance(6);
    const step = await post('/api/v1/connections/Test/authorize', cookie, undefined);
    expect([step.status, await step.json()]).toMatchObject([403, { needs: 'password-and-code' }]);
    const prove = (code?: string): Promise<Response> =>
      post('/api/v1/session/prove', cookie, { password: PASSWORD, ...(code === undefined ? {} : { code }) });
    expect([(await prove()).status, (await prove('000000')).status, (await prove(spare)).status]).toEqual([
      403, 403, 403,
    ]);
    expect((await prove(codeOf(totpURI))).status).toBe(200);
    expect((await prove(second)).status).toBe(200);

    expect((await post('/api/auth/two-factor/disable', cookie, { password: 'wrong password' })).status).toBe(400);
    expect((await post('/api/auth/two-factor/disable', cookie, { password: PASSWORD })).status).toBe(200);
    expect((await (await guarded.enter(OLIVE, PASSWORD, from('192.0.2.9'))).json()) as object).not.toHaveProperty(
      'twoFactorRedirect',
    );
    expect(await actions()).toEqual(expect.arrayContaining(['two-factor-on', 'two-factor-off', 'signed-in']));
  });

  it('of the library nothing else can be reached', async () => {
    const cookie = await signedIn();
    for (const path of ['sign-up/email', 'organization/create', 'organization/invite-member', 'update-user'])
      expect([path, (await guarded.ask(`/api/auth/${path}`, { method: 'POST', cookie, body: {} })).status]).toEqual([
        path,
        404,
      ]);
    expect((await guarded.ask('/api/auth/get-session', { cookie })).status).toBe(404);
  });
});

describe('sign in with Intuit', () => {
  const through = async (cookies?: string): Promise<Response> => {
    const begun = await guarded.ask('/oauth/intuit/sign-in');
    const consent = await fetch(begun.headers.get('location') ?? '', { redirect: 'manual' });
    const back = new URL(consent.headers.get('location') ?? '');
    return guarded.ask(back.pathname + back.search, { cookie: cookies ?? cookiesOf(begun) });
  };

  it('lets in whoever is a member with the same verified address, and makes nobody', async () => {
    const { knobs } = guarded.world.quickbooks.oauth;
    expect(await guarded.json('/api/v1/session')).toMatchObject({ signInWithIntuit: true });
    knobs.email = 'Olive@msp.example';
    const answer = await through();
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/']);
    const cookie = cookiesOf(answer);
    expect(await guarded.json('/api/v1/session', { cookie })).toMatchObject({ person: { email: OLIVE } });
    // Who came in by Intuit has not given the password.
    expect((await guarded.ask('/api/v1/connections/Test/authorize', { method: 'POST', cookie })).status).toBe(403);
    const accounts = async (): Promise<unknown[]> => {
      const asked = (client: pg.Client) => client.query('select email from auth."user" order by email');
      return (await withClient(guarded.world.env['DATABASE_URL'] ?? '', asked)).rows;
    };
    const before = await accounts();
    expect(before).toContainEqual({ email: OLIVE });
    knobs.email = 'stranger@elsewhere.example';
    const stranger = await through();
    expect(stranger.headers.get('location')).toBe('/sign-in?intuit=unknown');
    expect((await guarded.ask('/api/v1/runs', { cookie: cookiesOf(stranger) })).status).toBe(401);
    expect(await accounts()).toEqual(before);
  });

  it('takes the answer only in the browser that asked', async () => {
    guarded.world.quickbooks.oauth.knobs.email = OLIVE;
    expect((await through('')).headers.get('location')).toBe('/sign-in?intuit=unknown');
    expect((await through('ledgerferry.intuit=sign-in-other')).headers.get('location')).toBe('/sign-in?intuit=unknown');
  });
});

describe('the audit log', () => {
  it('is one chain that shows every line that was changed, taken out or put in', async () => {
    const { world } = guarded;
    const verify = async (...more: string[]) => {
      const { code, stdout } = await world.command(['audit', 'verify', '--json', ...more]);
      return { code, ...(JSON.parse(stdout) as { faults: string[]; lines: number; heads: string[] }) };
    };
    const before = await verify();
    expect(before).toMatchObject({ code: 0, faults: [] });
    expect(before.lines).toBeGreaterThan(10);
    const name =
      /\/([^/?]+)(?:\?|$)/.exec(world.env['DATABASE_URL']?.replace(/^postgresql:\/\/[^/]*/, '') ?? '')?.[1] ?? '';
    const tamper = (statement: string): Promise<unknown> => asSuperuser((client) => client.query(statement), name);
    const line = 'audit_number = (select min(audit_number) + 3 from audit_log)';
    await tamper(`update audit_log set actor = actor || '.' where ${line}`);
    expect(await verify()).toMatchObject({ code: 1, faults: [expect.stringContaining('was changed')] });
    await tamper(`update audit_log set actor = left(actor, -1) where ${line}`);
    expect(await verify()).toMatchObject({ code: 0 });
    await tamper(`create table kept as select * from audit_log where ${line}; delete from audit_log where ${line}`);
    expect(await verify()).toMatchObject({ code: 1, faults: [expect.stringContaining('taken out')] });
    await tamper('insert into audit_log overriding system value select * from kept; drop table kept');
    expect(await verify()).toMatchObject({ code: 0 });
    // The last line of a chain leaves no trace but the head that was noted down.
    await tamper(`delete from audit_log where audit_number = (select max(audit_number) from audit_log
      where organization_id = (select organization_id from audit_log order by audit_number limit 1))`);
    expect(await verify()).toMatchObject({ code: 0 });
    expect(await verify('--head', ...before.heads)).toMatchObject({
      code: 1,
      faults: [expect.stringContaining('gone')],
    });
  });

  it('comes a page at a time by filter, and as CSV after the password', async () => {
    const cookie = await signedIn();
    const { entries } = await guarded.json<{ entries: { action: string; number: number }[] }>(
      '/api/v1/audit?action=signed-in',
      { cookie },
    );
    expect(new Set(entries.map((one) => one.action))).toEqual(new Set(['signed-in']));
    const last = entries.at(-1)?.number ?? 0;
    const older = await guarded.json<{ entries: unknown[] }>(`/api/v1/audit?action=signed-in&before=${String(last)}`, {
      cookie,
    });
    expect(older.entries).toEqual([]);
    const csv = await guarded.ask('/api/v1/audit/csv?connection=Test', { cookie });
    expect(await csv.text()).toContain('quickbooks-connected');
    expect(await guarded.json('/api/v1/audit?action=audit-exported', { cookie })).toMatchObject({
      entries: [{ actor: OLIVE }],
    });
    await guarded.advance(6);
    expect((await guarded.ask('/api/v1/audit/csv', { cookie })).status).toBe(403);
    expect((await guarded.ask('/api/v1/settings/export', { cookie })).status).toBe(403);
    expect((await guarded.ask('/api/v1/settings/export', { token: TOKEN })).status).toBe(200);
  });
});

describe('what is over', () => {
  it('is forgotten at the start and once a day; who is signed in stays so', async () => {
    const cookie = await signedIn();
    const url = guarded.world.env['DATABASE_URL'] ?? '';
    const counts = (): Promise<unknown> =>
      withClient(url, async (client) => {
        const one = async (table: string): Promise<number> =>
          Number(
            (
              await client.query<{ n: string }>(
                `select count(*) as n from auth.${table} where ${table === 'session' ? 'token' : 'key'} like 'old-%'`,
              )
            ).rows[0]?.n,
          );
        return [await one('session'), await one('"rateLimit"'), await one('sign_in_tries'), await one('known_places')];
      });
    await withClient(url, async (client) => {
      await client.query(`insert into auth.session (id, token, "userId", "expiresAt", "createdAt", "updatedAt")
        select 'old-1', 'old-1', id, now() - interval '2 days', now() - interval '3 days', now() from auth."user" limit 1`);
      await client.query(
        `insert into auth."rateLimit" (id, key, count, "lastRequest") values ('old-1', 'old-1', 1, 1000)`,
      );
      await client.query("insert into auth.sign_in_tries values ('old-1', array[now() - interval '1 hour'])");
      await client.query("insert into auth.known_places values ('old-1', now() - interval '300 days')");
    });
    expect(await counts()).toEqual([1, 1, 1, 1]);
    const again = await createSignIn(guarded.world.opened.services);
    const stop = new AbortController();
    const forgetting = again.forgetDaily(stop.signal);
    await expect.poll(counts).toEqual([0, 0, 0, 0]);
    stop.abort();
    await forgetting;
    await again.close();
    expect((await guarded.ask('/api/v1/session', { cookie })).status).toBe(200);
  });
});
