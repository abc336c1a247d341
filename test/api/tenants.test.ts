/** Another organization: every route of the document, with ids that really exist, by an owner who belongs elsewhere. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildServer } from '../../src/api/server.ts';
import { saveConnection, saveSettings } from '../../src/store/connections.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { withClient } from '../support/database.ts';
import { makeGuarded, PASSWORD, TOKEN, type Guarded } from '../support/guarded.ts';
import { REALM } from '../support/world.ts';

let guarded: Guarded;
let stranger = '';
let organizationB = '';
let ids: Record<string, string> = {};
/** What only the first organization's rows hold. */
let canaries: string[] = [];

beforeAll(async () => {
  guarded = await makeGuarded({ invoices: 4, obstacles: true });
  const { world, json, services } = guarded;
  const { run } = await world.sync();
  const owner = await guarded.owner(world.tenant.organizationId, 'olive@first.example');
  await guarded.member(owner, 'bob@first.example', 'bookkeeper');
  await guarded.ask('/api/v1/people', {
    method: 'POST',
    cookie: owner,
    body: { email: 'invited@first.example', role: 'owner' },
  });
  const added = await world.cli(['organization', 'add', 'Other office', '--json']);
  const made = JSON.parse(added.stdout) as { organization: { id: string }; link: string };
  organizationB = made.organization.id;
  const token = new URL(made.link).searchParams.get('token') ?? '';
  const body = { token, name: 'Stranger', email: 'stranger@second.example', password: PASSWORD };
  const joined = await guarded.ask('/api/v1/setup', { method: 'POST', body });
  stranger = joined.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ');
  const b = { organizationId: organizationB, connectionId: services.ids.uuid() };
  await withTenant(services.database, b, async (tx) => {
    const at = services.clock.now();
    await saveConnection(tx, { ...b, name: 'Other', createdAt: at });
    await saveSettings(tx, { ...b, version: 1, settings: {}, at, by: 'test' });
  });
  const cookie = owner;
  const period = { from: '2026-11-01', to: '2026-11-20' };
  const compared = await json<{ run: { id: string } }>('/api/v1/reconciliations', {
    method: 'POST',
    cookie,
    body: period,
  });
  for (let tries = 0; tries < 200; tries += 1) {
    const { run: now } = await json<{ run: { state: string } }>(`/api/v1/runs/${compared.run.id}`, { cookie });
    if (now.state !== 'queued' && now.state !== 'running') break;
    await new Promise((done) => setTimeout(done, 100));
  }
  const people = await json<{ people: { memberId: string; role: string }[] }>('/api/v1/people', { cookie });
  const { errors, causes } = await json<{ errors: { id: string }[]; causes: { id: string }[] }>('/api/v1/errors', {
    cookie,
  });
  const { mails } = await json<{ mails: { id: string; subject: string }[] }>('/api/v1/outbox', { cookie });
  const { transfers } = await json<{ transfers: { company: string }[] }>('/api/v1/invoices', { cookie });
  ids = {
    name: 'Test',
    runs: run.run_id,
    reconciliations: compared.run.id,
    errors: errors[0]?.id ?? '',
    outbox: mails[0]?.id ?? '',
    invoices: String(world.msp.postable[0] ?? ''),
    // A real one would let in whoever has it: that is what a link is for.
    invitations: 'made-up',
    memberId: people.people.find((one) => one.role === 'bookkeeper')?.memberId ?? '',
    cause: causes[0]?.id ?? '',
    organization: world.tenant.organizationId,
    list: 'accounts',
    topic: 'index',
  };
  canaries = [
    ...new Set([...transfers.map((one) => one.company), 'first.example', REALM, mails[0]?.subject ?? '']),
  ].filter((one) => one.length > 3);
}, 120_000);
afterAll(() => guarded.close());

const addressOf = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const id = name === 'id' ? ids[path.split('/')[3] ?? ''] : ids[name];
    if (id === undefined || id === '') throw new Error(`no real id for ${path}`);
    return encodeURIComponent(id);
  });

