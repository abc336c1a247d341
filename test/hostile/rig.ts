/** A server that answers what a variant says, and both connectors aimed at it; real sockets, real deadlines. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAutotask, type Autotask } from '../../src/autotask/client.ts';
import { AutotaskLimits } from '../../src/autotask/limits.ts';
import { discoverZone } from '../../src/autotask/zone.ts';
import type { RunningClock } from '../../src/platform/clock.ts';
import { CredentialsRefused, VendorRefused, VendorUnreachable, WaitNeeded } from '../../src/platform/failures.ts';
import type { Http } from '../../src/platform/http.ts';
import type { WriteReply } from '../../src/quickbooks/batch.ts';
import { createQuickBooks, type QuickBooks } from '../../src/quickbooks/client.ts';
import { QuickBooksLimits } from '../../src/quickbooks/limits.ts';
import { fetchDiscovery, refreshTokens } from '../../src/quickbooks/oauth.ts';
import type { Variant } from './variants.ts';

export interface Target {
  readonly autotask: Autotask;
  readonly quickbooks: QuickBooks;
  readonly url: string;
  readonly http: Http;
  readonly clock: RunningClock;
  /** Ids that exist where the goldens are made. */
  readonly refs: { readonly customer: string; readonly item: string };
}

/** Both connectors at one address. Their limits are new each time: a hostile reply must not be hidden by a wait of ours. */
export function aim(
  url: string,
  http: Http,
  clock: RunningClock,
  token = 'token',
  refs = { customer: '1', item: '1' },
): Target {
  const once = <T>(call: () => Promise<T>): Promise<T> => call();
  const autotask = createAutotask({
    apiUrl: `${url}/atservicesrest/V1.0`,
    credentials: {
      userName: 'api@msp.example',
      secret: 'sandbox-secret',
      integrationCode: 'SANDBOXINTEGRATIONCODE12345',
    },
    http,
    clock,
    limits: new AutotaskLimits(clock, 1_000_000),
    policy: once,
    isProven: true,
    rediscover: () => Promise.resolve(null),
    circuit: { isOpen: () => false, open: () => Promise.resolve() },
  });
  const quickbooks = createQuickBooks({
    apiUrl: url,
    realmId: '4620816365000000000',
    http,
    clock,
    tokens: { current: () => Promise.resolve(token), refreshed: () => Promise.resolve(token) },
    limits: new QuickBooksLimits(clock),
    policy: once,
    allowLoopback: true,
  });
  return { autotask, quickbooks, url, http, clock, refs };
}

const first = async <T>(pages: AsyncGenerator<T>): Promise<T | undefined> => {
  for await (const page of pages) return page;
  return undefined;
};
const gate = (): Promise<void> => Promise.resolve();
const invoiceBody = ({ refs }: Target): string =>
  `{"TxnDate":"2026-03-31","CustomerRef":{"value":"${refs.customer}"},"PrivateNote":"LF:hostile:1:0","Line":[{"DetailType":"SalesItemLineDetail","Amount":12.30,"SalesItemLineDetail":{"ItemRef":{"value":"${refs.item}"}}}]}`;

/** What is called; each makes one request. Writes answer a WriteReply. */
export const calls: Readonly<
  Record<
    string,
    { vendor: 'autotask' | 'quickbooks' | 'oauth'; isWrite?: true; call: (on: Target) => Promise<unknown> }
  >
