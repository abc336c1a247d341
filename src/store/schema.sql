-- Generated from the migrations (src/store/schema-dump.ts); test/ground/schema.test.ts compares it. Do not edit.

create table alerts (
  organization_id uuid not null,
  connection_id uuid not null,
  cause text not null,
  told_at timestamp with time zone not null,
  suppressed integer not null default 0,
  constraint alerts_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint alerts_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint alerts_pkey PRIMARY KEY (connection_id, cause)
);
alter table alerts enable row level security;
alter table alerts force row level security;
create policy tenant on alerts for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on alerts to ledgerferry_app;

create table audit_log (
  organization_id uuid not null,
  connection_id uuid,
  audit_number bigint not null generated always as identity,
  at timestamp with time zone not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail jsonb not null,
  previous_hash text not null default ''::text,
  hash text not null default ''::text,
  constraint audit_log_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint audit_log_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint audit_log_pkey PRIMARY KEY (audit_number)
);
CREATE INDEX audit_log_by_chain ON public.audit_log USING btree (organization_id, connection_id, audit_number);
CREATE INDEX audit_log_by_organization ON public.audit_log USING btree (organization_id, audit_number);
CREATE UNIQUE INDEX audit_log_chain ON public.audit_log USING btree (organization_id, COALESCE(connection_id, '00000000-0000-0000-0000-000000000000'::uuid), previous_hash) WHERE (hash <> ''::text);
alter table audit_log enable row level security;
alter table audit_log force row level security;
create policy tenant on audit_log for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND ((NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text) IS NULL) OR (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid)));
grant insert, select on audit_log to ledgerferry_app;

create table autotask_rows (
  organization_id uuid not null,
  connection_id uuid not null,
  kind text not null,
  autotask_id bigint not null,
  detail jsonb not null,
  read_at timestamp with time zone not null,
  constraint autotask_rows_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint autotask_rows_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint autotask_rows_pkey PRIMARY KEY (connection_id, kind, autotask_id)
);
alter table autotask_rows enable row level security;
alter table autotask_rows force row level security;
create policy tenant on autotask_rows for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on autotask_rows to ledgerferry_app;

create table batch_members (
  organization_id uuid not null,
  connection_id uuid not null,
  batch_id uuid not null,
  b_id text not null,
  transfer_id uuid,
  creation_id uuid,
  generation integer not null,
  constraint batch_members_check CHECK (((transfer_id IS NULL) <> (creation_id IS NULL))),
  constraint batch_members_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batches(batch_id),
  constraint batch_members_creation_id_fkey FOREIGN KEY (creation_id) REFERENCES creations(creation_id),
  constraint batch_members_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint batch_members_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint batch_members_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfers(transfer_id),
  constraint batch_members_pkey PRIMARY KEY (batch_id, b_id)
);
alter table batch_members enable row level security;
alter table batch_members force row level security;
create policy tenant on batch_members for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on batch_members to ledgerferry_app;

create table batches (
  organization_id uuid not null,
  connection_id uuid not null,
  batch_id uuid not null,
  run_id uuid not null,
  endpoint text not null,
  allow_duplicate_number boolean not null,
  request_id text not null,
  body text not null,
  members integer not null,
  fence bigint not null,
  state text not null,
  committed_at timestamp with time zone not null,
  send_by timestamp with time zone not null,
  ended_at timestamp with time zone,
  reference text,
  detail text,
  constraint batches_endpoint_check CHECK ((endpoint = ANY (ARRAY['batch'::text, 'Invoice'::text, 'CreditMemo'::text, 'Customer'::text, 'Item'::text, 'void'::text, 'send'::text]))),
  constraint batches_state_check CHECK ((state = ANY (ARRAY['committed'::text, 'not-sent'::text, 'answered'::text, 'refused'::text, 'unknown'::text]))),
  constraint batches_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint batches_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint batches_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id),
  constraint batches_pkey PRIMARY KEY (batch_id),
  constraint batches_connection_id_request_id_key UNIQUE (connection_id, request_id)
);
CREATE INDEX batches_by_run ON public.batches USING btree (run_id);
CREATE INDEX batches_by_time ON public.batches USING btree (connection_id, committed_at);
CREATE INDEX batches_open ON public.batches USING btree (connection_id) WHERE (state = 'committed'::text);
alter table batches enable row level security;
alter table batches force row level security;
create policy tenant on batches for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on batches to ledgerferry_app;

