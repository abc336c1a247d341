/** Reads by noun. Each is a metered call (CorePlus): bulk wherever QuickBooks allows it. */
import { z } from 'zod';
import type { BookedInvoice } from '../core/reconcile.ts';
import { ReplyTooLong, VendorRefused, VendorUnreachable } from '../platform/failures.ts';
import type { Door } from './client.ts';
import { profileOf, type CompanyProfile } from './company.ts';
import { quoted, quotedInstant, quotedList } from './query.ts';
import * as schemas from './schemas.ts';
import type { AccountRow, CustomerRow, FoundInvoice, FoundPayment, ItemRow, NamedRow, TaxCodeRow } from './schemas.ts';

const PAGE = 1_000;
/** A page that is too long to hold is asked for in smaller ones, down to this. */
const PAGE_LEAST = 8;
/** A query longer than this goes by POST: the same metering, no limit of the address. */
const URL_QUERY_MAX = 1_500;
/** CDC answers at most this many objects in all, without paging (facts/qbo.md 5.2). */
const CHANGES_MAX = 1_000;

export interface Changes {
  readonly customers: readonly CustomerRow[];
  readonly items: readonly ItemRow[];
  readonly terms: readonly NamedRow[];
  readonly accounts: readonly AccountRow[];
  readonly classes: readonly NamedRow[];
  readonly deleted: readonly { readonly entity: string; readonly id: string }[];
  /** More changed than one answer holds: the lists must be read anew. */
  readonly truncated: boolean;
}

/** What changed about invoices and payments; `truncated`: more than one answer holds. */
export interface MoneyChanges {
  readonly invoices: readonly FoundInvoice[];
  readonly payments: readonly FoundPayment[];
  readonly deletedInvoices: readonly string[];
  readonly truncated: boolean;
}

/** The two kinds of sales forms that we post. */
export type SalesForm = 'Invoice' | 'CreditMemo';

