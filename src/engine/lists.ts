/**
 * Both vendors' lists for one run: from our own memory, brought up to date by one change-data-capture call; only what is
 * missing is read. Reading all of a list happens at the first run, after a month, and when too much has changed.
 */
import {
  prepareDirectory,
  type AccountEntry,
  type CustomerEntry,
  type Directory,
  type ItemEntry,
  type LineOfBusiness,
  type NamedEntry,
  type TaxCodeEntry,
} from '../core/directory.ts';
import { decimal, type Decimal } from '../core/money.ts';
import type { SourceBillingCode, SourceCompany } from '../core/source.ts';
import { VendorRefused } from '../platform/failures.ts';
import type { NameEntity } from '../autotask/client.ts';
import {
  deleteQuickBooksRows,
  deleteQuickBooksRowsBut,
  loadAutotaskRows,
  loadDecisions,
  loadLinkedIds,
  loadListStates,
  loadQuickBooksKind,
  loadQuickBooksRows,
  saveAutotaskRows,
  saveListState,
  saveQuickBooksRows,
  type ListedRow,
} from '../store/links.ts';
import { lastReferenceRefused } from '../store/transfers.ts';
import type { TenantTx } from '../store/tenant.ts';
import { chunksOf } from '../core/rows.ts';
import type { Lease } from './lease.ts';
import type { RunContext } from './run-context.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** CDC looks back 30 days (facts/qbo.md 5.2); a margin for clocks. */
const CHANGES_MAX_AGE_MS = 28 * DAY_MS;
/** Changes are asked for a little further back than the last time: queries may lag, clocks may differ. */
const CHANGES_OVERLAP_MS = 10 * MINUTE_MS;

/** A list that was refused is asked for again after this time. */
const REFUSED_AGAIN_MS = 15 * MINUTE_MS;

const LINE_OF_BUSINESS = 'line-of-business';
/** When all of QuickBooks' lists were last read, not only what has changed. */
const WHOLE = 'quickbooks-whole';

/** What the lists need of a run; a preview has it without holding the lease, because memory of lists is no state. */
export type ListContext = Pick<RunContext, 'services' | 'tenant' | 'autotask' | 'quickbooks' | 'say' | 'settings'> & {
  readonly lease: Pick<Lease, 'read' | 'write'>;
};

export class Lists {
  readonly #ctx: ListContext;
  readonly #companies = new Map<number, SourceCompany>();
  readonly #codes = new Map<number, SourceBillingCode>();
  readonly #names = new Map<NameEntity, Map<number, string>>();
  #linesOfBusiness: LineOfBusiness[] = [];

  constructor(ctx: ListContext) {
    this.#ctx = ctx;
  }

  /** Brings QuickBooks' and Autotask's lists up to date. */
  async refresh(): Promise<void> {
    const [states, refusedAt] = await this.#ctx.lease.read(
      async (tx) => [await loadListStates(tx), await lastReferenceRefused(tx)] as const,
    );
    // QuickBooks does not know something that our memory named. No change is told of what was never there: all is read again, once.
    const isDoubted = refusedAt !== null && refusedAt > (states.get(WHOLE) ?? new Date(0));
    const read = (list: string): Date | undefined => (isDoubted ? undefined : states.get(list));
    await this.#refreshQuickBooks(read('quickbooks'), read('tax-codes'));
    if (this.#usesClasses && read('classes') === undefined) await this.#readClasses();
    await this.#refreshAutotask(states.get('autotask'));
  }

