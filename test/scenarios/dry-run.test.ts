/** The dry run says by name what a sync then does, and does nothing itself; the overview adds up what was done. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overviewOf } from '../../src/engine/overview.ts';
import { makeWorld, sourceTotal, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await makeWorld({ invoices: 40, obstacles: true });
});
afterAll(() => world.close());

interface Dry {
  invoices: { autotaskInvoiceId: number }[];
  customers: string[];
  items: string[];
  left: { code: string; invoices: number }[];
}
const names = (noun: string, field: string): string[] =>
  [...world.realm.table(noun).values()].map((row) => String(row[field]));

describe('connection dry-run', () => {
  it('names the invoices, customers and items that the sync then makes, and writes nothing', async () => {
    const before = { customers: names('Customer', 'DisplayName'), items: names('Item', 'Name') };
    const { code, stdout, stderr } = await world.command(['connection', 'dry-run', '--json']);
    expect(code, stderr).toBe(0);
    const dry = JSON.parse(stdout) as Dry;
    expect(world.realm.table('Invoice').size).toBe(0);
    expect(names('Customer', 'DisplayName')).toEqual(before.customers);
    expect(dry.invoices.map((one) => one.autotaskInvoiceId).toSorted((a, b) => a - b)).toEqual(
      [...world.msp.postable].toSorted((a, b) => a - b),
    );
    expect(dry.left.length).toBeGreaterThanOrEqual(5);
    await world.sync();
    const made = (noun: string, field: string, old: string[]): string[] =>
      names(noun, field)
        .filter((one) => !old.includes(one))
        .toSorted();
    expect(made('Customer', 'DisplayName', before.customers)).toEqual(dry.customers);
    expect(made('Item', 'Name', before.items)).toEqual(dry.items);
    expect(dry.customers.length + dry.items.length).toBeGreaterThan(0);
  });

  it('leaves the settings as they are', async () => {
    const again = JSON.parse((await world.command(['connection', 'dry-run', '--json'])).stdout) as Dry;
    expect(again.invoices).toEqual([]);
    expect(again.left.find((one) => one.code === 'already-in-quickbooks')?.invoices).toBeGreaterThan(0);
  });
});

describe('the overview', () => {
  it('adds up to the cent what reached QuickBooks this month', async () => {
    const found = await overviewOf(world.opened.services, world.tenant);
    const cents = (text: string): number => Number(text.replace('.', ''));
    const moved = found.moved.reduce((sum, day) => sum + cents(day.amount), 0);
    expect(moved).toBe(world.msp.postable.reduce((sum, id) => sum + cents(sourceTotal(world, id)), 0));
    expect(found.lastRun).toMatchObject({ posted: world.msp.postable.length });
    expect(found.quotas[1]?.used).toBeGreaterThan(0);
  });
});
