-- A mail to the customer that a difference keeps back until a person has decided: what was wished for when the invoice was posted.
alter table transfers drop constraint transfers_customer_mail_check;
alter table transfers add constraint transfers_customer_mail_check
  check (customer_mail in ('wanted', 'waits', 'sending', 'sent', 'no-address', 'refused', 'doubt'));
