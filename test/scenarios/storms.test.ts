/** Ten minutes in which one of both vendors refuses everything, and a connection that is busy for long beside another one. */
import { afterEach, describe, expect, it } from 'vitest';
import { addConnection, changeSettings, finishAuthorization } from '../../src/engine/connecting.ts';
import { withSystem, withTenant } from '../../src/store/tenant.ts';
import { isCampaign, patience, told } from '../support/campaign.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

/** A campaign goes slowly enough that the minutes after the storm are the product's and not the machine's. */
const SCALE = isCampaign ? 20 : 200;
const STORM_MS = 10 * 60_000;
/** One a minute, the one that met the storm, and the one after a hiccup's pause. */
const REQUESTS_MAX = 12;

const storms = [
  { name: '429 from QuickBooks', of: 'quickbooks', status: 429, headers: {} },
  { name: '503 from QuickBooks', of: 'quickbooks', status: 503, headers: {} },
  {
    name: '429 with a short Retry-After from QuickBooks',
    of: 'quickbooks',
    status: 429,
    headers: { 'retry-after': '1' },
  },
  { name: '429 from Autotask', of: 'autotask', status: 429, headers: {} },
  { name: '503 from Autotask', of: 'autotask', status: 503, headers: {} },
] as const;

const monthEnd = (): Promise<World> =>
  makeWorld({ invoices: 150, companies: 8, scale: SCALE, settings: { 'customers.createLimitPerRun': '0' } });

/** What the same run takes without a storm, in milliseconds of the product's time. */
async function idealMs(): Promise<number> {
  const quiet = await monthEnd();
  try {
    const from = Date.now();
    await quiet.sync();
    return (Date.now() - from) * SCALE;
  } finally {
    await quiet.close();
  }
}

describe('a storm of ten minutes', () => {
  for (const { name, of, status, headers } of storms) {
    it(`${name}: about one request a minute, few retries, and all is done afterwards`, patience(120_000), async () => {
      const ideal = isCampaign ? await idealMs() : Infinity;
      world = await monthEnd();
      const shell = world[of];
      const path = of === 'quickbooks' ? /\/v3\// : /atservicesrest/i;
      // It begins in the middle of the run, when both vendors are being written to or read from.
      const skip = of === 'quickbooks' ? 12 : 40;
      const met = { refused: 0 };
      const rule = {
        path,
        skip,
        when: 'before' as const,
        act: {
          kind: 'change' as const,
          change: () => {
            met.refused += 1;
            return { status, headers: { 'content-type': 'text/html', ...headers }, body: '<html>busy</html>' };
          },
        },
      };
      shell.faults.push(rule);
      const running = world.sync();
      while (met.refused === 0) await new Promise((done) => setTimeout(done, 5));
      await new Promise((done) => setTimeout(done, STORM_MS / SCALE));
      const duringStorm = met.refused;
      shell.faults.length = 0;
      const over = Date.now();
      const { run } = await running;
      const drained = (Date.now() - over) * SCALE;
      expect(run.failure).toBe(null);
      expect(faultsOf(world)).toEqual([]);
      const calls = world.quickbooks.counters.of('calls') + world.autotask.counters.of('calls');
      told('storms', { name, duringStorm, calls, idealMs: ideal, drainedMs: drained });
      expect(drained).toBeLessThanOrEqual(ideal + 5 * 60_000);
      expect(duringStorm).toBeGreaterThan(3);
      expect(duringStorm).toBeLessThanOrEqual(REQUESTS_MAX);
      expect(duringStorm / calls).toBeLessThanOrEqual(0.1);
    });
  }
});

describe('a connection that is busy for long', () => {
  it('does not keep another one from its turn', async () => {
    world = await makeWorld({
      invoices: 30,
      scale: 100,
      settings: { 'sync.intervalMinutes': '1', 'sync.status': 'sync' },
    });
    const { services } = world.opened;
    const { userName, secret, integrationCode } = world.autotask.knobs;
    const other = await addConnection(services, world.tenant.organizationId, {
      name: 'Other',
      autotask: { userName, secret, integrationCode },
      by: 'test',
    });
    const tenant = { organizationId: world.tenant.organizationId, connectionId: other.connection_id };
    const realm = world.quickbooks.addRealm('4620816365000000001', { usingSalesTax: true });
    for (const account of world.realm.table('Account').values()) realm.put('Account', { ...account });
    await finishAuthorization(services, tenant, {
      code: world.quickbooks.grant('4620816365000000001'),
      realmId: '4620816365000000001',
      redirectUri: null,
      by: 'test',
    });
    await changeSettings(
      services,
      tenant,
      { 'sync.status': 'sync', 'sync.intervalMinutes': '1', 'items.incomeAccount': 'Services' },
      'test',
    );
    // The first company answers so slowly that its run lasts for the whole test.
    world.quickbooks.faults.push({
      path: /4620816365000000000/,
      when: 'before',
      act: { kind: 'delay', ms: 20 * 60_000 },
    });
    await withSystem(services.database, (tx) =>
      tx
        .updateTable('connections')
        .set({ next_run_at: new Date(0) })
        .execute(),
    );
    const worker = world.spawnCli(['worker']);
    const ended = new Promise((done) => worker.once('exit', done));
    const states = async (of: typeof tenant): Promise<string[]> =>
      (
        await withTenant(services.database, of, (tx) =>
          tx.selectFrom('runs').select('state').where('connection_id', '=', of.connectionId).execute(),
        )
      ).map((run) => run.state);
    let seen = false;
    for (const end = Date.now() + 20_000; !seen && Date.now() < end;) {
      await new Promise((done) => setTimeout(done, 100));
      seen =
        (await states(world.tenant)).includes('running') && (await states(tenant)).some((state) => state !== 'queued');
    }
    world.quickbooks.faults.length = 0;
    worker.kill('SIGKILL');
    await ended;
    expect(seen).toBe(true);
  });
});
