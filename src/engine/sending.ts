/**
 * Sends one group of intents: commits the exact bytes, passes the last gate, and says what came back. It never repeats a
 * sending; whatever is not a clear answer is `unknown`, and look-ups settle it (design.md section 3, line 2).
 */
import { createHash } from 'node:crypto';
import { CredentialsRefused, VendorRefused, VendorUnreachable, WaitNeeded } from '../platform/failures.ts';
import type { ItemReply, WriteReply } from '../quickbooks/batch.ts';
import { renderBatch } from '../quickbooks/batch.ts';
import { endBatch, saveBatch, type BatchMember } from '../store/batches.ts';
import type { BatchEndpoint } from '../store/tables.ts';
import type { TenantTx } from '../store/tenant.ts';
import { isOfCompany } from './fault-problems.ts';
import type { RunContext } from './run-context.ts';
import { scopeNow } from './run-context.ts';

/** Bytes leave at the latest this long after their intent was committed (design.md section 3, line 3). */
const SEND_WITHIN_MS = 20_000;
const SEND_WITHIN_FLOOR_MS = 1_500;

export type Entity = 'Invoice' | 'CreditMemo' | 'Customer' | 'Item';

/** One member of a group: a transfer or a creation. */
export interface Sendable {
  readonly kind: 'transfer' | 'creation';
  readonly id: string;
  readonly generation: number;
  readonly entity: Entity;
  readonly body: string;
}

/** A write that is no create: its own endpoint, bytes and call. */
export interface OtherWrite {
  readonly endpoint: 'void' | 'send' | 'Customer' | 'Item';
  readonly turn: 'write' | 'batch';
  readonly body: string;
  readonly post: (write: { requestId: string; body: string; lastGate: () => Promise<void> }) => Promise<WriteReply>;
}

export interface Sending {
  readonly members: readonly Sendable[];
  readonly allowDuplicateNumber: boolean;
  readonly other?: OtherWrite;
  /** Moves the members to `posting` in the transaction that commits the batch. */
  readonly commit: (tx: TenantTx, batch: { batchId: string; sendBy: Date }) => Promise<void>;
  /** Moves the members on by what came back, in the transaction that ends the batch. */
  readonly record: (tx: TenantTx, reply: GroupReply) => Promise<void>;
}

/** What became of each member; `definite` replies are the first and only answer, so a fault is a fault. */
export type GroupReply =
  | { readonly kind: 'answered'; readonly of: (member: Sendable) => ItemReply }
  | Exclude<WriteReply, { kind: 'answered' }>;

/** 10 characters from (member, generation): stable, and unique within the connection (facts/qbo.md 2.1). */
export const bIdOf = (member: { id: string; generation: number }): string =>
  BigInt(
    `0x${createHash('sha256')
      .update(`${member.id}:${String(member.generation)}`)
      .digest('hex')
      .slice(0, 14)}`,
  )
    .toString(36)
    .padStart(10, '0')
    .slice(-10);

/** Commits, sends and records one group; answers what came back. Throws LeaseLost and database errors only. */
export async function sendGroup(ctx: RunContext, sending: Sending): Promise<GroupReply> {
  await waitForTurn(ctx, sending.other?.turn ?? (sending.members.length === 1 ? 'write' : 'batch'));
  const batch = await commitIntent(ctx, sending);
  ctx.services.crash('intent-committed');
  const reply = groupReply(sending.members, await send(ctx, sending, batch));
  ctx.services.crash('answered');
  await ctx.lease.write(async (tx) => {
    await endBatch(tx, { batchId: batch.batchId, endedAt: ctx.services.clock.now(), ...endingOf(reply) });
    await sending.record(tx, reply);
  });
  return reply;
}

/** Our own limits are waited for before the intent: its time to be sent runs from its commit. */
async function waitForTurn(ctx: RunContext, kind: 'write' | 'batch'): Promise<void> {
  for (let wait = ctx.quickbooks.waitFor(kind); wait > 0; wait = ctx.quickbooks.waitFor(kind)) {
    await ctx.patience.wait(new WaitNeeded('QuickBooks', wait, 'limit', 'our own limit of calls'));
  }
}

interface Committed {
  readonly batchId: string;
  readonly requestId: string;
  readonly endpoint: BatchEndpoint;
  readonly body: string;
  readonly sendBy: Date;
}

async function commitIntent(ctx: RunContext, sending: Sending): Promise<Committed> {
  const { clock, ids } = ctx.services;
  const committedAt = clock.now();
  const batch: Committed = {
    batchId: ids.uuid(),
    requestId: ids.uuid(),
    ...(sending.other ?? createForm(sending.members)),
    sendBy: new Date(committedAt.getTime() + Math.max(clock.scaled(SEND_WITHIN_MS), SEND_WITHIN_FLOOR_MS)),
  };
  const members = sending.members.map((one): BatchMember => ({
    bId: bIdOf(one),
    transferId: one.kind === 'transfer' ? one.id : null,
    creationId: one.kind === 'creation' ? one.id : null,
    generation: one.generation,
  }));
  await ctx.lease.write(async (tx) => {
    await saveBatch(tx, scopeNow(ctx), {
      ...batch,
      runId: ctx.run.run_id,
      allowDuplicateNumber: sending.allowDuplicateNumber,
      fence: ctx.lease.fence,
      committedAt,
      members,
    });
    await sending.commit(tx, batch);
  });
  return batch;
}

