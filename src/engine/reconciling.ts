/**
 * Reads both sides and the ledger for one period, in bulk, and lays them beside each other (`core/reconcile.ts`). It writes
 * nothing, neither to a vendor nor to the ledger. Calls: Autotask one per 500 invoices; QuickBooks one per 1,000 invoices of
 * the period and the month after it, and one per 100 that are not found there.
 */
import type { NextPage } from '../autotask/client.ts';
import { addDays } from '../core/dates.ts';
import { ineligibility } from '../core/eligibility.ts';
import { decimal } from '../core/money.ts';
import {
  reconcile,
  type BookedInvoice,
  type Group,
  type LedgerCopy,
  type ReconcileRules,
  type Reconciliation,
} from '../core/reconcile.ts';
import type { CalendarDate, SourceInvoice } from '../core/source.ts';
import { isInQuickBooks } from '../core/states.ts';
import { composeReconciliation } from '../mail/compose-reconciliation.ts';
import { readSent } from '../quickbooks/invoice-body.ts';
import type { SalesForm } from '../quickbooks/reads.ts';
import { loadQuickBooksDetails } from '../store/links.ts';
import {
  autotaskNumber,
  isAdoptedByHand,
  loadInvoicesDated,
  loadTransfersOf,
  type Transfer,
} from '../store/transfers.ts';
import { fetchCompanyNames } from './labels.ts';
import { chunksOf } from '../core/rows.ts';
import type { RunContext } from './run-context.ts';

const PAGE = 500;
const IDS = 100;
/** Copies that people make in QuickBooks bear the day on which they make them: so many days after the period are read too. */
const AFTER_DAYS = 35;
/** QuickBooks' queries may lag behind its writes by a minute (facts/goals.md 4.3); three leave room for clocks. */
const STALE_MS = 180_000;
/** What is older than its settle time by this much must have been seen; and payments are brought within it. */
const HOUR_MS = 3_600_000;

/** The run: the answer is its result; a scheduled one mails only when something was found. */
export async function runReconcile(ctx: RunContext): Promise<void> {
  const { from, to, findingsOnly = false } = ctx.run.options;
  if (from === undefined || to === undefined) throw new Error('a reconciliation without its period');
  const all = await reconcilePeriod(ctx, { from, to });
  ctx.outcome.result = findingsOnly ? { ...all, rows: all.rows.filter((row) => row.findings.length > 0) } : all;
  if (all.findings.length > 0 || !findingsOnly)
    ctx.outcome.mails.push(
      composeReconciliation(all, {
        connectionName: ctx.connection.name,
        publicUrl: ctx.services.config.publicUrl,
      }),
    );
}

interface Period {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
}

export async function reconcilePeriod(ctx: RunContext, period: Period): Promise<Reconciliation> {
  const sources = await fetchSources(ctx, period);
  const copies = await loadCopies(ctx, [
    ...sources.keys(),
    ...(await ctx.lease.read((tx) => loadInvoicesDated(tx, period.from, period.to))),
  ]);
  const books = await readBooks(ctx, period, sources, copies);
  const strangers = [...books.byInvoice.keys()].filter((id) => !sources.has(id) && !copies.has(id));
  for (const [id, rows] of await loadCopies(ctx, strangers)) copies.set(id, rows);
  const ids = [...new Set([...sources.keys(), ...copies.keys(), ...books.byInvoice.keys()])].sort((a, b) => a - b);
  await fetchMissing(
    ctx,
    sources,
    ids.filter((id) => !sources.has(id)),
  );
  await findByIds(ctx, books, copies);
  const names = await companyNames(ctx, sources, copies);
  const customers = await customerNames(ctx, books);
  const named = (row: BookedInvoice): BookedInvoice =>
    row.customerName === '' ? { ...row, customerName: customers.get(row.customerId) ?? '' } : row;
  const groups = ids.map((invoiceId): Group => {
    const source = sources.get(invoiceId) ?? null;
    const mine = copies.get(invoiceId) ?? [];
    return {
      invoiceId,
      source,
      company: mine.at(-1)?.companyName ?? (source === null ? '' : (names.get(source.companyId) ?? '')),
      copies: mine,
      booked: bookedOf(books, invoiceId, mine).map(named),
      byNumber: (books.byNumber.get(invoiceId) ?? []).map(named),
    };
  });
  // What never was in QuickBooks and is not of this period either is not asked about.
  return reconcile(period, groups.filter(isOfInterest), rulesOf(ctx));
}

