/**
 * Adopt: an Autotask invoice that another program posted, or that a person typed, becomes the ledger's posted row, so that
 * nothing posts it again and its payments, voids and proof go on from there. Reads both vendors and writes to the ledger
 * only; Autotask's mark follows with the next run, as for every posted invoice.
 */
import { adoptDifferences, adoptedNumber, type AdoptDifference, type AdoptedSource } from '../core/adopt.ts';
import { isMarked } from '../core/eligibility.ts';
import { amountText, ZERO } from '../core/money.ts';
import type { ProblemCode } from '../core/problem.ts';
import type { BookedInvoice } from '../core/reconcile.ts';
import type { Settings } from '../core/settings.ts';
import { isOpen, type TransferState } from '../core/states.ts';
import type { QuickBooksReads, SalesForm } from '../quickbooks/reads.ts';
import { audit } from '../store/audit.ts';
import type { Connection } from '../store/connections.ts';
import { closeProblems } from '../store/problems.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import {
  loadTransfersByQuickBooksId,
  loadTransfersOf,
  moveTransfers,
  saveSeen,
  type Move,
  type MoveContext,
  type Transfer,
  type TransferChanges,
} from '../store/transfers.ts';
import { headerOf } from './gathering.ts';
import { whyNot } from './holding.ts';
import { Inspector, type Preview } from './inspecting.ts';
import type { Tenant } from './lease.ts';
import { underLease, WrongUse } from './requests.ts';
import type { Say } from './run-context.ts';
import type { Services } from './services.ts';

export interface AdoptRequest {
  readonly invoiceId: number;
  /** Null: looked for by number, then by customer, date and total. */
  readonly quickbooksId: string | null;
  /** Only shows both sides. */
  readonly dryRun: boolean;
  readonly by: string;
  /** Product milliseconds to wait for a busy connection. */
  readonly waitMs: number;
}

export interface AdoptSide {
  readonly id: string;
  readonly number: string;
  readonly customer: string;
  readonly date: string;
  readonly tax: string;
  readonly total: string;
}

export interface Adopted {
  readonly adopted: boolean;
  readonly autotask: AdoptSide;
  readonly quickbooks: AdoptSide;
  readonly differences: readonly AdoptDifference[];
  /** What follows, or what to do about the differences; a sentence. */
  readonly text: string;
}

/** What keeps an invoice from being compared at all. */
const UNREADABLE: ReadonlySet<ProblemCode> = new Set([
  'voided',
  'already-in-quickbooks',
  'settling',
  'still-moving',
  'no-lines',
  'lines-do-not-add-up',
  'company-unreadable',
]);

/** Adopts it when both sides agree; else answers what differs and changes nothing. @throws WrongUse, Busy */
export async function adoptInvoice(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  request: AdoptRequest,
  say: Say,
): Promise<Adopted> {
  const inspector = await Inspector.open(services, tenant, connection, {}, say);
  const seen = await inspector.preview(request.invoiceId);
  const obstacle = seen.problems.find((one) => UNREADABLE.has(one.code));
  if (obstacle !== undefined) throw new WrongUse(obstacle.text);
  const source = sourceOf(seen);
  const booked = await findBooked(services, tenant, inspector.books, source, inspector.settings, request.quickbooksId);
  const differences = adoptDifferences(source, booked, inspector.settings);
  const shown = { autotask: sideOfSource(source), quickbooks: sideOfBooked(booked), differences };
  if (differences.length > 0) return { ...shown, adopted: false, text: remedy(source, booked, differences) };
  if (request.dryRun) return { ...shown, adopted: false, text: 'Both sides agree: it can be adopted.' };
  const numbering = inspector.settings['invoices.numbering'];
  const isDone = isMarked(source.invoice, numbering) && source.invoice.processedAt !== null;
  const values = valuesOf(seen, booked, services.clock.now());
  await underLease(services, tenant, { purpose: 'adopt', waitMs: request.waitMs }, (lease) =>
    lease.write(async (tx) => {
      const context = { at: services.clock.now(), actor: request.by, runId: null, fence: lease.fence };
      const transfer = await claim(services, tenant, tx, request.invoiceId, booked, context.at);
      const mark = { marked_at: context.at, mark_number: numbering === 'quickbooks' ? booked.number : null };
      await record(tx, transfer, values, isDone ? { ...mark, written_back_at: context.at } : null, context);
      await audit(
        tx,
        { ...tenant, at: context.at },
        {
          actor: request.by,
          action: 'adopted',
          subject: `invoice ${String(request.invoiceId)}`,
          detail: { autotask: shown.autotask, quickbooks: shown.quickbooks },
        },
      );
    }),
  );
  return { ...shown, adopted: true, text: whatFollows(source, booked, isDone) };
}

