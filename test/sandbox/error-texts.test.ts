/** Each error of facts/qbo.md section 8 that the sandbox can produce comes in the recorded form: status, envelope, texts. */
import { afterEach, describe, expect, it } from 'vitest';
import type { QuickBooksKnobs } from '../../src/sandbox/quickbooks/sandbox.ts';
import type { RealmConfig } from '../../src/sandbox/quickbooks/realm.ts';
import { openCompany, tokenOf, type Company } from './company.ts';
import { errors, type RecordedError } from './recorded/quickbooks-errors.ts';
import * as recorded from './recorded/quickbooks.ts';

let company: Company;
afterEach(() => company.close());

interface Answer {
  readonly status: number;
  readonly value: unknown;
}
const asked = async (reply: Promise<Response>): Promise<Answer> => {
  const one = await reply;
  return { status: one.status, value: await one.json() };
};
const find = (text: string): Promise<Answer> => asked(company.call(`query?query=${encodeURIComponent(text)}`));
const send = (changes: Readonly<Record<string, unknown>>): Promise<Answer> =>
  company.post('invoice', company.invoice(changes));
/** One sales line of the company's item. */
const line = (detail: Readonly<Record<string, unknown>>, amount = 10): unknown => ({
  DetailType: 'SalesItemLineDetail',
  Amount: amount,
  SalesItemLineDetail: { ItemRef: { value: company.ids.item }, ...detail },
});

const envelopeOf = (error: RecordedError): unknown => ({
  Fault: {
    Error: [
      {
        Message: error.message,
        Detail: error.detail,
        code: error.code,
        ...(error.element === undefined || error.element === '' ? {} : { element: error.element }),
      },
    ],
    type: error.type ?? 'ValidationFault',
  },
  time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-0[78]:00$/) as unknown,
});

interface Case {
  readonly error: RecordedError;
  readonly config?: Partial<RealmConfig>;
  readonly act: () => Promise<Answer>;
}
const custom = { customTxnNumbers: true };

const cases: Readonly<Record<string, Case>> = {
  'an inactive customer': {
    error: errors.inactive,
    act: () => {
      const customer = company.realm.put('Customer', { DisplayName: 'Gone (deleted)', Active: false });
      return send({ CustomerRef: { value: customer.Id } });
    },
  },
  'an inactive item': {
    error: errors.inactive,
    act: () => {
      const item = company.realm.put('Item', { Name: 'Gone (deleted)', Active: false });
      return send({ Line: [line({ ItemRef: { value: item.Id } })] });
    },
  },
  'a read of a missing id, with 400 and not 404': {
    error: errors.deleted,
    act: () => asked(company.call('invoice/999')),
  },
  'no line': { error: errors.missing, act: () => send({ Line: [] }) },
  'no customer': {
    error: { ...errors.missing, detail: errors.missing.detail.replace('Line', 'CustomerRef'), element: 'CustomerRef' },
    act: () => send({ CustomerRef: undefined }),
  },
  'too long a number': { error: errors.tooLong, act: () => send({ DocNumber: 'x'.repeat(33) }) },
  'too long a memo': {
    error: {
      ...errors.tooLong,
      detail: errors.tooLong.detail.replace('Max:21', 'Max:1000').replace('33', '1001'),
      element: 'Customer Memo',
    },
    act: () => send({ CustomerMemo: { value: 'x'.repeat(1001) } }),
  },
  'an unknown customer': { error: errors.reference, act: () => send({ CustomerRef: { value: '583' } }) },
  'an unknown item': {
    error: { ...errors.reference, detail: errors.reference.detail.replace('Names', 'Items') },
    act: () => send({ Line: [line({ ItemRef: { value: '583' } })] }),
  },
  'a query that does not parse': {
    error: { ...errors.queryText, detail: errors.queryText.detail.replace('29', '22') },
    act: () => find("SELECT * FROM Invoice TxnDate > '2026-01-01'"),
  },
  'an unknown property': {
    error: { ...errors.queryProperty, detail: errors.queryProperty.detail.replace('Purchase', 'Invoice') },
    act: () => find("SELECT * FROM Invoice WHERE NoSuchField = '1'"),
  },
  'a first position of 0': {
    error: errors.queryStart,
    act: () => find('SELECT * FROM Invoice STARTPOSITION 0'),
  },
  'a stale token': {
    error: {
      ...errors.stale,
      detail: errors.stale.detail.replace('<user>', 'another user').replace('<user>', 'Another user'),
    },
    act: () => company.post('customer', { Id: company.ids.customer, SyncToken: '9', sparse: true, Notes: 'x' }),
  },
  'no rate on a line outside the US': {
    error: errors.noVat,
    config: { country: 'GB', homeCurrency: 'GBP' },
    act: () => send({}),
  },
  'a payment without an amount': {
    error: errors.noAmount,
    act: () => company.post('payment', { CustomerRef: { value: company.ids.customer } }),
  },
  'half a cent: 128.35 times 14.5 is 1,861.08': {
    error: errors.amount,
    act: () => send({ Line: [line({ Qty: 14.5, UnitPrice: 128.35 }, 1861.07)] }),
  },
  'a number that is used already': {
    error: errors.number,
    config: custom,
    act: () => {
      company.realm.put('Invoice', { Id: '17984', DocNumber: '1042' });
      return send({ DocNumber: '1042' });
    },
  },
  'a closed period': {
    error: errors.closed,
    config: { bookCloseDate: '2026-03-31' },
    act: () => send({}),
  },
  'a name in another list': {
    error: errors.name,
    act: () => {
      company.realm.put('Vendor', { DisplayName: 'Dell Direct', Active: true });
      return company.post('customer', { DisplayName: ' dell direct' });
    },
  },
};

