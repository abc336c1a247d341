-- One customer belongs to one company (facts/mission.md A5.1), whoever writes the link and however many do at once.
-- Two people who linked at the same moment could put two companies on one customer. Which of them is meant nobody but a person knows,
-- so none of such pairs is taken away here: an unlinked company would go by its name to another customer, or make one, unseen.
-- They are told apart as shared instead, stay outside of the rule, and runs post for none of their companies until a person has taken
-- one of the links away (core/match-customer.ts).
alter table links add column shared boolean not null default false;

-- Where the owner is no superuser, forced row-level security would hide every row from this statement.
alter table links no force row level security;
update links one set shared = true
  where kind = 'customer' and exists (select from links other
    where other.connection_id = one.connection_id and other.kind = 'customer'
      and other.quickbooks_id = one.quickbooks_id and other.source_key <> one.source_key);
alter table links force row level security;

create unique index links_by_customer on links (connection_id, quickbooks_id) where kind = 'customer' and not shared;
