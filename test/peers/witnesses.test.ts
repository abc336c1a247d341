/**
 * Independent witnesses that the sandboxes speak the real protocols: public client libraries, unchanged, which were written
 * against the real services. If one of them cannot work with a sandbox, the sandbox is wrong.
 */
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunningClock } from '../../src/platform/clock.ts';
import { startAutotaskSandbox, type AutotaskSandbox } from '../../src/sandbox/autotask/sandbox.ts';
import { generateMsp } from '../../src/sandbox/msp/generate.ts';
import { startQuickBooksSandbox, type QuickBooksSandbox } from '../../src/sandbox/quickbooks/sandbox.ts';

const require = createRequire(import.meta.url);
type Row = Record<string, unknown>;

let autotask: AutotaskSandbox;
let quickbooks: QuickBooksSandbox;
let customerId = '';
let itemId = '';

beforeEach(async () => {
  const clock = new RunningClock(1);
  autotask = await startAutotaskSandbox({ clock });
  quickbooks = await startQuickBooksSandbox({ clock, knobs: { requestsPerSecond: 1000 } });
  const realm = quickbooks.addRealm('123', {});
  generateMsp(autotask, realm, { seed: 1, invoices: 3, now: clock.now(), tax: 'us-none' });
  customerId = [...realm.table('Customer').keys()][0] ?? '';
  itemId = [...realm.table('Item').keys()][0] ?? '';
});

afterEach(async () => {
  await autotask.close();
  await quickbooks.close();
});

describe('@apigrate/autotask-restapi', () => {
  interface Entity {
    query(search: unknown): Promise<{ items: Row[]; pageDetails: { count: number } }>;
    count(search: unknown): Promise<{ queryCount: number }>;
    get(id: number): Promise<{ item: Row | null }>;
    update(row: unknown): Promise<{ itemId: number }>;
    fieldInfo(): Promise<{ fields: { name: string }[] }>;
  }
  const { AutotaskRestApi } = require('@apigrate/autotask-restapi') as {
    AutotaskRestApi: new (
      user: string,
      secret: string,
      code: string,
      options: { base_url: string },
    ) => Record<string, Entity>;
  };
  const open = (): Record<string, Entity> =>
    new AutotaskRestApi(autotask.knobs.userName, autotask.knobs.secret, autotask.knobs.integrationCode, {
      base_url: `${autotask.url}/ATServicesRest/`,
    });

  it('finds its zone, queries, counts, reads, and marks an invoice', async () => {
    const api = open();
    const everything = { filter: [{ op: 'gte', field: 'id', value: 0 }] };
    const page = await api['Invoices']?.query(everything);
    expect(page?.pageDetails.count).toBe(3);
    expect((await api['Invoices']?.count(everything))?.queryCount).toBe(3);
    const id = Number(page?.items[0]?.['id']);
    expect((await api['Invoices']?.get(id))?.item?.['companyID']).toBeTypeOf('number');
    expect((await api['Invoices']?.update({ id, invoiceNumber: 'QB-1085' }))?.itemId).toBe(id);
    expect(autotask.data.tables.get('Invoices')?.get(id)?.['invoiceNumber']).toBe('QB-1085');
    expect((await api['Invoices']?.get(1))?.item).toBe(null);
    expect((await api['BillingItems']?.fieldInfo())?.fields.map((one) => one.name)).toContain('totalAmount');
  });

  it('is refused with an empty 401 when the secret is wrong', async () => {
    const api = new AutotaskRestApi(autotask.knobs.userName, 'wrong', autotask.knobs.integrationCode, {
      base_url: `${autotask.url}/ATServicesRest/`,
    });
    await expect(api['Invoices']?.query({ filter: [{ op: 'gte', field: 'id', value: 0 }] })).rejects.toThrow(
      /Authorization error/,
    );
  });
});

describe('intuit-oauth', () => {
  interface Client {
    setAuthorizeURLs(urls: unknown): void;
    authorizeUri(options: unknown): string;
    createToken(url: string): Promise<{ getJson(): { access_token: string; refresh_token: string } }>;
    refreshUsingToken(token: string): Promise<{ getJson(): { access_token: string } }>;
    revoke(): Promise<unknown>;
  }
  it('exchanges a code, refreshes and revokes', async () => {
    const OAuthClient = require('intuit-oauth') as { new (options: unknown): Client; scopes: { Accounting: string } };
    const client = new OAuthClient({
      clientId: 'sandbox-client',
      clientSecret: 'sandbox-client-secret',
      environment: 'sandbox',
      redirectUri: 'http://127.0.0.1/callback',
    });
    client.setAuthorizeURLs({
      authorizeEndpoint: `${quickbooks.url}/connect/oauth2`,
      tokenEndpoint: `${quickbooks.url}/oauth2/v1/tokens/bearer`,
      revokeEndpoint: `${quickbooks.url}/v2/oauth2/tokens/revoke`,
      userInfoEndpoint: `${quickbooks.url}/v1/openid_connect/userinfo`,
    });
    const consent = await fetch(client.authorizeUri({ scope: [OAuthClient.scopes.Accounting], state: 's' }), {
      redirect: 'manual',
    });
    const callback = consent.headers.get('location') ?? '';
    expect(callback).toMatch(/code=.*state=s.*realmId=123/);
    const tokens = (await client.createToken(callback)).getJson();
    expect(quickbooks.oauth.realmOf(tokens.access_token)).toBe('123');
    expect(
      quickbooks.oauth.realmOf((await client.refreshUsingToken(tokens.refresh_token)).getJson().access_token),
    ).toBe('123');
    await expect(client.createToken(callback)).rejects.toThrow();
    await client.revoke();
    expect(quickbooks.oauth.realmOf(tokens.access_token)).toBe(null);
  });
});

