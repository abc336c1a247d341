/** Voids and payments come back as the old app had them, and more carefully (facts/mission.md A9). */
import { afterEach, describe, expect, it } from 'vitest';
import type { CrashPoint } from '../../src/engine/crash-points.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import type { MutableRow } from '../../src/sandbox/autotask/sandbox.ts';
import type { Entity } from '../../src/sandbox/quickbooks/realm.ts';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const invoice = (id: number): MutableRow => {
  const row = world.autotask.data.tables.get('Invoices')?.get(id);
  if (row === undefined) throw new Error(`no invoice ${String(id)}`);
  return row;
};
const voidInAutotask = (id: number): void => {
  Object.assign(invoice(id), { isVoided: true, voidedDate: new Date().toISOString() });
};
const posted = (id: number): Entity => {
  const row = [...world.realm.table('Invoice').values()].find((one) =>
    String(one['PrivateNote']).includes(`:${String(id)}:0`),
  );
  if (row === undefined) throw new Error(`${String(id)} is not in QuickBooks`);
  return row;
};
const amountOf = (id: number): string => (posted(id)['TotalAmt'] as ExactNumber).source;
const pay = (ids: readonly number[], parts: readonly string[], date: string): string =>
  String(
    world.realm.write(
      'Payment',
      {
        CustomerRef: posted(ids[0] ?? 0)['CustomerRef'],
        TotalAmt: new ExactNumber(
          parts
            .map(Number)
            .reduce((a, b) => a + b, 0)
            .toFixed(2),
        ),
        TxnDate: date,
        Line: ids.map((id, at) => ({
          Amount: new ExactNumber(parts[at] ?? '0'),
          LinkedTxn: [{ TxnId: posted(id).Id, TxnType: 'Invoice' }],
        })),
      },
      '',
      { allowDuplicateNumber: false },
    )['Id'],
  );
const run = async (...args: string[]) => {
  const done = await world.command([...args, '--json']);
  return {
    code: done.code,
    json: JSON.parse(done.stdout) as {
      transfers: {
        autotaskInvoiceId: number;
        state: string;
        paidOn: string | null;
        balance: string | null;
        problems: { code: string }[];
      }[];
    },
  };
};

describe('voids', () => {
  it('are carried over by the stored id, and only what was voided', async () => {
    world = await makeWorld({ invoices: 5 });
    await world.sync();
    const [first = 0, second = 0] = world.msp.postable;
    voidInAutotask(first);
    const { json } = await run('voids', 'sync');
    expect(json.transfers.map((one) => [one.autotaskInvoiceId, one.state])).toEqual([[first, 'voided']]);
    expect(String(posted(first)['PrivateNote'])).toMatch(/^Voided/);
    expect(String(posted(second)['PrivateNote'])).not.toMatch(/^Voided/);
    const writes = world.quickbooks.counters.of('POST batch');
    expect((await run('voids', 'sync')).json.transfers).toEqual([]);
    expect(world.quickbooks.counters.of('POST batch')).toBe(writes);
    expect(world.quickbooks.counters.of('writes without requestid')).toBe(0);
  });

  it('never touch a paid invoice, nor one that lost our mark, nor a closed period; each is told', async () => {
    world = await makeWorld({ invoices: 4 });
    await world.sync();
    const [paid = 0, partly = 0, changed = 0] = world.msp.postable;
    pay([paid], [amountOf(paid)], '2026-11-20');
    pay([partly], ['1.00'], '2026-11-20');
    world.realm.put('Invoice', { ...posted(changed), PrivateNote: 'typed over' });
    for (const id of [paid, partly, changed]) voidInAutotask(id);
    const { code, json } = await run('voids', 'sync');
    expect(code).toBe(1);
    expect(Object.fromEntries(json.transfers.map((one) => [one.autotaskInvoiceId, one.problems[0]?.code]))).toEqual({
      [paid]: 'void-paid',
      [partly]: 'void-paid',
      [changed]: 'void-changed',
    });
    expect(amountOf(paid)).not.toBe('0.00');
  });

  it('leave what was never posted alone, and take what is older than the window not', async () => {
    world = await makeWorld({ invoices: 2, settings: { 'voids.maxAgeDays': '3' } });
    await world.sync();
    const [old = 0] = world.msp.postable;
    Object.assign(invoice(old), { isVoided: true, voidedDate: new Date(Date.now() - 10 * 86_400_000).toISOString() });
    expect((await run('voids', 'sync')).json.transfers).toEqual([]);
  });

  for (const point of ['voided', 'intent-committed', 'answered'] satisfies CrashPoint[]) {
    it(`killed at ${point}: voided once, and the report is true`, async () => {
      world = await makeWorld({ invoices: 3, scale: 200 });
      await world.sync();
      const [id = 0] = world.msp.postable;
      voidInAutotask(id);
      const killed = await world.cli(['voids', 'sync', '--json'], { LEDGERFERRY_TEST_CRASH_AT: point });
      expect(killed.signal).toBe('SIGKILL');
      await run('voids', 'sync');
      expect(String(posted(id)['PrivateNote']).match(/Voided/g)?.length).toBe(1);
      const shown = await run('invoices', 'show', String(id));
      expect(JSON.stringify(shown.json)).toContain('"state":"voided"');
    });
  }
});

