/** What the simulation found, kept as scenarios in words. Each failed before its mend. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { planOf, type ConnectionPlan, type Plan } from './plan.ts';
import { Rig, simulate, type Outcome } from './simulate.ts';

let database: TestDatabase;
let rig: Rig;
beforeAll(async () => {
  database = await freshDatabase();
  rig = await Rig.open({ connectionString: database.url });
});
afterAll(async () => {
  await rig.close();
  await database.drop();
});

const plain: ConnectionPlan = {
  numbering: 'quickbooks',
  tax: 'us-none',
  invoices: 1,
  linesMax: 2,
  obstacles: false,
  review: false,
  mailCustomers: false,
  voids: false,
  intervalMinutes: 2,
  lagMs: 0,
};
/** One quiet company; what happens to it is given. */
const scenario = (name: string, changes: Partial<Plan>): Promise<Outcome> =>
  simulate(rig, {
    ...planOf(name),
    workers: 1,
    vendorSkewMs: 0,
    driftPpm: 0,
    requestId: 'ignored',
    activeMs: 300_000,
    connections: [plain],
    faults: [],
    acts: [],
    ...changes,
  });

describe('found by the simulation', () => {
  it.each(['a', 'b'])(
    'late and hidden: stored 120 s after our time-out, shown 60 s later, is not sent a second time (%s)',
    async (name) => {
      const outcome = await scenario(`late-${name}`, {
        connections: [{ ...plain, lagMs: 60_000 }],
        faults: [{ kind: 'late', operation: 'create', connection: 0, skip: 0, times: 1, amount: 0.999 }],
      });
      expect(outcome.struck.get('late create')).toBe(1);
      expect(outcome.violations).toEqual([]);
      expect(outcome.counts['posted']).toBe(1);
    },
  );

  it('what a person edits in QuickBooks before its answer was recorded is told, and never made a second time', async () => {
    const outcome = await scenario('edited-in-doubt', {
      faults: [{ kind: 'kill-at-point', point: 'answered', nth: 1, backAfter: 60_000 }],
      acts: [{ kind: 'edit-in-quickbooks', at: 50_000, connection: 0, which: 0 }],
    });
    expect(outcome.struck.get('kill-at-point answered')).toBe(1);
    expect(outcome.counts['posted']).toBe(1);
    expect(outcome.violations).toEqual([]);
    // Told, not adopted: the total is another one.
    expect(outcome.counts['parked']).toBe(1);
  });

  it('a refusal that answers the second delivery of a request is looked at once more', async () => {
    const outcome = await scenario('refused-by-itself', {
      connections: [{ ...plain, numbering: 'autotask-id' }],
      faults: [{ kind: 'delivered-twice', operation: 'create', connection: 0, skip: 0, times: 1, amount: 0.1 }],
    });
    expect(outcome.struck.get('delivered-twice create')).toBe(1);
    expect(outcome.counts).toMatchObject({ posted: 1, parked: 0 });
    expect(outcome.violations).toEqual([]);
  });

  it.each([
    ['1699', 'a person overwrites what a stranger typed under its number'],
    ['2816', 'a person deletes in QuickBooks what we had no answer of'],
    ['3340', 'the answer of a token refresh is lost three times'],
    ['4032', 'lines are late after a refusal: the refusal is not remembered as the reason'],
    ['4225', 'four of five are recorded, the fifth was edited'],
    ['5367', 'the list of terms is refused for a while'],
    ['12744', 'the answer to pausing is lost with the database, and the person tries again'],
  ])('seed %s: %s', async (seed) => {
    expect((await simulate(rig, planOf(seed))).violations).toEqual([]);
  });

  it('a copy whose run fails does not stay "seen" for ever', async () => {
    const outcome = await scenario('copy', {
      faults: [{ kind: 'access-revoked', at: 150_000, connection: 0 }],
      acts: [{ kind: 'overwrite', at: 200_000, connection: 0, which: 0 }],
    });
    expect(outcome.violations).toEqual([]);
  });
});
