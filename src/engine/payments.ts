/**
 * Paid in QuickBooks becomes a paid date in Autotask (facts/mission.md A9): one change-data-capture call a pass, whatever
 * the number of open invoices; only when nothing is open any more; a date that stands in Autotask is never overridden.
 * A payment over several invoices counts for each of them. Partial payments are remembered, taken-back ones reported.
 */
import { dateIn, dayStart } from '../core/dates.ts';
import { amountText, decimal, ZERO } from '../core/money.ts';
import { problem, type Problem } from '../core/problem.ts';
import type { SourceInvoice } from '../core/source.ts';
import { VendorRefused } from '../platform/failures.ts';
import type { MoneyChanges } from '../quickbooks/reads.ts';
import type { FoundInvoice, FoundPayment } from '../quickbooks/schemas.ts';
import { loadListStates, saveListState } from '../store/links.ts';
import {
  loadTransfersByQuickBooksId,
  moveTransfers,
  oldestUnpaid,
  type Move,
  type Transfer,
} from '../store/transfers.ts';
import { chunksOf } from '../core/rows.ts';
import { sendEach } from './marking.ts';
import { logMoves } from './posting.ts';
import { moveContext, type RunContext } from './run-context.ts';

/** Where the last pass stood, among the states of lists. */
export const PAYMENTS_CURSOR = 'payments';
const DAY_MS = 86_400_000;
/** CDC looks back 30 days (facts/qbo.md 5.2); a margin for clocks. */
const CHANGES_MAX_AGE_MS = 28 * DAY_MS;
/** Changes are asked for a little further back than the last time: answers may lag, clocks may differ. */
const OVERLAP_MS = 10 * 60_000;
const PAGE = 500;
const NAMES = 100;

/** An invoice that is paid in full, with the day on which it was. */
interface Paid {
  readonly transfer: Transfer;
  readonly paidOn: string;
}

/** One pass; answers nothing, the report reads the ledger. */
export async function passPayments(ctx: RunContext): Promise<void> {
  const since = await startOf(ctx);
  if (since === null) return;
  const askedAt = ctx.services.clock.now();
  const changes = await withPaidInvoices(ctx, await fetchChanges(ctx, since));
  const paid: Paid[] = [];
  for (const chunk of chunksOf(changes.invoices, PAGE)) paid.push(...(await compare(ctx, chunk, changes.payments)));
  let isOpen = false;
  for (const chunk of chunksOf(paid, PAGE)) isOpen = (await bringBack(ctx, chunk)) || isOpen;
  // What is open is found again by the next pass: the place to look from stays.
  if (!isOpen) await ctx.lease.write((tx) => saveListState(tx, ctx.tenant, PAYMENTS_CURSOR, askedAt));
}

/** A day that a person named, else where the last pass stood, else when the oldest unpaid invoice was posted; null: nothing is open. */
async function startOf(ctx: RunContext): Promise<Date | null> {
  const { since } = ctx.run.options;
  if (since !== undefined) return new Date(dayStart(since, ctx.timeZone));
  const oldest = await ctx.lease.read(oldestUnpaid);
  const cursor = (await ctx.lease.read(loadListStates)).get(PAYMENTS_CURSOR);
  const from = cursor ?? oldest;
  return from === null ? null : new Date(from.getTime() - OVERLAP_MS);
}

async function fetchChanges(ctx: RunContext, since: Date): Promise<MoneyChanges> {
  if (ctx.services.clock.now().getTime() - since.getTime() < CHANGES_MAX_AGE_MS) {
    const changes = await ctx.quickbooks.fetchMoneyChanges(since);
    if (!changes.truncated) return changes;
  }
  return ctx.quickbooks.findMoneyChangesSince(since);
}

/**
 * Whether a payment shows the invoice that it pays as changed is not told anywhere (facts/goals.md section 10): ours that a
 * payment names and the changes do not hold are read too, a hundred at a time.
 */
async function withPaidInvoices(ctx: RunContext, changes: MoneyChanges): Promise<MoneyChanges> {
  const known = new Set(changes.invoices.map((one) => one.id));
  const named = [...new Set(changes.payments.flatMap((one) => one.invoiceIds))].filter((id) => !known.has(id));
  const invoices = [...changes.invoices];
  for (const chunk of chunksOf(named, NAMES)) {
    const ours = (await ctx.lease.read((tx) => loadTransfersByQuickBooksId(tx, chunk))).flatMap(
      (one) => one.quickbooks_id ?? [],
    );
    if (ours.length > 0) invoices.push(...(await ctx.quickbooks.findInvoicesByIds(ours)));
  }
  return { ...changes, invoices };
}

/** Remembers balances and reports what was taken back; answers what is newly paid. */
async function compare(
  ctx: RunContext,
  invoices: readonly FoundInvoice[],
  payments: readonly FoundPayment[],
): Promise<Paid[]> {
  const byId = new Map(invoices.map((one) => [one.id, one]));
  const transfers = (await ctx.lease.read((tx) => loadTransfersByQuickBooksId(tx, [...byId.keys()]))).filter(
    (one) => (one.state === 'posted' || one.state === 'written_back') && one.draft_entity !== 'CreditMemo',
  );
  const mine = transfers.flatMap((transfer) => {
    const invoice = byId.get(transfer.quickbooks_id ?? '');
    return invoice === undefined ? [] : [{ transfer, invoice }];
  });
  const isPaid = ({ invoice }: { invoice: FoundInvoice }): boolean =>
    !invoice.isVoided && invoice.balance.eq(ZERO) && !invoice.total.eq(ZERO);
  const moves = mine
    .filter((one) => !isPaid(one) || one.transfer.paid_written_at !== null)
    .flatMap(({ transfer, invoice }) => balanceMove(transfer, invoice));
  await ctx.lease.write(async (tx) => {
    await moveTransfers(tx, moves, moveContext(ctx));
    await logMoves(ctx, tx, transfers, moves);
  });
  const due = mine.filter((one) => isPaid(one) && one.transfer.paid_written_at === null);
  const dates = await paidDates(
    ctx,
    due.map((one) => one.invoice),
    payments,
  );
  return due.map(({ transfer, invoice }) => ({ transfer, paidOn: dates.get(invoice.id) ?? '' }));
}

