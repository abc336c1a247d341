/** Lease, token refresh, limiters and intents under fast-check's scheduler: real code, real PostgreSQL, every order of steps. */
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AutotaskLimits } from '../../src/autotask/limits.ts';
import { LeaseLost, takeLease } from '../../src/engine/lease.ts';
import { requestRun, workOnce } from '../../src/engine/requests.ts';
import { ConnectionTokens } from '../../src/engine/tokens.ts';
import { QuickBooksLimits } from '../../src/quickbooks/limits.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { patience, seedOf, sized, told } from '../support/campaign.ts';
import { addLike, faultsOf, forget, makeWorld, type World } from '../support/world.ts';
import { Race, Sessions } from './rig.ts';

let world: World;
const sessions = new Sessions();
beforeAll(async () => {
  world = await makeWorld({ invoices: 2, companies: 2, scale: 1 });
  // Each worker counts on the race's own time, the sandboxes on the machine's: their limits would strike at random, and a
  // database of Autotask that has answered half of its hour's calls answers each one half a second later.
  world.autotask.knobs.requestThreshold = 1e9;
  Object.assign(world.quickbooks.knobs, {
    requestsPerMinute: 1e9,
    requestsPerSecond: 1e9,
    batchesPerMinute: 1e9,
    inFlightMax: 1_000,
  });
  await world.sync();
  await sessions.open(world);
});
afterAll(async () => {
  await sessions.close();
  await world.close();
});

const runs = (suite: number, campaign: number): { numRuns: number; seed: number; endOnFailure: boolean } => ({
  numRuns: sized(suite, campaign),
  seed: seedOf(),
  endOnFailure: false,
});
const real = <T>(work: Parameters<typeof withTenant<T>>[2]): Promise<T> =>
  withTenant(world.opened.services.database, world.tenant, work);