describe('faults of one operation', () => {
  it.each(Object.entries(cases))('%s', async (_name, one) => {
    company = await openCompany({ config: one.config ?? {} });
    expect(await one.act()).toEqual({ status: 400, value: envelopeOf(one.error) });
  });

  it('128.35 times 14.5 is taken as 1,861.08', async () => {
    company = await openCompany();
    expect((await send({ Line: [line({ Qty: 14.5, UnitPrice: 128.35 }, 1861.08)] })).status).toBe(200);
  });

  /** Quoted by code, or with a text that is our reading: the code and the envelope must hold. */
  it.each<[code: string, config: Partial<RealmConfig>, act: () => Promise<Answer>]>([
    ['500', {}, () => company.post('nonsense', {})],
    ['1040', {}, () => company.post('batch', { BatchItemRequest: Array.from({ length: 31 }, () => ({})) })],
    ['2010', {}, () => send({ NoSuchProperty: 1 })],
    ['2040', {}, () => send({ PrivateNote: 'Привет' })],
    ['2130', {}, () => company.post(`invoice?requestid=${'x'.repeat(51)}`, company.invoice())],
    ['2210', {}, () => company.post(`invoice/${company.realm.put('Invoice', {}).Id}/send?sendTo=nobody`, {})],
    ['6000', {}, () => send({ Line: [line({}, -1)] })],
    ['6100', {}, () => send({ Line: [line({ TaxCodeRef: { value: '5' } })] })],
    ['6190', { readOnly: true }, () => send({})],
  ])('code %s in the same envelope', async (code, config, act) => {
    company = await openCompany({ config });
    expect(await act()).toEqual({
      status: 400,
      value: {
        Fault: {
          Error: [
            expect.objectContaining({
              code,
              Message: expect.any(String) as unknown,
              Detail: expect.any(String) as unknown,
            }) as unknown,
          ],
          type: 'ValidationFault',
        },
        time: expect.any(String) as unknown,
      },
    });
  });

  it('in a batch the same fault stands inside its item, and the whole is 200', async () => {
    const failItems: QuickBooksKnobs['failItems'] = (position) => (position === 1 ? 'commit-then-fault' : null);
    company = await openCompany({ knobs: { failItems } });
    const item = (bId: string, body: unknown): unknown => ({ bId, operation: 'create', Invoice: body });
    const { status, value } = await company.post('batch', {
      BatchItemRequest: [item('a', company.invoice({ Line: [] })), item('b', company.invoice())],
    });
    const fault = (error: RecordedError): unknown => (envelopeOf(error) as { Fault: unknown }).Fault;
    expect([status, value['BatchItemResponse']]).toEqual([
      200,
      [
        { bId: 'a', Fault: fault(errors.missing) },
        { bId: 'b', Fault: fault({ ...errors.system, detail: 'System Failure Error: please retry' }) },
      ],
    ]);
  });
});

describe('the gateway', () => {
  it('401: lower case, every key of the recorded one', async () => {
    company = await openCompany();
    company.quickbooks.oauth.expireAll();
    expect(await asked(company.call('preferences'))).toEqual({
      status: 401,
      value: { ...(JSON.parse(recorded.unauthorized) as object), time: expect.any(Number) as unknown },
    });
  });

  it('403 of the same shape: a token of another company', async () => {
    company = await openCompany();
    company.quickbooks.addRealm('2');
    const token = await tokenOf(company.quickbooks, '2');
    const { status, value } = await asked(
      company.call('preferences', { headers: { authorization: `Bearer ${token}` } }),
    );
    const body = value as { fault: { error: object[]; type: string } };
    expect([status, Object.keys(body)]).toEqual([403, Object.keys(JSON.parse(recorded.unauthorized) as object)]);
    expect(body.fault).toMatchObject({
      error: [{ message: 'message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403', code: '3100' }],
      type: 'SERVICE',
    });
  });

  it('429 as recorded, without Retry-After', async () => {
    company = await openCompany({ knobs: { requestsPerSecond: 0 } });
    const reply = await company.call('preferences');
    expect([reply.status, reply.headers.get('retry-after'), await reply.json()]).toEqual([
      429,
      null,
      { ...(JSON.parse(recorded.throttled) as object), time: expect.any(String) as unknown },
    ]);
  });
});

describe('OAuth', () => {
  const token = async (form: Readonly<Record<string, string>>, secret?: string): Promise<Answer> => {
    const { clientId, clientSecret } = company.quickbooks.oauth.knobs;
    return asked(
      fetch(`${company.quickbooks.url}/oauth2/v1/tokens/bearer`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret ?? clientSecret}`).toString('base64')}` },
        body: new URLSearchParams(form),
      }),
    );
  };

  it('grants and refusals as recorded', async () => {
    company = await openCompany();
    const code = company.quickbooks.grant('1');
    const granted = await token({ grant_type: 'authorization_code', code });
    expect([granted.status, Object.keys(granted.value as object)]).toEqual([
      200,
      Object.keys(JSON.parse(recorded.token) as object),
    ]);
    expect(await token({ grant_type: 'authorization_code', code })).toEqual({
      status: 400,
      value: JSON.parse(recorded.invalidCode) as unknown,
    });
    expect(await token({ grant_type: 'refresh_token', refresh_token: 'x' })).toEqual({
      status: 400,
      value: JSON.parse(recorded.invalidRefresh) as unknown,
    });
    expect(await token({ grant_type: 'refresh_token', refresh_token: 'x' }, 'wrong')).toEqual({
      status: 401,
      value: JSON.parse(recorded.invalidClient) as unknown,
    });
  });
});
