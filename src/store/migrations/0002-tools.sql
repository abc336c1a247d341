-- The tools around the sync: voids and payments back, mails to customers, decisions of people, further kinds of runs.

alter table runs drop constraint runs_kind_check;
alter table runs add constraint runs_kind_check check (kind in
  ('automatic', 'sync-now', 'manual-copy', 'void-pass', 'payment-pass', 'compare-items', 'copy-items', 'reactivate', 'reconcile'));
-- What a run answers beside its report: the rows of a comparison, what a copy of items made.
alter table runs add column result jsonb;

alter table batches drop constraint batches_endpoint_check;
alter table batches add constraint batches_endpoint_check check (endpoint in
  ('batch', 'Invoice', 'CreditMemo', 'Customer', 'Item', 'void', 'send'));

-- The mail that QuickBooks sends to the customer: null = not asked for.
alter table transfers add column customer_mail text check (customer_mail in ('wanted', 'sending', 'sent', 'no-address', 'refused', 'doubt'));
alter table transfers add column customer_mail_address text;
alter table transfers add column customer_mail_at timestamptz;
-- What the payment pass knows: the open balance in QuickBooks, and the date that we gave Autotask.
alter table transfers add column balance numeric;
alter table transfers add column paid_on date;
alter table transfers add column paid_written_at timestamptz;
alter table transfers add column voided_at timestamptz;
create index transfers_mail_due on transfers (connection_id, autotask_invoice_id, copy_number) where customer_mail in ('wanted', 'sending');
create index transfers_unpaid on transfers (connection_id, quickbooks_id) where state in ('posted', 'written_back') and paid_written_at is null;

-- What a person decided about a name: create it although the settings or a limit say stop.
create table decisions (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  kind text not null check (kind in ('customer', 'item')),
  source_key text not null,
  action text not null check (action in ('create')),
  decided_at timestamptz not null,
  decided_by text not null,
  primary key (connection_id, kind, source_key)
);

alter table links drop constraint links_kind_check;
alter table links add constraint links_kind_check check (kind in ('customer', 'item', 'term', 'tax-code', 'class', 'location'));

-- One alert an hour and cause: what was told when.
create table alerts (
  organization_id uuid not null references organizations,
  connection_id uuid not null references connections,
  cause text not null,
  told_at timestamptz not null,
  suppressed integer not null default 0,
  primary key (connection_id, cause)
);

create index problem_log_by_cause on problem_log (connection_id, code, last_seen) where closed_at is null;

do $$
declare
  t text;
  own text := 'organization_id = nullif(current_setting(''ledgerferry.organization'', true), '''')::uuid';
  conn text := ' and (nullif(current_setting(''ledgerferry.connection'', true), '''') is null or connection_id = nullif(current_setting(''ledgerferry.connection'', true), '''')::uuid)';
begin
  foreach t in array array['decisions', 'alerts']
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy tenant on %I using ((%s)%s)', t, own, conn);
    if exists (select from pg_roles where rolname = 'ledgerferry_app') then
      execute format('grant select, insert, update, delete on %I to ledgerferry_app', t);
    end if;
  end loop;
end $$;

-- A row's connection belongs to the row's organization, whatever a handle says.
alter table connections add constraint connections_of_organization unique (organization_id, connection_id);
do $$
declare
  t text;
begin
  foreach t in array array['leases', 'tokens', 'settings_versions', 'runs', 'batches', 'batch_members', 'transfers', 'transfer_events',
    'creations', 'links', 'quickbooks_rows', 'autotask_rows', 'list_states', 'problem_log', 'outbox', 'audit_log', 'vendor_usage',
    'decisions', 'alerts']
  loop
    execute format('alter table %I drop constraint if exists %I', t, t || '_connection_id_fkey');
    execute format('alter table %I add constraint %I foreign key (organization_id, connection_id) references connections (organization_id, connection_id)',
      t, t || '_of_connection');
  end loop;
end $$;
