-- The ledger. Append-only: a later change is a later file.
-- Every table carries its organization (and, but for the three that exist before a connection does, its connection), and
-- row-level security is forced on all of them: the second net below the tenant-bound handles of src/store/tenant.ts.
-- No default reads the clock or makes an id: both come through the seams, so that a simulation can replay them.

create table organizations (
  organization_id uuid primary key,
  name text not null unique,
  created_at timestamptz not null
);

create table connections (
  organization_id uuid not null references organizations,
  connection_id uuid primary key,
  name text not null,
  created_at timestamptz not null,
  -- Part of every marker in QuickBooks; made from the pair of tenant and company, so that a new installation knows its own.
  marker_key text,
  report_email text,
  next_run_at timestamptz,
  autotask_state text not null default 'none' check (autotask_state in ('none', 'connected', 'refused')),
  autotask_detail text,
  autotask_user text,
  autotask_secret text,
  autotask_integration_code text,
  autotask_url text,
  autotask_web_url text,
  autotask_tenant text,
  quickbooks_state text not null default 'none' check (quickbooks_state in ('none', 'connected', 'reconnect')),
  quickbooks_detail text,
  quickbooks_realm text,
  quickbooks_realm_hash text,
  quickbooks_company_name text,
  quickbooks_profile jsonb,
  quickbooks_profile_at timestamptz,
  oauth_state text,
  oauth_redirect_uri text,
  unique (organization_id, name)
);

create table leases (
  organization_id uuid not null references organizations,
  connection_id uuid primary key references connections,
  fence bigint not null default 0,
  holder text,
  purpose text,
  taken_at timestamptz,
  expires_at timestamptz
);

create table tokens (
  organization_id uuid not null references organizations,
  connection_id uuid primary key references connections,
  access_token text not null,
  refresh_token text not null,
  access_expires_at timestamptz not null,
  refresh_expires_at timestamptz,
  version integer not null,
  refreshing_by text,
  refreshing_until timestamptz
);

create table settings_versions (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  version integer not null,
  settings jsonb not null,
  changed_at timestamptz not null,
  changed_by text not null,
  primary key (connection_id, version)
);

create table runs (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  run_id uuid primary key,
  kind text not null check (kind in ('automatic', 'sync-now', 'manual-copy')),
  state text not null check (state in ('queued', 'running', 'finished', 'failed', 'cleared')),
  options jsonb not null,
  settings_version integer not null,
  requested_by text not null,
  requested_at timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  fence bigint,
  progress jsonb,
  failure jsonb,
  report jsonb
);
create index runs_by_state on runs (connection_id, state, requested_at, run_id);

create table batches (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  batch_id uuid primary key,
  run_id uuid not null references runs,
  endpoint text not null check (endpoint in ('batch', 'Invoice', 'CreditMemo', 'Customer', 'Item')),
  allow_duplicate_number boolean not null,
  request_id text not null,
  body text not null,
  members integer not null,
  fence bigint not null,
  state text not null check (state in ('committed', 'not-sent', 'answered', 'refused', 'unknown')),
  committed_at timestamptz not null,
  send_by timestamptz not null,
  ended_at timestamptz,
  reference text,
  detail text,
  unique (connection_id, request_id)
);
create index batches_by_time on batches (connection_id, committed_at);
create index batches_open on batches (connection_id) where state = 'committed';

create table transfers (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  transfer_id uuid primary key,
  autotask_invoice_id bigint not null,
  copy_number integer not null default 0 check (copy_number >= 0),
  state text not null check (state in ('seen', 'waiting', 'parked', 'held', 'skipped', 'ready', 'posting', 'verifying', 'posted', 'written_back', 'voided')),
  problems jsonb not null default '[]',
  -- What Autotask says (kept at transfer time: a voided invoice loses its lines there).
  invoice_number text,
  company_id bigint,
  company_name text,
  invoice_date date,
  source_created_at timestamptz,
  source_total numeric,
  source_tax numeric,
  currency text,
  fingerprint text,
  -- The draft: the exact text that would be or was sent, and what QuickBooks must answer to it.
  draft_entity text,
  draft_body text,
  draft_hash text,
  draft_number text,
  draft_customer_id text,
  draft_total numeric,
  draft_tax numeric,
  needs_names text[] not null default '{}',
  approved_hash text,
  refused_hash text,
  -- The sending.
  generation integer not null default 0,
  batch_id uuid references batches,
  send_by timestamptz,
  looked_up_generation integer,
  send_alone boolean not null default false,
  -- What QuickBooks answered.
  quickbooks_id text,
  quickbooks_number text,
  quickbooks_total numeric,
  quickbooks_tax numeric,
  reply jsonb,
  adopted boolean not null default false,
  posted_at timestamptz,
  -- What Autotask was told.
  mark_number text,
  marked_at timestamptz,
  written_back_at timestamptz,
  write_back_failures integer not null default 0,
  seen_at timestamptz not null,
  changed_at timestamptz not null,
  run_id uuid references runs,
  unique (connection_id, autotask_invoice_id, copy_number),
  check (state not in ('posted', 'written_back', 'voided') or quickbooks_id is not null),
  check (state not in ('posting', 'verifying') or (batch_id is not null and send_by is not null and draft_body is not null))
);
-- One copy of an invoice in flight at a time, and one transfer to a QuickBooks invoice.
create unique index transfers_one_in_flight on transfers (connection_id, autotask_invoice_id) where state in ('posting', 'verifying');
create unique index transfers_by_quickbooks_id on transfers (connection_id, quickbooks_id) where quickbooks_id is not null;
create index transfers_open on transfers (connection_id, state, autotask_invoice_id, copy_number) where state not in ('written_back', 'skipped', 'voided');
create index transfers_by_time on transfers (connection_id, changed_at);

