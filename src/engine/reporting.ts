/** The report of a run: from the ledger into one value, and from that value into mails; saved with the run's end, all at once. */
import { reportAddresses } from '../core/address.ts';
import { windowStart } from '../core/dates.ts';
import { amountText, decimal, ZERO } from '../core/money.ts';
import type { Rows } from '../core/rows.ts';
import { PackedRows } from '../platform/packed-rows.ts';
import { buildReport, hasNews, withWarning, type ReportRow, type RunReport } from '../core/report.ts';
import type { SideLine } from '../core/side-by-side.ts';
import { isInQuickBooks } from '../core/states.ts';
import { problem, type Problem } from '../core/problem.ts';
import { composeErrorAlert, type Alert } from '../mail/compose-lists.ts';
import { composeRunReport, type Mail } from '../mail/compose-report.ts';
import { MailRefused, MailUncertain, type Mailer } from '../mail/mail.ts';
import { parseExact } from '../platform/exact-json.ts';
import { sideOfForm } from '../quickbooks/sales-form.ts';
import { loadSettings, saveSettings } from '../store/connections.ts';
import { DUE_MAILS, loadDueMails, recordMail, saveMail, type OutboxMail } from '../store/outbox.ts';
import { endRun, hasBegunBatch } from '../store/runs.ts';
import { claimAlert, closeStops, hasNewProblem, logProblems } from '../store/problems.ts';
import type { RunFailure, RunKind } from '../store/tables.ts';
import type { TenantTx } from '../store/tenant.ts';
import {
  autotaskNumber,
  loadReportRows,
  loadTransfersOf,
  type ReportedTransfer,
  type Transfer,
} from '../store/transfers.ts';
import type { Lease } from './lease.ts';
import { askedFor, scopeNow, type ReportContext, type RunContext } from './run-context.ts';
import type { Services } from './services.ts';

const PAGE = 250;
/** A mail that the server does not take now is tried again at once, later and later; then it is recorded as failed. */
const MAIL_ATTEMPTS_MAX = 3;
const MAIL_PAUSE_MS = 5_000;
/** A server that is down or asks to come later (greylisting) is tried by later runs too, after so many minutes each. */
const LATER_MINUTES = [15, 60, 240, 720] as const;

/**
 * Everything of the window that was not done when the run was asked for, and all that happened since; as new counts only what
 * this run did, not what another one did while it waited.
 */
export async function composeReport(ctx: ReportContext, state: string, failure: RunFailure | null): Promise<RunReport> {
  return buildReport(
    {
      runId: ctx.run.run_id,
      kind: ctx.run.kind,
      state,
      connection: ctx.connection.name,
      requestedBy: ctx.run.requested_by,
      startedAt: ctx.run.started_at?.toISOString() ?? null,
      endedAt: ctx.services.clock.now().toISOString(),
      failure: failure?.message ?? null,
    },
    await rowsOf(ctx),
  );
}

function rowsOf(ctx: ReportContext): Promise<Rows<ReportRow>> {
  switch (ctx.run.kind) {
    case 'automatic':
    case 'sync-now':
      return windowRows(ctx, () => true);
    case 'manual-copy':
      return copyRows(ctx);
    case 'void-pass':
      return windowRows(ctx, (row) => row.changed === 'voided' || isAbout(row, VOID_CODES));
    case 'payment-pass':
      return windowRows(
        ctx,
        (row) => row.changed === 'paid' || row.changed === 'partly-paid' || isAbout(row, PAYMENT_CODES),
      );
    case 'compare-items':
    case 'copy-items':
    case 'reactivate':
    case 'reconcile':
      return Promise.resolve([]);
  }
}

const VOID_CODES = ['void-paid', 'void-refused', 'void-changed'];
const PAYMENT_CODES = ['payment-reversed', 'paid-date-failed'];
const isAbout = (row: ReportRow, codes: readonly string[]): boolean =>
  row.problems.some((one) => codes.includes(one.code));

/** Since when things are this run's doing: until then another may have been at work. */
const begun = ({ run }: ReportContext): Date => run.started_at ?? run.requested_at;

