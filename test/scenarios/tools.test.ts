/** The tools in the user's words (facts/mission.md A10): compare and copy items, ready list, decisions, hold, links, settings, troubleshoot. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { unzipSync, strFromU8 } from 'fflate';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import type { MutableRow } from '../../src/sandbox/autotask/sandbox.ts';
import { previewLinks } from '../../src/engine/link-file.ts';
import { saveLinks } from '../../src/store/links.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { addLike, faultsOf, makeWorld, REALM, type World } from '../support/world.ts';

let world: World;
afterEach(() => world.close());

interface Named {
  name: string;
}
/** The documents of the commands used here, together; each test reads what its own promises. */
interface Documents {
  readonly invoices: readonly {
    readonly autotaskInvoiceId: number;
    readonly ready: boolean;
    readonly reasons: readonly { readonly code: string }[];
  }[];
  rows: {
    billingCodeId: number;
    matchValue: string;
    result: string;
    quickbooksItem: string;
    differences: { field: string }[];
    note: string | null;
  }[];
  onlyInQuickBooks: Named[];
  mails: { id: string; kind: string; to: string[]; attachments: string[] }[];
  wouldCreate: Named[];
  created: { billingCodeId: number; quickbooksItemId: string; name: string }[];
  runs: unknown[];
  causes: { id: string; code: string; text: string; invoices: number[]; actions: string[]; standing: unknown }[];
  done: number[];
  left: { autotaskInvoiceId: number; reason: string }[];
  entries: { action: string }[];
  links: { source: string; quickbooksId: string; quickbooksName: string }[];
  removed: boolean;
  accounts: Named[];
  items: Named[];
  versions: { version: number; by: string; changes: unknown[] }[];
  settings: Record<string, string>;
  mailed: { to: string }[];
  text: string;
}
/** A mail as `outbox show` gives it. */
interface Mailed {
  readonly text: string;
  readonly attachments: readonly { readonly content: string }[];
}
interface Shown {
  code: number | null;
  json: Documents;
  stderr: string;
}
const run = async (...args: string[]): Promise<Shown> => {
  const done = await world.command([...args, '--json']);
  return {
    code: done.code,
    json: JSON.parse(done.stdout === '' ? '{}' : done.stdout) as Documents,
    stderr: done.stderr,
  };
};
const codes = (): MutableRow[] => [...(world.autotask.data.tables.get('BillingCodes')?.values() ?? [])];
const addCode = (id: number, name: string, more: Partial<MutableRow> = {}): void => {
  world.autotask.data.tables.get('BillingCodes')?.set(id, {
    ...(codes()[0] ?? { id }),
    id,
    name,
    description: name,
    externalNumber: null,
    isActive: true,
    unitPrice: new ExactNumber('10.0000'),
    taxCategoryID: null,
    ...more,
  });
};
const itemNamed = (name: string) => [...world.realm.table('Item').values()].find((row) => row['Name'] === name);

describe('compare billing codes and items', () => {
  it('says match, different, missing or ambiguous, field by field, and what only QuickBooks has', async () => {
    world = await makeWorld({ invoices: 1 });
    addCode(501, 'Brand New Service');
    addCode(502, 'twin');
    addCode(503, 'Sleeping');
    addCode(504, 'Hardware~Cables');
    addCode(505, `${'Long '.repeat(25)}Name`);
    addCode(506, 'Retired', { isActive: false });
    const account = { IncomeAccountRef: { value: '1' }, Type: 'Service', Active: true };
    world.realm.put('Item', { ...account, Name: 'Twin', FullyQualifiedName: 'Twin' });
    world.realm.put('Item', { ...account, Name: 'TWIN', FullyQualifiedName: 'TWIN' });
    world.realm.put('Item', {
      ...account,
      Name: 'Sleeping (deleted)',
      FullyQualifiedName: 'Sleeping (deleted)',
      Active: false,
    });
    world.realm.put('Item', { ...account, Name: 'Cables', FullyQualifiedName: 'Hardware:Cables' });
    world.realm.put('Item', { ...account, Name: 'Only Here', FullyQualifiedName: 'Only Here' });
    const { code, json } = await run('items', 'compare');
    expect(code).toBe(0);
    const row = (id: number) => json.rows.find((one) => one.billingCodeId === id);
    expect(row(501)?.result).toBe('missing');
    expect(row(502)?.result).toBe('ambiguous');
    expect(row(503)).toMatchObject({ result: 'different' });
    expect(row(503)?.differences.map((one) => one.field)).toContain('active');
    expect(row(504)?.quickbooksItem).toBe('Hardware:Cables');
    expect(row(505)?.note).toMatch(/cut to 100 characters/);
    expect(row(506)).toBe(undefined);
    expect(json.onlyInQuickBooks.map((one) => one.name)).toContain('Only Here');
    const mails = (await run('outbox', 'list')).json.mails;
    expect(mails[0]).toMatchObject({ kind: 'item-comparison', to: ['books@msp.example'] });
    expect(mails[0]?.attachments[0]).toMatch(/\.csv$/);
  });

  it('its table has both sides’ own fields, and keeps the columns that spreadsheets know', async () => {
    world = await makeWorld({ invoices: 1 });
    addCode(501, 'Remote Hour', { externalNumber: 'RH-1', unitPrice: new ExactNumber('120.0000') });
    addCode(502, 'Unheard Of');
    const account = [...world.realm.table('Account').values()].find((row) => row['Name'] === 'Services');
    world.realm.put('Item', {
      Name: 'Remote Hour',
      FullyQualifiedName: 'Remote Hour',
      Type: 'NonInventory',
      Active: true,
      UnitPrice: new ExactNumber('99.5'),
      IncomeAccountRef: { value: account?.Id ?? '' },
    });
    world.realm.put('Item', {
      Name: 'Only Here',
      FullyQualifiedName: 'Only Here',
      Type: 'Service',
      Active: true,
      IncomeAccountRef: { value: account?.Id ?? '' },
    });
    const file = join(mkdtempSync(join(tmpdir(), 'lf-items-')), 'items.csv');
    await run('items', 'compare', '--csv', file, '--no-email');
    const [head = [], ...rows] = parse(readFileSync(file, 'utf8'), { bom: true }) as string[][];
    expect(head.slice(0, 8)).toEqual([
      'Billing code id',
      'Billing code',
      'Looked for',
      'Result',
      'QuickBooks item id',
      'QuickBooks name',
      'Differences',
      'Note',
    ]);
    const of = (code: string): Record<string, string | undefined> =>
      Object.fromEntries(head.map((column, at) => [column, rows.find((row) => row[0] === code)?.[at]]));
    expect(of('501')).toMatchObject({
      'External number': 'RH-1',
      Type: 'General Allocation Code',
      Active: 'yes',
      'Autotask price': '120.00',
      'QuickBooks type': 'NonInventory',
      'QuickBooks price': '99.50',
      'Income account': 'Services',
    });
    expect(of('502')).toMatchObject({ Result: 'missing', 'Autotask price': '10.00', 'QuickBooks price': '' });
    const alone = rows.find((row) => row[3] === 'only in QuickBooks');
    expect([alone?.length, alone?.[head.indexOf('Income account')]]).toEqual([head.length, 'Services']);
  });

  it('a table that cannot be written is refused before anything is read', async () => {
    world = await makeWorld({ invoices: 1 });
    const calls = world.autotask.counters.of('calls');
    const period = ['--from', '2026-03-01', '--to', '2026-03-31'];
    for (const command of [
      ['items', 'compare', '--csv'],
      ['reconcile', ...period, '--csv'],
      ['troubleshoot', '--out'],
    ]) {
      const refused = await run(...command, join(tmpdir(), 'lf-nowhere', 'table'));
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringMatching(/table cannot be written: there is no folder .*lf-nowhere\. Make the folder first/),
      ]);
    }
    expect((await run('runs', 'list')).json.runs).toEqual([]);
    expect(world.autotask.counters.of('calls')).toBe(calls);
  });

  it('matches by external number with fall-back to the name, and by id, for this run only', async () => {
    world = await makeWorld({ invoices: 1 });
    addCode(501, 'Support', { externalNumber: 'SUP-1' });
    addCode(502, 'Travel', { externalNumber: ' ' });
    const by = async (field: string): Promise<string[]> => {
      const { json } = await run('items', 'compare', '--match-by', field, '--no-email');
      return [501, 502].map((id) => json.rows.find((one) => one.billingCodeId === id)?.matchValue ?? '');
    };
    expect(await by('external-number')).toEqual(['SUP-1', 'Travel']);
    expect(await by('id')).toEqual(['501', '502']);
    expect((await run('settings', 'show')).json.settings['items.matchBy']).toBe('name');
    expect((await run('items', 'compare', '--match-by', 'colour')).code).toBe(2);
  });

  it('reads 10,000 codes in 20 pages and their items in 10, whatever their names', async () => {
    // On a clock as fast as usual a crowded machine's page comes after its deadline and is asked for again.
    world = await makeWorld({ invoices: 1, scale: 4 });
    for (let at = codes().length; at < 10_000; at += 1) addCode(20_000 + at, `Code ${String(at)}`);
    const account = { IncomeAccountRef: { value: '1' }, Type: 'Service', Active: true };
    for (let at = world.realm.table('Item').size; at < 9_990; at += 1)
      world.realm.put('Item', { ...account, Name: `Code ${String(at)}`, FullyQualifiedName: `Code ${String(at)}` });
    await run('items', 'compare', '--no-email');
    const pages = world.autotask.counters.of('POST BillingCodes/query');
    const reads = world.quickbooks.counters.of('metered reads');
    const { json } = await run('items', 'compare', '--no-email');
    expect(json.rows.length).toBe(10_000);
    expect(world.autotask.counters.of('POST BillingCodes/query') - pages).toBe(20);
    expect(world.quickbooks.counters.of('metered reads') - reads).toBe(10);
  }, 180_000);
});