/** A body that the route would take; a new route that changes something is named here or fails. */
const bodyOf = (route: string): unknown => {
  const invoice = { ids: [Number(ids['invoices'])], reason: 'a stranger', waitSeconds: 0 };
  const bodies: Record<string, unknown> = {
    'POST /api/v1/session/prove': { password: 'not the right one' },
    'POST /api/v1/session/organization': { id: ids['organization'] },
    'POST /api/v1/setup': { token: 'x', name: 'x', email: 'x@second.example', password: PASSWORD },
    'POST /api/v1/invitations/{id}/accept': { name: 'x', password: 'short but long enough' },
    'POST /api/v1/reset': { token: 'x', password: PASSWORD },
    'PATCH /api/v1/profile': { name: 'Stranger' },
    'POST /api/v1/profile/password': { present: 'not the right one', wanted: PASSWORD },
    'POST /api/v1/people': { email: 'another@second.example', role: 'read-only' },
    'PATCH /api/v1/people/{memberId}': { role: 'read-only' },
    'DELETE /api/v1/people/{memberId}': undefined,
    'POST /api/v1/people/{memberId}/reset-link': {},
    'POST /api/v1/connections': { name: 'Test', autotaskUser: 'nobody@x.example', integrationCode: 'x', secret: 'x' },
    'POST /api/v1/connections/{name}/test': undefined,
    'POST /api/v1/connections/{name}/authorize': undefined,
    'POST /api/v1/connections/{name}/disconnect': undefined,
    'POST /api/v1/connections/{name}/rename': { name: 'Taken over' },
    'POST /api/v1/connections/{name}/remove': undefined,
    'POST /api/v1/connections/{name}/sync-status': { status: 'paused' },
    'POST /api/v1/connections/{name}/dry-run': {},
    'POST /api/v1/reconciliations': { from: '2026-11-01', to: '2026-11-20' },
    'PATCH /api/v1/settings': { changes: { 'invoices.maxAgeDays': '3' } },
    'POST /api/v1/settings/effect': { changes: { 'invoices.maxAgeDays': '3' } },
    'POST /api/v1/settings/restore': { version: 1 },
    'PUT /api/v1/links': { links: [{ kind: 'customer', source: '1', quickbooks: '1' }] },
    'DELETE /api/v1/links': undefined,
    'POST /api/v1/links/preview': { csv: 'kind,source,quickbooks\ncustomer,1,1\n' },
    'POST /api/v1/invoices/ready': {},
    'POST /api/v1/invoices/approve': { all: true },
    'POST /api/v1/invoices/hold': invoice,
    'POST /api/v1/invoices/release': invoice,
    'POST /api/v1/invoices/mark-done': invoice,
    'POST /api/v1/invoices/{id}/adopt': { waitSeconds: 0 },
    'POST /api/v1/runs': { kind: 'sync-now' },
    'POST /api/v1/runs/clear': { force: true },
    'POST /api/v1/errors/decide': { cause: ids['cause'], action: 'hold', reason: 'x', waitSeconds: 0 },
    'POST /api/v1/errors/undo': { action: 'release', kind: 'customer', keys: [], invoices: [Number(ids['invoices'])] },
    'POST /api/v1/outbox/{id}/resend': undefined,
    'POST /api/v1/troubleshoot': {},
    'POST /api/v1/troubleshoot/mail': {},
  };
  if (!(route in bodies)) throw new Error(`${route} is new: say in this test what body it takes`);
  return bodies[route];
};

