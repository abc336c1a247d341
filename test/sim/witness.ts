/** Watches the wire and the statements while a simulation runs: quotas, threads, tokens, tenants (invariants 7 to 9). */
import type { Exchange, Network } from './network.ts';
import type { SimServer } from './sql.ts';

/** Per company (facts/qbo.md section 7) and per Autotask database and endpoint (facts/autotask.md section 3). */
const QUICKBOOKS = { aMinute: 500, batchesAMinute: 40, atOnce: 10 } as const;
const AUTOTASK = { anHour: 10_000, threads: 3 } as const;

export class Witness {
  readonly violations = new Set<string>();
  readonly counts = { requests: 0, throttledByVendor: 0, refreshes: 0 };
  readonly #network: Network;
  readonly #server: SimServer;
  readonly #running = new Map<string, number>();
  readonly #arrivals = new Map<string, number[]>();
  /** Refreshes on their way, by connection. */
  readonly #refreshing = new Map<number, Set<Exchange>>();
  /** Access tokens that were given out and not stored yet, with the process that must store them. */
  readonly #unstored = new Map<string, string>();

  constructor(network: Network, server: SimServer) {
    this.#network = network;
    this.#server = server;
  }

  begin(): void {
    const network = this.#network;
    network.onSend = (exchange) => this.#sent(exchange);
    network.onEnd = (exchange) => this.#refreshing.get(exchange.connection)?.delete(exchange);
    network.onArrive = (exchange, at) => this.#arrived(exchange, at);
    network.onLeave = (exchange, _at, reply) => {
      const place = placeOf(exchange);
      this.#running.set(place, (this.#running.get(place) ?? 1) - 1);
      if (reply.status === 429) this.counts.throttledByVendor += 1;
      if (reply.status === 403 && exchange.vendor === 'quickbooks')
        this.violations.add(`7: a request of another tenant reached company ${String(exchange.connection)}`);
    };
    network.onReply = (exchange, reply) => {
      const access = exchange.operation === 'token' ? /"access_token":"([^"]+)"/.exec(reply.body)?.[1] : undefined;
      if (access !== undefined) this.#unstored.set(access, exchange.process.name);
    };
    this.#server.onStatement = (process, statement) => {
      if (/\b(update|insert into) "?tokens"?\b/i.test(statement)) this.#storing.add(process.name);
      if (!statement.endsWith('commit') || !this.#storing.delete(process.name)) return;
      for (const [token, name] of this.#unstored) if (name === process.name) this.#unstored.delete(token);
    };
  }
  readonly #storing = new Set<string>();

  #sent(exchange: Exchange): void {
    this.counts.requests += 1;
    const token = /^Bearer (.+)$/.exec(exchange.request.headers['authorization'] ?? '')?.[1] ?? '';
    if (this.#unstored.has(token) && !exchange.request.url.includes('userinfo'))
      this.violations.add(`8: @${String(exchange.connection)} an access token was used before it was stored`);
    // A person who authorizes anew exchanges a code: another grant, not a second refresh of the same token (seed 168).
    if (exchange.operation !== 'token' || !String(exchange.request.body).includes('refresh_token')) return;
    this.counts.refreshes += 1;
    const flying = this.#refreshing.get(exchange.connection) ?? new Set<Exchange>();
    this.#refreshing.set(exchange.connection, flying);
    for (const one of flying) if (one.process.isDead) flying.delete(one);
    flying.add(exchange);
    if (flying.size > 1 && exchange.connection >= 0)
      this.violations.add(`8: @${String(exchange.connection)} two token refreshes are in flight`);
  }

  #arrived(exchange: Exchange, at: number): void {
    const place = placeOf(exchange);
    const running = (this.#running.get(place) ?? 0) + 1;
    this.#running.set(place, running);
    const most = exchange.vendor === 'autotask' ? AUTOTASK.threads : QUICKBOOKS.atOnce;
    if (running > most && isCounted(exchange))
      this.violations.add(`9: ${place} has ${String(running)} requests at once`);
    if (!isCounted(exchange)) return;
    if (exchange.vendor === 'autotask')
      this.#window(`autotask@${String(exchange.connection)}`, at, 3_600_000, AUTOTASK.anHour);
    else {
      this.#window(`quickbooks@${String(exchange.connection)}`, at, 60_000, QUICKBOOKS.aMinute);
      if (exchange.operation === 'batch')
        this.#window(`batches@${String(exchange.connection)}`, at, 60_000, QUICKBOOKS.batchesAMinute);
    }
  }

  #window(name: string, at: number, periodMs: number, limit: number): void {
    const times = (this.#arrivals.get(name) ?? []).filter((one) => one > at - periodMs);
    times.push(at);
    this.#arrivals.set(name, times);
    if (times.length > limit)
      this.violations.add(`9: ${name} got ${String(times.length)} calls in ${String(periodMs)} ms`);
  }
}

const isCounted = (exchange: Exchange): boolean => exchange.operation !== 'token' && exchange.connection >= 0;
const placeOf = (exchange: Exchange): string =>
  exchange.vendor === 'quickbooks'
    ? `quickbooks@${String(exchange.connection)}`
    : `autotask@${String(exchange.connection)} ${exchange.operation === 'mark' ? 'invoices' : exchange.operation === 'source-list' ? (new URL(exchange.request.url).pathname.split('/')[3] ?? '') : exchange.operation}`;
