/**
 * The network between the processes and the vendors, on virtual time: it takes its time, loses, doubles, delays, cuts, and
 * answers in a vendor's place. The sandboxes are called as functions; what they decide stays theirs.
 */
import { createHash } from 'node:crypto';
import { TransportError, type Http, type HttpRequest, type HttpResponse } from '../../src/platform/http.ts';
import type { SandboxReply, SandboxRequest } from '../../src/sandbox/shell.ts';
import type { Kernel, SimProcess } from './kernel.ts';
import type { Fault, NetworkKind, Operation } from './plan.ts';
import type { Random } from './random.ts';

export interface Exchange {
  readonly process: SimProcess;
  readonly request: HttpRequest;
  readonly operation: Operation;
  readonly vendor: 'autotask' | 'quickbooks';
  /** Index of the connection; -1 where the request does not say. */
  readonly connection: number;
  readonly items: number;
}

/** The vendors as the network sees them. */
export interface Vendors {
  /** True while a request is carried out that the network delivers for the second time. */
  isRepeat: boolean;
  describe(request: HttpRequest): Pick<Exchange, 'operation' | 'vendor' | 'connection' | 'items'>;
  carryOut(request: SandboxRequest, port: number, exchange: Exchange, itemsAct: ItemsAct | null): Promise<SandboxReply>;
}
export type ItemsAct = (position: number) => 'refuse' | 'commit-then-fault' | 'leave-out' | null;

type NetworkFault = Extract<Fault, { operation: Operation }>;
interface Armed {
  readonly fault: NetworkFault;
  skip: number;
  times: number;
}

/** Vendors' latency as assumed in facts/goals.md section 9: milliseconds. */
const LATENCY = { autotask: 300, single: 800, batch: 300, item: 150 } as const;

export class Network {
  readonly #kernel: Kernel;
  readonly #vendors: Vendors;
  readonly #random: Random;
  readonly #armed: Armed[];
  readonly #storms: Extract<Fault, { kind: 'storm' }>[];
  /** Faults that struck, by kind and operation. */
  readonly struck = new Map<string, number>();
  /** Told of each sending and its end, for the oracle's quotas. */
  onSend: ((exchange: Exchange) => void) | null = null;
  onArrive: ((exchange: Exchange, at: number) => void) | null = null;
  onLeave: ((exchange: Exchange, at: number, reply: SandboxReply) => void) | null = null;
  onReply: ((exchange: Exchange, reply: SandboxReply) => void) | null = null;
  onEnd: ((exchange: Exchange) => void) | null = null;
  areFaultsOn = true;