  /** For the item tools: both lists whole and as they are now, in pages (facts/goals.md section 7). */
  async readItemsAndCodes(): Promise<void> {
    const { autotask, quickbooks, services, lease, tenant, say } = this.#ctx;
    for (const row of await lease.read((tx) => loadAutotaskRows(tx, { except: 'billing-code' })))
      this.#remember(row.kind, row.autotask_id, row.detail);
    this.#codes.clear();
    for await (const page of autotask.fetchAllBillingCodes()) {
      for (const code of page) this.#codes.set(code.id, code);
      await lease.write((tx) => saveAutotaskRows(tx, { ...tenant, at: services.clock.now() }, page.map(listedCode)));
      say('reading billing codes', this.#codes.size, this.#codes.size);
    }
    // Page by page, so that no list stands in memory twice; what was not named any more goes at the end.
    const named = new Set<string>();
    for await (const page of quickbooks.fetchAllItems()) {
      for (const item of page) named.add(item.id);
      await lease.write((tx) =>
        saveQuickBooksRows(
          tx,
          tenant,
          page.map((row) => listed('item', row)),
        ),
      );
      say('reading QuickBooks’ products and services', named.size, named.size);
    }
    await lease.write((tx) => deleteQuickBooksRowsBut(tx, 'item', [...named]));
    if ((await lease.read((tx) => loadQuickBooksKind(tx, 'account'))).length > 0) return;
    const accounts = await quickbooks.fetchAccounts();
    await lease.write((tx) =>
      saveQuickBooksRows(
        tx,
        tenant,
        accounts.map((row) => listed('account', row)),
      ),
    );
  }

  /** Classes and lines of business are read only where the settings use them. */
  get #usesClasses(): boolean {
    return Object.keys(this.#ctx.settings['class.byLineOfBusiness']).length > 0;
  }

  async #readClasses(): Promise<void> {
    const { quickbooks, services, lease, tenant } = this.#ctx;
    const classes = await quickbooks.fetchClasses();
    await lease.write(async (tx) => {
      await deleteQuickBooksRows(tx, 'class', 'all');
      await saveQuickBooksRows(
        tx,
        tenant,
        classes.map((row) => listed('class', row)),
      );
      await saveListState(tx, tenant, 'classes', services.clock.now());
    });
  }

