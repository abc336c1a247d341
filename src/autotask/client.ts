/**
 * One Autotask tenant over HTTP. Paging is by id (never a server's address), filters are checked before they are sent
 * (Autotask drops what it does not know and answers everything), and a 401 opens the circuit: a loop would lock the user.
 */
import { z } from 'zod';
import type { LineOfBusiness } from '../core/directory.ts';
import type {
  CalendarDate,
  SourceBillingCode,
  SourceCompany,
  SourceInvoice,
  SourceLine,
  SourceName,
} from '../core/source.ts';
import type { Clock } from '../platform/clock.ts';
import {
  CredentialsRefused,
  VendorRefused,
  ReplyTooLong,
  VendorUnreachable,
  WaitNeeded,
} from '../platform/failures.ts';
import { keysOf } from '../platform/fields.ts';
import { TransportError, type Http } from '../platform/http.ts';
import { isUnknownField, readReply } from './faults.ts';
import { filterText, type Filter } from './filter.ts';
import type { AutotaskLimits, Threshold } from './limits.ts';
import * as schemas from './schemas.ts';

export interface AutotaskOptions {
  /** Ends in `/V1.0`. */
  readonly apiUrl: string;
  readonly credentials: { readonly userName: string; readonly secret: string; readonly integrationCode: string };
  readonly http: Http;
  readonly clock: Clock;
  readonly limits: AutotaskLimits;
  /** The engine's retry policy, asked around every single call (all of them may be repeated without harm). */
  readonly policy: <T>(call: () => Promise<T>) => Promise<T>;
  /** Asked once after a 401: another zone's address, or null when the zone is the same. */
  readonly rediscover: () => Promise<string | null>;
  /** These credentials worked before: a single 401 may be a hiccup, and is tried once more (facts/autotask.md 1). */
  readonly isProven: boolean;
  /** Open: no call is sent at all until a person has mended the credentials. */
  readonly circuit: { isOpen(): boolean; open(detail: string): Promise<void> };
}

/** Rows of a page, and those that could not be read: they never block the others. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly unreadable: readonly UnreadableRow[];
}

export interface UnreadableRow {
  readonly id: number;
  /** The invoice that the row names, where it names one. */
  readonly invoiceId: number | null;
  readonly detail: string;
}

export interface NextPage<T> extends Page<T> {
  readonly next: number | null;
}

export type NameEntity = 'PaymentTerms' | 'TaxCategories' | 'TaxRegions' | 'Currencies' | 'Countries';

export interface InvoiceQuery {
  readonly createdFrom?: string;
  /** By the invoice's own date, both days included; instead of the create date. */
  readonly dated?: { readonly from: CalendarDate; readonly to: CalendarDate };
  /** Only invoices without the mark by which this numbering tells done from not done; the old app's ERROR counts as none. */
  readonly unmarked?: 'number' | 'processed';
  readonly voided?: boolean;
  /** Only invoices that were voided since; the create date does not count then. */
  readonly voidedFrom?: string;
}