describe('check which invoices are ready', () => {
  it('by another numbering and more days back for this look only, mailed to every standing address with dates and marks', async () => {
    world = await makeWorld({
      invoices: 3,
      settings: { 'invoices.numbering': 'autotask-number', 'reports.to': 'second@msp.example,Books@msp.example' },
      realm: { customTxnNumbers: true },
    });
    const [marked = 0, old = 0] = world.msp.postable;
    const rows = world.autotask.data.tables.get('Invoices');
    Object.assign(rows?.get(marked) ?? {}, { invoiceNumber: 'A-1', webServiceDate: null });
    const createdAt = new Date(Date.now() - 20 * 86_400_000).toISOString();
    Object.assign(rows?.get(old) ?? {}, { createDateTime: createdAt });
    const look = async (...args: string[]) => {
      const { invoices } = (await run('invoices', 'ready', ...args)).json;
      return (id: number) => invoices.find((one) => one.autotaskInvoiceId === id);
    };
    const plain = await look('--no-email');
    expect([plain(marked)?.ready, plain(old)]).toEqual([true, undefined]);
    const other = await look('--numbering', 'quickbooks', '--max-age', '30', '--email', 'third@msp.example');
    expect(other(marked)?.reasons.map((one) => one.code)).toContain('already-marked');
    expect(other(old)).toMatchObject({ createdAt: expect.stringContaining(createdAt.slice(0, 10)) as string });
    // Nothing was changed by looking.
    expect((await run('settings', 'show')).json.settings['invoices.numbering']).toBe('autotask-number');
    expect([...world.posted().keys()]).toEqual([]);
    const { mails } = (await run('outbox', 'list')).json;
    expect(mails.map((one) => `${one.kind} ${one.to[0] ?? ''}`).toSorted()).toEqual(
      ['books@msp.example', 'second@msp.example', 'third@msp.example'].map((to) => `ready-list ${to}`),
    );
    const shown = (await run('outbox', 'show', mails[0]?.id ?? '')).json as unknown as Mailed;
    const lines = parse(shown.attachments[0]?.content ?? '', { bom: true, columns: true }) as Record<string, string>[];
    const line = lines.find((one) => one['Autotask id'] === String(old));
    const invoiceDate = String(rows?.get(old)?.['invoiceDateTime']).slice(0, 10);
    expect(line).toMatchObject({ 'Autotask number': '', 'Invoice date': invoiceDate, 'Processed in Autotask': '' });
    expect(line?.['Created']).toContain(createdAt.slice(0, 10));
    expect(lines.find((one) => one['Autotask id'] === String(marked))?.['Autotask number']).toBe('A-1');
    const wrong = await run('invoices', 'ready', '--max-age', '400');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/from 1 to 365/)]);
  });
});