/** The ledger's rows of the window and of this run, page by page. */
async function windowRows(
  ctx: ReportContext,
  isOfInterest: (row: ReportRow) => boolean,
): Promise<PackedRows<ReportRow>> {
  const since = ctx.run.requested_at;
  const maxAgeDays = ctx.settings['invoices.maxAgeDays'];
  const from = windowStart(since.toISOString(), maxAgeDays, ctx.timeZone);
  const rows = new PackedRows<ReportRow>();
  let after = { invoiceId: -1, copyNumber: -1 };
  for (;;) {
    const at = after;
    const page = await ctx.lease.read((tx) =>
      loadReportRows(tx, { since, windowStart: new Date(from) }, { after: at, limit: PAGE }),
    );
    const told = page.map((row) => {
      const age = { createdAt: row.source_created_at?.getTime() ?? null, now: since.getTime(), maxAgeDays };
      return withWarning(rowOf(row, begun(ctx)), age);
    });
    rows.add(told.filter(isOfInterest));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return rows;
    after = { invoiceId: last.autotask_invoice_id, copyNumber: last.copy_number };
  }
}

/**
 * A manual copy reports the invoices that were asked for, and what it posted besides because a dead run had left it ready; a
 * refusal is told on the copy that is there, ours or a stranger's.
 */
async function copyRows(ctx: ReportContext): Promise<ReportRow[]> {
  const invoiceIds = askedFor(ctx) ?? [];
  const rows = (await ctx.lease.read((tx) => loadTransfersOf(tx, invoiceIds))).map((row): ReportRow => {
    const told = rowOf(row, begun(ctx));
    return told.isNew ? { ...told, lines: linesSent(row) } : told;
  });
  const asked = invoiceIds.flatMap((id) => {
    const mine = rows.filter((row) => row.autotaskInvoiceId === id).map((row) => warned(ctx, row));
    const refusal = ctx.copy.refusals.find((one) => one.facts['invoiceId'] === String(id));
    return refusal === undefined ? mine : [refusedRow(id, mine, refusal)];
  });
  const besides = await windowRows(ctx, (row) => row.isNew && !invoiceIds.includes(row.autotaskInvoiceId));
  return [...asked, ...besides];
}

/** The lines of the body that went to QuickBooks; none of what was adopted. */
const linesSent = ({ draft_body: body, draft_entity: kind }: Transfer): readonly SideLine[] =>
  body === null ? [] : (sideOfForm({ Id: '', ...(parseExact(body) as object) }, kind ?? 'Invoice')?.lines ?? []);

/** A copy beside another carries what its person should know of that one. */
const warned = (ctx: ReportContext, row: ReportRow): ReportRow =>
  row.isNew && row.copyNumber > 0
    ? {
        ...row,
        problems: [
          ...row.problems,
          ...ctx.copy.warnings.filter((one) => one.facts['invoiceId'] === String(row.autotaskInvoiceId)),
        ],
      }
    : row;

function refusedRow(autotaskInvoiceId: number, rows: readonly ReportRow[], refusal: Problem): ReportRow {
  const { quickbooksId = '', quickbooksNumber = '' } = refusal.facts;
  const held = rows.find((row) => quickbooksId === '' || row.quickbooksId === quickbooksId);
  // What is the matter with it is what the refusal says.
  if (held !== undefined)
    return { ...held, problems: isInQuickBooks(held.state) ? [...held.problems, refusal] : [refusal] };
  const stranger = {
    invoiceNumber: null,
    company: null,
    invoiceDate: null,
    total: null,
    tax: null,
    quickbooksTotal: null,
    currency: null,
  };
  return {
    autotaskInvoiceId,
    copyNumber: 0,
    state: 'parked',
    quickbooksId,
    quickbooksNumber,
    adopted: false,
    isNew: false,
    problems: [refusal],
    ...stranger,
  };
}

/** At least two decimals, as people and other programs expect amounts. */
const amountOf = (text: string | null): string | null => (text === null ? null : amountText(decimal(text)));

