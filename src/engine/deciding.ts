/**
 * Obstacles by cause, each with the actions that cure it; one decision frees everything that waits for it. What a decision
 * changes is kept (a link, a permission to create, a hold), and the next run goes by it.
 */
import type { ProblemCode } from '../core/problem.ts';
import { leavesWindowOn } from '../core/report.ts';
import { readSettings } from '../core/settings.ts';
import { audit } from '../store/audit.ts';
import { loadSettings } from '../store/connections.ts';
import { closeCause, loadCauses, type Cause } from '../store/problems.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import { loadTransfersIn, loadTransfersOf, moveTransfers, type Transfer } from '../store/transfers.ts';
import { showSettings } from './connecting.ts';
import {
  COUNT,
  INVOICES,
  isActive,
  isLinked,
  keysToCreate,
  kindOf,
  loadStanding,
  willCreate,
  type Standing,
} from './decided.ts';
import { holdInvoices, markDone, NO_REASON, releaseInvoices } from './holding.ts';
import type { Tenant } from './lease.ts';
import { allowNames, quickBooksRow, setLinks } from './linking.ts';
import { requestRun, seeThrough, WrongUse } from './requests.ts';
import type { Worker } from './running.ts';
import type { Undo } from './undoing.ts';

export type Action =
  | 'create'
  | 'link'
  | 'use-default'
  | 'hold'
  | 'release'
  | 'mark-done'
  | 'approve'
  | 'accept'
  | 'void'
  | 're-post'
  | 'reactivate';

/** What each action does, in words; `needs` names what it must be told. */
export const actionWords: Readonly<
  Record<Action, { readonly label: string; readonly needs: 'target' | 'reason' | null }>
> = {
  create: { label: 'Create it in QuickBooks', needs: null },
  link: { label: 'Choose which one it is in QuickBooks', needs: 'target' },
  'use-default': { label: 'Use the default item', needs: null },
  hold: { label: 'Hold these invoices', needs: 'reason' },
  release: { label: 'Release them', needs: null },
  'mark-done': { label: 'Mark them done without posting', needs: 'reason' },
  approve: { label: 'Approve the drafts', needs: null },
  accept: { label: 'Accept it as it is', needs: null },
  void: { label: 'Void them in QuickBooks', needs: null },
  're-post': { label: 'Void and post again with Autotask’s tax', needs: null },
  reactivate: { label: 'Make it active again in QuickBooks', needs: null },
};

const REST: readonly Action[] = ['hold', 'mark-done'];
const actionsByCode: Partial<Readonly<Record<ProblemCode, readonly Action[]>>> = {
  'customer-missing': ['create', 'link', ...REST],
  'customer-near-match': ['link', 'create', ...REST],
  'customer-inactive': ['reactivate', 'link', ...REST],
  'customer-create-limit': ['create', ...REST],
  'foreign-customer-missing': REST,
  'ambiguous-company': REST,
  'name-in-use': REST,
  'item-missing': ['create', 'link', 'use-default', ...REST],
  'item-is-category': ['link', 'use-default', ...REST],
  'item-wrong-type': ['link', 'use-default', ...REST],
  'item-inactive': ['reactivate', 'link', 'use-default', ...REST],
  'item-ambiguous': ['link', 'use-default', ...REST],
  'item-create-limit': ['create', ...REST],
  'no-billing-code': ['link', ...REST],
  'on-hold': ['release', 'mark-done'],
  'legacy-error': ['release', 'mark-done'],
  'differs-after-post': ['accept', 'void', 're-post'],
  'number-not-echoed': ['accept'],
  'number-missing': ['accept'],
  'cleared-in-autotask': ['accept'],
  'payment-reversed': ['accept'],
  'void-paid': ['accept'],
  'void-refused': ['accept'],
  'void-changed': ['accept'],
  'customer-mail-no-address': ['accept'],
  'customer-mail-refused': ['accept'],
  'customer-mail-doubt': ['accept'],
  'deleted-in-quickbooks': ['accept'],
  'number-in-use': REST,
  'found-but-different': REST,
};

/** Codes of obstacles before posting that need no cure of their own can at least be held. */
function actionsOf(cause: Cause): readonly Action[] {
  const actions =
    actionsByCode[cause.code as ProblemCode] ?? (cause.invoices.length > 0 && cause.who !== 'nobody' ? REST : []);
  // No run takes a copy by itself: there is nothing to hold.
  return cause.ofCopies ? actions.filter((one) => one !== 'hold') : actions;
}