describe('copy missing items', () => {
  it('creates each once after a dry run, leaves the others as they are, and says what it made', async () => {
    world = await makeWorld({ invoices: 1 });
    addCode(501, 'Brand New Service', { description: 'Made for you' });
    addCode(502, 'brand new service');
    const before = JSON.stringify([...world.realm.table('Item').values()]);
    const dry = await run('items', 'copy', '--dry-run', '--no-email');
    expect(dry.json.wouldCreate.map((one) => one.name)).toContain('Brand New Service');
    expect(JSON.stringify([...world.realm.table('Item').values()])).toBe(before);
    const { code, json } = await run('items', 'copy');
    expect(code).toBe(0);
    const made = json.created.find((one) => one.billingCodeId === 501);
    expect(made).toMatchObject({ name: 'Brand New Service', quickbooksItemId: itemNamed('Brand New Service')?.Id });
    expect(itemNamed('Brand New Service')).toMatchObject({ Type: 'Service', Description: 'Made for you' });
    expect(
      [...world.realm.table('Item').values()].filter((row) => /^brand new service$/i.test(String(row['Name']))).length,
    ).toBe(1);
    expect(
      JSON.parse(before).every(
        (row: { Id: string; SyncToken: string }) => world.realm.table('Item').get(row.Id)?.SyncToken === row.SyncToken,
      ),
    ).toBe(true);
    // The dry run mailed nobody; the copy tells everybody what was created, with a table.
    const { mails } = (await run('outbox', 'list')).json;
    expect(mails.map((one) => [one.kind, one.to[0]])).toEqual([['item-copy', 'books@msp.example']]);
    const mail = (await run('outbox', 'show', mails[0]?.id ?? '')).json as unknown as Mailed;
    expect(mail.text).toMatch(/created in QuickBooks\.[^]*501 +Brand New Service/);
    expect(mail.attachments[0]?.content).toContain(`501,Brand New Service,${made?.quickbooksItemId ?? ''}`);
    const size = world.realm.table('Item').size;
    expect((await run('items', 'copy')).json.created).toEqual([]);
    expect(world.realm.table('Item').size).toBe(size);
  });

  it('tells what QuickBooks refused in the error log, with its reference, until a copy gets through', async () => {
    world = await makeWorld({ invoices: 1 });
    addCode(501, 'Brand New Service');
    const fault = {
      Error: [{ Message: 'A business validation error has occurred', Detail: 'No room', code: '6000' }],
      type: 'ValidationFault',
    };
    world.quickbooks.faults.push({
      method: 'POST',
      path: /\/(item|batch)\?/,
      when: 'before',
      act: { kind: 'reply', status: 400, body: JSON.stringify({ Fault: fault }), headers: { intuit_tid: '1-canary' } },
      times: 10,
    });
    const { json } = await run('items', 'copy');
    expect(json.created).toEqual([]);
    const errors = async (): Promise<string> => (await world.command(['errors', 'list', '--json'])).stdout;
    expect(await errors()).toContain('could not be created in QuickBooks by “Copy missing items”');
    expect(await errors()).toContain('Brand New Service');
    expect((await world.command(['errors', 'list', '--all', '--json'])).stdout).toMatch(/"reference":"1-canary"/);
    expect((await world.command(['errors', 'list', '--all'])).stdout).toMatch(
      /\n {4}\d{4}-\S+Z to \d{4}-\S+Z, (once|\d+ times), reference 1-canary\n/,
    );
    world.quickbooks.faults.length = 0;
    await run('items', 'copy');
    expect(await errors()).not.toContain('items-not-created');
  });

  it('needs the income account, and says so before it starts', async () => {
    world = await makeWorld({ invoices: 1, settings: { 'items.incomeAccount': '' } });
    const { code, stderr } = await run('items', 'copy');
    expect(code).toBe(2);
    expect(stderr).toMatch(/need an income account.*settings set items\.incomeAccount/);
    expect((await run('runs', 'list')).json.runs).toEqual([]);
  });

  it('killed in the middle creates nothing twice', async () => {
    world = await makeWorld({ invoices: 1 });
    for (let at = 0; at < 65; at += 1) addCode(600 + at, `Extra ${String(at)}`);
    const killed = await world.cli(['items', 'copy', '--json'], { LEDGERFERRY_TEST_CRASH_AT: 'creations-recorded' });
    expect(killed.signal).toBe('SIGKILL');
    await run('items', 'copy');
    const names = [...world.realm.table('Item').values()].map((row) => String(row['Name']));
    expect(names.filter((name) => name.startsWith('Extra ')).length).toBe(65);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('decisions by cause', () => {
  const causes = async () => (await run('errors', 'list')).json.causes;
  const causeOf = async (code: string) => {
    const cause = (await causes()).find((one) => one.code === code);
    if (cause === undefined) throw new Error(`no cause ${code}`);
    return cause;
  };

  it('one decision to create an item frees all that wait for it', async () => {
    world = await makeWorld({ invoices: 12, settings: { 'items.whenMissing': 'stop' } });
    await world.sync();
    const missing = (await causes()).filter((one) => one.code === 'item-missing');
    expect(missing.length).toBeGreaterThan(0);
    for (const cause of missing) {
      expect(cause.actions).toContain('create');
      const { code, json } = await run('errors', 'decide', cause.id, 'create');
      expect(code).toBe(0);
      expect(json.text).toMatch(/created with the next run/);
    }
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    expect(await causes()).toEqual([]);
  });

  it('says when the first invoice that waits for it leaves the window, from a week before on', async () => {
    world = await makeWorld({ invoices: 12, settings: { 'items.whenMissing': 'stop', 'invoices.maxAgeDays': '90' } });
    await world.sync();
    const [cause] = await causes();
    expect(cause).toMatchObject({ code: 'item-missing', leavesOn: null });
    const made = (cause?.invoices ?? []).map((id) =>
      Date.parse(String(world.autotask.data.tables.get('Invoices')?.get(id)?.['createDateTime'])),
    );
    const oldest = Math.min(...made);
    const days = Math.floor((Date.now() - oldest) / 86_400_000) + 2;
    await world.set({ 'invoices.maxAgeDays': String(days) });
    const leavesOn = new Date(oldest + (days + 1) * 86_400_000).toISOString().slice(0, 10);
    expect((await causes())[0]).toMatchObject({ leavesOn });
    expect((await world.command(['errors', 'list'])).stdout).toContain(`leaves the window on ${leavesOn}`);
  });

  it('a near match is linked or created, as the person says', async () => {
    world = await makeWorld({ invoices: 6, companies: 2 });
    const names = [...(world.autotask.data.tables.get('Companies')?.values() ?? [])];
    for (const company of names) {
      const known = [...world.realm.table('Customer').values()].find(
        (row) => row['DisplayName'] === company['companyName'],
      );
      if (known !== undefined) world.realm.remove('Customer', known.Id);
      world.realm.put('Customer', { DisplayName: `${String(company['companyName'])} LLC`, Active: true });
    }
    await world.sync();
    const near = (await causes()).filter((one) => one.code === 'customer-near-match');
    expect(near.length).toBeGreaterThan(0);
    const size = world.realm.table('Customer').size;
    for (const cause of near) await run('errors', 'decide', cause.id, 'link');
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    expect(world.realm.table('Customer').size).toBe(size);
  });

  it('an inactive customer is made active again', async () => {
    world = await makeWorld({ invoices: 4, companies: 2 });
    await world.sync();
    const [customer] = world.realm.table('Customer').values();
    const name = String(customer?.['DisplayName']);
    world.realm.write(
      'Customer',
      { Id: customer?.Id, SyncToken: customer?.SyncToken, sparse: true, Active: false },
      '',
      { allowDuplicateNumber: false },
    );
    const company = [...(world.autotask.data.tables.get('Companies')?.values() ?? [])].find(
      (one) => one['companyName'] === name,
    );
    const again = [...(world.autotask.data.tables.get('Invoices')?.values() ?? [])].filter(
      (one) => one['companyID'] === company?.id,
    );
    expect(again.length).toBeGreaterThan(0);
    const [copied] = again;
    const id = copied?.id ?? 0;
    const made = await world.copy(id, true);
    expect(made.report.rows.flatMap((row) => row.problems.map((one) => one.code))).toContain('customer-inactive');
    const { code } = await run('errors', 'decide', (await causeOf('customer-inactive')).id, 'reactivate');
    expect(code).toBe(0);
    const row = world.realm.table('Customer').get(customer?.Id ?? '');
    expect([row?.['Active'], row?.['DisplayName']]).toEqual([true, name]);
    // Until a run goes by it, it is told as decided, after a reload too.
    const { standing } = await causeOf('customer-inactive');
    expect(standing).toEqual({ text: `“${name}” is active again; 1 invoice goes with the next run.`, undo: null });
  });

  it('beyond the limit of new customers one decision frees them', async () => {
    world = await makeWorld({ invoices: 60, companies: 24, settings: { 'customers.createLimitPerRun': '1' } });
    const first = await world.sync();
    const cause = await causeOf('customer-create-limit');
    expect(first.report.obstacles.map((one) => one.code)).toContain('customer-create-limit');
    expect((await run('errors', 'decide', cause.id, 'create')).code).toBe(0);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('a difference after posting is accepted, voided, or posted again with Autotask’s tax', async () => {
    world = await makeWorld({
      invoices: 12,
      realm: { usingSalesTax: true, partnerTaxEnabled: true, taxQuirk: '0.01' },
    });
    await world.sync();
    const different = (await causes()).filter((one) => one.code === 'differs-after-post');
    const [one, two, three] = different;
    expect(different.length).toBeGreaterThan(2);
    expect((await run('errors', 'decide', one?.id ?? '', 'accept')).code).toBe(0);
    expect((await run('errors', 'decide', two?.id ?? '', 'void')).code).toBe(0);
    expect((await run('errors', 'decide', three?.id ?? '', 're-post')).code).toBe(0);
    const notes = (id: number | undefined): string[] =>
      [...world.realm.table('Invoice').values()]
        .map((row) => String(row['PrivateNote']))
        .filter((note) => note.includes(`:${String(id)}:`));
    expect(notes(two?.invoices[0])[0]).toMatch(/^Voided/);
    expect(notes(three?.invoices[0]).length).toBe(2);
    const left = (await causes()).filter((cause) => cause.code === 'differs-after-post');
    expect(left.length).toBe(different.length - 3);
  });

  it('held without a reason says that none was given, not the obstacle’s own words', async () => {
    world = await makeWorld({ invoices: 2, settings: { 'items.whenMissing': 'stop' } });
    await world.sync();
    const cause = await causeOf('item-missing');
    await run('errors', 'decide', cause.id, 'hold');
    expect((await causeOf('on-hold')).text).toBe('A person put it on hold: no reason given.');
  });

  it('a category or bundle is no product: neither linked, nor the default item, whoever asks', async () => {
    world = await makeWorld({ invoices: 2, settings: { 'items.whenMissing': 'stop' } });
    const account = { IncomeAccountRef: { value: '1' }, Active: true };
    world.realm.put('Item', { Name: 'Gear', FullyQualifiedName: 'Gear', Type: 'Category', Active: true });
    const bundle = world.realm.put('Item', {
      Name: 'Bundle Thing',
      FullyQualifiedName: 'Bundle Thing',
      Type: 'Group',
      Active: true,
    });
    const any = world.realm.put('Item', {
      ...account,
      Name: 'Any Work',
      FullyQualifiedName: 'Any Work',
      Type: 'Service',
    });
    const says =
      /“Bundle Thing” is of type Group \(a bundle\) in QuickBooks and cannot be sold.* Choose .*settings choices items/;
    for (const wanted of ['Bundle Thing', bundle.Id]) {
      const refused = await run('settings', 'set', `items.defaultItem=${wanted}`);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(says)]);
    }
    expect((await run('settings', 'choices', 'items')).json.items.map((one) => one.name)).not.toContain('Bundle Thing');
    expect((await run('settings', 'set', `items.defaultItem=${any.Id}`)).code).toBe(0);
    await world.sync();
    for (const [to, why] of [
      ['Bundle Thing', says],
      ['Gear', /“Gear” is a category in QuickBooks and cannot be sold/],
    ] as const) {
      const refused = await run('links', 'set', 'item', '608', to);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(why)]);
    }
    // It became a bundle after it was chosen.
    const cause = await causeOf('item-missing');
    world.realm.put('Item', { ...any, Type: 'Group' });
    await world.sync();
    const decided = await run('errors', 'decide', cause.id, 'use-default');
    expect([decided.code, decided.stderr]).toEqual([2, expect.stringMatching(/“Any Work” is of type Group/)]);
    expect((await causeOf('item-missing')).standing).toBe(null);
  });

  it('refuses what does not cure, with what does', async () => {
    world = await makeWorld({ invoices: 3, settings: { 'items.whenMissing': 'stop' } });
    await world.sync();
    const cause = await causeOf('item-missing');
    const wrong = await run('errors', 'decide', cause.id, 'approve');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/what does: create, link/)]);
    expect((await run('errors', 'decide', 'abcdefabcdef', 'create')).code).toBe(2);
    expect((await run('errors', 'decide', cause.id, 'link', '--to', 'No Such Thing')).code).toBe(2);
  });
});

