/** Files and webhooks of the QuickBooks sandbox (facts/qbo.md 3.4, 3.8, 5.3), asked over HTTP. */
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSigned, realmsIn } from '../../src/api/routes/webhooks.ts';
import { openCompany, type Company } from './company.ts';

let company: Company;
let invoiceId = '';
const query = (text: string): Promise<unknown> => company.query(text);
const call: Company['call'] = (path, init) => company.call(path, init);
const post = async (path: string, body: unknown): Promise<unknown> => (await company.post(path, body)).value;

beforeEach(async () => {
  company = await openCompany({ scale: 1000 });
  const { value } = await company.post('invoice', company.invoice({ DocNumber: 'AT-1' }));
  invoiceId = (value['Invoice'] as { Id: string }).Id;
});
afterEach(() => company.close());

const part = (head: string, body: string): string =>
  `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${body}\r\n`;
const metadata = (number: string, value: unknown): string =>
  part(`name="file_metadata_${number}"\r\nContent-Type: application/json`, JSON.stringify(value));
const content = (number: string, name: string, type: string, body: string, more = ''): string =>
  part(`name="file_content_${number}"; filename="${name}"\r\nContent-Type: ${type}${more}`, body);
interface Uploaded {
  readonly AttachableResponse: readonly {
    readonly Attachable?: Readonly<Record<string, string | number>>;
    readonly Fault?: { readonly Error: readonly { readonly code: string }[] };
  }[];
}
const upload = async (parts: readonly string[], parameters = ''): Promise<Uploaded> =>
  (await (
    await call(`upload${parameters}`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: `${parts.join('')}--b--\r\n`,
    })
  ).json()) as Uploaded;
const hung = (id: string): unknown => ({
  AttachableRef: [{ EntityRef: { type: 'Invoice', value: id }, IncludeOnSend: true }],
  FileName: 'inv.pdf',
  ContentType: 'application/pdf',
});

describe('files', () => {
  it('the PDF of an invoice; a missing one is 610 with status 400', async () => {
    const reply = await call(`invoice/${invoiceId}/pdf`, { headers: { accept: 'application/pdf' } });
    const text = await reply.text();
    expect([reply.status, reply.headers.get('content-type'), text.slice(0, 5)]).toEqual([
      200,
      'application/pdf',
      '%PDF-',
    ]);
    expect(text).toContain('(Cafe \\(Ole\\)) Tj');
    const at = Number(/startxref\n(\d+)/.exec(text)?.[1]);
    expect(text.slice(at, at + 4)).toBe('xref');
    const missing = await call('invoice/9/pdf');
    expect([missing.status, await missing.text()]).toEqual([400, expect.stringContaining('"code":"610"')]);
  });

  it('an upload becomes an Attachable on its invoice, can be found, opened and taken away', async () => {
    const bytes = Buffer.from([0, 255, 128, 37]);
    const { AttachableResponse } = await upload([
      metadata('01', hung(invoiceId)),
      content('01', 'inv.pdf', 'application/pdf', '%PDF-1.4\r\n--b-not\r\n'),
      content('02', 'x.png', 'image/png', bytes.toString('base64'), '\r\nContent-Transfer-Encoding: base64'),
    ]);
    const [first, second] = AttachableResponse.map((one) => one.Attachable);
    expect(first).toMatchObject({ SyncToken: '0', FileName: 'inv.pdf', ContentType: 'application/pdf', Size: 19 });
    expect(second).toMatchObject({ FileName: 'x.png', ContentType: 'image/png', Size: 4 });
    const id = String(first?.['Id']);
    const where = `select * from Attachable where AttachableRef.EntityRef.Type = 'Invoice' and AttachableRef.EntityRef.value = '${invoiceId}'`;
    expect(await query(where)).toMatchObject({ Attachable: [{ Id: id }], maxResults: 1 });
    expect(await query("select count(*) from Attachable where FileName = 'x.png'")).toEqual({ totalCount: 1 });
    const address = await (await call(`download/${id}`)).text();
    const file = await fetch(address);
    expect([file.headers.get('content-type'), await file.text()]).toEqual([
      'application/pdf',
      '%PDF-1.4\r\n--b-not\r\n',
    ]);
    expect((await fetch(String(first?.['TempDownloadUri']))).status).toBe(200);
    expect(await post('attachable?operation=delete', { Id: id, SyncToken: '0' })).toMatchObject({
      Attachable: { status: 'Deleted', Id: id },
    });
    expect(await query(where)).toEqual({});
  });

  it('each file is judged alone; a wrong reference, a wrong type, no file at all', async () => {
    const { AttachableResponse } = await upload([
      content('01', 'run.exe', 'application/octet-stream', 'MZ'),
      metadata('02', hung('999')),
      content('02', 'inv.pdf', 'application/pdf', '%PDF-'),
      content('03', 'ok.csv', 'text/csv', 'a,b'),
    ]);
    expect(AttachableResponse.map((one) => one.Fault?.Error[0]?.code ?? 'done')).toEqual(['6041', '2500', 'done']);
    expect(await upload([])).toMatchObject({ Fault: { Error: [{ code: '2010' }] } });
  });

  it('an upload with its requestid is there once', async () => {
    const parts = [content('01', 'a.txt', 'text/plain', 'x')];
    const first = await upload(parts, '?requestid=r1');
    expect(await upload(parts, '?requestid=r1')).toEqual(first);
    expect(company.realm.table('Attachable').size).toBe(1);
  });

  it('a file that the shell damaged is refused loudly, never kept', async () => {
    const body = Buffer.concat([
      Buffer.from('--b\r\nContent-Disposition: form-data; name="file_content_01"; filename="x.png"\r\n\r\n'),
      Buffer.from([255, 254]),
      Buffer.from('\r\n--b--\r\n'),
    ]);
    const reply = await call('upload', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body,
    });
    expect([reply.status, company.realm.table('Attachable').size]).toEqual([500, 0]);
  });
});

