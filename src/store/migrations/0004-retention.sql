-- Retention (src/engine/retention.ts): how far the daily pass got, what it looks for, and the two rights that it needs.
alter table connections add column pruned_at timestamptz;

-- A run goes only when nothing names it any more.
create index batches_by_run on batches (run_id);
create index transfers_by_run on transfers (run_id);
create index outbox_by_time on outbox (connection_id, created_at);
create index transfer_events_by_time on transfer_events (connection_id, at);
-- The end of a chain that is seldom written to is found without reading all the others.
create index audit_log_by_chain on audit_log (organization_id, connection_id, audit_number);

-- The application may add to the two histories and nothing else. What is old leaves them through these functions only, which
-- know no other order than this: never what is younger than 90 days before the newest line, never the last line of a transfer,
-- and of an audit chain only its beginning, once a later line of the same chain says so.

create function prune_transfer_events(before timestamptz, most integer) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
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
end $$;

create function prune_audit_log(chain uuid, through bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
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
end $$;

revoke all on function prune_transfer_events(timestamptz, integer), prune_audit_log(uuid, bigint) from public;
do $$
begin
  if exists (select from pg_roles where rolname = 'ledgerferry_app') then
    grant execute on function prune_transfer_events(timestamptz, integer), prune_audit_log(uuid, bigint) to ledgerferry_app;
  end if;
end $$;
