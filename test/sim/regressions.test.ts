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

  it('a copy whose run fails does not stay "seen" for ever', async () => {
    const outcome = await scenario('copy', {
      faults: [{ kind: 'access-revoked', at: 150_000, connection: 0 }],
      acts: [{ kind: 'overwrite', at: 200_000, connection: 0, which: 0 }],
    });
    expect(outcome.violations).toEqual([]);
  });
});
