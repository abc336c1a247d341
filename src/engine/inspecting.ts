/** Looks without changing anything: which invoices are ready and why others are not, and the exact invoice before it is posted. */
import type { NextPage } from '../autotask/client.ts';
import { windowStart } from '../core/dates.ts';
import { ineligibility } from '../core/eligibility.ts';
import { mapInvoice, type Mapped } from '../core/map-invoice.ts';
import { inOrder } from '../core/map-lines.ts';
import { amountText, roundHalfAwayFromZero } from '../core/money.ts';
import { compareWithSource, type Difference } from '../core/preview.ts';
import { problem, type Problem } from '../core/problem.ts';
import { normalizeSetting, readSettings, settingKey, type SettingKey, type Settings } from '../core/settings.ts';
import { judgeSettled } from '../core/settle.ts';
import { sideBySide, sideOfDraft, type Side, type SideBySide } from '../core/side-by-side.ts';
import type { SourceInvoice, SourceLine } from '../core/source.ts';
import { isInQuickBooks } from '../core/states.ts';
import { writeExact } from '../platform/exact-json.ts';
import { renderInvoice } from '../quickbooks/invoice-body.ts';
import type { QuickBooksReads } from '../quickbooks/reads.ts';
import { sideOfForm } from '../quickbooks/sales-form.ts';
import type { Connection } from '../store/connections.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import { loadTransfersOf, type Transfer } from '../store/transfers.ts';
import { showSettings } from './connecting.ts';
import type { Tenant } from './lease.ts';
import { isPersonsWord } from './gathering.ts';
import { Lists, type ListContext } from './lists.ts';
import { fetchCompanyNames } from './labels.ts';
import { chunksOf } from '../core/rows.ts';
import type { Say } from './run-context.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';
import { fetchLines, type SourceLines } from './source-lines.ts';
import { currentProfile, openVendors } from './vendors.ts';
import { Patience } from './waiting.ts';

export interface ReadyRow {
  readonly autotaskInvoiceId: number;
  readonly invoiceNumber: string;
  readonly company: string;
  /** Before tax, as Autotask gives it: up to four decimals. */
  readonly total: string;
  /** As the invoice table says it, in whole cents; empty where it cannot be read. */
  readonly totalWithTax: string;
  readonly ready: boolean;
  readonly reasons: readonly { readonly code: string; readonly text: string }[];
  /** As Autotask has them; null where the invoice cannot be read. */
  readonly invoiceDate: string | null;
  readonly createdAt: string | null;
  /** Autotask's mark that a program has processed it; the other mark is the invoice number. */
  readonly processedAt: string | null;
}

export interface Preview {
  readonly invoice: SourceInvoice;
  readonly lines: readonly SourceLine[];
  readonly mapped: Mapped;
  /** Autotask's name of the company. */
  readonly company: string;
  readonly body: string;
  readonly differences: readonly Difference[];
  readonly problems: readonly Problem[];
}

/** The two sides of an invoice; `body` is the exact JSON text of the right one. */
export interface Beside extends SideBySide {
  readonly holds: 'draft' | 'quickbooks';
  readonly isMissing: boolean;
  readonly body: string;
  readonly problems: readonly Problem[];
}

/** Names in one query (facts/goals.md section 7). */
const NAMES = 100;
const MINUTE_MS = 60_000;

export class Inspector {
  readonly #services: Services;
  readonly #tenant: Tenant;
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #ctx: ListContext;
  readonly #lists: Lists;
  #isFresh = false;
  /** Customers to create, by their name in small letters, and whether a vendor or employee bears it already. */
  readonly #isTaken = new Map<string, boolean>();
  /** The names that the ready invoices would create, as far as they were looked at. */
  readonly customers = new Set<string>();
  readonly items = new Set<string>();

  private constructor(
    services: Services,
    tenant: Tenant,
    connection: Connection,
    settings: Settings,
    ctx: ListContext,
  ) {
    this.#services = services;
    this.#tenant = tenant;
    this.#connection = connection;
    this.#settings = settings;
    this.#ctx = ctx;
    this.#lists = new Lists(ctx);
  }