describe('payments', () => {
  it('set the paid date when nothing is open, over several invoices too, in one call', async () => {
    world = await makeWorld({ invoices: 5 });
    await world.sync();
    const [one = 0, two = 0, three = 0] = world.msp.postable;
    pay([one, two], [amountOf(one), amountOf(two)], '2026-11-18');
    pay([three], ['1.00'], '2026-11-19');
    const reads = world.quickbooks.counters.of('metered reads');
    const { json } = await run('payments', 'sync');
    expect(world.quickbooks.counters.of('metered reads') - reads).toBe(1);
    expect(Object.fromEntries(json.transfers.map((row) => [row.autotaskInvoiceId, row.paidOn]))).toEqual({
      [one]: '2026-11-18',
      [two]: '2026-11-18',
      // A part of it is paid: told with what is open, and no date goes to Autotask.
      [three]: null,
    });
    const partly = json.transfers.find((row) => row.autotaskInvoiceId === three);
    expect(partly?.balance).toBe((Number(amountOf(three)) - 1).toFixed(2));
    expect(String(invoice(one)['paidDate'])).toMatch(/^2026-11-18/);
    expect(invoice(three)['paidDate'] ?? null).toBe(null);
    const writes = world.autotask.counters.of('PATCH Invoices');
    const again = await run('payments', 'sync');
    expect(again.json.transfers).toEqual([]);
    expect(world.autotask.counters.of('PATCH Invoices')).toBe(writes);
  });

  it('of which one never gets an answer are told, keep no other back, and are tried again', async () => {
    world = await makeWorld({ invoices: 5, scale: 1000 });
    await world.sync();
    const [never = 0, ...others] = world.msp.postable;
    for (const id of world.msp.postable) pay([id], [amountOf(id)], '2026-11-18');
    world.autotask.faults.push({
      method: 'PATCH',
      path: /Invoices/,
      body: new RegExp(`"id":${String(never)}\\b`),
      when: 'before',
      act: { kind: 'reply', status: 502, body: '<html></html>' },
    });
    const { json } = await run('payments', 'sync');
    for (const id of others) expect(String(invoice(id)['paidDate'])).toMatch(/^2026-11-18/);
    const told = json.transfers.filter((row) => row.problems.length > 0);
    expect(told.map((row) => [row.autotaskInvoiceId, row.problems[0]?.code])).toEqual([[never, 'paid-date-failed']]);
    world.autotask.faults.length = 0;
    await run('payments', 'sync');
    expect(String(invoice(never)['paidDate'])).toMatch(/^2026-11-18/);
  });

  it('never override a date that stands, and take the day of the last payment', async () => {
    world = await makeWorld({ invoices: 3 });
    await world.sync();
    const [standing = 0, twice = 0] = world.msp.postable;
    invoice(standing)['paidDate'] = '2026-11-01T00:00:00Z';
    pay([standing], [amountOf(standing)], '2026-11-18');
    pay([twice], ['1.00'], '2026-11-10');
    pay([twice], [(Number(amountOf(twice)) - 1).toFixed(2)], '2026-11-17');
    await run('payments', 'sync');
    expect(String(invoice(standing)['paidDate'])).toMatch(/^2026-11-01/);
    expect(String(invoice(twice)['paidDate'])).toMatch(/^2026-11-17/);
  });

  it('that are taken back are reported', async () => {
    world = await makeWorld({ invoices: 2 });
    await world.sync();
    const [id = 0] = world.msp.postable;
    const payment = pay([id], [amountOf(id)], '2026-11-18');
    await run('payments', 'sync');
    world.realm.takeBack(payment);
    const { code, json } = await run('payments', 'sync');
    expect(code).toBe(1);
    expect(json.transfers[0]?.problems.map((one) => one.code)).toEqual(['payment-reversed']);
  });

  it('made while the setting was off are not sent later, unless a person asks for a day', async () => {
    world = await makeWorld({ invoices: 2, settings: { 'payments.sync': 'false' } });
    await world.sync();
    const [id = 0] = world.msp.postable;
    pay([id], [amountOf(id)], '2026-11-18');
    // Changes are asked for ten minutes further back than the cursor; the payment is older than that.
    await new Promise((done) => setTimeout(done, 100));
    await world.set({ 'payments.sync': 'true' });
    const since = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    const { json } = await run('payments', 'sync', '--since', since);
    expect(json.transfers.map((row) => row.autotaskInvoiceId)).toEqual([id]);
    expect(String(invoice(id)['paidDate'])).toMatch(/^2026-11-18/);
  });

  for (const point of ['paid-date-sent', 'paid-dates-recorded'] satisfies CrashPoint[]) {
    it(`killed at ${point}: the date stands, and the ledger knows`, async () => {
      world = await makeWorld({ invoices: 3, scale: 200 });
      await world.sync();
      const [id = 0] = world.msp.postable;
      pay([id], [amountOf(id)], '2026-11-18');
      const killed = await world.cli(['payments', 'sync', '--json'], { LEDGERFERRY_TEST_CRASH_AT: point });
      expect(killed.signal).toBe('SIGKILL');
      await run('payments', 'sync');
      expect(String(invoice(id)['paidDate'])).toMatch(/^2026-11-18/);
      const shown = await run('invoices', 'show', String(id));
      expect(JSON.stringify(shown.json)).toContain('"paidOn":"2026-11-18"');
    });
  }
});