/** What QuickBooks shows as open now, with a payment that was taken back; nothing where the ledger says so already. */
function balanceMove(transfer: Transfer, invoice: FoundInvoice): Move[] {
  const others = transfer.problems.filter((one) => one.code !== 'payment-reversed');
  const isReversed = transfer.paid_written_at !== null && invoice.balance.gt(ZERO) && !invoice.isVoided;
  const cause: Problem[] = isReversed
    ? [
        problem('payment-reversed', {
          paidOn: transfer.paid_on ?? '',
          balance: amountText(invoice.balance),
          quickbooksNumber: transfer.quickbooks_number ?? `id ${transfer.quickbooks_id ?? ''}`,
        }),
      ]
    : [];
  const isKnown = transfer.balance !== null && invoice.balance.eq(decimal(transfer.balance));
  if (isKnown && cause[0]?.text === transfer.problems.find((one) => one.code === 'payment-reversed')?.text) return [];
  return [
    {
      transferId: transfer.transfer_id,
      from: transfer.state,
      to: transfer.state,
      reason: null,
      set: { balance: invoice.balance.toFixed(2), problems: [...others, ...cause] },
    },
  ];
}

/** The day of the last payment on each invoice; without a payment to be found, the day QuickBooks changed it. */
async function paidDates(
  ctx: RunContext,
  invoices: readonly FoundInvoice[],
  known: readonly FoundPayment[],
): Promise<Map<string, string>> {
  const payments = new Map(known.map((one) => [one.id, one]));
  const missing = [...new Set(invoices.flatMap((one) => one.paymentIds))].filter((id) => !payments.has(id));
  for (const chunk of chunksOf(missing, NAMES)) {
    for (const one of await ctx.quickbooks.findPaymentsByIds(chunk)) payments.set(one.id, one);
  }
  const last = new Map<string, string>();
  for (const payment of payments.values()) {
    for (const id of payment.invoiceIds) {
      const before = last.get(id);
      if (payment.date !== null && (before === undefined || payment.date > before)) last.set(id, payment.date);
    }
  }
  const now = ctx.services.clock.now().toISOString();
  return new Map(
    invoices.map((one) => [
      one.id,
      last.get(one.id) ?? dateIn(new Date(one.updatedAt ?? now).toISOString(), ctx.timeZone),
    ]),
  );
}

/**
 * Writes the dates where Autotask has none, and reads them back: a 200 is no proof of effect (facts/autotask.md 2.4).
 * Answers whether some got no answer: they are for the next pass. @throws when the rest could not be sent at all
 */
async function bringBack(ctx: RunContext, paid: readonly Paid[]): Promise<boolean> {
  const before = await invoicesOf(ctx, paid);
  const due = paid.filter((one) => before.get(one.transfer.autotask_invoice_id)?.paidDate === null);
  const { tried, failures, stopped } = await sendEach(
    due,
    (one) => sendDate(ctx, one),
    (done) => {
      ctx.services.crash('paid-date-sent');
      ctx.say('bringing paid dates to Autotask', done, due.length);
    },
  );
  const after = due.length === 0 ? before : await invoicesOf(ctx, paid);
  const told = paid.filter((one) => !due.includes(one) || tried.includes(one));
  const moves = told.map((one) =>
    paidMove(ctx, one, after.get(one.transfer.autotask_invoice_id), failures.get(one)?.message),
  );
  await ctx.lease.write(async (tx) => {
    await moveTransfers(tx, moves, moveContext(ctx));
    await logMoves(
      ctx,
      tx,
      told.map((one) => one.transfer),
      moves,
    );
  });
  ctx.services.crash('paid-dates-recorded');
  if (stopped !== null) throw stopped;
  return [...failures.values()].some((one) => !(one instanceof VendorRefused));
}

async function sendDate(ctx: RunContext, { transfer, paidOn }: Paid): Promise<void> {
  ctx.lease.assertHeld();
  await ctx.marks.markInvoice({ id: transfer.autotask_invoice_id, paidDate: paidOn });
}

async function invoicesOf(ctx: RunContext, paid: readonly Paid[]): Promise<Map<number, SourceInvoice>> {
  const ids = [...new Set(paid.map((one) => one.transfer.autotask_invoice_id))];
  const page = await ctx.autotask.fetchInvoicesByIds(ids);
  return new Map(page.rows.map((row) => [row.id, row]));
}

function paidMove(ctx: RunContext, paid: Paid, found: SourceInvoice | undefined, refused: string | undefined): Move {
  const { transfer, paidOn } = paid;
  const others = transfer.problems.filter((one) => one.code !== 'paid-date-failed' && one.code !== 'payment-reversed');
  const base = { transferId: transfer.transfer_id, from: transfer.state, to: transfer.state, reason: null };
  const standing = found?.paidDate ?? null;
  if (standing !== null) {
    return {
      ...base,
      set: { balance: '0.00', paid_on: standing, paid_written_at: ctx.services.clock.now(), problems: others },
    };
  }
  const detail =
    refused ?? (found === undefined ? 'it no longer shows this invoice' : 'it answered yes, but the date is not there');
  return {
    ...base,
    set: { balance: '0.00', problems: [...others, problem('paid-date-failed', { paidOn, detail })] },
  };
}