export interface ShownCause extends Cause {
  readonly actions: readonly Action[];
  /** The day on which the first invoice that waits for it leaves the window, where that is within a week. */
  readonly leavesOn: string | null;
  /** What was decided since a run met it last, and the next one carries out. */
  readonly standing: Standing | null;
}

/** All that is in the way, by cause. */
export async function listCauses(worker: Pick<Worker, 'services'>, tenant: Tenant): Promise<ShownCause[]> {
  const { clock, database } = worker.services;
  const [causes, stored, standing] = await withTenant(database, tenant, async (tx) => {
    const found = await loadCauses(tx);
    return [found, await loadSettings(tx, tenant.connectionId), await loadStanding(tx, found)] as const;
  });
  const maxAgeDays = readSettings(stored?.settings ?? {})['invoices.maxAgeDays'];
  const leavesOn = ({ oldest }: Cause): string | null =>
    oldest === null ? null : leavesWindowOn({ createdAt: oldest.getTime(), now: clock.now().getTime(), maxAgeDays });
  return causes.map((cause) => ({
    ...cause,
    actions: actionsOf(cause),
    leavesOn: leavesOn(cause),
    standing: standing.get(cause.id) ?? null,
  }));
}

export interface Decision {
  readonly causeId: string;
  readonly action: string;
  /** `link`: QuickBooks id or exact name. */
  readonly target: string | null;
  readonly reason: string | null;
  readonly by: string;
  readonly waitMs: number;
}

export interface Decided {
  readonly cause: ShownCause;
  readonly action: Action;
  /** One sentence: what was done and what follows. */
  readonly text: string;
  /** How it is taken back before the next run; null where nothing can be taken back. */
  readonly undo: Undo | null;
}

/** Carries a decision out. @throws WrongUse with what is allowed */
export async function decide(worker: Worker, tenant: Tenant, decision: Decision): Promise<Decided> {
  const causes = await listCauses(worker, tenant);
  const cause = causes.find((one) => one.id === decision.causeId);
  if (cause === undefined)
    throw new WrongUse(`There is no open cause ${decision.causeId}; it may be cured already. See: errors list`);
  const action = cause.actions.find((one) => one === decision.action);
  if (action === undefined)
    throw new WrongUse(
      `“${decision.action}” does not cure this; ${cause.actions.length === 0 ? 'it has to be mended where it is' : `what does: ${cause.actions.join(', ')}`}.`,
    );
  const undo = await undoOf(worker, tenant, cause, action);
  const text = await carryOut(worker, tenant, cause, action, decision);
  return { cause, action, text, undo };
}

async function undoOf(worker: Worker, tenant: Tenant, cause: ShownCause, action: Action): Promise<Undo | null> {
  const kind = kindOf(cause);
  const key = cause.facts['key'];
  const base = { kind, keys: key === undefined ? [] : [key], invoices: [...cause.invoices] };
  if (cause.ofCopies && action === 'mark-done') return null;
  if (action === 'hold' || action === 'mark-done') return { ...base, action: 'release' };
  // What a person put on hold comes back with that person's words; no old app's mark can be put back.
  if (action === 'release')
    return cause.code === 'on-hold' ? { ...base, action: 'hold', keys: [], reason: cause.facts['reason'] } : null;
  if (action === 'link' || action === 'use-default') return { ...base, action: 'link' };
  if (action !== 'create') return null;
  const keys = await withTenant(worker.services.database, tenant, (tx) => keysToCreate(tx, cause, kind));
  return { ...base, action: 'create', keys };
}

const released = (count: number): string =>
  `${INVOICES(count)} released; the next run takes ${count === 1 ? 'it' : 'them'}.`;

