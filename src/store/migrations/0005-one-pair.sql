-- A connection that a person removed stays for its history, without its secrets and its name; a pair of an Autotask tenant and a
-- QuickBooks company is joined by one connection only, since each of two would post every invoice.
alter table connections add column removed_at timestamptz;
alter table connections drop constraint connections_organization_id_name_key;
create unique index connections_by_name on connections (organization_id, name) where removed_at is null;

update connections later
  set marker_key = null, quickbooks_state = 'none', next_run_at = null,
    quickbooks_detail = 'an older connection joins this Autotask and this QuickBooks company'
  where exists (select from connections older
    where older.marker_key = later.marker_key
      and (older.created_at, older.connection_id) < (later.created_at, later.connection_id));
create unique index connections_by_pair on connections (marker_key) where removed_at is null;