export const rowOf = (row: ReportedTransfer, since: Date): ReportRow => ({
  autotaskInvoiceId: row.autotask_invoice_id,
  copyNumber: row.copy_number,
  invoiceNumber: autotaskNumber(row),
  company: row.company_name,
  invoiceDate: row.invoice_date,
  state: row.state,
  quickbooksId: row.quickbooks_id,
  quickbooksNumber: row.quickbooks_number,
  total: amountOf(row.source_total),
  tax: amountOf(row.source_tax),
  quickbooksTotal: amountOf(row.quickbooks_total),
  currency: row.currency,
  adopted: row.adopted,
  ...(row.customer_mail === null
    ? {}
    : { customerMail: { state: row.customer_mail, address: row.customer_mail_address } }),
  ...(row.balance === null ? {} : { balance: amountOf(row.balance) }),
  ...(row.paid_on === null ? {} : { paidOn: row.paid_on }),
  ...changeOf(row, since),
  isNew: isInQuickBooks(row.state) && row.posted_at !== null && row.posted_at >= since,
  problems: row.problems,
});

/** Something of it is paid and something open; one that is paid in full is told when its date is in Autotask. */
const isPartlyPaid = (row: ReportedTransfer): boolean =>
  row.balance !== null &&
  row.quickbooks_total !== null &&
  decimal(row.balance).gt(ZERO) &&
  decimal(row.balance).lt(decimal(row.quickbooks_total));

/** What a run did to it beside posting, or saw of it. */
function changeOf(row: ReportedTransfer, since: Date): Pick<ReportRow, 'changed'> {
  if (row.voided_at !== null && row.voided_at >= since) return { changed: 'voided' };
  if (row.paid_written_at !== null && row.paid_written_at >= since) return { changed: 'paid' };
  if (isPartlyPaid(row) && row.changed_at >= since && row.posted_at !== null && row.posted_at < since)
    return { changed: 'partly-paid' };
  const isOut = row.state === 'skipped' && row.problems[0]?.code === 'outside-window' && row.changed_at >= since;
  return isOut ? { changed: 'left-window' } : {};
}

/** Ends the run: its state, its report, its mails and "next batch, then off" in one transaction: a crash leaves all or none. */
export async function endWithReport(
  ctx: RunContext,
  report: RunReport,
  end: { state: 'finished' | 'failed'; failure: RunFailure | null },
): Promise<void> {
  ctx.services.crash('report-composed');
  await ctx.lease.write(async (tx) => {
    const at = ctx.services.clock.now();
    await logRunFailure(ctx, tx, end.failure);
    const result = ctx.outcome.result;
    if (!(await endRun(tx, ctx.run.run_id, { state: end.state, at, failure: end.failure, report, result }))) return;
    if (ctx.run.kind === 'automatic' && end.state === 'finished') await turnOffAfterBatch(ctx, tx, report);
    await saveMails(ctx, tx, report, end.failure);
  });
  ctx.services.crash('run-ended');
}

/**
 * "Next batch, then off" is off once a batch went, with its marks; a run that found nothing to post was no batch
 * (facts/mission.md A3), and one that stopped in the middle leaves the rest of the batch to the next.
 */
async function turnOffAfterBatch(ctx: RunContext, tx: TenantTx, report: RunReport): Promise<void> {
  if (ctx.settings['sync.status'] !== 'next-batch') return;
  if (report.counts.posted === 0 && !(await hasBegunBatch(tx))) return;
  for (;;) {
    const current = await loadSettings(tx, ctx.tenant.connectionId);
    if (current?.settings['sync.status'] !== 'next-batch') return;
    const settings = { ...current.settings, 'sync.status': 'paused' };
    const at = ctx.services.clock.now();
    const next = { ...ctx.tenant, version: current.version + 1, settings, at, by: 'next-batch' };
    // A person saved at the same moment: once more, over theirs.
    if (await saveSettings(tx, next)) return;
  }
}

/** What this end of a run has to tell, into the outbox of the same transaction. @param failure what an alert would tell of */
export async function saveMails(
  ctx: ReportContext,
  tx: TenantTx,
  report: RunReport,
  failure: RunFailure | null,
): Promise<void> {
  for (const { mail, recipients, isReport } of await mailsOf(ctx, tx, report, failure))
    for (const recipient of recipients) await saveRunMail(ctx, tx, { mail, recipient, isReport });
}

