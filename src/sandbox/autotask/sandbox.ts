/**
 * The Autotask sandbox: an emulator over real HTTP, faithful to facts/autotask.md section 8, traps included. It belongs to
 * the demo and the tests; the product's path never imports it.
 */
import type { Clock } from '../../platform/clock.ts';
import { parseExact } from '../../platform/exact-json.ts';
import { Counters, openShell, type OpenShell, type SandboxReply, type SandboxRequest, type Shell } from '../shell.ts';
import { childOf, invoiceSettings } from './children.ts';
import { invoiceDocument } from './documents.ts';
import { entities, type EntityRules } from './fields.ts';
import { information } from './information.ts';
import { defaultKnobs, type AutotaskKnobs } from './knobs.ts';
import { shuffledPicklists, type Picklists } from './picklists.ts';
import { checkIncluded, compile, type Row } from './query.ts';
import { AutotaskError, businessError, json, notPermitted, wholeList, wrongMethod } from './replies.ts';
import { shownRow, withMoney, type MutableRow, type Tables } from './rows.ts';
import { update } from './updates.ts';

export type { AutotaskKnobs } from './knobs.ts';
export { fourDecimals, type MutableRow } from './rows.ts';

export interface AutotaskData {
  readonly tables: Tables;
}

export interface AutotaskSandbox extends Omit<Shell, 'close'> {
  readonly data: AutotaskData;
  readonly knobs: AutotaskKnobs;
  readonly counters: Counters;
  /** Label to number, per picklist field; numbers are tenant data and shuffled (facts section 8.7). */
  readonly picklists: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly handle: (request: SandboxRequest) => Promise<SandboxReply>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
/** Delay per call above half and above three quarters of the threshold (facts section 3). */
const PENALTY_MS = 500;

export async function startAutotaskSandbox(options: {
  clock: Clock;
  knobs?: Partial<AutotaskKnobs>;
  port?: number;
  shell?: OpenShell;
  seed?: number;
}): Promise<AutotaskSandbox> {
  const world = new World(options.clock, shuffledPicklists(options.seed ?? 1), {
    ...defaultKnobs,
    ...options.knobs,
  });
  const shell = await (options.shell ?? openShell)(
    options.clock,
    (request) => world.handle(request),
    options.port ?? 0,
    {
      counters: world.counters,
      knobs: world.knobs,
      state: () => Object.fromEntries([...world.data.tables].map(([name, rows]) => [name, [...rows.values()]])),
    },
  );
  world.url = shell.url;
  return {
    ...shell,
    data: world.data,
    knobs: world.knobs,
    counters: world.counters,
    picklists: world.picklists,
    handle: (request) => world.handle(request),
  };
}

class World {
  readonly data: AutotaskData = {
    tables: new Map(Object.keys(entities).map((name) => [name, new Map<number, MutableRow>()])),
  };
  readonly counters = new Counters();
  readonly knobs: AutotaskKnobs;
  readonly #clock: Clock;
  readonly #running = new Map<string, number>();
  #calls: number[] = [];
  #failures = 0;
  url = '';

  readonly picklists: Picklists;

  constructor(clock: Clock, picklists: Picklists, knobs: AutotaskKnobs) {
    this.picklists = picklists;
    this.#clock = clock;
    this.knobs = knobs;
  }

  async handle(request: SandboxRequest): Promise<SandboxReply> {
    const [path = '', search = ''] = request.url.split('?', 2);
    const parts = path
      .split('/')
      .filter((part) => part !== '')
      .map((part) => decodeURIComponent(part));
    if (parts[0]?.toLowerCase() !== 'atservicesrest') return this.#notFound(request);
    if (parts[1]?.toLowerCase() === 'versioninformation') return json(200, { apiVersions: ['1.0'] });
    const [noun = '', ...rest] = parts.slice(2);
    if (noun.toLowerCase() === 'zoneinformation') return this.#zone(new URLSearchParams(search));
    const endpoint = Object.keys(entities).find((name) => name.toLowerCase() === noun.toLowerCase()) ?? noun;
    this.counters.add('calls');
    this.counters.add(
      `${request.method} ${[endpoint, ...rest.map((part) => (/^\d+$/.test(part) ? '{id}' : part))].join('/')}`,
    );
    const refusal = this.#authenticate(request) ?? this.#limit();
    if (refusal !== null) return refusal;
    return this.#inThread(endpoint, () => this.#route(request, endpoint, rest, search));
  }

  #zone(search: URLSearchParams): SandboxReply {
    this.counters.add('zoneInformation');
    if (search.get('user')?.toLowerCase() !== this.knobs.userName.toLowerCase())
      return businessError('Zone information could not be determined');
    return json(200, {
      zoneName: 'Sandbox',
      url: `${this.url}/ATServicesRest/`,
      webUrl: `${this.url}/`,
      ci: this.knobs.customerNumber,
    });
  }

