/**
 * Every named trouble in every reading of `requestid` (facts/goals.md section 3): exactly once, to the cent, nothing lost,
 * each obstacle in the report, and the trouble did happen.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { openServices } from '../../src/cli/open.ts';
import { findConnection } from '../../src/engine/requests.ts';
import { testConnection } from '../../src/engine/connecting.ts';
import type { FaultAct, FaultRule } from '../../src/sandbox/shell.ts';
import type { QuickBooksKnobs } from '../../src/sandbox/quickbooks/sandbox.ts';
import { isCampaign } from '../support/campaign.ts';
import { addLike, faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const readings: QuickBooksKnobs['requestId'][] = ['replay', 'replay-per-item', 'error-6000', 'ignored', 'forgotten'];
const html = '<html><body>Service is down for maintenance</body></html>';
const SCALE = 200;
const INVOICES = 8;

/** Armed before the run; answers a check that it struck. */
type Trouble = (w: World) => () => void | Promise<void>;

/** Each strikes once: the batch that makes customers or items, or else the one that makes invoices, is the first to meet it. */
const atQuickBooks =
  (...rules: (Partial<FaultRule> & { act: FaultAct })[]): Trouble =>
  (w) => {
    const armed = rules.map((rule): FaultRule => ({ ...batches, ...rule }));
    w.quickbooks.faults.push(...armed);
    return () => expect(armed.map((rule) => rule.times)).toEqual(armed.map(() => 0));
  };
const batches = { path: /\/batch\?/, times: 1, when: 'after' as const };
const reply = (status: number, body: string, headers = {}): FaultAct => ({ kind: 'reply', status, body, headers });

/** Something happens in the world when the answer to such a call is on its way; the answer itself is true. */
const whenAnswered = (path: RegExp, skip: number, happens: () => void): FaultRule => ({
  path,
  skip,
  times: 1,
  when: 'after',
  act: {
    kind: 'change',
    change: (given) => {
      happens();
      return given;
    },
  },
});

const suspended: Trouble = (w) => {
  const text = JSON.stringify({ errors: ['The request threshold of the database has been exceeded.'] });
  const rule = { path: /atservicesrest/i, skip: 3, times: 4, when: 'before' as const, act: reply(500, text) };
  w.autotask.faults.push(rule);
  return () => expect(rule.times).toBe(0);
};

const tokenExpires: Trouble = (w) => {
  w.quickbooks.oauth.knobs.rotateAlways = true;
  const rule = whenAnswered(/\/v3\/company\/.*\/query/, 2, () => w.quickbooks.oauth.expireAll());
  w.quickbooks.faults.push(rule);
  return () => {
    const refused = w.quickbooks.log.filter((one) => one.status === 401);
    expect([rule.times, refused.length > 0]).toEqual([0, true]);
  };
};

/** Another process with its own pool refreshes at the same moment. */
const refreshRace: Trouble = (w) => {
  Object.assign(w.quickbooks.oauth.knobs, { refreshMs: 20_000, rotateAlways: true });
  const other: { tested: Promise<{ quickbooks: string[] }> | null } = { tested: null };
  const testThere = async (): Promise<{ quickbooks: string[] }> => {
    const opened = await openServices(w.env);
    const { services } = opened;
    try {
      return await testConnection(services, await findConnection(services, w.tenant.organizationId, 'Test'));
    } finally {
      await opened.close();
    }
  };
  w.quickbooks.faults.push(
    whenAnswered(/\/v3\/company\/.*\/query/, 1, () => {
      w.quickbooks.oauth.expireAll();
      other.tested = testThere();
    }),
  );
  return async () => {
    expect((await other.tested)?.quickbooks).toEqual([]);
    expect(w.quickbooks.oauth.races).toBe(0);
  };
};

