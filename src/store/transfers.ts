/**
 * The ledger rows. A row changes only by `moveTransfers`, which checks the table of states, the state it expects to find,
 * and writes the append-only history in the same statement.
 */
import { strict as assert } from 'node:assert';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import { mayMove, type TransferState } from '../core/states.ts';
import type { TransferRow } from './tables.ts';
import type { TenantTx } from './tenant.ts';

export type Transfer = Selectable<TransferRow>;

/** A person said that this QuickBooks invoice, made by others, is it: there is no draft of ours, and no mark in its note. */
export const isAdoptedByHand = (row: Pick<Transfer, 'adopted' | 'draft_body'>): boolean =>
  row.adopted && row.draft_body === null;

/** Autotask's own number as it is now: what was read, until ours was written there. */
export const autotaskNumber = (
  row: Pick<Transfer, 'invoice_number' | 'mark_number' | 'written_back_at'>,
): string | null => (row.written_back_at === null ? row.invoice_number : (row.mark_number ?? row.invoice_number));

/** The columns that a move may set, with their types; anything else in a row is set once, when it is seen. */
const changeable = {
  problems: 'jsonb',
  invoice_number: 'text',
  company_id: 'bigint',
  company_name: 'text',
  invoice_date: 'date',
  source_created_at: 'timestamptz',
  source_total: 'numeric',
  source_tax: 'numeric',
  currency: 'text',
  fingerprint: 'text',
  draft_entity: 'text',
  draft_body: 'text',
  draft_hash: 'text',
  draft_number: 'text',
  draft_customer_id: 'text',
  draft_total: 'numeric',
  draft_tax: 'numeric',
  needs_names: 'text[]',
  approved_hash: 'text',
  refused_hash: 'text',
  generation: 'integer',
  batch_id: 'uuid',
  send_by: 'timestamptz',
  looked_up_generation: 'integer',
  send_alone: 'boolean',
  legacy_released: 'boolean',
  quickbooks_id: 'text',
  quickbooks_number: 'text',
  quickbooks_total: 'numeric',
  quickbooks_tax: 'numeric',
  reply: 'jsonb',
  adopted: 'boolean',
  posted_at: 'timestamptz',
  mark_number: 'text',
  marked_at: 'timestamptz',
  written_back_at: 'timestamptz',
  write_back_failures: 'integer',
  customer_mail: 'text',
  customer_mail_address: 'text',
  customer_mail_at: 'timestamptz',
  balance: 'numeric',
  paid_on: 'date',
  paid_written_at: 'timestamptz',
  voided_at: 'timestamptz',
} as const;

export type TransferChanges = Partial<Pick<Transfer, keyof typeof changeable>>;

export interface Move {
  readonly transferId: string;
  readonly from: TransferState;
  readonly to: TransferState;
  /** A problem code or a word for the history. */
  readonly reason: string | null;
  readonly set: TransferChanges;
}

export interface MoveContext {
  readonly at: Date;
  readonly actor: string;
  readonly runId: string | null;
  readonly fence: number | null;
}

/** Another writer was faster, or the table of states was not obeyed: a bug or a lost lease, never ignored. */
export class MoveRefused extends Error {
  override readonly name = 'MoveRefused';
}

/**
 * Moves transfers; all or none. Moves from a state to itself renew the row's values without a line in the history.
 * @throws MoveRefused when a row is not in the state that the caller saw.
 */
export async function moveTransfers(tx: TenantTx, moves: readonly Move[], context: MoveContext): Promise<void> {
  const groups = new Map<string, Move[]>();
  for (const move of moves) {
    assert(move.from === move.to || mayMove(move.from, move.to), `no transfer goes from ${move.from} to ${move.to}`);
    const key = Object.keys(move.set).sort().join();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [move]);
    else group.push(move);
  }
  for (const group of groups.values()) await moveAlike(tx, group, context);
}