describe('manual copy', () => {
  it('mails its result to the connecting and the added address: made or not, with the invoice’s details', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0] = world.msp.postable;
    const seen = new Set<string>();
    const copy = async (...more: string[]): Promise<Mailed & { to: string[]; code: number | null }> => {
      const { code } = await run('invoices', 'copy', String(id), '--email', 'extra@msp.example', ...more);
      const mails = (await run('outbox', 'list')).json.mails.filter((one) => !seen.has(one.id));
      for (const one of mails) seen.add(one.id);
      const shown = (await run('outbox', 'show', mails[0]?.id ?? '')).json as unknown as Mailed;
      return { ...shown, code, to: mails.map((one) => `${one.kind} ${one.to[0] ?? ''}`).toSorted() };
    };
    const everybody = ['books@msp.example', 'extra@msp.example'].map((to) => `copy-result ${to}`);
    const made = await copy();
    expect([made.code, made.to]).toEqual([0, everybody]);
    const [total] = world.posted().get(id) ?? [];
    expect(made.text).toMatch(new RegExp(`^Invoice ${String(id)} is now in QuickBooks`));
    for (const detail of [/Autotask id +\d+/, /Company +\S/, /Invoice date +20\d\d-/, /QuickBooks id +\d+/])
      expect(made.text).toMatch(detail);
    expect(made.text).toMatch(new RegExp(`Total in QuickBooks +${total ?? ''}`));
    const refused = await copy();
    expect([refused.code, refused.to]).toEqual([1, everybody]);
    expect(refused.text).toMatch(/A copy of invoice \d+ was not made\.[^]*nothing was saved/);
    expect(world.posted().get(id)?.length).toBe(1);
  });

  it('by the Autotask invoice number, and says which when there are several', async () => {
    world = await makeWorld({
      invoices: 3,
      settings: { 'invoices.numbering': 'autotask-number' },
      realm: { customTxnNumbers: true },
    });
    const [one = 0, two = 0, three = 0] = world.msp.postable;
    const invoices = world.autotask.data.tables.get('Invoices');
    for (const [id, number] of [
      [one, 'A-1'],
      [two, 'A-2'],
      [three, 'A-2'],
    ] as const)
      Object.assign(invoices?.get(id) ?? {}, { invoiceNumber: number });
    expect((await run('invoices', 'copy', '--number', 'A-1')).code).toBe(0);
    expect([...world.posted().keys()]).toEqual([one]);
    const several = await run('invoices', 'copy', '--number', 'A-2');
    expect([several.code, several.stderr]).toEqual([2, expect.stringMatching(/several invoices/)]);
    expect((await run('invoices', 'copy', '--number', 'Z')).code).toBe(2);
    expect((await run('invoices', 'copy', String(one), '--number', 'A-1')).code).toBe(2);
  });
});