create table connections (
  organization_id uuid not null,
  connection_id uuid not null,
  name text not null,
  created_at timestamp with time zone not null,
  marker_key text,
  report_email text,
  next_run_at timestamp with time zone,
  autotask_state text not null default 'none'::text,
  autotask_detail text,
  autotask_user text,
  autotask_secret text,
  autotask_integration_code text,
  autotask_url text,
  autotask_web_url text,
  autotask_tenant text,
  quickbooks_state text not null default 'none'::text,
  quickbooks_detail text,
  quickbooks_realm text,
  quickbooks_realm_hash text,
  quickbooks_company_name text,
  quickbooks_profile jsonb,
  quickbooks_profile_at timestamp with time zone,
  oauth_state text,
  oauth_redirect_uri text,
  pruned_at timestamp with time zone,
  removed_at timestamp with time zone,
  queued_at timestamp with time zone,
  constraint connections_autotask_state_check CHECK ((autotask_state = ANY (ARRAY['none'::text, 'connected'::text, 'refused'::text]))),
  constraint connections_quickbooks_state_check CHECK ((quickbooks_state = ANY (ARRAY['none'::text, 'connected'::text, 'reconnect'::text]))),
  constraint connections_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint connections_pkey PRIMARY KEY (connection_id),
  constraint connections_of_organization UNIQUE (organization_id, connection_id)
);
CREATE UNIQUE INDEX connections_by_name ON public.connections USING btree (organization_id, name) WHERE (removed_at IS NULL);
CREATE UNIQUE INDEX connections_by_pair ON public.connections USING btree (marker_key) WHERE (removed_at IS NULL);
alter table connections enable row level security;
alter table connections force row level security;
create policy tenant on connections for all using (((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND ((NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text) IS NULL) OR (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid))) OR (current_setting('ledgerferry.system'::text, true) = 'on'::text));
grant delete, insert, select, update on connections to ledgerferry_app;

create table creations (
  organization_id uuid not null,
  connection_id uuid not null,
  creation_id uuid not null,
  kind text not null,
  source_key text not null,
  name text not null,
  body text not null,
  state text not null,
  problem jsonb,
  generation integer not null default 0,
  batch_id uuid,
  send_by timestamp with time zone,
  quickbooks_id text,
  changed_at timestamp with time zone not null,
  constraint creations_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'item'::text]))),
  constraint creations_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'posting'::text, 'verifying'::text, 'done'::text, 'parked'::text]))),
  constraint creations_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batches(batch_id),
  constraint creations_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint creations_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint creations_pkey PRIMARY KEY (creation_id),
  constraint creations_connection_id_kind_source_key_key UNIQUE (connection_id, kind, source_key)
);
alter table creations enable row level security;
alter table creations force row level security;
create policy tenant on creations for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on creations to ledgerferry_app;

create table decisions (
  organization_id uuid not null,
  connection_id uuid not null,
  kind text not null,
  source_key text not null,
  action text not null,
  decided_at timestamp with time zone not null,
  decided_by text not null,
  constraint decisions_action_check CHECK ((action = 'create'::text)),
  constraint decisions_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'item'::text]))),
  constraint decisions_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint decisions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint decisions_pkey PRIMARY KEY (connection_id, kind, source_key)
);
alter table decisions enable row level security;
alter table decisions force row level security;
create policy tenant on decisions for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on decisions to ledgerferry_app;