describe('under every order of steps', () => {
  it('a lease has one writer, and who lost it writes nothing', patience(120_000), async () => {
    let [writes, losses] = [0, 0];
    const settings = runs(40, 10_000);
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer({ min: 1_000, max: 60_000 }), { maxLength: 4 }),
        async (s, jumps) => {
          await real((tx) => sql`update leases set holder = null, purpose = null, expires_at = null`.execute(tx));
          const race = new Race(s, sessions, new Date());
          const written: { holder: string; fence: number; current: number }[] = [];
          const worker = async (holder: string): Promise<void> => {
            const services = race.services(world, holder);
            const lease = await takeLease(services, world.tenant, 'race');
            if (lease === null) return;
            try {
              for (let write = 0; write < 2; write += 1) {
                const current = await lease.write(async (tx) => {
                  const row = await tx.selectFrom('leases').select(['fence', 'holder']).executeTakeFirstOrThrow();
                  expect(row.holder).toBe(holder);
                  return Number(row.fence);
                });
                written.push({ holder, fence: lease.fence, current });
                writes += 1;
              }
            } catch (error) {
              if (!(error instanceof LeaseLost)) throw error;
              losses += 1;
            } finally {
              await lease.release();
            }
          };
          await race.run([worker('a'), worker('b'), worker('c'), ...jumps.map((ms) => race.passes(ms))]);
          for (const one of written) expect(one.current).toBe(one.fence);
          const fences = written.map((one) => one.fence);
          // In the order in which they were committed no older fence follows a newer one.
          expect(fences).toEqual(fences.toSorted((a, b) => a - b));
        },
      ),
      settings,
    );
    told('races, lease', { interleavings: settings.numRuns, writes, losses });
    expect(Math.min(writes, losses)).toBeGreaterThan(0);
  });

  it('one token refresh is in flight, and a new token is stored before it is used', patience(120_000), async () => {
    let refreshes = 0;
    const settings = runs(40, 10_000);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        // In fact the present hour: Intuit's tokens live by the sandbox's own clock.
        const race = new Race(s, sessions, new Date());
        await real((tx) =>
          sql`update tokens set access_expires_at = ${new Date(0)}, refreshing_by = null, refreshing_until = null`.execute(
            tx,
          ),
        );
        let inFlight = 0;
        const ask = async (holder: string): Promise<void> => {
          const services = race.services(world, holder);
          const tokens = new ConnectionTokens(
            {
              ...services,
              http: {
                send: async (request) => {
                  const isRefresh = request.method === 'POST';
                  inFlight += isRefresh ? 1 : 0;
                  expect(inFlight).toBeLessThanOrEqual(1);
                  try {
                    return await services.http.send(request);
                  } finally {
                    inFlight -= isRefresh ? 1 : 0;
                    refreshes += isRefresh ? 1 : 0;
                  }
                },
              },
            },
            world.tenant,
          );
          const used = await tokens.current();
          const stored = await race.real(() =>
            real((tx) => tx.selectFrom('tokens').select('access_token').executeTakeFirstOrThrow()),
          );
          const open = world.opened.services.secrets.open(stored.access_token, {
            ...world.tenant,
            purpose: 'access-token',
          });
          expect(used).toBe(open);
        };
        const before = refreshes;
        await race.run([ask('a'), ask('a'), ask('b'), ask('c')]);
        expect(refreshes - before).toBe(1);
      }),
      settings,
    );
    const state = await real((tx) => tx.selectFrom('connections').select('quickbooks_state').executeTakeFirstOrThrow());
    expect(state.quickbooks_state).toBe('connected');
    told('races, token refresh', { interleavings: settings.numRuns, refreshes });
  });

  it('limits hold in every rolling window, and two calls at most are at one endpoint', patience(120_000), async () => {
    let waits = 0;
    const settings = runs(300, 10_000);
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom('read', 'write', 'batch'), { minLength: 4, maxLength: 24 }),
        async (s, kinds) => {
          const race = new Race(s, sessions, new Date());
          const autotask = new AutotaskLimits(race.clock, 1_000);
          const quickbooks = new QuickBooksLimits(race.clock);
          const taken: number[] = [];
          let [atOnce, most] = [0, 0];
          const call = async (kind: 'read' | 'write' | 'batch'): Promise<void> => {
            await race.turn(`ask for ${kind}`);
            for (let wait = quickbooks.take(kind); wait > 0; wait = quickbooks.take(kind)) {
              waits += 1;
              await race.clock.sleep(wait);
            }
            taken.push(race.now.getTime());
            await autotask.inTurn('Invoices', async () => {
              atOnce += 1;
              most = Math.max(most, atOnce);
              await race.turn('at the endpoint');
              atOnce -= 1;
            });
          };
          await race.run([...kinds.map(call), race.passes(700), race.passes(700)]);
          expect(most).toBeLessThanOrEqual(2);
          expect(taken.length).toBe(kinds.length);
          for (const from of taken)
            expect(taken.filter((at) => at >= from && at < from + 1_000).length).toBeLessThanOrEqual(7);
        },
      ),
      settings,
    );
    told('races, limits', { interleavings: settings.numRuns, waits });
    expect(waits).toBeGreaterThan(0);
  });

  it('a call that comes while another one ends takes no third place at the endpoint', async () => {
    for (let delay = 0; delay < 12; delay += 1) {
      const limits = new AutotaskLimits(world.opened.services.clock, 1_000);
      let [atOnce, most] = [0, 0];
      const ends: (() => void)[] = [];
      const call = (): Promise<void> =>
        limits.inTurn('Invoices', async () => {
          atOnce += 1;
          most = Math.max(most, atOnce);
          await new Promise<void>((done) => ends.push(done));
          atOnce -= 1;
        });
      const calls = [call(), call(), call()];
      await Promise.resolve();
      ends[0]?.();
      for (let tick = 0; tick < delay; tick += 1) await Promise.resolve();
      calls.push(call());
      for (let at = 1; at < 4; at += 1) {
        await new Promise((done) => setImmediate(done));
        ends[at]?.();
      }
      await Promise.all(calls);
      expect([delay, most]).toEqual([delay, 2]);
    }
  });

  it('two workers and a copy at the same invoice post it once', patience(120_000), async () => {
    let next = 0;
    const settings = runs(3, 10_000);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (s) => {
        next += 1;
        const id = 900_000 + next;
        addLike(world, world.msp.postable[0] ?? 0, id);
        const race = new Race(s, sessions, new Date());
        const worker = (holder: string) => ({
          services: race.services(world, holder),
          mailer: null,
          say: () => undefined,
        });
        const asked = [
          await requestRun(world.opened.services, world.tenant, {
            kind: 'sync-now',
            options: { silent: true },
            by: 'a',
          }),
          await requestRun(world.opened.services, world.tenant, {
            kind: 'manual-copy',
            options: { invoiceId: id, silent: true },
            by: 'b',
          }),
        ];
        await race.run([
          ...['a', 'b', 'c'].map((holder) => workOnce(worker(holder), world.tenant, null)),
          race.passes(20_000),
          race.passes(20_000),
        ]);
        // What a worker without the lease left queued is worked by whoever comes next.
        const last = new Race(s, sessions, race.now);
        await last.run([workOnce({ ...worker('d'), services: last.services(world, 'd') }, world.tenant, null)]);
        const ended = await real((tx) =>
          tx.selectFrom('runs').select(['state', 'failure']).where('run_id', 'in', asked).execute(),
        );
        // The copy may come second, and is then told that it is there already: no failure either.
        expect(ended.map((run) => [run.state, run.failure])).toEqual([
          ['finished', null],
          ['finished', null],
        ]);
        expect(faultsOf(world)).toEqual([]);
        forget(world, id);
      }),
      settings,
    );
    told('races, intents', { interleavings: settings.numRuns });
  });
});