const sourceOf = ({ invoice, mapped: { draft }, company }: Preview): AdoptedSource => ({
  invoice,
  company,
  customerId: draft.customer.id,
  date: draft.date,
  net: draft.net,
  tax: draft.sourceTax,
});

/** A credit memo where Autotask's invoice is below zero. */
const formOf = (source: AdoptedSource): SalesForm => (source.net.plus(source.tax).lt(ZERO) ? 'CreditMemo' : 'Invoice');

/** The one QuickBooks invoice that it may be. @throws WrongUse when there is none, or several */
async function findBooked(
  services: Services,
  tenant: Tenant,
  books: QuickBooksReads,
  source: AdoptedSource,
  settings: Settings,
  quickbooksId: string | null,
): Promise<BookedInvoice> {
  const form = formOf(source);
  if (quickbooksId !== null) {
    const [named] = await books.findBookedByIds([quickbooksId], form);
    if (named !== undefined) return named;
    throw new WrongUse(
      `QuickBooks has no ${form === 'Invoice' ? 'invoice' : 'credit memo'} with the id ${quickbooksId}. It is not the number: the id stands in the address of the invoice's page, after txnId=.`,
    );
  }
  const number = adoptedNumber(source.invoice, settings);
  const numbered = number === null ? [] : await books.findInvoicesByNumber([number], form);
  const ids = numbered.map((one) => one.id);
  const found = ids.length > 0 ? await books.findBookedByIds(ids, form) : await likeIt(books, source, form, settings);
  const taken = await withTenant(services.database, tenant, (tx) =>
    loadTransfersByQuickBooksId(
      tx,
      found.map((one) => one.id),
    ),
  );
  const free = found.filter((one) => !taken.some((transfer) => transfer.quickbooks_id === one.id));
  const [only, second] = free;
  if (only === undefined)
    throw new WrongUse(
      `QuickBooks shows no invoice that could be it: none ${number === null ? '' : `with the number ${number}, and none `}of ${source.company} dated ${source.date} with ${amountText(source.net.plus(source.tax))}. If it is there otherwise, say which by its id in QuickBooks.`,
    );
  if (second !== undefined)
    throw new WrongUse(
      `Several could be it: ${free.map((one) => `${one.number ?? '(no number)'} (id ${one.id})`).join(', ')}. Say which by its id in QuickBooks.`,
    );
  return only;
}

/** Of the same customer, date and total, without a mark of ours. */
async function likeIt(
  books: QuickBooksReads,
  source: AdoptedSource,
  form: SalesForm,
  settings: Settings,
): Promise<BookedInvoice[]> {
  const found: BookedInvoice[] = [];
  for await (const page of books.fetchBooked({ from: source.date, to: source.date }, form))
    found.push(...page.filter((one) => adoptDifferences(source, one, settings).length === 0));
  return found;
}

const sideOfSource = (source: AdoptedSource): AdoptSide => ({
  id: String(source.invoice.id),
  number: source.invoice.number ?? '',
  customer: source.company,
  date: source.date,
  tax: amountText(source.tax),
  total: amountText(source.net.plus(source.tax)),
});

const sideOfBooked = (booked: BookedInvoice): AdoptSide => ({
  id: booked.id,
  number: booked.number ?? '',
  customer: booked.customerName || `id ${booked.customerId}`,
  date: booked.date ?? '',
  tax: amountText(booked.tax),
  total: amountText(booked.total),
});