create table leases (
  organization_id uuid not null,
  connection_id uuid not null,
  fence bigint not null default 0,
  holder text,
  purpose text,
  taken_at timestamp with time zone,
  expires_at timestamp with time zone,
  constraint leases_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint leases_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint leases_pkey PRIMARY KEY (connection_id)
);
alter table leases enable row level security;
alter table leases force row level security;
create policy tenant on leases for all using (((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND ((NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text) IS NULL) OR (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid))) OR (current_setting('ledgerferry.system'::text, true) = 'on'::text));
grant delete, insert, select, update on leases to ledgerferry_app;

create table links (
  organization_id uuid not null,
  connection_id uuid not null,
  kind text not null,
  source_key text not null,
  quickbooks_id text not null,
  quickbooks_name text not null,
  origin text not null,
  linked_at timestamp with time zone not null,
  shared boolean not null default false,
  constraint links_kind_check CHECK ((kind = ANY (ARRAY['customer'::text, 'item'::text, 'term'::text, 'tax-code'::text, 'class'::text, 'location'::text]))),
  constraint links_origin_check CHECK ((origin = ANY (ARRAY['matched'::text, 'created'::text, 'person'::text]))),
  constraint links_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint links_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint links_pkey PRIMARY KEY (connection_id, kind, source_key)
);
CREATE UNIQUE INDEX links_by_customer ON public.links USING btree (connection_id, quickbooks_id) WHERE ((kind = 'customer'::text) AND (NOT shared));
alter table links enable row level security;
alter table links force row level security;
create policy tenant on links for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on links to ledgerferry_app;

create table list_states (
  organization_id uuid not null,
  connection_id uuid not null,
  list text not null,
  read_at timestamp with time zone not null,
  constraint list_states_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint list_states_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint list_states_pkey PRIMARY KEY (connection_id, list)
);
alter table list_states enable row level security;
alter table list_states force row level security;
create policy tenant on list_states for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on list_states to ledgerferry_app;

create table organizations (
  organization_id uuid not null,
  name text not null,
  created_at timestamp with time zone not null,
  constraint organizations_pkey PRIMARY KEY (organization_id),
  constraint organizations_name_key UNIQUE (name)
);
alter table organizations enable row level security;
alter table organizations force row level security;
create policy tenant on organizations for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) OR (current_setting('ledgerferry.system'::text, true) = 'on'::text));
grant delete, insert, select, update on organizations to ledgerferry_app;

create table outbox (
  organization_id uuid not null,
  connection_id uuid not null,
  mail_id uuid not null,
  run_id uuid,
  kind text not null,
  recipient text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  attachments jsonb not null default '[]'::jsonb,
  state text not null,
  attempts integer not null default 0,
  next_try_at timestamp with time zone,
  last_error text,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  constraint outbox_state_check CHECK ((state = ANY (ARRAY['kept'::text, 'queued'::text, 'sent'::text, 'failed'::text]))),
  constraint outbox_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint outbox_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint outbox_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id),
  constraint outbox_pkey PRIMARY KEY (mail_id),
  constraint outbox_run_id_kind_recipient_key UNIQUE (run_id, kind, recipient)
);
CREATE INDEX outbox_by_time ON public.outbox USING btree (connection_id, created_at);
alter table outbox enable row level security;
alter table outbox force row level security;
create policy tenant on outbox for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on outbox to ledgerferry_app;

create table problem_log (
  organization_id uuid not null,
  connection_id uuid not null,
  problem_id uuid not null,
  transfer_id uuid,
  autotask_invoice_id bigint,
  run_id uuid,
  code text not null,
  who text not null,
  text text not null,
  remedy text not null,
  facts jsonb not null,
  reference text,
  first_seen timestamp with time zone not null,
  last_seen timestamp with time zone not null,
  occurrences integer not null,
  closed_at timestamp with time zone,
  constraint problem_log_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint problem_log_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint problem_log_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfers(transfer_id),
  constraint problem_log_pkey PRIMARY KEY (problem_id)
);
CREATE INDEX problem_log_by_cause ON public.problem_log USING btree (connection_id, code, last_seen) WHERE (closed_at IS NULL);
CREATE INDEX problem_log_by_time ON public.problem_log USING btree (connection_id, last_seen);
CREATE UNIQUE INDEX problem_log_open ON public.problem_log USING btree (connection_id, COALESCE(transfer_id, '00000000-0000-0000-0000-000000000000'::uuid), code) WHERE (closed_at IS NULL);
alter table problem_log enable row level security;
alter table problem_log force row level security;
create policy tenant on problem_log for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on problem_log to ledgerferry_app;

