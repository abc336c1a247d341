/** Invariants 6, 7 and 10: reports, mails and the log of state changes, against what is in the vendors. */
import { cents, shown, sumOf } from './exact.ts';
import type { Evidence, TransferRow } from './oracle.ts';
import type { Books } from './world.ts';

type Tell = (violation: string) => void;

interface ReportRow {
  readonly autotaskInvoiceId: number;
  readonly copyNumber: number;
  readonly state: string;
  readonly quickbooksId: string | null;
  readonly quickbooksTotal: string | null;
  readonly isNew: boolean;
}
interface RunRow {
  readonly run_id: string;
  readonly kind: string;
  readonly state: string;
  readonly failure: { readonly kind: string; readonly message: string } | null;
  readonly report: {
    readonly rows: readonly ReportRow[];
    readonly counts: { readonly posted: number };
    readonly totals: readonly { readonly currency: string; readonly invoices: number; readonly total: string }[];
  } | null;
}

export async function judgeLedger(
  evidence: Evidence,
  books: Books,
  transfers: readonly TransferRow[],
  tell: Tell,
): Promise<void> {
  await judgeHistory(evidence, books, transfers, tell);
  await judgeReports(evidence, books, tell);
  await judgeMails(evidence, books, tell);
  await judgeErrors(evidence, books, transfers, tell);
}

/** State rebuilt from the log equals state, and no step is missing. */
async function judgeHistory(
  evidence: Evidence,
  books: Books,
  transfers: readonly TransferRow[],
  tell: Tell,
): Promise<void> {
  const events = await evidence.rig.rows<{
    transfer_id: string;
    from_state: string;
    to_state: string;
    fence: number | string | null;
  }>(
    'select transfer_id, from_state, to_state, fence from transfer_events where connection_id = $1 order by event_number',
    [books.tenant.connectionId],
  );
  const state = new Map<string, string>();
  let newest = 0;
  for (const event of events) {
    // A worker that lost its lease writes nothing once its successor has written.
    const fence = Number(event.fence ?? newest);
    if (fence < newest) tell(`10: a worker with fence ${String(fence)} wrote after fence ${String(newest)}`);
    newest = Math.max(newest, fence);
    // Of what retention shortened the last step stands alone.
    const before =
      state.get(event.transfer_id) ?? (evidence.plan.retentionDays === undefined ? 'seen' : event.from_state);
    if (before !== event.from_state)
      tell(`10: ${event.transfer_id} goes from ${event.from_state}, but it was ${before}`);
    state.set(event.transfer_id, event.to_state);
  }
  for (const row of transfers) {
    const rebuilt = state.get(row.transfer_id) ?? 'seen';
    if (rebuilt !== row.state)
      tell(`10: invoice ${String(row.autotask_invoice_id)} is ${row.state}, its history ends with ${rebuilt}`);
  }
}