/** Of every four invoices one gets no word although it is stored, one is left out, in another order. */
const partly: Trouble = (w) => {
  const acts = ['commit-then-fault', 'leave-out', null, null] as const;
  let strikes = 0;
  w.quickbooks.knobs.shuffleBatch = true;
  w.quickbooks.knobs.failItems = (position, item) =>
    'Invoice' in item && (strikes += 1) <= INVOICES ? (acts[position % acts.length] ?? null) : null;
  return () => expect(strikes).toBeGreaterThanOrEqual(INVOICES);
};

/** Rows before the ones of the next page go away between two pages: pages by number would pass over as many. */
const pageShift: Trouble = (w) => {
  const [model = 0] = w.msp.postable;
  const early = [1, 2, 3];
  const tables = w.autotask.data.tables;
  for (const id of early) addLike(w, model, id);
  w.msp.postable.splice(-early.length);
  for (const id of early) Object.assign(tables.get('Invoices')?.get(id) ?? {}, { invoiceNumber: 'ERROR' });
  w.autotask.knobs.pageRows = early.length;
  const rule = whenAnswered(/Invoices\/query/, 0, () => {
    for (const id of early) tables.get('Invoices')?.delete(id);
    w.autotask.knobs.pageRows = 500;
  });
  w.autotask.faults.push(rule);
  return () => expect(rule.times).toBe(0);
};

const lostPatch: Trouble = (w) => {
  const rule: FaultRule = { method: 'PATCH', path: /Invoices/, when: 'after', act: { kind: 'reset' }, times: 3 };
  w.autotask.faults.push(rule);
  return () => expect(rule.times).toBe(0);
};

/** After these a request may come again that was carried out: what QuickBooks makes of its `requestid` counts. */
const repeated: Readonly<Record<string, Trouble>> = {
  'the answer is lost after the commit': atQuickBooks({ act: { kind: 'reset' }, times: 2 }),
  'the commit comes late': atQuickBooks({ when: 'before', act: { kind: 'late', ms: 110_000 } }),
  '500 after the commit': atQuickBooks({ act: reply(500, html) }),
  'HTML with status 200': atQuickBooks({ act: reply(200, html) }),
  'JSON cut short': atQuickBooks({ act: { kind: 'truncate', bytes: 700 } }),
  'a batch fails in part and comes back in another order': partly,
};
/** Nothing was carried out when these strike, or nothing is sent again: each under one reading in the suite, under all in a campaign. */
const once: Readonly<Record<string, Trouble>> = {
  '500 before the commit': atQuickBooks({ when: 'before', act: reply(500, html) }),
  'a storm of 429': atQuickBooks({ path: /\/v3\/company/, when: 'before', act: reply(429, ''), times: 10 }),
  'the token expires in the middle': tokenExpires,
  'two processes refresh the token': refreshRace,
  'the list shifts between two pages': pageShift,
  'the answer to a PATCH is lost': lostPatch,
  'Autotask suspends the tenant': suspended,
};

describe.each(readings)('requestid read as %s', (reading) => {
  const others = Object.entries(once).filter((_, at) => isCampaign || readings[at % readings.length] === reading);
  it.each([...Object.entries(repeated), ...others])(
    '%s',
    async (_name, arm) => {
      world = await makeWorld({ invoices: INVOICES, obstacles: true, scale: SCALE });
      world.quickbooks.knobs.requestId = reading;
      const hasStruck = arm(world);
      const { run, report } = await world.sync();
      expect(run.failure).toBe(null);
      await hasStruck();
      expect(faultsOf(world)).toEqual([]);
      expect(report.counts.posted).toBe(INVOICES);
      const told = new Map(report.rows.map((row) => [row.autotaskInvoiceId, row.problems[0]?.code]));
      expect(world.msp.obstacles.map(({ id }) => [id, told.get(id)])).toEqual(
        world.msp.obstacles.map(({ id, kind }) => [id, kind]),
      );
      const second = await world.sync();
      expect([second.run.failure, second.report.counts.posted, faultsOf(world)]).toEqual([null, 0, []]);
    },
    120_000,
  );
});