export interface Autotask {
  /** The cheapest proof that the credentials work. */
  probe(): Promise<void>;
  fetchThreshold(): Promise<Threshold>;
  /** Takes what the tenant says into the hourly budget. */
  learn(threshold: Threshold): void;
  /** What this user may do with an entity: `All`, `Restricted` or `None`. */
  fetchRights(entity: string): Promise<{ query: string; update: string }>;
  /** One page of 500, after an id; `next` is the id to go on from, null at the end. */
  fetchInvoicePage(query: InvoiceQuery, after: number | null): Promise<NextPage<SourceInvoice>>;
  fetchInvoicesByIds(ids: readonly number[]): Promise<Page<SourceInvoice>>;
  fetchInvoice(id: number): Promise<SourceInvoice | null>;
  /** All invoices of this number, voided ones too: Autotask does not keep numbers unique. */
  fetchInvoicesByNumber(number: string): Promise<Page<SourceInvoice>>;
  /** One page of the lines of at most 500 invoices. */
  fetchLinePage(invoiceIds: readonly number[], after: number | null): Promise<NextPage<SourceLine>>;
  fetchCompanies(ids: readonly number[]): Promise<Page<SourceCompany>>;
  fetchBillingCodes(ids: readonly number[]): Promise<Page<SourceBillingCode>>;
  /** All of them, a page at a time. */
  fetchAllBillingCodes(): AsyncGenerator<readonly SourceBillingCode[]>;
  fetchNames(entity: NameEntity): Promise<Page<SourceName>>;
  /** The e-mail address of each company's primary contact, by company id; companies without one are missing. */
  fetchPrimaryContacts(companyIds: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** Lines of business (facts/autotask.md section 4: pairs of two organizational levels) under every name they have. */
  fetchLinesOfBusiness(): Promise<readonly LineOfBusiness[]>;
  /** What the numbers of a picklist stand for: they are tenant data (facts/autotask.md 2.5). Empty where it tells none. */
  fetchPicklist(entity: 'BillingCodes', field: string): Promise<ReadonlyMap<number, string>>;
  /** Writes the marks; only the fields that are given (facts/autotask.md 4.1). */
  markInvoice(mark: { id: number; number?: string; processedAt?: Date; paidDate?: string }): Promise<void>;
}

const PAGE = 500;
/** A single page is not made smaller than this. */
const PAGE_LEAST = 4;
const CALL_MS = 60_000;

export function createAutotask(options: AutotaskOptions): Autotask {
  const door = new Door(options);
  const byIds = <T>(entity: string, schema: z.ZodType<T>, ids: readonly number[]): Promise<Page<T>> =>
    ids.length === 0
      ? Promise.resolve({ rows: [], unreadable: [] })
      : door.all(entity, schema, [{ op: 'in', field: 'id', value: ids }]);
  return {
    probe: () => probe(door),
    async fetchThreshold() {
      const shape = z.looseObject({ externalRequestThreshold: z.number(), currentTimeframeRequestCount: z.number() });
      const parsed = shape.safeParse(await door.call('ThresholdInformation', 'GET', 'ThresholdInformation'));
      if (!parsed.success) throw new VendorUnreachable('Autotask', 'unknown', 'the threshold cannot be read');
      return { limit: parsed.data.externalRequestThreshold, used: parsed.data.currentTimeframeRequestCount };
    },
    learn: (threshold) => options.limits.learn(threshold),
    async fetchRights(entity) {
      const shape = z.looseObject({
        info: z.looseObject({ userAccessForQuery: z.string(), userAccessForUpdate: z.string() }),
      });
      const parsed = shape.safeParse(await door.call(entity, 'GET', `${entity}/entityInformation`));
      if (!parsed.success) throw new VendorUnreachable('Autotask', 'unknown', 'the rights cannot be read');
      return { query: parsed.data.info.userAccessForQuery, update: parsed.data.info.userAccessForUpdate };
    },
    fetchInvoicePage: (query, after) => door.page('Invoices', schemas.invoice, invoiceFilters(query), after),
    fetchInvoicesByIds: (ids) => byIds('Invoices', schemas.invoice, ids),
    async fetchInvoice(id) {
      const page = await byIds('Invoices', schemas.invoice, [id]);
      const [unreadable] = page.unreadable;
      if (unreadable !== undefined)
        throw new VendorUnreachable(
          'Autotask',
          'unknown',
          `invoice ${String(id)} cannot be read: ${unreadable.detail}`,
        );
      return page.rows[0] ?? null;
    },
    fetchInvoicesByNumber: (number) =>
      door.all('Invoices', schemas.invoice, [{ op: 'eq', field: 'invoiceNumber', value: number }]),
    fetchLinePage: (ids, after) =>
      door.page('BillingItems', schemas.billingItem, [{ op: 'in', field: 'invoiceID', value: ids }], after),
    fetchCompanies: (ids) => byIds('Companies', schemas.company, ids),
    fetchBillingCodes: (ids) => byIds('BillingCodes', schemas.billingCode, ids),
    fetchAllBillingCodes: () => door.pages('BillingCodes', schemas.billingCode, [everything]),
    fetchNames: (entity) => door.all(entity, schemas.named, [everything]),
    fetchPrimaryContacts: (companyIds) => fetchPrimaryContacts(door, companyIds),
    fetchLinesOfBusiness: () => fetchLinesOfBusiness(door),
    fetchPicklist: (entity, field) => fetchPicklist(door, entity, field),
    async markInvoice(mark) {
      const body = {
        id: mark.id,
        ...(mark.number === undefined ? {} : { invoiceNumber: mark.number }),
        ...(mark.processedAt === undefined ? {} : { webServiceDate: mark.processedAt.toISOString() }),
        ...(mark.paidDate === undefined ? {} : { paidDate: mark.paidDate }),
      };
      await door.call('Invoices', 'PATCH', 'Invoices', JSON.stringify(body));
    },
  };
}

/** Version is the best probe (facts/autotask.md 1), but hardly documented: where it is missing, a small read proves as much. */
async function probe(door: Door): Promise<void> {
  try {
    await door.call('Version', 'GET', 'Version');
  } catch (error) {
    if (!(error instanceof VendorRefused) || error.status !== 404) throw error;
    await door.all('Companies', z.unknown(), [{ op: 'eq', field: 'id', value: 0 }]);
  }
}

const everything: Filter = { op: 'gte', field: 'id', value: 0 };

async function fetchPrimaryContacts(door: Door, companyIds: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const contacts = new Map<number, string>();
  for (let at = 0; at < companyIds.length; at += PAGE) {
    const page = await door.all('Contacts', schemas.contact, [
      { op: 'in', field: 'companyID', value: companyIds.slice(at, at + PAGE) },
      { op: 'eq', field: 'primaryContact', value: true },
    ]);
    for (const one of page.rows)
      if (one.isActive && one.email !== null && !contacts.has(one.companyId)) contacts.set(one.companyId, one.email);
  }
  return contacts;
}

async function fetchLinesOfBusiness(door: Door): Promise<readonly LineOfBusiness[]> {
  const pairs = await door.all('OrganizationalLevelAssociations', schemas.lineOfBusiness, [everything]);
  const names = async (entity: string): Promise<Map<number, string>> =>
    new Map((await door.all(entity, schemas.named, [everything])).rows.map((row) => [row.id, row.name]));
  const first = await names('OrganizationalLevel1s');
  const second = await names('OrganizationalLevel2s');
  return pairs.rows.map((pair) => {
    const [one, two] = [first.get(pair.level1 ?? -1), second.get(pair.level2 ?? -1)];
    return { id: pair.id, names: [one, two, `${one ?? ''} / ${two ?? ''}`].filter((name) => name !== undefined) };
  });
}

async function fetchPicklist(door: Door, entity: string, field: string): Promise<ReadonlyMap<number, string>> {
  const shape = z.looseObject({ fields: z.array(schemas.fieldInformation) });
  const parsed = shape.safeParse(await door.call(entity, 'GET', `${entity}/entityInformation/fields`));
  const found = parsed.data?.fields.find((one) => one.name.toLowerCase() === field.toLowerCase());
  return new Map((found?.picklistValues ?? []).map((one) => [Number(one.value), one.label]));
}

function invoiceFilters(query: InvoiceQuery): Filter[] {
  const filters: Filter[] = [];
  if (query.dated !== undefined)
    filters.push(
      { op: 'gte', field: 'invoiceDateTime', value: `${query.dated.from}T00:00:00.000Z` },
      { op: 'lte', field: 'invoiceDateTime', value: `${query.dated.to}T23:59:59.999Z` },
    );
  else if (query.voidedFrom !== undefined) filters.push({ op: 'gte', field: 'voidedDate', value: query.voidedFrom });
  else if (query.createdFrom !== undefined)
    filters.push({ op: 'gte', field: 'createDateTime', value: query.createdFrom });
  if (query.voided !== undefined) filters.push({ op: 'eq', field: 'isVoided', value: query.voided });
  if (query.unmarked === 'processed') filters.push({ op: 'notExist', field: 'webServiceDate' });
  if (query.unmarked === 'number') {
    filters.push({
      op: 'or',
      items: [
        { op: 'notExist', field: 'invoiceNumber' },
        { op: 'eq', field: 'invoiceNumber', value: '' },
        { op: 'eq', field: 'invoiceNumber', value: 'ERROR' },
      ],
    });
  }
  return filters;
}

class Door {
  readonly #options: AutotaskOptions;
  #apiUrl: string;
  #secondLook: Promise<boolean> | null = null;
  /** Of these the tenant does not have all fields that we name: they are asked for whole. */
  readonly #whole = new Set<string>();

