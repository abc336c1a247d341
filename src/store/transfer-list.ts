/** The ledger as a table that a person filters and sorts: one page at a time, counted by state and cause, summed by currency. */
import { sql, type ExpressionBuilder, type ExpressionWrapper, type RawBuilder, type SqlBool } from 'kysely';
import type { TransferState } from '../core/states.ts';
import { transfersBehind } from './problems.ts';
import type { Tables } from './tables.ts';
import type { TenantTx } from './tenant.ts';
import type { Transfer } from './transfers.ts';

export interface TransferFilter {
  readonly states?: readonly TransferState[];
  /** A problem code that stands on the transfer. */
  readonly code?: string;
  /** The short name of an open cause: what waits for it. */
  readonly cause?: string;
  /** The company's exact name. */
  readonly company?: string;
  /** Part of a number, a company or an id. */
  readonly search?: string;
  /** Invoice dates, both inclusive. */
  readonly from?: string;
  readonly to?: string;
  /** Autotask's total with tax, both inclusive, decimal text. */
  readonly least?: string;
  readonly most?: string;
}

export const transferSorts = ['id', 'number', 'company', 'date', 'total', 'state', 'changed'] as const;
export type TransferSort = (typeof transferSorts)[number];

export interface TransferOrder {
  readonly by: TransferSort;
  readonly direction: 'asc' | 'desc';
}

const columns = [
  'transfer_id',
  'autotask_invoice_id',
  'copy_number',
  'state',
  'problems',
  'invoice_number',
  'mark_number',
  'written_back_at',
  'company_name',
  'invoice_date',
  'source_created_at',
  'source_total',
  'source_tax',
  'currency',
  'draft_hash',
  'approved_hash',
  'quickbooks_id',
  'quickbooks_number',
  'quickbooks_total',
  'quickbooks_tax',
  'adopted',
  'balance',
  'paid_on',
  'posted_at',
  'changed_at',
  'run_id',
] as const;

/** A ledger row without its bodies: ten thousand of them are listed without reading a draft. */
export type ListedTransfer = Pick<Transfer, (typeof columns)[number]>;

const sortColumns = {
  id: 'autotask_invoice_id',
  number: sql<string>`case when written_back_at is null then invoice_number else coalesce(mark_number, invoice_number) end`,
  company: 'company_name',
  date: 'invoice_date',
  total: 'source_total',
  state: 'state',
  changed: 'changed_at',
} as const satisfies Record<TransferSort, keyof Transfer | RawBuilder<string>>;

type Row = ExpressionBuilder<Tables, 'transfers'>;
type Condition = ExpressionWrapper<Tables, 'transfers', SqlBool>;

/**
 * The state as people read it, by which they filter: a person's hold is `held`; what a rule holds (the old app's mark) waits
 * for a person like all that is parked.
 */
const shownState = sql<TransferState>`case when state = 'held' and not problems @> '[{"code":"on-hold"}]'::jsonb
  then 'parked' else state end`;