  /** Opens the connection for looking; `overrides` replace settings for this look only. */
  static async open(
    services: Services,
    tenant: Tenant,
    connection: Connection,
    overrides: Partial<Record<SettingKey, string>>,
    say: Say,
  ): Promise<Inspector> {
    const { settings: stored } = await showSettings(services, tenant);
    const given = Object.entries(overrides).map(([key, text]) => [key, normalizeSetting(settingKey(key), text)]);
    const settings = readSettings({ ...stored, ...Object.fromEntries(given) });
    const patience = (): Patience =>
      new Patience(services, { waiter: 'person', onWait: (sentence) => say(sentence, 0, 0) });
    const [autotask, quickbooks] = [patience(), patience()];
    const vendors = await openVendors(services, tenant, connection, {
      autotask: (call) => autotask.through(call),
      quickbooks: (call) => quickbooks.through(call),
    });
    const inTx = <T>(work: (tx: TenantTx) => Promise<T>): Promise<T> => withTenant(services.database, tenant, work);
    const ctx: ListContext = {
      services,
      tenant,
      settings,
      autotask: vendors.autotask,
      quickbooks: vendors.quickbooks,
      say,
      lease: { read: inTx, write: inTx },
    };
    return new Inspector(services, tenant, connection, settings, ctx);
  }

