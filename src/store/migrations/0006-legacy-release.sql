-- The old app's mark ERROR holds an invoice back until a person releases it; the mark itself stays in Autotask until the invoice is
-- posted and its number written, so that the release has to be remembered here.
alter table transfers add column legacy_released boolean not null default false;