export interface QuickBooksReads {
  fetchCompany(): Promise<CompanyProfile>;
  fetchAllCustomers(): AsyncGenerator<CustomerRow[]>;
  fetchAllItems(): AsyncGenerator<ItemRow[]>;
  fetchTerms(): Promise<NamedRow[]>;
  fetchAccounts(): Promise<AccountRow[]>;
  /** Empty where the edition has no classes. */
  fetchClasses(): Promise<NamedRow[]>;
  fetchTaxCodes(): Promise<TaxCodeRow[]>;
  /** At most 100 names. */
  fetchCustomersByName(names: readonly string[]): Promise<CustomerRow[]>;
  fetchItemsByName(names: readonly string[]): Promise<ItemRow[]>;
  /** Vendors and employees with one of these names: they share one list of names with the customers. At most 100. */
  fetchOtherHolders(names: readonly string[]): Promise<NamedRow[]>;
  /** `withClasses` only where classes are used: not every edition has them. */
  fetchChanges(since: Date, withClasses: boolean): Promise<Changes>;
  findInvoicesByNumber(numbers: readonly string[], form?: SalesForm): Promise<FoundInvoice[]>;
  /** Created since then; of these customers, or of all (null). */
  findInvoicesSince(
    scope: { customerIds: readonly string[] | null; since: Date },
    form?: SalesForm,
  ): Promise<FoundInvoice[]>;
  /** At most 100 ids. */
  findInvoicesByIds(ids: readonly string[], form?: SalesForm): Promise<FoundInvoice[]>;
  /** Everything of one form dated in these days, 1,000 at a time, for reconciliation. */
  fetchBooked(dates: { from: string; to: string }, form: SalesForm): AsyncGenerator<BookedInvoice[]>;
  /** The same by id; at most 100. */
  findBookedByIds(ids: readonly string[], form: SalesForm): Promise<BookedInvoice[]>;
  /** One change-data-capture call for invoices and payments (at most 30 days back, 1,000 objects). */
  fetchMoneyChanges(since: Date): Promise<MoneyChanges>;
  /** The same by queries in pages, for more than CDC answers or further back. */
  findMoneyChangesSince(since: Date): Promise<MoneyChanges>;
  findPaymentsByIds(ids: readonly string[]): Promise<FoundPayment[]>;
  /** The whole row as QuickBooks writes it, numbers exact; null when it is not there. */
  fetchSalesForm(form: SalesForm, id: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** One customer or item with its SyncToken, for an update; null when it is not there. */
  fetchVersioned(
    kind: 'customer' | 'item',
    id: string,
  ): Promise<{ id: string; syncToken: string; name: string; active: boolean } | null>;
}

/** Reads each row by itself: one that cannot be read is a fault of that row only and is left out of lists. */
function rowsOf<T>(
  reply: unknown,
  entity: string,
  schema: z.ZodType<T>,
  strict: boolean,
): { rows: T[]; count: number; firstId: string | null } {
  const shape = z
    .looseObject({ QueryResponse: z.looseObject({ [entity]: z.array(z.unknown()).optional() }) })
    .safeParse(reply);
  if (!shape.success)
    throw new VendorUnreachable('QuickBooks', 'unknown', 'the answer to a query has not the expected form');
  const raw = shape.data.QueryResponse[entity];
  const all = Array.isArray(raw) ? raw : [];
  const rows = all.flatMap((one) => {
    const parsed = schema.safeParse(one);
    if (parsed.success) return [parsed.data];
    if (strict) throw new VendorUnreachable('QuickBooks', 'unknown', `a row of ${entity} cannot be read`);
    return [];
  });
  return { rows, count: all.length, firstId: z.looseObject({ Id: z.string() }).safeParse(all[0]).data?.Id ?? null };
}

const bookedSchema = (form: SalesForm): z.ZodType<BookedInvoice> =>
  form === 'Invoice' ? schemas.bookedInvoice : schemas.bookedCreditMemo;

const whereDated = (from: string, to: string): string =>
  ` WHERE TxnDate >= ${quoted(from)} AND TxnDate <= ${quoted(to)}`;

/** A list that an edition of QuickBooks may refuse (error 5020): then it is empty, and what needs it says so by name. */
async function optional<T>(list: Promise<T[]>): Promise<T[]> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof VendorRefused && !(error instanceof ReplyTooLong)) return [];
    throw error;
  }
}

/** Null for an answer that is too long to hold; everything else is thrown on. */
const tooLong = (error: unknown): null => {
  if (error instanceof ReplyTooLong) return null;
  throw error;
};

const anyState = ' WHERE Active IN (true, false)';

/** Reads a list in pages of 1,000, in smaller ones where they are too long to hold; ends also when a list goes in circles. */
const pager = (query: (text: string) => Promise<unknown>) => {
  return async function* pages<T>(
    entity: string,
    schema: z.ZodType<T>,
    where: string,
    strict = false,
  ): AsyncGenerator<T[]> {
    let size = PAGE;
    let before: string | null = null;
    for (let start = 1; ;) {
      const text = `SELECT * FROM ${entity}${where} ORDERBY Id STARTPOSITION ${String(start)} MAXRESULTS ${String(size)}`;
      const reply = await query(text).catch(tooLong);
      if (reply === null && size > PAGE_LEAST) {
        size = Math.ceil(size / 5);
        continue;
      }
      const { rows, count, firstId } = rowsOf(reply, entity, schema, strict);
      if (count > 0 && firstId !== null && firstId === before)
        throw new VendorUnreachable('QuickBooks', 'unknown', `the list of ${entity} does not go on after a page`);
      before = firstId;
      yield rows;
      if (count < size) return;
      start += size;
    }
  };
};

