/**
 * Settles unknown outcomes by look-ups, never by a repeat. Found: posted. Not found counts only when QuickBooks has had
 * the time to finish a lost request and to show it (design.md section 3, line 3); then the transfer may go again under a
 * new generation. Also heals what a dead worker left behind.
 */
import { problem } from '../core/problem.ts';
import { endBatch, loadOpenBatches } from '../store/batches.ts';
import { loadCreationsIn, moveCreations } from '../store/creations.ts';
import { loadTransfersIn, loadUncheckedRefusals, moveTransfers, type Move, type Transfer } from '../store/transfers.ts';
import { lookUp, type Finding } from './look-up.ts';
import { logMoves, postedMove } from './posting.ts';
import { moveContext, type RunContext } from './run-context.ts';

/**
 * "Not there" counts this long after `sendBy`. design.md asks for 150 s (QuickBooks works on a request for at most 120 s,
 * facts/qbo.md section 7); goals.md 4.3 counts them from our time-out of 15 s, and lets a query lag by up to 60 s. So 197 s
 * is taken, and the look is made at that very moment, within the 200 s in which doubt is to be settled.
 */
export const NOT_THERE_AFTER_MS = 197_000;
const LOOK_AGAIN_MS = 12_000;
const PAGE = 200;

/** A dead worker's open sendings: they may have left the machine, so their members are in doubt. */
export async function healOpenBatches(ctx: RunContext): Promise<void> {
  await ctx.lease.write(async (tx) => {
    for (const batch of await loadOpenBatches(tx)) {
      await endBatch(tx, {
        batchId: batch.batch_id,
        state: 'unknown',
        endedAt: ctx.services.clock.now(),
        reference: null,
        detail: 'the worker died',
      });
    }
    const posting = await loadTransfersIn(tx, ['posting']);
    const doubt = problem('outcome-unknown', { detail: 'the program was stopped while it was being sent' });
    await moveTransfers(
      tx,
      posting.map((transfer) => ({
        transferId: transfer.transfer_id,
        from: 'posting',
        to: 'verifying',
        reason: 'worker-died',
        set: { problems: [doubt] },
      })),
      moveContext(ctx),
    );
    const creations = await loadCreationsIn(tx, ['posting']);
    await moveCreations(
      tx,
      creations.map((one) => ({ creationId: one.creation_id, from: 'posting', to: 'verifying', set: {} })),
      ctx.services.clock.now(),
    );
  });
}

/** The instant from which "not there" counts for this sending. */
export const notThereFrom = (ctx: RunContext, sendBy: Date): number =>
  sendBy.getTime() + ctx.services.clock.scaled(NOT_THERE_AFTER_MS);

/** Looks all doubtful transfers up once; answers how many are still in doubt. */
export async function verifyOnce(ctx: RunContext): Promise<number> {
  let doubtful = 0;
  let after = 0;
  for (;;) {
    const page = await ctx.lease.read((tx) =>
      loadTransfersIn(tx, ['verifying'], { limit: PAGE, afterInvoiceId: after }),
    );
    const last = page.at(-1);
    if (last === undefined) return doubtful;
    after = last.autotask_invoice_id;
    const askedAt = ctx.services.clock.now().getTime();
    const isDue = (one: Transfer): boolean => one.send_by === null || askedAt >= notThereFrom(ctx, one.send_by);
    const findings = await lookUp(ctx, page, page.filter(isDue));
    ctx.services.crash('verify-looked-up');
    const moves = page.flatMap((transfer) =>
      verdict(ctx, transfer, findings.get(transfer.transfer_id) ?? { kind: 'none' }, isDue(transfer)),
    );
    await ctx.lease.write(async (tx) => {
      await moveTransfers(tx, moves, moveContext(ctx));
      await logMoves(ctx, tx, page, moves);
    });
    ctx.services.crash('verify-recorded');
    doubtful += page.length - moves.length;
  }
}

function verdict(ctx: RunContext, transfer: Transfer, finding: Finding, isDue: boolean): Move[] {
  if (finding.kind === 'ours') return [postedMove(ctx, transfer, finding.invoice, 'verified')];
  const base = { transferId: transfer.transfer_id, from: 'verifying' as const };
  // A new generation, so that nothing of it is ever sent without another look (seed 4225).
  const generation = transfer.generation + 1;
  if (finding.kind === 'different')
    return [{ ...base, to: 'parked', reason: finding.problem.code, set: { problems: [finding.problem], generation } }];
  if (!isDue) return [];
  // The look-up that found nothing counts as the one before the next sending.
  return finding.kind === 'taken'
    ? [{ ...base, to: 'parked', reason: finding.problem.code, set: { problems: [finding.problem], generation } }]
    : [
        {
          ...base,
          to: 'ready',
          reason: 'verified-not-there',
          set: { problems: [], generation, looked_up_generation: generation, send_alone: false },
        },
      ];
}

/**
 * A refusal may answer a request that the network had delivered before (seeds 1307, 2770: “number in use” by itself). When
 * QuickBooks must be showing what it has, each is looked up once; then the refusal is believed.
 */
export async function checkRefusals(ctx: RunContext): Promise<void> {
  const { clock } = ctx.services;
  const sentBefore = new Date(clock.now().getTime() - clock.scaled(NOT_THERE_AFTER_MS));
  for (;;) {
    const page = await ctx.lease.read((tx) => loadUncheckedRefusals(tx, { sentBefore, limit: PAGE }));
    if (page.length === 0) return;
    const findings = await lookUp(ctx, page, page);
    const ours = page.filter((one) => findings.get(one.transfer_id)?.kind === 'ours');
    const moves = page.map((one): Move => {
      const finding = findings.get(one.transfer_id) ?? { kind: 'none' };
      if (finding.kind === 'ours') return postedMove(ctx, { ...one, state: 'ready' }, finding.invoice, 'verified');
      const problems = finding.kind === 'different' ? [finding.problem] : one.problems;
      return {
        transferId: one.transfer_id,
        from: 'parked',
        to: 'parked',
        reason: null,
        set: { problems, looked_up_generation: one.generation },
      };
    });
    await ctx.lease.write(async (tx) => {
      await moveTransfers(
        tx,
        ours.map((one) => ({
          transferId: one.transfer_id,
          from: 'parked',
          to: 'ready',
          reason: 'found-after-refusal',
          set: {},
        })),
        moveContext(ctx),
      );
      await moveTransfers(tx, moves, moveContext(ctx));
      await logMoves(ctx, tx, page, moves);
    });
  }
}

/** Waits until another look is worthwhile: at the latest when "not there" counts for one of them. */
export async function waitForDoubt(ctx: RunContext, doubtful: number): Promise<void> {
  ctx.say(`looking for ${String(doubtful)} whose answer was lost`, 0, doubtful);
  const { clock } = ctx.services;
  const open = await ctx.lease.read((tx) => loadTransfersIn(tx, ['verifying'], { limit: PAGE }));
  const counts = open
    .map((one) => (one.send_by === null ? 0 : notThereFrom(ctx, one.send_by)) - clock.now().getTime())
    .filter((left) => left > 0)
    .map((left) => left / clock.scaled(1) + 1);
  await clock.sleep(Math.min(LOOK_AGAIN_MS, ...counts), ctx.lease.signal);
}
