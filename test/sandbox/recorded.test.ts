/** What the facts quote as recorded from the real services: our schemas read it, and the sandboxes serve it in that shape. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realmsIn } from '../../src/api/routes/webhooks.ts';
import { readReply } from '../../src/autotask/faults.ts';
import * as autotaskSchemas from '../../src/autotask/schemas.ts';
import { discoverZone, type Zone } from '../../src/autotask/zone.ts';
import { RunningClock } from '../../src/platform/clock.ts';
import { parseExact } from '../../src/platform/exact-json.ts';
import { CredentialsRefused, VendorRefused, VendorUnreachable, WaitNeeded } from '../../src/platform/failures.ts';
import type { Http, HttpResponse } from '../../src/platform/http.ts';
import { faultIn } from '../../src/quickbooks/faults.ts';
import { refreshTokens, type OauthApp } from '../../src/quickbooks/oauth.ts';
import * as quickbooksSchemas from '../../src/quickbooks/schemas.ts';
import { startAutotaskSandbox, type AutotaskSandbox, type MutableRow } from '../../src/sandbox/autotask/sandbox.ts';
import { generateMsp } from '../../src/sandbox/msp/generate.ts';
import { startQuickBooksSandbox, type QuickBooksSandbox } from '../../src/sandbox/quickbooks/sandbox.ts';
import * as autotaskRecorded from './recorded/autotask.ts';
import { envelope, errors } from './recorded/quickbooks-errors.ts';
import * as quickbooksRecorded from './recorded/quickbooks.ts';

const reply = (status: number, text: string): HttpResponse => ({ status, headers: {}, text });
const answering = (status: number, text: string): Http => ({ send: () => Promise.resolve(reply(status, text)) });
const itemOf = (text: string): unknown => (parseExact(text) as { item: unknown }).item;
const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('recorded from Autotask', () => {
  it('the invoice is read to the last decimal, its dates as written', () => {
    const page = autotaskSchemas.queryReply.parse(parseExact(autotaskRecorded.invoices));
    expect([page.items.length, page.pageDetails?.nextPageUrl]).toEqual([1, null]);
    const read = autotaskSchemas.invoice.parse(page.items[0]);
    expect(read.total.toFixed()).toBe('52.7775');
    expect(read.tax.toFixed()).toBe('11.0833');
    expect([read.invoiceDate, read.dueDate, read.createdAt]).toEqual([
      '2025-09-05',
      '2025-10-05',
      '2025-09-05T09:47:15.227Z',
    ]);
    expect([read.number, read.orderNumber, read.processedAt, read.paidDate]).toEqual(['1085', '', null, null]);
  });

  it('covered labor bills nothing, although quantity times rate is not nothing', () => {
    const read = autotaskSchemas.billingItem.parse(parseExact(autotaskRecorded.billingItem));
    expect(read.kind).toBe('labor');
    expect([read.amount.toFixed(), read.listAmount?.toFixed(), read.quantity?.toFixed()]).toEqual([
      '0',
      '386.645',
      '3.175',
    ]);
  });

  it('a recurring service line, the keys that differ over the recorded one', () => {
    const both = {
      ...(parseExact(autotaskRecorded.billingItem) as object),
      timeEntryID: null,
      contractBlockID: null,
      ...(parseExact(autotaskRecorded.serviceLine) as object),
    };
    const read = autotaskSchemas.billingItem.parse(both);
    expect([read.kind, read.amount.toFixed(), read.tax.toFixed(), read.taxCategoryId, read.date]).toEqual([
      'recurring-service',
      '540',
      '113.4',
      1,
      '2026-10-01',
    ]);
  });

  it('a billing code, a company, a contact, names', () => {
    expect(autotaskSchemas.billingCode.parse(itemOf(autotaskRecorded.billingCode))).toMatchObject({
      name: 'Remote Support',
      externalNumber: '4000',
      taxCategoryId: 1,
      useType: 1,
    });
    expect(autotaskSchemas.company.parse(itemOf(autotaskRecorded.company))).toMatchObject({
      name: 'Contoso BV',
      parentId: null,
      taxRegionId: 3,
      billingAddress: { line1: 'Main 1', city: 'Utrecht', postalCode: '3511AA' },
    });
    expect(autotaskSchemas.contact.parse(parseExact(autotaskRecorded.contact))).toEqual({
      companyId: 369,
      email: 'ann@contoso.example',
      isActive: true,
    });
    for (const text of [autotaskRecorded.paymentTerm, autotaskRecorded.currency])
      expect(autotaskSchemas.named.parse(parseExact(text)).isActive).toBe(true);
  });

  it('the zone, and a user whom no zone knows', async () => {
    const zoneOf = (status: number, text: string): Promise<Zone> =>
      discoverZone({
        discoveryUrl: 'https://webservices.autotask.net',
        userName: 'a@b.example',
        http: answering(status, text),
        allowLoopback: false,
      });
    expect(await zoneOf(200, autotaskRecorded.zone)).toEqual({
      name: 'America East 3',
      apiUrl: 'https://webservices22.autotask.net/ATServicesRest/V1.0',
      webUrl: 'https://ww22.autotask.net/',
      tenant: '12345',
    });
    await expect(zoneOf(500, autotaskRecorded.zoneUnknown)).rejects.toBeInstanceOf(VendorRefused);
  });

  it.each([
    ['an empty 401', 401, '', CredentialsRefused],
    ['the thread threshold', 429, autotaskRecorded.threads, WaitNeeded],
    ['the thread threshold under another status', 500, autotaskRecorded.threads, WaitNeeded],
    ['no permission', 500, autotaskRecorded.permission, VendorRefused],
    ['an unknown field', 500, autotaskRecorded.unknownField, VendorRefused],
    ['too large a page', 500, autotaskRecorded.maxRecords, VendorRefused],
    ['too many OR', 500, autotaskRecorded.orLimit, VendorRefused],
    ['a label for a number', 500, autotaskRecorded.conversion, VendorRefused],
    ['errors under 200', 200, autotaskRecorded.unknownField, VendorRefused],
    ['a wrong method', 405, autotaskRecorded.wrongMethod, VendorRefused],
    ['no such address', 404, autotaskRecorded.noRoute, VendorRefused],
    ['HTML from a gateway', 502, '<html><body>Bad Gateway</body></html>', VendorUnreachable],
    ['an empty 500', 500, '', VendorUnreachable],
  ] as const)('%s is classified by its body', (_what, status, text, failure) => {
    expect(thrownBy(() => readReply(reply(status, text)))).toBeInstanceOf(failure);
  });

  it('answers that are none of these pass as they are', () => {
    for (const text of [
      autotaskRecorded.threshold,
      autotaskRecorded.patched,
      autotaskRecorded.queryCount,
      '{"item":null}',
    ])
      expect(readReply(reply(200, text))).toEqual(parseExact(text));
  });
});

describe('recorded from QuickBooks', () => {
  it.each(Object.entries(errors))('%s', (_name, error) => {
    const fault = faultIn(parseExact(envelope(error)), '1-tid');
    expect(fault).toMatchObject({ code: error.code, detail: error.detail, meaning: error.meaning, reference: '1-tid' });
    expect(fault?.existingId).toBe(error.detail.includes('TxnId=') ? '17984' : null);
  });

  const lower = (message: string, code: string, type: string): string =>
    JSON.stringify({ fault: { error: [{ message, detail: 'x', code, element: null }], type } });
  it.each([
    ['too many calls', quickbooksRecorded.throttled, 'throttled'],
    ['an expired token', quickbooksRecorded.unauthorized, 'unauthorized'],
    [
      'another company',
      lower('message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403', '3100', 'SERVICE'),
      'forbidden',
    ],
    [
      'too many calls in lower case, the code with its zeros',
      lower('message=ThrottleExceeded; errorCode=003001; statusCode=429', '003001', 'SERVICE'),
      'throttled',
    ],
  ])('the gateway: %s', (_what, text, meaning) => {
    expect(faultIn(parseExact(text), null)?.meaning).toBe(meaning);
  });

  it('tokens and their refusals', async () => {
    const app = (status: number, text: string): OauthApp & { refreshToken: string } => ({
      http: answering(status, text),
      clock: new RunningClock(),
      discovery: {
        authorization_endpoint: 'https://appcenter.intuit.com/connect/oauth2',
        token_endpoint: 'https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer',
        revocation_endpoint: 'https://developer.api.intuit.com/v2/oauth2/tokens/revoke',
        userinfo_endpoint: 'https://accounts.platform.intuit.com/v1/openid_connect/userinfo',
      },
      clientId: 'id',
      clientSecret: 'secret',
      refreshToken: 'RT1-x',
    });
    const granted = await refreshTokens(app(200, quickbooksRecorded.token));
    expect([granted.accessToken, granted.refreshToken]).toEqual(['eyJ...', 'RT1-39-H0-17...']);
    for (const [status, text] of [
      [400, quickbooksRecorded.invalidRefresh],
      [400, quickbooksRecorded.wrongType],
      [400, quickbooksRecorded.invalidCode],
      [400, quickbooksRecorded.bareGrant],
      [401, quickbooksRecorded.invalidClient],
    ] as const)
      await expect(refreshTokens(app(status, text))).rejects.toBeInstanceOf(CredentialsRefused);
    await expect(refreshTokens(app(503, '<html>'))).rejects.toBeInstanceOf(VendorUnreachable);
  });

  it('webhooks of both formats name their company', () => {
    expect(realmsIn(JSON.parse(quickbooksRecorded.legacyWebhook))).toEqual(['310687']);
    expect(realmsIn(JSON.parse(quickbooksRecorded.cloudEvents))).toEqual(['310687']);
  });

  it('what was sent, answered with what QuickBooks adds, reads as our invoice', () => {
    const answered = {
      ...(parseExact(quickbooksRecorded.createInvoice) as object),
      ...(parseExact(quickbooksRecorded.taxDetail) as object),
      Id: '130',
      SyncToken: '0',
      domain: 'QBO',
      sparse: false,
      MetaData: { CreateTime: '2026-03-01T09:19:21-08:00', LastUpdatedTime: '2026-03-01T09:19:21-08:00' },
      TotalAmt: parseExact('814.32'),
      Balance: parseExact('814.32'),
      CustomField: [{ DefinitionId: '1', Name: 'PO', Type: 'StringType' }],
      LinkedTxn: [],
      EmailStatus: 'NotSet',
    };
    const read = quickbooksSchemas.invoice.parse(answered);
    expect([read.id, read.number, read.customerId, read.isVoided, read.privateNote]).toEqual([
      '130',
      'AT-20417',
      '58',
      false,
      'Autotask invoice 20417',
    ]);
    expect([read.total, read.tax, read.balance].map((one) => one.toFixed(2))).toEqual(['814.32', '26.82', '814.32']);
  });

  it('customers, items and payments as the facts write them', () => {
    const stored = (text: string): object => ({ Id: '7', SyncToken: '0', ...(parseExact(text) as object) });
    expect(quickbooksSchemas.customer.parse(stored(quickbooksRecorded.createCustomer))).toMatchObject({
      name: 'Acme Corp',
      email: 'ap@acme.example',
      active: true,
    });
    expect(quickbooksSchemas.item.parse(stored(quickbooksRecorded.createItem))).toMatchObject({
      name: 'Managed Services',
      type: 'Service',
      taxable: false,
    });
    expect(quickbooksSchemas.payment.parse(stored(quickbooksRecorded.createPayment))).toEqual({
      id: '7',
      date: '2026-04-10',
      invoiceIds: ['130'],
    });
  });
});

describe('served in that shape', () => {
  let autotask: AutotaskSandbox;
  let quickbooks: QuickBooksSandbox;
  const headers = (): Record<string, string> => ({
    UserName: autotask.knobs.userName,
    Secret: autotask.knobs.secret,
    ApiIntegrationCode: autotask.knobs.integrationCode,
    'content-type': 'application/json',
  });

  const everything = '{"Filter":[{"op":"gte","field":"id","value":0}]}';
  const ask = (path: string, body?: string, method = body === undefined ? 'GET' : 'POST'): Promise<Response> =>
    fetch(`${autotask.url}/ATServicesRest/V1.0/${path}`, {
      method,
      headers: headers(),
      ...(body === undefined ? {} : { body }),
    });
  const rowsOf = async (entity: string): Promise<readonly Record<string, unknown>[]> =>
    ((await (await ask(`${entity}/query`, everything)).json()) as { items: Record<string, unknown>[] }).items;
  const missingKeys = (recorded: string, row: object): string[] =>
    Object.keys(JSON.parse(recorded) as object).filter((key) => !(key in row));
  const firstOf = (value: unknown): object => (Array.isArray(value) ? (value[0] as object) : {});

  beforeEach(async () => {
    const clock = new RunningClock();
    autotask = await startAutotaskSandbox({ clock, seed: 9 });
    quickbooks = await startQuickBooksSandbox({ clock });
    generateMsp(autotask, quickbooks.addRealm('1', { usingSalesTax: true }), {
      seed: 1,
      invoices: 4,
      now: clock.now(),
      tax: 'us-manual',
    });
  });
  afterEach(async () => {
    await autotask.close();
    await quickbooks.close();
  });

  it('every recorded entity is served with the recorded keys', async () => {
    const location = parseExact(autotaskRecorded.location) as MutableRow;
    const contact = parseExact(autotaskRecorded.contact) as MutableRow;
    autotask.data.tables.get('CompanyLocations')?.set(location.id, { id: location.id });
    autotask.data.tables.get('Contacts')?.set(contact.id, { id: contact.id });
    autotask.data.tables.get('Taxes')?.set(7, { id: 7 });
    const { items } = JSON.parse(autotaskRecorded.invoices) as { items: unknown[] };
    for (const [entity, recorded] of [
      ['Invoices', JSON.stringify(items[0])],
      ['BillingItems', autotaskRecorded.billingItem],
      ['BillingCodes', JSON.stringify(itemOf(autotaskRecorded.billingCode))],
      ['Companies', JSON.stringify(itemOf(autotaskRecorded.company))],
      ['CompanyLocations', autotaskRecorded.location],
      ['Contacts', autotaskRecorded.contact],
      ['Taxes', autotaskRecorded.tax],
      ['PaymentTerms', autotaskRecorded.paymentTerm],
      ['Currencies', autotaskRecorded.currency],
    ] as const) {
      const [row = {}] = await rowsOf(entity);
      expect([entity, missingKeys(recorded, row)]).toEqual([entity, []]);
    }
  });

  it('amounts keep four decimals on the wire', async () => {
    for (const entity of ['Invoices', 'BillingItems'])
      expect(await (await ask(`${entity}/query`, everything)).text()).toMatch(
        /"(invoiceTotal|totalAmount)":-?\d+\.\d{4}/,
      );
  });

  it('page details, metadata, zone, threshold and an update have the recorded keys', async () => {
    const values = async (path: string, body?: string, method?: string): Promise<Record<string, unknown>> =>
      (await (await ask(path, body, method)).json()) as Record<string, unknown>;
    const page = await values('Invoices/query', everything);
    expect(missingKeys(autotaskRecorded.invoices, page)).toEqual([]);
    expect(Object.keys(page['pageDetails'] as object)).toEqual(
      Object.keys((JSON.parse(autotaskRecorded.invoices) as { pageDetails: object }).pageDetails),
    );
    expect(await values('Invoices/entityInformation')).toEqual(JSON.parse(autotaskRecorded.entityInformation));
    const { fields } = JSON.parse(autotaskRecorded.entityFields) as { fields: Record<string, unknown>[] };
    const served = (
      (await values('BillingItems/entityInformation/fields'))['fields'] as Record<string, unknown>[]
    ).find((field) => field['name'] === 'billingItemType');
    const { picklistValues: _recorded, ...flags } = fields[0] ?? {};
    expect(served).toMatchObject(flags);
    expect(
      missingKeys(JSON.stringify((fields[0]?.['picklistValues'] as object[])[0]), firstOf(served?.['picklistValues'])),
    ).toEqual([]);
    expect(missingKeys(autotaskRecorded.zone, await values('zoneInformation?user=api%40msp.example'))).toEqual([]);
    expect(await values('zoneInformation?user=nobody')).toEqual(JSON.parse(autotaskRecorded.zoneUnknown));
    expect(missingKeys(autotaskRecorded.threshold, await values('ThresholdInformation'))).toEqual([]);
    expect(await values('Invoices/query/count', everything)).toEqual({ queryCount: 4 });
    const [id] = [...(autotask.data.tables.get('Invoices')?.keys() ?? [])];
    expect(await values('Invoices', JSON.stringify({ id, paidDate: '2026-12-01' }), 'PATCH')).toEqual({ itemId: id });
  });

  it('refusals: an empty 401, a wrong code, an unknown field, a dropped operator, page sizes, POST paging by GET', async () => {
    const query = (body: string): Promise<Response> => ask('Invoices/query', body);
    const refused = await fetch(`${autotask.url}/ATServicesRest/V1.0/Invoices/1`, {
      headers: { ...headers(), Secret: 'x' },
    });
    expect([refused.status, await refused.text(), refused.headers.get('www-authenticate')]).toEqual([
      401,
      '',
      'Basic Realm="webservices1"',
    ]);
    expect(await (await ask('Invoices/1')).json()).toEqual({ item: null });
    expect((await (await query('{"Filter":[{"op":"eq","field":"projectID","value":1}]}')).json()) as unknown).toEqual({
      errors: ['Unable to find projectID in the Invoice Entity.'],
    });
    expect(
      ((await (await query('{"Filter":[{"op":"ne","field":"id","value":1}]}')).json()) as { items: unknown[] }).items
        .length,
    ).toBe(4);
    expect((await query('{"MaxRecords":501,"Filter":[{"op":"exist","field":"id"}]}')).status).toBe(500);
    const first = (await (await query('{"MaxRecords":2,"Filter":[{"op":"exist","field":"id"}]}')).json()) as {
      pageDetails: { nextPageUrl: string };
    };
    expect((await fetch(first.pageDetails.nextPageUrl, { headers: headers() })).status).toBe(405);
    const next = await fetch(first.pageDetails.nextPageUrl, {
      method: 'POST',
      headers: headers(),
      body: '{"MaxRecords":2,"Filter":[{"op":"exist","field":"id"}]}',
    });
    expect(
      ((await next.json()) as { items: unknown[]; pageDetails: { nextPageUrl: null } }).pageDetails.nextPageUrl,
    ).toBe(null);
    expect((await ask('Invoices/155', '{}', 'PATCH')).status).toBe(405);
  });

  it('picklists: values as text, numbers shuffled, rows with the tenant’s own numbers', async () => {
    const reply = await fetch(`${autotask.url}/ATServicesRest/V1.0/BillingItems/entityInformation/fields`, {
      headers: headers(),
    });
    const { fields } = (await reply.json()) as {
      fields: { name: string; isPickList: boolean; picklistValues: { value: string; label: string }[] | null }[];
    };
    const types = fields.find((field) => field.name === 'billingItemType');
    expect(types?.isPickList).toBe(true);
    expect(types?.picklistValues?.map((one) => Number(one.value))).not.toEqual(
      types?.picklistValues?.map((_one, index) => index + 1),
    );
    const used = new Set(
      [...(autotask.data.tables.get('BillingItems')?.values() ?? [])].map((row) => String(row['billingItemType'])),
    );
    for (const value of used) expect(types?.picklistValues?.some((one) => one.value === value)).toBe(true);
  });

  it('the admin door shows the state and takes faults', async () => {
    expect(Object.keys((await (await fetch(`${autotask.url}/__sandbox/state`)).json()) as object)).toContain(
      'Invoices',
    );
    await fetch(`${quickbooks.url}/__sandbox/faults`, {
      method: 'POST',
      body: JSON.stringify({
        path: '/v3/',
        when: 'before',
        times: 1,
        act: { kind: 'reply', status: 502, body: '<html>' },
      }),
    });
    expect((await fetch(`${quickbooks.url}/v3/company/1/preferences`)).status).toBe(502);
    const refused = await fetch(`${quickbooks.url}/v3/company/1/preferences`);
    expect([refused.status, refused.headers.get('intuit_tid')?.startsWith('1-')]).toEqual([401, true]);
    expect(await refused.text()).toContain(
      '"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401"',
    );
  });
});