describe('hold, release, mark done', () => {
  it('what is on hold is not posted; released it goes; done without posting it never goes', async () => {
    world = await makeWorld({ invoices: 4 });
    const [held = 0, done = 0] = world.msp.postable;
    expect((await run('invoices', 'hold', String(held), '--reason', 'client disputes it')).json.done).toEqual([held]);
    expect((await run('invoices', 'mark-done', String(done), '--reason', 'typed by hand')).json.done).toEqual([done]);
    const { report } = await world.sync();
    expect(new Set(world.posted().keys())).toEqual(new Set(world.msp.postable.slice(2)));
    expect(report.rows.find((row) => row.autotaskInvoiceId === held)?.problems[0]?.text).toMatch(/client disputes it/);
    await run('invoices', 'release', String(held));
    // A reason may be left out, and that is said.
    expect((await run('invoices', 'hold', String(held))).json.done).toEqual([held]);
    const [cause = { id: '', text: '' }] = (await run('errors', 'list')).json.causes;
    expect(cause.text).toBe('A person put it on hold: no reason given.');
    await run('invoices', 'release', String(held));
    await world.sync();
    expect(world.posted().has(held)).toBe(true);
    expect(world.posted().has(done)).toBe(false);
    expect(world.autotask.data.tables.get('Invoices')?.get(done)?.['webServiceDate'] ?? null).toBe(null);
    const log = (await run('audit')).json.entries.map((one) => one.action);
    expect(log).toEqual(expect.arrayContaining(['held', 'marked-done', 'released']));
    const told = (await world.command(['audit', 'list'])).stdout;
    expect(told).toMatch(new RegExp(`held {2}invoice ${String(held)} {2}\\(client disputes it\\)`));
    expect(told).toMatch(new RegExp(`held {2}invoice ${String(held)} {2}\\(no reason given\\)`));
    expect(told).toMatch(new RegExp(`released {2}invoice ${String(held)} {2}\\(no reason given\\)`));
    const posted = await run('invoices', 'hold', String(held), '--reason', 'too late');
    expect(posted.code).toBe(1);
    expect(posted.json.left[0]?.reason).toMatch(/in QuickBooks already/);
  });

  it.each(['quickbooks', 'autotask-number'])(
    'the old app’s ERROR keeps an invoice back until it is released, by id or by its cause (%s)',
    async (numbering) => {
      world = await makeWorld({ invoices: 3, realm: { customTxnNumbers: numbering !== 'quickbooks' } });
      await world.set({ 'invoices.numbering': numbering });
      const rows = world.autotask.data.tables.get('Invoices');
      const [byId = 0, byCause = 0] = world.msp.postable;
      for (const id of [byId, byCause]) Object.assign(rows?.get(id) ?? {}, { invoiceNumber: 'ERROR' });
      await world.sync();
      expect(world.posted().size).toBe(1);
      expect((await world.command(['invoices', 'list'])).stdout).toMatch(
        new RegExp(`^${String(byId)} +needs you .*the mark ERROR`, 'm'),
      );
      await run('invoices', 'release', String(byId));
      const ready = await run('invoices', 'ready', '--no-email');
      expect(ready.json.invoices.find((one) => one.autotaskInvoiceId === byId)?.ready).toBe(true);
      expect(ready.json.invoices.find((one) => one.autotaskInvoiceId === byCause)?.ready).toBe(false);
      await world.sync();
      expect(world.posted().get(byId)?.length).toBe(1);
      const [cause] = (await run('errors', 'list')).json.causes;
      expect(cause?.invoices).toEqual([byCause]);
      await run('errors', 'decide', cause?.id ?? '', 'release');
      await world.sync();
      expect(world.posted().get(byCause)?.length).toBe(1);
      // The mark goes with the write-back where QuickBooks numbers; elsewhere the number is Autotask’s own business.
      const marks = [byId, byCause].map((id) => rows?.get(id)?.['invoiceNumber'] === 'ERROR');
      expect(new Set(marks)).toEqual(new Set([numbering !== 'quickbooks']));
      expect((await world.sync()).report.counts.posted).toBe(0);
    },
  );

  it('takes no id that neither a run nor Autotask has seen, beside those that it takes; in an outage the hold counts', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0, other = 0] = world.msp.postable;
    const held = await run('invoices', 'hold', '999999', String(id));
    expect([held.code, held.json.done, held.json.left.map((one) => one.autotaskInvoiceId)]).toEqual([
      1,
      [id],
      [999_999],
    ]);
    expect((await run('invoices', 'release', '999999')).json.left[0]?.reason).toBe('no run has seen it yet');
    await world.autotask.close();
    expect((await run('invoices', 'hold', String(other))).json.done).toEqual([other]);
  });

  it('marks Autotask too when asked, with the number', async () => {
    world = await makeWorld({ invoices: 2 });
    const [id = 0] = world.msp.postable;
    await run(
      'invoices',
      'mark-done',
      String(id),
      '--reason',
      'typed by hand',
      '--mark-in-autotask',
      '--number',
      '1042',
    );
    const row = world.autotask.data.tables.get('Invoices')?.get(id);
    expect(row?.['invoiceNumber']).toBe('1042');
    expect(String(row?.['webServiceDate'])).toMatch(/^20/);
  });
});

