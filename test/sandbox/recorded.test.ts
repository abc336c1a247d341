/** What the facts quote as recorded from the real services: our schemas read it, and the sandboxes serve it in that shape. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as autotaskSchemas from '../../src/autotask/schemas.ts';
import { RunningClock } from '../../src/platform/clock.ts';
import { parseExact } from '../../src/platform/exact-json.ts';
import { faultIn } from '../../src/quickbooks/faults.ts';
import { startAutotaskSandbox, type AutotaskSandbox } from '../../src/sandbox/autotask/sandbox.ts';
import { generateMsp } from '../../src/sandbox/msp/generate.ts';
import { startQuickBooksSandbox, type QuickBooksSandbox } from '../../src/sandbox/quickbooks/sandbox.ts';

/** facts/autotask.md 4.1, zone 19, September 2025. */
const invoice = `{"id":155,"batchID":79,"comments":null,"companyID":369,"createDateTime":"2025-09-05T09:47:15.227Z","creatorResourceID":29682885,"dueDate":"2025-10-05T00:00:00.000Z","fromDate":"2025-09-03T00:00:00.000Z","invoiceDateTime":"2025-09-05T00:00:00.000Z","invoiceEditorTemplateID":102,"invoiceNumber":"1085","invoiceTotal":52.7775,"isVoided":false,"orderNumber":"","paidDate":null,"paymentTerm":1,"taxGroup":null,"taxRegionName":"VAT","toDate":"2025-09-05T00:00:00.000Z","totalTaxValue":11.0833,"voidedByResourceID":null,"voidedDate":null,"webServiceDate":null,"invoiceStatus":1,"invoiceTaxMethodExternalCode":null}`;
/** facts/autotask.md 4.2: labor drawn from a block contract. */
const item = `{"id":26039,"accountManagerWhenApprovedID":29682885,"billingCodeID":29683502,"billingItemType":1,"companyID":239,"configurationItemID":null,"contractBlockID":75,"contractChargeID":null,"contractID":29683363,"contractServiceID":null,"description":"Remote coaching","expenseItemID":null,"extendedPrice":386.6450,"internalCurrencyExtendedPrice":386.6450,"invoiceID":0,"itemDate":"2021-12-01T00:00:00Z","itemName":"ICT Coaching","lineItemFullDescription":null,"lineItemGroupDescription":null,"milestoneID":null,"nonBillable":0,"organizationalLevelAssociationID":null,"quantity":3.1750,"rate":100.0000,"sortOrderID":0,"subType":1,"taxDollars":0.0000,"ticketID":29799,"timeEntryID":28673,"totalAmount":0.0000,"vendorID":null,"webServiceDate":null}`;

describe('recorded from Autotask', () => {
  it('the invoice is read to the last decimal, its dates as written', () => {
    const read = autotaskSchemas.invoice.parse(parseExact(invoice));
    expect(read.total.toFixed()).toBe('52.7775');
    expect(read.tax.toFixed()).toBe('11.0833');
    expect([read.invoiceDate, read.dueDate, read.createdAt]).toEqual([
      '2025-09-05',
      '2025-10-05',
      '2025-09-05T09:47:15.227Z',
    ]);
  });

  it('covered labor bills nothing, although quantity times rate is not nothing', () => {
    const read = autotaskSchemas.billingItem.parse(parseExact(item));
    expect(read.kind).toBe('labor');
    expect([read.amount.toFixed(), read.listAmount?.toFixed(), read.quantity?.toFixed()]).toEqual([
      '0',
      '386.645',
      '3.175',
    ]);
  });
});

describe('recorded from QuickBooks', () => {
  it.each([
    [
      '{"Fault":{"Error":[{"Message":"message=ThrottleExceeded; errorCode=003001; statusCode=429","Detail":"The request limit was reached.  Try again later","code":"3001"}],"type":"SERVICE"},"time":"x"}',
      'throttled',
    ],
    [
      '{"warnings":null,"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401","detail":"Token expired: AB01...","code":"3200","element":null}],"type":"AUTHENTICATION"},"time":1514764800000}',
      'unauthorized',
    ],
    [
      '{"Fault":{"Error":[{"Message":"Duplicate Document Number Error","Detail":"Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=1042 is assigned to TxnType=Invoice with TxnId=17984","code":"6140","element":""}],"type":"ValidationFault"},"time":"x"}',
      'duplicate-number',
    ],
    [
      '{"Fault":{"Error":[{"Message":"An application error has occurred while processing your request","Detail":"System Failure Error: x","code":"10000"}],"type":"SystemFault"}}',
      'system',
    ],
    [
      '{"Fault":{"Error":[{"Message":"Duplicate Name Exists Error","Detail":"The name supplied already exists. : Another customer, vendor or employee is already using this name. Please use a different name.","code":"6240"}],"type":"ValidationFault"}}',
      'duplicate-name',
    ],
  ])('%s', (text, meaning) => {
    const fault = faultIn(parseExact(text), '1-tid');
    expect(fault?.meaning).toBe(meaning);
    if (meaning === 'duplicate-number') expect(fault?.existingId).toBe('17984');
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

  it('an invoice and a line have the recorded keys, and amounts keep four decimals on the wire', async () => {
    for (const [entity, recorded] of [
      ['Invoices', invoice],
      ['BillingItems', item],
    ] as const) {
      const reply = await fetch(`${autotask.url}/atservicesrest/v1.0/${entity}/query`, {
        method: 'POST',
        headers: headers(),
        body: '{"MaxRecords":1,"Filter":[{"op":"gte","field":"id","value":0}]}',
      });
      const text = await reply.text();
      expect(text).toMatch(/"(invoiceTotal|totalAmount)":-?\d+\.\d{4}/);
      const [row = {}] = (JSON.parse(text) as { items: Record<string, unknown>[] }).items;
      const origins =
        /^(contract|ticket|project|expense|milestone|timeEntry|configuration|vendor|account|internal|time)/;
      expect(Object.keys(JSON.parse(recorded) as object).filter((key) => !(key in row) && !origins.test(key))).toEqual(
        [],
      );
    }
  });

  it('refusals: an empty 401, a wrong code, an unknown field, a dropped operator, page sizes, POST paging by GET', async () => {
    const ask = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${autotask.url}/ATServicesRest/V1.0/${path}`, { headers: headers(), ...init });
    const query = (body: string): Promise<Response> => ask('Invoices/query', { method: 'POST', body });
    const refused = await ask('Invoices/1', { headers: { ...headers(), Secret: 'x' } });
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
    expect((await ask('Invoices/155', { method: 'PATCH', body: '{}' })).status).toBe(405);
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