> = {
  invoices: {
    vendor: 'autotask',
    call: ({ autotask }) => autotask.fetchInvoicePage({ createdFrom: '2020-01-01T00:00:00Z' }, null),
  },
  'invoices by number': { vendor: 'autotask', call: ({ autotask }) => autotask.fetchInvoicesByNumber('ERROR') },
  lines: { vendor: 'autotask', call: ({ autotask }) => autotask.fetchLinePage([1], null) },
  companies: { vendor: 'autotask', call: ({ autotask }) => autotask.fetchCompanies([1, 2]) },
  'billing codes': { vendor: 'autotask', call: ({ autotask }) => autotask.fetchBillingCodes([1, 2]) },
  'payment terms': { vendor: 'autotask', call: ({ autotask }) => autotask.fetchNames('PaymentTerms') },
  threshold: { vendor: 'autotask', call: ({ autotask }) => autotask.fetchThreshold() },
  rights: { vendor: 'autotask', call: ({ autotask }) => autotask.fetchRights('Invoices') },
  zone: {
    vendor: 'autotask',
    call: ({ http, url }) =>
      discoverZone({ discoveryUrl: url, userName: 'api@msp.example', http, allowLoopback: true }),
  },
  customers: { vendor: 'quickbooks', call: ({ quickbooks }) => first(quickbooks.fetchAllCustomers()) },
  items: { vendor: 'quickbooks', call: ({ quickbooks }) => first(quickbooks.fetchAllItems()) },
  accounts: { vendor: 'quickbooks', call: ({ quickbooks }) => quickbooks.fetchAccounts() },
  'look-up by number': {
    vendor: 'quickbooks',
    call: ({ quickbooks }) => quickbooks.findInvoicesByNumber(['1001', '1002']),
  },
  'booked of a period': {
    vendor: 'quickbooks',
    call: ({ quickbooks }) => first(quickbooks.fetchBooked({ from: '2020-01-01', to: '2099-01-01' }, 'Invoice')),
  },
  'changes of money': {
    vendor: 'quickbooks',
    call: ({ quickbooks }) => quickbooks.fetchMoneyChanges(new Date(Date.now() - 3_600_000)),
  },
  'changes of lists': {
    vendor: 'quickbooks',
    call: ({ quickbooks }) => quickbooks.fetchChanges(new Date(Date.now() - 3_600_000), false),
  },
  payments: { vendor: 'quickbooks', call: ({ quickbooks }) => quickbooks.findPaymentsByIds(['1']) },
  'one customer': { vendor: 'quickbooks', call: ({ quickbooks }) => quickbooks.fetchVersioned('customer', '1') },
  'post a batch': {
    vendor: 'quickbooks',
    isWrite: true,
    call: (on) =>
      on.quickbooks.postBatch({
        requestId: `hostile-${Math.random().toString(36).slice(2)}`,
        lastGate: gate,
        body: `{"BatchItemRequest":[{"bId":"a1","operation":"create","Invoice":${invoiceBody(on)}},{"bId":"a2","operation":"create","Invoice":${invoiceBody(on)}}]}`,
      }),
  },
  'post one': {
    vendor: 'quickbooks',
    isWrite: true,
    call: (on) =>
      on.quickbooks.postOne({
        requestId: `hostile-${Math.random().toString(36).slice(2)}`,
        lastGate: gate,
        entity: 'Invoice',
        body: invoiceBody(on),
      }),
  },
  discovery: {
    vendor: 'oauth',
    call: ({ http, url }) =>
      fetchDiscovery({ http, url: `${url}/.well-known/openid_configuration`, allowLoopback: true }),
  },
  token: {
    vendor: 'oauth',
    call: ({ http, clock, url }) =>
      refreshTokens({
        http,
        clock,
        clientId: 'sandbox-client',
        clientSecret: 'sandbox-client-secret',
        refreshToken: 'refresh',
        discovery: {
          authorization_endpoint: url,
          token_endpoint: `${url}/oauth2/v1/tokens/bearer`,
          revocation_endpoint: url,
          userinfo_endpoint: url,
        },
      }),
  },
};

export type Outcome =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'told' }
  | { readonly kind: 'write'; readonly reply: WriteReply }
  | { readonly kind: 'crash'; readonly error: unknown };

/** A call's end: a value, a failure with a name, or a crash of ours. */
export async function outcomeOf(call: () => Promise<unknown>, isWrite: boolean): Promise<Outcome> {
  try {
    const value = await call();
    return isWrite ? { kind: 'write', reply: value as WriteReply } : { kind: 'value', value };
  } catch (error) {
    const isTold = [VendorUnreachable, VendorRefused, WaitNeeded, CredentialsRefused].some(
      (kind) => error instanceof kind,
    );
    return isTold ? { kind: 'told' } : { kind: 'crash', error };
  }
}

export interface HostileServer {
  readonly url: string;
  readonly variants: Map<string, Variant>;
  close(): Promise<void>;
}

/** Answers `/v/NAME/...` with the variant of that name. */
export async function startHostile(): Promise<HostileServer> {
  const variants = new Map<string, Variant>();
  const server = createServer((request, response) => {
    const variant = variants.get(/^\/v\/(\w+)\//.exec(request.url ?? '')?.[1] ?? '');
    request.resume();
    request.once('end', () => {
      if (variant === undefined) response.writeHead(404).end();
      else answer(variant, response);
    });
    request.once('error', () => undefined);
  });
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    variants,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

function answer({ status, headers, body, delivery }: Variant, response: ServerResponse): void {
  response.on('error', () => undefined);
  if (delivery === 'whole') {
    response.writeHead(status, { ...headers, 'content-length': String(body.length) });
    response.end(body);
    return;
  }
  if (delivery === 'chunked') {
    response.writeHead(status, headers);
    response.end(body);
    return;
  }
  response.writeHead(status, { ...headers, 'content-length': String(body.length + (delivery === 'cut' ? 100 : 0)) });
  response.flushHeaders();
  if (delivery === 'cut') {
    response.write(body, () => setImmediate(() => response.socket?.resetAndDestroy()));
  } else if (delivery === 'drip') {
    let at = 0;
    const timer = setInterval(() => response.write(body.subarray(at, (at += 1))), 1_000);
    response.once('close', () => clearInterval(timer));
  }
}