  constructor(options: AutotaskOptions) {
    this.#options = options;
    this.#apiUrl = options.apiUrl;
  }

  /**
   * The next rows that match, ascending by id: `id > after` until Autotask says that it was the last page. A page may be
   * shorter than asked for and yet have a next one; only where nothing is said does a short page end the list.
   */
  async page<T>(
    entity: string,
    schema: z.ZodType<T>,
    filters: readonly Filter[],
    after: number | null,
  ): Promise<NextPage<T>> {
    const position: Filter[] = after === null ? [] : [{ op: 'gt', field: 'id', value: after }];
    const [answer, asked] = await this.#ask(entity, keysOf(schema), [...filters, ...position], PAGE);
    const reply = schemas.queryReply.safeParse(answer);
    if (!reply.success)
      throw new VendorUnreachable(
        'Autotask',
        'unknown',
        `the answer to a query of ${entity} has not the expected form`,
      );
    const { items, pageDetails } = reply.data;
    const { page, lastId } = readRows(entity, schema, items);
    const nextUrl = pageDetails?.nextPageUrl;
    const isLast =
      nextUrl === null ||
      nextUrl === '' ||
      (nextUrl === undefined && items.length < asked) ||
      lastId === null ||
      (after !== null && lastId <= after);
    return { ...page, next: isLast ? null : lastId };
  }

