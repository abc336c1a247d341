/** The shapes that the command line and the HTTP API answer (design.md section 6): made once, secret-free, amounts as decimal text. */
import type { ReportRow, RunReport } from '../core/report.ts';
import { loadRunning, type ListedRun, type Run } from '../store/runs.ts';
import type { Connection } from '../store/connections.ts';
import { loadLease } from '../store/leases.ts';
import type { Link } from '../store/links.ts';
import type { OutboxMail } from '../store/outbox.ts';
import type { LoggedProblem } from '../store/problems.ts';
import { withTenant } from '../store/tenant.ts';
import type { ListedTransfer } from '../store/transfer-list.ts';
import { autotaskNumber, type Transfer } from '../store/transfers.ts';
import { showSettings } from './connecting.ts';
import type { ShownCause } from './deciding.ts';
import type { Tenant } from './lease.ts';
import type { Services } from './services.ts';

export const tenantOf = (connection: Connection): Tenant => ({
  organizationId: connection.organization_id,
  connectionId: connection.connection_id,
});

/** The sentence that everybody sees while a run is at work (facts/mission.md A10.3). */
export const IN_PROCESS = 'An invoice batch is currently in process.';

export interface InProcess {
  readonly text: string;
  readonly kind: string | null;
  readonly runId: string | null;
  readonly holder: string;
  readonly since: string | null;
  readonly lives: boolean;
  readonly progress: { readonly step: string; readonly done: number; readonly total: number } | null;
}

/** What holds the connection, if anything does; a dead holder is named as such. */
export async function inProcess(services: Services, tenant: Tenant): Promise<InProcess | null> {
  await services.clock.follow();
  const [lease, run] = await withTenant(
    services.database,
    tenant,
    async (tx) => [await loadLease(tx, tenant.connectionId), await loadRunning(tx)] as const,
  );
  if (lease?.holder == null) return null;
  return {
    text: IN_PROCESS,
    kind: run?.kind ?? null,
    runId: run?.run_id ?? null,
    holder: lease.holder,
    since: lease.taken_at?.toISOString() ?? null,
    lives: lease.expires_at !== null && lease.expires_at > services.clock.now(),
    progress: run?.progress ?? null,
  };
}

/** A connection as its owner sees it; the realm id is theirs to know, secrets never leave. */
export async function connectionView(services: Services, connection: Connection) {
  const tenant = tenantOf(connection);
  const { settings } = await showSettings(services, tenant);
  const realmId =
    connection.quickbooks_realm === null
      ? null
      : services.secrets.open(connection.quickbooks_realm, { ...tenant, purpose: 'realm' });
  return {
    name: connection.name,
    syncStatus: settings['sync.status'] ?? '',
    autotask: {
      state: connection.autotask_state,
      user: connection.autotask_user,
      url: connection.autotask_url,
      detail: connection.autotask_detail,
    },
    quickbooks: {
      state: connection.quickbooks_state,
      realmId,
      companyName: connection.quickbooks_company_name,
      detail: connection.quickbooks_detail,
    },
    reportEmail: connection.report_email,
    // A paused connection has no next run, whatever day was once put down for it.
    nextRunAt: settings['sync.status'] === 'paused' ? null : (connection.next_run_at?.toISOString() ?? null),
    inProcess: await inProcess(services, tenant),
  };
}

export const runView = (run: Omit<ListedRun, 'counts'>) => ({
  id: run.run_id,
  kind: run.kind,
  state: run.state,
  requestedBy: run.requested_by,
  requestedAt: run.requested_at.toISOString(),
  startedAt: run.started_at?.toISOString() ?? null,
  endedAt: run.ended_at?.toISOString() ?? null,
  progress: run.progress,
  failure: run.failure?.message ?? null,
});

export const reportOf = (run: Run): RunReport | null => run.report as RunReport | null;

/** A row of a run's report. */
export const transferView = (row: ReportRow) => ({
  autotaskInvoiceId: row.autotaskInvoiceId,
  copyNumber: row.copyNumber,
  state: row.state,
  quickbooksId: row.quickbooksId ?? '',
  quickbooksNumber: row.quickbooksNumber ?? '',
  total: row.total ?? '',
  quickbooksTotal: row.quickbooksTotal ?? '',
  invoiceNumber: row.invoiceNumber ?? '',
  company: row.company ?? '',
  adopted: row.adopted,
  customerMail: row.customerMail ?? null,
  paidOn: row.paidOn ?? null,
  balance: row.balance ?? null,
  problems: row.problems.map((one) => ({ code: one.code, who: one.who, text: one.text, remedy: one.remedy })),
});

