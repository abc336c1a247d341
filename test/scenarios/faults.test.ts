/** Whatever the vendors do: exactly once, nothing lost, every obstacle in the report (facts/goals.md 4.3). */
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule, SandboxReply } from '../../src/sandbox/shell.ts';
import type { QuickBooksKnobs } from '../../src/sandbox/quickbooks/sandbox.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const html = '<html><body>Service is down for maintenance</body></html>';
const post = { method: 'POST', path: /\/batch\?/ };

const struckAndHealed = async (arm: (w: World) => FaultRule | null, options = {}): Promise<void> => {
  world = await makeWorld({ invoices: 12, scale: 200, ...options });
  const rule = arm(world);
  if (rule !== null) world.quickbooks.faults.push(rule);
  const { run, report } = await world.sync();
  expect(run.failure).toBe(null);
  expect(faultsOf(world)).toEqual([]);
  expect(report.counts.posted).toBe(12);
  if (rule !== null) expect(rule.times).toBe(0);
};

describe('QuickBooks in trouble', () => {
  const cases: [string, Omit<FaultRule, 'path' | 'method'>][] = [
    ['the answer is lost after the commit', { when: 'after', act: { kind: 'reset' } }],
    ['the request is lost before anything is done', { when: 'before', act: { kind: 'reset' } }],
    ['it never answers', { when: 'after', act: { kind: 'drop' } }],
    ['500 after the commit, as HTML', { when: 'after', act: { kind: 'reply', status: 500, body: html } }],
    ['500 before the commit, as HTML', { when: 'before', act: { kind: 'reply', status: 500, body: html } }],
    ['HTML with status 200 after the commit', { when: 'after', act: { kind: 'reply', status: 200, body: html } }],
    [
      '503 before the commit, as XML',
      { when: 'before', act: { kind: 'reply', status: 503, body: '<?xml version="1.0"?><Fault/>' } },
    ],
    ['JSON cut short after the commit', { when: 'after', act: { kind: 'truncate', bytes: 700 } }],
    [
      'a system fault after the commit',
      {
        when: 'after',
        act: {
          kind: 'reply',
          status: 500,
          body: '{"Fault":{"Error":[{"Message":"x","Detail":"System Failure Error","code":"10000"}],"type":"SystemFault"}}',
        },
      },
    ],
    ['429 without Retry-After', { when: 'before', act: { kind: 'reply', status: 429, body: '' } }],
    [
      '429 with Retry-After',
      { when: 'before', act: { kind: 'reply', status: 429, body: '', headers: { 'retry-after': '3' } } },
    ],
    [
      'the request is carried out late, 110 s after it was given up',
      { when: 'before', act: { kind: 'late', ms: 110_000 } },
    ],
  ];
  for (const [name, fault] of cases) it(name, () => struckAndHealed(() => ({ ...post, ...fault, times: 1 })));

  it('a single invoice: the answer is lost after the commit', async () => {
    world = await makeWorld({ invoices: 1, scale: 200 });
    world.quickbooks.faults.push({
      method: 'POST',
      path: /\/invoice\?/,
      when: 'after',
      act: { kind: 'reset' },
      times: 1,
    });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('a storm of 503 for the first ten calls', () =>
    struckAndHealed(() => ({
      path: /\/v3\/company/,
      when: 'before',
      act: { kind: 'reply', status: 503, body: html },
      times: 10,
    })));

  it('part of a batch is refused, part says nothing, part is left out, all in another order', async () => {
    world = await makeWorld({ invoices: 12, scale: 200 });
    const acts = ['refuse', 'commit-then-fault', 'leave-out', null] as const;
    let strikes = 0;
    world.quickbooks.knobs.shuffleBatch = true;
    world.quickbooks.knobs.failItems = (position, item) =>
      'Invoice' in item && (strikes += 1) <= 12 ? (acts[position % 4] ?? null) : null;
    const { report } = await world.sync();
    const posted = world.posted();
    const refused = report.rows.filter((row) => row.problems.some((one) => one.code === 'refused-by-quickbooks'));
    expect(refused.length).toBe(3);
    for (const id of world.msp.postable)
      expect(posted.get(id)?.length ?? 0, String(id)).toBe(refused.some((row) => row.autotaskInvoiceId === id) ? 0 : 1);
    // A person's sync tries the refused ones again.
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('the access token expires in the middle', () =>
    struckAndHealed((w) => {
      let calls = 0;
      w.quickbooks.knobs.failItems = () => {
        if ((calls += 1) === 1) w.quickbooks.oauth.expireAll();
        return null;
      };
      w.quickbooks.oauth.expireAll();
      return null;
    }));

  const token = { path: /oauth2\/v1\/tokens/, when: 'before' as const, times: 1 };

  it('a passing trouble of the token endpoint, told as an error, ends no connection', () =>
    struckAndHealed((w) => {
      w.quickbooks.oauth.expireAll();
      const body = '{"status":503,"error":"Service Unavailable"}';
      return { ...token, act: { kind: 'reply', status: 503, body } };
    }));

  it('an OpenID configuration with only what a sync needs is enough', () =>
    struckAndHealed((w) => {
      w.quickbooks.oauth.expireAll();
      const less = (reply: SandboxReply): SandboxReply => {
        const {
          userinfo_endpoint: _info,
          revocation_endpoint: _revoke,
          ...kept
        } = JSON.parse(reply.body) as Record<string, unknown>;
        return { ...reply, body: JSON.stringify(kept) };
      };
      return { path: /openid_configuration/, when: 'after', act: { kind: 'change', change: less }, times: 1 };
    }));

  it('our own client secret, mistyped and put right again, costs nobody a new consent', async () => {
    world = await makeWorld({ invoices: 2 });
    world.quickbooks.oauth.expireAll();
    world.quickbooks.oauth.knobs.clientSecret = 'another';
    const { run } = await world.sync();
    expect(run.failure?.message).toMatch(/invalid_client; check LEDGERFERRY_INTUIT_CLIENT_ID and _SECRET/);
    world.quickbooks.oauth.knobs.clientSecret = 'sandbox-client-secret';
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    expect(world.posted().size).toBe(2);
  });

  it('a refusal that was none is taken back by a test of the connection', async () => {
    world = await makeWorld({ invoices: 2 });
    world.quickbooks.oauth.expireAll();
    world.quickbooks.faults.push({ ...token, act: { kind: 'reply', status: 400, body: '{"error":"invalid_grant"}' } });
    expect((await world.sync()).run.failure?.message).toMatch(/invalid_grant/);
    expect((await world.command(['connection', 'test'])).code).toBe(0);
    await world.sync();
    expect(world.posted().size).toBe(2);
  });

  it('two processes refresh the token at once, and neither loses the connection', async () => {
    world = await makeWorld({ invoices: 4, scale: 100 });
    world.quickbooks.oauth.knobs.refreshMs = 20_000;
    world.quickbooks.oauth.knobs.rotateAlways = true;
    world.quickbooks.oauth.expireAll();
    await world.opened.services.clock.follow();
    const expired = await world.cli(['connection', 'test', '--json']);
    expect(expired.code).toBe(0);
    world.quickbooks.oauth.expireAll();
    const [first, second] = await Promise.all([
      world.cli(['connection', 'test', '--json']),
      world.cli(['connection', 'test', '--json']),
    ]);
    expect([first?.code, second?.code]).toEqual([0, 0]);
    expect(world.quickbooks.oauth.races).toBe(0);
  });

  const readings: QuickBooksKnobs['requestId'][] = ['replay', 'replay-per-item', 'error-6000', 'ignored', 'forgotten'];
  for (const reading of readings) {
    it(`requestid read as: ${reading}`, () =>
      struckAndHealed((w) => {
        w.quickbooks.knobs.requestId = reading;
        return { ...post, when: 'after', act: { kind: 'reset' }, times: 1 };
      }));
  }

  it('queries lag by 60 s and the commit comes 60 s late', async () => {
    world = await makeWorld({ invoices: 12, scale: 200 });
    const lag = 60_000 / 200;
    await new Promise((done) => setTimeout(done, lag * 1.5));
    world.realm.queryLagMs = lag;
    world.quickbooks.faults.push({ ...post, when: 'before', act: { kind: 'late', ms: 60_000 }, times: 1 });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('creating customers and items: the answer is lost after the commit', async () => {
    world = await makeWorld({ invoices: 24, companies: 24, scale: 200, linesPerInvoice: 8 });
    world.quickbooks.faults.push({ ...post, when: 'after', act: { kind: 'reset' }, times: 1 });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    const names = [...world.realm.table('Customer').values()].map((row) => String(row['DisplayName']));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('Autotask in trouble', () => {
  const arm = async (rule: FaultRule): Promise<void> => {
    world = await makeWorld({ invoices: 12, scale: 200 });
    world.autotask.faults.push(rule);
    const { run } = await world.sync();
    expect(run.failure).toBe(null);
    expect(faultsOf(world)).toEqual([]);
    expect(rule.times).toBe(0);
  };

  it('the answer to a PATCH is lost after it was applied', () =>
    arm({ method: 'PATCH', path: /Invoices/, when: 'after', act: { kind: 'reset' }, times: 3 }));
  it('a PATCH is answered with 502 as HTML', () =>
    arm({
      method: 'PATCH',
      path: /Invoices/,
      when: 'before',
      act: { kind: 'reply', status: 502, body: html },
      times: 2,
    }));
  it('one invoice whose PATCH is never answered: it is told, and all others go on', async () => {
    world = await makeWorld({ invoices: 12, scale: 200 });
    const [never = 0, silent = 0, applied = 0] = world.msp.postable;
    const patch = (id: number) => ({ method: 'PATCH', path: /Invoices/, body: new RegExp(`"id":${String(id)}\\b`) });
    world.autotask.faults.push(
      { ...patch(never), when: 'before', act: { kind: 'reply', status: 502, body: html } },
      { ...patch(silent), when: 'before', act: { kind: 'reply', status: 200, body: '' } },
      { ...patch(applied), when: 'after', act: { kind: 'reply', status: 204, body: '' } },
    );
    const { run, report } = await world.sync();
    expect(run.failure).toBe(null);
    expect(faultsOf(world)).toEqual([never, silent].map((id) => `invoice ${String(id)} is not marked`));
    const told = report.rows.flatMap((row) => row.problems.map((one) => [row.autotaskInvoiceId, one.code]));
    expect(told).toEqual([never, silent].map((id) => [id, 'write-back-failed']));
    world.autotask.faults.length = 0;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('no PATCH is answered at all: a few show it, the run says so, and the next one goes on', async () => {
    world = await makeWorld({ invoices: 30, scale: 200 });
    world.autotask.faults.push({
      method: 'PATCH',
      path: /Invoices/,
      when: 'before',
      act: { kind: 'reply', status: 502, body: html },
    });
    const { run } = await world.sync();
    expect(run.failure?.message).toMatch(/^Autotask gave no usable answer: status 502/);
    expect(world.autotask.struck.get('before reply')).toBeLessThanOrEqual(8);
    world.autotask.faults.length = 0;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('the thread threshold is exceeded by somebody else', () =>
    arm({
      path: /query/,
      when: 'before',
      act: {
        kind: 'reply',
        status: 429,
        body: '{"errors":["The Autotask API thread threshold of 3 threads has been exceeded."]}',
      },
      times: 2,
    }));
  it('the list is cut short', () =>
    arm({ path: /BillingItems\/query/, when: 'after', act: { kind: 'truncate', bytes: 900 }, times: 1 }));

  it('the hour is used up by others: we wait for our half, and go on', async () => {
    world = await makeWorld({ invoices: 8, scale: 1000 });
    world.autotask.knobs.otherRequests = 5_500;
    setTimeout(() => (world.autotask.knobs.otherRequests = 0), 400);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    expect(world.autotask.counters.of('429 threshold')).toBe(0);
  });

  it('a single 401 in the middle is tried once more', () =>
    arm({ path: /BillingItems\/query/, when: 'before', act: { kind: 'reply', status: 401, body: '' }, times: 1 }));

  it('a wrong secret opens the circuit after one more try, and nothing more is sent', async () => {
    world = await makeWorld({ invoices: 2 });
    world.autotask.knobs.secret = 'changed';
    const first = await world.sync();
    expect(first.run.failure?.kind).toBe('vendor');
    expect(world.autotask.counters.of('401')).toBe(2);
    await world.sync();
    expect(world.autotask.counters.of('401')).toBe(2);
    world.autotask.knobs.secret = 'sandbox-secret';
    expect((await world.command(['connection', 'test'])).code).toBe(0);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('an unreadable invoice is parked and stops nobody', async () => {
    world = await makeWorld({ invoices: 4 });
    const [id = 0] = world.msp.postable;
    const row = world.autotask.data.tables.get('Invoices')?.get(id);
    if (row !== undefined) row['invoiceTotal'] = 'lots';
    const { report } = await world.sync();
    expect(report.rows.find((one) => one.autotaskInvoiceId === id)?.problems[0]?.code).toBe('unreadable-invoice');
    expect(world.posted().size).toBe(3);
  });
});

describe('a billing line that cannot be read', () => {
  const linesOf = (id: number): Record<string, unknown>[] =>
    [...(world.autotask.data.tables.get('BillingItems')?.values() ?? [])].filter((row) => row['invoiceID'] === id);

  it('parks its invoice, also where the rest would add up, and never posts the rest', async () => {
    world = await makeWorld({ invoices: 4 });
    const [first = 0, second = 0] = world.msp.postable;
    const [broken] = linesOf(first);
    if (broken !== undefined) broken['totalAmount'] = null;
    // Two that nobody can read and that cancel each other out: the header would not miss them.
    const [model = {}] = linesOf(second);
    const table = world.autotask.data.tables.get('BillingItems');
    for (const [id, total] of [
      [990_001, 50],
      [990_002, -50],
    ] as const)
      table?.set(id, { ...model, id, quantity: 'some', totalAmount: total });
    const { report } = await world.sync();
    const told = (id: number): unknown => report.rows.find((one) => one.autotaskInvoiceId === id)?.problems[0];
    expect(told(first)).toMatchObject({
      code: 'unreadable-invoice',
      text: expect.stringMatching(/line \d+: totalAmount/) as string,
    });
    expect(told(second)).toMatchObject({
      code: 'unreadable-invoice',
      text: expect.stringContaining('line 990002: quantity') as string,
    });
    expect(world.posted().size).toBe(2);
    table?.delete(990_001);
    table?.delete(990_002);
    await world.sync();
    expect(world.posted().size).toBe(3);
  });

  it('that does not say whose it is stops all that it may belong to', async () => {
    world = await makeWorld({ invoices: 2 });
    const unowned = (reply: SandboxReply): SandboxReply => ({
      ...reply,
      body: reply.body.replaceAll(/"invoiceID":\d+/g, '"invoiceID":null'),
    });
    world.autotask.faults.push({
      path: /BillingItems\/query/,
      when: 'after',
      act: { kind: 'change', change: unowned },
      times: 1,
    });
    const { report } = await world.sync();
    expect(report.rows.map((one) => one.problems[0]?.code)).toEqual(['unreadable-invoice', 'unreadable-invoice']);
    expect(world.posted().size).toBe(0);
  });
});

describe('Autotask in another dress', () => {
  const dressed = async (change: (body: string) => string): Promise<void> => {
    world = await makeWorld({ invoices: 6 });
    world.autotask.faults.push({
      path: /\/query/,
      when: 'after',
      act: { kind: 'change', change: (reply) => ({ ...reply, body: change(reply.body) }) },
    });
    const { run } = await world.sync();
    expect(run.failure).toBe(null);
    expect(faultsOf(world)).toEqual([]);
    expect(world.posted().size).toBe(6);
  };

  it('ids as 20401.0', () => dressed((body) => body.replaceAll(/"(id|invoiceID|companyID)":(\d+)/g, '"$1":$2.0')));
  it('amounts with the noise of a float', () =>
    dressed((body) =>
      body.replaceAll(
        /"(?:totalAmount|invoiceTotal|extendedPrice)":-?\d+\.\d{4}(?=[,}])/g,
        (found) => `${found}0000000004`,
      ),
    ));
  it('numbers where text is expected', () =>
    dressed((body) =>
      body.replaceAll(/"(phone|postalCode|billToZipCode|orderNumber)":(?:null|"[^"]*")/g, '"$1":78701'),
    ));

  it('rows without an id end the run as a broken answer, and nothing is passed over', async () => {
    world = await makeWorld({ invoices: 3, scale: 1_000 });
    world.autotask.faults.push({
      path: /Invoices\/query/,
      when: 'after',
      act: { kind: 'change', change: (reply) => ({ ...reply, body: reply.body.replaceAll('"id":', '"Id":') }) },
    });
    const { run } = await world.sync();
    expect(run.failure?.kind).toBe('vendor');
    world.autotask.faults.length = 0;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    expect(world.posted().size).toBe(3);
  });
});

describe('a refusal of the whole company', () => {
  it('stops the run and parks nothing: all go once the subscription is renewed', async () => {
    world = await makeWorld({ invoices: 8 });
    world.realm.config.readOnly = true;
    for (const _again of [1, 2, 3]) {
      const { run, report } = await world.sync();
      expect([run.state, run.failure?.kind]).toEqual(['failed', 'vendor']);
      expect(report.rows.filter((row) => row.state === 'parked')).toEqual([]);
    }
    world.realm.config.readOnly = false;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });
});