-- Append-only: who moved which transfer from where to where, and why.
create table transfer_events (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  event_number bigint generated always as identity primary key,
  transfer_id uuid not null references transfers,
  at timestamptz not null,
  from_state text not null,
  to_state text not null,
  reason text,
  actor text not null,
  run_id uuid,
  fence bigint
);
create index transfer_events_by_transfer on transfer_events (transfer_id, event_number);

-- Customers and items that a run creates: intents like any other.
create table creations (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  creation_id uuid primary key,
  kind text not null check (kind in ('customer', 'item')),
  source_key text not null,
  name text not null,
  body text not null,
  state text not null check (state in ('ready', 'posting', 'verifying', 'done', 'parked')),
  problem jsonb,
  generation integer not null default 0,
  batch_id uuid references batches,
  send_by timestamptz,
  quickbooks_id text,
  changed_at timestamptz not null,
  unique (connection_id, kind, source_key)
);

create table batch_members (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  batch_id uuid not null references batches,
  b_id text not null,
  transfer_id uuid references transfers,
  creation_id uuid references creations,
  generation integer not null,
  primary key (batch_id, b_id),
  check ((transfer_id is null) <> (creation_id is null))
);

create table links (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  kind text not null check (kind in ('customer', 'item', 'term', 'tax-code', 'class')),
  source_key text not null,
  quickbooks_id text not null,
  quickbooks_name text not null,
  origin text not null check (origin in ('matched', 'created', 'person')),
  linked_at timestamptz not null,
  primary key (connection_id, kind, source_key)
);

-- What we remember of the two vendors' lists, so that a run reads only what changed.
create table quickbooks_rows (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  kind text not null,
  quickbooks_id text not null,
  name text not null,
  active boolean not null,
  detail jsonb not null,
  primary key (connection_id, kind, quickbooks_id)
);

create table autotask_rows (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  kind text not null,
  autotask_id bigint not null,
  detail jsonb not null,
  read_at timestamptz not null,
  primary key (connection_id, kind, autotask_id)
);

create table list_states (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  list text not null,
  read_at timestamptz not null,
  primary key (connection_id, list)
);

-- Every error and obstacle, by transfer and cause; the error log reads it.
create table problem_log (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  problem_id uuid primary key,
  transfer_id uuid references transfers,
  autotask_invoice_id bigint,
  run_id uuid,
  code text not null,
  who text not null,
  text text not null,
  remedy text not null,
  facts jsonb not null,
  reference text,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  occurrences integer not null,
  closed_at timestamptz
);
create unique index problem_log_open on problem_log (connection_id, coalesce(transfer_id, '00000000-0000-0000-0000-000000000000'::uuid), code) where closed_at is null;

create table outbox (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  mail_id uuid primary key,
  run_id uuid references runs,
  kind text not null,
  recipient text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  attachments jsonb not null default '[]',
  state text not null check (state in ('kept', 'queued', 'sent', 'failed')),
  attempts integer not null default 0,
  next_try_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  sent_at timestamptz,
  unique (run_id, kind, recipient)
);

create table audit_log (
  organization_id uuid not null references organizations,
  connection_id uuid references connections,
  audit_number bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail jsonb not null
);

create table vendor_usage (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  vendor text not null,
  hour timestamptz not null,
  calls integer not null,
  metered_reads integer not null,
  primary key (connection_id, vendor, hour)
);

do $$
declare
  t text;
  own text := 'organization_id = nullif(current_setting(''ledgerferry.organization'', true), '''')::uuid';
  conn text := ' and (nullif(current_setting(''ledgerferry.connection'', true), '''') is null or connection_id = nullif(current_setting(''ledgerferry.connection'', true), '''')::uuid)';
  sys text := ' or current_setting(''ledgerferry.system'', true) = ''on''';
begin
  foreach t in array array['organizations', 'connections', 'leases', 'tokens', 'settings_versions', 'runs', 'batches', 'batch_members',
    'transfers', 'transfer_events', 'creations', 'links', 'quickbooks_rows', 'autotask_rows', 'list_states', 'problem_log', 'outbox',
    'audit_log', 'vendor_usage']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using ((%s)%s)', t,
      own || case when t = 'organizations' then '' else conn end,
      case when t in ('organizations', 'connections', 'leases') then sys else '' end);
    if exists (select from pg_roles where rolname = 'ledgerferry_app') then
      execute format('grant select, insert%s on %I to ledgerferry_app',
        case when t in ('transfer_events', 'audit_log') then '' else ', update, delete' end, t);
    end if;
  end loop;
  if exists (select from pg_roles where rolname = 'ledgerferry_app') then
    grant usage on all sequences in schema public to ledgerferry_app;
  end if;
end $$;
