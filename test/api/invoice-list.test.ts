/** The invoice table over HTTP: filters, order, counts and sums against the ledger; CSV that no spreadsheet runs; both sides of an invoice. */
import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';
import createClient, { type Client } from 'openapi-fetch';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { paths } from '../../src/api/openapi-types.d.ts';
import { startServer } from '../../src/api/server.ts';
import { createSignIn } from '../../src/api/sign-in/sign-in.ts';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { withTenant } from '../../src/store/tenant.ts';
import { makeWorld, sourceTotal, type World } from '../support/world.ts';

let world: World;
let server: { url: string; close(): Promise<void> };
let client: Client<paths>;

beforeAll(async () => {
  world = await makeWorld({ invoices: 20, obstacles: true, env: { LEDGERFERRY_PORT: '0' } });
  await world.sync();
  const { services, mailer } = world.opened;
  const organizationId = world.tenant.organizationId;
  server = await startServer({
    services,
    organizationId,
    worker: { services, mailer, say: () => undefined },
    signIn: await createSignIn(services),
    isDemo: false,
    status: () => Promise.resolve({ banner: null, progress: null, report: null }),
  });
  client = createClient<paths>({
    baseUrl: server.url,
    headers: { authorization: `Bearer ${world.env['LEDGERFERRY_API_TOKEN'] ?? ''}` },
  });
}, 60_000);
afterAll(async () => {
  await server?.close();
  await world?.close();
});

type Query = NonNullable<paths['/api/v1/invoices/table']['get']['parameters']['query']>;
async function table(query: Query) {
  const { data, error } = await client.GET('/api/v1/invoices/table', { params: { query } });
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}
const text = async (path: string): Promise<string> =>
  (
    await fetch(server.url + path, {
      headers: { authorization: `Bearer ${world.env['LEDGERFERRY_API_TOKEN'] ?? ''}` },
    })
  ).text();

