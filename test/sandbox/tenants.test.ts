/** The product over tenants that differ as facts/autotask.md says they may: every invoice once and to the cent in each. */
import { afterEach, describe, expect, it } from 'vitest';
import { decimal, roundHalfAwayFromZero, sum, type Decimal } from '../../src/core/money.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { voidInvoice } from '../../src/sandbox/autotask/people.ts';
import type { AutotaskKnobs } from '../../src/sandbox/autotask/sandbox.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const amountOf = (value: unknown): Decimal => decimal(value instanceof ExactNumber ? value.source : '0');

/** Net and tax of an invoice from its seeded lines, each rounded first where the tenant's posting does so. */
function wanted(id: number, cents: boolean): string {
  const lines = [...(world.autotask.data.tables.get('BillingItems')?.values() ?? [])].filter(
    (row) => row['invoiceID'] === id,
  );
  const total = (field: string): Decimal =>
    sum(lines.map((row) => (cents ? roundHalfAwayFromZero(amountOf(row[field]), 2) : amountOf(row[field]))));
  return roundHalfAwayFromZero(total('totalAmount').plus(total('taxDollars')), 2).toFixed(2);
}

describe('tenants', () => {
  it.each<[string, Partial<AutotaskKnobs>]>([
    ['totals net, four decimals', {}],
    ['totals gross', { invoiceTotalMode: 'gross' }],
    ['lines in cents', { lineRounding: 'cents' }],
    ['totals gross, lines in cents', { invoiceTotalMode: 'gross', lineRounding: 'cents' }],
    ['a tenant of 2024', { olderTenant: true }],
    ['a tenant of tomorrow', { unknownFields: true }],
    ['a missing row is 404, no invoice settings', { missingItem: '404', invoiceSettings: 'absent' }],
    ['pages shorter than asked for', { pageRows: 2 }],
    ['refusals of threads with 500 and Retry-After', { threadStatus: 500, retryAfterSeconds: 1 }],
  ])('%s', async (_name, knobs) => {
    world = await makeWorld({ invoices: 6 });
    Object.assign(world.autotask.knobs, knobs);
    await world.sync();
    const posted = world.posted();
    expect([...posted.keys()].sort((a, b) => a - b)).toEqual(world.msp.postable.toSorted((a, b) => a - b));
    for (const [id, copies] of posted) expect([id, copies]).toEqual([id, [wanted(id, knobs.lineRounding === 'cents')]]);
    for (const id of world.msp.postable)
      expect(world.autotask.data.tables.get('Invoices')?.get(id)?.['webServiceDate']).toBeTypeOf('string');
  });

  it.each(['freed', 'kept'] as const)('a void after the transfer is carried over, its lines %s', async (lines) => {
    world = await makeWorld({ invoices: 3 });
    await world.sync();
    const [id = 0] = world.msp.postable;
    voidInvoice(world.autotask.data.tables, id, new Date(), lines);
    const { code } = await world.command(['voids', 'sync', '--json']);
    const notes = [...world.realm.table('Invoice').values()].map((row) => String(row['PrivateNote']));
    expect([code, notes.filter((note) => note.startsWith('Voided')).length]).toEqual([0, 1]);
    expect(notes.find((note) => note.startsWith('Voided'))).toContain(`:${String(id)}:0`);
    // The freed lines are invoiced anew under another id: that is a new invoice, and the old one stays as it is.
    if (lines === 'kept') return;
    const freed = [...(world.autotask.data.tables.get('BillingItems')?.values() ?? [])].filter(
      (row) => row['invoiceID'] === 0,
    );
    const old = world.autotask.data.tables.get('Invoices')?.get(id);
    const again = id + 1_000;
    world.autotask.data.tables.get('Invoices')?.set(again, {
      ...old,
      id: again,
      isVoided: false,
      voidedDate: null,
      invoiceNumber: null,
      webServiceDate: null,
    });
    for (const row of freed) row['invoiceID'] = again;
    await world.sync();
    expect(world.posted().get(again)).toEqual([wanted(again, false)]);
    expect(world.posted().get(id)).toEqual(['0.00']);
  });
});