const matches =
  (filter: TransferFilter) =>
  (eb: Row): Condition => {
    const { states, code, cause, company, search, from, to, least, most } = filter;
    const like = `%${(search ?? '').trim().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    return eb.and([
      ...(states === undefined ? [] : [eb(shownState, 'in', states)]),
      ...(code === undefined ? [] : [sql<boolean>`problems @> ${JSON.stringify([{ code }])}::jsonb`]),
      ...(cause === undefined ? [] : [sql<boolean>`transfer_id in (${transfersBehind(cause)})`]),
      ...(company === undefined ? [] : [eb('company_name', '=', company)]),
      ...(from === undefined ? [] : [eb('invoice_date', '>=', from)]),
      ...(to === undefined ? [] : [eb('invoice_date', '<=', to)]),
      ...(least === undefined ? [] : [eb('source_total', '>=', least)]),
      ...(most === undefined ? [] : [eb('source_total', '<=', most)]),
      ...(like === '%%'
        ? []
        : [
            eb.or([
              eb('invoice_number', 'ilike', like),
              eb('company_name', 'ilike', like),
              eb('quickbooks_number', 'ilike', like),
              eb(sql<string>`autotask_invoice_id::text`, 'like', like),
            ]),
          ]),
    ]);
  };

/** One page; rows without a value for the sorted column stand last, ties by invoice and copy. */
export const listTransfers = (
  tx: TenantTx,
  filter: TransferFilter,
  order: TransferOrder,
  page: { readonly offset: number; readonly limit: number },
): Promise<ListedTransfer[]> =>
  tx
    .selectFrom('transfers')
    .select(columns)
    .where(matches(filter))
    .orderBy(sortColumns[order.by], (by) => (order.direction === 'asc' ? by.asc().nullsLast() : by.desc().nullsLast()))
    .orderBy('autotask_invoice_id', order.direction)
    .orderBy('copy_number')
    .offset(page.offset)
    .limit(page.limit)
    .execute();

/** The invoices behind a filter, each once, for a decision over all of them. */
export async function listInvoiceIds(tx: TenantTx, filter: TransferFilter, limit: number): Promise<number[]> {
  const rows = await tx
    .selectFrom('transfers')
    .select('autotask_invoice_id')
    .distinct()
    .where(matches(filter))
    .orderBy('autotask_invoice_id')
    .limit(limit)
    .execute();
  return rows.map((row) => row.autotask_invoice_id);
}

export type StateOf = Pick<Transfer, 'autotask_invoice_id' | 'copy_number' | 'state' | 'problems'>;

/** How the given invoices and their copies stand now. */
export const loadStatesOf = (tx: TenantTx, invoiceIds: readonly number[]): Promise<StateOf[]> =>
  tx
    .selectFrom('transfers')
    .select(['autotask_invoice_id', 'copy_number', 'state', 'problems'])
    .where('autotask_invoice_id', 'in', invoiceIds)
    .execute();

export interface TransferSummary {
  readonly count: number;
  /** By state, over the filter without its states: what choosing another state would show. */
  readonly states: ReadonlyMap<TransferState, number>;
  /** By problem code, over the filter without its code. */
  readonly codes: readonly { readonly code: string; readonly count: number }[];
  /** Sums by currency, decimal text; null = the company's own. */
  readonly sums: readonly {
    readonly currency: string | null;
    readonly count: number;
    readonly total: string;
    readonly quickbooksTotal: string;
  }[];
}

export async function summarizeTransfers(tx: TenantTx, filter: TransferFilter): Promise<TransferSummary> {
  const { states: _states, ...anyState } = filter;
  const { code: _code, ...anyCode } = filter;
  const states = await tx
    .selectFrom('transfers')
    .select([shownState.as('state'), (eb) => eb.fn.countAll<string>().as('count')])
    .where(matches(anyState))
    .groupBy(shownState)
    .orderBy(shownState)
    .execute();
  const codes = await tx
    .selectFrom((from) =>
      from
        .selectFrom('transfers')
        .select(['transfer_id', sql<string>`jsonb_array_elements(problems) ->> 'code'`.as('code')])
        .where(matches(anyCode))
        .as('told'),
    )
    .select(['code', (eb) => eb.fn.count<string>('transfer_id').distinct().as('count')])
    .groupBy('code')
    .orderBy('count', 'desc')
    .orderBy('code')
    .execute();
  const sums = await tx
    .selectFrom('transfers')
    .select([
      'currency',
      (eb) => eb.fn.countAll<string>().as('count'),
      sql<string>`coalesce(sum(source_total), 0)`.as('total'),
      sql<string>`coalesce(sum(quickbooks_total), 0)`.as('quickbooks_total'),
    ])
    .where(matches(filter))
    .groupBy('currency')
    .orderBy('currency')
    .execute();
  return {
    count: sums.reduce((count, row) => count + Number(row.count), 0),
    states: new Map(states.map((row) => [row.state, Number(row.count)])),
    codes: codes.map((row) => ({ code: row.code, count: Number(row.count) })),
    sums: sums.map((row) => ({
      currency: row.currency,
      count: Number(row.count),
      total: row.total,
      quickbooksTotal: row.quickbooks_total,
    })),
  };
}