create table quickbooks_rows (
  organization_id uuid not null,
  connection_id uuid not null,
  kind text not null,
  quickbooks_id text not null,
  name text not null,
  active boolean not null,
  detail jsonb not null,
  constraint quickbooks_rows_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint quickbooks_rows_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint quickbooks_rows_pkey PRIMARY KEY (connection_id, kind, quickbooks_id)
);
alter table quickbooks_rows enable row level security;
alter table quickbooks_rows force row level security;
create policy tenant on quickbooks_rows for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on quickbooks_rows to ledgerferry_app;

create table runs (
  organization_id uuid not null,
  connection_id uuid not null,
  run_id uuid not null,
  kind text not null,
  state text not null,
  options jsonb not null,
  settings_version integer not null,
  requested_by text not null,
  requested_at timestamp with time zone not null,
  started_at timestamp with time zone,
  ended_at timestamp with time zone,
  fence bigint,
  progress jsonb,
  failure jsonb,
  report jsonb,
  result jsonb,
  constraint runs_kind_check CHECK ((kind = ANY (ARRAY['automatic'::text, 'sync-now'::text, 'manual-copy'::text, 'void-pass'::text, 'payment-pass'::text, 'compare-items'::text, 'copy-items'::text, 'reactivate'::text, 'reconcile'::text]))),
  constraint runs_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'finished'::text, 'failed'::text, 'cleared'::text]))),
  constraint runs_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint runs_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint runs_pkey PRIMARY KEY (run_id)
);
CREATE INDEX runs_by_kind ON public.runs USING btree (connection_id, kind, requested_at);
CREATE INDEX runs_by_state ON public.runs USING btree (connection_id, state, requested_at, run_id);
alter table runs enable row level security;
alter table runs force row level security;
create policy tenant on runs for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on runs to ledgerferry_app;

create table schema_migrations (
  name text not null,
  checksum text not null,
  constraint schema_migrations_pkey PRIMARY KEY (name)
);

create table settings_versions (
  organization_id uuid not null,
  connection_id uuid not null,
  version integer not null,
  settings jsonb not null,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  constraint settings_versions_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint settings_versions_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint settings_versions_pkey PRIMARY KEY (connection_id, version)
);
alter table settings_versions enable row level security;
alter table settings_versions force row level security;
create policy tenant on settings_versions for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on settings_versions to ledgerferry_app;

create table tokens (
  organization_id uuid not null,
  connection_id uuid not null,
  access_token text not null,
  refresh_token text not null,
  access_expires_at timestamp with time zone not null,
  refresh_expires_at timestamp with time zone,
  version integer not null,
  refreshing_by text,
  refreshing_until timestamp with time zone,
  constraint tokens_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint tokens_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint tokens_pkey PRIMARY KEY (connection_id)
);
alter table tokens enable row level security;
alter table tokens force row level security;
create policy tenant on tokens for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on tokens to ledgerferry_app;

create table transfer_events (
  organization_id uuid not null,
  connection_id uuid not null,
  event_number bigint not null generated always as identity,
  transfer_id uuid not null,
  at timestamp with time zone not null,
  from_state text not null,
  to_state text not null,
  reason text,
  actor text not null,
  run_id uuid,
  fence bigint,
  constraint transfer_events_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint transfer_events_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint transfer_events_transfer_id_fkey FOREIGN KEY (transfer_id) REFERENCES transfers(transfer_id),
  constraint transfer_events_pkey PRIMARY KEY (event_number)
);
CREATE INDEX transfer_events_by_time ON public.transfer_events USING btree (connection_id, at);
CREATE INDEX transfer_events_by_transfer ON public.transfer_events USING btree (transfer_id, event_number);
alter table transfer_events enable row level security;
alter table transfer_events force row level security;
create policy tenant on transfer_events for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant insert, select on transfer_events to ledgerferry_app;

