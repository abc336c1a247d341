-- Since when a run stands in the queue that no worker has come to yet; null when there is none. The sweep sees connections, not the
-- runs of a tenant: without this a run that was asked for while another was at work waited until something else woke the connection.
alter table connections add column queued_at timestamptz;