describe('the invoice table', () => {
  it('counts every state, pages without gaps and sums to the cent', async () => {
    const all = await table({ size: 500 });
    expect(all.rows.length).toBe(all.summary.count);
    expect(Object.values(all.summary.states).reduce((sum, count) => sum + count, 0)).toBe(all.rows.length);
    const pages = await Promise.all([1, 2, 3, 4, 5, 6].map((page) => table({ page, size: 6 })));
    expect(pages.flatMap((one) => one.rows.map((row) => row.autotaskInvoiceId))).toEqual(
      all.rows.map((row) => row.autotaskInvoiceId).slice(0, 36),
    );
    const done = await table({ states: 'written_back', size: 500 });
    expect(new Set(done.rows.map((row) => row.autotaskInvoiceId))).toEqual(new Set(world.msp.postable));
    expect(done.rows.length).toBe(world.msp.postable.length);
    const cents = (amount: string): bigint => {
      const [whole = '0', part = ''] = amount.replace('-', '').split('.');
      return BigInt(`${whole}${part.padEnd(2, '0').slice(0, 2)}`) * (amount.startsWith('-') ? -1n : 1n);
    };
    expect(cents(done.summary.sums[0]?.quickbooksTotal ?? '')).toBe(
      world.msp.postable.reduce((sum, id) => sum + cents(sourceTotal(world, id)), 0n),
    );
    // The counts of other states stay while one is chosen.
    expect(done.summary.states).toEqual(all.summary.states);
  });

  it('filters by cause, company, date and amount, and finds by number, id and company', async () => {
    const all = await table({ size: 500 });
    const [code] = all.summary.codes;
    if (code === undefined) throw new Error('no obstacle');
    const parked = await table({ code: code.code });
    expect(parked.summary.count).toBe(code.count);
    expect(parked.rows.every((row) => row.problems.some((one) => one.code === code.code))).toBe(true);
    const [row] = (await table({ states: 'written_back', sort: 'total', direction: 'desc' })).rows;
    if (row === undefined) throw new Error('nothing is done');
    const same = await table({ company: row.company });
    expect(same.rows.every((one) => one.company === row.company)).toBe(true);
    for (const search of [String(row.autotaskInvoiceId), row.quickbooksNumber, row.company.slice(2).toUpperCase()])
      expect((await table({ search })).rows.map((one) => one.autotaskInvoiceId)).toContain(row.autotaskInvoiceId);
    const day = await table({ from: row.invoiceDate ?? '', to: row.invoiceDate ?? '' });
    expect(new Set(day.rows.map((one) => one.invoiceDate))).toEqual(new Set([row.invoiceDate]));
    const large = await table({ least: row.total, states: 'written_back' });
    expect(large.rows.map((one) => one.autotaskInvoiceId)).toEqual([row.autotaskInvoiceId]);
    expect((await table({ search: '%' })).summary.count).toBe(0);
    const ids = await client.GET('/api/v1/invoices/ids', { params: { query: { code: code.code } } });
    expect(ids.data?.ids).toEqual(parked.rows.map((one) => one.autotaskInvoiceId).toSorted((a, b) => a - b));
  });

  it('an invoice is shown with the number that was written back to Autotask, and its order goes by it', async () => {
    const { rows } = await table({ states: 'written_back', sort: 'number', direction: 'asc', size: 500 });
    expect(rows.length).toBe(world.msp.postable.length);
    for (const row of rows) {
      const source = world.autotask.data.tables.get('Invoices')?.get(row.autotaskInvoiceId);
      expect(row.invoiceNumber).toBe(source?.['invoiceNumber']);
    }
    expect(rows.map((row) => row.invoiceNumber)).toEqual(rows.map((row) => row.invoiceNumber).toSorted());
  });

  it('a cause shows exactly what waits for it; on hold it counts once, under its hold', async () => {
    const causes = async () => (await client.GET('/api/v1/errors')).data?.causes ?? [];
    const before = await causes();
    const cause = before.find((one) => one.invoices.length > 1 && one.actions.includes('hold'));
    if (cause === undefined) throw new Error('no cause holds several');
    const behind = async (id: string): Promise<number[]> =>
      (await table({ cause: id, sort: 'id', direction: 'asc' })).rows.map((row) => row.autotaskInvoiceId);
    expect(await behind(cause.id)).toEqual(cause.invoices);
    const held = { cause: cause.id, action: 'hold', target: null, reason: 'ask the client', waitSeconds: 30 };
    const { data } = await client.POST('/api/v1/errors/decide', { body: held });
    expect(data?.text).toBe(`${String(cause.invoices.length)} invoices put on hold.`);
    const after = await causes();
    expect(after.length).toBe(before.length);
    expect(after.filter((one) => one.invoices.includes(cause.invoices[0] ?? 0)).map((one) => one.code)).toEqual([
      'on-hold',
    ]);
    expect(await behind(after.find((one) => one.code === 'on-hold')?.id ?? '')).toEqual(cause.invoices);
    const { report } = await world.sync();
    expect(report.obstacles.filter((one) => one.invoices.includes(cause.invoices[0] ?? 0)).length).toBe(1);
    const released = await client.POST('/api/v1/invoices/release', {
      body: { ids: cause.invoices, reason: 'asked', waitSeconds: 30 },
    });
    expect(released.data?.done).toEqual(cause.invoices);
    await world.sync();
    expect((await causes()).map((one) => one.id)).toContain(cause.id);
  });

  it('the list of the next run says the totals of the table, in whole cents', async () => {
    const { data } = await client.POST('/api/v1/invoices/ready', { body: { mail: false, emails: [] } });
    const listed = new Map((await table({ size: 500 })).rows.map((row) => [row.autotaskInvoiceId, row.total]));
    const told = (data?.invoices ?? []).filter((row) => row.totalWithTax !== '');
    expect(told.length).toBeGreaterThan(20);
    for (const row of told)
      expect([row.autotaskInvoiceId, Number(row.totalWithTax)]).toEqual([
        row.autotaskInvoiceId,
        Number(listed.get(row.autotaskInvoiceId)),
      ]);
    expect(told.every((row) => /\.\d\d(00)?$/.test(row.totalWithTax))).toBe(true);
  });

  it('orders by every column, rows without a value last', async () => {
    for (const sort of ['id', 'number', 'company', 'date', 'total', 'state', 'changed'] as const)
      for (const direction of ['asc', 'desc'] as const) {
        const { rows } = await table({ sort, direction, size: 500 });
        expect(rows.length).toBeGreaterThan(20);
        if (sort !== 'total') continue;
        const amounts = rows.map((row) => row.total).filter((total) => total !== '');
        const ordered = amounts.map(Number).toSorted((a, b) => (direction === 'asc' ? a - b : b - a));
        expect(amounts.map(Number)).toEqual(ordered);
        expect(rows.slice(amounts.length).every((row) => row.total === '')).toBe(true);
      }
  });

  it('refuses what it does not understand, in words', async () => {
    const answer = await client.GET('/api/v1/invoices/table', { params: { query: { least: 'much' } } });
    expect(answer.response.status).toBe(400);
    expect(JSON.stringify(answer.error)).toContain('it takes an amount such as 12.30');
    for (const path of ['table', 'ids'] as const) {
      const query = { states: 'parked,zz' };
      const refused = await client.GET(`/api/v1/invoices/${path}`, { params: { query } });
      expect(refused.response.status).toBe(400);
      expect(JSON.stringify(refused.error)).toMatch(/there is no state “zz”; it takes seen, .*written_back/);
    }
  });

  it('the CSV holds the filtered rows, and no cell that a spreadsheet runs', async () => {
    const [row] = (await table({ states: 'written_back' })).rows;
    await withTenant(world.opened.services.database, world.tenant, (tx) =>
      sql`update transfers set company_name = '=cmd|'' /C calc''!A0' where autotask_invoice_id = ${row?.autotaskInvoiceId}`.execute(
        tx,
      ),
    );
    const csv = await text('/api/v1/invoices/csv?states=written_back&sort=id&direction=asc');
    const rows = parse(csv, { columns: true, bom: true }) as Record<string, string>[];
    expect(rows.map((one) => Number(one['Autotask id']))).toEqual([...world.msp.postable].toSorted((a, b) => a - b));
    expect(rows.find((one) => one['Autotask id'] === String(row?.autotaskInvoiceId))?.['Company']).toBe(
      "'=cmd|' /C calc'!A0",
    );
    expect(rows.every((one) => one['Total'] === one['QuickBooks total'] && one['State'] === 'done')).toBe(true);
  });
});

