/**
 * Creates the customers and items that this run's drafts ask for: in batches, as intents, looked up by name before the
 * first sending and after every unknown outcome. Transfers that wait for a name become ready when it has an id.
 */
import { problem, type Problem } from '../core/problem.ts';
import { bodyHash } from '../quickbooks/invoice-body.ts';
import type { ItemReply } from '../quickbooks/batch.ts';
import type { Fault } from '../quickbooks/faults.ts';
import {
  loadCreationsIn,
  loadCreationsOf,
  moveCreations,
  type Creation,
  type CreationMove,
} from '../store/creations.ts';
import { loadLinksOf, saveLinks, saveQuickBooksRows, takeLinks, type ListedRow, type NewLink } from '../store/links.ts';
import { loadTransfersIn, moveTransfers, type Move, type Transfer } from '../store/transfers.ts';
import type { TenantTx } from '../store/tenant.ts';
import { chunksOf } from '../core/rows.ts';
import { BATCH_MAX, logMoves } from './posting.ts';
import { moveContext, scopeNow, type RunContext } from './run-context.ts';
import { isOfCompany } from './fault-problems.ts';
import { heed, heedItems, sendGroup, type GroupReply, type Sendable } from './sending.ts';
import { notThereFrom } from './verifying.ts';

const LOOK_AGAIN_MS = 12_000;
/** Names in one query (facts/goals.md section 7). */
const NAMES = 100;
const PAGE = 300;

/** The placeholder of a name that has no id yet, in a draft's body; replaced once QuickBooks has given one. */
export const placeholderOf = (kind: 'customer' | 'item', key: string): string =>
  `LF-NEW-${kind}-${bodyHash(key).slice(0, 24)}`;

/** Creates everything that waits, and finishes the drafts that wait for it. */
export async function createNames(ctx: RunContext): Promise<void> {
  for (;;) {
    const open = await ctx.lease.read((tx) => loadCreationsIn(tx, ['ready', 'verifying']));
    if (open.length === 0) break;
    ctx.say('creating customers and items in QuickBooks', 0, open.length);
    const settled = await settleByLookUp(ctx, open);
    const free = oneOfEachName(open.filter((one) => one.state === 'ready' && !settled.has(one.creation_id)));
    const ready = await parkTaken(ctx, free);
    // Customers before items, both before invoices: items of one batch never see each other (facts/qbo.md section 6).
    for (const group of chunksOf(ready, BATCH_MAX)) await sendCreations(ctx, group);
    const left = await ctx.lease.read((tx) => loadCreationsIn(tx, ['verifying']));
    if (left.length > 0) await ctx.services.clock.sleep(LOOK_AGAIN_MS, ctx.lease.signal);
  }
  await finishDrafts(ctx);
}

/** Two intents of one name (codes that differ in case only) become one row: the second finds it in the next round. */
function oneOfEachName(creations: readonly Creation[]): Creation[] {
  const names = new Map<string, Creation>();
  for (const one of creations) {
    const name = `${one.kind} ${one.name.toLowerCase()}`;
    if (!names.has(name)) names.set(name, one);
  }
  return [...names.values()];
}

/** What becomes of an intent; `isRenewed`: whatever is sent of it next is another sending. */
type Ending = { readonly creation: Creation } & (
  | { readonly to: 'ready'; readonly isRenewed: boolean }
  | { readonly to: 'verifying' }
  | { readonly to: 'parked'; readonly cause: Problem; readonly isRenewed: boolean }
  | { readonly to: 'done'; readonly quickbooksId: string; readonly origin: 'created' | 'matched' }
);

type Created = Extract<Ending, { readonly to: 'done' }>;
const isCreated = (one: Ending): one is Created => one.to === 'done';

