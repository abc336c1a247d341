-- What belongs to one connection is seen by transactions of that connection alone. "This connection, or none was named" could not be
-- answered from an index: each question read the rows of all tenants, and a small company's poll grew with everybody else's invoices.
-- Organizations, connections, leases and the audit log keep the wider rule: whole organizations look at them.
do $$
declare
  name text;
begin
  foreach name in array array['alerts', 'autotask_rows', 'batch_members', 'batches', 'creations', 'decisions', 'links', 'list_states',
    'outbox', 'problem_log', 'quickbooks_rows', 'runs', 'settings_versions', 'tokens', 'transfer_events', 'transfers', 'vendor_usage']
  loop
    execute format($policy$alter policy tenant on %I using (
      organization_id = nullif(current_setting('ledgerferry.organization', true), '')::uuid
      and connection_id = nullif(current_setting('ledgerferry.connection', true), '')::uuid)$policy$, name);
  end loop;
end $$;

-- What every poll asks, answered without walking through the tenant's rows: the oldest unpaid, rows without a company's name, and the
-- last run of a kind.
drop index transfers_unpaid;
create index transfers_unpaid on transfers (connection_id, posted_at) where state in ('posted', 'written_back') and paid_written_at is null;
create index transfers_unlabelled on transfers (connection_id, autotask_invoice_id) where company_name is null and company_id is not null;
create index runs_by_kind on runs (connection_id, kind, requested_at);
create index problem_log_by_time on problem_log (connection_id, last_seen);
