/** Manual copy (facts/mission.md A10.4): an invoice whatever its age and status; what keeps it from being copied is told. */
import { markersIn } from '../core/marker.ts';
import { problem, type Problem } from '../core/problem.ts';
import type { SourceInvoice } from '../core/source.ts';
import { isInQuickBooks, isOpen } from '../core/states.ts';
import { NothingThere } from '../platform/failures.ts';
import { audit } from '../store/audit.ts';
import { closeConnectionProblems, logProblems } from '../store/problems.ts';
import { loadTransfersOf, type Transfer } from '../store/transfers.ts';
import { isPersonsWord, type Gathering } from './gathering.ts';
import { scopeNow, type RunContext } from './run-context.ts';

/** Autotask answered well: the id was wrong. */
export class NoSuchInvoice extends NothingThere {}

/** Manual copy (facts/mission.md A10.4): an invoice whatever its age and status; an overwrite adds an audited copy. */
export async function gatherCopy(ctx: RunContext, gathering: Gathering, invoiceId: number): Promise<void> {
  const { overwrite = false, invoiceIds } = ctx.run.options;
  const invoice = await ctx.autotask.fetchInvoice(invoiceId);
  // Of several, the others go on.
  if (invoice === null && invoiceIds !== undefined)
    return void ctx.copy.refusals.push(problem('not-visible', { invoiceId: String(invoiceId) }));
  if (invoice === null)
    throw new NoSuchInvoice(
      'Autotask',
      200,
      'not-found',
      `it shows no invoice with the id ${String(invoiceId)} (the id, not the number; or the API user may not see it)`,
      null,
    );
  const copies = await ctx.lease.read((tx) => loadTransfersOf(tx, [invoiceId]));
  const resumed = copies.find(
    (one) => one.run_id === ctx.run.run_id && (one.copy_number > 0 || !isInQuickBooks(one.state)),
  );
  if (resumed !== undefined) {
    if (resumed.copy_number > 0) warnOfSecond(ctx, invoiceId, await findExisting(ctx, invoice, copies));
    return gathering.processPage([invoice], { copyNumber: resumed.copy_number });
  }
  const refusal = personsRefusal(copies, invoiceId, overwrite);
  if (refusal !== null) return void ctx.copy.refusals.push(refusal);
  const existing = await findExisting(ctx, invoice, copies);
  if (existing !== null && !overwrite) return refuseCopy(ctx, invoiceId, existing);
  if (invoice.isVoided) ctx.copy.refusals.push(problem('copy-of-voided', { invoiceId: String(invoiceId) }));
  // A voided copy is no copy any more, but its ledger row is at its end: the next one is another.
  const hasEnded = copies.some((one) => isInQuickBooks(one.state));
  const inDoubt = copies.some((one) => one.state === 'verifying' || one.state === 'posting');
  const copyNumber = (existing === null && !hasEnded) || inDoubt ? 0 : (copyAtRest(copies) ?? highestCopy(copies) + 1);
  if (copyNumber > 0 || copies.some(isPersonsWord)) await auditOverwrite(ctx, invoiceId, copyNumber, existing);
  if (copyNumber > 0 && !invoice.isVoided) warnOfSecond(ctx, invoiceId, existing);
  return gathering.processPage([invoice], { copyNumber });
}

/** What a person decided about it stands until that person takes it back: on hold it is not copied, done only over that word. */
function personsRefusal(copies: readonly Transfer[], invoiceId: number, overwrite: boolean): Problem | null {
  const decided = copies.find((one) => one.copy_number === 0 && isPersonsWord(one));
  if (decided === undefined) return null;
  const reason = decided.problems.find((one) => one.facts['reason'] !== undefined)?.facts['reason'] ?? '';
  const facts = { reason, invoiceId: String(invoiceId) };
  if (decided.state === 'held') return problem('copy-of-held', facts);
  return overwrite ? null : problem('copy-of-done', facts);
}

interface Existing {
  readonly id: string;
  readonly number: string | null;
}

/** The copy of it that stands in QuickBooks: ours, else one that bears its number. */
async function findExisting(
  ctx: RunContext,
  invoice: SourceInvoice,
  copies: readonly Transfer[],
): Promise<Existing | null> {
  const known = copies.find((one) => one.state === 'posted' || one.state === 'written_back');
  return known === undefined
    ? findForeign(ctx, invoice)
    : { id: known.quickbooks_id ?? '', number: known.quickbooks_number };
}

/** Said where the copy is told, and nobody has to cure it (facts/mission.md A10.4: overwriting adds, it replaces nothing). */
function warnOfSecond(ctx: RunContext, invoiceId: number, existing: Existing | null): void {
  if (existing === null) return;
  ctx.copy.warnings.push(
    problem('second-copy', {
      quickbooksNumber: existing.number ?? '(no number)',
      quickbooksId: existing.id,
      invoiceId: String(invoiceId),
    }),
  );
}

const auditOverwrite = (
  ctx: RunContext,
  invoiceId: number,
  copyNumber: number,
  existing: Existing | null,
): Promise<void> =>
  ctx.lease.write((tx) =>
    audit(
      tx,
      { ...ctx.tenant, at: ctx.services.clock.now() },
      {
        actor: ctx.run.requested_by,
        action: 'overwrite',
        subject: `invoice ${String(invoiceId)}`,
        detail: { copyNumber, existing: existing?.id ?? null },
      },
    ),
  );

const highestCopy = (copies: readonly Transfer[]): number => Math.max(...copies.map((one) => one.copy_number), 0);

/** A copy that was asked for before and met an obstacle: asking again goes on with that one, instead of adding another. */
const copyAtRest = (copies: readonly Transfer[]): number | null => {
  const atRest = copies.filter((one) => one.copy_number > 0 && isOpen(one.state));
  return atRest.length === 0 ? null : highestCopy(atRest);
};

/**
 * Posted by another program: Autotask’s number is in QuickBooks (facts/mission.md A10.4, inferred "exists" test). What we made of
 * another Autotask invoice under that number is no copy of this one.
 */
async function findForeign(ctx: RunContext, { id, number }: SourceInvoice): Promise<Existing | null> {
  const wanted = number?.trim() ?? '';
  if (wanted === '' || wanted === 'ERROR') return null;
  const found = await ctx.quickbooks.findInvoicesByNumber([wanted]);
  const isOfAnother = (note: string | null): boolean =>
    markersIn(note).some((one) => one.connectionKey === ctx.markerKey && one.invoiceId !== id);
  return found.find((one) => !one.isVoided && !isOfAnother(one.privateNote)) ?? null;
}

async function refuseCopy(ctx: RunContext, invoiceId: number, existing: Existing): Promise<void> {
  const cause = problem('already-in-quickbooks', {
    quickbooksNumber: existing.number ?? '(no number)',
    quickbooksId: existing.id,
    invoiceId: String(invoiceId),
  });
  await ctx.lease.write((tx) =>
    logProblems(tx, scopeNow(ctx), [
      { problemId: ctx.services.ids.uuid(), transferId: null, invoiceId, problem: cause, reference: null },
    ]),
  );
  // It is told, and nothing waits for it.
  await ctx.lease.write((tx) => closeConnectionProblems(tx, ctx.services.clock.now(), cause.code));
  ctx.copy.refusals.push(cause);
}