async function moveAlike(tx: TenantTx, moves: readonly Move[], context: MoveContext): Promise<void> {
  const columns = columnsOf(moves[0]?.set ?? {});
  const rows = moves.map((move) => ({
    transfer_id: move.transferId,
    from_state: move.from,
    to_state: move.to,
    reason: move.reason,
    ...move.set,
  }));
  const moved = await sql`
    with wanted as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as x(transfer_id uuid, from_state text, to_state text, reason text${sql.join(
          columns.map((name) => sql`, ${sql.ref(name)} ${sql.raw(changeable[name])}`),
          sql``,
        )})
    ), moved as (
      update transfers t set state = w.to_state, changed_at = ${context.at}, run_id = coalesce(${context.runId}::uuid, t.run_id)
        ${sql.join(
          columns.map((name) => sql`, ${sql.ref(name)} = w.${sql.ref(name)}`),
          sql``,
        )}
      from wanted w where t.transfer_id = w.transfer_id and t.state = w.from_state
      returning t.transfer_id, t.organization_id, t.connection_id, w.from_state, w.to_state, w.reason
    ), history as (
      insert into transfer_events (organization_id, connection_id, transfer_id, at, from_state, to_state, reason, actor, run_id, fence)
      select organization_id, connection_id, transfer_id, ${context.at}, from_state, to_state, reason, ${context.actor}, ${context.runId}::uuid, ${context.fence}::bigint
      from moved where from_state <> to_state order by transfer_id
    )
    select transfer_id from moved`.execute(tx);
  if (moved.rows.length !== moves.length) {
    throw new MoveRefused(
      `${String(moves.length - moved.rows.length)} of ${String(moves.length)} transfers were no longer in the expected state`,
    );
  }
}

const isChangeable = (name: string): name is keyof typeof changeable => name in changeable;

function columnsOf(set: TransferChanges): (keyof typeof changeable)[] {
  const names = Object.keys(set).sort();
  return names.map((name) => {
    assert(isChangeable(name), `${name} is not a column that a move may set`);
    return name;
  });
}

export interface SeenTransfer {
  readonly transferId: string;
  readonly invoiceId: number;
  readonly copyNumber: number;
}

/** Makes the missing ledger rows in state `seen`; rows that exist stay as they are. */
export async function saveSeen(
  tx: TenantTx,
  scope: { organizationId: string; connectionId: string; runId: string | null; at: Date },
  seen: readonly SeenTransfer[],
): Promise<void> {
  if (seen.length === 0) return;
  const rows = seen.map((one) => ({
    transfer_id: one.transferId,
    invoice_id: one.invoiceId,
    copy_number: one.copyNumber,
  }));
  await sql`
    insert into transfers (organization_id, connection_id, transfer_id, autotask_invoice_id, copy_number, state, seen_at, changed_at, run_id)
    select ${scope.organizationId}, ${scope.connectionId}, x.transfer_id, x.invoice_id, x.copy_number, 'seen', ${scope.at}, ${scope.at}, ${scope.runId}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(transfer_id uuid, invoice_id bigint, copy_number integer)
    order by x.invoice_id, x.copy_number
    on conflict (connection_id, autotask_invoice_id, copy_number) do nothing`.execute(tx);
}

const ordered = (tx: TenantTx) =>
  tx.selectFrom('transfers').selectAll().orderBy('autotask_invoice_id').orderBy('copy_number');

/** All copies of the given invoices. */
export const loadTransfersOf = async (tx: TenantTx, invoiceIds: readonly number[]): Promise<Transfer[]> =>
  invoiceIds.length === 0 ? [] : ordered(tx).where('autotask_invoice_id', 'in', invoiceIds).execute();

/** Transfers in the given states, oldest invoice first. */
export async function loadTransfersIn(
  tx: TenantTx,
  states: readonly TransferState[],
  options: { limit?: number; afterInvoiceId?: number; invoiceIds?: readonly number[] | null } = {},
): Promise<Transfer[]> {
  let query = ordered(tx).where('state', 'in', states);
  if (options.invoiceIds != null) query = query.where('autotask_invoice_id', 'in', options.invoiceIds);
  if (options.afterInvoiceId !== undefined) query = query.where('autotask_invoice_id', '>', options.afterInvoiceId);
  if (options.limit !== undefined) query = query.limit(options.limit);
  return query.execute();
}