  /**
   * Only the fields that are read: half of what a page of billing items weighs. A page that is too long to hold is asked for
   * in smaller ones. Answers with how many rows were asked for.
   */
  async #ask(
    entity: string,
    keys: readonly string[],
    filters: readonly Filter[],
    rows: number,
  ): Promise<[answer: unknown, asked: number]> {
    const wanted = this.#whole.has(entity) ? [] : keys;
    try {
      return [await this.call(entity, 'POST', `${entity}/query`, filterText(entity, filters, rows, wanted)), rows];
    } catch (error) {
      if (isUnknownField(error) && wanted.length > 0) {
        this.#whole.add(entity);
        return this.#ask(entity, keys, filters, rows);
      }
      if (!(error instanceof ReplyTooLong) || rows <= PAGE_LEAST) throw error;
      return this.#ask(entity, keys, filters, Math.ceil(rows / 5));
    }
  }

  /** All rows, a page at a time; what cannot be read is left out. */
  async *pages<T>(entity: string, schema: z.ZodType<T>, filters: readonly Filter[]): AsyncGenerator<readonly T[]> {
    let after: number | null = null;
    do {
      const page: NextPage<T> = await this.page(entity, schema, filters, after);
      yield page.rows;
      after = page.next;
    } while (after !== null);
  }

  /** All pages together; for lists that are small or bounded by ids. */
  async all<T>(entity: string, schema: z.ZodType<T>, filters: readonly Filter[]): Promise<Page<T>> {
    const rows: T[] = [];
    const unreadable: UnreadableRow[] = [];
    let after: number | null = null;
    do {
      const page: NextPage<T> = await this.page(entity, schema, filters, after);
      rows.push(...page.rows);
      unreadable.push(...page.unreadable);
      after = page.next;
    } while (after !== null);
    return { rows, unreadable };
  }

