/**
 * QuickBooks mails new invoices to customers (facts/mission.md A8): only after the totals agree, each with its own intent,
 * never twice. After an unknown outcome QuickBooks' own record is read; a doubt becomes a problem, never a second mail.
 */
import { problem, type Problem } from '../core/problem.ts';
import type { ItemReply } from '../quickbooks/batch.ts';
import { loadQuickBooksDetails } from '../store/links.ts';
import type { TenantTx } from '../store/tenant.ts';
import { loadMailings, moveTransfers, type Move, type Transfer, type TransferChanges } from '../store/transfers.ts';
import { chunksOf } from '../core/rows.ts';
import { logMoves } from './posting.ts';
import { moveContext, type RunContext } from './run-context.ts';
import { heed, sendGroup, type GroupReply } from './sending.ts';
import { notThereFrom } from './verifying.ts';

const PAGE = 200;
const NAMES = 100;

/** Mails all that waits; answers how many are in doubt and need another look. */
export async function mailCustomers(ctx: RunContext): Promise<number> {
  for (;;) {
    const page = await ctx.lease.read((tx) => loadMailings(tx, 'wanted', { afterInvoiceId: 0, limit: PAGE }));
    if (page.length === 0) break;
    ctx.say('QuickBooks mails the customers', 0, page.length);
    const addresses = await addressesOf(ctx, page);
    for (const transfer of page) await mailOne(ctx, transfer, addresses.get(transfer.transfer_id) ?? null);
  }
  return settleDoubt(ctx);
}

/** The three-step rule: QuickBooks' billing address of the customer, else Autotask's primary contact, else none. */
async function addressesOf(ctx: RunContext, transfers: readonly Transfer[]): Promise<Map<string, string>> {
  const customers = [...new Set(transfers.flatMap((one) => one.draft_customer_id ?? []))];
  const details = await ctx.lease.read((tx) => loadQuickBooksDetails(tx, 'customer', customers));
  const emails = new Map(
    details.flatMap((row) => {
      const { email } = row.detail as { email?: string | null };
      return email ? [[row.quickbooks_id, email] as const] : [];
    }),
  );
  const without = transfers.filter((one) => !emails.has(one.draft_customer_id ?? ''));
  const companies = [...new Set(without.flatMap((one) => one.company_id ?? []))];
  const contacts =
    companies.length === 0 ? new Map<number, string>() : await ctx.autotask.fetchPrimaryContacts(companies);
  return new Map(
    transfers.flatMap((one) => {
      const address = emails.get(one.draft_customer_id ?? '') ?? contacts.get(one.company_id ?? -1);
      return address === undefined ? [] : [[one.transfer_id, address] as const];
    }),
  );
}

async function mailOne(ctx: RunContext, transfer: Transfer, address: string | null): Promise<void> {
  if (address === null) {
    const cause = problem('customer-mail-no-address', { company: transfer.company_name ?? '' });
    await record(ctx, [stay(transfer, { customer_mail: 'no-address' }, cause)], [transfer]);
    return;
  }
  const id = transfer.quickbooks_id ?? '';
  const sending: Transfer = { ...transfer, customer_mail: 'sending', customer_mail_address: address };
  const reply = await sendGroup(ctx, {
    members: [
      { kind: 'transfer', id: transfer.transfer_id, generation: transfer.generation, entity: 'Invoice', body: '' },
    ],
    allowDuplicateNumber: false,
    other: {
      endpoint: 'send',
      turn: 'write',
      body: '',
      post: ({ requestId, lastGate }) => ctx.quickbooks.sendInvoice({ requestId, lastGate, id, address }),
    },
    commit: (tx, batch) =>
      moveTransfers(
        tx,
        [
          stay(transfer, {
            customer_mail: 'sending',
            customer_mail_address: address,
            customer_mail_at: batch.sendBy,
          }),
        ],
        moveContext(ctx),
      ),
    record: (tx, answer) => recordIn(ctx, tx, [answered(ctx, sending, answer)], [sending]),
  });
  ctx.services.crash('customer-mailed');
  await heed(ctx, reply);
}

function answered(ctx: RunContext, transfer: Transfer, reply: GroupReply): Move {
  switch (reply.kind) {
    case 'not-sent':
    case 'throttled':
    case 'unauthorized':
      return stay(transfer, { customer_mail: 'wanted' });
    case 'unknown':
      return stay(transfer, {});
    case 'refused':
      return refused(transfer, reply.fault.detail || reply.fault.message);
    case 'answered':
      return itemAnswered(
        ctx,
        transfer,
        reply.of({ kind: 'transfer', id: '', generation: 0, entity: 'Invoice', body: '' }),
      );
  }
}

function itemAnswered(ctx: RunContext, transfer: Transfer, item: ItemReply): Move {
  if (item.kind === 'refused') return refused(transfer, item.fault.detail || item.fault.message);
  if (item.kind === 'unknown') return stay(transfer, {});
  return stay(transfer, { customer_mail: 'sent', customer_mail_at: ctx.services.clock.now() });
}

const refused = (transfer: Transfer, message: string): Move =>
  stay(
    transfer,
    { customer_mail: 'refused' },
    problem('customer-mail-refused', { address: transfer.customer_mail_address ?? '', message }),
  );

/** Asks QuickBooks' record about those whose answer was lost; what it does not confirm in time is a problem for a person. */
async function settleDoubt(ctx: RunContext): Promise<number> {
  let left = 0;
  let after = 0;
  for (;;) {
    const at = after;
    const page = await ctx.lease.read((tx) => loadMailings(tx, 'sending', { afterInvoiceId: at, limit: PAGE }));
    const last = page.at(-1);
    if (last === undefined) return left;
    after = last.autotask_invoice_id;
    const askedAt = ctx.services.clock.now().getTime();
    const sent = new Set<string>();
    for (const chunk of chunksOf(
      page.flatMap((one) => one.quickbooks_id ?? []),
      NAMES,
    )) {
      for (const found of await ctx.quickbooks.findInvoicesByIds(chunk))
        if (found.emailStatus === 'EmailSent' || found.deliveredAt !== null) sent.add(found.id);
    }
    const moves = page.flatMap((transfer): Move[] => {
      if (sent.has(transfer.quickbooks_id ?? ''))
        return [stay(transfer, { customer_mail: 'sent', customer_mail_at: ctx.services.clock.now() })];
      if (transfer.customer_mail_at !== null && askedAt < notThereFrom(ctx, transfer.customer_mail_at)) return [];
      const cause = problem('customer-mail-doubt', { address: transfer.customer_mail_address ?? '' });
      return [stay(transfer, { customer_mail: 'doubt' }, cause)];
    });
    await record(ctx, moves, page);
    left += page.length - moves.length;
  }
}

/** The transfer stays where it is; a problem is added to those that it has. */
const stay = (transfer: Transfer, set: TransferChanges, cause?: Problem): Move => ({
  transferId: transfer.transfer_id,
  from: transfer.state,
  to: transfer.state,
  reason: null,
  set: cause === undefined ? set : { ...set, problems: [...transfer.problems, cause] },
});

const record = (ctx: RunContext, moves: readonly Move[], transfers: readonly Transfer[]): Promise<void> =>
  ctx.lease.write((tx) => recordIn(ctx, tx, moves, transfers));

async function recordIn(
  ctx: RunContext,
  tx: TenantTx,
  moves: readonly Move[],
  transfers: readonly Transfer[],
): Promise<void> {
  await moveTransfers(tx, moves, moveContext(ctx));
  await logMoves(ctx, tx, transfers, moves);
}