/** A row of the ledger. */
export const ledgerView = (row: Transfer) => ({
  autotaskInvoiceId: row.autotask_invoice_id,
  copyNumber: row.copy_number,
  state: row.state,
  invoiceNumber: autotaskNumber(row) ?? '',
  company: row.company_name ?? '',
  invoiceDate: row.invoice_date,
  total: row.source_total ?? '',
  quickbooksId: row.quickbooks_id ?? '',
  quickbooksNumber: row.quickbooks_number ?? '',
  quickbooksTotal: row.quickbooks_total ?? '',
  balance: row.balance,
  paidOn: row.paid_on,
  customerMail: row.customer_mail,
  postedAt: row.posted_at?.toISOString() ?? null,
  problems: row.problems.map((one) => ({ code: one.code, who: one.who, text: one.text, remedy: one.remedy })),
});

/** A row of the invoice table: the ledger's, with what a person filters, compares and decides by. */
export const listedView = (row: ListedTransfer) => ({
  autotaskInvoiceId: row.autotask_invoice_id,
  copyNumber: row.copy_number,
  state: row.state,
  invoiceNumber: autotaskNumber(row) ?? '',
  company: row.company_name ?? '',
  invoiceDate: row.invoice_date,
  currency: row.currency,
  total: row.source_total ?? '',
  tax: row.source_tax ?? '',
  quickbooksId: row.quickbooks_id ?? '',
  quickbooksNumber: row.quickbooks_number ?? '',
  quickbooksTotal: row.quickbooks_total ?? '',
  quickbooksTax: row.quickbooks_tax ?? '',
  balance: row.balance,
  paidOn: row.paid_on,
  postedAt: row.posted_at?.toISOString() ?? null,
  changedAt: row.changed_at.toISOString(),
  adopted: row.adopted,
  /** The draft that waits for approval, by its hash; null where none waits. */
  awaitsApproval:
    row.state === 'ready' && row.draft_hash !== null && row.approved_hash !== row.draft_hash ? row.draft_hash : null,
  problems: row.problems.map((one) => ({ code: one.code, who: one.who, text: one.text, remedy: one.remedy })),
});

/** A cause with everything that waits for it, and what cures it. */
export const causeView = (cause: ShownCause) => ({
  id: cause.id,
  code: cause.code,
  who: cause.who,
  text: cause.text,
  remedy: cause.remedy,
  invoices: [...cause.invoices],
  actions: [...cause.actions],
  likely: cause.code === 'customer-near-match' ? (cause.facts['quickbooksId'] ?? null) : null,
  likelyName: cause.code === 'customer-near-match' ? (cause.facts['candidate'] ?? null) : null,
  customer: cause.code === 'ambiguous-company' ? (cause.facts['customer'] ?? null) : null,
  leavesOn: cause.leavesOn,
  standing: cause.standing,
  firstSeen: cause.firstSeen.toISOString(),
  lastSeen: cause.lastSeen.toISOString(),
  count: cause.occurrences,
});

export const errorView = (one: LoggedProblem) => ({
  id: one.problem_id,
  code: one.code,
  who: one.who,
  text: one.text,
  remedy: one.remedy,
  autotaskInvoiceId: one.autotask_invoice_id,
  transferId: one.transfer_id,
  runId: one.run_id,
  reference: one.reference,
  firstSeen: one.first_seen.toISOString(),
  lastSeen: one.last_seen.toISOString(),
  count: one.occurrences,
  closedAt: one.closed_at?.toISOString() ?? null,
});

export const mailView = (mail: OutboxMail) => ({
  id: mail.mail_id,
  kind: mail.kind,
  runId: mail.run_id,
  to: [mail.recipient],
  subject: mail.subject,
  state: mail.state,
  attachments: mail.attachments.map((one) => one.filename),
  lastError: mail.last_error,
  createdAt: mail.created_at.toISOString(),
});

export const linkView = (link: Link) => ({
  kind: link.kind,
  source: link.source_key,
  quickbooksId: link.quickbooks_id,
  quickbooksName: link.quickbooks_name,
  origin: link.origin,
  linkedAt: link.linked_at.toISOString(),
});