  async call(endpoint: string, method: 'GET' | 'POST' | 'PATCH', path: string, body?: string): Promise<unknown> {
    const { circuit } = this.#options;
    if (circuit.isOpen())
      throw new CredentialsRefused(
        'Autotask',
        'they were refused before, and nothing is sent until they are entered again (terminal: connection add)',
      );
    try {
      return await this.#options.policy(() => this.#once(endpoint, method, path, body));
    } catch (error) {
      if (!(error instanceof CredentialsRefused)) throw error;
      return this.#afterRefusal(error, () => this.#options.policy(() => this.#once(endpoint, method, path, body)));
    }
  }

  /** Once more, and only where one small call was let in again: whatever ran beside it costs no further wrong log-in. */
  async #afterRefusal<T>(refusal: CredentialsRefused, again: () => Promise<T>): Promise<T> {
    this.#secondLook ??= this.#lookAgain().finally(() => (this.#secondLook = null));
    if (await this.#secondLook) {
      try {
        return await again();
      } catch (error) {
        if (!(error instanceof CredentialsRefused)) throw error;
      }
    }
    await this.#options.circuit.open(refusal.message);
    throw refusal;
  }

  /** Whether Autotask lets us in after all: tenants do move between zones, and a single 401 may be a hiccup. */
  async #lookAgain(): Promise<boolean> {
    const moved = await this.#options.rediscover();
    const hasMoved = moved !== null && moved !== this.#apiUrl;
    if (hasMoved) this.#apiUrl = moved;
    if (!hasMoved && !this.#options.isProven) return false;
    try {
      await this.#options.policy(() => this.#once('Version', 'GET', 'Version', undefined));
    } catch (error) {
      return error instanceof VendorRefused;
    }
    return true;
  }

  #once(endpoint: string, method: 'GET' | 'POST' | 'PATCH', path: string, body: string | undefined): Promise<unknown> {
    const { credentials, http, limits } = this.#options;
    return limits.inTurn(endpoint, async () => {
      const wait = limits.take();
      if (wait > 0) throw new WaitNeeded('Autotask', wait, 'limit', 'half of the hourly threshold is used up');
      try {
        const reply = await http.send({
          method,
          url: `${this.#apiUrl}/${path}`,
          headers: {
            ApiIntegrationCode: credentials.integrationCode,
            UserName: credentials.userName,
            Secret: credentials.secret,
            accept: 'application/json',
            'user-agent': 'ledgerferry',
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          timeoutMs: CALL_MS,
          ...(body === undefined ? {} : { body }),
        });
        return readReply(reply, endpoint);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        if (error.reason === 'too-long') throw new ReplyTooLong('Autotask', error.message);
        throw new VendorUnreachable('Autotask', error.sent, error.message, null, error);
      }
    });
  }
}

/** Nearly all ids are plain whole numbers; what else may stand for one is the schema's to say. */
function idOf(item: unknown): number | undefined {
  const plain = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined;
  return typeof plain === 'number' && Number.isSafeInteger(plain) ? plain : schemas.keys.safeParse(item).data?.id;
}

/**
 * The highest id is taken from the raw rows, so that an unreadable one neither ends the paging nor comes again. A row
 * without an id could be told by nobody: then the whole answer counts as broken.
 */
function readRows<T>(
  entity: string,
  schema: z.ZodType<T>,
  items: readonly unknown[],
): { page: Page<T>; lastId: number | null } {
  const rows: T[] = [];
  const unreadable: UnreadableRow[] = [];
  let lastId: number | null = null;
  for (const item of items) {
    const id = idOf(item);
    if (id === undefined)
      throw new VendorUnreachable('Autotask', 'unknown', `a row of ${entity} has no id that can be read`);
    lastId = Math.max(id, lastId ?? id);
    const parsed = schema.safeParse(item);
    if (parsed.success) rows.push(parsed.data);
    else
      unreadable.push({
        id,
        invoiceId: schemas.keys.safeParse(item).data?.invoiceId ?? null,
        detail: parsed.error.issues
          .map((issue) => `${issue.path.join('.')}: ${issue.message}`)
          .join('; ')
          .slice(0, 300),
      });
  }
  return { page: { rows, unreadable }, lastId };
}
