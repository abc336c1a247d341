/** What the desk's pages ask beside the terminal's use cases: effects before a change, suggestions, previews, undo, another try. */
import createClient, { type Client } from 'openapi-fetch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { paths } from '../../src/api/openapi-types.d.ts';
import { startServer } from '../../src/api/server.ts';
import { createSignIn } from '../../src/api/sign-in/sign-in.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
let server: { url: string; close(): Promise<void> };
let client: Client<paths>;

beforeAll(async () => {
  world = await makeWorld({ invoices: 12, obstacles: true, env: { LEDGERFERRY_PORT: '0' } });
  const { services, mailer } = world.opened;
  const { organizationId } = world.tenant;
  server = await startServer({
    services,
    organizationId,
    worker: { services, mailer, say: () => undefined },
    signIn: await createSignIn(services),
    isDemo: false,
    status: () => Promise.resolve({ banner: null, progress: null, report: null }),
  });
  client = createClient<paths>({
    baseUrl: server.url,
    headers: { authorization: `Bearer ${world.env['LEDGERFERRY_API_TOKEN'] ?? ''}` },
  });
}, 60_000);
afterAll(async () => {
  await server?.close();
  await world?.close();
});

async function got<T>(asked: Promise<{ data?: T; error?: unknown }>): Promise<T> {
  const { data, error } = await asked;
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}
const effect = (changes: Record<string, string>) => got(client.POST('/api/v1/settings/effect', { body: { changes } }));

describe('before a setting is saved', () => {
  it('says which invoices would be stopped, freed or look different, and changes nothing', async () => {
    const before = await got(client.GET('/api/v1/settings'));
    const posted = world.posted().size;
    const { invoices } = await got(client.POST('/api/v1/invoices/ready', { body: { mail: false, emails: [] } }));
    const going = invoices.filter((one) => one.ready).length;
    const sooner = await effect({ 'invoices.maxAgeDays': '1' });
    expect(sooner.changed).toEqual(['invoices.maxAgeDays']);
    const numbered = await effect({ 'memo.fields': '' });
    const same = await effect({ 'memo.fields': 'order-number,tax-group,invoice-date,comments' });
    expect(same.changed).toEqual([]);
    const cutOver = await effect({ 'invoices.notBefore': '2099-01-01' });
    expect(cutOver.stopped.length).toBe(going);
    expect(cutOver.stopped[0]?.reasons.map((one) => one.code)).toEqual(['before-cut-over']);
    expect(numbered.redrafted.length + numbered.unchanged).toBe(going);
    expect(numbered.redrafted.length).toBeGreaterThan(0);
    const stopped = await effect({ 'customers.whenMissing': 'stop' });
    expect(stopped.stopped.length + stopped.unchanged).toBe(going);
    expect(await got(client.GET('/api/v1/settings'))).toEqual(before);
    expect(world.posted().size).toBe(posted);
  });

  it('looks at no invoice for a setting that says only when or where to', async () => {
    const calls = world.autotask.counters.of('calls');
    expect(await effect({ 'reports.always': 'true' })).toEqual({
      changed: ['reports.always'],
      freed: [],
      stopped: [],
      redrafted: [],
      unchanged: 0,
    });
    expect(world.autotask.counters.of('calls')).toBe(calls);
  });

  it('refuses what the change would refuse, in the same words', async () => {
    const { response, error } = await client.POST('/api/v1/settings/effect', {
      body: { changes: { 'items.incomeAccount': 'No such account' } },
    });
    expect(response.status).toBe(422);
    expect(JSON.stringify(error)).toContain('QuickBooks has no account “No such account”');
  });
});