/** Refused by QuickBooks, sent before the instant, and not looked up since: oldest invoice first. */
export const loadUncheckedRefusals = (tx: TenantTx, page: { sentBefore: Date; limit: number }): Promise<Transfer[]> =>
  ordered(tx)
    .where('state', '=', 'parked')
    .where('refused_hash', 'is not', null)
    .where('send_by', '<', page.sentBefore)
    .where(sql<boolean>`looked_up_generation is distinct from generation`)
    .limit(page.limit)
    .execute();

/** Until when the last invoice was to be sent that QuickBooks refused for something that it names; null when none rests so. */
export async function lastReferenceRefused(tx: TenantTx): Promise<Date | null> {
  const row = await tx
    .selectFrom('transfers')
    .select((eb) => eb.fn.max('send_by').as('at'))
    .where('state', '=', 'parked')
    .where('refused_hash', 'is not', null)
    .where(sql<boolean>`problems @> '[{"code": "reference-inactive"}]'::jsonb`)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Which invoices are in these states, without their drafts: ten thousand of them must not fill the memory. */
export const loadKeysIn = (
  tx: TenantTx,
  states: readonly TransferState[],
): Promise<Pick<Transfer, 'transfer_id' | 'autotask_invoice_id' | 'copy_number' | 'state'>[]> =>
  tx
    .selectFrom('transfers')
    .select(['transfer_id', 'autotask_invoice_id', 'copy_number', 'state'])
    .where('state', 'in', states)
    .orderBy('autotask_invoice_id')
    .orderBy('copy_number')
    .execute();

/** Whose company no run has named yet: an obstacle kept them from being mapped. */
export const loadUnnamed = (
  tx: TenantTx,
): Promise<{ transfer_id: string; state: TransferState; company_id: number; currency: string | null }[]> =>
  tx
    .selectFrom('transfers')
    .select(['transfer_id', 'state', 'company_id', 'currency'])
    .where('company_name', 'is', null)
    .where('company_id', 'is not', null)
    .$narrowType<{ company_id: number }>()
    .orderBy('autotask_invoice_id')
    .orderBy('copy_number')
    .execute();

/** Is anything ready that may go (with review on: approved as it is), or any of these? */
export async function hasSendable(
  tx: TenantTx,
  wish: { isReviewed: boolean; invoiceIds: readonly number[] | null },
): Promise<boolean> {
  let query = tx
    .selectFrom('transfers')
    .select('transfer_id')
    .where('state', '=', 'ready')
    .where('draft_body', 'is not', null)
    .where(sql<boolean>`needs_names = '{}'`);
  if (wish.isReviewed) query = query.whereRef('approved_hash', '=', 'draft_hash');
  if (wish.invoiceIds !== null) query = query.where('autotask_invoice_id', 'in', wish.invoiceIds);
  return (await query.limit(1).execute()).length > 0;
}

export const loadTransfersById = async (tx: TenantTx, transferIds: readonly string[]): Promise<Transfer[]> =>
  transferIds.length === 0 ? [] : ordered(tx).where('transfer_id', 'in', transferIds).execute();

const reported = [
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
  'quickbooks_id',
  'quickbooks_number',
  'quickbooks_total',
  'adopted',
  'posted_at',
  'changed_at',
  'customer_mail',
  'customer_mail_address',
  'balance',
  'paid_on',
  'paid_written_at',
  'voided_at',
] as const satisfies readonly (keyof Transfer)[];

/** What a report is made of: a ledger row without the bodies that went to and fro. */
export type ReportedTransfer = Pick<Transfer, (typeof reported)[number]>;

/**
 * What a run reports: everything of the window that is not done, and everything that changed since `since`. Pages by
 * (invoice, copy), so that a run over ten thousand invoices never holds them all.
 */
export async function loadReportRows(
  tx: TenantTx,
  scope: { since: Date; windowStart: Date },
  page: { after: { invoiceId: number; copyNumber: number }; limit: number },
): Promise<ReportedTransfer[]> {
  const { invoiceId, copyNumber } = page.after;
  return tx
    .selectFrom('transfers')
    .select(reported)
    .orderBy('autotask_invoice_id')
    .orderBy('copy_number')
    .where(sql<boolean>`(autotask_invoice_id, copy_number) > (${invoiceId}, ${copyNumber})`)
    .where((eb) =>
      eb.or([
        eb('changed_at', '>=', scope.since),
        eb.and([
          eb('state', 'not in', ['written_back', 'voided']),
          eb.or([eb('source_created_at', '>=', scope.windowStart), eb('state', 'not in', ['skipped'])]),
        ]),
      ]),
    )
    .limit(page.limit)
    .execute();
}

/** Transfers by their QuickBooks ids, whatever their state. */
export const loadTransfersByQuickBooksId = async (tx: TenantTx, ids: readonly string[]): Promise<Transfer[]> =>
  ids.length === 0 ? [] : ordered(tx).where('quickbooks_id', 'in', ids).execute();

/** Which invoices of these dates (both included) the ledger knows. */
export const loadInvoicesDated = async (tx: TenantTx, from: string, to: string): Promise<number[]> =>
  (
    await tx
      .selectFrom('transfers')
      .select('autotask_invoice_id')
      .where('invoice_date', '>=', from)
      .where('invoice_date', '<=', to)
      .orderBy('autotask_invoice_id')
      .execute()
  ).map((row) => row.autotask_invoice_id);

/** Has anything ever been posted? */
export const hasPosted = async (tx: TenantTx): Promise<boolean> =>
  (await tx.selectFrom('transfers').select('transfer_id').where('posted_at', 'is not', null).limit(1).execute())
    .length > 0;

/** Transfers whose customer mail stands here, oldest invoice first. */
export const loadMailings = (
  tx: TenantTx,
  state: 'wanted' | 'sending',
  page: { afterInvoiceId: number; limit: number },
): Promise<Transfer[]> =>
  ordered(tx)
    .where('customer_mail', '=', state)
    .where('autotask_invoice_id', '>', page.afterInvoiceId)
    .limit(page.limit)
    .execute();

/** When the oldest posted and unpaid invoice was posted; null when everything is paid: then a payment pass has nothing to ask. */
export async function oldestUnpaid(tx: TenantTx): Promise<Date | null> {
  const row = await tx
    .selectFrom('transfers')
    .select((eb) => eb.fn.min('posted_at').as('at'))
    .where('state', 'in', ['posted', 'written_back'])
    .where('paid_written_at', 'is', null)
    .where('draft_entity', '=', 'Invoice')
    .executeTakeFirst();
  return row?.at ?? null;
}

/** The newest invoices whose number, company or id holds the text: for a person who looks for one. */
export const searchTransfers = (tx: TenantTx, text: string, limit: number): Promise<Transfer[]> => {
  const like = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return tx
    .selectFrom('transfers')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('invoice_number', 'ilike', like),
        eb('company_name', 'ilike', like),
        eb('quickbooks_number', 'ilike', like),
        eb(sql<string>`autotask_invoice_id::text`, 'like', like),
      ]),
    )
    .orderBy('autotask_invoice_id', 'desc')
    .orderBy('copy_number', 'desc')
    .limit(limit)
    .execute();
};

/** How many transfers are in each state. */
export async function countByState(tx: TenantTx): Promise<ReadonlyMap<TransferState, number>> {
  const rows = await tx
    .selectFrom('transfers')
    .select(['state', (eb) => eb.fn.countAll<number>().as('count')])
    .groupBy('state')
    .orderBy('state')
    .execute();
  return new Map(rows.map((row) => [row.state, Number(row.count)]));
}

/** The history of one invoice's transfers, oldest first. */
export async function loadHistory(tx: TenantTx, invoiceId: number) {
  return tx
    .selectFrom('transfer_events as e')
    .innerJoin('transfers as t', 't.transfer_id', 'e.transfer_id')
    .select(['t.copy_number', 'e.at', 'e.from_state', 'e.to_state', 'e.reason', 'e.actor', 'e.run_id'])
    .where('t.autotask_invoice_id', '=', invoiceId)
    .orderBy('e.event_number')
    .execute();
}