const isOfInterest = (group: Group): boolean =>
  group.source !== null || group.booked.length > 0 || group.copies.some((copy) => isInQuickBooks(copy.state));

function rulesOf(ctx: RunContext): ReconcileRules {
  const { clock } = ctx.services;
  const now = clock.now();
  const before = (ms: number): string => new Date(now.getTime() - clock.scaled(ms)).toISOString();
  const at = { settings: ctx.settings, timeZone: ctx.timeZone, now: now.toISOString() };
  return {
    connectionKey: ctx.markerKey,
    now: now.toISOString(),
    staleSince: before(STALE_MS),
    seenBefore: before(ctx.settings['invoices.settleMinutes'] * 60_000 + HOUR_MS),
    paidBefore: before(HOUR_MS),
    bringsPayments: ctx.settings['payments.sync'],
    isEligible: (invoice) => [undefined, 'outside-window'].includes(ineligibility(invoice, at)?.code),
  };
}

async function fetchSources(ctx: RunContext, period: Period): Promise<Map<number, SourceInvoice>> {
  const sources = new Map<number, SourceInvoice>();
  let after: number | null = null;
  do {
    const at: number | null = after;
    const page: NextPage<SourceInvoice> = await ctx.autotask.fetchInvoicePage({ dated: period }, at);
    for (const one of page.rows) sources.set(one.id, one);
    ctx.say('reading Autotask', sources.size, sources.size);
    after = page.next;
  } while (after !== null);
  return sources;
}

/** Invoices that QuickBooks or the ledger names and the period does not hold: by id, in lists. */
async function fetchMissing(
  ctx: RunContext,
  sources: Map<number, SourceInvoice>,
  ids: readonly number[],
): Promise<void> {
  for (const chunk of chunksOf(ids, PAGE))
    for (const one of (await ctx.autotask.fetchInvoicesByIds(chunk)).rows) sources.set(one.id, one);
}

async function loadCopies(ctx: RunContext, invoiceIds: readonly number[]): Promise<Map<number, LedgerCopy[]>> {
  const copies = new Map<number, LedgerCopy[]>();
  for (const chunk of chunksOf([...new Set(invoiceIds)], PAGE))
    for (const row of await ctx.lease.read((tx) => loadTransfersOf(tx, chunk)))
      copies.set(row.autotask_invoice_id, [...(copies.get(row.autotask_invoice_id) ?? []), copyOf(row)]);
  return copies;
}

const copyOf = (row: Transfer): LedgerCopy => ({
  invoiceId: row.autotask_invoice_id,
  copyNumber: row.copy_number,
  state: row.state,
  problems: row.problems,
  invoiceNumber: autotaskNumber(row),
  companyId: row.company_id,
  companyName: row.company_name,
  invoiceDate: row.invoice_date,
  currency: row.currency,
  sourceTotal: row.source_total === null ? null : decimal(row.source_total),
  sourceTax: row.source_tax === null ? null : decimal(row.source_tax),
  quickbooksId: row.quickbooks_id,
  quickbooksNumber: row.quickbooks_number,
  quickbooksTotal: row.quickbooks_total === null ? null : decimal(row.quickbooks_total),
  quickbooksTax: row.quickbooks_tax === null ? null : decimal(row.quickbooks_tax),
  postedAt: row.posted_at?.toISOString() ?? null,
  sent: row.adopted || row.draft_body === null ? null : readSent(row.draft_body),
  customerId: row.draft_customer_id,
  isByHand: isAdoptedByHand(row),
  isMarked: row.marked_at !== null,
  markNumber: row.mark_number,
  paidOn: row.paid_written_at === null ? null : row.paid_on,
  form: row.draft_entity ?? 'Invoice',
});

/** What was read of QuickBooks, kept only where it concerns us. */
interface Books {
  readonly byId: Map<string, BookedInvoice>;
  /** By the Autotask invoice that our mark names. */
  readonly byInvoice: Map<number, BookedInvoice[]>;
  /** Of other programs, by the Autotask invoice whose number they bear. */
  readonly byNumber: Map<number, BookedInvoice[]>;
}