describe('links', () => {
  it('are set, listed, exported, imported and taken away; one customer belongs to one company', async () => {
    world = await makeWorld({ invoices: 2 });
    await world.sync();
    const listed = (await run('links', 'list', '--kind', 'customer')).json.links;
    expect(listed.length).toBeGreaterThan(0);
    const [link = { source: '', quickbooksId: '', quickbooksName: '' }] = listed;
    const refused = await run('links', 'set', 'customer', '999999', link.quickbooksId);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/belongs to company/)]);
    expect((await run('links', 'unset', 'customer', link.source)).json.removed).toBe(true);
    expect((await run('links', 'set', 'customer', link.source, link.quickbooksName)).code).toBe(0);
    const folder = mkdtempSync(join(tmpdir(), 'lf-links-'));
    const file = join(folder, 'links.csv');
    const csv = (await world.command(['links', 'export'])).stdout;
    writeFileSync(file, csv);
    expect((await run('links', 'import', file)).code).toBe(0);
    writeFileSync(file, 'kind;source;quickbooks\ncustomer;174;No Such Customer\n');
    const wrong = await run('links', 'import', file);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/no customer “No Such Customer”/)]);
    // As spreadsheets save them: UTF-16, and letters of an old code page.
    for (const encoding of ['utf16le', 'latin1'] as const) {
      writeFileSync(file, Buffer.from('kind;source;quickbooks\ncustomer;174;Müller\n', encoding));
      const unread = await run('links', 'import', file);
      expect([unread.code, unread.stderr]).toEqual([2, expect.stringMatching(/no UTF-8 text: save it as “CSV UTF-8”/)]);
    }
    expect((await run('links', 'set', 'colour', '1', '2')).code).toBe(2);
  });
});

describe('a file of links', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lf-links-'));
  const file = join(folder, 'links.csv');
  const give = (...lines: string[]): Promise<Shown> => {
    writeFileSync(file, ['kind,source,quickbooks', ...lines].join('\n'));
    return run('links', 'import', file);
  };
  interface Pair {
    kind: string;
    source: string;
    quickbooksId: string;
    origin: string;
  }
  const pairs = async (): Promise<Pair[]> => (await run('links', 'list')).json.links as unknown as Pair[];

  it('comes back as it went out: the same keys, and who made each pair; linked by hand it is a person’s', async () => {
    world = await makeWorld({ invoices: 3 });
    await world.sync();
    const [term = { Id: '' }] = world.realm.table('Term').values();
    for (const source of ['@ Receipt', "'=odd", 'a,=b', '+5% early', "'plain", 'Net 45'])
      expect((await run('links', 'set', 'term', source, term.Id)).code).toBe(0);
    const before = await pairs();
    expect(before.filter((one) => one.kind !== 'term').map((one) => one.origin)).not.toContain('person');
    const csv = (await world.command(['links', 'export'])).stdout;
    expect(csv).toContain("'@ Receipt");
    writeFileSync(file, csv);
    expect((await run('links', 'import', file)).code).toBe(0);
    expect(await pairs()).toEqual(before);
    expect((await world.command(['links', 'export'])).stdout).toBe(csv);
    const matched = before.find((one) => one.origin === 'matched') ?? before[0];
    await run('links', 'set', matched?.kind ?? '', matched?.source ?? '', matched?.quickbooksId ?? '');
    expect((await pairs()).find((one) => one.source === matched?.source)?.origin).toBe('person');
  });

  it('names ids as Autotask does, whatever zeros lead them; contradicting lines are refused, both by number', async () => {
    world = await makeWorld({ invoices: 3 });
    await world.sync();
    const customer = (await pairs()).find((one) => one.kind === 'customer');
    const item = (await pairs()).find((one) => one.kind === 'item');
    await run('links', 'unset', 'customer', customer?.source ?? '');
    expect(
      (await run('links', 'set', 'customer', `000${customer?.source ?? ''}`, customer?.quickbooksId ?? '')).code,
    ).toBe(0);
    expect(
      (await give(`item,billing-code:0077,${item?.quickbooksId ?? ''}`, `item,0078,${item?.quickbooksId ?? ''}`)).code,
    ).toBe(0);
    const keys = (await pairs()).map((one) => one.source);
    expect(keys).toEqual(expect.arrayContaining([customer?.source, 'billing-code:77', 'billing-code:78']));
    const terms = [...world.realm.table('Term').values()].map((row) => row.Id);
    const refused = await give(
      `term,Net 45,${terms[0] ?? ''}`,
      `term,Other,${terms[0] ?? ''}`,
      `term,Net 45,${terms[1] ?? ''}`,
    );
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(
        /Line 4: term Net 45 stands in line 2 already, with .* Leave one of the two\. Nothing was changed/,
      ),
    ]);
    expect((await pairs()).map((one) => one.source)).toEqual(keys);
    // The same pair twice contradicts nothing.
    expect((await give(`term,Net 45,${terms[0] ?? ''}`, `term,Net 45,${terms[0] ?? ''}`)).code).toBe(0);
    // As it was kept before ids were written one way.
    await withTenant(world.opened.services.database, world.tenant, (tx) =>
      saveLinks(tx, { ...world.tenant, at: new Date() }, [
        { kind: 'item', sourceKey: '0960', quickbooksId: '1', quickbooksName: 'Old', origin: 'person' },
      ]),
    );
    expect((await run('links', 'unset', 'item', '0960')).json.removed).toBe(true);
  });

  it('a wrong pair is named by the line in which a person sees it, whatever blank and quoted lines stand before', async () => {
    world = await makeWorld({ invoices: 1 });
    await world.sync();
    const [term = { Id: '' }] = world.realm.table('Term').values();
    const wrong = async (...lines: string[]) => (await give(...lines)).stderr;
    expect(await wrong(`term,Net 45,${term.Id}`, 'term,Net 60,No Such Term')).toMatch(
      /Line 3: .*no term “No Such Term”/,
    );
    expect(await wrong('term,Net 60,No Such Term')).toMatch(/Line 2: /);
    expect(await wrong('', `term,"two\r\nlines",${term.Id}`, '', '  ', 'term,"a\nb",No Such Term')).toMatch(/Line 7: /);
    const preview = await previewLinks(
      world.opened.services,
      world.tenant,
      `kind,source,quickbooks\n\nterm,Net 45,${term.Id}\n`,
    );
    expect(preview.map((one) => [one.line, one.result])).toEqual([[3, 'new']]);
  });

  it('of many lines reads each list once and writes them at once; of too many it is refused', async () => {
    world = await makeWorld({ invoices: 1 });
    await world.sync();
    const [term = { Id: '' }] = world.realm.table('Term').values();
    const lines = (count: number): string[] =>
      Array.from({ length: count }, (_none, at) => `term,Term ${String(at)},${term.Id}`);
    const reads = (): Promise<number> =>
      withTenant(world.opened.services.database, world.tenant, async (tx) => {
        const { rows } = await sql<{
          reads: number;
        }>`select (coalesce(seq_scan, 0) + coalesce(idx_scan, 0))::int as reads
          from pg_stat_user_tables where relname = 'quickbooks_rows'`.execute(tx);
        return rows[0]?.reads ?? -1;
      });
    const before = await reads();
    expect((await give(...lines(3_000))).code).toBe(0);
    expect((await reads()) - before).toBeLessThan(300);
    expect((await world.command(['audit', 'verify'])).code).toBe(0);
    const refused = await give(...lines(100_001));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/holds 100,001 pairs; at most 100,000/)]);
  });
});