create table transfers (
  organization_id uuid not null,
  connection_id uuid not null,
  transfer_id uuid not null,
  autotask_invoice_id bigint not null,
  copy_number integer not null default 0,
  state text not null,
  problems jsonb not null default '[]'::jsonb,
  invoice_number text,
  company_id bigint,
  company_name text,
  invoice_date date,
  source_created_at timestamp with time zone,
  source_total numeric,
  source_tax numeric,
  currency text,
  fingerprint text,
  draft_entity text,
  draft_body text,
  draft_hash text,
  draft_number text,
  draft_customer_id text,
  draft_total numeric,
  draft_tax numeric,
  needs_names text[] not null default '{}'::text[],
  approved_hash text,
  refused_hash text,
  generation integer not null default 0,
  batch_id uuid,
  send_by timestamp with time zone,
  looked_up_generation integer,
  send_alone boolean not null default false,
  quickbooks_id text,
  quickbooks_number text,
  quickbooks_total numeric,
  quickbooks_tax numeric,
  reply jsonb,
  adopted boolean not null default false,
  posted_at timestamp with time zone,
  mark_number text,
  marked_at timestamp with time zone,
  written_back_at timestamp with time zone,
  write_back_failures integer not null default 0,
  seen_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  run_id uuid,
  customer_mail text,
  customer_mail_address text,
  customer_mail_at timestamp with time zone,
  balance numeric,
  paid_on date,
  paid_written_at timestamp with time zone,
  voided_at timestamp with time zone,
  legacy_released boolean not null default false,
  constraint transfers_check CHECK (((state <> ALL (ARRAY['posted'::text, 'written_back'::text, 'voided'::text])) OR (quickbooks_id IS NOT NULL))),
  constraint transfers_check1 CHECK (((state <> ALL (ARRAY['posting'::text, 'verifying'::text])) OR ((batch_id IS NOT NULL) AND (send_by IS NOT NULL) AND (draft_body IS NOT NULL)))),
  constraint transfers_copy_number_check CHECK ((copy_number >= 0)),
  constraint transfers_customer_mail_check CHECK ((customer_mail = ANY (ARRAY['wanted'::text, 'waits'::text, 'sending'::text, 'sent'::text, 'no-address'::text, 'refused'::text, 'doubt'::text]))),
  constraint transfers_state_check CHECK ((state = ANY (ARRAY['seen'::text, 'waiting'::text, 'parked'::text, 'held'::text, 'skipped'::text, 'ready'::text, 'posting'::text, 'verifying'::text, 'posted'::text, 'written_back'::text, 'voided'::text]))),
  constraint transfers_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES batches(batch_id),
  constraint transfers_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint transfers_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint transfers_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(run_id),
  constraint transfers_pkey PRIMARY KEY (transfer_id),
  constraint transfers_connection_id_autotask_invoice_id_copy_number_key UNIQUE (connection_id, autotask_invoice_id, copy_number)
);
CREATE UNIQUE INDEX transfers_by_quickbooks_id ON public.transfers USING btree (connection_id, quickbooks_id) WHERE (quickbooks_id IS NOT NULL);
CREATE INDEX transfers_by_run ON public.transfers USING btree (run_id);
CREATE INDEX transfers_by_time ON public.transfers USING btree (connection_id, changed_at);
CREATE INDEX transfers_mail_due ON public.transfers USING btree (connection_id, autotask_invoice_id, copy_number) WHERE (customer_mail = ANY (ARRAY['wanted'::text, 'sending'::text]));
CREATE UNIQUE INDEX transfers_one_in_flight ON public.transfers USING btree (connection_id, autotask_invoice_id) WHERE (state = ANY (ARRAY['posting'::text, 'verifying'::text]));
CREATE INDEX transfers_open ON public.transfers USING btree (connection_id, state, autotask_invoice_id, copy_number) WHERE (state <> ALL (ARRAY['written_back'::text, 'skipped'::text, 'voided'::text]));
CREATE INDEX transfers_unlabelled ON public.transfers USING btree (connection_id, autotask_invoice_id) WHERE ((company_name IS NULL) AND (company_id IS NOT NULL));
CREATE INDEX transfers_unpaid ON public.transfers USING btree (connection_id, posted_at) WHERE ((state = ANY (ARRAY['posted'::text, 'written_back'::text])) AND (paid_written_at IS NULL));
alter table transfers enable row level security;
alter table transfers force row level security;
create policy tenant on transfers for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on transfers to ledgerferry_app;

