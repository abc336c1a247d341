/** Steps that reach far ask for the password again; sessions end; what changes about a person counts at once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../support/database.ts';
import { cookiesOf, makeGuarded, PASSWORD, TOKEN, type Guarded } from '../support/guarded.ts';

let guarded: Guarded;
let owner = '';

beforeAll(async () => {
  guarded = await makeGuarded({ invoices: 2 });
  await guarded.world.sync();
  owner = await guarded.owner(guarded.world.tenant.organizationId, 'olive@msp.example');
}, 120_000);
afterAll(() => guarded.close());

const prove = (password: string, cookie: string): Promise<Response> =>
  guarded.ask('/api/v1/session/prove', { method: 'POST', cookie, body: { password } });

describe('a step that reaches far', () => {
  const steps = (which = 0): [what: string, path: string, body: unknown][] => [
    [
      'overwrite',
      '/api/v1/runs',
      { kind: 'manual-copy', invoiceId: guarded.world.msp.postable[which], overwrite: true },
    ],
    ['authorize', '/api/v1/connections/Test/authorize', undefined],
    [
      'reconnect to Autotask',
      '/api/v1/connections',
      { name: 'Test', autotaskUser: 'nobody@x.example', integrationCode: 'x', secret: 'x' },
    ],
    ['bundle with customer data', '/api/v1/troubleshoot', { withCustomerData: true }],
    ['disconnect', '/api/v1/connections/Test/disconnect', undefined],
  ];
  const step = (path: string, body: unknown, ask: { cookie?: string; token?: string }): Promise<Response> =>
    guarded.ask(path, { method: 'POST', body, ...ask });

  it('is refused when the password was given longer ago than five minutes, and says so to programs', async () => {
    await guarded.advance(6);
    for (const [what, path, body] of steps()) {
      const answer = await step(path, body, { cookie: owner });
      expect([what, answer.status, await answer.json()]).toEqual([
        what,
        403,
        { error: expect.stringContaining('password'), needs: 'password' },
      ]);
    }
    const harmless = { kind: 'manual-copy', invoiceId: guarded.world.msp.postable[0] };
    expect((await step('/api/v1/runs', harmless, { cookie: owner })).status).toBe(202);
    expect((await step('/api/v1/troubleshoot', {}, { cookie: owner })).status).toBe(200);
  });

  it('needs the right password, and then goes through for five minutes', async () => {
    const wrong = await prove('not my password', owner);
    expect([wrong.status, await wrong.json()]).toMatchObject([403, { needs: 'password' }]);
    expect((await step('/api/v1/connections/Test/authorize', undefined, { cookie: owner })).status).toBe(403);
    const proven = await prove(PASSWORD, owner);
    expect(proven.status).toBe(200);
    const session = await guarded.json<{ provenUntil: string; person: object }>('/api/v1/session', { cookie: owner });
    expect(Object.keys(session.person)).toEqual(['userId', 'name', 'email', 'role', 'twoFactor']);
    expect(((await proven.json()) as { provenUntil: string }).provenUntil).toBe(session.provenUntil);
    for (const [what, path, body] of steps().filter(([one]) => one !== 'disconnect')) {
      const { status } = await step(path, body, { cookie: owner });
      expect([what, status === 403]).toEqual([what, false]);
    }
    await guarded.advance(6);
    expect((await step('/api/v1/connections/Test/authorize', undefined, { cookie: owner })).status).toBe(403);
  });

  it('is not asked of the terminal’s token', async () => {
    // Another invoice: a second copy of the first is under way.
    for (const [what, path, body] of steps(1).filter(([one]) => one !== 'reconnect to Autotask')) {
      const { status } = await step(path, body, { token: TOKEN });
      expect([what, status < 300]).toEqual([what, true]);
    }
  });

  it('cannot be guessed: ten tries in 15 minutes', async () => {
    const statuses: number[] = [];
    for (let at = 0; at < 12; at += 1) statuses.push((await prove(`guess ${String(at)}`, owner)).status);
    expect(statuses.filter((one) => one === 403).length).toBeLessThanOrEqual(10);
    expect(statuses.at(-1)).toBe(429);
    expect((await prove(PASSWORD, owner)).status).toBe(429);
    await guarded.advance(16);
    expect((await prove(PASSWORD, owner)).status).toBe(200);
  });
});

describe('an export with customer data', () => {
  it('asks for the password again, whoever asks, and stands in the audit log', async () => {
    const reader = await guarded.member(owner, 'rita@msp.example', 'read-only');
    const { runs } = await guarded.json<{ runs: { id: string }[] }>('/api/v1/runs', { token: TOKEN });
    const files: [action: string, path: string][] = [
      ['invoices-exported', '/api/v1/invoices/csv'],
      ['links-exported', '/api/v1/links/csv'],
      ['run-exported', `/api/v1/runs/${runs.at(-1)?.id ?? ''}/csv`],
    ];
    const exported = async (): Promise<string[]> =>
      (await guarded.json<{ entries: { actor: string; action: string }[] }>('/api/v1/audit', { token: TOKEN })).entries
        .filter((one) => one.actor === 'rita@msp.example')
        .map((one) => one.action);
    await guarded.advance(6);
    for (const [, path] of files) {
      const answer = await guarded.ask(path, { cookie: reader });
      expect([path, answer.status, await answer.json()]).toEqual([
        path,
        403,
        { error: expect.stringContaining('password'), needs: 'password' },
      ]);
    }
    expect(await exported()).not.toContain('invoices-exported');
    expect((await prove(PASSWORD, reader)).status).toBe(200);
    for (const [action, path] of files) {
      const answer = await guarded.ask(path, { cookie: reader });
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'text/csv; charset=utf-8']);
      expect((await answer.text()).split('\r\n').length).toBeGreaterThan(1);
      expect(await exported()).toContain(action);
    }
  });
});

describe('a session', () => {
  const lives = async (cookie: string, headers = {}): Promise<boolean> =>
    (await guarded.ask('/api/v1/runs', { cookie, headers })).status === 200;

  it('ends after 30 minutes without its person, however often an open page asks by itself', async () => {
    const cookie = cookiesOf(await guarded.enter('olive@msp.example'));
    await guarded.advance(25);
    expect(await lives(cookie)).toBe(true);
    await guarded.advance(25);
    expect(await lives(cookie, { 'x-ledgerferry-quiet': '1' })).toBe(true);
    await guarded.advance(6);
    expect(await lives(cookie)).toBe(false);
    const codes = await guarded.ask('/api/auth/two-factor/generate-backup-codes', {
      method: 'POST',
      cookie,
      body: { password: PASSWORD },
    });
    expect(codes.status).toBe(401);
  });

  it('ends after twelve hours in all', async () => {
    const cookie = cookiesOf(await guarded.enter('olive@msp.example'));
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      await guarded.advance(20);
      expect([minutes, await lives(cookie)]).toEqual([minutes, true]);
    }
    await guarded.advance(25);
    expect(await lives(cookie)).toBe(false);
  });

  it('ends by signing out, here and not elsewhere', async () => {
    const [here, there] = [await guarded.enter('olive@msp.example'), await guarded.enter('olive@msp.example')];
    const out = await guarded.ask('/api/auth/sign-out', { method: 'POST', cookie: cookiesOf(here), body: {} });
    expect(out.status).toBe(200);
    expect([await lives(cookiesOf(here)), await lives(cookiesOf(there))]).toEqual([false, true]);
  });

  it('sees a changed role, a removal and a changed password at once', async () => {
    const mine = cookiesOf(await guarded.enter('olive@msp.example'));
    const theirs = await guarded.member(mine, 'bob@msp.example', 'bookkeeper');
    const pause = (cookie: string): Promise<Response> =>
      guarded.ask('/api/v1/connections/Test/sync-status', { method: 'POST', cookie, body: { status: 'paused' } });
    expect((await pause(theirs)).status).toBe(200);
    const { people } = await guarded.json<{ people: { memberId: string; email: string }[] }>('/api/v1/people', {
      cookie: mine,
    });
    const bob = `/api/v1/people/${people.find((one) => one.email === 'bob@msp.example')?.memberId ?? ''}`;
    await guarded.ask(bob, { method: 'PATCH', cookie: mine, body: { role: 'read-only' } });
    expect((await pause(theirs)).status).toBe(403);
    const elsewhere = cookiesOf(await guarded.enter('bob@msp.example'));
    const changed = await guarded.ask('/api/v1/profile/password', {
      method: 'POST',
      cookie: theirs,
      body: { present: PASSWORD, wanted: 'another good password' },
    });
    expect([changed.status, await lives(theirs), await lives(elsewhere)]).toEqual([200, true, false]);
    expect((await guarded.enter('bob@msp.example')).status).toBe(401);
    await guarded.ask('/api/v1/profile', { method: 'PATCH', cookie: theirs, body: { name: 'Robert' } });
    expect(await guarded.json('/api/v1/session', { cookie: theirs })).toMatchObject({ person: { name: 'Robert' } });
    await guarded.ask(bob, { method: 'DELETE', cookie: mine });
    expect(await lives(theirs)).toBe(false);
  });
});

describe('who forgot the password', () => {
  it('gets a one-time link from an owner, or from the terminal; it ends all their sessions', async () => {
    const mine = cookiesOf(await guarded.enter('olive@msp.example'));
    const theirs = await guarded.member(mine, 'carol@msp.example', 'reviewer');
    const { people } = await guarded.json<{ people: { memberId: string; email: string }[] }>('/api/v1/people', {
      cookie: mine,
    });
    const carol = people.find((one) => one.email === 'carol@msp.example')?.memberId ?? '';
    const made = await guarded.ask(`/api/v1/people/${carol}/reset-link`, { method: 'POST', cookie: mine, body: {} });
    const { link } = (await made.json()) as { link: string };
    const reset = (address: string, password: string): Promise<Response> =>
      guarded.ask('/api/v1/reset', {
        method: 'POST',
        body: { token: new URL(address).searchParams.get('token'), password },
      });
    expect((await reset(link, 'a wholly new password')).status).toBe(200);
    expect((await reset(link, 'yet another password')).status).toBe(422);
    expect((await guarded.ask('/api/v1/runs', { cookie: theirs })).status).toBe(401);
    expect((await guarded.enter('carol@msp.example', 'a wholly new password')).status).toBe(200);
    const printed = await guarded.world.command(['people', 'reset', 'olive@msp.example', '--json']);
    const own = (JSON.parse(printed.stdout) as { link: string }).link;
    expect((await reset(own, PASSWORD)).status).toBe(200);
    expect((await guarded.ask('/api/v1/runs', { cookie: mine })).status).toBe(401);
    expect((await guarded.world.command(['people', 'reset', 'nobody@msp.example'])).code).toBe(2);
    const listed = await guarded.world.command(['people', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      people: expect.arrayContaining([
        expect.objectContaining({ email: 'carol@msp.example', role: 'reviewer', twoFactor: false }),
      ]),
    });
    const stored = await withClient(guarded.world.env['DATABASE_URL'] ?? '', (client) =>
      client.query('select * from auth.verification'),
    );
    expect(JSON.stringify(stored.rows)).not.toContain(new URL(link).searchParams.get('token'));
  });
});
