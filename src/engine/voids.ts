/**
 * What was voided in Autotask is voided in QuickBooks (facts/mission.md A9): found by the stored id, never a paid invoice,
 * never one that is no longer ours. Re-entrant: every try begins with a look, and a void that was lost shows itself there.
 */
import type { NextPage } from '../autotask/client.ts';
import { windowStart } from '../core/dates.ts';
import { markersIn } from '../core/marker.ts';
import { amountText, decimal } from '../core/money.ts';
import { problem, type Problem, type ProblemCode } from '../core/problem.ts';
import type { SourceInvoice } from '../core/source.ts';
import { renderVoids } from '../quickbooks/batch.ts';
import type { FoundInvoice } from '../quickbooks/schemas.ts';
import { isAdoptedByHand, loadTransfersOf, moveTransfers, type Move, type Transfer } from '../store/transfers.ts';
import { chunksOf } from '../core/rows.ts';
import { logMoves } from './posting.ts';
import { moveContext, type RunContext } from './run-context.ts';
import { bIdOf, heed, sendGroup, type GroupReply, type Sendable } from './sending.ts';

const IDS = 100;
const BATCH = 30;
/** A stale or lost answer is looked at again this often; then the next pass goes on. */
const TRIES = 4;

const VOID_CODES: ReadonlySet<ProblemCode> = new Set(['void-paid', 'void-refused', 'void-changed', 'period-closed']);

interface Due {
  readonly transfer: Transfer;
  readonly found: FoundInvoice;
}

/** One pass: everything voided in Autotask within the window, or the invoices that a person named. */
export async function passVoids(ctx: RunContext): Promise<void> {
  const named = ctx.run.options.invoiceIds;
  if (named !== undefined) return voidAll(ctx, named);
  const voidedFrom = windowStart(
    ctx.services.clock.now().toISOString(),
    ctx.settings['voids.maxAgeDays'],
    ctx.timeZone,
  );
  let after: number | null = null;
  do {
    const at: number | null = after;
    const page: NextPage<SourceInvoice> = await ctx.autotask.fetchInvoicePage(
      { createdFrom: voidedFrom, voidedFrom, voided: true },
      at,
    );
    await voidAll(
      ctx,
      page.rows.filter((row) => row.isVoided).map((row) => row.id),
    );
    after = page.next;
  } while (after !== null);
}

async function voidAll(ctx: RunContext, invoiceIds: readonly number[]): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const left = (await ctx.lease.read((tx) => loadTransfersOf(tx, invoiceIds))).filter(
      (one) => one.state === 'posted' || one.state === 'written_back',
    );
    const due: Due[] = [];
    for (const chunk of chunksOf(left, IDS)) due.push(...(await judge(ctx, chunk)));
    if (due.length === 0) return;
    ctx.say('voiding in QuickBooks', 0, due.length);
    for (const group of chunksOf(due, BATCH)) await send(ctx, group);
  }
}

/** Looks at them in QuickBooks: what is voided there is recorded, what may not be voided is told, the rest is due. */
async function judge(ctx: RunContext, transfers: readonly Transfer[]): Promise<Due[]> {
  const ids = transfers.filter((one) => one.draft_entity !== 'CreditMemo').flatMap((one) => one.quickbooks_id ?? []);
  const rows = ids.length === 0 ? [] : await ctx.quickbooks.findInvoicesByIds(ids);
  const found = new Map(rows.map((row) => [row.id, row]));
  const { booksClosedTo } = await ctx.profile();
  const due: Due[] = [];
  const moves: Move[] = [];
  for (const transfer of transfers) {
    const row = found.get(transfer.quickbooks_id ?? '');
    const cause = obstacle(ctx, transfer, row, booksClosedTo);
    // Deleted in QuickBooks: nothing of it is left to void.
    if (transfer.draft_entity !== 'CreditMemo' && (row === undefined || row.isVoided))
      moves.push(voided(ctx, transfer, row === undefined ? 'deleted-in-quickbooks' : 'voided'));
    else if (cause !== null) moves.push(told(transfer, cause));
    else if (row !== undefined) due.push({ transfer, found: row });
  }
  await record(ctx, moves, transfers);
  return due;
}

