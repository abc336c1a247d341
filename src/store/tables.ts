/**
 * The tables as the query builder sees them; a test compares this file with the live schema. Money columns are numeric and
 * arrive as exact text; instants arrive as Date, calendar dates as `YYYY-MM-DD` text.
 */
import type { ColumnType, Generated } from 'kysely';
import type { Problem } from '../core/problem.ts';
import type { TransferState } from '../core/states.ts';

interface Tenant {
  organization_id: string;
  connection_id: string;
}

/** JSON columns: read as values, written as JSON text. */
type Json<T> = ColumnType<T, string, string>;

export interface OrganizationRow {
  organization_id: string;
  name: string;
  created_at: Date;
}

export interface ConnectionRow extends Tenant {
  name: string;
  created_at: Date;
  marker_key: string | null;
  report_email: string | null;
  next_run_at: Date | null;
  queued_at: Date | null;
  autotask_state: 'none' | 'connected' | 'refused';
  autotask_detail: string | null;
  autotask_user: string | null;
  autotask_secret: string | null;
  autotask_integration_code: string | null;
  autotask_url: string | null;
  autotask_web_url: string | null;
  autotask_tenant: string | null;
  quickbooks_state: 'none' | 'connected' | 'reconnect';
  quickbooks_detail: string | null;
  quickbooks_realm: string | null;
  quickbooks_realm_hash: string | null;
  quickbooks_company_name: string | null;
  quickbooks_profile: Json<unknown> | null;
  quickbooks_profile_at: Date | null;
  oauth_state: string | null;
  oauth_redirect_uri: string | null;
  pruned_at: Date | null;
  removed_at: Date | null;
}

export interface LeaseRow extends Tenant {
  fence: number;
  holder: string | null;
  purpose: string | null;
  taken_at: Date | null;
  expires_at: Date | null;
}

export interface TokenRow extends Tenant {
  access_token: string;
  refresh_token: string;
  access_expires_at: Date;
  refresh_expires_at: Date | null;
  version: number;
  refreshing_by: string | null;
  refreshing_until: Date | null;
}

export interface SettingsVersionRow extends Tenant {
  version: number;
  settings: Json<Record<string, unknown>>;
  changed_at: Date;
  changed_by: string;
}

export type RunKind =
  | 'automatic'
  | 'sync-now'
  | 'manual-copy'
  | 'void-pass'
  | 'payment-pass'
  | 'compare-items'
  | 'copy-items'
  | 'reactivate'
  | 'reconcile';
export type RunState = 'queued' | 'running' | 'finished' | 'failed' | 'cleared';

/** What a person asked of a run. */
export interface RunOptions {
  readonly emails?: readonly string[];
  /** `posted`: end before the write-back is through. */
  readonly until?: 'posted';
  /** manual-copy only. */
  readonly invoiceId?: number;
  readonly overwrite?: boolean;
  /** manual-copy only: Autotask's tax counts for this copy, whatever the settings say. */
  readonly keepAutotaskTax?: boolean;
  /** manual-copy with overwrite: QuickBooks mails this copy to the customer too. */
  readonly mailCustomer?: boolean;
  /** void-pass: only these invoices, whatever their age; the person has seen them. manual-copy: these instead of one. */
  readonly invoiceIds?: readonly number[];
  /** payment-pass: changes since this calendar date in the connection's time zone. */
  readonly since?: string;
  /** reconcile: invoices of these dates, both included; only what was found is kept when `findingsOnly`. */
  readonly from?: string;
  readonly to?: string;
  readonly findingsOnly?: boolean;
  /** compare-items and copy-items: the field of the billing code for this run only. */
  readonly matchBy?: 'name' | 'external-number' | 'id';
  readonly dryRun?: boolean;
  /** reactivate: what becomes active again in QuickBooks. */
  readonly reactivate?: { readonly kind: 'customer' | 'item'; readonly quickbooksId: string };
  /** Mails nobody. */
  readonly silent?: boolean;
}