/** Every row that says "new in QuickBooks" is there with this total; every posting of the run is listed; sums are sums. */
async function judgeReports(evidence: Evidence, books: Books, tell: Tell): Promise<void> {
  const values = [books.tenant.connectionId];
  const runs = await evidence.rig.rows<RunRow>(
    'select run_id, kind, state, failure, report from runs where connection_id = $1 order by requested_at, run_id',
    values,
  );
  const posted = await evidence.rig.rows<{ run_id: string; id: string }>(
    `select e.run_id, t.autotask_invoice_id || '/' || t.copy_number as id from transfer_events e join transfers t using (transfer_id)
     where e.connection_id = $1 and e.to_state = 'posted' and e.from_state <> 'posted'`,
    values,
  );
  const databaseFailed = evidence.plan.faults.some((fault) =>
    [
      'commit-lost',
      'session-killed',
      'conflict',
      'disk-full',
      'database-restart',
      'freeze-at-await',
      'freeze-at-point',
    ].includes(fault.kind),
  );
  const newIn = new Map<string, string>();
  for (const run of runs) {
    if (
      run.failure?.kind === 'fault' &&
      run.state === 'failed' &&
      !databaseFailed &&
      !/somebody else|database/i.test(run.failure.message)
    )
      tell(`0: run ${run.kind} failed by a bug: ${run.failure.message}`);
    if (run.report === null) continue;
    const isNew = run.report.rows.filter((row) => row.isNew);
    for (const row of isNew) {
      const copy = `${String(row.autotaskInvoiceId)}/${String(row.copyNumber)}`;
      const other = newIn.get(copy);
      if (other !== undefined) tell(`6: two reports list ${copy} as new, of a run ${other} and a run ${run.kind}`);
      newIn.set(copy, run.kind);
      const made = books.made.find(
        (one) => one.id === row.quickbooksId && (one.entity === 'Invoice' || one.entity === 'CreditMemo'),
      );
      if (made === undefined) {
        tell(
          `6: a report lists invoice ${String(row.autotaskInvoiceId)} as ${String(row.quickbooksId)}, which never was`,
        );
        continue;
      }
      const total = cents(made.row['TotalAmt'] as { source: string });
      if (
        cents(row.quickbooksTotal) !== total &&
        !books.touched.edited.has(made.id) &&
        !books.touched.voided.has(made.id)
      )
        tell(
          `6: a report gives invoice ${String(row.autotaskInvoiceId)} ${String(row.quickbooksTotal)} instead of ${shown(total)}`,
        );
    }
    const told = sumOf(run.report.totals.map((one) => cents(one.total)));
    const summed = sumOf(isNew.map((row) => cents(row.quickbooksTotal ?? '0')));
    if (told !== summed) tell(`6: a report's total is ${shown(told)}, its rows make ${shown(summed)}`);
    if (run.report.counts.posted !== isNew.length)
      tell(`6: a report counts ${String(run.report.counts.posted)} posted, it lists ${String(isNew.length)}`);
    for (const one of posted.filter((event) => event.run_id === run.run_id))
      if (!isNew.some((row) => `${String(row.autotaskInvoiceId)}/${String(row.copyNumber)}` === one.id))
        tell(`6: run ${run.kind} posted ${one.id}, its report does not list it as new`);
  }
}

/** One mail per run and address, to this tenant's addresses only. */
async function judgeMails(evidence: Evidence, books: Books, tell: Tell): Promise<void> {
  const rows = await evidence.rig.rows<{ mail_id: string; recipient: string; state: string }>(
    'select mail_id, recipient, state from outbox where connection_id = $1 order by created_at, mail_id',
    [books.tenant.connectionId],
  );
  const own = [`books${String(books.index)}@msp.example`, 'books@msp.example'];
  for (const mail of rows) {
    if (!own.includes(mail.recipient)) tell(`7: a mail went to ${mail.recipient}`);
    const delivered = evidence.processes.mails.filter((one) => one.id === mail.mail_id);
    const mayRepeat =
      delivered.slice(0, -1).every((one) => one.answerLost) ||
      evidence.plan.faults.some((fault) => /kill|freeze|commit-lost|session|conflict|disk|restart/.test(fault.kind)) ||
      evidence.plan.acts.some((act) => act.kind === 'clear-run');
    if (delivered.length > 1 && !mayRepeat)
      tell(`6: mail ${mail.mail_id} was delivered ${String(delivered.length)} times`);
    if (mail.state === 'sent' && delivered.length === 0)
      tell(`6: mail ${mail.mail_id} counts as sent, the server never had it`);
  }
}

/** What waits for a person is an open entry of the error log, and no open entry is about something that is done. */
async function judgeErrors(
  evidence: Evidence,
  books: Books,
  transfers: readonly TransferRow[],
  tell: Tell,
): Promise<void> {
  const open = await evidence.rig.rows<{ transfer_id: string | null; code: string }>(
    'select transfer_id, code from problem_log where connection_id = $1 and closed_at is null',
    [books.tenant.connectionId],
  );
  for (const row of transfers) {
    if (row.state !== 'parked') continue;
    const codes = open.filter((one) => one.transfer_id === row.transfer_id).map((one) => one.code);
    const missing = row.problems.filter((one) => !codes.includes(one.code));
    if (row.problems.length === 0 || missing.length > 0)
      tell(
        `1: invoice ${String(row.autotask_invoice_id)} is parked (${row.problems.map((one) => one.code).join(' ')}), its error is not open: ${codes.join(' ')}`,
      );
  }
  for (const one of open) {
    const row = transfers.find((transfer) => transfer.transfer_id === one.transfer_id);
    if (one.code === 'bug') tell('0: an open problem "bug"');
    if (one.code === 'outcome-unknown' && row !== undefined && row.state !== 'verifying' && row.state !== 'posting')
      tell(`6: invoice ${String(row.autotask_invoice_id)} is ${row.state}, its error says that the outcome is unknown`);
  }
}