  constructor(kernel: Kernel, vendors: Vendors, random: Random, faults: readonly Fault[]) {
    this.#kernel = kernel;
    this.#vendors = vendors;
    this.#random = random;
    this.#armed = faults.flatMap((fault) =>
      'operation' in fault ? [{ fault, skip: fault.skip, times: fault.times }] : [],
    );
    this.#storms = faults.filter((fault) => fault.kind === 'storm');
  }

  count(name: string): void {
    this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
  }

  httpOf(process: SimProcess): Http {
    return {
      send: async (request) => {
        await process.pass();
        try {
          await request.lastGate?.();
        } catch (error) {
          throw new TransportError('gate', 'no', error instanceof Error ? error.message : 'not sent', error);
        }
        const exchange: Exchange = { process, request, ...this.#vendors.describe(request) };
        const outcome = await new Promise<HttpResponse | TransportError>((done) => this.#start(exchange, done));
        await process.pass();
        if (outcome instanceof TransportError) throw outcome;
        return outcome;
      },
    };
  }

  #take(exchange: Exchange): NetworkFault | null {
    if (!this.areFaultsOn) return null;
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.operation !== exchange.operation || armed.times <= 0) continue;
      if (exchange.connection !== -1 && fault.connection !== exchange.connection) continue;
      if (armed.skip > 0) {
        armed.skip -= 1;
        continue;
      }
      armed.times -= 1;
      return fault;
    }
    return null;
  }

  #storm(exchange: Exchange): number | null {
    if (!this.areFaultsOn) return null;
    const since = this.#kernel.now - this.#kernel.startedAt;
    const storm = this.#storms.find(
      (one) => one.vendor === exchange.vendor && since >= one.at && since < one.at + one.ms,
    );
    return storm?.status ?? null;
  }

  /** One exchange; `done` is called exactly once, and never again however late a reply comes. */
  #start(exchange: Exchange, done: (outcome: HttpResponse | TransportError) => void): void {
    const kernel = this.#kernel;
    const { request, process } = exchange;
    this.onSend?.(exchange);
    let isOver = false;
    const end = (outcome: HttpResponse | TransportError, told: string): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      this.onEnd?.(exchange);
      kernel.trace(process.name, `http ${nameOf(exchange)} <- ${told}`);
      done(outcome);
    };
    const fail = (reason: 'timeout' | 'network', sent: 'no' | 'unknown', told: string): void =>
      end(new TransportError(reason, sent, told), told);
    const cancel = kernel.after(request.timeoutMs, () => fail('timeout', 'unknown', 'no reply within the deadline'));
    const fault = this.#take(exchange);
    const kind = fault?.kind ?? null;
    kernel.trace(process.name, `http ${nameOf(exchange)} -> ${kind ?? ''} ${digest(request.body)}`);
    if (kind !== null) this.count(`${kind} ${exchange.operation}`);
    const way = this.#latency(exchange);
    if (kind === 'request-lost') return;
    if (kind === 'refused-connection') return void kernel.after(50, () => fail('network', 'no', 'ECONNREFUSED'));
    const storm = this.#storm(exchange);
    if (storm !== null) {
      this.count(`storm ${exchange.operation}`);
      return void kernel.after(way / 4, () => end(errorPage(storm, this.#random), `status ${String(storm)} (storm)`));
    }
    const instead = kind === null ? null : before(kind, fault?.amount ?? 0, this.#random);
    if (instead !== null)
      return void kernel.after(way / 4, () => {
        this.onReply?.(exchange, { ...instead, body: instead.text });
        end(instead, `status ${String(instead.status)} (${String(kind)})`);
      });
    if (kind === 'late') {
      // After our time-out by 1 to 120 s.
      kernel.after(request.timeoutMs + 1_000 + (fault?.amount ?? 0) * 119_000, () => void this.#arrive(exchange, null));
      if ((fault?.amount ?? 0) > 0.5) kernel.after(way, () => fail('network', 'unknown', 'ECONNRESET'));
      return;
    }
    const slow = kind === 'slow' ? (fault?.amount ?? 0) * 100_000 : 0;
    kernel.after(way / 2 + slow / 2, () => {
      void this.#arrive(exchange, fault).then((reply) => {
        if (kind === 'delivered-twice')
          kernel.after(
            way,
            () => void this.#arriveAgain(exchange).then((second) => (fault?.amount ?? 0) < 0.5 && back(second)),
          );
        if (kind === 'answer-lost') return;
        if (kind === 'answer-reset') return void kernel.after(way / 2, () => fail('network', 'unknown', 'ECONNRESET'));
        if (kind === 'cut-mid-body')
          return void kernel.after(way / 2, () => fail('network', 'unknown', 'UND_ERR_SOCKET'));
        if (kind === 'delivered-twice' && (fault?.amount ?? 0) < 0.5) return;
        back(reply);
      });
    });
    const back = (reply: SandboxReply): void => {
      const shown = kind === null ? reply : after(kind, reply, this.#random);
      kernel.after(way / 2 + slow / 2, () => {
        this.onReply?.(exchange, reply);
        end(
          { status: shown.status, headers: lower(shown.headers), text: shown.body },
          `status ${String(shown.status)} ${digest(shown.body)}`,
        );
      });
    };
  }

  /** What it does is done before the vendor's first await. */
  #arriveAgain(exchange: Exchange): Promise<SandboxReply> {
    this.#vendors.isRepeat = true;
    const reply = this.#arrive(exchange, null);
    this.#vendors.isRepeat = false;
    return reply;
  }

  async #arrive(exchange: Exchange, fault: NetworkFault | null): Promise<SandboxReply> {
    const { request } = exchange;
    const url = new URL(request.url);
    this.onArrive?.(exchange, this.#kernel.now);
    const reply = await this.#vendors.carryOut(
      {
        method: request.method,
        url: `${url.pathname}${url.search}`,
        headers: lower(request.headers),
        body: typeof request.body === 'string' ? request.body : Buffer.from(request.body ?? '').toString('utf8'),
      },
      Number(url.port),
      exchange,
      fault === null ? null : itemsAct(fault),
    );
    this.onLeave?.(exchange, this.#kernel.now, reply);
    return reply;
  }

  #latency(exchange: Exchange): number {
    const base =
      exchange.vendor === 'autotask'
        ? LATENCY.autotask
        : exchange.operation === 'batch'
          ? LATENCY.batch + LATENCY.item * exchange.items
          : LATENCY.single;
    return base * (0.5 + this.#random.next());
  }
}

const nameOf = (exchange: Exchange): string =>
  `${exchange.operation}@${String(exchange.connection)} ${exchange.request.method}`;
const digest = (body: string | Uint8Array | undefined): string =>
  body === undefined ? '' : createHash('sha256').update(body).digest('hex').slice(0, 8);
const lower = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

const html = (status: number): HttpResponse => ({
  status,
  headers: { 'content-type': 'text/html' },
  text: `<html><head><title>${String(status)}</title></head><body><h1>Service</h1></body></html>`,
});

/** 5xx come as JSON, as XML and as HTML (facts/goals.md 4.3). */
function errorPage(status: number, random: Random): HttpResponse {
  const form = random.pick(['json', 'xml', 'html'] as const);
  if (form === 'html') return html(status);
  return form === 'xml'
    ? {
        status,
        headers: { 'content-type': 'application/xml' },
        text: '<?xml version="1.0"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="SystemFault"><Error code="10000"><Message>An application error has occurred</Message></Error></Fault></IntuitResponse>',
      }
    : { status, headers: { 'content-type': 'application/json' }, text: '{"message":"Service Unavailable"}' };
}

/** Replies that come although nothing was carried out. */
function before(kind: NetworkKind, amount: number, random: Random): HttpResponse | null {
  const status = random.pick([500, 502, 503, 504]);
  switch (kind) {
    case 'throttled':
      return { status: 429, headers: {}, text: '{"message":"ThrottleExceeded"}' };
    case 'throttled-with-time':
      return { status: 429, headers: { 'retry-after': String(1 + Math.floor(amount * 120)) }, text: '' };
    case 'error-before':
      return errorPage(status, random);
    case 'maintenance':
      return { ...html(200), text: '<html><body>We are down for maintenance.</body></html>' };
    case 'unauthorized':
      return { status: 401, headers: {}, text: '' };
    case 'forbidden':
      return html(403);
    case 'batch-refused':
      return {
        status: 400,
        headers: { 'content-type': 'application/json' },
        text: '{"Fault":{"Error":[{"Message":"Business Validation Error","Detail":"One item of the batch is bad.","code":"6000"}],"type":"ValidationFault"}}',
      };
    default:
      return null;
  }
}

/** What a true reply becomes on its way. */
function after(kind: NetworkKind, reply: SandboxReply, random: Random): SandboxReply {
  switch (kind) {
    case 'error-after': {
      const page = errorPage(random.pick([500, 502, 504]), random);
      return { status: page.status, headers: page.headers, body: page.text };
    }
    case 'garbage':
      return {
        ...reply,
        body: random.pick(['', '{}', 'null', '[]', reply.body.slice(0, Math.floor(reply.body.length / 2)), 'ÿþ']),
      };
    case 'items-unknown-bid':
      return { ...reply, body: reply.body.replace(/"bId":"[^"]*"/, '"bId":"nobody"') };
    case 'items-shuffled':
      return shuffled(reply, random);
    default:
      return reply;
  }
}

/** The items in another order, as text: numbers keep every digit. */
function shuffled(reply: SandboxReply, random: Random): SandboxReply {
  const at = reply.body.indexOf('[');
  const parts = reply.body.slice(at + 1, reply.body.lastIndexOf(']')).split(/,(?=\{"bId")/);
  const mixed = random.chance(0.5) ? parts.toReversed() : [...parts.slice(1), ...parts.slice(0, 1)];
  return {
    ...reply,
    body: `${reply.body.slice(0, at + 1)}${mixed.join(',')}${reply.body.slice(reply.body.lastIndexOf(']'))}`,
  };
}

function itemsAct(fault: NetworkFault): ItemsAct | null {
  const pattern = Math.floor(fault.amount * 2 ** 30);
  const isHit = (position: number): boolean => ((pattern >> (position % 30)) & 1) === 1;
  switch (fault.kind) {
    case 'items-refused':
      return (position) => (isHit(position) ? 'refuse' : null);
    case 'items-stored-then-fault':
      return (position) => (isHit(position) ? 'commit-then-fault' : null);
    case 'items-missing':
      return (position) => (isHit(position) ? 'leave-out' : null);
    default:
      return null;
  }
}
