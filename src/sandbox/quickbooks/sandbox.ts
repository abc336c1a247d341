/**
 * The QuickBooks sandbox: Intuit's OAuth and the Accounting API over real HTTP, faithful to facts/qbo.md section 11. It
 * belongs to the demo and the tests; the product's path never imports it.
 */
import type { Clock } from '../../platform/clock.ts';
import { parseExact } from '../../platform/exact-json.ts';
import { Counters, openShell, type OpenShell, type SandboxReply, type SandboxRequest, type Shell } from '../shell.ts';
import { Documents } from './documents.ts';
import { faults, gateway, json, QuickBooksFault, throttled, wireTime } from './errors.ts';
import { OauthServer, type OauthKnobs } from './oauth.ts';
import type { Row } from './query.ts';
import { Realm, type RealmConfig } from './realm.ts';
import { Webhooks, type WebhookTarget } from './webhooks.ts';

export interface QuickBooksKnobs {
  /** The five readings of requestid (facts/goals.md section 3). */
  requestId: 'replay' | 'replay-per-item' | 'error-6000' | 'ignored' | 'forgotten';
  /** Product milliseconds after which a requestid is forgotten. */
  forgetAfterMs: number;
  requestsPerMinute: number;
  requestsPerSecond: number;
  batchesPerMinute: number;
  inFlightMax: number;
  latencyMs: number;
  /** Answers a batch's items in another order. */
  shuffleBatch: boolean;
  /** Faults items of batches: by position, the system fault that says nothing (`10000`) or another. */
  failItems: ((position: number, item: Row) => 'refuse' | 'commit-then-fault' | 'leave-out' | null) | null;
  /** Mails a day and company (facts/qbo.md 3.4: 40 in sandboxes); no fact says how the rest is refused. */
  mailsPerDay: number;
  /** Where changes are told of; null, the default, is nowhere. */
  webhooks: WebhookTarget | null;
}

export interface QuickBooksSandbox extends Omit<Shell, 'close'> {
  readonly discoveryUrl: string;
  readonly oauth: OauthServer;
  readonly knobs: QuickBooksKnobs;
  readonly counters: Counters;
  addRealm(id: string, config?: Partial<RealmConfig>): Realm;
  realm(id: string): Realm;
  grant(realmId: string): string;
  readonly handle: (request: SandboxRequest) => Promise<SandboxReply>;
  close(): Promise<void>;
}

const BATCH_MAX = 30;
const entityNames = [
  'Invoice',
  'CreditMemo',
  'Customer',
  'Vendor',
  'Employee',
  'Item',
  'Account',
  'Term',
  'Class',
  'Department',
  'TaxCode',
  'TaxRate',
  'Payment',
  'Attachable',
];

export async function startQuickBooksSandbox(options: {
  clock: Clock;
  oauth?: Partial<OauthKnobs>;
  knobs?: Partial<QuickBooksKnobs>;
  port?: number;
  shell?: OpenShell;
}): Promise<QuickBooksSandbox> {
  const world = new World(options.clock, options.oauth ?? {}, options.knobs ?? {});
  const shell = await (options.shell ?? openShell)(
    options.clock,
    (request) => world.handle(request),
    options.port ?? 0,
    {
      counters: world.counters,
      knobs: world.knobs,
      state: () => world.state(),
    },
  );
  world.url = shell.url;
  return {
    ...shell,
    discoveryUrl: `${shell.url}/.well-known/openid_configuration`,
    oauth: world.oauth,
    knobs: world.knobs,
    counters: world.counters,
    addRealm: (id, config) => world.addRealm(id, config),
    realm: (id) => world.realm(id),
    grant: (realmId) => world.oauth.grant(realmId),
    handle: (request) => world.handle(request),
    close: () => {
      world.webhooks.stop();
      return shell.close();
    },
  };
}

class World {
  readonly oauth: OauthServer;
  readonly knobs: QuickBooksKnobs;
  readonly counters = new Counters();
  readonly webhooks: Webhooks;
  readonly #documents: Documents;
  readonly #clock: Clock;
  readonly #realms = new Map<string, Realm>();
  readonly #remembered = new Map<string, { at: number; reply: SandboxReply }>();
  readonly #rememberedItems = new Map<string, { at: number; item: Row }>();
  readonly #inFlight = new Set<string>();
  readonly #times = new Map<string, number[]>();
  #running = 0;
  #tid = 0;
  url = '';

