/**
 * The Autotask sandbox: an emulator over real HTTP, faithful to facts/autotask.md section 8, traps included. It belongs to
 * the demo and the tests; the product's path never imports it.
 */
import type { Clock } from '../../platform/clock.ts';
import { ExactNumber, parseExact, writeExact } from '../../platform/exact-json.ts';
import { Counters, openShell, seeded, type SandboxReply, type SandboxRequest, type Shell } from '../shell.ts';
import { entities } from './fields.ts';
import { AutotaskError, compile, type EntityRules, type Row } from './query.ts';

export interface AutotaskKnobs {
  userName: string;
  secret: string;
  integrationCode: string;
  /** Wrong passwords until the user is locked (facts section 1: the count is not public). */
  lockAfter: number;
  requestThreshold: number;
  /** What other integrations of the database have used of the hour. */
  otherRequests: number;
  threadsPerEndpoint: number;
  /** Product milliseconds that each call takes; the penalty of a busy hour comes on top. */
  latencyMs: number;
  missingItem: '200-null' | '404';
}

export interface AutotaskData {
  readonly tables: Map<string, Map<number, MutableRow>>;
}
export type MutableRow = Record<string, unknown> & { id: number; hiddenUntil?: number; isHidden?: boolean };

export interface AutotaskSandbox extends Omit<Shell, 'close'> {
  readonly data: AutotaskData;
  readonly knobs: AutotaskKnobs;
  readonly counters: Counters;
  /** Label to number, per picklist field; numbers are tenant data and shuffled (facts section 8.7). */
  readonly picklists: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly handle: (request: SandboxRequest) => Promise<SandboxReply>;
  close(): Promise<void>;
}

/** Invoices may be changed in these three fields only (facts 4.1). */
const writable: Readonly<Record<string, readonly string[]>> = {
  Invoices: ['invoiceNumber', 'paidDate', 'webServiceDate'],
  BillingItems: ['webServiceDate'],
};
const HOUR_MS = 3_600_000;
/** Delay per call above half and above three quarters of the threshold (facts section 3). */
const PENALTY_MS = 500;

export async function startAutotaskSandbox(options: {
  clock: Clock;
  knobs?: Partial<AutotaskKnobs>;
  port?: number;
  seed?: number;
}): Promise<AutotaskSandbox> {
  const world = new World(options.clock, shuffledPicklists(options.seed ?? 1), {
    userName: 'api@msp.example',
    secret: 'sandbox-secret',
    integrationCode: 'SANDBOXINTEGRATIONCODE12345',
    lockAfter: 5,
    requestThreshold: 10_000,
    otherRequests: 0,
    threadsPerEndpoint: 3,
    latencyMs: 0,
    missingItem: '200-null',
    ...options.knobs,
  });
  const shell = await openShell(options.clock, (request) => world.handle(request), options.port ?? 0, {
    counters: world.counters,
    knobs: world.knobs,
    state: () => Object.fromEntries([...world.data.tables].map(([name, rows]) => [name, [...rows.values()]])),
  });
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

const json = (status: number, value: unknown): SandboxReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: writeExact(value),
});
const businessError = (text: string): SandboxReply => json(500, { errors: [text] });

type Picklists = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Labels of facts/autotask.md 4.2 and 4.3; a client that hard-codes their numbers fails here. */
const picklistLabels: Readonly<Record<string, readonly string[]>> = {
  'BillingItems.billingItemType': [
    'Labor',
    'Project Charge',
    'Ticket Charge',
    'Expense',
    'Subscription',
    'Setup Fee',
    'Recurring Service',
    'Milestone',
    'Contract Block',
    'Contract Retainer',
    'Contract Charge',
  ],
  'BillingItems.subType': [
    'Labor',
    'Milestone Labor',
    'Project Charge',
    'Ticket Charge',
    'Expense',
    'Recurring Service',
    'Milestones',
    'Block Purchase',
    'Retainer Purchase',
  ],
  'BillingCodes.useType': [
    'General Allocation Code',
    'Expense',
    'Internal Allocation Code',
    'Material',
    'Recurring Contract Service',
    'Milestone',
    'Product',
  ],
  'Companies.companyType': ['Customer', 'Lead', 'Prospect', 'Dead', 'Cancellation', 'Vendor', 'Partner'],
};