/** One mail per run and address is the run's own; what comes beside it (first matches, an alert) belongs to none. */
const saveRunMail = (
  ctx: ReportContext,
  tx: TenantTx,
  { mail, recipient, isReport }: { mail: Mail; recipient: string; isReport: boolean },
): Promise<void> =>
  saveMail(
    tx,
    { ...ctx.tenant, at: ctx.services.clock.now() },
    {
      ...mail,
      mailId: ctx.services.ids.uuid(),
      runId: isReport ? ctx.run.run_id : null,
      recipient,
      state: ctx.services.config.smtpUrl === null ? 'kept' : 'queued',
    },
  );

const stopProblem = (failure: RunFailure): Problem =>
  problem('run-stopped', { detail: failure.message.replace(/[.]+$/, '') });

/** A run that stopped stands in the error log until one of its kind gets through. */
async function logRunFailure(ctx: RunContext, tx: TenantTx, failure: RunFailure | null): Promise<void> {
  if (failure === null) return closeStops(tx, ctx.services.clock.now(), provenBy(ctx.run.kind));
  await logProblems(tx, scopeNow(ctx), [
    {
      problemId: ctx.services.ids.uuid(),
      transferId: null,
      invoiceId: null,
      problem: stopProblem(failure),
      reference: failure.reference ?? null,
    },
  ]);
}

/** Of which kinds a stop is over when this one came through. What a person asked for is over when a sync is, too. */
function provenBy(kind: RunKind): readonly RunKind[] {
  switch (kind) {
    case 'automatic':
    case 'sync-now':
      return ['automatic', 'sync-now', 'manual-copy', 'compare-items', 'copy-items', 'reactivate', 'reconcile'];
    default:
      return [kind];
  }
}

const HOUR_MS = 3_600_000;

/** Which mails this end of a run sends to whom. The schedule tells news only, and a stop at most once an hour and cause. */
async function mailsOf(
  ctx: ReportContext,
  tx: TenantTx,
  report: RunReport,
  failure: RunFailure | null,
): Promise<{ mail: Mail; recipients: readonly string[]; isReport: boolean }[]> {
  if (ctx.run.options.silent === true) return [];
  const place = { connectionName: ctx.connection.name, publicUrl: ctx.services.config.publicUrl };
  const everybody = recipientsOf(ctx);
  const isReporting = reportingKinds.has(ctx.run.kind);
  // A tool's result goes to everybody; the matches of the first sync to the connecting mailbox (facts/mission.md A11).
  const mails = ctx.outcome.mails.map((mail) => ({
    mail,
    recipients: isReporting ? everybody.slice(0, 1) : everybody,
    isReport: !isReporting,
  }));
  const isScheduled = ctx.run.requested_by === SCHEDULE;
  // A copy is told, made or not (facts/mission.md A11).
  const isNews =
    isReporting &&
    (isScheduled ? await hasScheduledNews(ctx, tx, report) : ctx.run.kind === 'manual-copy' || hasNews(report));
  if (isReporting && (isNews || ctx.settings['reports.always']))
    return [...mails, { mail: composeRunReport(report, place), recipients: everybody, isReport: true }];
  if (failure !== null && isScheduled) {
    const alert = await alertOf(ctx, tx, failure);
    return alert === null
      ? mails
      : [...mails, { mail: composeErrorAlert([alert], place), recipients: everybody, isReport: true }];
  }
  // Nothing was processed: only those hear of it whom a person named for this run.
  const named = ctx.run.options.emails ?? [];
  return isReporting && named.length > 0
    ? [...mails, { mail: composeRunReport(report, place), recipients: named, isReport: true }]
    : mails;
}

/** Kinds whose mail is the report itself; the item tools compose their own. */
const reportingKinds: ReadonlySet<RunKind> = new Set([
  'automatic',
  'sync-now',
  'manual-copy',
  'void-pass',
  'payment-pass',
]);

/** The schedule's runs are asked for by this name. */
export const SCHEDULE = 'schedule';

