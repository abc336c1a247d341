/**
 * One run from its row to its report. Re-entrant: a run that a dead worker left is simply done again, because every step
 * looks at the ledger first. The order: gather, create names, post, write back, settle doubt, report.
 */
import { compareItems } from '../core/compare-items.ts';
import { regimeBySetting } from '../core/map-invoice.ts';
import { nameList, problem, type Problem } from '../core/problem.ts';
import { readSettings } from '../core/settings.ts';
import { composeItemComparison } from '../mail/compose-items.ts';
import type { Mailer } from '../mail/mail.ts';
import { CredentialsRefused, isVendorFailure } from '../platform/failures.ts';
import type { CompanyProfile } from '../quickbooks/company.ts';
import { renderCustomer, renderItem } from '../quickbooks/invoice-body.ts';
import { saveCreations, type WantedCreation } from '../store/creations.ts';
import { loadConnection, loadSettingsVersion, updateConnection } from '../store/connections.ts';
import { loadDecisions } from '../store/links.ts';
import { loadLastFinished, loadQueue, saveProgress, settleQueue, startRun, type Run } from '../store/runs.ts';
import type { RunFailure, RunKind } from '../store/tables.ts';
import type { TenantTx } from '../store/tenant.ts';
import { hasSendable, loadKeysIn, loadTransfersIn, moveTransfers } from '../store/transfers.ts';
import { gatherCopy, NoSuchInvoice } from './copying.ts';
import { mailCustomers } from './customer-mails.ts';
import { Gathering, type Wanted } from './gathering.ts';
import { runCompareItems, runCopyItems } from './item-tools.ts';
import { labelUnmapped } from './labels.ts';
import { LeaseLost, type Lease } from './lease.ts';
import { MarkQuota } from './marking.ts';
import { createNames } from './naming.ts';
import { passPayments } from './payments.ts';
import { BATCH_MAX, logMoves, postReady } from './posting.ts';
import { runReactivate } from './reactivating.ts';
import { runReconcile } from './reconciling.ts';
import { composeReport, deliverMails, endWithReport, SCHEDULE } from './reporting.ts';
import { askedFor, moveContext, scopeNow, type RunContext, type Say } from './run-context.ts';
import type { Services } from './services.ts';
import { vendorSentence } from './vendor-cures.ts';
import { currentProfile, knowsProfile, openVendors, requireConnected, type Vendors } from './vendors.ts';
import { checkRefusals, healOpenBatches, verifyOnce, waitForDoubt } from './verifying.ts';
import { passVoids } from './voids.ts';
import { Patience, PatienceExhausted } from './waiting.ts';
import { writeBackPosted } from './write-back.ts';

/** Progress is written this often at most. */
const PROGRESS_MS = 1_500;
/** What fills Autotask's hour is free again an hour later. */
const QUOTA_PATIENCE_MS = 60 * 60_000;

export interface Worker {
  readonly services: Services;
  readonly mailer: Mailer | null;
  readonly say: Say;
}

/** Does the queued runs of a connection, oldest first, until `until` has ended or none is left. */
export async function workQueue(worker: Worker, lease: Lease, until: string | null): Promise<void> {
  await deliverMails(worker.services, lease, worker.mailer, null);
  for (;;) {
    const { connectionId } = lease.tenant;
    const { run, queuedAt } = await lease.read((tx) => loadQueue(tx, connectionId));
    const settle = (tx: TenantTx): Promise<void> =>
      settleQueue(tx, { connectionId, queuedAt, runId: run?.run_id ?? null });
    if (run === null) return queuedAt === null ? undefined : lease.write(settle);
    await executeRun(worker, lease, run, settle);
    if (run.run_id === until) return;
  }
}

/**
 * Does one run to its end; a failure becomes the run's state and report, only a lost lease and bugs are thrown.
 * @param settle the queue, in the transaction that begins the run
 */
async function executeRun(
  worker: Worker,
  lease: Lease,
  run: Run,
  settle: (tx: TenantTx) => Promise<void>,
): Promise<void> {
  const { services } = worker;
  const version = await lease.write(async (tx) => {
    await settle(tx);
    return startRun(tx, run.run_id, lease.fence, services.clock.now());
  });
  if (version === null) return;
  services.crash('run-started');
  const started = { ...run, settings_version: version, started_at: run.started_at ?? services.clock.now() };
  const opened = await openRun(worker, lease, started);
  const failure = await attempt(opened.ctx);
  await opened.vendors?.saveUsage();
  const state = failure === null ? 'finished' : 'failed';
  await endWithReport(opened.ctx, await composeReport(opened.ctx, state, failure), { state, failure });
  await deliverMails(services, lease, worker.mailer, run.run_id);
  await afterRun(opened.ctx);
}