function shuffledPicklists(seed: number): Picklists {
  const random = seeded(seed);
  return new Map(
    Object.entries(picklistLabels).map(([field, labels]) => {
      const numbers = labels.map((_label, index) => index + 1);
      for (let at = numbers.length - 1; at > 0; at -= 1) {
        const other = Math.floor(random() * (at + 1));
        [numbers[at], numbers[other]] = [numbers[other] ?? 0, numbers[at] ?? 0];
      }
      return [field, new Map(labels.map((label, index) => [label, numbers[index] ?? 0]))];
    }),
  );
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
    return json(200, { zoneName: 'Sandbox', url: `${this.url}/ATServicesRest/`, webUrl: `${this.url}/`, ci: 12345 });
  }

  /** Wrong credentials: an empty 401; too many lock the user. A wrong integration code is a business error (facts section 1). */
  #authenticate(request: SandboxRequest): SandboxReply | null {
    const { userName, secret, integrationCode, lockAfter } = this.knobs;
    const given = request.headers;
    const right =
      given['username'] === userName && given['secret'] === secret && (given['apiintegrationcode'] ?? '') !== '';
    if (!right) this.#failures += 1;
    if (!right || this.#failures >= lockAfter) {
      this.counters.add('401');
      return { status: 401, headers: { 'www-authenticate': 'Basic Realm="webservices1"' }, body: '' };
    }
    return given['apiintegrationcode'] === integrationCode ? null : businessError('IntegrationCode is invalid');
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
    return json(429, { errors: ['The request threshold of the database has been exceeded. Please try again later.'] });
  }

  async #inThread(endpoint: string, work: () => Promise<SandboxReply>): Promise<SandboxReply> {
    const running = (this.#running.get(endpoint) ?? 0) + 1;
    if (running > this.knobs.threadsPerEndpoint) {
      this.counters.add('429 threads');
      return json(429, {
        errors: [
          `The Autotask API thread threshold of ${String(this.knobs.threadsPerEndpoint)} threads has been exceeded.`,
        ],
      });
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
    if (endpoint.toLowerCase() === 'version')
      return json(200, { majorVersion: 2026, minorVersion: 1, build: '2026.1.0', customerType: 'Production' });
    if (endpoint.toLowerCase() === 'thresholdinformation') {
      return json(200, {
        externalRequestThreshold: this.knobs.requestThreshold,
        requestThresholdTimeframe: 60,
        currentTimeframeRequestCount: this.#calls.length + this.knobs.otherRequests,
      });
    }
    const rules = entities[endpoint];
    if (rules === undefined) return this.#notFound(request);
    try {
      return this.#entity(request, endpoint, rules, rest, new URLSearchParams(search));
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
    if (verb === '' && (request.method === 'PATCH' || request.method === 'PUT')) return this.#update(request, name);
    if (verb === 'entityinformation') return this.#information(name, rules, tail);
    if (verb === 'query') return this.#query(request, name, rules, tail, search);
    if (/^\d+$/.test(verb) && request.method === 'GET' && tail === '') return this.#one(name, Number(verb));
    return json(405, { Message: `The requested resource does not support http method '${request.method}'.` });
  }

  #one(name: string, id: number): SandboxReply {
    const row = this.#visible(name).find((one) => one.id === id);
    if (row !== undefined) return json(200, { item: shown(row) });
    return this.knobs.missingItem === '404' ? json(404, { Message: 'not found' }) : json(200, { item: null });
  }

  /** Rows hidden by line of business, or not there yet, behave as missing. Always ascending by id (facts 2.2). */
  #visible(name: string): MutableRow[] {
    const now = this.#clock.now().getTime();
    const rows = [...(this.data.tables.get(name)?.values() ?? [])];
    return rows.filter((row) => row.isHidden !== true && (row.hiddenUntil ?? 0) <= now).sort((a, b) => a.id - b.id);
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
    if (isNext && request.method === 'GET' && !search.has('search'))
      return json(405, { Message: "The requested resource does not support http method 'GET'." });
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
    const page = left.slice(0, size);
    const more = left.length > page.length;
    const include = Array.isArray(asked['includefields']) ? (asked['includefields'] as string[]) : null;
    const next = `${this.url}/ATServicesRest/V1.0/${name}/query/next?paging=${encodeURIComponent(JSON.stringify({ pageSize: size, previousIds: [after], nextIds: [page.at(-1)?.id ?? after] }))}${request.method === 'GET' ? `&search=${encodeURIComponent(text)}` : ''}`;
    return json(200, {
      items: page.map((row) => shown(row, include)),
      pageDetails: { count: page.length, requestCount: size, prevPageUrl: null, nextPageUrl: more ? next : null },
    });
  }

  /** Only named fields change; fields that are not writable are ignored without a word (facts 2.4). */
  #update(request: SandboxRequest, name: string): SandboxReply {
    const fields = writable[name];
    if (fields === undefined)
      return json(405, { Message: `The requested resource does not support http method '${request.method}'.` });
    const body = JSON.parse(request.body) as Record<string, unknown>;
    const row = this.data.tables.get(name)?.get(Number(body['id']));
    if (row === undefined || row.isHidden === true) return businessError('No matching records found for the given id.');
    for (const field of fields) {
      if (!(field in body) && request.method === 'PATCH') continue;
      const value = body[field] ?? null;
      row[field] =
        typeof value === 'string' && field === 'paidDate'
          ? `${value.slice(0, 10)}T00:00:00Z`
          : typeof value === 'string'
            ? value.slice(0, 100)
            : value;
    }
    this.counters.add(`updated ${name}`);
    return json(200, { itemId: row.id });
  }

  #information(name: string, rules: EntityRules, tail: string): SandboxReply {
    const canUpdate = writable[name] !== undefined;
    if (tail === 'fields') {
      const fields = rules.fields.map((field) => ({
        name: field,
        dataType: 'string',
        length: 0,
        isRequired: field === 'id',
        isReadOnly: !(writable[name] ?? []).includes(field),
        isQueryable: !rules.notQueryable.includes(field),
        isReference: false,
        referenceEntityType: '',
        isPickList: this.picklists.has(`${name}.${field}`),
        picklistValues: picklistOf(this.picklists.get(`${name}.${field}`)),
        picklistParentValueField: '',
        isSupportedWebhookField: false,
      }));
      return json(200, { fields });
    }
    if (tail === 'userdefinedfields') return json(200, { fields: [] });
    return json(200, {
      info: {
        name,
        canCreate: false,
        canDelete: false,
        canQuery: true,
        canUpdate,
        userAccessForCreate: 'None',
        userAccessForDelete: 'None',
        userAccessForQuery: 'All',
        userAccessForUpdate: canUpdate ? 'All' : 'None',
        hasUserDefinedFields: false,
        supportsWebhookCallouts: false,
      },
    });
  }

  #notFound(request: SandboxRequest): SandboxReply {
    return json(404, {
      Message: `No HTTP resource was found that matches the request URI '${this.url}${request.url}'.`,
    });
  }
}