/** Every row of the first organization, and everybody who signs in to it. */
async function everythingOfFirst(): Promise<string> {
  const url = guarded.world.env['DATABASE_URL'] ?? '';
  return withClient(url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.columns
       where table_schema = 'public' and column_name = 'organization_id' order by 1`,
    );
    const parts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ all: string | null }>(
        `select string_agg(t::text, ' ' order by t::text) as all from ${name} t where organization_id = $1`,
        [ids['organization']],
      );
      parts.push(`${name} ${rows[0]?.all ?? ''}`);
    }
    for (const table of ['user', 'member', 'invitation', 'account']) {
      const { rows } = await client.query<{ all: string }>(
        `select string_agg(t::text, ' ' order by t::text) as all from auth."${table}" t
         where t::text ~ $1 and t::text !~ 'second.example'`,
        [table === 'member' || table === 'invitation' ? ids['organization'] : '.'],
      );
      parts.push(`${table} ${rows[0]?.all ?? ''}`);
    }
    return parts.join('\n');
  });
}

interface Document {
  paths: Record<string, Record<string, { parameters?: { name: string; in: string }[] }>>;
}

/** The rest of a query without which a route answers nobody. */
function requiredOf(method: string, path: string): string {
  if (path === '/api/v1/reconciliations' && method === 'GET') return 'from=2026-11-01&to=2026-11-30';
  const isOfLink = path.startsWith('/api/v1/links') && (method === 'DELETE' || path.endsWith('/table'));
  return isOfLink ? 'kind=customer&source=1' : '';
}

describe('an owner of another organization', () => {
  it('sees empty lists', async () => {
    const cookie = stranger;
    const lists: [path: string, field: string][] = [
      ['runs', 'runs'],
      ['errors', 'errors'],
      ['errors', 'causes'],
      ['invoices', 'transfers'],
      ['links', 'links'],
      ['outbox', 'mails'],
    ];
    for (const [path, field] of lists)
      expect([path, (await guarded.json<Record<string, unknown>>(`/api/v1/${path}`, { cookie }))[field]]).toEqual([
        path,
        [],
      ]);
    const { connections } = await guarded.json<{ connections: { name: string }[] }>('/api/v1/connections', { cookie });
    expect(connections.map((one) => one.name)).toEqual(['Other']);
    const { people } = await guarded.json<{ people: { email: string }[] }>('/api/v1/people', { cookie });
    expect(people.map((one) => one.email)).toEqual(['stranger@second.example']);
  });

  it('gets nothing of the first through any route with real ids, and changes nothing there', async () => {
    const { paths } = await guarded.json<Document>('/openapi.json', { token: TOKEN });
    expect(canaries.length).toBeGreaterThan(4);
    const before = await everythingOfFirst();
    expect(before).toContain('first.example');
    let checked = 0;
    for (const [path, methods] of [...Object.entries(paths), ['/metrics', { get: {} }] as const])
      for (const [verb, { parameters = [] }] of Object.entries(methods)) {
        const method = verb.toUpperCase();
        const body = method === 'GET' ? undefined : bodyOf(`${method} ${path}`);
        const takesConnection = parameters.some((one) => one.in === 'query' && one.name === 'connection');
        const extra = requiredOf(method, path);
        for (const query of takesConnection ? ['connection=Test', ''] : ['']) {
          const address = `${addressOf(path)}?${query}&${extra}`;
          const answer = await guarded.ask(address, { method, body, cookie: stranger });
          const text = await answer.text();
          expect([method, address, canaries.filter((one) => text.includes(one))]).toEqual([method, address, []]);
          const isOwn = /\{(list|topic)\}$/.test(path) || /\/(adopt|preview|beside)$/.test(path);
          if (query !== '' || (path.includes('{') && !isOwn && !path.includes('/invitations/')))
            expect([method, address, [403, 404].includes(answer.status)]).toEqual([method, address, true]);
          checked += 1;
        }
      }
    expect(checked).toBeGreaterThan(60);
    expect(await everythingOfFirst()).toBe(before);
  });

  it('may be invited by the first too, and then works in one of them at a time', async () => {
    const { ask, json, world, signIn } = guarded;
    const first = signIn.people(world.tenant.organizationId);
    const { id } = await first.invite({ email: 'Stranger@second.example', role: 'read-only' }, null);
    const accept = (password: string): Promise<Response> =>
      ask(`/api/v1/invitations/${id}/accept`, { method: 'POST', body: { name: 'Me', password } });
    expect((await accept('not my password')).status).toBe(422);
    const accepted = await accept(PASSWORD);
    expect(accepted.status).toBe(200);
    const cookie = accepted.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
    interface Session {
      person: { role: string };
      organization: { id: string };
      organizations: unknown[];
    }
    const here = await json<Session>('/api/v1/session', { cookie });
    expect([here.person.role, here.organization.id, here.organizations.length]).toEqual([
      'read-only',
      world.tenant.organizationId,
      2,
    ]);
    await ask('/api/v1/session/organization', { method: 'POST', cookie, body: { id: organizationB } });
    const there = await json<Session>('/api/v1/session', { cookie });
    expect([there.person.role, there.organization.id]).toEqual(['owner', organizationB]);
    // Their password opens both: an owner of one may not set it.
    const member = (await first.members()).find((one) => one.email === 'stranger@second.example');
    await expect(first.resetLink(member?.memberId ?? '', { dropTwoFactor: false })).rejects.toThrow(
      /several organizations/,
    );
    await first.removeMember(member?.memberId ?? '');
    expect((await ask('/api/v1/session/organization', { method: 'POST', cookie, body: { id: 'x' } })).status).toBe(401);
    expect((await guarded.enter('stranger@second.example')).status).toBe(200);
  });
});

describe('a route without a policy', () => {
  it('does not start, and so does not build', async () => {
    const app = await buildServer({
      services: guarded.services,
      organizationId: guarded.world.tenant.organizationId,
      worker: null,
      signIn: guarded.signIn,
      isDemo: false,
      status: () => Promise.resolve({ banner: null, progress: null, report: null }),
    });
    expect(() => app.get('/api/v1/forgotten', () => 'x')).toThrow(/declares no policy/);
    await app.close();
  });
});