function obstacle(
  ctx: RunContext,
  transfer: Transfer,
  row: FoundInvoice | undefined,
  closedTo: string | null,
): Problem | null {
  const quickbooksNumber = transfer.quickbooks_number ?? `id ${transfer.quickbooks_id ?? ''}`;
  if (transfer.draft_entity === 'CreditMemo')
    return problem('void-refused', { quickbooksNumber, message: 'a credit memo cannot be voided by other programs' });
  if (row === undefined) return null;
  if (!isOurs(ctx, transfer, row)) return problem('void-changed', { quickbooksId: row.id });
  if (!row.balance.eq(row.total) || row.paymentIds.length > 0)
    return problem('void-paid', { quickbooksNumber, paid: amountText(row.total.minus(row.balance)) });
  return closedTo !== null && row.date !== null && row.date <= closedTo
    ? problem('period-closed', { date: row.date, closedTo })
    : null;
}

/** By our mark; what a person adopted never had one, and must still be of the same customer and total. */
function isOurs(ctx: RunContext, transfer: Transfer, row: FoundInvoice): boolean {
  if (isAdoptedByHand(transfer))
    return (
      row.customerId === transfer.draft_customer_id &&
      transfer.quickbooks_total !== null &&
      row.total.eq(decimal(transfer.quickbooks_total))
    );
  return markersIn(row.privateNote).some(
    (one) => one.connectionKey === ctx.markerKey && one.invoiceId === transfer.autotask_invoice_id,
  );
}

async function send(ctx: RunContext, group: readonly Due[]): Promise<void> {
  const sendable = ({ transfer }: Due): Sendable => ({
    kind: 'transfer',
    id: transfer.transfer_id,
    generation: transfer.generation,
    entity: 'Invoice',
    body: '',
  });
  const reply = await sendGroup(ctx, {
    members: group.map(sendable),
    allowDuplicateNumber: false,
    other: {
      endpoint: 'void',
      turn: 'batch',
      body: renderVoids(
        group.map((due) => ({ bId: bIdOf(sendable(due)), id: due.found.id, syncToken: due.found.syncToken })),
      ),
      post: (write) => ctx.quickbooks.postBatch(write),
    },
    commit: () => Promise.resolve(),
    record: async (tx, answer) => {
      const moves = group.flatMap((due) => answered(ctx, due.transfer, answer, sendable(due)));
      await moveTransfers(tx, moves, moveContext(ctx));
      await logMoves(
        ctx,
        tx,
        group.map((due) => due.transfer),
        moves,
      );
    },
  });
  ctx.services.crash('voided');
  await heed(ctx, reply);
}

/** Only a clear answer moves a transfer; everything else is looked at again. */
function answered(ctx: RunContext, transfer: Transfer, reply: GroupReply, member: Sendable): Move[] {
  if (reply.kind !== 'answered') return [];
  const item = reply.of(member);
  if (item.kind === 'done' && item.invoice?.isVoided === true) return [voided(ctx, transfer, 'voided')];
  if (item.kind !== 'refused' || item.fault.meaning === 'stale' || item.fault.meaning === 'throttled') return [];
  const quickbooksNumber = transfer.quickbooks_number ?? `id ${transfer.quickbooks_id ?? ''}`;
  return [
    told(transfer, problem('void-refused', { quickbooksNumber, message: item.fault.detail || item.fault.message })),
  ];
}

const voided = (ctx: RunContext, transfer: Transfer, reason: string): Move => ({
  transferId: transfer.transfer_id,
  from: transfer.state,
  to: 'voided',
  reason,
  set: {
    voided_at: ctx.services.clock.now(),
    problems: transfer.problems.filter((one) => !VOID_CODES.has(one.code) && one.code !== 'differs-after-post'),
  },
});

const told = (transfer: Transfer, cause: Problem): Move => ({
  transferId: transfer.transfer_id,
  from: transfer.state,
  to: transfer.state,
  reason: cause.code,
  set: { problems: [...transfer.problems.filter((one) => !VOID_CODES.has(one.code)), cause] },
});

const record = (ctx: RunContext, moves: readonly Move[], transfers: readonly Transfer[]): Promise<void> =>
  moves.length === 0
    ? Promise.resolve()
    : ctx.lease.write(async (tx) => {
        await moveTransfers(tx, moves, moveContext(ctx));
        await logMoves(ctx, tx, transfers, moves);
      });