/** Looks all open names up; those that QuickBooks has are done. Doubt ends as with invoices. */
async function settleByLookUp(ctx: RunContext, open: readonly Creation[]): Promise<Set<string>> {
  const askedAt = ctx.services.clock.now().getTime();
  const found = new Map([...(await findNames(ctx, open)), ...(await madeBefore(ctx, open))]);
  const settled = new Set<string>();
  await ctx.lease.write(async (tx) => {
    await takeLinks(tx, ctx.tenant.connectionId);
    const owners = new Map((await loadLinksOf(tx, 'customer')).map((link) => [link.quickbooks_id, link.source_key]));
    const endings: Ending[] = [];
    // What was sent comes first: a customer that it made is its own.
    for (const creation of open.toSorted((a, b) => Number(a.state === 'ready') - Number(b.state === 'ready'))) {
      const id = found.get(`${creation.kind} ${creation.name.toLowerCase()}`);
      if (id !== undefined) {
        endings.push(foundEnding(creation, id, owners));
        settled.add(creation.creation_id);
      } else if (isSurelyNotThere(ctx, creation, askedAt)) endings.push({ creation, to: 'ready', isRenewed: true });
    }
    await end(ctx, tx, endings);
  });
  return settled;
}

/** QuickBooks has it: ours, unless it is a customer whom another company has. Then `owners` knows it. */
function foundEnding(creation: Creation, id: string, owners: Map<string, string>): Ending {
  if (creation.kind === 'customer') {
    const owner = owners.get(id) ?? creation.source_key;
    if (owner !== creation.source_key) return sharedEnding(creation, owner);
    owners.set(id, owner);
  }
  return { creation, to: 'done', quickbooksId: id, origin: 'matched' };
}

const isSurelyNotThere = (ctx: RunContext, creation: Creation, askedAt: number): boolean =>
  creation.state === 'verifying' && creation.send_by !== null && askedAt >= notThereFrom(ctx, creation.send_by);

/** Names that we made ourselves a moment ago: a query may not show them yet. */
async function madeBefore(ctx: RunContext, open: readonly Creation[]): Promise<Map<string, string>> {
  const wanted = new Set(open.map((one) => `${one.kind} ${one.name.toLowerCase()}`));
  const done = await ctx.lease.read((tx) => loadCreationsIn(tx, ['done']));
  return new Map(
    done.flatMap((one) => {
      const name = `${one.kind} ${one.name.toLowerCase()}`;
      const isRecent = one.changed_at >= ctx.run.requested_at;
      return isRecent && wanted.has(name) && one.quickbooks_id !== null ? [[name, one.quickbooks_id] as const] : [];
    }),
  );
}

