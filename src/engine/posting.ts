/**
 * From `ready` to QuickBooks: look up in bulk, then send in batches of adaptive size. One bad invoice never stops the
 * others; a batch that is refused as a whole goes again one by one.
 */
import { comparePosted } from '../core/compare-posted.ts';
import { decimal } from '../core/money.ts';
import { problem, type Problem } from '../core/problem.ts';
import type { ItemReply } from '../quickbooks/batch.ts';
import type { FoundInvoice } from '../quickbooks/schemas.ts';
import { closeProblems, logProblems } from '../store/problems.ts';
import type { TenantTx } from '../store/tenant.ts';
import { loadTransfersIn, moveTransfers, type Move, type Transfer } from '../store/transfers.ts';
import { isOfCompany, parkedBy, refusalProblem } from './fault-problems.ts';
import { chunksOf } from '../core/rows.ts';
import { lookUp, type Finding } from './look-up.ts';
import { askedFor, moveContext, scopeNow, type RunContext } from './run-context.ts';
import { heed, heedItems, sendGroup, type GroupReply, type Sendable } from './sending.ts';

/** A page of ready transfers: three look-ups of 100, ten batches of 30. */
const PAGE = 300;
/** Batches on their way at once; QuickBooks takes 10 requests at a time per company (facts/qbo.md section 7). */
const BATCHES_AT_ONCE = 3;
const BATCH_MIN = 5;
export const BATCH_MAX = 30;
/** Room for a batch's body; far below any limit, so that long invoices travel in smaller company. */
const BODY_MAX = 900_000;

/** Posts all that is ready and may go, a manual copy only what it was asked for; answers how many were sent or adopted. */
export async function postReady(ctx: RunContext): Promise<number> {
  let moved = 0;
  let after = 0;
  for (;;) {
    const wish = { limit: PAGE, afterInvoiceId: after, invoiceIds: askedFor(ctx) };
    const page = await ctx.lease.read((tx) => loadTransfersIn(tx, ['ready'], wish));
    const last = page.at(-1);
    if (last === undefined) return moved;
    after = last.autotask_invoice_id;
    const mine = page.filter((transfer) => mayGo(ctx, transfer));
    const absent = await adoptOrClear(ctx, mine);
    moved += mine.length;
    await sendAll(ctx, absent);
    ctx.say('posting to QuickBooks', moved, moved);
  }
}

/** With review on, only an approved draft goes, and only while it is the approved one. */
const mayGo = (ctx: RunContext, transfer: Transfer): boolean =>
  transfer.draft_body !== null &&
  transfer.needs_names.length === 0 &&
  (!ctx.settings['sync.review'] || transfer.approved_hash === transfer.draft_hash);

const wasSent = (transfer: Transfer): boolean => transfer.generation > 0;

/** Looks up those that were not looked up in this generation; answers those that are not in QuickBooks. */
async function adoptOrClear(ctx: RunContext, transfers: readonly Transfer[]): Promise<Transfer[]> {
  const unasked = transfers.filter((transfer) => transfer.looked_up_generation !== transfer.generation);
  const findings =
    unasked.length === 0 ? new Map<string, Finding>() : await lookUp(ctx, unasked, unasked.filter(wasSent));
  ctx.services.crash('looked-up');
  const absent = transfers.filter((transfer) => (findings.get(transfer.transfer_id)?.kind ?? 'none') === 'none');
  const moves = unasked.map((transfer) =>
    findingMove(transfer, findings.get(transfer.transfer_id) ?? { kind: 'none' }, ctx),
  );
  if (moves.length > 0) {
    await ctx.lease.write(async (tx) => {
      await moveTransfers(tx, moves, moveContext(ctx));
      await logMoves(ctx, tx, unasked, moves);
    });
  }
  return absent;
}

function findingMove(transfer: Transfer, finding: Finding, ctx: RunContext): Move {
  const base = { transferId: transfer.transfer_id, from: transfer.state };
  switch (finding.kind) {
    case 'none':
      return { ...base, to: 'ready', reason: null, set: { looked_up_generation: transfer.generation } };
    case 'ours':
      return postedMove(ctx, transfer, finding.invoice, 'adopted');
    case 'different':
    case 'taken':
      return { ...base, to: 'parked', reason: finding.problem.code, set: { problems: [finding.problem] } };
  }
}