describe('answers', () => {
  const time = expect.stringMatching(/T\d\d:\d\d:\d\d\.\d{3}-0[78]:00$/) as unknown;
  const answer = async (path: string): Promise<unknown> => (await call(path)).json();

  it('a create answers 200 with what QuickBooks adds', async () => {
    const { status, value } = await company.post('invoice', company.invoice({ DocNumber: 'AT-2' }));
    expect([status, Object.keys(value)]).toEqual([200, ['Invoice', 'time']]);
    expect(value['Invoice']).toMatchObject({
      domain: 'QBO',
      sparse: false,
      SyncToken: '0',
      DocNumber: 'AT-2',
      DueDate: '2026-04-30',
      TotalAmt: 787.5,
      Balance: 787.5,
      TxnTaxDetail: { TotalTax: 0 },
      CurrencyRef: { value: 'USD' },
      LinkedTxn: [],
      EmailStatus: 'NotSet',
      Line: [
        { Id: '1', LineNum: 1 },
        { Amount: 787.5, DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} },
      ],
    });
  });

  it('queries: rows with their place, nothing at all, a count', async () => {
    const asked = (text: string): Promise<unknown> => answer(`query?query=${encodeURIComponent(text)}`);
    expect(await asked('select * from Invoice')).toEqual({
      QueryResponse: { Invoice: [expect.objectContaining({ Id: invoiceId })], startPosition: 1, maxResults: 1 },
      time,
    });
    expect(await asked("select * from Invoice where DocNumber = 'no'")).toEqual({ QueryResponse: {}, time });
    expect(await asked('select count(*) from Invoice')).toEqual({ QueryResponse: { totalCount: 1 }, time });
  });

  it('a delete, and change-data-capture with what was deleted', async () => {
    expect(await post('invoice?operation=delete', { Id: invoiceId, SyncToken: '0' })).toEqual({
      Invoice: { domain: 'QBO', status: 'Deleted', Id: invoiceId },
      time,
    });
    const since = encodeURIComponent('2026-01-01T00:00:00-08:00');
    expect(await answer(`cdc?entities=Invoice,Term&changedSince=${since}`)).toEqual({
      CDCResponse: [
        {
          QueryResponse: [
            {
              Invoice: [{ status: 'Deleted', domain: 'QBO', Id: invoiceId, MetaData: { LastUpdatedTime: time } }],
              startPosition: 1,
              maxResults: 1,
              totalCount: 1,
            },
            {},
          ],
        },
      ],
      time,
    });
  });

  it('deactivating renames, and the name is free again', async () => {
    const name = 'Thrifty Meats';
    const made = (await post('customer', { DisplayName: name })) as { Customer: { Id: string } };
    const gone = { Id: made.Customer.Id, SyncToken: '0', sparse: true, Active: false };
    expect(await post('customer', gone)).toMatchObject({
      Customer: { DisplayName: `${name} (deleted)`, SyncToken: '1' },
    });
    expect(await post('customer', { DisplayName: name })).toMatchObject({ Customer: { DisplayName: name } });
    expect(await query(`select * from Customer where DisplayName = '${name} (deleted)'`)).toEqual({});
  });

  it('a batch answers its items by bId, reads among them', async () => {
    const answered = await post('batch', {
      BatchItemRequest: [
        { bId: '1', operation: 'create', Customer: { DisplayName: 'Acme' } },
        { bId: '2', operation: 'update', Invoice: { Id: invoiceId, SyncToken: '0', sparse: true, PrivateNote: 'x' } },
        { bId: '3', operation: 'update', optionsData: 'void', Invoice: { Id: invoiceId, SyncToken: '1' } },
        { bId: '4', operation: 'delete', Invoice: { Id: '999', SyncToken: '0' } },
        { bId: '5', Query: 'select * from Term' },
      ],
    });
    expect(answered).toMatchObject({
      BatchItemResponse: [
        { bId: '1', Customer: { DisplayName: 'Acme' } },
        { bId: '2', Invoice: { PrivateNote: 'x', SyncToken: '1' } },
        { bId: '3', Invoice: { PrivateNote: 'Voided x', TotalAmt: 0, Balance: 0 } },
        { bId: '4', Fault: { Error: [{ code: '610' }], type: 'ValidationFault' } },
        { bId: '5', QueryResponse: {} },
      ],
      time,
    });
  });

  it('company and preferences: the flags that decide numbers and taxes', async () => {
    expect(await answer('companyinfo/1')).toMatchObject({
      CompanyInfo: { CompanyName: 'MSP Books', Country: 'US', NameValue: [{ Name: 'OfferingSku' }] },
    });
    expect(await answer('preferences')).toMatchObject({
      Preferences: {
        SalesFormsPrefs: { CustomTxnNumbers: false },
        TaxPrefs: { UsingSalesTax: false },
        CurrencyPrefs: { MultiCurrencyEnabled: false, HomeCurrency: { value: 'USD' } },
        OtherPrefs: { NameValue: [{ Name: 'WarnDuplicateCheckNumber', Value: 'true' }] },
      },
    });
  });
});