export function createReads(door: Door): QuickBooksReads {
  const query = (text: string): Promise<unknown> =>
    text.length > URL_QUERY_MAX
      ? door.read({ method: 'POST', path: 'query', body: text, contentType: 'application/text' })
      : door.read({ method: 'GET', path: 'query', parameters: { query: text } });

  const pages = pager(query);
  const all = async <T>(entity: string, schema: z.ZodType<T>, where = '', strict = false): Promise<T[]> => {
    const rows: T[] = [];
    for await (const page of pages(entity, schema, where, strict)) rows.push(...page);
    return rows;
  };

  const findInvoices = (where: string, form: SalesForm = 'Invoice'): Promise<FoundInvoice[]> =>
    all(form, form === 'Invoice' ? schemas.lookedUpInvoice : schemas.lookedUpCreditMemo, ` WHERE ${where}`, true);
  const byName = <T>(entity: string, field: string, schema: z.ZodType<T>, names: readonly string[]): Promise<T[]> =>
    names.length === 0
      ? Promise.resolve([])
      : all(entity, schema, ` WHERE ${field} IN ${quotedList(names)} AND Active IN (true, false)`);

  return {
    fetchCompany: () => fetchCompany(door),
    fetchAllCustomers: () => pages('Customer', schemas.customer, anyState),
    fetchAllItems: () => pages('Item', schemas.item, anyState),
    fetchTerms: () => optional(all('Term', schemas.named)),
    fetchAccounts: () => all('Account', schemas.account),
    fetchClasses: () => optional(all('Class', schemas.named)),
    async fetchTaxCodes() {
      const codes = await optional(all('TaxCode', schemas.taxCode));
      const rates = new Map((await optional(all('TaxRate', schemas.taxRate))).map((rate) => [rate.id, rate]));
      return codes.map(({ rateIds, ...code }) => ({ ...code, rates: rateIds.flatMap((id) => rates.get(id) ?? []) }));
    },
    fetchCustomersByName: (names) => byName('Customer', 'DisplayName', schemas.customer, names),
    fetchItemsByName: (names) => byName('Item', 'Name', schemas.item, names),
    async fetchOtherHolders(names) {
      const vendors = await optional(byName('Vendor', 'DisplayName', schemas.displayNamed, names));
      return [...vendors, ...(await optional(byName('Employee', 'DisplayName', schemas.displayNamed, names)))];
    },
    fetchChanges: (since, withClasses) => fetchChanges(door, since, withClasses),
    findInvoicesByNumber: (numbers, form) => findInvoices(`DocNumber IN ${quotedList(numbers)}`, form),
    findInvoicesSince: ({ customerIds, since }, form) =>
      findInvoices(
        `MetaData.CreateTime >= ${quotedInstant(since)}${customerIds === null ? '' : ` AND CustomerRef IN ${quotedList(customerIds)}`}`,
        form,
      ),
    findInvoicesByIds: (ids, form) => findInvoices(`Id IN ${quotedList(ids)}`, form),
    fetchBooked: ({ from, to }, form) => pages(form, bookedSchema(form), whereDated(from, to), true),
    findBookedByIds: (ids, form) => all(form, bookedSchema(form), ` WHERE Id IN ${quotedList(ids)}`, true),
    fetchMoneyChanges: (since) => fetchMoneyChanges(door, since),
    findMoneyChangesSince: (since) => findMoneyChangesSince(all, since),
    findPaymentsByIds: (ids) =>
      ids.length === 0 ? Promise.resolve([]) : all('Payment', schemas.payment, ` WHERE Id IN ${quotedList(ids)}`),
    async fetchSalesForm(form, id) {
      const rows = await all(form, z.looseObject({}), ` WHERE Id = ${quoted(id)}`);
      return rows[0] ?? null;
    },
    async fetchVersioned(kind, id) {
      const where = ` WHERE Id = ${quoted(id)} AND Active IN (true, false)`;
      return (await all(kind === 'customer' ? 'Customer' : 'Item', schemas.versioned, where, true))[0] ?? null;
    },
  };
}