async function openRun(worker: Worker, lease: Lease, run: Run): Promise<{ ctx: RunContext; vendors: Vendors | null }> {
  const { services, say } = worker;
  const { signal, tenant } = lease;
  const connection = await lease.read((tx) => loadConnection(tx, tenant.connectionId));
  const stored = await lease.read((tx) => loadSettingsVersion(tx, tenant.connectionId, run.settings_version));
  if (connection === null || stored === null) throw new Error('the run’s connection or settings are gone');
  const settings = readSettings(run.options.keepAutotaskTax === true ? { ...stored, 'tax.mode': 'autotask' } : stored);
  const progress = progressWriter(services, lease, run, say);
  const tell = (sentence: string): void => progress(sentence, 0, 0);
  let vendors: Vendors | null = null;
  const look = (): Promise<boolean> => vendors?.lookAtThreshold() ?? Promise.resolve(false);
  const wish = { waiter: run.requested_by === SCHEDULE ? 'schedule' : 'person', signal, onWait: tell } as const;
  const autotaskPatience = new Patience(services, { ...wish, lookAgain: look });
  const quickbooksPatience = new Patience(services, wish);
  // The schedule goes on with the next run; a person sees this one through as long as an hour can bring quota.
  const patienceMs = run.kind === 'automatic' ? 0 : QUOTA_PATIENCE_MS;
  const quota = new MarkQuota(services, { signal, patienceMs, say: tell });
  let refusal: unknown = null;
  try {
    vendors = await openVendors(services, tenant, connection, {
      autotask: (call) => autotaskPatience.through(call),
      marks: async (call) => {
        if (vendors !== null) await quota.room(vendors.autotaskLimits, look);
        return autotaskPatience.onceEach(call);
      },
      quickbooks: (call) => quickbooksPatience.through(call),
    });
  } catch (error) {
    refusal = error;
  }
  let profile: Promise<CompanyProfile> | null = null;
  let isStored = knowsProfile(services, connection);
  const refused = (): never => {
    throw refusal;
  };
  const ctx: RunContext = {
    services,
    lease,
    tenant,
    run,
    connection,
    settings,
    timeZone: settings['connection.timeZone'],
    markerKey: connection.marker_key ?? '',
    get autotask() {
      return vendors?.autotask ?? refused();
    },
    get marks() {
      return vendors?.marks ?? refused();
    },
    get quickbooks() {
      return vendors?.quickbooks ?? refused();
    },
    profile: () => (profile ??= currentProfile(services, tenant, connection, ctx.quickbooks)),
    async renewProfile() {
      if (!isStored) return null;
      isStored = false;
      profile = currentProfile(services, tenant, { ...connection, quickbooks_profile_at: null }, ctx.quickbooks);
      return profile;
    },
    patience: quickbooksPatience,
    say: progress,
    pace: { batchSize: BATCH_MAX, successes: 0 },
    writeBackFailed: new Set(),
    writeBack: { stopped: null },
    copy: { refusals: [], warnings: [] },
    outcome: { result: undefined, mails: [] },
  };
  return { ctx, vendors };
}

function progressWriter(services: Services, lease: Lease, run: Run, say: Say): Say {
  let last = 0;
  return (step, done, total) => {
    say(step, done, total);
    const now = services.clock.now().getTime();
    if (now - last < PROGRESS_MS) return;
    last = now;
    lease.write((tx) => saveProgress(tx, run.run_id, { step, done, total })).catch(() => undefined);
  };
}