/** The move of a transfer whose invoice is certainly in QuickBooks, with any difference as an open problem. */
export function postedMove(
  ctx: RunContext,
  transfer: Transfer,
  found: FoundInvoice,
  how: 'posted' | 'adopted' | 'verified',
): Move {
  const differences = comparePosted(
    {
      number: transfer.draft_number,
      total: transfer.draft_total === null ? null : decimal(transfer.draft_total),
      tax: transfer.draft_tax === null ? null : decimal(transfer.draft_tax),
      sourceTotal: decimal(transfer.source_total ?? '0'),
      sourceTax: decimal(transfer.source_tax ?? '0'),
    },
    { number: found.number, total: found.total, tax: found.tax },
    ctx.settings,
  );
  return {
    transferId: transfer.transfer_id,
    from: transfer.state,
    to: 'posted',
    reason: how,
    set: {
      problems: differences,
      quickbooks_id: found.id,
      quickbooks_number: found.number,
      quickbooks_total: found.total.toFixed(2),
      quickbooks_tax: found.tax.toFixed(2),
      reply: { id: found.id, syncToken: found.syncToken, createdAt: found.createdAt },
      adopted: how === 'adopted',
      posted_at: ctx.services.clock.now(),
      balance: found.balance.toFixed(2),
      ...(wantsMail(ctx, transfer, how)
        ? { customer_mail: differences.length === 0 ? ('wanted' as const) : ('waits' as const) }
        : {}),
    },
  };
}

/** QuickBooks mails new invoices only: no adopted ones, no overwriting copies unless a person asked (facts/mission.md A8). */
const wantsMail = (ctx: RunContext, transfer: Transfer, how: 'posted' | 'adopted' | 'verified'): boolean =>
  ctx.settings['invoices.emailToCustomers'] &&
  how !== 'adopted' &&
  transfer.draft_entity === 'Invoice' &&
  transfer.customer_mail === null &&
  (transfer.copy_number === 0 || ctx.run.options.mailCustomer === true);

async function sendAll(ctx: RunContext, transfers: readonly Transfer[]): Promise<void> {
  const alone = transfers.filter((transfer) => transfer.send_alone || transfer.copy_number > 0);
  let together = transfers.filter((transfer) => !alone.includes(transfer));
  while (together.length > 0) {
    const groups: Transfer[][] = [];
    while (groups.length < (ctx.patience.isTroubled ? 1 : BATCHES_AT_ONCE) && together.length > 0) {
      const size = fitting(together, ctx.pace.batchSize);
      groups.push(together.slice(0, size));
      together = together.slice(size);
    }
    await inParallel(groups.map((group) => sendTransfers(ctx, group)));
  }
  for (const group of chunksOf(alone, BATCHES_AT_ONCE)) {
    await inParallel(group.map((transfer) => sendTransfers(ctx, [transfer])));
  }
}