async function fetchCompany(door: Door): Promise<CompanyProfile> {
  const realm = await door.read({ method: 'GET', path: `companyinfo/${encodeURIComponent(door.realmId)}` });
  const prefs = await door.read({ method: 'GET', path: 'preferences' });
  const info = z.looseObject({ CompanyInfo: schemas.companyInfo }).safeParse(realm);
  const preferences = z.looseObject({ Preferences: schemas.preferences }).safeParse(prefs);
  if (!info.success || !preferences.success)
    throw new VendorUnreachable('QuickBooks', 'unknown', 'company or preferences cannot be read');
  return profileOf(info.data.CompanyInfo, preferences.data.Preferences);
}

async function findMoneyChangesSince(
  all: <T>(entity: string, schema: z.ZodType<T>, where?: string) => Promise<T[]>,
  since: Date,
): Promise<MoneyChanges> {
  const where = ` WHERE MetaData.LastUpdatedTime >= ${quotedInstant(since)}`;
  return {
    invoices: await all('Invoice', schemas.lookedUpInvoice, where),
    payments: await all('Payment', schemas.payment, where),
    deletedInvoices: [],
    truncated: false,
  };
}

/** One change-data-capture answer, read by entity: what is there, and what was deleted. */
async function changesOf(door: Door, entities: readonly string[], since: Date): Promise<ChangesReply> {
  const reply = await door.read({
    method: 'GET',
    path: 'cdc',
    parameters: { entities: entities.join(','), changedSince: since.toISOString().replace(/\.\d+Z$/, '+00:00') },
  });
  const shape = z
    .looseObject({ CDCResponse: z.array(z.looseObject({ QueryResponse: z.array(z.looseObject({})) })) })
    .safeParse(reply);
  if (!shape.success) throw new VendorUnreachable('QuickBooks', 'unknown', 'the list of changes cannot be read');
  const parts = shape.data.CDCResponse.flatMap((one) => one.QueryResponse);
  const raw = (entity: string): unknown[] => parts.flatMap((part) => (Array.isArray(part[entity]) ? part[entity] : []));
  const isDeleted = (row: unknown): boolean => z.looseObject({ status: z.literal('Deleted') }).safeParse(row).success;
  const identified = z.looseObject({ Id: z.string() });
  return {
    live: (entity, schema) =>
      raw(entity).flatMap((row) => {
        const parsed = isDeleted(row) ? null : schema.safeParse(row);
        return parsed?.success === true ? [parsed.data] : [];
      }),
    deleted: (entity) =>
      raw(entity)
        .filter(isDeleted)
        .flatMap((row) => identified.safeParse(row).data?.Id ?? []),
    truncated: entities.reduce((count, entity) => count + raw(entity).length, 0) >= CHANGES_MAX,
  };
}

interface ChangesReply {
  live<T>(entity: string, schema: z.ZodType<T>): T[];
  deleted(entity: string): string[];
  readonly truncated: boolean;
}

async function fetchMoneyChanges(door: Door, since: Date): Promise<MoneyChanges> {
  const changes = await changesOf(door, ['Invoice', 'Payment'], since);
  return {
    invoices: changes.live('Invoice', schemas.lookedUpInvoice),
    payments: changes.live('Payment', schemas.payment),
    deletedInvoices: changes.deleted('Invoice'),
    truncated: changes.truncated,
  };
}

async function fetchChanges(door: Door, since: Date, withClasses: boolean): Promise<Changes> {
  const entities = ['Customer', 'Item', 'Term', 'Account', ...(withClasses ? ['Class'] : [])];
  const changes = await changesOf(door, entities, since);
  return {
    customers: changes.live('Customer', schemas.customer),
    items: changes.live('Item', schemas.item),
    terms: changes.live('Term', schemas.named),
    accounts: changes.live('Account', schemas.account),
    classes: changes.live('Class', schemas.named),
    deleted: entities.flatMap((entity) => changes.deleted(entity).map((id) => ({ entity, id }))),
    truncated: changes.truncated,
  };
}
