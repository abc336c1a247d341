/** A QuickBooks company in the sandbox with a token, asked over HTTP as any client would. */
import { RunningClock } from '../../src/platform/clock.ts';
import type { Realm, RealmConfig } from '../../src/sandbox/quickbooks/realm.ts';
import {
  startQuickBooksSandbox,
  type QuickBooksKnobs,
  type QuickBooksSandbox,
} from '../../src/sandbox/quickbooks/sandbox.ts';

export interface Company {
  readonly quickbooks: QuickBooksSandbox;
  readonly realm: Realm;
  /** Ids of what is there from the start. */
  readonly ids: { readonly customer: string; readonly item: string; readonly account: string };
  call(path: string, init?: RequestInit): Promise<Response>;
  post(path: string, body: unknown): Promise<{ status: number; value: Readonly<Record<string, unknown>> }>;
  query(text: string): Promise<Readonly<Record<string, unknown>>>;
  /** The smallest invoice, with changes. */
  invoice(changes?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  close(): Promise<void>;
}

/** The access token of the sandbox's app for a company. */
export async function tokenOf(quickbooks: QuickBooksSandbox, realmId: string): Promise<string> {
  const { clientId, clientSecret } = quickbooks.oauth.knobs;
  const granted = await fetch(`${quickbooks.url}/oauth2/v1/tokens/bearer`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code: quickbooks.grant(realmId) }),
  });
  return ((await granted.json()) as { access_token: string }).access_token;
}

export async function openCompany(
  options: { config?: Partial<RealmConfig>; knobs?: Partial<QuickBooksKnobs>; scale?: number } = {},
): Promise<Company> {
  const quickbooks = await startQuickBooksSandbox({
    clock: new RunningClock(options.scale ?? 1),
    knobs: { requestsPerSecond: 1_000, requestsPerMinute: 100_000, ...options.knobs },
  });
  const realm = quickbooks.addRealm('1', { companyName: 'MSP Books', ...options.config });
  const token = await tokenOf(quickbooks, '1');
  const customer = realm.put('Customer', { DisplayName: 'Café (Olé)', Active: true });
  const account = realm.put('Account', { Name: 'Services', AccountType: 'Income', Active: true });
  const item = realm.put('Item', { Name: 'Support', Type: 'Service', Active: true });
  const call: Company['call'] = (path, init = {}) =>
    fetch(`${quickbooks.url}/v3/company/1/${path}`, {
      ...init,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...init.headers },
    });
  return {
    quickbooks,
    realm,
    ids: { customer: customer.Id, item: item.Id, account: account.Id },
    call,
    async post(path, body) {
      const reply = await call(path, { method: 'POST', body: JSON.stringify(body) });
      return { status: reply.status, value: (await reply.json()) as Record<string, unknown> };
    },
    query: async (text) =>
      ((await (await call(`query?query=${encodeURIComponent(text)}`)).json()) as { QueryResponse: object })
        .QueryResponse as Record<string, unknown>,
    invoice: (changes = {}) => ({
      TxnDate: '2026-03-31',
      CustomerRef: { value: customer.Id },
      Line: [
        {
          DetailType: 'SalesItemLineDetail',
          Amount: 787.5,
          Description: 'March',
          SalesItemLineDetail: { ItemRef: { value: item.Id } },
        },
      ],
      ...changes,
    }),
    close: () => quickbooks.close(),
  };
}