describe('negative invoices', () => {
  const makeNegative = (id: number): void => {
    const lines = [...(world.autotask.data.tables.get('BillingItems')?.values() ?? [])].filter(
      (one) => one['invoiceID'] === id,
    );
    for (const line of lines)
      for (const field of ['totalAmount', 'rate', 'taxDollars'])
        line[field] = new ExactNumber(`-${(line[field] as ExactNumber).source}`.replace('--', ''));
    for (const field of ['invoiceTotal', 'totalTaxValue'])
      invoice(id)[field] = new ExactNumber(`-${(invoice(id)[field] as ExactNumber).source}`.replace('--', ''));
  };

  it('stop with a clear message by default', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0] = world.msp.postable;
    makeNegative(id);
    const { report } = await world.sync();
    expect(report.rows.find((row) => row.autotaskInvoiceId === id)?.problems[0]?.text).toMatch(
      /The invoice total must be zero or greater; this one is -\d/,
    );
  });

  it('become credit memos by setting, once each and to the cent', async () => {
    world = await makeWorld({ invoices: 3, settings: { 'negative.invoices': 'credit-memo' } });
    const [id = 0] = world.msp.postable;
    makeNegative(id);
    const preview = await run('invoices', 'preview', String(id));
    expect(JSON.stringify(preview.json)).toContain('"entity":"CreditMemo"');
    const { report } = await world.sync();
    const row = report.rows.find((one) => one.autotaskInvoiceId === id);
    expect(row?.state).toBe('written_back');
    expect(row?.total).toBe(row?.quickbooksTotal);
    expect(row?.total).toMatch(/^-/);
    const memos = [...world.realm.table('CreditMemo').values()];
    expect(memos.length).toBe(1);
    expect(`-${(memos[0]?.['TotalAmt'] as ExactNumber).source}`).toBe(row?.total);
    await world.sync();
    expect(world.realm.table('CreditMemo').size).toBe(1);
  });
});