/** Another transaction has linked a company to a customer and commits only when somebody waits for it. */
async function whileLinking<T>(source: string, row: { id: string; name: string }, work: () => Promise<T>): Promise<T> {
  const { services } = world.opened;
  let working: Promise<T> | undefined;
  await withTenant(services.database, world.tenant, async (tx) => {
    await saveLinks(tx, { ...world.tenant, at: new Date() }, [
      { kind: 'customer', sourceKey: source, quickbooksId: row.id, quickbooksName: row.name, origin: 'person' },
    ]);
    working = work();
    const over = working.then(
      () => true,
      () => true,
    );
    const waits = async (): Promise<boolean> => {
      const { rows } = await sql`select from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`.execute(tx);
      return rows.length > 0;
    };
    while (!(await waits()) && !(await Promise.race([over, pause(5, false)])));
  });
  if (working === undefined) throw new Error('nothing was begun');
  return working;
}

describe('two who link one customer at the same moment', () => {
  it('both people: the later one is refused as if he had come a minute later', async () => {
    world = await makeWorld({ invoices: 2 });
    await world.sync();
    const [link = { source: '', quickbooksId: '', quickbooksName: '' }] = (
      await run('links', 'list', '--kind', 'customer')
    ).json.links;
    await run('links', 'unset', 'customer', link.source);
    const row = { id: link.quickbooksId, name: link.quickbooksName };
    const late = await whileLinking('999999', row, () => run('links', 'set', 'customer', link.source, row.id));
    expect([late.code, late.stderr]).toEqual([2, expect.stringMatching(/belongs to company 999999 already/)]);
  });

  it('a person and a run that found it by name: its invoices wait with the reason, and go when that is settled', async () => {
    world = await makeWorld({ invoices: 3, companies: 1 });
    await world.sync();
    const [link = { source: '', quickbooksId: '', quickbooksName: '' }] = (
      await run('links', 'list', '--kind', 'customer')
    ).json.links;
    await run('links', 'unset', 'customer', link.source);
    const [model = 0] = world.msp.postable;
    addLike(world, model, 888_001);
    const row = { id: link.quickbooksId, name: link.quickbooksName };
    const { run: ended } = await whileLinking('999999', row, () => world.sync());
    expect(ended.state).toBe('finished');
    expect(world.posted().has(888_001)).toBe(false);
    const { causes } = (await run('errors', 'list')).json;
    expect(causes.map((one) => [one.code, one.invoices])).toEqual([['ambiguous-company', [888_001]]]);
    await run('links', 'unset', 'customer', '999999');
    await world.sync();
    expect(world.posted().get(888_001)).toHaveLength(1);
  });
});