/** All end before the first failure is thrown: nothing may be on its way when the run gives its lease back. */
async function inParallel(work: readonly Promise<void>[]): Promise<void> {
  const ended = await Promise.allSettled(work);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function fitting(transfers: readonly Transfer[], most: number): number {
  let bytes = 0;
  let size = 0;
  for (const transfer of transfers.slice(0, most)) {
    bytes += transfer.draft_body?.length ?? 0;
    if (size > 0 && bytes > BODY_MAX) break;
    size += 1;
  }
  return size;
}

async function sendTransfers(ctx: RunContext, group: readonly Transfer[]): Promise<void> {
  const byId = new Map(group.map((transfer) => [transfer.transfer_id, transfer]));
  const reply = await sendGroup(ctx, {
    members: group.map(sendable),
    allowDuplicateNumber: group.some((transfer) => transfer.copy_number > 0),
    commit: (tx, batch) =>
      moveTransfers(
        tx,
        group.map((transfer) => ({
          transferId: transfer.transfer_id,
          from: 'ready',
          to: 'posting',
          reason: null,
          set: { batch_id: batch.batchId, send_by: batch.sendBy },
        })),
        moveContext(ctx),
      ),
    record: async (tx, answer) => {
      const sent = [...byId.values()].map((transfer): Transfer => ({ ...transfer, state: 'posting' }));
      const moves = sent.map((transfer) => replyMove(ctx, transfer, answer, group.length));
      await moveTransfers(tx, moves, moveContext(ctx));
      await logMoves(ctx, tx, sent, moves);
    },
  });
  ctx.services.crash('posted-recorded');
  adapt(ctx, reply, group.length);
  await heed(ctx, reply);
  if (reply.kind === 'answered')
    await heedItems(
      ctx,
      group.map((transfer) => reply.of(sendable(transfer))),
    );
}

const sendable = (transfer: Transfer): Sendable => ({
  kind: 'transfer',
  id: transfer.transfer_id,
  generation: transfer.generation,
  entity: transfer.draft_entity ?? 'Invoice',
  body: transfer.draft_body ?? '',
});

/** Where a transfer goes by what came back; the whole policy of the first answer stands here. */
function replyMove(ctx: RunContext, transfer: Transfer, reply: GroupReply, size: number): Move {
  const base = { transferId: transfer.transfer_id, from: 'posting' as const };
  const again = { generation: transfer.generation + 1 };
  switch (reply.kind) {
    case 'not-sent': // Definitely not sent: the same generation goes again under a new intent.
      return { ...base, to: 'ready', reason: 'not-sent', set: {} };
    case 'throttled':
    case 'unauthorized': // Refused before anything was done.
      return { ...base, to: 'ready', reason: 'refused-for-now', set: again };
    case 'unknown':
      return {
        ...base,
        to: 'verifying',
        reason: 'outcome-unknown',
        set: { problems: [problem('outcome-unknown', { detail: reply.detail })] },
      };
    case 'refused': // A batch refused as a whole says nothing about its members: they go one by one.
      if (isOfCompany(reply.fault)) return { ...base, to: 'ready', reason: 'refused-for-now', set: again };
      return size > 1
        ? { ...base, to: 'ready', reason: 'batch-refused', set: { ...again, send_alone: true } }
        : parkedBy(transfer, refusalProblem(transfer, reply.fault));
    case 'answered':
      return itemMove(ctx, transfer, reply.of(sendable(transfer)));
  }
}

function itemMove(ctx: RunContext, transfer: Transfer, reply: ItemReply): Move {
  const base = { transferId: transfer.transfer_id, from: 'posting' as const };
  switch (reply.kind) {
    case 'done':
      return reply.invoice === undefined
        ? {
            ...base,
            to: 'verifying',
            reason: 'outcome-unknown',
            set: { problems: [problem('outcome-unknown', { detail: 'the reply is not an invoice' })] },
          }
        : postedMove(ctx, transfer, reply.invoice, 'posted');
    case 'unknown':
      return {
        ...base,
        to: 'verifying',
        reason: 'outcome-unknown',
        set: { problems: [problem('outcome-unknown', { detail: reply.detail })] },
      };
    case 'refused':
      return reply.fault.meaning === 'throttled' || isOfCompany(reply.fault)
        ? { ...base, to: 'ready', reason: 'refused-for-now', set: { generation: transfer.generation + 1 } }
        : parkedBy(transfer, refusalProblem(transfer, reply.fault));
  }
}

/** Writes the error log from what the moves say: open what is there, close what is gone. */
export async function logMoves(
  ctx: RunContext,
  tx: TenantTx,
  transfers: readonly Transfer[],
  moves: readonly Move[],
): Promise<void> {
  const byId = new Map(transfers.map((transfer) => [transfer.transfer_id, transfer]));
  const told = moves.flatMap((move) =>
    move.set.problems === undefined ? [] : [{ move, problems: move.set.problems }],
  );
  await logProblems(
    tx,
    scopeNow(ctx),
    told.flatMap(({ move, problems }) =>
      problems.filter(isWorthLogging).map((one: Problem) => ({
        problemId: ctx.services.ids.uuid(),
        transferId: move.transferId,
        invoiceId: byId.get(move.transferId)?.autotask_invoice_id ?? null,
        problem: one,
        reference: one.facts['reference'] ?? null,
      })),
    ),
  );
  await closeProblems(
    tx,
    ctx.services.clock.now(),
    // A draft that is made is no cure yet: QuickBooks may refuse it for the same reason a moment later.
    told
      .filter(({ move, problems }) => move.to !== 'ready' || problems.length > 0)
      .map(({ move, problems }) => ({ transferId: move.transferId, codes: problems.map((one) => one.code) })),
  );
}

/** Passing states are no errors; they stand on the transfer itself. */
const isWorthLogging = (one: Problem): boolean => one.who !== 'nobody' || one.code === 'outcome-unknown';

/** Adapts the batch size: half after an unknown outcome, a little more after every five answers. */
function adapt(ctx: RunContext, reply: GroupReply, size: number): void {
  const { pace } = ctx;
  if (reply.kind === 'answered') {
    pace.successes += 1;
    if (pace.successes % 5 === 0) pace.batchSize = Math.min(pace.batchSize + 5, BATCH_MAX);
  } else if (reply.kind === 'unknown') {
    pace.successes = 0;
    pace.batchSize = Math.max(Math.ceil(Math.min(pace.batchSize, Math.max(size, BATCH_MIN)) / 2), BATCH_MIN);
  }
}
