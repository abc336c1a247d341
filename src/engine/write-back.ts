/**
 * Tells Autotask what happened: the number (where QuickBooks numbers) and the date of processing, one PATCH per invoice
 * (Autotask has no batch), behind the posting and at Autotask's pace. The marks are committed before they are sent, so a
 * repeat writes the same, and they are read back: a 200 is no proof of effect, and no answer none of its lack
 * (facts/autotask.md 2.4). One invoice that is never answered holds no other up (engine/marking.ts).
 */
import { problem, type Problem } from '../core/problem.ts';
import { VendorRefused } from '../platform/failures.ts';
import type { SourceInvoice } from '../core/source.ts';
import { loadTransfersIn, moveTransfers, type Move, type Transfer } from '../store/transfers.ts';
import { chunksOf } from '../core/rows.ts';
import { QuotaUsedUp, sendEach, type Sent } from './marking.ts';
import { logMoves } from './posting.ts';
import { moveContext, type RunContext } from './run-context.ts';

/** One read-back query takes 500 ids. */
const PAGE = 500;
/** So many silences in a row while reads are answered, and marking does not work at all now. */
const SILENCES_MAX = 2;

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
    if (last === undefined || ctx.writeBack.stopped !== null) return;
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

/**
 * What an earlier run may have sent already is looked at first; then those that failed least often go first. What got no
 * answer has one more turn after the others.
 */
async function writeBackPage(ctx: RunContext, marks: readonly Mark[]): Promise<void> {
  const earlier = marks.filter((mark) => mark.transfer.marked_at !== null);
  const missing = new Set(await recordMarks(ctx, earlier, () => null));
  const due = marks.filter((mark) => mark.transfer.marked_at === null || missing.has(mark));
  due.sort((a, b) => a.transfer.write_back_failures - b.transfer.write_back_failures);
  const unanswered = await sendAll(ctx, due);
  const again = ctx.writeBack.stopped === null ? [...unanswered.keys()] : [];
  const { tried, failures } = await sendMarks(ctx, again);
  await recordMarks(ctx, [...unanswered.keys()], (mark, found) => {
    const failure = tried.includes(mark) ? failures.get(mark) : unanswered.get(mark);
    return failure?.message ?? found;
  });
}

/** Sends all of them as long as Autotask answers to reads between silences; answers those whose fate is open, and why. */
async function sendAll(ctx: RunContext, due: readonly Mark[]): Promise<Map<Mark, Error>> {
  const unanswered = new Map<Mark, Error>();
  let silences = 0;
  for (let rest = due; rest.length > 0 && ctx.writeBack.stopped === null;) {
    const { tried, failures, stopped } = await sendMarks(ctx, rest);
    rest = rest.slice(tried.length);
    // Where nothing answers at all, this is where the run waits, and in the end gives up.
    const open = await recordMarks(ctx, tried, (mark, found) => {
      const failure = failures.get(mark);
      return failure === undefined || failure instanceof VendorRefused ? (failure?.message ?? found) : null;
    });
    for (const mark of open) unanswered.set(mark, failures.get(mark) ?? new Error('no answer'));
    if (failures.size < tried.length) silences = 0;
    if (stopped !== null) silences += 1;
    if (stopped instanceof QuotaUsedUp || silences === SILENCES_MAX) ctx.writeBack.stopped = stopped;
  }
  return unanswered;
}

async function sendMarks(ctx: RunContext, marks: readonly Mark[]): Promise<Sent<Mark>> {
  const sent = await sendEach(
    marks,
    (mark) => sendMark(ctx, mark),
    (done) => {
      ctx.services.crash('mark-sent');
      if (done % 20 < 2) ctx.say('writing back to Autotask', done, marks.length);
    },
  );
  if (marks.length > 0) ctx.services.crash('marks-answered');
  return sent;
}

async function sendMark(ctx: RunContext, mark: Mark): Promise<void> {
  ctx.lease.assertHeld();
  await ctx.marks.markInvoice({
    id: mark.transfer.autotask_invoice_id,
    ...(mark.number === null ? {} : { number: mark.number }),
    processedAt: mark.at,
  });
}

/**
 * Reads back and records: what is there is done whatever was answered. `whyNot` says why the mark is missing, given what the
 * read-back shows; null leaves it open, and it is answered.
 */
async function recordMarks(
  ctx: RunContext,
  marks: readonly Mark[],
  whyNot: (mark: Mark, found: string) => string | null,
): Promise<Mark[]> {
  if (marks.length === 0) return [];
  const ids = [...new Set(marks.map((mark) => mark.transfer.autotask_invoice_id))];
  const found = new Map<number, SourceInvoice>();
  for (const chunk of chunksOf(ids, PAGE)) {
    const page = await ctx.autotask.fetchInvoicesByIds(chunk);
    for (const invoice of page.rows) found.set(invoice.id, invoice);
  }
  const open: Mark[] = [];
  const moves = marks.flatMap((mark): Move[] => {
    const shown = missingEffect(mark, found.get(mark.transfer.autotask_invoice_id));
    const detail = shown === null ? null : whyNot(mark, shown);
    if (shown === null || detail !== null) return [markMove(ctx, mark, detail)];
    open.push(mark);
    return [];
  });
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
  return open;
}

/** `detail`: why the mark is missing; null when it is there. */
function markMove(ctx: RunContext, mark: Mark, detail: string | null): Move {
  const { transfer } = mark;
  const base = { transferId: transfer.transfer_id, from: 'posted' as const };
  const others = transfer.problems.filter((one) => one.code !== 'write-back-failed');
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
