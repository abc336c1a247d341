-- The audit log is chained: each line holds the hash of the line before it and of itself, one chain per organization and
-- connection (lines of no connection have one of their own). Lines from before this have none; verification says how many.
alter table audit_log add column previous_hash text not null default '';
alter table audit_log add column hash text not null default '';
-- No line has two successors.
create unique index audit_log_chain on audit_log
  (organization_id, coalesce(connection_id, '00000000-0000-0000-0000-000000000000'::uuid), previous_hash) where hash <> '';
create index audit_log_by_organization on audit_log (organization_id, audit_number);