describe('links', () => {
  it('shows a kind with what it might be, and a file line by line before anything is taken', async () => {
    await world.sync();
    const customers = await got(client.GET('/api/v1/links/table', { params: { query: { kind: 'customer' } } }));
    const linked = customers.rows.find((row) => row.link !== null);
    if (linked?.link == null) throw new Error('nothing is linked after a sync');
    const near = customers.rows.find((row) => row.suggestion?.isSameName === false);
    expect(near?.suggestion).toBeDefined();
    expect(customers.choices.map((one) => one.id)).toContain(near?.suggestion?.id);
    const classes = await got(client.GET('/api/v1/links/table', { params: { query: { kind: 'class' } } }));
    expect(classes.rows.map((row) => row.source)).toContain('none');

    const csv = [
      'kind,source,quickbooks',
      `customer,${linked.source},${linked.link.id}`,
      `customer,${near?.source ?? ''},${near?.suggestion?.id ?? ''}`,
      `customer,999999,${linked.link.id}`,
      'customer,12,No such customer',
    ].join('\n');
    const { lines } = await got(client.POST('/api/v1/links/preview', { body: { csv } }));
    expect(lines.map((one) => one.result)).toEqual(['same', 'new', 'error', 'error']);
    expect(lines[2]?.text).toContain(`belongs to company ${linked.source} already`);
    expect(lines[3]?.text).toContain('QuickBooks has no customer “No such customer”');
    expect(await got(client.GET('/api/v1/links/table', { params: { query: { kind: 'customer' } } }))).toEqual(
      customers,
    );
  });
});

describe('a decision', () => {
  const causes = async () => (await got(client.GET('/api/v1/errors'))).causes;
  const decide = (cause: string, action: string) =>
    got(
      client.POST('/api/v1/errors/decide', {
        body: { cause, action, reason: 'to be asked', target: null, waitSeconds: 10 },
      }),
    );

  const standing = async (id: string) => (await causes()).find((one) => one.id === id)?.standing;

  it('is taken back: the hold ends, the permission goes, and a later run decides anew', async () => {
    const near = (await causes()).find((one) => one.code === 'customer-near-match');
    if (near === undefined) throw new Error('the obstacles hold no near match');
    expect(near.likely).toMatch(/^\d+$/);
    const created = await decide(near.id, 'create');
    if (created.undo === null) throw new Error('it cannot be taken back');
    expect(await standing(near.id)).toEqual({ text: created.text, undo: { ...created.undo, invoices: [] } });
    expect(await got(client.POST('/api/v1/errors/undo', { body: created.undo }))).toEqual({
      text: 'The permission to create is taken back.',
    });
    expect(await standing(near.id)).toBe(null);
    const linked = await decide(near.id, 'link');
    if (linked.undo === null) throw new Error('it cannot be taken back');
    expect((await standing(near.id))?.text).toBe(linked.text);
    await got(client.POST('/api/v1/errors/undo', { body: linked.undo }));
    await world.sync();
    expect((await causes()).map((one) => one.id)).toContain(near.id);

    const held = await decide(near.id, 'hold');
    if (held.undo === null) throw new Error('it cannot be taken back');
    const onHold = (await causes()).find((one) => one.code === 'on-hold');
    const released = await decide(onHold?.id ?? '', 'release');
    if (released.undo === null) throw new Error('it cannot be taken back');
    expect(released.undo).toMatchObject({ action: 'hold', reason: 'to be asked' });
    expect((await got(client.POST('/api/v1/errors/undo', { body: released.undo }))).text).toMatch(/put back on hold/);
    expect((await causes()).find((one) => one.code === 'on-hold')?.text).toBe(onHold?.text);
    expect((await got(client.POST('/api/v1/errors/undo', { body: held.undo }))).text).toMatch(
      /^[1-9]\d* invoices? released/,
    );
    await world.sync();
    expect((await causes()).map((one) => one.id)).toContain(near.id);
  });
});

describe('the bundle', () => {
  it('goes to whom it is asked for', async () => {
    const { mailed, files } = await got(
      client.POST('/api/v1/troubleshoot/mail', { body: { withCustomerData: false, emails: ['help@msp.example'] } }),
    );
    expect(mailed).toContainEqual({ to: 'help@msp.example', state: 'kept' });
    expect(files).toContain('versions.json');
    const { mails } = await got(client.GET('/api/v1/outbox'));
    const mail = mails.find((one) => one.to[0] === 'help@msp.example');
    expect(mail?.attachments).toEqual([expect.stringMatching(/\.zip$/)]);
  });
});