/** Null when all is done; else why not. A vendor's trouble is no exception: the next run goes on where this one stopped. */
async function attempt(ctx: RunContext): Promise<RunFailure | null> {
  try {
    requireConnected(ctx.connection);
    // Reconciliation changes nothing, not even the ledger.
    if (ctx.run.kind !== 'reconcile') await healOpenBatches(ctx);
    await works[ctx.run.kind](ctx);
    return null;
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    ctx.services.log.error(
      { runId: ctx.run.run_id, error: error instanceof Error ? error.message : 'unknown' },
      'the run stopped',
    );
    if (error instanceof PatienceExhausted || isVendorFailure(error)) {
      const reference = 'reference' in error ? error.reference : null;
      const message = vendorSentence(error) ?? error.message;
      if (error instanceof NoSuchInvoice) return { kind: 'wrong-use', message };
      return { kind: 'vendor', message, reference, cause: `${error.name} ${error.vendor}` };
    }
    ctx.services.log.error({ stack: error instanceof Error ? error.stack : undefined }, 'fault');
    return { kind: 'fault', message: error instanceof Error ? error.message : 'unknown' };
  }
}

/** What each kind of run does; healing before it and the report after it are the same for all. */
const works: Readonly<Record<RunKind, (ctx: RunContext) => Promise<void>>> = {
  automatic: syncWindow,
  'sync-now': syncWindow,
  'manual-copy': copyOne,
  'void-pass': passVoids,
  'payment-pass': passPayments,
  'compare-items': runCompareItems,
  'copy-items': runCopyItems,
  reactivate: runReactivate,
  reconcile: runReconcile,
};

async function syncWindow(ctx: RunContext): Promise<void> {
  await checkRefusals(ctx);
  const gathering = new Gathering(ctx);
  await gathering.gatherWindow();
  await labelUnmapped(ctx);
  await tellFirstMatches(ctx, gathering);
  await orderNames(ctx, gathering.wanted);
  await createNames(ctx);
  await postAndSettle(ctx);
}

async function copyOne(ctx: RunContext): Promise<void> {
  const gathering = new Gathering(ctx);
  for (const id of askedFor(ctx) ?? []) await gatherCopy(ctx, gathering, id);
  await labelUnmapped(ctx);
  await orderNames(ctx, gathering.wanted);
  await createNames(ctx);
  await postAndSettle(ctx);
}

/** The first sync tells how the billing codes were matched (facts/mission.md A11), from what it has read anyway. */
async function tellFirstMatches(ctx: RunContext, gathering: Gathering): Promise<void> {
  const { directory } = gathering;
  if (directory === null) return;
  if ((await ctx.lease.read((tx) => loadLastFinished(tx, ['automatic', 'sync-now']))) !== null) return;
  const { regime } = await ctx.profile();
  const isUs = regimeBySetting(regime, ctx.settings['quickbooks.edition']) !== 'non-us';
  ctx.outcome.mails.push(
    composeItemComparison(compareItems(directory, ctx.settings['items.matchBy'], isUs), {
      connectionName: ctx.connection.name,
      publicUrl: ctx.services.config.publicUrl,
      about: 'first sync',
    }),
  );
}

/** Posts, writes back and settles doubt until nothing of this run remains but what waits for time or a person. */
async function postAndSettle(ctx: RunContext): Promise<void> {
  let learned = false;
  for (;;) {
    await postReady(ctx);
    const unsureMails = await mailCustomers(ctx);
    if (ctx.run.options.until !== 'posted' && ctx.writeBack.stopped === null) {
      if (!learned) learned = await learnThreshold(ctx);
      await writeBackPosted(ctx);
    }
    const doubtful = (await verifyOnce(ctx)) + unsureMails;
    const sendable = await ctx.lease.read((tx) =>
      hasSendable(tx, { isReviewed: ctx.settings['sync.review'], invoiceIds: askedFor(ctx) }),
    );
    const posted =
      ctx.run.options.until === 'posted' || ctx.writeBack.stopped !== null
        ? []
        : (await ctx.lease.read((tx) => loadKeysIn(tx, ['posted']))).filter(
            (one) => !ctx.writeBackFailed.has(one.transfer_id),
          );
    if (doubtful === 0 && !sendable && posted.length === 0) break;
    if (doubtful > 0 && !sendable && posted.length === 0) await waitForDoubt(ctx, doubtful);
  }
  // Everything else is through: that marks are missing is the run's outcome, and the next one goes on with them.
  if (ctx.writeBack.stopped !== null) throw ctx.writeBack.stopped;
}