async function carryOut(
  worker: Worker,
  tenant: Tenant,
  cause: ShownCause,
  action: Action,
  decision: Decision,
): Promise<string> {
  const { services } = worker;
  const { by, waitMs } = decision;
  const request = { invoiceIds: cause.invoices, reason: decision.reason ?? NO_REASON, by, waitMs };
  switch (action) {
    case 'create':
      return create(worker, tenant, cause, by);
    case 'link':
      return link(worker, tenant, cause, decision);
    case 'use-default':
      return useDefault(worker, tenant, cause, by);
    case 'hold':
      return `${INVOICES((await holdInvoices(services, tenant, request)).done.length)} put on hold.`;
    case 'release':
      return released((await releaseInvoices(services, tenant, request)).done.length);
    case 'mark-done':
      return `${INVOICES((await markDone(services, tenant, { ...request, mark: null })).done.length)} marked done without posting.`;
    case 'approve':
      return 'Approve the drafts with: invoices approve.';
    case 'accept':
      return accept(worker, tenant, cause, by);
    case 'void':
      await run(worker, tenant, { kind: 'void-pass', options: { invoiceIds: cause.invoices }, by });
      return `QuickBooks was asked to void ${COUNT(cause)}; the report says what became of ${cause.invoices.length === 1 ? 'it' : 'them'}.`;
    case 're-post':
      await postAgain(worker, tenant, cause, by);
      return `${COUNT(cause)} voided and posted again with Autotask’s tax.`;
    case 'reactivate':
      return reactivate(worker, tenant, cause, by);
  }
}

/** The customers have had no mail of the first copy, because it differed: where they were to have one, it is the second's. */
async function postAgain(worker: Worker, tenant: Tenant, cause: ShownCause, by: string): Promise<void> {
  const transfers = await withTenant(worker.services.database, tenant, (tx) => loadTransfersOf(tx, cause.invoices));
  const waits = transfers.filter((one) => one.customer_mail === 'waits').map((one) => one.autotask_invoice_id);
  await run(worker, tenant, { kind: 'void-pass', options: { invoiceIds: cause.invoices, silent: true }, by });
  for (const invoiceId of cause.invoices) {
    const mail = waits.includes(invoiceId) ? { mailCustomer: true } : {};
    await run(worker, tenant, {
      kind: 'manual-copy',
      options: { invoiceId, overwrite: true, keepAutotaskTax: true, ...mail },
      by,
    });
  }
}

async function run(worker: Worker, tenant: Tenant, wanted: Parameters<typeof requestRun>[2]): Promise<void> {
  const runId = await requestRun(worker.services, tenant, wanted);
  const done = await seeThrough(worker, tenant, runId, 600_000);
  if (done.failure !== null) throw new WrongUse(`It was not done: ${done.failure.message}`);
}

/** A permission for these names; behind a limit, for all names that wait for it. */
async function create(worker: Worker, tenant: Tenant, cause: ShownCause, by: string): Promise<string> {
  const kind = kindOf(cause);
  const names = await withTenant(worker.services.database, tenant, async (tx) => {
    const keys = await keysToCreate(tx, cause, kind);
    await allowNames(
      tx,
      tenant,
      keys.map((sourceKey) => ({ kind, sourceKey })),
      { at: worker.services.clock.now(), by },
    );
    await decided(tx, worker, tenant, cause, { action: 'create', by, detail: { keys } });
    return keys;
  });
  return willCreate(cause, names.length);
}

async function link(worker: Worker, tenant: Tenant, cause: ShownCause, decision: Decision): Promise<string> {
  const source = cause.facts['key'];
  if (source === undefined) throw new WrongUse('This cause names nothing that could be linked.');
  const target = decision.target ?? (cause.code === 'customer-near-match' ? (cause.facts['quickbooksId'] ?? '') : '');
  if (target === '') throw new WrongUse('Say to which: the id or exact name in QuickBooks.');
  const [made] = await setLinks(
    worker.services,
    tenant,
    [{ kind: kindOf(cause), source, quickbooks: target }],
    decision.by,
  );
  await withTenant(worker.services.database, tenant, (tx) =>
    decided(tx, worker, tenant, cause, { action: 'link', by: decision.by, detail: { target } }),
  );
  return isLinked(cause, made?.quickbooksName ?? '');
}

async function useDefault(worker: Worker, tenant: Tenant, cause: ShownCause, by: string): Promise<string> {
  const { settings } = await showSettings(worker.services, tenant);
  const wanted = settings['items.defaultItem'] ?? '';
  if (wanted === '')
    throw new WrongUse('Choose a “Default item” in the settings first (terminal: settings set items.defaultItem=NAME)');
  return link(worker, tenant, cause, {
    causeId: cause.id,
    action: 'link',
    target: wanted,
    reason: null,
    by,
    waitMs: 0,
  });
}