/** Something was done, or an obstacle came up that was not told before. */
async function hasScheduledNews(ctx: ReportContext, tx: TenantTx, report: RunReport): Promise<boolean> {
  const { counts } = report;
  if (counts.posted + (counts.voided ?? 0) + (counts.paid ?? 0) > 0) return true;
  return hasNewProblem(tx, ctx.run.requested_at);
}

async function alertOf(ctx: ReportContext, tx: TenantTx, failure: RunFailure): Promise<Alert | null> {
  // Numbers differ from try to try; where no cause is known it is the sentence without them.
  const cause = `run-stopped ${failure.cause ?? failure.message.replaceAll(/\d+/g, '#').slice(0, 200)}`;
  const at = ctx.services.clock.now();
  const claim = await claimAlert(tx, { ...ctx.tenant, at }, cause, ctx.services.clock.scaled(HOUR_MS));
  if (!claim.tell) return null;
  const { text, remedy, who } = stopProblem(failure);
  return {
    text,
    remedy,
    who,
    at: at.toISOString(),
    autotaskInvoiceId: null,
    reference: failure.reference ?? null,
    occurrences: claim.suppressed + 1,
    since: claim.suppressed === 0 ? null : (claim.lastTold?.toISOString() ?? null),
  };
}

/** The main address, the standing ones and those of this run, each once. */
const recipientsOf = (ctx: ReportContext): string[] =>
  reportAddresses(ctx.settings, ctx.connection.report_email, ctx.run.options.emails ?? []);

/**
 * Sends what is due, under the lease, so that no two processes send the same mail. Of what other runs left (`runId` null) a
 * server that does not answer holds up nothing: the first delay ends the round.
 */
export async function deliverMails(
  services: Services,
  lease: Lease,
  mailer: Mailer | null,
  runId: string | null,
): Promise<void> {
  if (mailer === null) return;
  for (let attempt = 1; attempt <= MAIL_ATTEMPTS_MAX;) {
    let again = false;
    const due = await lease.read((tx) => loadDueMails(tx, services.clock.now(), runId));
    for (const mail of due) {
      const outcome = await deliver(services, mailer, mail);
      services.crash('mail-sent');
      await lease.write((tx) => recordMail(tx, mail.mail_id, { ...outcome, at: services.clock.now() }));
      if (outcome.nextTryAt !== null && runId === null) return;
      again ||= outcome.state === 'queued';
    }
    if (due.length === DUE_MAILS) continue;
    if (!again) return;
    await services.clock.sleep(MAIL_PAUSE_MS * 2 ** (attempt - 1) + 1, lease.signal);
    attempt += 1;
  }
}

interface Delivery {
  readonly state: 'queued' | 'sent' | 'failed';
  /** When it is tried again by itself; null: never. */
  readonly nextTryAt: Date | null;
  readonly error: string | null;
}

async function deliver(services: Services, mailer: Mailer, mail: OutboxMail): Promise<Delivery> {
  try {
    await mailer.send({
      id: mail.mail_id,
      to: mail.recipient,
      subject: mail.subject,
      text: mail.text_body,
      html: mail.html_body,
      attachments: mail.attachments,
    });
    return { state: 'sent', nextTryAt: null, error: null };
  } catch (error) {
    // A mail that may have arrived is told, never sent a second time (one mail per run and address).
    const isOver = error instanceof MailRefused || error instanceof MailUncertain;
    const message = error instanceof Error ? error.message : 'unknown';
    const attempt = mail.attempts + 1;
    services.log.warn({ mailId: mail.mail_id, attempt }, 'a mail was not accepted');
    const state = isOver || attempt >= MAIL_ATTEMPTS_MAX ? 'failed' : 'queued';
    const pause = isOver ? null : pauseAfter(attempt);
    const nextTryAt = pause === null ? null : new Date(services.clock.now().getTime() + services.clock.scaled(pause));
    return { state, nextTryAt, error: message };
  }
}

/** Milliseconds until the next try after so many; null when it was the last. */
function pauseAfter(attempts: number): number | null {
  if (attempts < MAIL_ATTEMPTS_MAX) return MAIL_PAUSE_MS * 2 ** (attempts - 1);
  const minutes = LATER_MINUTES[attempts - MAIL_ATTEMPTS_MAX];
  return minutes === undefined ? null : minutes * 60_000;
}