/** Why a run could not do its work; `vendor` tells exit code 3 from 4. */
export interface RunFailure {
  readonly kind: 'vendor' | 'wrong-use' | 'fault';
  readonly message: string;
  /** The vendor's own reference (intuit_tid), where it gave one. */
  readonly reference?: string | null;
  /** What kind of trouble with whom: alerts of one cause are told once an hour, whatever their sentences. */
  readonly cause?: string;
}

export interface RunProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

export interface RunRow extends Tenant {
  run_id: string;
  kind: RunKind;
  state: RunState;
  options: Json<RunOptions>;
  settings_version: number;
  requested_by: string;
  requested_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  fence: number | null;
  progress: Json<RunProgress> | null;
  failure: Json<RunFailure> | null;
  report: Json<unknown> | null;
  result: Json<unknown> | null;
}

export type BatchState = 'committed' | 'not-sent' | 'answered' | 'refused' | 'unknown';
export type BatchEndpoint = 'batch' | 'Invoice' | 'CreditMemo' | 'Customer' | 'Item' | 'void' | 'send';

export interface BatchRow extends Tenant {
  batch_id: string;
  run_id: string;
  endpoint: BatchEndpoint;
  allow_duplicate_number: boolean;
  request_id: string;
  body: string;
  members: number;
  fence: number;
  state: BatchState;
  committed_at: Date;
  send_by: Date;
  ended_at: Date | null;
  reference: string | null;
  detail: string | null;
}

export interface BatchMemberRow extends Tenant {
  batch_id: string;
  b_id: string;
  transfer_id: string | null;
  creation_id: string | null;
  generation: number;
}

export interface TransferRow extends Tenant {
  transfer_id: string;
  autotask_invoice_id: number;
  copy_number: number;
  state: TransferState;
  problems: Json<readonly Problem[]>;
  invoice_number: string | null;
  company_id: number | null;
  company_name: string | null;
  invoice_date: string | null;
  source_created_at: Date | null;
  source_total: string | null;
  source_tax: string | null;
  currency: string | null;
  fingerprint: string | null;
  draft_entity: 'Invoice' | 'CreditMemo' | null;
  draft_body: string | null;
  draft_hash: string | null;
  draft_number: string | null;
  draft_customer_id: string | null;
  draft_total: string | null;
  draft_tax: string | null;
  needs_names: string[];
  approved_hash: string | null;
  refused_hash: string | null;
  generation: number;
  batch_id: string | null;
  send_by: Date | null;
  looked_up_generation: number | null;
  send_alone: boolean;
  legacy_released: boolean;
  quickbooks_id: string | null;
  quickbooks_number: string | null;
  quickbooks_total: string | null;
  quickbooks_tax: string | null;
  reply: Json<unknown> | null;
  adopted: boolean;
  posted_at: Date | null;
  mark_number: string | null;
  marked_at: Date | null;
  written_back_at: Date | null;
  write_back_failures: number;
  seen_at: Date;
  changed_at: Date;
  run_id: string | null;
  customer_mail: CustomerMail | null;
  customer_mail_address: string | null;
  customer_mail_at: Date | null;
  balance: string | null;
  paid_on: string | null;
  paid_written_at: Date | null;
  voided_at: Date | null;
}

/** The mail that QuickBooks sends to the customer; null = not asked for; `waits`: a difference keeps it back until a person has decided. */
export type CustomerMail = 'wanted' | 'waits' | 'sending' | 'sent' | 'no-address' | 'refused' | 'doubt';

export interface TransferEventRow extends Tenant {
  event_number: Generated<number>;
  transfer_id: string;
  at: Date;
  from_state: string;
  to_state: string;
  reason: string | null;
  actor: string;
  run_id: string | null;
  fence: number | null;
}

