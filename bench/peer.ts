/**
 * The peer: a plain one-by-one sync with the two public libraries, as one would write it in an afternoon: a look-up by
 * number before each invoice, customer and items looked up by name, invoice created, Autotask marked.
 */
import { createRequire } from 'node:module';

interface Callback<T> {
  (error: unknown, value: T): void;
}
interface QuickBooksLibrary {
  endpoint: string;
  findInvoices(criteria: unknown, done: Callback<{ QueryResponse: { Invoice?: unknown[] } }>): void;
  findCustomers(criteria: unknown, done: Callback<{ QueryResponse: { Customer?: { Id: string }[] } }>): void;
  findItems(criteria: unknown, done: Callback<{ QueryResponse: { Item?: { Id: string }[] } }>): void;
  createCustomer(body: unknown, done: Callback<{ Id: string }>): void;
  createItem(body: unknown, done: Callback<{ Id: string }>): void;
  createInvoice(body: unknown, done: Callback<{ Id: string; DocNumber: string }>): void;
}
interface Page<T> {
  items: T[];
}
interface AutotaskEntity {
  query(search: unknown): Promise<Page<Record<string, unknown>>>;
  get(id: number): Promise<{ item: Record<string, unknown> } | null>;
  update(row: unknown): Promise<unknown>;
}

const require = createRequire(import.meta.url);
const QuickBooks = require('node-quickbooks') as {
  new (...given: unknown[]): QuickBooksLibrary;
  V3_ENDPOINT_BASE_URL: string;
};
const { AutotaskRestApi } = require('@apigrate/autotask-restapi') as {
  AutotaskRestApi: new (
    user: string,
    secret: string,
    code: string,
    options: { base_url: string; version: string },
  ) => Record<string, AutotaskEntity>;
};

const {
  autotask: autotaskUrl,
  quickbooks: quickbooksUrl,
  token,
  userName,
  secret,
  integrationCode,
} = JSON.parse(process.env['PEER'] ?? '{}') as Record<string, string>;
QuickBooks.V3_ENDPOINT_BASE_URL = `${quickbooksUrl ?? ''}/v3/company/`;
const books = new QuickBooks('id', 'secret', token, false, '1', true, false, null, '2.0', null);
books.endpoint = `${quickbooksUrl ?? ''}/v3/company/`;
const psa = new AutotaskRestApi(userName ?? '', secret ?? '', integrationCode ?? '', {
  base_url: `${autotaskUrl ?? ''}/ATServicesRest/`,
  version: '1.0',
});

const ask = <T>(work: (done: Callback<T>) => void): Promise<T> =>
  new Promise((resolve, reject) =>
    work((error, value) =>
      error === null || error === undefined ? resolve(value) : reject(new Error(JSON.stringify(error))),
    ),
  );
const all = async (entity: AutotaskEntity | undefined, filter: unknown[]): Promise<Record<string, unknown>[]> => {
  const rows: Record<string, unknown>[] = [];
  for (let last = -1; ;) {
    const page =
      (await entity?.query({ MaxRecords: 500, filter: [...filter, { op: 'gt', field: 'id', value: last }] }))?.items ??
      [];
    rows.push(...page);
    if (page.length < 500) return rows;
    last = Number(page.at(-1)?.['id']);
  }
};

for (const invoice of await all(psa['Invoices'], [
  { op: 'notExist', field: 'invoiceNumber' },
  { op: 'eq', field: 'isVoided', value: false },
])) {
  const id = Number(invoice['id']);
  const lines = await all(psa['BillingItems'], [{ op: 'eq', field: 'invoiceID', value: id }]);
  const company = (await psa['Companies']?.get(Number(invoice['companyID'])))?.item;
  const name = String(company?.['companyName']).replaceAll(':', '-').replaceAll('’', "'");
  const there = await ask<{ QueryResponse: { Invoice?: unknown[] } }>((done) =>
    books.findInvoices([{ field: 'DocNumber', value: String(id), operator: '=' }], done),
  );
  if ((there.QueryResponse.Invoice ?? []).length > 0) continue;
  const found = await ask<{ QueryResponse: { Customer?: { Id: string }[] } }>((done) =>
    books.findCustomers([{ field: 'DisplayName', value: name.replaceAll('\\', '\\\\'), operator: '=' }], done),
  );
  const customer =
    found.QueryResponse.Customer?.[0] ??
    (await ask<{ Id: string }>((done) => books.createCustomer({ DisplayName: name }, done)));
  const body: unknown[] = [];
  for (const line of lines) {
    const items = await ask<{ QueryResponse: { Item?: { Id: string }[] } }>((done) =>
      books.findItems([{ field: 'Name', value: String(line['itemName']), operator: '=' }], done),
    );
    const item =
      items.QueryResponse.Item?.[0] ??
      (await ask<{ Id: string }>((done) =>
        books.createItem({ Name: line['itemName'], Type: 'Service', IncomeAccountRef: { value: '100' } }, done),
      ));
    body.push({
      DetailType: 'SalesItemLineDetail',
      Amount: Math.round(Number(line['totalAmount']) * 100) / 100,
      Description: line['description'],
      SalesItemLineDetail: { ItemRef: { value: item.Id } },
    });
  }
  const made = await ask<{ Id: string; DocNumber: string }>((done) =>
    books.createInvoice(
      {
        TxnDate: String(invoice['invoiceDateTime']).slice(0, 10),
        DocNumber: String(id),
        CustomerRef: { value: customer.Id },
        Line: body,
      },
      done,
    ),
  );
  await psa['Invoices']?.update({ id, invoiceNumber: made.DocNumber });
}
