import { afterEach, describe, expect, it } from 'vitest';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { faultsOf, makeWorld, sourceTotal, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

describe('the main job', () => {
  it('carries every invoice once, to the cent, and marks it in Autotask', async () => {
    world = await makeWorld({ invoices: 40, obstacles: true });
    const { run, report } = await world.sync();
    expect(run.state).toBe('finished');
    expect(faultsOf(world)).toEqual([]);
    expect(report.counts.posted).toBe(40);
    const found = new Map(report.rows.map((row) => [row.autotaskInvoiceId, row.problems[0]?.code]));
    for (const obstacle of world.msp.obstacles)
      expect(found.get(obstacle.id), `invoice ${String(obstacle.id)}`).toBe(obstacle.kind);
    for (const row of report.rows)
      for (const one of row.problems) expect(`${one.text} ${one.remedy}`).not.toMatch(/\?(?=[ .”]|$)/);
  });

  it('writes nothing in a second sync', async () => {
    world = await makeWorld({ invoices: 10, obstacles: true });
    await world.sync();
    const writes = (): number =>
      world.autotask.counters.of('PATCH Invoices') +
      ['batch', 'invoice', 'customer', 'item'].reduce(
        (sum, noun) => sum + world.quickbooks.counters.of(`POST ${noun}`),
        0,
      );
    const before = writes();
    const second = await world.sync();
    expect(writes() - before).toBe(0);
    expect(second.report.counts.posted).toBe(0);
  });

  it('lets QuickBooks number and brings the number back', async () => {
    world = await makeWorld({ invoices: 3 });
    await world.sync();
    for (const row of world.realm.table('Invoice').values()) {
      const id = Number(/LF:\w+:(\d+):0/.exec(String(row['PrivateNote']))?.[1]);
      expect(world.autotask.data.tables.get('Invoices')?.get(id)?.['invoiceNumber']).toBe(row['DocNumber']);
    }
  });

  it('uses Autotask’s number, and its id where the number is blank', async () => {
    world = await makeWorld({
      invoices: 3,
      realm: { customTxnNumbers: true },
      settings: { 'invoices.numbering': 'autotask-number' },
    });
    const [first = 0, second = 0] = world.msp.postable;
    const invoices = world.autotask.data.tables.get('Invoices');
    const row = invoices?.get(first);
    if (row !== undefined) row['invoiceNumber'] = 'AT-2026-001';
    await world.sync();
    const numbers = [...world.realm.table('Invoice').values()].map((one) => one['DocNumber']);
    expect(numbers).toContain('AT-2026-001');
    expect(numbers).toContain(String(second));
    expect(invoices?.get(second)?.['invoiceNumber']).toBe(null);
    expect(invoices?.get(second)?.['webServiceDate']).toMatch(/^20/);
  });

  it('refuses to number by QuickBooks while custom transaction numbers are on', async () => {
    world = await makeWorld({ invoices: 2, realm: { customTxnNumbers: true } });
    const { report } = await world.sync();
    expect(world.realm.table('Invoice').size).toBe(0);
    expect(report.obstacles[0]?.code).toBe('custom-numbers-on');
  });

  it('never adopts a stranger’s invoice with the same number', async () => {
    world = await makeWorld({
      invoices: 1,
      realm: { customTxnNumbers: true },
      settings: { 'invoices.numbering': 'autotask-id' },
    });
    const [id = 0] = world.msp.postable;
    const [customer] = world.realm.table('Customer').values();
    world.realm.put('Invoice', {
      DocNumber: String(id),
      CustomerRef: { value: customer?.Id ?? '' },
      TotalAmt: new ExactNumber('1.00'),
      Balance: new ExactNumber('1.00'),
      PrivateNote: 'typed by hand',
      Line: [],
    });
    const { report } = await world.sync();
    expect(report.obstacles[0]?.code).toBe('number-in-use');
    expect(world.posted().size).toBe(0);
  });

  it('waits for a young invoice, and takes it when it has settled', async () => {
    world = await makeWorld({ invoices: 1, scale: 50, settings: { 'invoices.settleMinutes': '2' } });
    const [id = 0] = world.msp.postable;
    const row = world.autotask.data.tables.get('Invoices')?.get(id);
    if (row !== undefined) row['createDateTime'] = new Date().toISOString();
    expect((await world.sync()).report.rows[0]?.problems[0]?.code).toBe('settling');
    await new Promise((done) => setTimeout(done, 2_600));
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('keeps what a person cleared in Autotask from going twice', async () => {
    world = await makeWorld({ invoices: 2 });
    await world.sync();
    const [id = 0] = world.msp.postable;
    const row = world.autotask.data.tables.get('Invoices')?.get(id);
    if (row !== undefined) Object.assign(row, { invoiceNumber: null, webServiceDate: null });
    const { report } = await world.sync();
    expect(world.posted().get(id)).toEqual([sourceTotal(world, id)]);
    expect(report.obstacles.map((one) => one.code)).toContain('cleared-in-autotask');
  });

  it('names company, currency and cents of an invoice that no mapping has seen', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0] = world.msp.postable;
    const row = world.autotask.data.tables.get('Invoices')?.get(id);
    if (row !== undefined)
      Object.assign(row, { invoiceNumber: 'ERROR', invoiceTotal: new ExactNumber('1242.3750'), totalTaxValue: 0 });
    await world.sync();
    expect(world.autotask.counters.of('POST Companies/query')).toBeGreaterThan(0);
    world.autotask.counters.reset();
    const { report } = await world.sync();
    expect(report.rows.find((one) => one.autotaskInvoiceId === id)).toMatchObject({
      company: world.autotask.data.tables.get('Companies')?.get(Number(row?.['companyID']))?.['companyName'],
      total: '1242.38',
      currency: 'USD',
    });
    expect(world.autotask.counters.of('POST Companies/query')).toBe(0);
  });

  it('copies by hand once, refuses the second time, and adds one with overwrite', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0] = world.msp.postable;
    expect((await world.copy(id)).report.counts.posted).toBe(1);
    const again = await world.copy(id);
    expect(again.report.rows[0]?.problems[0]?.code).toBe('already-in-quickbooks');
    expect(world.posted().get(id)?.length).toBe(1);
    const over = await world.copy(id, true);
    expect(over.run.state).toBe('finished');
    expect(world.posted().get(id)?.length).toBe(2);
  });

  it('posts an approved draft only, and asks again when it changes', async () => {
    world = await makeWorld({ invoices: 2, settings: { 'sync.review': 'on' } });
    const { report } = await world.sync();
    expect(world.posted().size).toBe(0);
    // What waits for a person does not go by itself as well.
    expect(report.counts).toMatchObject({ needsPerson: 2, waiting: 0 });
    const approved = await world.command(['invoices', 'approve', String(world.msp.postable[0]), '--json']);
    expect(approved.code).toBe(0);
    await world.sync();
    expect([...world.posted().keys()]).toEqual([world.msp.postable[0]]);
  });

  it('two syncs at once post once', async () => {
    world = await makeWorld({ invoices: 20 });
    await Promise.all([world.sync(), world.sync(), world.automatic()]);
    expect(faultsOf(world)).toEqual([]);
  });
});

describe('a setting that a person changes in QuickBooks between two runs', () => {
  it('numbers of its own are turned on: nothing is posted without a number; off again: a sync goes at once', async () => {
    world = await makeWorld({ invoices: 4 });
    world.realm.config.customTxnNumbers = true;
    const refused = await world.sync();
    expect(world.posted().size).toBe(0);
    expect(refused.report.rows.flatMap((row) => row.problems.map((one) => one.code))).toContain('custom-numbers-on');
    world.realm.config.customTxnNumbers = false;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('the books are closed and opened again: a sync knows it', async () => {
    world = await makeWorld({ invoices: 2 });
    world.realm.config.bookCloseDate = new Date().toISOString().slice(0, 10);
    await world.sync();
    expect(world.posted().size).toBe(0);
    world.realm.config.bookCloseDate = null;
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });
});