/** What other integrations use of the hour counts; asked only when there is something to write back. */
async function learnThreshold(ctx: RunContext): Promise<boolean> {
  const posted = await ctx.lease.read((tx) => loadTransfersIn(tx, ['posted'], { limit: 1 }));
  if (posted.length === 0 || ctx.services.config.autotaskHourlyCeiling !== null) return false;
  try {
    ctx.autotask.learn(await ctx.autotask.fetchThreshold());
  } catch (error) {
    if (error instanceof CredentialsRefused) throw error;
    ctx.services.log.warn('the threshold cannot be read; half of the usual one is used');
  }
  return true;
}

/** Turns wanted names into intents, within the limits that a person has set; beyond them one problem names all. */
async function orderNames(ctx: RunContext, wanted: Wanted): Promise<void> {
  // What a person decided to create does not count against the limits.
  const decided = await ctx.lease.read(loadDecisions);
  const customers = limited(
    'customer',
    [...wanted.customers.values()].map((one) => ({ ...one, name: one.displayName })),
    { decided, limit: ctx.settings['customers.createLimitPerRun'] },
  );
  const items = limited('item', [...wanted.items.values()], {
    decided,
    limit: ctx.settings['items.createLimitPerRun'],
  });
  const intent = (kind: 'customer' | 'item', key: string, name: string, body: string): WantedCreation => ({
    creationId: ctx.services.ids.uuid(),
    kind,
    sourceKey: key,
    name,
    body,
  });
  const creations = [
    ...customers.allowed.map((one) => intent('customer', one.key, one.displayName, renderCustomer(one))),
    ...items.allowed.map((one) => intent('item', one.key, one.name, renderItem(one))),
  ];
  await ctx.lease.write((tx) => saveCreations(tx, scopeNow(ctx), creations));
  ctx.services.crash('creations-committed');
  const over = [customers.over, items.over].filter((one) => one !== null);
  if (over.length > 0) await parkOverLimit(ctx, over);
}

interface OverLimit {
  /** As a transfer names what it needs: `customer 12`, `item billing-code:7`. */
  readonly names: ReadonlySet<string>;
  readonly problem: Problem;
}

/** All within the limit (0 = none), else only what a person has decided; the rest is one problem. */
function limited<T extends { key: string; name: string }>(
  kind: 'customer' | 'item',
  all: readonly T[],
  rule: { decided: ReadonlyMap<string, Date>; limit: number },
): { allowed: readonly T[]; over: OverLimit | null } {
  const open = all.filter((one) => !rule.decided.has(`${kind} ${one.key}`));
  if (rule.limit === 0 || open.length <= rule.limit) return { allowed: all, over: null };
  const code = kind === 'customer' ? 'customer-create-limit' : 'item-create-limit';
  const facts = {
    count: String(open.length),
    limit: String(rule.limit),
    names: nameList(open.map((one) => one.name)),
  };
  return {
    allowed: all.filter((one) => !open.includes(one)),
    over: { names: new Set(open.map((one) => `${kind} ${one.key}`)), problem: problem(code, facts) },
  };
}

async function parkOverLimit(ctx: RunContext, over: readonly OverLimit[]): Promise<void> {
  const ready = await ctx.lease.read((tx) => loadTransfersIn(tx, ['ready']));
  const moves = ready.flatMap((transfer) => {
    const causes = over
      .filter((one) => transfer.needs_names.some((name) => one.names.has(name)))
      .map((one) => one.problem);
    const [first] = causes;
    return first === undefined
      ? []
      : [
          {
            transferId: transfer.transfer_id,
            from: 'ready' as const,
            to: 'parked' as const,
            reason: first.code,
            set: { problems: causes },
          },
        ];
  });
  await ctx.lease.write(async (tx) => {
    await moveTransfers(tx, moves, moveContext(ctx));
    await logMoves(ctx, tx, ready, moves);
  });
}

/** When the next automatic run is due. */
async function afterRun(ctx: RunContext): Promise<void> {
  if (ctx.run.kind !== 'automatic' && ctx.run.kind !== 'sync-now') return;
  const { services, tenant, lease } = ctx;
  const minutes = ctx.settings['sync.intervalMinutes'];
  const pause = services.clock.scaled(minutes * 60_000) * (1 + services.ids.fraction() * 0.05);
  await lease.write((tx) =>
    updateConnection(tx, tenant.connectionId, { next_run_at: new Date(services.clock.now().getTime() + pause) }),
  );
}
