/** Hold, release and mark done (issue of the same words in facts/mission.md B1): what no run may post, and what counts as done without posting. */
import { problem, type Problem } from '../core/problem.ts';
import { isOpen, type TransferState } from '../core/states.ts';
import { isVendorFailure } from '../platform/failures.ts';
import { loadConnection } from '../store/connections.ts';
import { audit } from '../store/audit.ts';
import { closeProblems, logProblems } from '../store/problems.ts';
import type { TenantTx } from '../store/tenant.ts';
import { withTenant } from '../store/tenant.ts';
import { loadTransfersOf, moveTransfers, saveSeen, type Move, type Transfer } from '../store/transfers.ts';
import type { Tenant } from './lease.ts';
import { chunksOf } from '../core/rows.ts';
import { underLease, WrongUse } from './requests.ts';
import type { Services } from './services.ts';
import { limitsOf, openAutotask } from './vendors.ts';

/** What became of each invoice that was named. */
export interface Acted {
  readonly done: readonly number[];
  /** Those that it was not done to, each with the reason in words. */
  readonly left: readonly { readonly autotaskInvoiceId: number; readonly reason: string }[];
}

interface Request {
  readonly invoiceIds: readonly number[];
  readonly reason: string;
  readonly by: string;
  /** Product milliseconds to wait for a busy connection. */
  readonly waitMs: number;
}

/** What stands where a reason would, when a person gave none: said plainly, never made up. */
export const NO_REASON = 'no reason given';

const REASON_MAX = 500;

/** Says why in one line, at most 500 characters. @throws WrongUse */
export function checkedReason(reason: string): string {
  const text = reason.replaceAll(/\s+/g, ' ').trim();
  if (text === '') throw new WrongUse('Say why: --reason "..." (it stands in the report and in the audit log).');
  if ([...text].length > REASON_MAX) throw new WrongUse(`The reason is longer than ${String(REASON_MAX)} characters.`);
  return text;
}

/** No run posts these until they are released; an invoice that no run has seen yet may be held too. */
export function holdInvoices(services: Services, tenant: Tenant, request: Request): Promise<Acted> {
  const cause = problem('on-hold', { reason: checkedReason(request.reason) });
  return act(services, tenant, { ...request, action: 'held', creates: true }, (transfer) =>
    isOpen(transfer.state) && !isCopy(transfer)
      ? [move(transfer, 'held', 'on-hold', [...transfer.problems.filter((one) => one.code !== 'on-hold'), cause])]
      : whyNot(transfer),
  );
}

export interface Released extends Acted {
  /** Those that a person had put on hold, each with that person's words: who takes the release back gives them again. */
  readonly held: readonly { readonly autotaskInvoiceId: number; readonly reason: string }[];
}

/** The next run decides anew: ends a hold, and takes back "done without posting". */
export async function releaseInvoices(services: Services, tenant: Tenant, request: Request): Promise<Released> {
  const reasons = new Map<number, string>();
  const acted = await act(services, tenant, { ...request, action: 'released', creates: false }, (transfer) => {
    const reason = transfer.problems.find((one) => one.code === 'on-hold')?.facts['reason'];
    if (isCopy(transfer)) return whyNot(transfer);
    if (transfer.state === 'held' && reason !== undefined) reasons.set(transfer.autotask_invoice_id, reason);
    if (transfer.state === 'held') return [releasing(transfer)];
    if (transfer.state === 'skipped') return [move(transfer, 'seen', 'released', [])];
    return isOpen(transfer.state) ? 'it is not on hold; the next run takes it by itself' : whyNot(transfer);
  });
  return { ...acted, held: [...reasons].map(([autotaskInvoiceId, reason]) => ({ autotaskInvoiceId, reason })) };
}

export interface MarkDone extends Request {
  /** Also writes Autotask's mark: the date of processing, and the number where one is given. */
  readonly mark: { readonly number: string | null } | null;
}

