/** The report of a run: from the ledger into one value, and from that value into mails; saved with the run's end, all at once. */
import { windowStart } from '../core/dates.ts';
import { amountText, decimal } from '../core/money.ts';
import { buildReport, hasNews, withWarning, type ReportRow, type RunReport } from '../core/report.ts';
import { isInQuickBooks } from '../core/states.ts';
import { composeRunReport } from '../mail/compose-report.ts';
import { MailRefused, type Mailer } from '../mail/send.ts';
import { loadDueMails, recordMail, saveMail } from '../store/outbox.ts';
import { endRun } from '../store/runs.ts';
import type { RunFailure } from '../store/tables.ts';
import { loadReportRows, loadTransfersOf, type Transfer } from '../store/transfers.ts';
import type { Lease } from './lease.ts';
import type { RunContext } from './run-context.ts';
import type { Services } from './services.ts';

const PAGE = 1_000;
/** A mail that the server does not take now is tried again, later and later; then it is recorded as failed. */
const MAIL_ATTEMPTS_MAX = 3;
const MAIL_PAUSE_MS = 5_000;

/** Everything of the window that was not done when the run was asked for, and all that happened since. */
export async function composeReport(ctx: RunContext, state: string, failure: RunFailure | null): Promise<RunReport> {
  const since = ctx.run.requested_at;
  const from = windowStart(since.toISOString(), ctx.settings['invoices.maxAgeDays'], ctx.timeZone);
  const rows = ctx.run.kind === 'manual-copy' ? await copyRows(ctx, since) : [];
  let after = { invoiceId: -1, copyNumber: -1 };
  while (ctx.run.kind !== 'manual-copy') {
    const page = await ctx.lease.read((tx) =>
      loadReportRows(tx, { since, windowStart: new Date(from) }, { after, limit: PAGE }),
    );
    rows.push(
      ...page.map((row) =>
        withWarning(rowOf(row, since), {
          createdAt: row.source_created_at?.getTime() ?? null,
          now: since.getTime(),
          maxAgeDays: ctx.settings['invoices.maxAgeDays'],
        }),
      ),
    );
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    after = { invoiceId: last.autotask_invoice_id, copyNumber: last.copy_number };
  }
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
    rows,
  );
}

/** A manual copy reports its own invoice only; a refusal is told on the copy that is there, ours or a stranger's. */
async function copyRows(ctx: RunContext, since: Date): Promise<ReportRow[]> {
  const { invoiceId = 0 } = ctx.run.options;
  const rows = (await ctx.lease.read((tx) => loadTransfersOf(tx, [invoiceId]))).map((row) => rowOf(row, since));
  const [refusal] = ctx.copyRefusal;
  if (refusal === undefined) return rows;
  const held = rows.find((row) => row.quickbooksId === refusal.facts['quickbooksId']);
  if (held !== undefined) return [{ ...held, problems: [...held.problems, refusal] }];
  const { quickbooksId = '', quickbooksNumber = '' } = refusal.facts;
  const stranger = {
    invoiceNumber: null,
    company: null,
    invoiceDate: null,
    total: null,
    tax: null,
    quickbooksTotal: null,
    currency: null,
  };
  return [
    {
      autotaskInvoiceId: invoiceId,
      copyNumber: 0,
      state: 'parked',
      quickbooksId,
      quickbooksNumber,
      adopted: false,
      isNew: false,
      problems: [refusal],
      ...stranger,
    },
  ];
}

/** At least two decimals, as people and other programs expect amounts. */
const amountOf = (text: string | null): string | null => (text === null ? null : amountText(decimal(text)));

export const rowOf = (row: Transfer, since: Date): ReportRow => ({
  autotaskInvoiceId: row.autotask_invoice_id,
  copyNumber: row.copy_number,
  invoiceNumber: row.invoice_number,
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
  isNew: isInQuickBooks(row.state) && row.posted_at !== null && row.posted_at >= since,
  problems: row.problems,
});

/** Ends the run: its state, its report and its mails in one transaction, so that a crash leaves all or none. */
export async function endWithReport(
  ctx: RunContext,
  report: RunReport,
  end: { state: 'finished' | 'failed'; failure: RunFailure | null },
): Promise<void> {
  const recipients = recipientsOf(ctx);
  const mail = composeRunReport(report, {
    connectionName: ctx.connection.name,
    publicUrl: ctx.services.config.publicUrl,
  });
  const wanted = hasNews(report) || ctx.settings['reports.always'] ? recipients : (ctx.run.options.emails ?? []);
  ctx.services.crash('report-composed');
  await ctx.lease.write(async (tx) => {
    const at = ctx.services.clock.now();
    const mine = await endRun(tx, ctx.run.run_id, { state: end.state, at, failure: end.failure, report });
    if (!mine) return;
    for (const recipient of wanted) {
      await saveMail(
        tx,
        { ...ctx.tenant, at },
        {
          mailId: ctx.services.ids.uuid(),
          runId: ctx.run.run_id,
          kind: mail.kind,
          recipient,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          attachments: mail.attachments,
          state: ctx.services.config.smtpUrl === null ? 'kept' : 'queued',
        },
      );
    }
  });
  ctx.services.crash('run-ended');
}

/** The main address, the standing ones and those of this run, each once. */
function recipientsOf(ctx: RunContext): string[] {
  const main = ctx.settings['reports.mainAddress'] || (ctx.connection.report_email ?? '');
  const all = [main, ...ctx.settings['reports.to'], ...(ctx.run.options.emails ?? [])].filter((one) => one !== '');
  return [...new Map(all.map((one) => [one.toLowerCase(), one])).values()];
}

/** Sends what is due, under the lease, so that no two processes send the same mail. */
export async function deliverMails(
  services: Services,
  lease: Lease,
  mailer: Mailer | null,
  runId: string | null,
): Promise<void> {
  if (mailer === null) return;
  for (let attempt = 1; attempt <= MAIL_ATTEMPTS_MAX; attempt += 1) {
    let again = false;
    for (const mail of await lease.read((tx) => loadDueMails(tx, services.clock.now(), runId))) {
      const outcome = await deliver(services, mailer, mail, mail.attempts + 1);
      services.crash('mail-sent');
      await lease.write((tx) => recordMail(tx, mail.mail_id, { ...outcome, at: services.clock.now() }));
      again ||= outcome.state === 'queued';
    }
    if (!again) return;
    await services.clock.sleep(MAIL_PAUSE_MS * 2 ** (attempt - 1) + 1, lease.signal);
  }
}

async function deliver(
  services: Services,
  mailer: Mailer,
  mail: {
    mail_id: string;
    recipient: string;
    subject: string;
    text_body: string;
    html_body: string;
    attachments: readonly { filename: string; contentType: string; content: string }[];
  },
  attempt: number,
): Promise<{ state: 'queued' | 'sent' | 'failed'; nextTryAt: Date | null; error: string | null }> {
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
    const refused = error instanceof MailRefused;
    const message = error instanceof Error ? error.message : 'unknown';
    services.log.warn({ mailId: mail.mail_id, attempt }, 'a mail was not accepted');
    if (refused || attempt >= MAIL_ATTEMPTS_MAX) return { state: 'failed', nextTryAt: null, error: message };
    const pause = services.clock.scaled(MAIL_PAUSE_MS * 2 ** (attempt - 1));
    return { state: 'queued', nextTryAt: new Date(services.clock.now().getTime() + pause), error: message };
  }
}