/** The ledger row, made when no run has seen the invoice. @throws WrongUse when it or the QuickBooks invoice is taken */
async function claim(
  services: Services,
  tenant: Tenant,
  tx: TenantTx,
  invoiceId: number,
  booked: BookedInvoice,
  at: Date,
): Promise<Transfer> {
  const seen = { transferId: services.ids.uuid(), invoiceId, copyNumber: 0 };
  await saveSeen(tx, { ...tenant, runId: null, at }, [seen]);
  const [holder] = await loadTransfersByQuickBooksId(tx, [booked.id]);
  if (holder !== undefined)
    throw new WrongUse(
      `The QuickBooks invoice with the id ${booked.id} belongs to Autotask invoice ${String(holder.autotask_invoice_id)} already.`,
    );
  const transfer = (await loadTransfersOf(tx, [invoiceId])).find((one) => one.copy_number === 0);
  if (transfer === undefined) throw new Error('the row that was just made is gone');
  if (!isOpen(transfer.state) && transfer.state !== 'skipped') throw new WrongUse(`Not adopted: ${whyNot(transfer)}.`);
  return transfer;
}

const stepsFrom = (state: TransferState): TransferState[] => {
  if (state === 'ready') return ['posted'];
  return state === 'skipped' ? ['seen', 'ready', 'posted'] : ['ready', 'posted'];
};

/** Moves it to posted, and on to written back where Autotask bears the mark already; its obstacles are cured. */
async function record(
  tx: TenantTx,
  transfer: Transfer,
  values: TransferChanges,
  mark: TransferChanges | null,
  context: MoveContext,
): Promise<void> {
  let from = transfer.state;
  const step = async (to: TransferState, set: TransferChanges): Promise<void> => {
    const move: Move = { transferId: transfer.transfer_id, from, to, reason: 'adopted', set };
    await moveTransfers(tx, [move], context);
    from = to;
  };
  for (const to of stepsFrom(transfer.state)) await step(to, to === 'posted' ? values : {});
  if (mark !== null) await step('written_back', mark);
  await closeProblems(tx, context.at, [{ transferId: transfer.transfer_id, codes: [] }]);
}

/** No draft: what was sent is another program's. `isAdoptedByHand` knows it by that. */
function valuesOf(seen: Preview, booked: BookedInvoice, at: Date): TransferChanges {
  const { draft } = seen.mapped;
  return {
    ...headerOf(seen.invoice),
    company_name: seen.company,
    source_total: draft.net.plus(draft.sourceTax).toFixed(2),
    source_tax: draft.sourceTax.toFixed(2),
    currency: draft.currency ?? booked.currency,
    problems: [],
    draft_entity: formOf(sourceOf(seen)),
    draft_body: null,
    draft_hash: null,
    draft_customer_id: booked.customerId,
    needs_names: [],
    quickbooks_id: booked.id,
    quickbooks_number: booked.number,
    quickbooks_total: booked.total.toFixed(2),
    quickbooks_tax: booked.tax.toFixed(2),
    balance: booked.balance.toFixed(2),
    adopted: true,
    posted_at: at,
  };
}

function whatFollows(source: AdoptedSource, booked: BookedInvoice, isDone: boolean): string {
  const mark = isDone ? 'Autotask bears its mark already.' : 'The next run writes the mark into Autotask.';
  const isPaid = booked.balance.eq(ZERO) && booked.total.gt(ZERO) && source.invoice.paidDate === null;
  return isPaid
    ? `It counts as posted. ${mark} It is paid in QuickBooks: “Pass on payments” from ${source.date} on brings the date (terminal: payments sync --since ${source.date}).`
    : `It counts as posted. ${mark}`;
}

function remedy(source: AdoptedSource, booked: BookedInvoice, differences: readonly AdoptDifference[]): string {
  if (differences.some((one) => one.field === 'customer'))
    return `Nothing was changed. If “${booked.customerName}” is the customer of ${source.company}, link the two first under “Links” (terminal: links set customer ${String(source.invoice.companyId)} ${booked.customerId}).`;
  return 'Nothing was changed. Correct the one that is wrong and adopt it then, or mark it done without posting.';
}