export type CreationState = 'ready' | 'posting' | 'verifying' | 'done' | 'parked';

export interface CreationRow extends Tenant {
  creation_id: string;
  kind: 'customer' | 'item';
  source_key: string;
  name: string;
  body: string;
  state: CreationState;
  problem: Json<Problem> | null;
  generation: number;
  batch_id: string | null;
  send_by: Date | null;
  quickbooks_id: string | null;
  changed_at: Date;
}

export type LinkKind = 'customer' | 'item' | 'term' | 'tax-code' | 'class' | 'location';

export interface LinkRow extends Tenant {
  kind: LinkKind;
  source_key: string;
  quickbooks_id: string;
  quickbooks_name: string;
  origin: 'matched' | 'created' | 'person';
  linked_at: Date;
  /** Of a customer that two companies were linked to before that was impossible: a person takes one of them away. */
  shared: Generated<boolean>;
}

/** What a person decided about a name: create it although the settings or a limit say stop. */
export interface DecisionRow extends Tenant {
  kind: 'customer' | 'item';
  source_key: string;
  action: 'create';
  decided_at: Date;
  decided_by: string;
}

/** When an alert of this cause was told last, and how often it was kept back since. */
export interface AlertRow extends Tenant {
  cause: string;
  told_at: Date;
  suppressed: number;
}

export interface QuickBooksRowRow extends Tenant {
  kind: string;
  quickbooks_id: string;
  name: string;
  active: boolean;
  detail: Json<unknown>;
}

export interface AutotaskRowRow extends Tenant {
  kind: string;
  autotask_id: number;
  detail: Json<unknown>;
  read_at: Date;
}

export interface ListStateRow extends Tenant {
  list: string;
  read_at: Date;
}

export interface ProblemLogRow extends Tenant {
  problem_id: string;
  transfer_id: string | null;
  autotask_invoice_id: number | null;
  run_id: string | null;
  code: string;
  who: string;
  text: string;
  remedy: string;
  facts: Json<Record<string, string>>;
  reference: string | null;
  first_seen: Date;
  last_seen: Date;
  occurrences: number;
  closed_at: Date | null;
}

export interface MailAttachment {
  readonly filename: string;
  readonly contentType: string;
  readonly content: string;
  readonly encoding?: 'base64';
}

export interface OutboxRow extends Tenant {
  mail_id: string;
  run_id: string | null;
  kind: string;
  recipient: string;
  subject: string;
  text_body: string;
  html_body: string;
  attachments: Json<readonly MailAttachment[]>;
  state: 'kept' | 'queued' | 'sent' | 'failed';
  attempts: number;
  next_try_at: Date | null;
  last_error: string | null;
  created_at: Date;
  sent_at: Date | null;
}

export interface AuditRow {
  organization_id: string;
  connection_id: string | null;
  audit_number: Generated<number>;
  at: Date;
  actor: string;
  action: string;
  subject: string;
  detail: Json<unknown>;
  previous_hash: Generated<string>;
  hash: Generated<string>;
}

export interface VendorUsageRow extends Tenant {
  vendor: string;
  hour: Date;
  calls: number;
  metered_reads: number;
}

export interface Tables {
  organizations: OrganizationRow;
  connections: ConnectionRow;
  leases: LeaseRow;
  tokens: TokenRow;
  settings_versions: SettingsVersionRow;
  runs: RunRow;
  batches: BatchRow;
  batch_members: BatchMemberRow;
  transfers: TransferRow;
  transfer_events: TransferEventRow;
  creations: CreationRow;
  links: LinkRow;
  quickbooks_rows: QuickBooksRowRow;
  autotask_rows: AutotaskRowRow;
  list_states: ListStateRow;
  problem_log: ProblemLogRow;
  outbox: OutboxRow;
  audit_log: AuditRow;
  vendor_usage: VendorUsageRow;
  decisions: DecisionRow;
  alerts: AlertRow;
}
