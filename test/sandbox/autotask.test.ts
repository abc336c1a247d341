/** The Autotask sandbox's knobs and addresses of facts/autotask.md sections 4 and 8, asked over HTTP. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal, sum } from '../../src/core/money.ts';
import { RunningClock } from '../../src/platform/clock.ts';
import { ExactNumber, parseExact } from '../../src/platform/exact-json.ts';
import { startAutotaskSandbox, type AutotaskSandbox, type MutableRow } from '../../src/sandbox/autotask/sandbox.ts';

let autotask: AutotaskSandbox;
const amount = (text: string): ExactNumber => new ExactNumber(text);
const put = (table: string, row: MutableRow): void => void autotask.data.tables.get(table)?.set(row.id, row);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | null;
}
async function ask(
  path: string,
  body?: unknown,
  method?: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { userName, secret, integrationCode } = autotask.knobs;
  const reply = await fetch(`${autotask.url}/atservicesrest/v1.0/${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { UserName: userName, Secret: secret, ApiIntegrationCode: integrationCode, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await reply.text();
  return {
    status: reply.status,
    text,
    value: text === '' ? {} : (parseExact(text) as Record<string, unknown>),
    retryAfter: reply.headers.get('retry-after'),
  };
}
const everything = { Filter: [{ op: 'exist', field: 'id' }] };
const rowsOf = async (entity: string, body: unknown = everything): Promise<readonly Record<string, unknown>[]> =>
  (await ask(`${entity}/query`, body)).value['items'] as Record<string, unknown>[];
const text = (value: unknown): string => (value as ExactNumber).source;

beforeEach(async () => {
  autotask = await startAutotaskSandbox({ clock: new RunningClock() });
  put('Companies', {
    id: 369,
    companyName: 'Contoso & Söhne',
    isActive: true,
    billingAddress1: 'Main 1',
    taxID: 'NL0',
  });
  put('PaymentTerms', { id: 1, name: 'Net 30', description: '', paymentDueInDays: 30, isActive: true });
  put('Contacts', {
    id: 812,
    companyID: 369,
    firstName: 'Ann',
    lastName: 'Smit',
    emailAddress: 'ann@contoso.example',
    primaryContact: true,
    isActive: 1,
  });
  put('Contacts', { id: 813, companyID: 370, firstName: 'Bo', lastName: 'Aas', primaryContact: true, isActive: 1 });
  // The totals of the recorded invoice (facts 4.1) over two lines that posting would round to cents.
  put('Invoices', {
    id: 155,
    companyID: 369,
    createDateTime: '2025-09-05T09:47:15.227Z',
    invoiceDateTime: '2025-09-05T00:00:00Z',
    invoiceNumber: '1085',
    invoiceTotal: amount('52.7775'),
    totalTaxValue: amount('11.0833'),
    isVoided: false,
    paymentTerm: 1,
  });
  for (const [id, net, tax] of [
    [1, '30.1225', '6.3257'],
    [2, '22.6550', '4.7576'],
  ] as const)
    put('BillingItems', {
      id,
      invoiceID: 155,
      itemName: `Line <${String(id)}>`,
      totalAmount: amount(net),
      taxDollars: amount(tax),
      sortOrderID: id,
    });
});
afterEach(() => autotask.close());

describe('money', () => {
  it('invoiceTotal is net by default and gross by knob, always with four decimals', async () => {
    expect((await rowsOf('Invoices')).map((row) => text(row['invoiceTotal']))).toEqual(['52.7775']);
    autotask.knobs.invoiceTotalMode = 'gross';
    const [row] = await rowsOf('Invoices');
    expect([text(row?.['invoiceTotal']), text(row?.['totalTaxValue'])]).toEqual(['63.8608', '11.0833']);
  });

  it.each(['net', 'gross'] as const)('lines in cents: the header is built from them (%s)', async (mode) => {
    autotask.knobs.lineRounding = 'cents';
    autotask.knobs.invoiceTotalMode = mode;
    const lines = await rowsOf('BillingItems');
    expect(lines.map((line) => [text(line['totalAmount']), text(line['taxDollars'])])).toEqual([
      ['30.1200', '6.3300'],
      ['22.6600', '4.7600'],
    ]);
    const [row] = await rowsOf('Invoices');
    const net = sum(lines.map((line) => decimal(text(line['totalAmount']))));
    const tax = sum(lines.map((line) => decimal(text(line['taxDollars']))));
    expect(text(row?.['invoiceTotal'])).toBe((mode === 'gross' ? net.plus(tax) : net).toFixed(4));
    expect(text(row?.['totalTaxValue'])).toBe(tax.toFixed(4));
  });

  it('what a test planted in a header stays planted when lines are rounded', async () => {
    put('Invoices', { ...autotask.data.tables.get('Invoices')?.get(155), id: 155, invoiceTotal: amount('60.0000') });
    autotask.knobs.lineRounding = 'cents';
    expect((await rowsOf('Invoices')).map((row) => text(row['invoiceTotal']))).toEqual(['60.0025']);
  });
});

describe('documents of an invoice', () => {
  it.each(['base64', 'numbers', 'wrapped'] as const)('PDF, data as %s', async (form) => {
    autotask.knobs.pdfData = form;
    const { value } = await ask('Invoices/155/InvoicePdf');
    const file = (form === 'wrapped' ? value['item'] : value) as Record<string, unknown>;
    expect([file['id'], file['contentType'], file['fileName']]).toEqual([155, 'application/pdf', 'Invoice_1085.pdf']);
    const bytes =
      form === 'numbers' ? Buffer.from(file['data'] as number[]) : Buffer.from(String(file['data']), 'base64');
    expect([bytes.subarray(0, 5).toString(), bytes.length]).toEqual(['%PDF-', file['fileSize']]);
    const at = Number(/startxref\n(\d+)/.exec(bytes.toString('latin1'))?.[1]);
    expect(bytes.subarray(at, at + 4).toString()).toBe('xref');
  });

  it('mark-up: HTML, and XML with lines in order and the recipient', async () => {
    expect(String((await ask('Invoices/155/InvoiceMarkupHtml')).value['invoiceMarkup'])).toContain('Line &lt;1&gt;');
    const markup = String((await ask('invoices/155/invoicemarkupxml')).value['invoiceMarkup']);
    expect(markup).toContain('<invoice_batch_generic><invoice_batch>');
    expect(markup).toContain('<cust_name>Contoso &amp; Söhne</cust_name>');
    expect(markup).toContain('<account_invoice_email_recipient>ann@contoso.example</account_invoice_email_recipient>');
    expect(markup).toContain('<payment_term_name>Net 30</payment_term_name>');
    expect(markup.indexOf('Line &lt;1&gt;')).toBeLessThan(markup.indexOf('Line &lt;2&gt;'));
  });

  it('a security level without the right, an unknown invoice, an unknown kind', async () => {
    expect((await ask('Invoices/156/InvoicePdf')).status).toBe(500);
    expect((await ask('Invoices/155/InvoiceDocx')).status).toBe(404);
    autotask.knobs.invoiceDocuments = 'denied';
    expect([(await ask('Invoices/155/InvoicePdf')).value, (await ask('Invoices/155')).status]).toEqual([
      { errors: ['The logged in Resource does not have the adequate permissions to query this entity type.'] },
      200,
    ]);
  });
});

describe('contacts, children, user-defined fields', () => {
  it('a primary contact is found by company and flag, and carries an empty list of user-defined fields', async () => {
    const rows = await rowsOf('Contacts', {
      Filter: [
        { op: 'in', field: 'companyID', value: [369] },
        { op: 'eq', field: 'primaryContact', value: true },
      ],
    });
    expect(
      rows.map((row) => [row['emailAddress'], row['isActive'], row['emailAddress2'], row['userDefinedFields']]),
    ).toEqual([['ann@contoso.example', 1, null, []]]);
  });

  it('child addresses list by GET only; a query below them does not exist', async () => {
    expect(((await ask('Companies/369/Contacts')).value['items'] as { id: number }[]).map((row) => row.id)).toEqual([
      812,
    ]);
    expect((await ask('companies/369/locations')).value).toMatchObject({
      items: [],
      pageDetails: { nextPageUrl: null },
    });
    expect((await ask('Companies/369/Contacts/query', everything)).status).toBe(405);
    expect((await ask('Companies/369/Contacts/query')).status).toBe(404);
    expect((await ask('Companies/369/Nonsense')).status).toBe(404);
  });

  it('only entities that have user-defined fields carry their list', async () => {
    expect((await rowsOf('Companies'))[0]).toHaveProperty('userDefinedFields', []);
    for (const entity of ['Invoices', 'BillingItems', 'PaymentTerms'])
      expect((await rowsOf(entity))[0]).not.toHaveProperty('userDefinedFields');
  });

  it('one condition on a user-defined field, never two', async () => {
    put('Companies', {
      id: 370,
      companyName: 'Udo',
      userDefinedFields: [{ name: 'QuickBooks Id', value: '58' }],
    });
    const condition = { op: 'eq', field: 'quickbooks id', udf: true, value: '58' };
    expect((await rowsOf('Companies', { Filter: [condition] })).map((row) => row['id'])).toEqual([370]);
    expect((await ask('Companies/query', { Filter: [condition, condition] })).status).toBe(500);
    expect((await ask('Invoices/query', { Filter: [condition] })).value).toEqual({
      errors: ['Unable to find quickbooks id in the Invoice Entity.'],
    });
  });

  it('how a company wants its invoices, where the tenant has that', async () => {
    expect((await ask('Companies/369/invoiceSettings')).value).toMatchObject({
      taxId: 'NL0',
      contactRecipients: [812],
    });
    autotask.knobs.invoiceSettings = 'absent';
    expect((await ask('Companies/369/invoiceSettings')).status).toBe(404);
  });
});

describe('updates', () => {
  const row = (): MutableRow | undefined => autotask.data.tables.get('Invoices')?.get(155);

  it('paidDate loses its time without a shift; what may not be written is passed over', async () => {
    const reply = await ask('Invoices', { id: 155, paidDate: '2026-12-01T02:00:00+14:00', invoiceTotal: 1 }, 'PATCH');
    expect([reply.status, reply.value]).toEqual([200, { itemId: 155 }]);
    expect([row()?.['paidDate'], text(row()?.['invoiceTotal'])]).toEqual(['2026-12-01T00:00:00Z', '52.7775']);
    expect((await rowsOf('Invoices', { IncludeFields: ['id', 'paidDate'], ...everything })) as unknown).toEqual([
      { id: 155, paidDate: '2026-12-01T00:00:00Z' },
    ]);
  });

  it('null empties a field, or not: the tenant decides; a number is cut at its length; PUT empties the rest', async () => {
    await ask('Invoices', { id: 155, invoiceNumber: 'x'.repeat(120), webServiceDate: '2026-12-01T10:00:00Z' }, 'PATCH');
    expect([String(row()?.['invoiceNumber']).length, row()?.['webServiceDate']]).toEqual([100, '2026-12-01T10:00:00Z']);
    autotask.knobs.patchNull = 'ignored';
    await ask('Invoices', { id: 155, webServiceDate: null }, 'PATCH');
    expect(row()?.['webServiceDate']).toBe('2026-12-01T10:00:00Z');
    autotask.knobs.patchNull = 'clears';
    await ask('Invoices', { id: 155, webServiceDate: null }, 'PATCH');
    expect(row()?.['webServiceDate']).toBe(null);
    await ask('Invoices', { id: 155, paidDate: '2026-12-01' }, 'PUT');
    expect([row()?.['invoiceNumber'], row()?.['paidDate']]).toEqual([null, '2026-12-01T00:00:00Z']);
  });

  it('an unknown id, a level that may not update, entities that cannot be updated', async () => {
    autotask.knobs.unknownIdText = 'Nothing there.';
    expect((await ask('Invoices', { id: 1, paidDate: '2026-12-01' }, 'PATCH')).value).toEqual({
      errors: ['Nothing there.'],
    });
    expect((await ask('BillingCodes', { id: 1 }, 'PATCH')).status).toBe(405);
    for (const method of ['POST', 'DELETE']) expect((await ask('Invoices', {}, method)).status).toBe(405);
    expect((await ask('Invoices/155', {}, 'DELETE')).status).toBe(405);
    autotask.knobs.deniedUpdate = ['Invoices'];
    expect((await ask('Invoices', { id: 155 }, 'PATCH')).text).toContain('permissions to update this entity type');
    const { info } = (await ask('Invoices/entityInformation')).value as { info: Record<string, unknown> };
    expect([info['userAccessForQuery'], info['userAccessForUpdate']]).toEqual(['All', 'None']);
  });
});

describe('refusals and tenants', () => {
  it('rights: a denied entity, impersonation on a read', async () => {
    autotask.knobs.deniedQuery = ['Contacts'];
    expect((await ask('Contacts/query', everything)).text).toContain('permissions to query this entity type');
    expect((await ask('Companies/369/Contacts')).status).toBe(500);
    expect((await ask('Invoices/155', undefined, 'GET', { ImpersonationResourceId: '5' })).status).toBe(500);
  });

  it('a wrong integration code is a business error, or a 401 by knob', async () => {
    const wrong = { ApiIntegrationCode: 'X' };
    expect((await ask('Invoices/155', undefined, 'GET', wrong)).value).toEqual({
      errors: ['IntegrationCode is invalid'],
    });
    autotask.knobs.wrongIntegrationCode = '401';
    expect((await ask('Invoices/155', undefined, 'GET', wrong)).status).toBe(401);
  });

  it('threads and suspension: status and Retry-After by knob', async () => {
    Object.assign(autotask.knobs, { threadsPerEndpoint: 0, threadStatus: 500, retryAfterSeconds: 7 });
    const threads = await ask('Invoices/155');
    expect([threads.status, threads.retryAfter]).toEqual([500, '7']);
    expect(threads.value).toEqual({ errors: ['The Autotask API thread threshold of 0 threads has been exceeded.'] });
    Object.assign(autotask.knobs, { threadsPerEndpoint: 3, suspensionStatus: 500, otherRequests: 10_000 });
    expect((await ask('Invoices/155')).status).toBe(500);
  });

  it('a label where a picklist has numbers does not convert; a text id matches nothing', async () => {
    const typed = (value: unknown): unknown => ({ Filter: [{ op: 'eq', field: 'companyType', value }] });
    expect((await ask('Companies/query', typed('Customer'))).value).toEqual({
      errors: ["Conversion failed when converting varchar 'Customer' to data type int"],
    });
    expect(await rowsOf('Companies', { Filter: [{ op: 'eq', field: 'id', value: '369' }] })).toEqual([]);
  });

  it('a tenant of 2024 and one of tomorrow', async () => {
    autotask.knobs.olderTenant = true;
    expect((await rowsOf('Invoices'))[0]).not.toHaveProperty('invoiceStatus');
    autotask.knobs.olderTenant = false;
    autotask.knobs.unknownFields = true;
    expect((await rowsOf('Invoices'))[0]).toMatchObject({ invoiceStatus: null, fieldOfTomorrow: { id: 1 } });
  });

  it('metadata carries the flags of each field; terms are a picklist of the tenant', async () => {
    const { fields } = (await ask('Invoices/entityInformation/fields')).value as {
      fields: { name: string; picklistValues: { value: string; label: string }[] | null }[];
    };
    const of = (name: string): unknown => fields.find((field) => field.name === name);
    expect(of('dueDate')).toMatchObject({ dataType: 'datetime', isReadOnly: true, isQueryable: false });
    expect(of('invoiceNumber')).toMatchObject({ dataType: 'string', length: 100, isReadOnly: false });
    expect(of('companyID')).toMatchObject({ isReference: true, referenceEntityType: 'Company' });
    expect(of('paymentTerm')).toMatchObject({ isPickList: true, picklistValues: [{ value: '1', label: 'Net 30' }] });
  });
});