  /** Wrong credentials: an empty 401; too many lock the user. A wrong integration code is a business error (facts section 1). */
  #authenticate(request: SandboxRequest): SandboxReply | null {
    const { userName, secret, integrationCode, lockAfter } = this.knobs;
    const given = request.headers;
    const right =
      given['username'] === userName && given['secret'] === secret && (given['apiintegrationcode'] ?? '') !== '';
    if (!right) this.#failures += 1;
    if (!right || this.#failures >= lockAfter) return this.#refused();
    if (given['apiintegrationcode'] === integrationCode) return null;
    return this.knobs.wrongIntegrationCode === '500' ? businessError('IntegrationCode is invalid') : this.#refused();
  }

  #refused(): SandboxReply {
    this.counters.add('401');
    return { status: 401, headers: { 'www-authenticate': 'Basic Realm="webservices1"' }, body: '' };
  }

  /** 10,000 in a rolling hour for the whole database; above it the tenant is suspended (facts section 3). */
  #limit(): SandboxReply | null {
    const now = this.#clock.now().getTime();
    const from = now - this.#clock.scaled(HOUR_MS);
    const first = this.#calls.findIndex((at) => at > from);
    this.#calls = first === -1 ? [] : this.#calls.slice(first);
    this.#calls.push(now);
    if (this.#calls.length + this.knobs.otherRequests <= this.knobs.requestThreshold) return null;
    this.counters.add('429 threshold');
    return this.#later(
      this.knobs.suspensionStatus,
      'The request threshold of the database has been exceeded. Please try again later.',
    );
  }

  #later(status: number, text: string): SandboxReply {
    const { retryAfterSeconds } = this.knobs;
    const reply = json(status, { errors: [text] });
    if (retryAfterSeconds === null) return reply;
    return { ...reply, headers: { ...reply.headers, 'retry-after': String(retryAfterSeconds) } };
  }

  async #inThread(endpoint: string, work: () => Promise<SandboxReply>): Promise<SandboxReply> {
    const running = (this.#running.get(endpoint) ?? 0) + 1;
    if (running > this.knobs.threadsPerEndpoint) {
      this.counters.add('429 threads');
      return this.#later(
        this.knobs.threadStatus,
        `The Autotask API thread threshold of ${String(this.knobs.threadsPerEndpoint)} threads has been exceeded.`,
      );
    }
    this.#running.set(endpoint, running);
    try {
      const used = (this.#calls.length + this.knobs.otherRequests) / this.knobs.requestThreshold;
      const penalty = used > 0.75 ? 2 * PENALTY_MS : used > 0.5 ? PENALTY_MS : 0;
      if (this.knobs.latencyMs + penalty > 0) await this.#clock.sleep(this.knobs.latencyMs + penalty);
      return await work();
    } finally {
      this.#running.set(endpoint, (this.#running.get(endpoint) ?? 1) - 1);
    }
  }

  async #route(
    request: SandboxRequest,
    endpoint: string,
    rest: readonly string[],
    search: string,
  ): Promise<SandboxReply> {
    if (endpoint.toLowerCase() === 'version' && this.knobs.version === 'present')
      return json(200, { majorVersion: 2026, minorVersion: 1, build: '2026.1.0', customerType: 'Production' });
    if (endpoint.toLowerCase() === 'thresholdinformation') {
      return json(200, {
        externalRequestThreshold: this.knobs.requestThreshold,
        requestThresholdTimeframe: 60,
        currentTimeframeRequestCount: this.#calls.length + this.knobs.otherRequests,
      });
    }
    const rules = entities[endpoint];
    try {
      return (
        this.#child(request, endpoint, rest) ??
        (rules === undefined
          ? this.#notFound(request)
          : this.#entity(request, endpoint, rules, rest, new URLSearchParams(search)))
      );
    } catch (error) {
      if (error instanceof AutotaskError) return businessError(error.message);
      throw error;
    }
  }

  #entity(
    request: SandboxRequest,
    name: string,
    rules: EntityRules,
    rest: readonly string[],
    search: URLSearchParams,
  ): SandboxReply {
    const [verb = '', tail = ''] = rest.map((part) => part.toLowerCase());
    if (verb === '' && (request.method === 'PATCH' || request.method === 'PUT'))
      return this.#update(request, name, rules);
    if (verb === 'entityinformation')
      return information({ name, rules, tail, knobs: this.knobs, picklists: this.picklists, tables: this.data.tables });
    if (verb === '' || (/^\d+$/.test(verb) && tail === '' && request.method !== 'GET'))
      return wrongMethod(request.method);
    this.#checkRead(request, name);
    if (verb === 'query' && (tail === '' || tail === 'next' || tail === 'count'))
      return this.#query(request, name, rules, tail, search);
    if (!/^\d+$/.test(verb)) return this.#notFound(request);
    if (tail === '') return this.#one(name, rules, Number(verb));
    return (
      (name === 'Invoices' ? this.#document(Number(verb), tail) : null) ?? this.#settings(request, name, verb, tail)
    );
  }

  /** Impersonation on a read makes the resource's rights apply, and those do not suffice (facts section 1). */
  #checkRead(request: SandboxRequest, name: string): void {
    if (this.knobs.deniedQuery.includes(name) || (request.headers['impersonationresourceid'] ?? '') !== '')
      throw notPermitted('query');
  }

  #update(request: SandboxRequest, name: string, rules: EntityRules): SandboxReply {
    if (!rules.can.includes('U')) return wrongMethod(request.method);
    if (this.knobs.deniedUpdate.includes(name)) throw notPermitted('update');
    const reply = update(request, rules, this.data.tables.get(name), this.knobs);
    if (reply.status === 200) this.counters.add(`updated ${name}`);
    return reply;
  }

  #document(id: number, kind: string): SandboxReply | null {
    const invoice = this.#visible('Invoices').find((row) => row.id === id);
    const reply = invoiceDocument(kind, invoice, (name) => this.#visible(name), this.knobs);
    if (reply?.status === 200) this.counters.add('invoice documents');
    return reply;
  }

  #settings(request: SandboxRequest, name: string, id: string, tail: string): SandboxReply {
    const isAsked = name === 'Companies' && tail === 'invoicesettings' && this.knobs.invoiceSettings === 'present';
    const company = isAsked ? this.#visible(name).find((row) => row.id === Number(id)) : undefined;
    if (company === undefined) return this.#notFound(request);
    return json(200, invoiceSettings(company, this.#visible('Contacts')));
  }

  /** `Companies/5/Contacts`: the child rows at once, by GET only; a query below it does not exist (facts 2.4). */
  #child(request: SandboxRequest, noun: string, rest: readonly string[]): SandboxReply | null {
    const child = childOf(noun, rest);
    if (child === null) return null;
    if (request.method !== 'GET') return wrongMethod(request.method);
    this.#checkRead(request, child.entity);
    const rules = entities[child.entity];
    const rows = this.#visible(child.entity).filter((row) => row[child.field] === child.parentId);
    if (rules === undefined || child.tail !== null) return this.#notFound(request);
    return wholeList(rows.map((row) => shownRow(row, rules, this.knobs)));
  }

  #one(name: string, rules: EntityRules, id: number): SandboxReply {
    const row = this.#visible(name).find((one) => one.id === id);
    if (row !== undefined) return json(200, { item: shownRow(row, rules, this.knobs) });
    return this.knobs.missingItem === '404' ? json(404, { Message: 'not found' }) : json(200, { item: null });
  }

  /** Rows hidden by line of business, or not there yet, behave as missing. Always ascending by id (facts 2.2). */
  #visible(name: string): MutableRow[] {
    const now = this.#clock.now().getTime();
    const rows = [...(this.data.tables.get(name)?.values() ?? [])];
    const visible = rows.filter((row) => row.isHidden !== true && (row.hiddenUntil ?? 0) <= now);
    return withMoney(name, visible, this.data.tables, this.knobs).sort((a, b) => a.id - b.id);
  }

  #query(
    request: SandboxRequest,
    name: string,
    rules: EntityRules,
    tail: string,
    search: URLSearchParams,
  ): SandboxReply {
    const isNext = tail === 'next';
    // A page after a POST must be POSTed again with the same body; GET on it is 405 (facts 2.3).
    if (isNext && request.method === 'GET' && !search.has('search')) return wrongMethod('GET');
    const text = request.method === 'GET' ? (search.get('search') ?? '') : request.body;
    if (text === '') return businessError('A query is required.');
    const asked = lowerKeys(parseExact(text));
    const test = compile(asked['filter'], rules);
    const rows = this.#visible(name).filter((row) => test(row as Row));
    if (tail === 'count') return json(200, { queryCount: rows.length });
    const size = asked['maxrecords'] ?? 500;
    if (typeof size !== 'number' || size < 1 || size > 500)
      return businessError('maxCountOfRecordsToReturn must be between 1 and 500');
    const paging = isNext ? (JSON.parse(search.get('paging') ?? '{}') as { nextIds?: number[] }) : {};
    const after = paging.nextIds?.[0] ?? -1;
    const left = rows.filter((row) => row.id > after);
    const page = left.slice(0, Math.min(size, this.knobs.pageRows));
    const more = left.length > page.length;
    const include = Array.isArray(asked['includefields']) ? (asked['includefields'] as string[]) : null;
    if (include !== null) {
      this.counters.add(`named fields of ${name}`);
      checkIncluded(include, rules, this.knobs.olderTenant);
    }
    const next = `${this.url}/ATServicesRest/V1.0/${name}/query/next?paging=${encodeURIComponent(JSON.stringify({ pageSize: size, previousIds: [after], nextIds: [page.at(-1)?.id ?? after] }))}${request.method === 'GET' ? `&search=${encodeURIComponent(text)}` : ''}`;
    return json(200, {
      items: page.map((row) => shownRow(row, rules, this.knobs, include)),
      pageDetails: { count: page.length, requestCount: size, prevPageUrl: null, nextPageUrl: more ? next : null },
    });
  }

  #notFound(request: SandboxRequest): SandboxReply {
    return json(404, {
      Message: `No HTTP resource was found that matches the request URI '${this.url}${request.url}'.`,
    });
  }
}

const lowerKeys = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).map(([key, one]) => [key.toLowerCase(), one]),
  );
