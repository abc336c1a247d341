/** The simulation in small: a few seeds hold every invariant, and the same seed is the same to the last byte. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { planOf, type Fault } from './plan.ts';
import { Rig, simulate } from './simulate.ts';
import { soakPlan } from './soak.ts';

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

describe('the simulation', () => {
  it.each(['1', '4'])('holds every invariant under seed %s', async (seed) => {
    const outcome = await simulate(rig, planOf(seed));
    expect(outcome.violations).toEqual([]);
    expect(outcome.counts['posted']).toBeGreaterThan(0);
    expect(outcome.struck.size).toBeGreaterThan(0);
  });

  it('gives the same events for the same seed, byte by byte', async () => {
    const traceOf = async (): Promise<string> => {
      const lines: string[] = [];
      await simulate(rig, planOf('2'), (line) => lines.push(line));
      return lines.join('\n');
    };
    const first = await traceOf();
    expect(first.length).toBeGreaterThan(10_000);
    expect(await traceOf()).toBe(first);
  });

  it('holds every invariant over days of ordinary work', async () => {
    const plan = soakPlan(5, 2);
    // Two refusals in a row open the circuit, which only a person closes: in a soak somebody does, within a day.
    const refused: Fault = {
      kind: 'unauthorized',
      operation: 'invoices',
      connection: 0,
      skip: 0,
      times: 3,
      amount: 0,
    };
    const shut: unknown[] = [];
    const outcome = await simulate(rig, { ...plan, faults: [refused, ...plan.faults] }, null, {
      everyMs: plan.activeMs,
      look: async () => {
        shut.push(...(await rig.rows(`select name from connections where autotask_state <> 'connected'`)));
      },
      atEnd: () => Promise.resolve(),
    });
    expect(shut).toEqual([]);
    expect(outcome.struck.get('unauthorized invoices')).toBeGreaterThanOrEqual(2);
    expect(outcome.violations).toEqual([]);
    expect(outcome.counts['posted']).toBeGreaterThan(10);
  }, 120_000);

  it('has a lost answer after a commit in at least three of five schedules', () => {
    const lost = new Set(['answer-lost', 'answer-reset', 'cut-mid-body', 'late', 'error-after', 'items-missing']);
    const plans = Array.from({ length: 500 }, (_unused, index) => planOf(String(index)));
    const holding = plans.filter((plan) =>
      plan.faults.some(
        (fault) => lost.has(fault.kind) && 'operation' in fault && ['create', 'batch'].includes(fault.operation),
      ),
    );
    expect(holding.length).toBeGreaterThanOrEqual(300);
    for (const plan of plans) expect(plan.faults.length).toBeGreaterThanOrEqual(3);
  });
});