interface Delivery {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}
interface Receiver {
  readonly url: string;
  readonly got: Delivery[];
  /** Answers of the first deliveries; 200 after them. */
  readonly statuses: number[];
  readonly server: Server;
}
async function receiver(): Promise<Receiver> {
  const got: Delivery[] = [];
  const statuses: number[] = [];
  const server = createServer((request, reply) => {
    const parts: Buffer[] = [];
    request.on('data', (one: Buffer) => parts.push(one));
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      reply.statusCode = statuses.shift() ?? 200;
      reply.end();
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const at = server.address();
  return {
    url: `http://127.0.0.1:${String(typeof at === 'object' ? at?.port : 0)}/webhooks/intuit`,
    got,
    statuses,
    server,
  };
}
const VERIFIER = 'verifier-token';

describe('webhooks', () => {
  let target: Receiver;
  beforeEach(async () => {
    target = await receiver();
  });
  afterEach(() => target.server.close());
  const arrived = (count: number): Promise<void> =>
    expect.poll(() => target.got.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);

  it('are off by default, and never leave this machine', async () => {
    company.realm.put('Customer', { DisplayName: 'A', Active: true });
    expect(company.quickbooks.knobs.webhooks).toBe(null);
    company.quickbooks.knobs.webhooks = {
      url: 'http://example.com/',
      verifierToken: VERIFIER,
      format: 'legacy',
      gatherMs: 0,
    };
    company.realm.put('Customer', { DisplayName: 'B', Active: true });
    await expect
      .poll(() => Object.keys(company.quickbooks.counters.all()))
      .toContain('webhook fault the sandbox sends webhooks to this machine only');
  });

  it('the older format: gathered, signed over the raw body, one entry for each company', async () => {
    const other = company.quickbooks.addRealm('2');
    company.quickbooks.knobs.webhooks = { url: target.url, verifierToken: VERIFIER, format: 'legacy' };
    const customer = company.realm.put('Customer', { DisplayName: 'A', Active: true });
    company.realm.send(invoiceId, 'ap@client.example');
    await post('invoice?operation=void', { Id: invoiceId, SyncToken: '1' });
    company.realm.put('TaxRate', { Name: 'silent' });
    other.put('Item', { Id: '7', Name: 'X' });
    other.remove('Item', '7');
    await arrived(1);
    const [{ headers, body } = { headers: {}, body: '' }] = target.got;
    expect(headers['intuit-signature']).toBe(createHmac('sha256', VERIFIER).update(body).digest('base64'));
    expect(isSigned(body, String(headers['intuit-signature']), VERIFIER)).toBe(true);
    expect(isSigned(`${body} `, String(headers['intuit-signature']), VERIFIER)).toBe(false);
    expect(realmsIn(JSON.parse(body))).toEqual(['1']);
    expect(headers['content-type']).toBe('application/json');
    for (const name of ['intuit-created-time', 'intuit-t-id', 'intuit-notification-schema-version'])
      expect(headers[name]).toBeTypeOf('string');
    const entity = (id: string, operation: string, name: string): unknown => ({
      id,
      operation,
      name,
      lastUpdated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
    });
    expect(JSON.parse(body)).toEqual({
      eventNotifications: [
        {
          realmId: '1',
          dataChangeEvent: {
            entities: [
              entity(customer.Id, 'Create', 'Customer'),
              entity(invoiceId, 'Emailed', 'Invoice'),
              entity(invoiceId, 'Void', 'Invoice'),
            ],
          },
        },
        { realmId: '2', dataChangeEvent: { entities: [entity('7', 'Create', 'Item'), entity('7', 'Delete', 'Item')] } },
      ],
    });
  });

  it('CloudEvents: an array over companies, nine fraction digits; twice and newest first by knob', async () => {
    company.quickbooks.knobs.webhooks = {
      url: target.url,
      verifierToken: VERIFIER,
      format: 'cloudevents',
      twice: true,
      reversed: true,
    };
    company.quickbooks.addRealm('2').put('Payment', { Id: '5' });
    company.realm.put('Invoice', { ...company.realm.table('Invoice').get(invoiceId) });
    await arrived(2);
    const [first, second] = target.got;
    expect(second?.body).toBe(first?.body);
    expect(first?.headers['content-type']).toBe('application/cloudevents+json');
    expect(realmsIn(JSON.parse(first?.body ?? ''))).toEqual(['1', '2']);
    const event = (type: string, id: string, account: string): unknown => ({
      specversion: '1.0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
      source: expect.stringMatching(/^intuit\./) as unknown,
      type,
      datacontenttype: 'application/json',
      time: expect.stringMatching(/\.\d{9}Z$/) as unknown,
      intuitentityid: id,
      intuitaccountid: account,
      data: {},
    });
    expect(JSON.parse(first?.body ?? '')).toEqual([
      event('qbo.invoice.updated.v1', invoiceId, '1'),
      event('qbo.payment.created.v1', '5', '2'),
    ]);
  });

  it('a refused delivery comes again with the same bytes, then the endpoint is disabled', async () => {
    target.statuses.push(503, 408);
    company.quickbooks.knobs.webhooks = { url: target.url, verifierToken: VERIFIER, format: 'legacy' };
    company.realm.put('Term', { Name: 'Net 30' });
    await arrived(3);
    expect(new Set(target.got.map((one) => `${one.body} ${String(one.headers['intuit-signature'])}`)).size).toBe(1);
    target.statuses.push(500, 500, 500, 500);
    company.realm.put('Term', { Name: 'Net 15' });
    await expect.poll(() => company.quickbooks.counters.of('webhook endpoints disabled'), { timeout: 20_000 }).toBe(1);
    const { length } = target.got;
    company.realm.put('Term', { Name: 'Net 45' });
    await new Promise((done) => setTimeout(done, 200));
    expect(target.got.length).toBe(length);
  });
});
