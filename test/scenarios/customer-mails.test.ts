/** QuickBooks mails new invoices to customers: three-step address rule, only after the totals agree, never twice (A8). */
import { afterEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

const ON = { 'invoices.emailToCustomers': 'true' };
const statusOf = (id: number): string =>
  String(
    [...world.realm.table('Invoice').values()].find((row) => String(row['PrivateNote']).includes(`:${String(id)}:0`))?.[
      'EmailStatus'
    ],
  );
const companyOf = (id: number): number =>
  Number(world.autotask.data.tables.get('Invoices')?.get(id)?.['companyID'] ?? 0);
const addContact = (companyID: number, emailAddress: string): void => {
  const id = 9_000 + companyID;
  world.autotask.data.tables
    .get('Contacts')
    ?.set(id, { id, companyID, firstName: 'Ann', lastName: 'Smit', emailAddress, primaryContact: true, isActive: 1 });
};

describe('mails to customers', () => {
  it('go to QuickBooks’ address, else to Autotask’s primary contact, else nowhere, and the report says so', async () => {
    world = await makeWorld({ invoices: 12, companies: 6, settings: ON });
    const companies = [...new Set(world.msp.postable.map(companyOf))];
    const [inBooks = 0, inAutotask = 0] = companies;
    const name = world.autotask.data.tables.get('Companies')?.get(inBooks)?.['companyName'];
    const known = [...world.realm.table('Customer').values()].find((row) => row['DisplayName'] === name);
    if (known === undefined)
      world.realm.put('Customer', {
        DisplayName: name,
        Active: true,
        PrimaryEmailAddr: { Address: 'ap@books.example' },
      });
    else world.realm.put('Customer', { ...known, PrimaryEmailAddr: { Address: 'ap@books.example' } });
    addContact(inBooks, 'wrong@autotask.example');
    addContact(inAutotask, 'ann@autotask.example');
    const { report } = await world.sync();
    for (const row of report.rows) {
      const company = companyOf(row.autotaskInvoiceId);
      const wanted = company === inBooks ? 'ap@books.example' : company === inAutotask ? 'ann@autotask.example' : null;
      expect(row.customerMail).toEqual(
        wanted === null ? { state: 'no-address', address: null } : { state: 'sent', address: wanted },
      );
      expect(statusOf(row.autotaskInvoiceId)).toBe(wanted === null ? 'NotSet' : 'EmailSent');
      if (wanted === null) expect(row.problems.map((one) => one.code)).toContain('customer-mail-no-address');
    }
    const sent = world.quickbooks.counters.of('mails sent');
    await world.sync();
    expect(world.quickbooks.counters.of('mails sent')).toBe(sent);
    expect(world.quickbooks.counters.of('writes without requestid')).toBe(0);
  });

  it('are held back when the totals differ, and for adopted invoices and overwriting copies', async () => {
    world = await makeWorld({
      invoices: 8,
      realm: { usingSalesTax: true, partnerTaxEnabled: true, taxQuirk: '0.01' },
      settings: ON,
    });
    for (const id of world.msp.postable) addContact(companyOf(id), 'ap@customer.example');
    const { report } = await world.sync();
    const different = report.rows.filter((row) => row.problems.some((one) => one.code === 'differs-after-post'));
    expect(different.length).toBeGreaterThan(1);
    for (const row of different) expect(statusOf(row.autotaskInvoiceId)).toBe('NotSet');
    const same = report.rows.filter((row) => row.customerMail?.state === 'sent');
    expect(same.length).toBeGreaterThan(0);
    // A person accepts the difference of one cause: the mail that waited for it goes with the next run, once.
    const { causes } = JSON.parse((await world.command(['errors', 'list', '--json'])).stdout) as {
      causes: { id: string; code: string; invoices: number[] }[];
    };
    const cause = causes.find((one) => one.code === 'differs-after-post');
    expect((await world.command(['errors', 'decide', cause?.id ?? '', 'accept'])).code).toBe(0);
    await world.sync();
    await world.sync();
    for (const row of different)
      expect(statusOf(row.autotaskInvoiceId)).toBe(
        cause?.invoices.includes(row.autotaskInvoiceId) ? 'EmailSent' : 'NotSet',
      );
    expect(world.quickbooks.counters.of('mails sent')).toBe(same.length + (cause?.invoices.length ?? 0));
    const sent = world.quickbooks.counters.of('mails sent');
    await world.copy(same[0]?.autotaskInvoiceId ?? 0, true);
    expect(world.quickbooks.counters.of('mails sent')).toBe(sent);
  });

  it('go once only, when another copy was mailed before the difference of the first was accepted', async () => {
    world = await makeWorld({
      invoices: 1,
      realm: { usingSalesTax: true, partnerTaxEnabled: true, taxQuirk: '0.01' },
      settings: ON,
    });
    const [id = 0] = world.msp.postable;
    addContact(companyOf(id), 'ap@customer.example');
    await world.sync();
    expect(world.quickbooks.counters.of('mails sent')).toBe(0);
    await world.set({ 'tax.tolerance': '1.00' });
    await world.command(['invoices', 'copy', String(id), '--overwrite', '--mail-customer']);
    expect(world.quickbooks.counters.of('mails sent')).toBe(1);
    const { causes } = JSON.parse((await world.command(['errors', 'list', '--json'])).stdout) as {
      causes: { id: string; code: string }[];
    };
    const cause = causes.find((one) => one.code === 'differs-after-post');
    expect((await world.command(['errors', 'decide', cause?.id ?? '', 'accept'])).code).toBe(0);
    await world.sync();
    expect(world.quickbooks.counters.of('mails sent')).toBe(1);
  });

  it('whose answer is lost are looked up, never sent again', async () => {
    world = await makeWorld({ invoices: 3, scale: 300, settings: ON });
    for (const id of world.msp.postable) addContact(companyOf(id), 'ap@customer.example');
    world.quickbooks.faults.push({ method: 'POST', path: /\/send\?/, when: 'after', act: { kind: 'reset' }, times: 1 });
    const { report } = await world.sync();
    expect(world.quickbooks.counters.of('mails sent')).toBe(3);
    expect(report.rows.map((row) => row.customerMail?.state)).toEqual(['sent', 'sent', 'sent']);
  });

  it('that may not have gone are a problem for a person, never a second mail', async () => {
    world = await makeWorld({ invoices: 2, scale: 300, settings: ON });
    for (const id of world.msp.postable) addContact(companyOf(id), 'ap@customer.example');
    world.quickbooks.faults.push({
      method: 'POST',
      path: /\/send\?/,
      when: 'before',
      act: { kind: 'reset' },
      times: 1,
    });
    const { report } = await world.sync();
    expect(world.quickbooks.counters.of('mails sent')).toBe(1);
    expect(new Set(report.rows.map((row) => row.customerMail?.state))).toEqual(new Set(['doubt', 'sent']));
    await world.sync();
    expect(world.quickbooks.counters.of('mails sent')).toBe(1);
  });

  it('killed in the middle: each customer is mailed once', async () => {
    world = await makeWorld({ invoices: 4, scale: 100, settings: ON });
    for (const id of world.msp.postable) addContact(companyOf(id), 'ap@customer.example');
    const killed = await world.cli(['invoices', 'sync', '--json'], { LEDGERFERRY_TEST_CRASH_AT: 'customer-mailed:2' });
    expect(killed.signal).toBe('SIGKILL');
    await world.sync();
    expect(world.quickbooks.counters.of('mails sent')).toBe(4);
  });
});