async function readBooks(
  ctx: RunContext,
  period: Period,
  sources: ReadonlyMap<number, SourceInvoice>,
  copies: ReadonlyMap<number, readonly LedgerCopy[]>,
): Promise<Books> {
  const books: Books = { byId: new Map(), byInvoice: new Map(), byNumber: new Map() };
  const known = new Set([...copies.values()].flatMap((all) => all.flatMap((copy) => copy.quickbooksId ?? [])));
  const numbers = new Map<string, number>();
  for (const source of sources.values()) {
    const isPosted = (copies.get(source.id) ?? []).some((copy) => isInQuickBooks(copy.state));
    const number = source.number?.trim() ?? '';
    if (!isPosted && number !== '') numbers.set(number, source.id);
  }
  const forms: SalesForm[] = ['Invoice'];
  const usesMemos = [...copies.values()].some((all) => all.some((copy) => copy.form === 'CreditMemo'));
  if (usesMemos || ctx.settings['negative.invoices'] === 'credit-memo') forms.push('CreditMemo');
  const wanted = { from: period.from, to: addDays(period.to, AFTER_DAYS) };
  let read = 0;
  for (const form of forms) {
    for await (const page of ctx.quickbooks.fetchBooked(wanted, form)) {
      for (const row of page) {
        const isInside = row.date !== null && row.date <= period.to;
        keep(ctx, books, row, { known, isInside, isOurs: (id) => sources.has(id) || copies.has(id) });
        const numbered = isInside && row.markers.length === 0 ? numbers.get(row.number ?? '') : undefined;
        if (numbered !== undefined) add(books.byNumber, numbered, row);
      }
      read += page.length;
      ctx.say('reading QuickBooks', read, read);
    }
  }
  return books;
}

const add = (into: Map<number, BookedInvoice[]>, id: number, row: BookedInvoice): void => {
  into.set(id, [...(into.get(id) ?? []), row]);
};

function keep(
  ctx: RunContext,
  books: Books,
  row: BookedInvoice,
  about: { known: ReadonlySet<string>; isInside: boolean; isOurs: (invoiceId: number) => boolean },
): void {
  if (about.known.has(row.id)) books.byId.set(row.id, row);
  const named = new Set(
    row.markers.filter((marker) => marker.connectionKey === ctx.markerKey).map((marker) => marker.invoiceId),
  );
  // After the period only what belongs to an invoice of it counts: the rest is the next period's.
  for (const id of named) if (about.isInside || about.isOurs(id)) add(books.byInvoice, id, row);
}

/** What the ledger posted and the days did not hold: dated otherwise, or gone. */
async function findByIds(
  ctx: RunContext,
  books: Books,
  copies: ReadonlyMap<number, readonly LedgerCopy[]>,
): Promise<void> {
  const missing = [...copies.values()]
    .flat()
    .filter((copy) => isInQuickBooks(copy.state) && copy.quickbooksId !== null && !books.byId.has(copy.quickbooksId));
  for (const form of ['Invoice', 'CreditMemo'] as const) {
    const ids = missing.filter((copy) => copy.form === form).flatMap((copy) => copy.quickbooksId ?? []);
    for (const chunk of chunksOf(ids, IDS))
      for (const row of await ctx.quickbooks.findBookedByIds(chunk, form)) books.byId.set(row.id, row);
  }
}

/** The names that we know of customers whom QuickBooks names by their id only. */
async function customerNames(ctx: RunContext, books: Books): Promise<ReadonlyMap<string, string>> {
  const booked = [...books.byId.values(), ...[...books.byInvoice.values(), ...books.byNumber.values()].flat()];
  const nameless = booked.filter((row) => row.customerName === '').map((row) => row.customerId);
  const names = new Map<string, string>();
  for (const chunk of chunksOf([...new Set(nameless)], PAGE))
    for (const row of await ctx.lease.read((tx) => loadQuickBooksDetails(tx, 'customer', chunk)))
      names.set(row.quickbooks_id, row.name);
  return names;
}

/** Everything in QuickBooks that claims to be this invoice, each once. */
function bookedOf(books: Books, invoiceId: number, copies: readonly LedgerCopy[]): BookedInvoice[] {
  const rows = new Map<string, BookedInvoice>();
  for (const copy of copies) {
    const row = copy.quickbooksId === null ? undefined : books.byId.get(copy.quickbooksId);
    if (row !== undefined) rows.set(row.id, row);
  }
  for (const row of books.byInvoice.get(invoiceId) ?? []) rows.set(row.id, row);
  return [...rows.values()];
}

/** Names of the companies whose invoices the ledger does not name. */
async function companyNames(
  ctx: RunContext,
  sources: ReadonlyMap<number, SourceInvoice>,
  copies: ReadonlyMap<number, readonly LedgerCopy[]>,
): Promise<ReadonlyMap<number, string>> {
  const ids = new Set<number>();
  for (const source of sources.values())
    if ((copies.get(source.id)?.at(-1)?.companyName ?? null) === null) ids.add(source.companyId);
  return fetchCompanyNames(ctx.autotask, ids);
}