describe('both sides of an invoice', () => {
  const beside = async (id: number) => {
    const { data, error } = await client.GET('/api/v1/invoices/{id}/beside', { params: { path: { id } } });
    if (data === undefined) throw new Error(JSON.stringify(error));
    return data;
  };

  it('posted: what QuickBooks holds now, line by line, and an edit there is marked', async () => {
    const [id = 0] = world.msp.postable;
    const seen = await beside(id);
    expect(seen.holds).toBe('quickbooks');
    expect(seen.differs).toEqual([]);
    expect(seen.quickbooks.total).toBe(sourceTotal(world, id));
    expect(seen.lines.length).toBeGreaterThan(0);
    expect(seen.lines.every((line) => line.autotask !== null && line.quickbooks !== null)).toBe(true);
    const [row] = (await table({ search: String(id) })).rows;
    const held = world.realm.table('Invoice').get(row?.quickbooksId ?? '');
    if (held === undefined) throw new Error('it is not in QuickBooks');
    const lines = held['Line'] as { Amount: unknown; Description?: string }[];
    const [first] = lines;
    if (first === undefined) throw new Error('it has no lines');
    first.Amount = new ExactNumber('1234.56');
    first.Description = '<img src=x onerror=alert(1)>';
    const edited = await beside(id);
    expect(edited.lines[0]?.differs).toEqual(expect.arrayContaining(['amount', 'description']));
    expect(edited.lines[0]?.quickbooks?.amount).toBe('1234.56');
    expect(edited.body).toContain('1234.56');
  });

  it('deleted there: told, beside what would be sent', async () => {
    const [, id = 0] = world.msp.postable;
    const [row] = (await table({ search: String(id) })).rows;
    world.realm.table('Invoice').delete(row?.quickbooksId ?? '');
    expect(await beside(id)).toMatchObject({ holds: 'draft', isMissing: true });
  });

  it('in the way: the draft with its problems', async () => {
    const [obstacle] = (await table({ states: 'parked' })).rows;
    const seen = await beside(obstacle?.autotaskInvoiceId ?? 0);
    expect(seen).toMatchObject({ holds: 'draft', isMissing: false });
    expect(seen.problems.length).toBeGreaterThan(0);
  });

  it('lines that do not add up: the total that the invoice says stands on its side, and is marked', async () => {
    const [row] = (await table({ code: 'lines-do-not-add-up' })).rows;
    const seen = await beside(row?.autotaskInvoiceId ?? 0);
    expect(seen.autotask.total).not.toBe(seen.quickbooks.total);
    expect(seen.problems[0]?.text).toContain(`the invoice says ${seen.autotask.total ?? ''}`);
    expect(seen.differs).toContain('total');
  });
});

describe('several invoices at once', () => {
  it('one run copies those that are not there, refuses those that are, and names those that Autotask hides', async () => {
    const [, , id = 0] = world.msp.postable;
    const asked = await client.POST('/api/v1/runs', {
      body: { kind: 'manual-copy', emails: [], invoiceIds: [id, 999_999], overwrite: false, mailCustomer: false },
    });
    const runId = asked.data?.run.id ?? '';
    for (let tries = 0; ; tries += 1) {
      const { data } = await client.GET('/api/v1/runs/{id}', { params: { path: { id: runId } } });
      if (data?.run.state === 'finished') {
        expect(data.transfers.map((row) => [row.autotaskInvoiceId, row.problems.map((one) => one.code)])).toEqual([
          [id, ['already-in-quickbooks']],
          [999_999, ['not-visible']],
        ]);
        expect(data.asked).toMatchObject({ invoiceIds: [id, 999_999] });
        break;
      }
      expect(tries).toBeLessThan(200);
      await new Promise((done) => setTimeout(done, 100));
    }
    const refused = await client.POST('/api/v1/runs', {
      body: { kind: 'manual-copy', emails: [], invoiceIds: [id], overwrite: true, mailCustomer: false },
    });
    expect(refused.response.status).toBe(422);
  });
});