async function accessToken(): Promise<string> {
  const reply = await fetch(`${quickbooks.url}/oauth2/v1/tokens/bearer`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from('sandbox-client:sandbox-client-secret').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'authorization_code', code: quickbooks.grant('123') }).toString(),
  });
  return ((await reply.json()) as { access_token: string }).access_token;
}

const invoiceBody = () => ({
  CustomerRef: { value: customerId },
  Line: [{ DetailType: 'SalesItemLineDetail', Amount: 12.5, SalesItemLineDetail: { ItemRef: { value: itemId } } }],
});

describe('node-quickbooks', () => {
  type Done = (error: unknown, value: Row) => void;
  interface Library {
    endpoint: string;
    [method: string]: unknown;
  }
  const call = (library: Library, method: string, ...given: unknown[]): Promise<Row> =>
    new Promise((resolve, reject) => {
      const work = library[method] as (...all: unknown[]) => void;
      const done: Done = (error, value) =>
        error === null || error === undefined ? resolve(value) : reject(new Error(JSON.stringify(error)));
      work.call(library, ...given, done);
    });

  it('creates, reads, finds, updates, voids, batches and asks for changes', async () => {
    const QuickBooks = require('node-quickbooks') as new (...given: unknown[]) => Library;
    const library = new QuickBooks('id', 'secret', await accessToken(), false, '123', true, false, null, '2.0', null);
    library.endpoint = `${quickbooks.url}/v3/company/`;
    expect(await call(library, 'getCompanyInfo', '123')).toMatchObject({ CompanyName: 'Sandbox Company' });
    const made = await call(library, 'createInvoice', invoiceBody());
    expect(made).toMatchObject({ DocNumber: '1001', TotalAmt: 12.5, SyncToken: '0' });
    expect(await call(library, 'getInvoice', made['Id'])).toMatchObject({ Id: made['Id'] });
    const found = await call(library, 'findInvoices', [{ field: 'DocNumber', value: '1001', operator: '=' }]);
    expect((found['QueryResponse'] as { Invoice: Row[] }).Invoice.length).toBe(1);
    const updated = await call(library, 'updateInvoice', {
      Id: made['Id'],
      SyncToken: made['SyncToken'],
      sparse: true,
      PrivateNote: 'seen',
    });
    expect(updated).toMatchObject({ PrivateNote: 'seen', SyncToken: '1' });
    expect(await call(library, 'voidInvoice', { Id: made['Id'], SyncToken: '1' })).toMatchObject({
      Invoice: { TotalAmt: 0 },
    });
    const batch = await call(library, 'batch', [
      { bId: '1', operation: 'create', Customer: { DisplayName: 'Batch Customer' } },
      { bId: '2', Query: 'select * from Term' },
    ]);
    expect(
      (batch['BatchItemResponse'] as Row[]).map((one) => String(one['bId'])).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(['1', '2']);
    const changes = await call(
      library,
      'changeDataCapture',
      ['Customer', 'Invoice'],
      new Date(Date.now() - 60_000).toISOString(),
    );
    expect(JSON.stringify(changes)).toContain('Batch Customer');
    await expect(call(library, 'createCustomer', { DisplayName: 'Batch Customer' })).rejects.toThrow(/status code 400/);
  });
});

describe('quickbooks-node-promise', () => {
  it('creates, finds and reads an invoice', async () => {
    const { Quickbooks } = require('quickbooks-node-promise') as {
      Quickbooks: {
        new (
          app: unknown,
          realm: string,
          token: unknown,
        ): {
          createInvoice(body: unknown): Promise<{ Invoice: Row }>;
          getInvoice(id: unknown): Promise<{ Invoice: Row }>;
          findInvoices(criteria: unknown): Promise<{ QueryResponse: { Invoice?: Row[] } }>;
        };
        V3_ENDPOINT_BASE_URL: string;
      };
    };
    Quickbooks.V3_ENDPOINT_BASE_URL = `${quickbooks.url}/v3/company/`;
    const library = new Quickbooks(
      {
        appKey: 'sandbox-client',
        appSecret: 'sandbox-client-secret',
        redirectUrl: 'http://127.0.0.1/',
        accessToken: await accessToken(),
        useProduction: false,
      },
      '123',
      { accessToken: await accessToken() },
    );
    const made = await library.createInvoice(invoiceBody());
    expect(made.Invoice['TotalAmt']).toBe(12.5);
    expect((await library.getInvoice(made.Invoice['Id'])).Invoice['Id']).toBe(made.Invoice['Id']);
    const found = await library.findInvoices([{ field: 'DocNumber', value: made.Invoice['DocNumber'], operator: '=' }]);
    expect(found.QueryResponse.Invoice?.length).toBe(1);
    expect(quickbooks.counters.of('writes without requestid')).toBe(0);
  });
});