/** Counts as done without posting: entered by hand, posted by another program, or not to be billed at all. */
export async function markDone(services: Services, tenant: Tenant, request: MarkDone): Promise<Acted> {
  const reason = checkedReason(request.reason);
  if (request.mark?.number != null && request.invoiceIds.length !== 1)
    throw new WrongUse('A number can be written for one invoice at a time.');
  const acted = await act(services, tenant, { ...request, action: 'marked-done', creates: true }, (transfer) => {
    const cause = problem('marked-done', { reason, invoiceId: String(transfer.autotask_invoice_id) });
    if (isOpen(transfer.state)) return [move(transfer, 'skipped', 'marked-done', [cause])];
    return transfer.state === 'skipped'
      ? [
          move(transfer, 'seen', 'marked-done', []),
          { ...move(transfer, 'skipped', 'marked-done', [cause]), from: 'seen' },
        ]
      : whyNot(transfer);
  });
  if (request.mark !== null) await writeMarks(services, tenant, acted.done, request.mark.number);
  return acted;
}

async function writeMarks(
  services: Services,
  tenant: Tenant,
  invoiceIds: readonly number[],
  number: string | null,
): Promise<void> {
  const connection = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  if (connection === null) throw new WrongUse('There is no such connection.');
  const autotask = openAutotask(services, tenant, connection, (await limitsOf(services, tenant)).autotask);
  for (const id of invoiceIds)
    await autotask.markInvoice({ id, processedAt: services.clock.now(), ...(number === null ? {} : { number }) });
}

/** The old app's ERROR stays in Autotask until the invoice is posted: that it counts no more is remembered (design.md section 2). */
function releasing(transfer: Transfer): Move {
  const released = move(transfer, 'waiting', 'released', []);
  const isLegacy = transfer.problems.some((one) => one.code === 'legacy-error');
  return isLegacy ? { ...released, set: { ...released.set, legacy_released: true } } : released;
}

const move = (transfer: Transfer, to: TransferState, reason: string, problems: readonly Problem[]): Move => ({
  transferId: transfer.transfer_id,
  from: transfer.state,
  to,
  reason,
  set: { problems },
});

/** Added beside an invoice that is in QuickBooks already, because a person asked for it. */
const isCopy = (transfer: Transfer): boolean => transfer.copy_number > 0;

/** Why nothing can be decided about it any more, in words. */
export function whyNot(transfer: Transfer): string {
  if (isCopy(transfer) && isOpen(transfer.state))
    return 'it is a copy that a person asked for, which no run takes by itself: copy it again, or mark it done';
  switch (transfer.state) {
    case 'posted':
    case 'written_back':
      return `it is in QuickBooks already as ${transfer.quickbooks_number ?? transfer.quickbooks_id ?? ''}`;
    case 'voided':
      return 'it is voided in QuickBooks';
    case 'posting':
    case 'verifying':
      return 'it is on its way to QuickBooks; look again when the run has ended';
    case 'skipped':
      return 'it is left out by a rule already';
    default:
      return `it is ${transfer.state}`;
  }
}