/** Values are always text in the metadata, although the rows hold numbers (facts 2.5). */
const picklistOf = (values: ReadonlyMap<string, number> | undefined): unknown =>
  values === undefined
    ? null
    : [...values].map(([label, value], index) => ({
        value: String(value),
        label,
        isDefaultValue: false,
        sortOrder: index + 1,
        parentValue: '',
        isActive: true,
        isSystem: true,
      }));

const lowerKeys = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).map(([key, one]) => [key.toLowerCase(), one]),
  );

/** Without the sandbox's own marks; dates of both forms alternate (facts 2.6), as they do on the wire. */
function shown(row: MutableRow, include: readonly string[] | null = null): Record<string, unknown> {
  const { hiddenUntil: _until, isHidden: _hidden, ...fields } = row;
  const wanted =
    include === null
      ? Object.entries(fields)
      : Object.entries(fields).filter(([key]) => include.some((name) => name.toLowerCase() === key.toLowerCase()));
  return Object.fromEntries(
    wanted.map(([key, value]) => [
      key,
      key !== 'createDateTime' && typeof value === 'string' && /T00:00:00Z$/.test(value) && row.id % 2 === 0
        ? value.replace('Z', '.000Z')
        : value,
    ]),
  );
}

/** An amount with four decimals, as Autotask writes it. */
export const fourDecimals = (text: string): ExactNumber => new ExactNumber(text);
