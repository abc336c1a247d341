/** Writes: every one with its stored requestid; what came back is a WriteReply, never an exception for a vendor's answer. */
import { z } from 'zod';
import { CredentialsRefused, VendorUnreachable, WaitNeeded } from '../platform/failures.ts';
import { TransportError, type HttpResponse } from '../platform/http.ts';
import type { Entity, ItemReply, WriteReply } from './batch.ts';
import type { Call, Door } from './client.ts';
import { referenceOf, throttleMs } from './reply.ts';
import { faultIn, parseReply } from './faults.ts';
import { creditMemo, displayNamed, invoice, named, type FoundInvoice, type NamedRow } from './schemas.ts';

/**
 * A write that takes longer is given up and looked up instead: a look-up is cheap. What was sent at the last moment, is
 * given up after this, is stored 120 s later still and hidden from queries for 60 s more (facts/goals.md 4.3) is seen
 * before "not there" counts, and doubt is settled within 200 s of `sendBy` all the same (design.md section 3).
 */
const WRITE_MS = 15_000;

export interface Write {
  /** At most 36 characters (facts/qbo.md 2.1). */
  readonly requestId: string;
  readonly body: string;
  /** Asked immediately before the bytes leave, also before the one replay after a refused token. */
  readonly lastGate: () => Promise<void>;
}

export interface QuickBooksWrites {
  postBatch(write: Write): Promise<WriteReply>;
  /** Answers an `answered` reply with one item under its entity's name. */
  postOne(write: Write & { entity: Entity; allowDuplicateNumber?: boolean }): Promise<WriteReply>;
  /** Has QuickBooks mail an invoice to an address (facts/qbo.md 3.4); answers it with its new e-mail status. */
  sendInvoice(write: Omit<Write, 'body'> & { id: string; address: string }): Promise<WriteReply>;
}

export function createWrites(door: Door): QuickBooksWrites {
  return {
    postBatch: (write) =>
      deliver(
        door,
        { kind: 'batch', path: 'batch', parameters: { requestid: write.requestId } },
        write,
        (value, reference) => batchItems(value, reference),
      ),
    postOne: ({ entity, allowDuplicateNumber, ...write }) => {
      const parameters = {
        requestid: write.requestId,
        ...(allowDuplicateNumber === true ? { include: 'allowduplicatedocnum' } : {}),
      };
      return deliver(
        door,
        { kind: 'write', path: entity.toLowerCase(), parameters },
        write,
        (value, reference) => new Map([[entity, itemReply(value, reference)]]),
      );
    },
    sendInvoice: ({ id, address, ...write }) =>
      deliver(
        door,
        {
          kind: 'write',
          path: `invoice/${encodeURIComponent(id)}/send`,
          parameters: { sendTo: address, requestid: write.requestId },
          contentType: 'application/octet-stream',
        },
        { ...write, body: '' },
        (value, reference) => new Map([['Invoice', itemReply(value, reference)]]),
      ),
  };
}

type Items = ReadonlyMap<string, ItemReply> | null;

async function deliver(
  door: Door,
  call: Pick<Call, 'kind' | 'path' | 'parameters' | 'contentType'>,
  write: Write,
  itemsOf: (value: unknown, reference: string | null) => Items,
): Promise<WriteReply> {
  try {
    const reply = await door.send({
      ...call,
      method: 'POST',
      body: write.body,
      timeoutMs: WRITE_MS,
      lastGate: write.lastGate,
    });
    return judge(reply, itemsOf);
  } catch (error) {
    if (error instanceof WaitNeeded) return { kind: 'not-sent', detail: error.detail, waitMs: error.waitMs };
    if (error instanceof CredentialsRefused) return { kind: 'unauthorized', detail: error.message };
    // The token could not be renewed: the first answer was a clear 401, or nothing was sent at all.
    if (error instanceof VendorUnreachable) return { kind: 'not-sent', detail: error.message, waitMs: null };
    if (!(error instanceof TransportError)) throw error;
    return error.sent === 'no'
      ? { kind: 'not-sent', detail: error.message, waitMs: null }
      : { kind: 'unknown', detail: error.message, reference: null };
  }
}

function judge(reply: HttpResponse, itemsOf: (value: unknown, reference: string | null) => Items): WriteReply {
  const reference = referenceOf(reply);
  const value = parseReply(reply.text);
  const unknown = (detail: string): WriteReply => ({ kind: 'unknown', detail, reference });
  if (reply.status === 429) return { kind: 'throttled', waitMs: throttleMs(reply), detail: 'too many calls' };
  const fault = faultIn(value, reference);
  if (fault !== null) {
    if (fault.meaning === 'throttled') return { kind: 'throttled', waitMs: throttleMs(reply), detail: fault.message };
    if (fault.meaning === 'unauthorized') return { kind: 'unauthorized', detail: fault.message };
    // A system fault or a remark on the requestid says nothing about what was stored; neither does any 5xx.
    if (fault.meaning === 'system' || fault.meaning === 'request-id' || reply.status >= 500)
      return unknown(`${fault.message} (code ${fault.code})`);
    return { kind: 'refused', fault };
  }
  if (reply.status !== 200 || value === null)
    return unknown(`status ${String(reply.status)} without a readable answer`);
  const items = itemsOf(value, reference);
  return items === null ? unknown('the answer has not the expected form') : { kind: 'answered', items };
}

const batchShape = z.looseObject({ BatchItemResponse: z.array(z.unknown()) });
const batchItem = z.looseObject({ bId: z.union([z.string(), z.number().transform(String)]) });

/** Items are matched by bId only; one that comes twice, or that cannot be read, is unknown. */
function batchItems(value: unknown, reference: string | null): Items {
  const shape = batchShape.safeParse(value);
  if (!shape.success) return null;
  const items = new Map<string, ItemReply>();
  for (const raw of shape.data.BatchItemResponse) {
    const parsed = batchItem.safeParse(raw);
    if (!parsed.success) continue;
    const { bId } = parsed.data;
    items.set(
      bId,
      items.has(bId) ? { kind: 'unknown', detail: 'answered twice', reference } : itemReply(raw, reference),
    );
  }
  return items;
}

/** What can stand in a reply, and how it is read. */
const created: readonly (readonly [string, (row: unknown) => ItemReply | null])[] = [
  ['Invoice', postedBy(invoice)],
  ['CreditMemo', postedBy(creditMemo)],
  ['Customer', namedBy(displayNamed)],
  ['Item', namedBy(named)],
];
function postedBy(schema: z.ZodType<FoundInvoice>) {
  return (row: unknown): ItemReply | null => {
    const { data } = schema.safeParse(row);
    return data === undefined ? null : { kind: 'done', invoice: data };
  };
}
function namedBy(schema: z.ZodType<NamedRow>) {
  return (row: unknown): ItemReply | null => {
    const { data } = schema.safeParse(row);
    return data === undefined ? null : { kind: 'done', named: data };
  };
}

function itemReply(value: unknown, reference: string | null): ItemReply {
  const fault = faultIn(value, reference);
  if (fault !== null) {
    return fault.meaning === 'system' || fault.meaning === 'request-id' || fault.meaning === 'unauthorized'
      ? { kind: 'unknown', detail: `${fault.message} (code ${fault.code})`, reference }
      : { kind: 'refused', fault };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { kind: 'unknown', detail: 'an item that cannot be read', reference };
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [entity, read] of created) {
    const reply = fields[entity] === undefined ? null : read(fields[entity]);
    if (reply !== null) return reply;
  }
  return { kind: 'unknown', detail: 'the answer does not hold what was created', reference };
}
