/** The call budget of design.md section 7, counted exactly by the sandboxes on a warm connection. */
import { afterEach, describe, expect, it } from 'vitest';
import { decimal, sum } from '../../src/core/money.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const up = (amount: number, size: number): number => Math.ceil(amount / size);

/** facts/goals.md section 7: the floor plus one look-up read per hundred, in the steady state (no name to create). */
function safe(n: number, lines: number): number {
  const chunks = Array.from({ length: up(n, 500) }, (_unused, index) => Math.min(500, n - index * 500));
  const autotask = up(n, 500) + chunks.reduce((sum, size) => sum + up(size * lines, 500), 0) + n;
  return autotask + up(n, 30) + up(n, 100);
}

describe('calls to both vendors', () => {
  for (const n of [1, 10, 100, 1000]) {
    it(`${String(n)} invoices of 8 lines on a warm connection`, async () => {
      world = await makeWorld({
        invoices: 30,
        companies: 24,
        linesPerInvoice: 8,
        scale: 1,
        tax: 'us-none',
        settings: { 'customers.createLimitPerRun': '0' },
      });
      await world.sync();
      await new Promise((done) => setTimeout(done, 1_200));
      const { tables } = world.autotask.data;
      const companies = [...(tables.get('Companies')?.values() ?? [])].filter((row) => row.id > 0);
      const more = addInvoices(world, n, companies);
      world.autotask.counters.reset();
      world.quickbooks.counters.reset();
      const { run, report } = await world.sync();
      expect(run.failure).toBe(null);
      expect(report.counts.posted).toBe(n);
      for (const id of more) expect(world.posted().get(id)?.length).toBe(1);
      const readBack = up(n, 500);
      const calls = world.autotask.counters.of('calls') + world.quickbooks.counters.of('calls') - readBack;
      const budget = n >= 100 ? safe(n, 8) * 1.02 + 10 : safe(n, 8) + 10;
      expect(
        calls,
        JSON.stringify({ autotask: world.autotask.counters.all(), quickbooks: world.quickbooks.counters.all() }),
      ).toBeLessThanOrEqual(budget);
      expect(world.quickbooks.counters.of('429')).toBe(0);
      expect(world.autotask.counters.of('429 threads') + world.autotask.counters.of('429 threshold')).toBe(0);
      expect(world.quickbooks.counters.of('writes without requestid')).toBe(0);
      if (n >= 1000) expect(world.quickbooks.counters.of('metered reads') / n).toBeLessThanOrEqual(0.02);
    });
  }
});

describe('an idle poll', () => {
  it('costs one Autotask call and none at QuickBooks', async () => {
    world = await makeWorld({ invoices: 3 });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    world.autotask.counters.reset();
    world.quickbooks.counters.reset();
    await world.sync();
    expect(world.autotask.counters.of('calls')).toBe(1);
    expect(world.quickbooks.counters.of('calls')).toBe(0);
  });
});

/** New invoices of known companies, with eight lines each, copied from lines that are there. */
function addInvoices(into: World, n: number, companies: readonly { id: number }[]): number[] {
  const { tables } = into.autotask.data;
  const exact = (row: Record<string, unknown>): string =>
    row['totalAmount'] instanceof ExactNumber ? row['totalAmount'].source : '0';
  const samples = [...(tables.get('BillingItems')?.values() ?? [])].filter((row) => /^[1-9]/.test(exact(row)));
  const created = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const ids: number[] = [];
  for (let index = 0; index < n; index += 1) {
    const id = 700_000 + index;
    const companyID = companies[index % companies.length]?.id ?? 0;
    const lines = Array.from({ length: 8 }, (_unused, at) => samples[(index + at) % samples.length]).filter(
      (row) => row !== undefined,
    );
    for (const [at, row] of lines.entries())
      tables.get('BillingItems')?.set(id * 10 + at, { ...row, id: id * 10 + at, invoiceID: id, companyID });
    const total = sum(lines.map((row) => decimal(exact(row)))).toFixed(4);
    tables.get('Invoices')?.set(id, {
      id,
      companyID,
      batchID: 1,
      comments: null,
      createDateTime: created,
      dueDate: null,
      fromDate: null,
      toDate: null,
      invoiceDateTime: `${created.slice(0, 10)}T00:00:00Z`,
      invoiceNumber: null,
      invoiceTotal: new ExactNumber(total),
      isVoided: false,
      orderNumber: '',
      paidDate: null,
      paymentTerm: 1,
      taxGroup: null,
      taxRegionName: null,
      totalTaxValue: new ExactNumber('0.0000'),
      voidedByResourceID: null,
      voidedDate: null,
      webServiceDate: null,
    });
    ids.push(id);
  }
  return ids;
}