  /** QuickBooks as it may be looked at: nothing is written through an inspector. */
  get books(): QuickBooksReads {
    return this.#ctx.quickbooks;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Every invoice of the window: ready, or the rules that keep it out. @param onDraft is shown the body of each ready one */
  async ready(onDraft?: (invoiceId: number, body: string) => void): Promise<ReadyRow[]> {
    const from = windowStart(
      this.#services.clock.now().toISOString(),
      this.#settings['invoices.maxAgeDays'],
      this.#settings['connection.timeZone'],
    );
    const rows: ReadyRow[] = [];
    let after: number | null = null;
    do {
      const at: number | null = after;
      const page: NextPage<SourceInvoice> = await this.#ctx.autotask.fetchInvoicePage({ createdFrom: from }, at);
      rows.push(...(await this.#judgePage(page.rows, onDraft)));
      rows.push(
        ...page.unreadable.map((one) => ({
          autotaskInvoiceId: one.id,
          invoiceNumber: '',
          company: '',
          total: '',
          totalWithTax: '',
          ready: false,
          reasons: [reasonOf(problem('unreadable-invoice', { detail: one.detail }))],
          invoiceDate: null,
          createdAt: null,
          processedAt: null,
        })),
      );
      after = page.next;
    } while (after !== null);
    return rows;
  }

  async #judgePage(
    invoices: readonly SourceInvoice[],
    onDraft: ((invoiceId: number, body: string) => void) | undefined,
  ): Promise<ReadyRow[]> {
    const copies = await this.#transfersOf(invoices.map((invoice) => invoice.id));
    const early = new Map(invoices.map((invoice) => [invoice.id, this.#early(invoice, copies.get(invoice.id))]));
    const due = invoices.filter((invoice) => early.get(invoice.id)?.length === 0);
    const read = await fetchLines(
      this.#ctx.autotask,
      due.map((invoice) => invoice.id),
    );
    const mapped = await this.#map(due, read.lines);
    const names = await this.#companyNames(invoices, copies);
    return invoices.map((invoice) => {
      const unsettled = this.#settle(invoice, read, due);
      const causes = [...(early.get(invoice.id) ?? []), ...unsettled, ...(mapped.get(invoice.id)?.problems ?? [])];
      const found = mapped.get(invoice.id);
      if (causes.length === 0 && found !== undefined) {
        this.#note(found);
        onDraft?.(invoice.id, renderInvoice(found.draft));
      }
      return {
        autotaskInvoiceId: invoice.id,
        invoiceNumber: invoice.number ?? '',
        company: names.get(invoice.companyId) ?? copies.get(invoice.id)?.company_name ?? '',
        total: amountText(invoice.total),
        totalWithTax: withTax(invoice, unsettled.length > 0 ? undefined : found, copies.get(invoice.id)),
        ready: causes.length === 0,
        reasons: causes.map(reasonOf),
        invoiceDate: invoice.invoiceDate,
        createdAt: invoice.createdAt,
        processedAt: invoice.processedAt,
      };
    });
  }

  /** A name to create that a vendor or employee bears already would be refused: asked once for each name. */
  async #withTakenNames(mapped: readonly (readonly [number, Mapped])[]): Promise<Map<number, Mapped>> {
    const nameOf = (one: Mapped): string | null => one.newCustomer?.displayName ?? null;
    const wanted = new Map(mapped.flatMap(([, one]) => nameOf(one) ?? []).map((name) => [name.toLowerCase(), name]));
    const unknown = [...wanted].filter(([key]) => !this.#isTaken.has(key));
    for (const [key] of unknown) this.#isTaken.set(key, false);
    for (const chunk of chunksOf(
      unknown.map(([, name]) => name),
      NAMES,
    ))
      for (const row of await this.#ctx.quickbooks.fetchOtherHolders(chunk))
        if (row.active) this.#isTaken.set(row.name.toLowerCase(), true);
    return new Map(
      mapped.map(([id, one]) => {
        const name = nameOf(one);
        if (name === null || this.#isTaken.get(name.toLowerCase()) !== true) return [id, one];
        const taken = problem('name-in-use', { kind: 'customer', name, holder: 'a vendor or employee' });
        return [id, { ...one, problems: [...one.problems, taken] }];
      }),
    );
  }

  #note(mapped: Mapped): void {
    if (mapped.newCustomer !== null) this.customers.add(mapped.newCustomer.displayName);
    for (const item of mapped.newItems) this.items.add(item.name);
  }

  #early(invoice: SourceInvoice, transfer: Transfer | undefined): Problem[] {
    if (transfer !== undefined && isInQuickBooks(transfer.state)) {
      return [
        problem('already-in-quickbooks', {
          quickbooksNumber: transfer.quickbooks_number ?? '(no number)',
          quickbooksId: transfer.quickbooks_id ?? '',
          invoiceId: String(invoice.id),
        }),
      ];
    }
    const onHold =
      transfer === undefined || !isPersonsWord(transfer)
        ? []
        : transfer.problems.filter((one) => one.code === 'on-hold' || one.code === 'marked-done');
    const cause = ineligibility(invoice, {
      settings: this.#settings,
      timeZone: this.#settings['connection.timeZone'],
      now: this.#services.clock.now().toISOString(),
      isLegacyReleased: transfer?.legacy_released ?? false,
    });
    return cause === null ? [...onHold] : [...onHold, cause];
  }

  #settle(invoice: SourceInvoice, { lines, faults }: SourceLines, due: readonly SourceInvoice[]): Problem[] {
    if (!due.includes(invoice)) return [];
    const fault = faults.get(invoice.id);
    if (fault !== undefined) return [fault];
    const settleMs = this.#services.clock.scaled(this.#settings['invoices.settleMinutes'] * MINUTE_MS);
    const judged = judgeSettled(invoice, inOrder(lines.get(invoice.id) ?? []), {
      now: this.#services.clock.now(),
      settleMs,
      previous: null,
    });
    return judged.kind === 'settled' ? [] : [judged.problem];
  }

  /** The exact QuickBooks invoice and where it says something else than Autotask; whatever its age and marks. */
  async preview(invoiceId: number): Promise<Preview> {
    const invoice = await this.#ctx.autotask.fetchInvoice(invoiceId);
    if (invoice === null)
      throw new WrongUse(
        `Autotask shows no invoice with the id ${String(invoiceId)}. It is the id, not the number; or the API user may not see it.`,
      );
    const read = await fetchLines(this.#ctx.autotask, [invoiceId]);
    const mine = inOrder(read.lines.get(invoiceId) ?? []);
    const mapped = (await this.#map([invoice], read.lines)).get(invoiceId);
    if (mapped === undefined) throw new Error('nothing was mapped');
    const copies = await this.#transfersOf([invoiceId]);
    const problems = [
      ...this.#early(invoice, copies.get(invoiceId)),
      ...this.#settle(invoice, read, [invoice]),
      ...mapped.problems,
    ];
    return {
      invoice,
      lines: mine,
      mapped,
      company: await this.#companyOf(invoice, mapped),
      body: renderInvoice(mapped.draft),
      differences: compareWithSource(invoice, mine, mapped.draft),
      problems,
    };
  }

  /** Autotask's names of the companies, those of invoices that stay out too. */
  async #companyNames(
    invoices: readonly SourceInvoice[],
    copies: ReadonlyMap<number, Transfer>,
  ): Promise<Map<number, string>> {
    const { companiesById } = await this.#lists.directory();
    const names = new Map([...companiesById.values()].map((one) => [one.id, one.name]));
    const unknown = invoices.filter(
      (one) => !names.has(one.companyId) && (copies.get(one.id)?.company_name ?? null) === null,
    );
    const fetched = await fetchCompanyNames(
      this.#ctx.autotask,
      unknown.map((one) => one.companyId),
    );
    return new Map([...names, ...fetched]);
  }

  async #companyOf(invoice: SourceInvoice, mapped: Mapped): Promise<string> {
    const { companiesById } = await this.#lists.directory();
    return companiesById.get(invoice.companyId)?.name ?? mapped.draft.customer.name;
  }

  /** Autotask beside what QuickBooks holds now; where nothing was posted yet, beside what would be sent. */
  async beside(invoiceId: number, copyNumber: number): Promise<Beside> {
    const seen = await this.preview(invoiceId);
    const copies = await withTenant(this.#services.database, this.#tenant, (tx) => loadTransfersOf(tx, [invoiceId]));
    const transfer = copies.find((one) => one.copy_number === copyNumber);
    const held = transfer === undefined ? null : await this.#held(transfer);
    const side = held?.side ?? sideOfDraft(seen.mapped.draft);
    const company = transfer?.company_name ?? seen.mapped.draft.customer.name;
    return {
      ...sideBySide(seen.invoice, seen.lines, seen.mapped.draft, side, company),
      holds: held?.side == null ? 'draft' : 'quickbooks',
      // What was posted before and is no longer there, or cannot be read: told, never passed over.
      isMissing: held !== null && held.side === null,
      body: held?.side == null ? seen.body : writeExact(held.row),
      problems: held === null ? seen.problems : (transfer?.problems ?? []),
    };
  }

  async #held(transfer: Transfer): Promise<{ row: unknown; side: Side | null } | null> {
    if (transfer.quickbooks_id === null) return null;
    const kind = transfer.draft_entity ?? 'Invoice';
    const row = await this.#ctx.quickbooks.fetchSalesForm(kind, transfer.quickbooks_id);
    return { row, side: row === null ? null : sideOfForm(row, kind) };
  }

  /** The one invoice of this Autotask number. @throws WrongUse when there is none, or several */
  async idOfNumber(number: string): Promise<number> {
    const { rows } = await this.#ctx.autotask.fetchInvoicesByNumber(number);
    const open = rows.filter((row) => !row.isVoided);
    const [only, second] = open;
    if (only === undefined) throw new WrongUse(`Autotask shows no invoice with the number "${number}".`);
    if (second !== undefined)
      throw new WrongUse(
        `Autotask has several invoices with the number "${number}": say which by id (${open.map((row) => String(row.id)).join(', ')}).`,
      );
    return only.id;
  }

  async #transfersOf(ids: readonly number[]): Promise<Map<number, Transfer>> {
    const rows = await withTenant(this.#services.database, this.#tenant, (tx) => loadTransfersOf(tx, ids));
    return new Map(rows.filter((row) => row.copy_number === 0).map((row) => [row.autotask_invoice_id, row]));
  }

  async #map(
    invoices: readonly SourceInvoice[],
    lines: ReadonlyMap<number, SourceLine[]>,
  ): Promise<Map<number, Mapped>> {
    if (invoices.length === 0) return new Map();
    const quickbooks = await currentProfile(this.#services, this.#tenant, this.#connection, this.#ctx.quickbooks);
    if (!this.#isFresh) await this.#lists.refresh();
    this.#isFresh = true;
    const codes = invoices.flatMap((invoice) =>
      (lines.get(invoice.id) ?? []).flatMap((line) => line.billingCodeId ?? []),
    );
    await this.#lists.ensure(
      invoices.map((invoice) => invoice.companyId),
      codes,
      await this.#lists.directory(),
    );
    const directory = await this.#lists.directory();
    const connectionKey = this.#connection.marker_key ?? 'PREVIEW';
    return this.#withTakenNames(
      invoices.map((invoice) => [
        invoice.id,
        mapInvoice({
          invoice,
          lines: lines.get(invoice.id) ?? [],
          copyNumber: 0,
          connectionKey,
          settings: this.#settings,
          quickbooks,
          directory,
        }),
      ]),
    );
  }
}

/** Of an invoice whose lines were not all read, now or before, only Autotask's own total is known. */
const withTax = (invoice: SourceInvoice, mapped: Mapped | undefined, transfer: Transfer | undefined): string =>
  mapped === undefined
    ? (transfer?.source_total ?? roundHalfAwayFromZero(invoice.total, 2).toFixed(2))
    : mapped.draft.net.plus(mapped.draft.sourceTax).toFixed(2);

/** For a list nothing was to be saved: what is posted already is simply told with its number. */
const reasonOf = ({ code, text, facts }: Problem): { code: string; text: string } => ({
  code,
  text: code === 'already-in-quickbooks' ? `It is in QuickBooks as ${facts['quickbooksNumber'] ?? ''}.` : text,
});
