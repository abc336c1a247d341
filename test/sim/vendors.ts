/** Both vendors without sockets: one Autotask sandbox per connection, one QuickBooks sandbox with a company for each. */
import type { HttpRequest } from '../../src/platform/http.ts';
import { startAutotaskSandbox, type AutotaskSandbox } from '../../src/sandbox/autotask/sandbox.ts';
import { startQuickBooksSandbox, type QuickBooksSandbox } from '../../src/sandbox/quickbooks/sandbox.ts';
import { closedShell, type SandboxReply, type SandboxRequest } from '../../src/sandbox/shell.ts';
import { vendorClock } from './clock.ts';
import type { Kernel } from './kernel.ts';
import type { Exchange, ItemsAct, Vendors } from './network.ts';
import type { Operation, Plan } from './plan.ts';

const INTUIT_PORT = 1000;
const AUTOTASK_DISCOVERY_PORT = 2000;
export const intuitUrl = `http://127.0.0.1:${String(INTUIT_PORT)}`;
export const autotaskDiscoveryUrl = `http://127.0.0.1:${String(AUTOTASK_DISCOVERY_PORT)}`;
export const realmOf = (connection: number): string => `46208163650000000${String(connection).padStart(2, '0')}`;
export const userOf = (connection: number): string => `api${String(connection)}@msp.example`;

export class SimVendors implements Vendors {
  readonly autotask: AutotaskSandbox[] = [];
  quickbooks!: QuickBooksSandbox;
  isRepeat = false;
  /** Refresh value or code to connection, as Intuit gave them out. */
  readonly #grants = new Map<string, number>();

  async open(kernel: Kernel, plan: Plan): Promise<void> {
    for (const index of plan.connections.keys()) {
      this.autotask.push(
        await startAutotaskSandbox({
          clock: vendorClock(kernel, 0),
          knobs: { userName: userOf(index), secret: `secret-${String(index)}` },
          seed: index + 1,
          shell: closedShell(`http://127.0.0.1:${String(AUTOTASK_DISCOVERY_PORT + 1 + index)}`),
        }),
      );
    }
    this.quickbooks = await startQuickBooksSandbox({
      clock: vendorClock(kernel, plan.vendorSkewMs),
      knobs: { requestId: plan.requestId, forgetAfterMs: 60_000 },
      oauth: { rotateAlways: true },
      shell: closedShell(intuitUrl),
    });
  }

  forget(): void {
    this.autotask.length = 0;
    this.quickbooks = undefined as never;
    this.#grants.clear();
  }

  /** What the consent page would give for this connection's company. */
  consent(connection: number): string {
    const code = this.quickbooks.grant(realmOf(connection));
    this.#grants.set(code, connection);
    return code;
  }

  describe(request: HttpRequest): Pick<Exchange, 'operation' | 'vendor' | 'connection' | 'items'> {
    const url = new URL(request.url);
    const port = Number(url.port);
    if (port >= AUTOTASK_DISCOVERY_PORT)
      return {
        vendor: 'autotask',
        connection: port === AUTOTASK_DISCOVERY_PORT ? -1 : port - AUTOTASK_DISCOVERY_PORT - 1,
        operation: autotaskOperation(request.method, url.pathname),
        items: 1,
      };
    const body = typeof request.body === 'string' ? request.body : '';
    const realm = /\/v3\/company\/(\d+)\//.exec(url.pathname)?.[1];
    return {
      vendor: 'quickbooks',
      connection: realm === undefined ? this.#granted(body) : Number(realm.slice(-2)),
      operation: quickbooksOperation(request.method, url, body),
      items: body.split('"bId"').length - 1,
    };
  }

  #granted(body: string): number {
    const form = new URLSearchParams(body);
    return this.#grants.get(form.get('refresh_token') ?? form.get('code') ?? '') ?? -1;
  }

  async carryOut(
    request: SandboxRequest,
    port: number,
    exchange: Exchange,
    itemsAct: ItemsAct | null,
  ): Promise<SandboxReply> {
    if (port === AUTOTASK_DISCOVERY_PORT) {
      const user = new URLSearchParams(request.url.split('?')[1]).get('user');
      const tenant = this.autotask.find((one) => one.knobs.userName === user) ?? this.autotask[0];
      return (tenant as AutotaskSandbox).handle(request);
    }
    if (port > AUTOTASK_DISCOVERY_PORT)
      return (this.autotask[port - AUTOTASK_DISCOVERY_PORT - 1] as AutotaskSandbox).handle(request);
    const { knobs } = this.quickbooks;
    knobs.failItems = itemsAct === null ? null : (position) => itemsAct(position);
    // A batch is carried out before the first await of the sandbox, so that this strikes nobody else.
    const pending = this.quickbooks.handle(request);
    knobs.failItems = null;
    const reply = await pending;
    const refresh = /"refresh_token":"([^"]+)"/.exec(reply.body)?.[1];
    if (refresh !== undefined) this.#grants.set(refresh, exchange.connection);
    return reply;
  }
}

function autotaskOperation(method: string, path: string): Operation {
  if (method === 'PATCH') return 'mark';
  if (/\/Invoices(\/|$)/i.test(path)) return 'invoices';
  return /\/BillingItems(\/|$)/i.test(path) ? 'lines' : 'source-list';
}

function quickbooksOperation(method: string, url: URL, body: string): Operation {
  const noun = /\/v3\/company\/\d+\/(.+)$/.exec(url.pathname)?.[1] ?? '';
  if (url.pathname.includes('/tokens/')) return 'token';
  if (noun.endsWith('/send')) return 'mail';
  if (noun === 'batch') return 'batch';
  if (noun === 'cdc') return 'changes';
  if (noun === 'query')
    return /from\s+(Invoice|CreditMemo)\b/i.test(url.searchParams.get('query') ?? body) ? 'look-up' : 'list';
  if (method === 'POST') return noun === 'invoice' || noun === 'creditmemo' ? 'create' : 'create-name';
  return 'company';
}
