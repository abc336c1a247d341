/**
 * Tells Autotask what happened: the number (where QuickBooks numbers) and the date of processing, one PATCH per invoice
 * (Autotask has no batch), behind the posting and at Autotask's pace. The marks are committed before they are sent, so a
 * repeat writes the same, and they are read back, because a 200 is no proof of effect (facts/autotask.md 2.4).
 */
import { problem, type Problem } from '../core/problem.ts';
import { VendorRefused } from '../platform/failures.ts';
import type { SourceInvoice } from '../core/source.ts';
import { loadTransfersIn, moveTransfers, type Move, type Transfer } from '../store/transfers.ts';
import { chunksOf } from './look-up.ts';
import { logMoves } from './posting.ts';
import { moveContext, type RunContext } from './run-context.ts';

/** One read-back query takes 500 ids. */
const PAGE = 500;
/** Two calls at a time per Autotask endpoint (facts/autotask.md section 3). */
const AT_ONCE = 2;

interface Mark {
  readonly transfer: Transfer;
  readonly number: string | null;
  readonly at: Date;
}

/** Marks all that is posted and not yet marked; what Autotask refuses stays posted with its problem for the next run. */
export async function writeBackPosted(ctx: RunContext): Promise<void> {
  let after = 0;
  for (;;) {
    const page = await ctx.lease.read((tx) => loadTransfersIn(tx, ['posted'], { limit: PAGE, afterInvoiceId: after }));
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.autotask_invoice_id;
    const due = page.filter((transfer) => !ctx.writeBackFailed.has(transfer.transfer_id));
    if (due.length > 0) await writeBackPage(ctx, await commitMarks(ctx, due));
  }
}

async function commitMarks(ctx: RunContext, transfers: readonly Transfer[]): Promise<Mark[]> {
  const at = ctx.services.clock.now();
  const marks = transfers.map((transfer): Mark => ({
    transfer,
    number: numberToWrite(ctx, transfer),
    at: transfer.marked_at ?? at,
  }));
  const unmarked = marks.filter((mark) => mark.transfer.marked_at === null);
  await ctx.lease.write((tx) =>
    moveTransfers(
      tx,
      unmarked.map((mark) => ({
        transferId: mark.transfer.transfer_id,
        from: 'posted',
        to: 'posted',
        reason: null,
        set: { mark_number: mark.number, marked_at: mark.at },
      })),
      moveContext(ctx),
    ),
  );
  return marks;
}

/** The number goes back only where QuickBooks numbered (facts/mission.md A4). */
const numberToWrite = (ctx: RunContext, transfer: Transfer): string | null =>
  ctx.settings['invoices.numbering'] === 'quickbooks' ? transfer.quickbooks_number : null;

async function writeBackPage(ctx: RunContext, marks: readonly Mark[]): Promise<void> {
  const refused = new Map<string, string>();
  let done = 0;
  for (const pair of chunksOf(marks, AT_ONCE)) {
    const ended = await Promise.allSettled(pair.map((mark) => sendMark(ctx, mark)));
    for (const [index, one] of ended.entries()) {
      const mark = pair[index];
      if (one.status === 'fulfilled' || mark === undefined) continue;
      if (!(one.reason instanceof VendorRefused)) throw one.reason;
      refused.set(mark.transfer.transfer_id, one.reason.message);
    }
    done += pair.length;
    ctx.services.crash('mark-sent');
    if (done % 20 < AT_ONCE) ctx.say('writing back to Autotask', done, marks.length);
  }
  ctx.services.crash('marks-answered');
  await recordMarks(ctx, marks, refused);
}

async function sendMark(ctx: RunContext, mark: Mark): Promise<void> {
  ctx.lease.assertHeld();
  await ctx.autotask.markInvoice({
    id: mark.transfer.autotask_invoice_id,
    ...(mark.number === null ? {} : { number: mark.number }),
    processedAt: mark.at,
  });
}

async function recordMarks(
  ctx: RunContext,
  marks: readonly Mark[],
  refused: ReadonlyMap<string, string>,
): Promise<void> {
  const sent = marks.filter((mark) => !refused.has(mark.transfer.transfer_id));
  const ids = [...new Set(sent.map((mark) => mark.transfer.autotask_invoice_id))];
  const found = new Map<number, SourceInvoice>();
  for (const chunk of chunksOf(ids, PAGE)) {
    const page = await ctx.autotask.fetchInvoicesByIds(chunk);
    for (const invoice of page.rows) found.set(invoice.id, invoice);
  }
  const moves = marks.map((mark) =>
    markMove(ctx, mark, found.get(mark.transfer.autotask_invoice_id), refused.get(mark.transfer.transfer_id)),
  );
  await ctx.lease.write(async (tx) => {
    await moveTransfers(tx, moves, moveContext(ctx));
    await logMoves(
      ctx,
      tx,
      marks.map((mark) => mark.transfer),
      moves,
    );
  });
  ctx.services.crash('marks-recorded');
}

function markMove(ctx: RunContext, mark: Mark, found: SourceInvoice | undefined, refused: string | undefined): Move {
  const { transfer } = mark;
  const base = { transferId: transfer.transfer_id, from: 'posted' as const };
  const others = transfer.problems.filter((one) => one.code !== 'write-back-failed');
  const detail = refused ?? missingEffect(mark, found);
  if (detail === null) {
    return {
      ...base,
      to: 'written_back',
      reason: 'marked',
      set: { written_back_at: ctx.services.clock.now(), problems: others },
    };
  }
  ctx.writeBackFailed.add(transfer.transfer_id);
  const cause: Problem = problem('write-back-failed', {
    quickbooksNumber: transfer.quickbooks_number ?? transfer.quickbooks_id ?? '',
    detail,
  });
  return {
    ...base,
    to: 'posted',
    reason: cause.code,
    set: { write_back_failures: transfer.write_back_failures + 1, problems: [...others, cause] },
  };
}

/** What the read-back misses; null when the mark is there. */
function missingEffect(mark: Mark, found: SourceInvoice | undefined): string | null {
  if (found === undefined) return 'it no longer shows this invoice';
  if (found.processedAt === null) return 'it answered yes, but the date of processing is not there';
  if (mark.number !== null && found.number !== mark.number)
    return `it shows the number "${found.number ?? ''}" instead of "${mark.number}"`;
  return null;
}