  constructor(clock: Clock, oauth: Partial<OauthKnobs>, knobs: Partial<QuickBooksKnobs>) {
    this.#clock = clock;
    this.#documents = new Documents(clock);
    this.webhooks = new Webhooks(clock, () => this.knobs.webhooks, this.counters);
    this.oauth = new OauthServer(clock, {
      clientId: 'sandbox-client',
      clientSecret: 'sandbox-client-secret',
      accessSeconds: 3600,
      rotateAlways: false,
      email: 'books@msp.example',
      refreshMs: 0,
      ...oauth,
    });
    this.knobs = {
      requestId: 'replay',
      forgetAfterMs: 60_000,
      requestsPerMinute: 500,
      requestsPerSecond: 10,
      batchesPerMinute: 40,
      inFlightMax: 10,
      latencyMs: 0,
      shuffleBatch: false,
      failItems: null,
      mailsPerDay: 1_000_000,
      webhooks: null,
      ...knobs,
    };
  }

  /** Every row of every realm, by entity. */
  state(): unknown {
    const tables = (realm: Realm): unknown =>
      Object.fromEntries([...realm.tables].map(([name, rows]) => [name, [...rows.values()]]));
    return Object.fromEntries([...this.#realms].map(([id, realm]) => [id, tables(realm)]));
  }

  addRealm(id: string, config: Partial<RealmConfig> = {}): Realm {
    const realm = new Realm(id, config, () => this.#clock.now());
    realm.onChange = (entity, key, row) => this.webhooks.changed(id, entity, key, row);
    this.#realms.set(id, realm);
    return realm;
  }

  realm(id: string): Realm {
    const realm = this.#realms.get(id);
    if (realm === undefined) throw new Error(`the sandbox has no realm ${id}`);
    return realm;
  }

  async handle(request: SandboxRequest): Promise<SandboxReply> {
    const url = new URL(request.url, this.url);
    const path = url.pathname;
    if (path === '/.well-known/openid_configuration')
      return {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(this.oauth.discovery(this.url)),
      };
    if (path === '/connect/oauth2') return this.oauth.authorize(url.searchParams, [...this.#realms.keys()][0] ?? '');
    if (path === '/oauth2/v1/tokens/bearer') return this.oauth.token(request);
    if (path === '/v2/oauth2/tokens/revoke') return this.oauth.revoke(request);
    if (path === '/v1/openid_connect/userinfo') return this.oauth.userinfo(request);
    if (path === '/op/v1/jwks')
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '{"keys":[]}' };
    const file = this.#documents.open(path);
    if (file !== null) return file;
    const match = /^\/v3\/company\/([^/]+)\/(.+)$/.exec(path);
    if (match === null)
      return { status: 404, headers: { 'content-type': 'text/html' }, body: '<html><body>404</body></html>' };
    return this.#company(request, decodeURIComponent(match[1] ?? ''), (match[2] ?? '').split('/'), url.searchParams);
  }

  async #company(
    request: SandboxRequest,
    realmId: string,
    path: readonly string[],
    search: URLSearchParams,
  ): Promise<SandboxReply> {
    const tid = `1-sandbox-${String((this.#tid += 1))}`;
    const now = this.#clock.now();
    const noun = path[0] ?? '';
    this.counters.add('calls');
    this.counters.add(`${request.method} ${noun}`);
    const owner = this.oauth.realmOf((request.headers['authorization'] ?? '').replace(/^Bearer /, ''));
    if (owner === null)
      return gateway(401, 'AuthenticationFailed', '3200', 'AUTHENTICATION', 'Token expired: AB01...', now, tid);
    const realm = this.#realms.get(realmId);
    if (owner !== realmId || realm === undefined)
      return gateway(403, 'ApplicationAuthorizationFailed', '3100', 'SERVICE', 'Access denied', now, tid);
    if (this.#isThrottled(realmId, noun)) {
      this.counters.add('429');
      return throttled(now, tid);
    }
    this.#running += 1;
    try {
      if (this.knobs.latencyMs > 0) await this.#clock.sleep(this.knobs.latencyMs);
      return await this.#route(request, realm, path, search, tid);
    } catch (error) {
      if (!(error instanceof QuickBooksFault)) throw error;
      return json(error.body.Fault.type === 'SystemFault' ? 500 : 400, { ...error.body, time: wireTime(now) }, tid);
    } finally {
      this.#running -= 1;
    }
  }

  #isThrottled(realmId: string, noun: string): boolean {
    const over = (name: string, limit: number, periodMs: number): boolean => {
      const now = this.#clock.now().getTime();
      const times = (this.#times.get(name) ?? []).filter((at) => at > now - this.#clock.scaled(periodMs));
      times.push(now);
      this.#times.set(name, times);
      return times.length > limit;
    };
    const batches = noun === 'batch' && over(`${realmId} batch`, this.knobs.batchesPerMinute, 60_000);
    return (
      over(`${realmId} second`, this.knobs.requestsPerSecond, 1_000) ||
      over(`${realmId} minute`, this.knobs.requestsPerMinute, 60_000) ||
      batches ||
      this.#running >= this.knobs.inFlightMax
    );
  }

  async #route(
    request: SandboxRequest,
    realm: Realm,
    path: readonly string[],
    search: URLSearchParams,
    tid: string,
  ): Promise<SandboxReply> {
    const [noun = '', id] = path;
    const time = wireTime(this.#clock.now());
    const entity = entityNames.find((name) => name.toLowerCase() === noun);
    if (request.method === 'POST' && noun !== 'query') return this.#write(request, realm, noun, entity, search, tid);
    this.counters.add('metered reads');
    const document = this.#documents.read(request, realm, path, this.url, tid);
    if (document !== null) return document;
    switch (noun) {
      case 'companyinfo':
        return json(200, { CompanyInfo: realm.companyInfo(), time }, tid);
      case 'preferences':
        return json(200, { Preferences: realm.preferences(), time }, tid);
      case 'query':
        return json(
          200,
          { QueryResponse: realm.query(request.method === 'POST' ? request.body : (search.get('query') ?? '')), time },
          tid,
        );
      case 'cdc':
        return json(
          200,
          {
            ...realm.changes((search.get('entities') ?? '').split(','), new Date(search.get('changedSince') ?? 0)),
            time,
          },
          tid,
        );
      default: {
        if (entity === undefined || id === undefined)
          return {
            status: 404,
            headers: { 'content-type': 'text/html', intuit_tid: tid },
            body: '<html><body>404</body></html>',
          };
        const row = realm.table(entity).get(id);
        if (row === undefined) throw faults.notFound();
        return json(200, { [entity]: row, time }, tid);
      }
    }
  }

  /** A write with its requestid, in the chosen reading. Only successes are remembered (facts 2.1). */
  async #write(
    request: SandboxRequest,
    realm: Realm,
    noun: string,
    entity: string | undefined,
    search: URLSearchParams,
    tid: string,
  ): Promise<SandboxReply> {
    const requestId = search.get('requestid');
    if (requestId === null) this.counters.add('writes without requestid');
    if (requestId !== null && requestId.length > (noun === 'batch' ? 36 : 50))
      throw new QuickBooksFault('2130', 'Invalid Request Id Format', 'request_id is too long');
    const key = `${realm.id} ${requestId ?? ''}`;
    const known = requestId === null ? undefined : this.#known(key);
    const { requestId: reading } = this.knobs;
    const isReplayed =
      reading === 'replay' || reading === 'forgotten' || (reading === 'replay-per-item' && noun !== 'batch');
    if (known !== undefined && isReplayed) {
      this.counters.add('replays');
      return known.reply;
    }
    if (known !== undefined && reading === 'error-6000' && noun !== 'batch') throw faults.business('Duplicate request');
    if (requestId !== null && this.#inFlight.has(key))
      throw new QuickBooksFault('600', 'Duplicate Request ID', 'Our system detected the duplicate');
    this.#inFlight.add(key);
    try {
      const reply =
        noun === 'batch'
          ? this.#batch(request, realm, requestId, known !== undefined, tid)
          : search.has('sendTo') || request.url.includes('/send?') || request.url.endsWith('/send')
            ? this.#send(request, realm, search, tid)
            : this.#single(request, realm, entity, search, tid);
      if (requestId !== null && reply.status === 200)
        this.#remembered.set(key, { at: this.#clock.now().getTime(), reply });
      return reply;
    } finally {
      this.#inFlight.delete(key);
    }
  }

  #known(key: string): { reply: SandboxReply } | undefined {
    const known = this.#remembered.get(key);
    if (known === undefined || this.knobs.requestId === 'ignored') return undefined;
    const age = this.#clock.now().getTime() - known.at;
    return this.knobs.requestId === 'forgotten' && age > this.#clock.scaled(this.knobs.forgetAfterMs)
      ? undefined
      : known;
  }

  #single(
    request: SandboxRequest,
    realm: Realm,
    entity: string | undefined,
    search: URLSearchParams,
    tid: string,
  ): SandboxReply {
    const uploaded = this.#documents.upload(request, realm, this.url, tid);
    if (uploaded !== null) return uploaded;
    if (entity === undefined) throw new QuickBooksFault('500', 'Unsupported Operation', 'Operation is not supported');
    const body = parseExact(request.body) as Row;
    const row = realm.write(entity, body, search.get('operation') ?? '', {
      allowDuplicateNumber: search.get('include') === 'allowduplicatedocnum',
    });
    this.counters.add(`written ${entity}`);
    return json(200, { [entity]: row, time: wireTime(this.#clock.now()) }, tid);
  }

  /** Mails an invoice (facts 3.4): the address goes onto it, and its record says that it went. */
  #send(request: SandboxRequest, realm: Realm, search: URLSearchParams, tid: string): SandboxReply {
    const id = /\/invoice\/([^/?]+)\/send/.exec(request.url)?.[1] ?? '';
    if (this.counters.of('mails sent') >= this.knobs.mailsPerDay)
      throw faults.business('You have reached the daily limit of emails.');
    const row = realm.send(decodeURIComponent(id), search.get('sendTo'));
    this.counters.add('mails sent');
    return json(200, { Invoice: row, time: wireTime(this.#clock.now()) }, tid);
  }

  #batch(
    request: SandboxRequest,
    realm: Realm,
    requestId: string | null,
    isReplay: boolean,
    tid: string,
  ): SandboxReply {
    const body = parseExact(request.body) as { BatchItemRequest?: Row[] };
    const items = body.BatchItemRequest ?? [];
    if (items.length > BATCH_MAX)
      throw new QuickBooksFault(
        '1040',
        'Batch limit',
        `Batch size ${String(items.length)} exceeds the limit of ${String(BATCH_MAX)}`,
      );
    this.counters.add('batch items', items.length);
    const replies = items
      .map((item, position) => this.#batchItem(realm, item, position, requestId, isReplay))
      .filter((reply) => reply !== null);
    if (this.knobs.shuffleBatch) replies.reverse();
    return json(200, { BatchItemResponse: replies, time: wireTime(this.#clock.now()) }, tid);
  }

  #batchItem(realm: Realm, item: Row, position: number, requestId: string | null, isReplay: boolean): Row | null {
    const bId = String(item['bId']);
    if (requestId !== null && bId.length > 10)
      return {
        bId,
        ...new QuickBooksFault(
          '2130',
          'Invalid Request Id Format',
          `request_id is ${String(requestId.length + bId.length)} characters, max 50`,
        ).body,
      };
    const key = `${realm.id} ${requestId ?? ''} ${bId}`;
    const known = this.#rememberedItems.get(key);
    if (known !== undefined && this.knobs.requestId === 'replay-per-item') return known.item;
    if (isReplay && this.knobs.requestId === 'error-6000') return { bId, ...faults.business('Duplicate request').body };
    const act = this.knobs.failItems?.(position, item) ?? null;
    if (act === 'refuse') return { bId, ...faults.business('This item is refused by the test.').body };
    try {
      const entity = entityNames.find((name) => name in item);
      if (typeof item['Query'] === 'string') {
        this.counters.add('metered reads');
        return { bId, QueryResponse: realm.query(item['Query']) };
      }
      if (entity === undefined)
        throw new QuickBooksFault('2010', 'Request has invalid or unsupported property', 'no entity');
      const operation = item['optionsData'] === 'void' ? 'void' : item['operation'] === 'delete' ? 'delete' : '';
      const row = realm.write(entity, item[entity] as Row, operation, { allowDuplicateNumber: false });
      this.counters.add(`written ${entity}`);
      const reply = { bId, [entity]: row };
      this.#rememberedItems.set(key, { at: this.#clock.now().getTime(), item: reply });
      if (act === 'commit-then-fault') return { bId, ...faults.system().body };
      return act === 'leave-out' ? null : reply;
    } catch (error) {
      if (error instanceof QuickBooksFault) return { bId, ...error.body };
      throw error;
    }
  }
}