async function findNames(ctx: RunContext, open: readonly Creation[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const names = (kind: 'customer' | 'item'): string[] => open.filter((one) => one.kind === kind).map((one) => one.name);
  for (const chunk of chunksOf(names('customer'), NAMES)) {
    for (const row of await ctx.quickbooks.fetchCustomersByName(chunk)) {
      if (row.active) found.set(`customer ${row.name.toLowerCase()}`, row.id);
    }
  }
  for (const chunk of chunksOf(names('item'), NAMES)) {
    for (const row of await ctx.quickbooks.fetchItemsByName(chunk)) {
      if (row.active && row.type !== 'Category') found.set(`item ${row.name.toLowerCase()}`, row.id);
    }
  }
  return found;
}

/** A vendor or employee with the name blocks a customer (error 6240): said before anything is sent. */
async function parkTaken(ctx: RunContext, ready: readonly Creation[]): Promise<Creation[]> {
  const names = ready.filter((one) => one.kind === 'customer').map((one) => one.name);
  const taken = new Set<string>();
  for (const chunk of chunksOf(names, NAMES)) {
    for (const row of await ctx.quickbooks.fetchOtherHolders(chunk)) if (row.active) taken.add(row.name.toLowerCase());
  }
  const isTaken = (one: Creation): boolean => one.kind === 'customer' && taken.has(one.name.toLowerCase());
  await ctx.lease.write(async (tx) => {
    const holder = 'a vendor or employee';
    const parked = ready.filter(isTaken).map((one): Ending => {
      const cause = problem('name-in-use', { kind: one.kind, name: one.name, holder });
      return { creation: one, to: 'parked', cause, isRenewed: false };
    });
    await end(ctx, tx, parked);
  });
  return ready.filter((one) => !isTaken(one));
}

/** One customer for two companies is never decided by us, also where the second company appears later in the same run. */
function sharedEnding(creation: Creation, owner: string): Ending {
  const companies = [owner, creation.source_key].toSorted((a, b) => Number(a) - Number(b));
  const cause = problem('ambiguous-company', {
    companies: companies.map((id) => `${creation.name} (id ${id})`).join(', '),
    customer: creation.name,
  });
  return { creation, to: 'parked', cause, isRenewed: false };
}

async function sendCreations(ctx: RunContext, group: readonly Creation[]): Promise<void> {
  const reply = await sendGroup(ctx, {
    members: group.map(sendable),
    allowDuplicateNumber: false,
    commit: (tx, batch) =>
      moveCreations(
        tx,
        group.map((one) => ({ creationId: one.creation_id, from: 'ready', to: 'posting', set: batch })),
        ctx.services.clock.now(),
      ),
    record: (tx, answer) => {
      const sent = group.map((one): Creation => ({ ...one, state: 'posting' }));
      return end(
        ctx,
        tx,
        sent.map((creation) => sentEnding(creation, answer)),
      );
    },
  });
  ctx.services.crash('creations-recorded');
  await heed(ctx, reply);
  if (reply.kind === 'answered')
    await heedItems(
      ctx,
      group.map((one) => reply.of(sendable(one))),
    );
}

const sendable = (creation: Creation): Sendable => ({
  kind: 'creation',
  id: creation.creation_id,
  generation: creation.generation,
  entity: creation.kind === 'customer' ? 'Customer' : 'Item',
  body: creation.body,
});

function sentEnding(creation: Creation, reply: GroupReply): Ending {
  switch (reply.kind) {
    case 'not-sent':
      return { creation, to: 'ready', isRenewed: false };
    case 'throttled':
    case 'unauthorized':
      return { creation, to: 'ready', isRenewed: true };
    case 'unknown':
      return { creation, to: 'verifying' };
    case 'refused':
      return refusedEnding(creation, reply.fault);
    case 'answered':
      return itemEnding(creation, reply.of(sendable(creation)));
  }
}

function itemEnding(creation: Creation, reply: ItemReply): Ending {
  if (reply.kind === 'done' && reply.named !== undefined)
    return { creation, to: 'done', quickbooksId: reply.named.id, origin: 'created' };
  if (reply.kind !== 'refused') return { creation, to: 'verifying' };
  if (reply.fault.meaning === 'throttled') return { creation, to: 'ready', isRenewed: true };
  return refusedEnding(creation, reply.fault);
}

const refusedEnding = (creation: Creation, fault: Fault): Ending =>
  isOfCompany(fault)
    ? { creation, to: 'ready', isRenewed: true }
    : { creation, to: 'parked', cause: refusedName(creation, fault), isRenewed: true };

const refusedName = (creation: Creation, fault: Fault): Problem =>
  fault.meaning === 'duplicate-name'
    ? problem('name-in-use', {
        kind: creation.kind,
        name: creation.name,
        holder: 'a customer, vendor, employee or item',
      })
    : problem('refused-by-quickbooks', {
        message: `${creation.kind} “${creation.name}”: ${fault.detail}`,
        code: fault.code,
        name: creation.name,
        ...(fault.reference === null ? {} : { reference: fault.reference }),
      });

/** Writes what becomes of intents: links, the vendor's lists as they are now, and the intents themselves. */
async function end(ctx: RunContext, tx: TenantTx, wanted: readonly Ending[]): Promise<void> {
  if (wanted.length === 0) return;
  const taken = await saveLinks(tx, scopeNow(ctx), wanted.filter(isCreated).map(linkOf));
  const endings = wanted.map((one) => {
    // Two kinds may share a key; only customers are taken.
    const isCustomer = isCreated(one) && one.creation.kind === 'customer';
    const owner = isCustomer ? taken.get(one.creation.source_key) : undefined;
    return owner === undefined ? one : sharedEnding(one.creation, owner);
  });
  const at = ctx.services.clock.now();
  // What is parked, or turns out to exist, before it was sent passes through `posting` in name only.
  const passing = endings.filter((one) => one.creation.state === 'ready' && one.to !== 'ready');
  await moveCreations(
    tx,
    passing.map((one) => ({ creationId: one.creation.creation_id, from: 'ready', to: 'posting', set: {} })),
    at,
  );
  await moveCreations(tx, endings.map(moveOf), at);
  await saveQuickBooksRows(tx, ctx.tenant, endings.filter(isCreated).map(rowOf));
}

const linkOf = (one: Created): NewLink => ({
  kind: one.creation.kind,
  sourceKey: one.creation.source_key,
  quickbooksId: one.quickbooksId,
  quickbooksName: one.creation.name,
  origin: one.origin,
});

function moveOf(one: Ending): CreationMove {
  const { creation } = one;
  const from = creation.state === 'ready' ? 'posting' : creation.state;
  const again = 'isRenewed' in one && one.isRenewed ? { generation: creation.generation + 1 } : {};
  const set =
    one.to === 'done'
      ? { quickbooksId: one.quickbooksId }
      : one.to === 'parked'
        ? { ...again, problem: one.cause }
        : again;
  return { creationId: creation.creation_id, from, to: one.to, set };
}

const rowOf = (one: Created): ListedRow => ({
  kind: one.creation.kind,
  quickbooksId: one.quickbooksId,
  name: one.creation.name,
  active: true,
  detail: createdRow(one.creation, one.quickbooksId),
});

/** What the lists would say of it; the next change-data-capture brings the whole row. */
const createdRow = (creation: Creation, id: string): unknown =>
  creation.kind === 'customer'
    ? { id, name: creation.name, active: true, currency: null, email: null }
    : {
        id,
        name: creation.name,
        fullName: creation.name,
        type: 'Service',
        active: true,
        description: null,
        unitPrice: null,
        taxable: null,
        incomeAccountId: null,
      };

/** Puts the ids into the drafts that waited for them; where a name was refused, the transfer is parked with the reason. */
async function finishDrafts(ctx: RunContext): Promise<void> {
  let after = 0;
  for (;;) {
    const page = await ctx.lease.read((tx) => loadTransfersIn(tx, ['ready'], { limit: PAGE, afterInvoiceId: after }));
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.autotask_invoice_id;
    const waiting = page.filter((transfer) => transfer.needs_names.length > 0);
    if (waiting.length === 0) continue;
    const keys = [...new Set(waiting.flatMap((transfer) => transfer.needs_names.map(keyOf)))];
    const creations = new Map(
      (await ctx.lease.read((tx) => loadCreationsOf(tx, keys))).map((one) => [`${one.kind} ${one.source_key}`, one]),
    );
    const moves = waiting.map((transfer) => finishMove(transfer, creations));
    await ctx.lease.write(async (tx) => {
      await moveTransfers(tx, moves, moveContext(ctx));
      await logMoves(ctx, tx, waiting, moves);
    });
  }
}

const keyOf = (needed: string): string => needed.slice(needed.indexOf(' ') + 1);

function finishMove(transfer: Transfer, creations: ReadonlyMap<string, Creation>): Move {
  const base = { transferId: transfer.transfer_id, from: 'ready' as const };
  const needed = transfer.needs_names.map((name) => creations.get(name));
  const refused = needed.flatMap((one) => (one?.state === 'parked' && one.problem !== null ? [one.problem] : []));
  if (refused.length > 0)
    return { ...base, to: 'parked', reason: refused[0]?.code ?? null, set: { problems: refused } };
  let body = transfer.draft_body ?? '';
  let customerId = transfer.draft_customer_id;
  for (const one of needed) {
    if (one?.quickbooks_id === null || one?.quickbooks_id === undefined)
      return { ...base, to: 'waiting', reason: 'name-not-ready', set: {} };
    const placeholder = placeholderOf(one.kind, one.source_key);
    body = body.replaceAll(JSON.stringify(placeholder), JSON.stringify(one.quickbooks_id));
    if (customerId === placeholder) customerId = one.quickbooks_id;
  }
  return {
    ...base,
    to: 'ready',
    reason: null,
    set: { draft_body: body, draft_hash: bodyHash(body), draft_customer_id: customerId, needs_names: [] },
  };
}
