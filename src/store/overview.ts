/** Sums over the ledger for the desk's first page; money is added up by the database, exactly. */
import { sql } from 'kysely';
import type { TenantTx } from './tenant.ts';

export interface MovedDay {
  /** In the connection's time zone. */
  readonly day: string;
  readonly invoices: number;
  /** QuickBooks' totals, decimal text. */
  readonly amount: string;
  readonly currency: string | null;
}

/** What reached QuickBooks, by day and currency; adopted invoices were there already and do not count. */
export async function loadMoved(tx: TenantTx, from: string, timeZone: string): Promise<MovedDay[]> {
  const { rows } = await sql<MovedDay>`
    select to_char(posted_at at time zone ${timeZone}, 'YYYY-MM-DD') as day, count(*)::integer as invoices,
           sum(coalesce(quickbooks_total, source_total, 0))::text as amount, currency
    from transfers
    where posted_at >= (${from}::date)::timestamp at time zone ${timeZone} and state <> 'voided' and not adopted
    group by 1, currency
    order by 1, currency`.execute(tx);
  return rows;
}

/** Three days of runs every quarter of an hour: so far back one is looked for, and no further report is opened. */
const RUNS_LOOKED = 300;

/** The newest run after which something was in QuickBooks, with how many, by its report. */
export async function loadLastPosted(tx: TenantTx): Promise<{ id: string; endedAt: Date; posted: number } | null> {
  const { rows } = await sql<{ id: string; endedAt: Date; posted: number }>`
    select run_id as id, ended_at as "endedAt", (report -> 'counts' ->> 'posted')::integer as posted
    from (select run_id, kind, ended_at, requested_at, report from runs order by requested_at desc, run_id limit ${RUNS_LOOKED}) as recent
    where ended_at is not null and kind in ('automatic', 'sync-now', 'manual-copy')
      and (report -> 'counts' ->> 'posted')::integer > 0
    order by requested_at desc, run_id
    limit 1`.execute(tx);
  return rows[0] ?? null;
}

/** How many causes wait for a person, and the invoices behind them. */
export async function countWaiting(tx: TenantTx): Promise<{ causes: number; invoices: number }> {
  const { rows } = await sql<{ causes: number; invoices: number }>`
    select count(distinct code || ' ' || text)::integer as causes,
           count(distinct autotask_invoice_id)::integer as invoices
    from problem_log
    where closed_at is null and who <> 'nobody'`.execute(tx);
  return rows[0] ?? { causes: 0, invoices: 0 };
}