/** One create goes to its entity's endpoint, several go as a batch. */
function createForm(members: readonly Sendable[]): { endpoint: Entity | 'batch'; body: string } {
  const [first, second] = members;
  if (first === undefined) throw new Error('an empty group cannot be sent');
  if (second === undefined) return { endpoint: first.entity, body: first.body };
  return {
    endpoint: 'batch',
    body: renderBatch(members.map((one) => ({ bId: bIdOf(one), entity: one.entity, bodyText: one.body }))),
  };
}

/**
 * The last gate stands here: lease and `sendBy`, asked immediately before the bytes leave, after all queues and limiters. By
 * the database's clock, asked anew: this process' own stands still while its machine sleeps or is paused.
 */
function send(ctx: RunContext, sending: Sending, batch: Committed): Promise<WriteReply> {
  const { clock, crash } = ctx.services;
  const lastGate = async (): Promise<void> => {
    await clock.follow();
    ctx.lease.assertHeld();
    if (clock.now() > batch.sendBy) throw new Error('too late: its time to be sent has passed');
    crash('before-send');
  };
  const write = { requestId: batch.requestId, body: batch.body, lastGate };
  if (sending.other !== undefined) return sending.other.post(write);
  const { endpoint } = batch;
  return endpoint === 'batch' || endpoint === 'void' || endpoint === 'send'
    ? ctx.quickbooks.postBatch(write)
    : ctx.quickbooks.postOne({ ...write, entity: endpoint, allowDuplicateNumber: sending.allowDuplicateNumber });
}

function groupReply(members: readonly Sendable[], reply: WriteReply): GroupReply {
  if (reply.kind !== 'answered') return reply;
  const single = members.length <= 1 ? [...reply.items.values()][0] : undefined;
  const missing: ItemReply = { kind: 'unknown', detail: 'the reply does not mention it', reference: null };
  return { kind: 'answered', of: (member) => single ?? reply.items.get(bIdOf(member)) ?? missing };
}

function endingOf(reply: GroupReply): {
  state: 'answered' | 'refused' | 'unknown' | 'not-sent';
  reference: string | null;
  detail: string | null;
} {
  switch (reply.kind) {
    case 'answered':
      return { state: 'answered', reference: null, detail: null };
    case 'refused':
      return { state: 'refused', reference: reply.fault.reference, detail: reply.fault.detail };
    case 'throttled':
    case 'unauthorized':
      return { state: 'refused', reference: null, detail: reply.detail };
    case 'unknown':
      return { state: 'unknown', reference: reply.reference, detail: reply.detail };
    case 'not-sent':
      return { state: 'not-sent', reference: null, detail: reply.detail };
  }
}

/** After a sending: waits where QuickBooks asked for it or is in trouble; throws where going on makes no sense. */
export function heed(ctx: RunContext, reply: GroupReply): Promise<void> {
  switch (reply.kind) {
    case 'answered':
      ctx.patience.relax();
      return Promise.resolve();
    case 'unknown':
      return ctx.patience.wait(new VendorUnreachable('QuickBooks', 'unknown', reply.detail, reply.reference));
    case 'throttled':
      return ctx.patience.wait(new WaitNeeded('QuickBooks', reply.waitMs, 'vendor', reply.detail));
    case 'not-sent':
      return ctx.patience.wait(
        reply.waitMs === null
          ? new VendorUnreachable('QuickBooks', 'no', reply.detail)
          : new WaitNeeded('QuickBooks', reply.waitMs, 'limit', reply.detail),
      );
    case 'unauthorized':
      throw new CredentialsRefused('QuickBooks', reply.detail);
    case 'refused':
      if (!isOfCompany(reply.fault)) return Promise.resolve();
      throw new VendorRefused('QuickBooks', 400, reply.fault.code, reply.fault.detail, reply.fault.reference);
  }
}

/** After a throttle without a time of its own (facts/qbo.md section 7). */
const THROTTLED_MS = 60_000;

/** A refusal of the whole company or a throttle may come item by item: it is heeded as if it had come for the batch. */
export async function heedItems(ctx: RunContext, items: readonly ItemReply[]): Promise<void> {
  for (const item of items) {
    if (item.kind !== 'refused') continue;
    if (item.fault.meaning === 'throttled')
      return ctx.patience.wait(new WaitNeeded('QuickBooks', THROTTLED_MS, 'vendor', item.fault.message));
    if (isOfCompany(item.fault)) return heed(ctx, { kind: 'refused', fault: item.fault });
  }
}