create table vendor_usage (
  organization_id uuid not null,
  connection_id uuid not null,
  vendor text not null,
  hour timestamp with time zone not null,
  calls integer not null,
  metered_reads integer not null,
  constraint vendor_usage_of_connection FOREIGN KEY (organization_id, connection_id) REFERENCES connections(organization_id, connection_id),
  constraint vendor_usage_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES organizations(organization_id),
  constraint vendor_usage_pkey PRIMARY KEY (connection_id, vendor, hour)
);
alter table vendor_usage enable row level security;
alter table vendor_usage force row level security;
create policy tenant on vendor_usage for all using ((organization_id = (NULLIF(current_setting('ledgerferry.organization'::text, true), ''::text))::uuid) AND (connection_id = (NULLIF(current_setting('ledgerferry.connection'::text, true), ''::text))::uuid));
grant delete, insert, select, update on vendor_usage to ledgerferry_app;

CREATE OR REPLACE FUNCTION public.prune_audit_log(chain uuid, through bigint)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  org uuid := nullif(current_setting('ledgerferry.organization', true), '')::uuid;
  conn uuid := nullif(current_setting('ledgerferry.connection', true), '')::uuid;
  last_at timestamptz;
  last_hash text;
  said_at timestamptz;
  gone bigint;
begin
  if conn is not null and chain is distinct from conn then
    raise exception 'the audit log of another connection';
  end if;
  select a.at, a.hash into last_at, last_hash from audit_log a
  where a.organization_id = org and (a.connection_id = chain or (chain is null and a.connection_id is null)) and a.audit_number = through;
  select a.at into said_at from audit_log a
  where a.organization_id = org and (a.connection_id = chain or (chain is null and a.connection_id is null)) and a.audit_number > through
    and a.action = 'audit-pruned' and a.detail ->> 'hash' = last_hash
  order by a.audit_number desc limit 1;
  if said_at is null or last_at > said_at - interval '90 days' then
    raise exception 'no line of the audit log says that it is pruned so far';
  end if;
  delete from audit_log a
  where a.organization_id = org and (a.connection_id = chain or (chain is null and a.connection_id is null)) and a.audit_number <= through;
  get diagnostics gone = row_count;
  return gone;
end $function$
;
revoke all on function prune_audit_log(uuid,bigint) from public;
grant execute on function prune_audit_log(uuid,bigint) to ledgerferry_app;

CREATE OR REPLACE FUNCTION public.prune_transfer_events(before timestamp with time zone, most integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
declare
  org uuid := nullif(current_setting('ledgerferry.organization', true), '')::uuid;
  conn uuid := nullif(current_setting('ledgerferry.connection', true), '')::uuid;
  newest timestamptz;
  gone bigint;
begin
  select max(e.at) into newest from transfer_events e where e.organization_id = org and e.connection_id = conn;
  delete from transfer_events where event_number in (
    select e.event_number from transfer_events e join transfers t on t.transfer_id = e.transfer_id
    where e.organization_id = org and e.connection_id = conn and e.at < least(before, newest - interval '90 days')
      and t.state in ('written_back', 'voided', 'skipped') and t.changed_at < before
      and exists (select from transfer_events later where later.transfer_id = e.transfer_id and later.event_number > e.event_number)
    order by e.at, e.event_number limit most);
  get diagnostics gone = row_count;
  return gone;
end $function$
;
revoke all on function prune_transfer_events(timestamp with time zone,integer) from public;
grant execute on function prune_transfer_events(timestamp with time zone,integer) to ledgerferry_app;
