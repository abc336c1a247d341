/** What a run may create by itself, and what QuickBooks takes at most. */
import { afterEach, describe, expect, it } from 'vitest';
import { addLike, faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

interface Cause {
  readonly id: string;
  readonly code: string;
  readonly text: string;
  readonly invoices: readonly number[];
}

async function causeOf(code: string): Promise<Cause> {
  const { stdout } = await world.command(['errors', 'list', '--json']);
  const { causes } = JSON.parse(stdout) as { causes: Cause[] };
  const found = causes.find((one) => one.code === code);
  if (found === undefined) throw new Error(`no cause ${code}, but ${causes.map((one) => one.code).join(', ')}`);
  return found;
}

describe('limits of one run', () => {
  it.each([
    ['customer', 'customers.createLimitPerRun', 'Customer', /would create \d+ customers, more than the limit of 1: \S/],
    ['item', 'items.createLimitPerRun', 'Item', /would create \d+ products or services, more than the limit of 1: \S/],
  ] as const)('on new %ss: one problem names all, and one decision frees them', async (kind, setting, table, says) => {
    world = await makeWorld({ invoices: 60, companies: 24, settings: { [setting]: '1' } });
    const before = world.realm.table(table).size;
    await world.sync();
    const cause = await causeOf(`${kind}-create-limit`);
    expect(cause.text).toMatch(says);
    expect(cause.invoices.length).toBeGreaterThan(0);
    expect(world.realm.table(table).size).toBe(before);
    const decided = await world.command(['errors', 'decide', cause.id, 'create', '--json']);
    expect([decided.code, decided.stderr]).toEqual([0, '']);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('a first sync with hundreds of new customers tells them briefly at each invoice', async () => {
    world = await makeWorld({ invoices: 12 });
    const { tables } = world.autotask.data;
    const [model = 0] = world.msp.postable;
    const [company] = tables.get('Companies')?.values() ?? [];
    const newcomers = Array.from({ length: 400 }, (_, at) => 700_000 + at);
    for (const id of newcomers) {
      tables.get('Companies')?.set(id, { ...company, id, companyName: `Newly won customer number ${String(id)}` });
      addLike(world, model, id);
      Object.assign(tables.get('Invoices')?.get(id) ?? {}, { companyID: id });
    }
    const { run, report } = await world.sync();
    const cause = await causeOf('customer-create-limit');
    expect(cause.invoices.length).toBeGreaterThanOrEqual(400);
    expect(cause.text).toMatch(/customers, more than the limit of 50: .*number 70003\d,.* and \d\d\d more\.$/);
    expect(JSON.stringify(run.report).length).toBeLessThan(400 * 6_000);
    const shown = await world.command(['runs', 'show', run.run_id, '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({ report: JSON.parse(JSON.stringify(report)) as object });
    expect(report.rows.map((row) => row.autotaskInvoiceId).slice(-400)).toEqual(newcomers);
    const decided = await world.command(['errors', 'decide', cause.id, 'create', '--json']);
    expect([decided.code, decided.stderr]).toEqual([0, '']);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('zero means none', async () => {
    world = await makeWorld({
      invoices: 10,
      companies: 12,
      settings: { 'customers.createLimitPerRun': '0', 'items.createLimitPerRun': '0' },
    });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });
});

describe('Autotask’s hour', () => {
  const marked = (): number =>
    world.msp.postable.filter((id) => world.autotask.data.tables.get('Invoices')?.get(id)?.['webServiceDate'] !== null)
      .length;

  it('used by others beyond half: a small part of it still goes to marks', async () => {
    world = await makeWorld({ invoices: 20, scale: 1000, autotaskKnobs: { otherRequests: 6_000 } });
    const { run } = await world.sync();
    expect(run.failure).toBe(null);
    expect(faultsOf(world)).toEqual([]);
  });

  it('used up: the scheduled run gives the lease back and says so, and a later one goes on', async () => {
    world = await makeWorld({ invoices: 60, scale: 1000, autotaskKnobs: { requestThreshold: 120 } });
    const { run, report } = await world.automatic();
    expect(run.failure?.message).toMatch(/quota of this hour is used up.*the next run goes on/);
    expect(report.counts.posted).toBe(60);
    const first = marked();
    expect(first).toBeGreaterThan(20);
    expect(first).toBeLessThan(60);
    // An hour later all of it is free again.
    await world.opened.services.clock.sleep(3_700_000);
    await world.automatic();
    expect(faultsOf(world)).toEqual([]);
    expect(world.autotask.counters.of('429 threshold')).toBe(0);
  });
});