/** What was found after posting is accepted: the problem goes, the invoice stays; a mail that waited for it may go now. */
async function accept(worker: Worker, tenant: Tenant, cause: ShownCause, by: string): Promise<string> {
  const { services } = worker;
  await withTenant(services.database, tenant, async (tx) => {
    const at = services.clock.now();
    const copies = await loadTransfersOf(tx, cause.invoices);
    const transfers = copies.filter((one) => hasCause(one, cause));
    await moveTransfers(
      tx,
      transfers.map((one) => {
        const problems = one.problems.filter((other) => other.code !== cause.code || other.text !== cause.text);
        // The customer of one whose other copy was mailed has had the invoice.
        const isMailed = copies.some(
          (other) => other.autotask_invoice_id === one.autotask_invoice_id && hasMail.has(other.customer_mail),
        );
        const mayMail = one.customer_mail === 'waits' && problems.every((other) => other.who === 'nobody') && !isMailed;
        return {
          transferId: one.transfer_id,
          from: one.state,
          to: one.state,
          reason: null,
          set: { problems, ...(mayMail ? { customer_mail: 'wanted' as const } : {}) },
        };
      }),
      { at, actor: by, runId: null, fence: null },
    );
    await decided(tx, worker, tenant, cause, { action: 'accept', by, detail: {} });
    await closeCause(tx, at, cause);
  });
  return `Accepted for ${COUNT(cause)}.`;
}

const hasMail: ReadonlySet<string | null> = new Set(['wanted', 'sending', 'sent', 'doubt']);

const hasCause = (transfer: Transfer, cause: Cause): boolean =>
  transfer.problems.some((one) => one.code === cause.code && one.text === cause.text);

async function reactivate(worker: Worker, tenant: Tenant, cause: ShownCause, by: string): Promise<string> {
  const quickbooksId = cause.facts['quickbooksId'] ?? '';
  const kind = kindOf(cause);
  const row = await withTenant(worker.services.database, tenant, (tx) =>
    quickBooksRow(tx, kind, quickbooksId).catch(() => null),
  );
  await run(worker, tenant, { kind: 'reactivate', options: { reactivate: { kind, quickbooksId } }, by });
  return isActive(cause, row?.name ?? cause.facts['company'] ?? cause.facts['item'] ?? quickbooksId);
}

const decided = (
  tx: TenantTx,
  worker: Worker,
  tenant: Tenant,
  cause: ShownCause,
  what: { action: Action; by: string; detail: Record<string, unknown> },
): Promise<void> =>
  audit(
    tx,
    { ...tenant, at: worker.services.clock.now() },
    {
      actor: what.by,
      action: `decided: ${what.action}`,
      subject: `${cause.code} (${COUNT(cause)})`,
      detail: { cause: cause.text, invoices: cause.invoices, ...what.detail },
    },
  );

/** Approves drafts that wait for review: the very draft, by its hash. All, or those named. */
export async function approveDrafts(
  worker: Pick<Worker, 'services'>,
  tenant: Tenant,
  request: { invoiceIds: readonly number[] | 'all'; by: string },
): Promise<{ approved: number[]; notWaiting: number[] }> {
  const { services } = worker;
  const wanted = request.invoiceIds === 'all' ? null : new Set(request.invoiceIds);
  const approved = await withTenant(services.database, tenant, async (tx) => {
    const waiting = (await loadTransfersIn(tx, ['ready'])).filter(
      (one) =>
        one.draft_hash !== null &&
        one.approved_hash !== one.draft_hash &&
        (wanted === null || wanted.has(one.autotask_invoice_id)),
    );
    const at = services.clock.now();
    await moveTransfers(
      tx,
      waiting.map((one) => ({
        transferId: one.transfer_id,
        from: 'ready' as const,
        to: 'ready' as const,
        reason: null,
        set: {
          approved_hash: one.draft_hash,
          problems: one.problems.filter((cause) => cause.code !== 'awaits-approval'),
        },
      })),
      { at, actor: request.by, runId: null, fence: null },
    );
    for (const one of waiting)
      await audit(
        tx,
        { ...tenant, at },
        {
          actor: request.by,
          action: 'approved',
          subject: `invoice ${String(one.autotask_invoice_id)}`,
          detail: { draft: one.draft_hash },
        },
      );
    return waiting.map((one) => one.autotask_invoice_id);
  });
  return { approved, notWaiting: [...(wanted ?? [])].filter((id) => !approved.includes(id)) };
}