  async #refreshQuickBooks(lists: Date | undefined, taxCodes: Date | undefined): Promise<void> {
    const { quickbooks, services } = this.#ctx;
    const now = services.clock.now();
    const fresh = (read: Date | undefined, maxAge: number): read is Date =>
      read !== undefined && now.getTime() - read.getTime() < maxAge;
    if (fresh(lists, CHANGES_MAX_AGE_MS)) {
      const changes = await quickbooks.fetchChanges(new Date(lists.getTime() - CHANGES_OVERLAP_MS), this.#usesClasses);
      if (changes.truncated) await this.#readAll(now);
      else await this.#write(now, changes, changes.deleted);
    } else {
      await this.#readAll(now);
    }
    if (!fresh(taxCodes, DAY_MS)) {
      const codes = await quickbooks.fetchTaxCodes();
      await this.#ctx.lease.write(async (tx) => {
        await deleteQuickBooksRows(tx, 'tax-code', 'all');
        await saveQuickBooksRows(
          tx,
          this.#ctx.tenant,
          codes.map((code) =>
            listed('tax-code', {
              ...code,
              rates: code.rates.map(({ id, rate }) => ({ id, rate: rate.toFixed() })),
            }),
          ),
        );
        await saveListState(tx, this.#ctx.tenant, 'tax-codes', now);
      });
    }
  }

  async #readAll(now: Date): Promise<void> {
    const { quickbooks, say } = this.#ctx;
    const customers: CustomerEntry[] = [];
    const items: ItemEntry[] = [];
    for await (const page of quickbooks.fetchAllCustomers()) {
      customers.push(...page);
      say('reading QuickBooks’ customers', customers.length, customers.length);
    }
    for await (const page of quickbooks.fetchAllItems()) items.push(...page);
    const terms = await quickbooks.fetchTerms();
    const accounts = await quickbooks.fetchAccounts();
    await this.#ctx.lease.write(async (tx) => {
      for (const kind of ['customer', 'item', 'term', 'account']) await deleteQuickBooksRows(tx, kind, 'all');
      await saveRows(tx, this.#ctx, { customers, items, terms, accounts, classes: [] });
      for (const list of ['quickbooks', WHOLE]) await saveListState(tx, this.#ctx.tenant, list, now);
    });
  }

  async #write(now: Date, rows: QuickBooksLists, deleted: readonly { entity: string; id: string }[]): Promise<void> {
    await this.#ctx.lease.write(async (tx) => {
      await saveRows(tx, this.#ctx, rows);
      for (const kind of ['Customer', 'Item', 'Term', 'Account', 'Class']) {
        await deleteQuickBooksRows(
          tx,
          kind.toLowerCase(),
          deleted.filter((one) => one.entity === kind).map((one) => one.id),
        );
      }
      await saveListState(tx, this.#ctx.tenant, 'quickbooks', now);
    });
  }

  async #refreshAutotask(read: Date | undefined): Promise<void> {
    const { autotask, services, lease, tenant } = this.#ctx;
    const now = services.clock.now();
    const isFresh = read !== undefined && now.getTime() - read.getTime() < DAY_MS;
    for (const row of await lease.read(loadAutotaskRows)) this.#remember(row.kind, row.autotask_id, row.detail);
    if (isFresh) return this.#learnLinesOfBusiness();
    for await (const page of autotask.fetchAllBillingCodes()) for (const code of page) this.#codes.set(code.id, code);
    const named: { kind: string; autotaskId: number; detail: unknown }[] = [];
    let isWhole = true;
    for (const entity of ['PaymentTerms', 'TaxCategories', 'Currencies'] as const) {
      const rows = await this.#fetchNames(entity);
      if (rows === null) isWhole = false;
      for (const row of rows ?? []) {
        this.#name(entity, row.id, row.name);
        named.push({ kind: entity, autotaskId: row.id, detail: row.name });
      }
    }
    if (this.#usesClasses) {
      this.#linesOfBusiness = [...(await autotask.fetchLinesOfBusiness())];
      named.push(...this.#linesOfBusiness.map((one) => ({ kind: LINE_OF_BUSINESS, autotaskId: one.id, detail: one })));
    }
    await lease.write(async (tx) => {
      await saveAutotaskRows(tx, { ...tenant, at: now }, [...[...this.#codes.values()].map(listedCode), ...named]);
      await saveListState(tx, tenant, 'autotask', isWhole ? now : new Date(now.getTime() - DAY_MS + REFUSED_AGAIN_MS));
    });
  }

  /** The table of classes names a line of business that is not known yet: it was chosen after the lists were read today. */
  async #learnLinesOfBusiness(): Promise<void> {
    const known = new Set(this.#linesOfBusiness.flatMap((one) => one.names));
    const table = Object.keys(this.#ctx.settings['class.byLineOfBusiness']);
    if (table.every((name) => name === 'none' || /^\d+$/.test(name) || known.has(name))) return;
    const { autotask, services, lease, tenant } = this.#ctx;
    this.#linesOfBusiness = [...(await autotask.fetchLinesOfBusiness())];
    const rows = this.#linesOfBusiness.map((one) => ({ kind: LINE_OF_BUSINESS, autotaskId: one.id, detail: one }));
    await lease.write((tx) => saveAutotaskRows(tx, { ...tenant, at: services.clock.now() }, rows));
  }

  /**
   * Null when it is refused: a user without the right to read a small list still gets invoices, with Autotask's due date in
   * the term's place. A refusal may pass, so it is not believed for a whole day (seeds 2679, 5367).
   */
  async #fetchNames(entity: NameEntity): Promise<readonly { id: number; name: string }[] | null> {
    try {
      return (await this.#ctx.autotask.fetchNames(entity)).rows;
    } catch (error) {
      if (!(error instanceof VendorRefused)) throw error;
      this.#ctx.services.log.warn({ entity, error: error.message }, 'a list cannot be read');
      return null;
    }
  }

  #remember(kind: string, id: number, detail: unknown): void {
    if (kind === 'company') this.#companies.set(id, detail as SourceCompany);
    else if (kind === 'billing-code') this.#codes.set(id, reviveCode(detail));
    else if (kind === LINE_OF_BUSINESS) this.#linesOfBusiness.push(detail as LineOfBusiness);
    else if (typeof detail === 'string') this.#name(kind as NameEntity, id, detail);
  }

  #name(entity: NameEntity, id: number, name: string): void {
    const names = this.#names.get(entity) ?? new Map<number, string>();
    names.set(id, name);
    this.#names.set(entity, names);
  }

  /** Reads the companies and billing codes that are not known, or not yet linked: a new name there may cure an obstacle. */
  async ensure(companyIds: readonly number[], codeIds: readonly number[], directory: Directory): Promise<void> {
    const { autotask, services, lease, tenant } = this.#ctx;
    const companies = [...new Set(companyIds)].filter(
      (id) => !this.#companies.has(id) || !directory.links.has(`customer ${String(id)}`),
    );
    const codes = [...new Set(codeIds)].filter((id) => !this.#codes.has(id));
    const rows: { kind: string; autotaskId: number; detail: unknown }[] = [];
    for (const chunk of chunksOf(companies, 500)) {
      const page = await autotask.fetchCompanies(chunk);
      for (const company of page.rows) {
        this.#companies.set(company.id, company);
        rows.push({ kind: 'company', autotaskId: company.id, detail: company });
      }
    }
    for (const chunk of chunksOf(codes, 500)) {
      const page = await autotask.fetchBillingCodes(chunk);
      for (const code of page.rows) {
        this.#codes.set(code.id, code);
        rows.push({ kind: 'billing-code', autotaskId: code.id, detail: code });
      }
    }
    await lease.write((tx) => saveAutotaskRows(tx, { ...tenant, at: services.clock.now() }, rows));
  }

  /** The lists as prepared indexes, as they are now. */
  async directory(): Promise<Directory> {
    const [links, rows, decisions] = await this.#ctx.lease.read(
      async (tx) => [await loadLinkedIds(tx), await loadQuickBooksRows(tx), await loadDecisions(tx)] as const,
    );
    const of = <T>(kind: string): T[] => rows.filter((row) => row.kind === kind).map((row) => row.detail as T);
    return prepareDirectory({
      links,
      customers: of<CustomerEntry>('customer'),
      items: of<Omit<ItemEntry, 'unitPrice'> & { unitPrice: string | null }>('item').map(reviveItem),
      terms: of<NamedEntry>('term'),
      accounts: of<AccountEntry>('account'),
      taxCodes: of<Omit<TaxCodeEntry, 'rates'> & { rates: { id: string; rate: string }[] }>('tax-code').map((code) => ({
        ...code,
        rates: code.rates.map(({ id, rate }) => ({ id, rate: decimal(rate) })),
      })),
      classes: of<NamedEntry>('class'),
      companies: [...this.#companies.values()],
      billingCodes: [...this.#codes.values()],
      paymentTerms: this.#names.get('PaymentTerms') ?? new Map(),
      taxCategories: this.#names.get('TaxCategories') ?? new Map(),
      currencies: this.#names.get('Currencies') ?? new Map(),
      linesOfBusiness: this.#linesOfBusiness,
      decisions: new Set(decisions.keys()),
    });
  }
}

interface QuickBooksLists {
  readonly customers: readonly CustomerEntry[];
  readonly items: readonly ItemEntry[];
  readonly terms: readonly NamedEntry[];
  readonly accounts: readonly AccountEntry[];
  readonly classes: readonly NamedEntry[];
}

const listedCode = (code: SourceBillingCode): { kind: string; autotaskId: number; detail: SourceBillingCode } => ({
  kind: 'billing-code',
  autotaskId: code.id,
  detail: code,
});

const listed = <T extends { id: string; name: string; active: boolean }>(kind: string, row: T): ListedRow => ({
  kind,
  quickbooksId: row.id,
  name: row.name,
  active: row.active,
  detail: row,
});

const saveRows = (tx: TenantTx, ctx: ListContext, rows: QuickBooksLists): Promise<void> =>
  saveQuickBooksRows(tx, ctx.tenant, [
    ...rows.customers.map((row) => listed('customer', row)),
    ...rows.items.map((row) => listed('item', row)),
    ...rows.terms.map((row) => listed('term', row)),
    ...rows.accounts.map((row) => listed('account', row)),
    ...rows.classes.map((row) => listed('class', row)),
  ]);

/** In place, as all rows here are this run's own: thousands of them need not stand in memory twice. */
const withPrice = <T extends { unitPrice: string | null }>(
  row: T,
): Omit<T, 'unitPrice'> & { unitPrice: Decimal | null } =>
  Object.assign(row, { unitPrice: row.unitPrice === null ? null : decimal(row.unitPrice) });

const reviveItem = (item: Omit<ItemEntry, 'unitPrice'> & { unitPrice: string | null }): ItemEntry => withPrice(item);

/** A price went into our memory as decimal text and comes back as an exact decimal. */
const reviveCode = (detail: unknown): SourceBillingCode =>
  withPrice(detail as Omit<SourceBillingCode, 'unitPrice'> & { unitPrice: string | null });
