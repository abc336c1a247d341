/** Taxes in the regimes, an old backup, and what people do in the books. */
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { faultsOf, makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

describe('taxes', () => {
  it('US, automated: QuickBooks calculates the same, and nothing is said', async () => {
    world = await makeWorld({ invoices: 12, realm: { usingSalesTax: true, partnerTaxEnabled: true } });
    const { report } = await world.sync();
    expect(faultsOf(world)).toEqual([]);
    expect(report.obstacles).toEqual([]);
  });

  it('US, automated: one cent more than Autotask is an open problem, never silent', async () => {
    world = await makeWorld({
      invoices: 12,
      realm: { usingSalesTax: true, partnerTaxEnabled: true, taxQuirk: '0.01' },
    });
    const { report } = await world.sync();
    const taxed = report.rows.filter((row) => row.tax !== '0.00');
    expect(taxed.length).toBeGreaterThan(3);
    for (const row of taxed) {
      expect(row.state).toBe('written_back');
      expect(row.problems.map((one) => one.code)).toEqual(['differs-after-post']);
    }
    // Whose tax counts is a setting: QuickBooks', and the same cent is no problem any more.
    await world.set({ 'tax.mode': 'quickbooks' });
  });

  it('US, automated: Autotask’s tax is kept by override', async () => {
    world = await makeWorld({
      invoices: 8,
      realm: { usingSalesTax: true, partnerTaxEnabled: true, taxQuirk: '0.07' },
      settings: { 'tax.mode': 'autotask' },
    });
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('US without sales tax in QuickBooks: a taxed invoice is held, with both figures', async () => {
    world = await makeWorld({ invoices: 10, realm: { usingSalesTax: false } });
    const { report } = await world.sync();
    const held = report.rows.filter((row) => row.problems.some((one) => one.code === 'tax-differs'));
    expect(held.length).toBeGreaterThan(2);
    expect(held[0]?.problems[0]?.text).toMatch(/Autotask’s tax is \d+\.\d\d, QuickBooks would calculate 0\.00/);
    for (const row of held) expect(world.posted().has(row.autotaskInvoiceId)).toBe(false);
  });

  it('outside the US every line has a code, by category, by region, or a zero-rate one', async () => {
    world = await makeWorld({ invoices: 12, realm: { country: 'GB', homeCurrency: 'USD' } });
    const before = await world.sync();
    expect(before.report.obstacles.map((one) => one.code)).toContain('tax-code-missing');
    const rate = world.realm.put('TaxRate', { Name: 'Zero', RateValue: new ExactNumber('0'), Active: true });
    world.realm.put('TaxCode', {
      Name: 'Exempt',
      Active: true,
      SalesTaxRateList: { TaxRateDetail: [{ TaxRateRef: { value: rate.Id } }] },
    });
    const database = new URL((world.env['DATABASE_URL'] ?? '').replace('ledgerferry@/', 'ledgerferry@localhost/'));
    await forget(database, "delete from list_states where list = 'tax-codes'");
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });
});

/** As the database's owner, past the product: what a restored backup does to the ledger. */
async function forget(database: URL, statement: string): Promise<void> {
  const client = new pg.Client({
    host: database.searchParams.get('host') ?? '',
    port: Number(database.searchParams.get('port')),
    user: 'ledgerferry',
    database: database.pathname.slice(1),
  });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

describe('an old backup', () => {
  for (const numbering of ['quickbooks', 'autotask-id']) {
    it(`is restored, and Autotask’s marks are gone too: all are adopted, none is doubled (${numbering})`, async () => {
      world = await makeWorld({
        invoices: 25,
        realm: { customTxnNumbers: numbering !== 'quickbooks' },
        settings: { 'invoices.numbering': numbering },
      });
      await world.sync();
      const database = new URL((world.env['DATABASE_URL'] ?? '').replace('ledgerferry@/', 'ledgerferry@localhost/'));
      await forget(
        database,
        'delete from transfer_events; delete from problem_log; delete from batch_members; delete from transfers; update creations set batch_id = null; delete from batches',
      );
      for (const row of world.autotask.data.tables.get('Invoices')?.values() ?? [])
        Object.assign(row, { invoiceNumber: null, webServiceDate: null });
      const { report } = await world.sync();
      expect(report.rows.filter((row) => row.adopted).length).toBe(25);
      const posted = world.posted();
      for (const id of world.msp.postable) expect(posted.get(id)?.length).toBe(1);
    });
  }
});

describe('people in the books', () => {
  it('voided our copy before we could record it: it is neither adopted nor posted beside it', async () => {
    world = await makeWorld({ invoices: 3, scale: 200 });
    world.quickbooks.faults.push({
      method: 'POST',
      path: /\/batch\?/,
      when: 'after',
      act: { kind: 'reset' },
      times: 1,
    });
    const running = world.sync();
    await new Promise((done) => setTimeout(done, 120));
    const [first] = world.realm.table('Invoice').values();
    if (first !== undefined)
      world.realm.write('Invoice', { Id: first.Id, SyncToken: first.SyncToken }, 'void', {
        allowDuplicateNumber: false,
      });
    const { report } = await running;
    expect(world.realm.table('Invoice').size).toBe(3);
    if (first !== undefined && report.rows.some((row) => row.state === 'parked'))
      expect(report.obstacles.map((one) => one.code)).toContain('found-but-different');
  });

  it('renamed a company after the first match: it stays the same customer', async () => {
    world = await makeWorld({ invoices: 4, companies: 2 });
    await world.sync();
    const customers = world.realm.table('Customer').size;
    for (const row of world.autotask.data.tables.get('Companies')?.values() ?? [])
      row['companyName'] = `${String(row['companyName'])} (new name)`;
    for (const row of world.autotask.data.tables.get('Invoices')?.values() ?? []) Object.assign(row, { id: row.id });
    const invoices = world.autotask.data.tables.get('Invoices');
    const [old] = world.msp.postable;
    const sample = invoices?.get(old ?? 0);
    if (sample !== undefined) {
      invoices?.set(99_001, { ...sample, id: 99_001, invoiceNumber: null, webServiceDate: null });
      for (const [key, line] of world.autotask.data.tables.get('BillingItems') ?? [])
        if (line['invoiceID'] === old)
          world.autotask.data.tables
            .get('BillingItems')
            ?.set(key + 5_000_000, { ...line, id: key + 5_000_000, invoiceID: 99_001 });
    }
    await world.sync();
    expect(world.posted().get(99_001)?.length).toBe(1);
    expect(world.realm.table('Customer').size).toBe(customers);
  });
});