describe('settings', () => {
  it('that name rows of QuickBooks are checked against its live lists', async () => {
    world = await makeWorld({ invoices: 1, realm: { classTracking: true } });
    const refused = async (pair: string, says: RegExp): Promise<void> => {
      const { code, stderr } = await run('settings', 'set', pair);
      expect([pair, code, stderr]).toEqual([pair, 2, expect.stringMatching(says)]);
    };
    for (const key of ['__proto__', 'constructor', 'invoice.numbering'])
      await refused(`${key}=x`, new RegExp(`There is no setting "${key}"`));
    await refused('items.incomeAccount=Nowhere', /no account “Nowhere”.*There is: .*Services/);
    await refused('items.defaultItem=Nothing', /no product or service “Nothing”/);
    await refused(
      'items.whenMissing=default',
      /needs a “Default item”.*settings set items\.whenMissing=default items\.def/,
    );
    const item = String([...world.realm.table('Item').values()].find((row) => row['Type'] === 'Service')?.['Name']);
    expect((await run('settings', 'set', 'items.whenMissing=default', `items.defaultItem=${item}`)).code).toBe(0);
    await refused('items.defaultItem=', /items\.defaultItem: .*none is chosen/);
    await refused('class.byLineOfBusiness=none=Dreams', /no class “Dreams”/);
    const { json } = await run('settings', 'choices', 'accounts');
    expect(json.accounts.map((one) => one.name)).toContain('Services');
  });

  it('have a history with who, when and what, can be restored, and survive a reconnect', async () => {
    world = await makeWorld({ invoices: 1 });
    await run('settings', 'set', 'invoices.maxAgeDays=30', 'reports.to=a@msp.example');
    await run('settings', 'set', 'invoices.maxAgeDays=31');
    const { versions } = (await run('settings', 'history')).json;
    expect(versions[0]).toMatchObject({
      by: 'terminal',
      changes: [{ key: 'invoices.maxAgeDays', from: '30', to: '31' }],
    });
    const file = join(mkdtempSync(join(tmpdir(), 'lf-settings-')), 'settings.json');
    const exported = (await world.command(['settings', 'export'])).stdout;
    // As an editor on Windows saves it.
    writeFileSync(file, `\uFEFF${exported}`);
    await run('settings', 'restore', String(versions[1]?.version));
    expect((await run('settings', 'show')).json.settings['invoices.maxAgeDays']).toBe('30');
    const again = await world.command(['settings', 'restore', String(versions[1]?.version)]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('Nothing would change')]);
    // What is so already makes no version, and that is said.
    const count = async (): Promise<number> => (await run('settings', 'history')).json.versions.length;
    const before = await count();
    const same = await world.command(['settings', 'set', 'invoices.maxAgeDays=30', 'tax.tolerance=0']);
    expect([same.code, same.stdout]).toEqual([0, expect.stringMatching(/^Nothing was changed: it is so already/)]);
    expect([await count(), (await run('audit')).json.entries[0]?.action]).toEqual([before, 'settings-changed']);
    await run('connection', 'disconnect', 'Test');
    await run('connection', 'authorize', 'Test', '--code', world.quickbooks.grant(REALM), '--realm', REALM);
    expect((await run('settings', 'show')).json.settings['reports.to']).toBe('a@msp.example');
    await world.set({ 'sync.status': 'next-batch', 'memo.fields': 'comments' });
    const imported = await world.command(['settings', 'import', file]);
    expect(imported.stdout).toMatch(
      /memo\.fields: comments -> order-number,tax-group.*\n.*The sync status stays next-batch/,
    );
    expect((await run('settings', 'show')).json.settings).toEqual({
      ...(JSON.parse(exported) as object),
      'sync.status': 'next-batch',
    });
    writeFileSync(file, '{"tax.tolerance":"0.01","tax.tolerance":"0.09"}');
    const twice = await world.command(['settings', 'import', file]);
    expect([twice.code, twice.stderr]).toEqual([2, expect.stringContaining('names tax.tolerance twice')]);
    // Two people at the same moment: one is saved, the other is told, and nothing is lost in silence.
    const both = await Promise.allSettled([
      world.set({ 'tax.tolerance': '0.01' }),
      world.set({ 'tax.tolerance': '0.02' }),
    ]);
    const lost = both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
    expect(lost.every((reason) => reason.includes('at the same moment'))).toBe(true);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
  });

  it('changed in the middle of a run never split it: a run keeps those that it began with', async () => {
    world = await makeWorld({ invoices: 40, scale: 50 });
    world.quickbooks.faults.push({
      method: 'POST',
      path: /\/batch\?/,
      when: 'before',
      act: { kind: 'delay', ms: 100_000 },
      times: 1,
    });
    const syncing = world.sync();
    await new Promise((done) => setTimeout(done, 700));
    await world.set({ 'memo.fields': 'order-number' });
    await syncing;
    expect(faultsOf(world)).toEqual([]);
    const memos = [...world.realm.table('Invoice').values()].map((row) => JSON.stringify(row['CustomerMemo'] ?? null));
    expect(memos.every((memo) => memo.includes('Invoice date'))).toBe(true);
  });

  it('the class of a line of business goes onto its lines, by name or id', async () => {
    world = await makeWorld({ invoices: 2, linesPerInvoice: 2, realm: { classTracking: true } });
    const klass = world.realm.put('Class', { Name: 'Managed', FullyQualifiedName: 'Managed', Active: true });
    world.autotask.data.tables.get('OrganizationalLevel1s')?.set(1, { id: 1, name: 'Services', isActive: true });
    world.autotask.data.tables.get('OrganizationalLevel2s')?.set(2, { id: 2, name: 'Desk', isActive: true });
    world.autotask.data.tables
      .get('OrganizationalLevelAssociations')
      ?.set(7, { id: 7, organizationalLevel1ID: 1, organizationalLevel2ID: 2, isActive: true });
    for (const line of world.autotask.data.tables.get('BillingItems')?.values() ?? [])
      line['organizationalLevelAssociationID'] = 7;
    // Chosen in the middle of the day, when Autotask's lists have been read already.
    await world.sync();
    const { code, stderr } = await run('settings', 'set', 'class.byLineOfBusiness=Desks=Managed');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no line of business “Desks”.*Services \/ Desk/)]);
    expect((await run('settings', 'set', 'class.byLineOfBusiness=Services / Desk=Managed')).code).toBe(0);
    const [model = 0] = world.msp.postable;
    addLike(world, model, 90_001);
    await world.sync();
    expect(faultsOf(world)).toEqual([]);
    const classes = [...world.realm.table('Invoice').values()]
      .filter((row) => String(row['PrivateNote']).includes(':90001:'))
      .flatMap((row) => row['Line'] as { SalesItemLineDetail?: { ClassRef?: { value: string } } }[])
      .flatMap((line) => (line.SalesItemLineDetail === undefined ? [] : [line.SalesItemLineDetail.ClassRef?.value]));
    expect(classes).toEqual([klass.Id, klass.Id]);
  });

  it('the edition overrides what the company says of itself', async () => {
    world = await makeWorld({ invoices: 2, settings: { 'quickbooks.edition': 'non-us' } });
    const { report } = await world.sync();
    expect(report.obstacles.map((one) => one.code)).toContain('tax-code-missing');
  });
});

describe('troubleshoot', () => {
  it('holds what a helper needs, and no secret and no customer data unless asked for', async () => {
    world = await makeWorld({ invoices: 6, obstacles: true, settings: { 'reports.to': 'canary-address@msp.example' } });
    await world.sync();
    const folder = mkdtempSync(join(tmpdir(), 'lf-trouble-'));
    const open = async (...more: string[]): Promise<string> => {
      const file = join(folder, `${String(more.length)}.zip`);
      const done = await run('troubleshoot', '--out', file, ...more);
      expect(done.code).toBe(0);
      return Object.entries(unzipSync(readFileSync(file)))
        .map(([name, bytes]) => `${name}\n${strFromU8(bytes)}`)
        .join('\n');
    };
    const text = await open();
    for (const part of [
      'versions.json',
      'settings.json',
      'runs.json',
      'faults.json',
      'quotas.json',
      'schema.json',
      'clock.json',
    ])
      expect(text).toContain(part);
    const names = [...(world.autotask.data.tables.get('Companies')?.values() ?? [])].map((one) =>
      String(one['companyName']),
    );
    const canaries = [
      'sandbox-secret',
      'SANDBOXINTEGRATIONCODE',
      'sandbox-client-secret',
      REALM,
      'canary-address',
      'books@msp.example',
      'ab'.repeat(32),
      ...names,
    ];
    expect(canaries.filter((canary) => text.includes(canary))).toEqual([]);
    const full = await open('--with-customer-data');
    expect(names.some((name) => full.includes(name))).toBe(true);
    expect(canaries.slice(0, 4).filter((canary) => full.includes(canary))).toEqual([]);
    const mailed = await run('troubleshoot', '--email', 'helper@support.example');
    expect(mailed.json.mailed.map((one) => one.to)).toEqual(['books@msp.example', 'helper@support.example']);
    expect((await run('outbox', 'list')).json.mails[0]).toMatchObject({ kind: 'troubleshoot' });
  });
});