/** Moves each invoice, and the copies of it that met an obstacle, under the lease, with history and audit; answers what was done and what not. */
async function act(
  services: Services,
  tenant: Tenant,
  request: Request & { action: string; creates: boolean },
  decide: (transfer: Transfer) => Move[] | string,
): Promise<Acted> {
  const ids = [...new Set(request.invoiceIds)];
  const strangers = request.creates ? await strangersAmong(services, tenant, ids) : new Set<number>();
  return underLease(services, tenant, { purpose: request.action, waitMs: request.waitMs }, (lease) =>
    lease.write(async (tx) => {
      const at = services.clock.now();
      if (request.creates) {
        const known = ids.filter((id) => !strangers.has(id));
        await makeMissing(services, tenant, tx, known, at);
      }
      const transfers = (await loadTransfersOf(tx, ids)).filter((one) => !isCopy(one) || isOpen(one.state));
      const decided = transfers.map((transfer) => ({ transfer, moves: decide(transfer) }));
      const context = { at, actor: request.by, runId: null, fence: lease.fence };
      const done = decided.flatMap(({ transfer, moves }) => (typeof moves === 'string' ? [] : [{ transfer, moves }]));
      // One after the other: a row may move twice.
      for (const step of [0, 1])
        await moveTransfers(
          tx,
          done.flatMap((one) => one.moves[step] ?? []),
          context,
        );
      await log(services, tenant, tx, done, at);
      for (const { transfer } of done)
        await audit(
          tx,
          { ...tenant, at },
          {
            actor: request.by,
            action: request.action,
            subject: `invoice ${String(transfer.autotask_invoice_id)}`,
            detail: { reason: request.reason },
          },
        );
      const known = new Set(transfers.map((one) => one.autotask_invoice_id));
      const acted = new Set(done.map((one) => one.transfer.autotask_invoice_id));
      return {
        done: [...acted],
        left: [
          ...decided.flatMap(({ transfer, moves }) =>
            typeof moves === 'string' && !acted.has(transfer.autotask_invoice_id)
              ? [{ autotaskInvoiceId: transfer.autotask_invoice_id, reason: moves }]
              : [],
          ),
          ...ids
            .filter((id) => !known.has(id))
            .map((id) => ({ autotaskInvoiceId: id, reason: strangers.has(id) ? STRANGER : 'no run has seen it yet' })),
        ],
      };
    }),
  );
}

const STRANGER =
  'Autotask shows no invoice with this id (it is the id, not the number; or the API user may not see it)';
const PAGE = 500;

/**
 * Ids that neither the ledger nor Autotask knows: a slip of the hand must not read “on hold” while the invoice that was
 * meant goes. Where Autotask cannot be asked nothing is a stranger; nothing goes then either.
 */
async function strangersAmong(services: Services, tenant: Tenant, ids: readonly number[]): Promise<Set<number>> {
  const { known, connection } = await withTenant(services.database, tenant, async (tx) => ({
    known: new Set((await loadTransfersOf(tx, ids)).map((one) => one.autotask_invoice_id)),
    connection: await loadConnection(tx, tenant.connectionId),
  }));
  const unseen = ids.filter((id) => !known.has(id));
  if (unseen.length === 0 || connection === null) return new Set();
  const found = new Set<number>();
  try {
    const autotask = openAutotask(services, tenant, connection, (await limitsOf(services, tenant)).autotask);
    for (const chunk of chunksOf(unseen, PAGE)) {
      const page = await autotask.fetchInvoicesByIds(chunk);
      for (const one of [...page.rows, ...page.unreadable]) found.add(one.id);
    }
  } catch (error) {
    if (isVendorFailure(error)) return new Set();
    throw error;
  }
  return new Set(unseen.filter((id) => !found.has(id)));
}

async function makeMissing(
  services: Services,
  tenant: Tenant,
  tx: TenantTx,
  ids: readonly number[],
  at: Date,
): Promise<void> {
  await saveSeen(
    tx,
    { ...tenant, runId: null, at },
    ids.map((invoiceId) => ({ transferId: services.ids.uuid(), invoiceId, copyNumber: 0 })),
  );
}

async function log(
  services: Services,
  tenant: Tenant,
  tx: TenantTx,
  done: readonly { transfer: Transfer; moves: readonly Move[] }[],
  at: Date,
): Promise<void> {
  const ends = done.map(({ transfer, moves }) => ({ transfer, problems: moves.at(-1)?.set.problems ?? [] }));
  await logProblems(
    tx,
    { ...tenant, at, runId: null },
    ends.flatMap(({ transfer, problems }) =>
      problems
        .filter((one) => one.who !== 'nobody')
        .map((one) => ({
          problemId: services.ids.uuid(),
          transferId: transfer.transfer_id,
          invoiceId: transfer.autotask_invoice_id,
          problem: one,
          reference: null,
        })),
    ),
  );
  await closeProblems(
    tx,
    at,
    ends.map(({ transfer, problems }) => ({
      transferId: transfer.transfer_id,
      codes: problems.map((one) => one.code),
    })),
  );
}
