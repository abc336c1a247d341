/** The outcome of a write, as a value: `unknown` is one of them and has a name (design.md section 3). */
import type { Fault } from './faults.ts';
import type { FoundInvoice } from './schemas.ts';

export type Entity = 'Invoice' | 'CreditMemo' | 'Customer' | 'Item';

export type ItemReply =
  | {
      readonly kind: 'done';
      readonly invoice?: FoundInvoice;
      readonly named?: { readonly id: string; readonly name: string };
    }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'unknown'; readonly detail: string; readonly reference: string | null };

export type WriteReply =
  | { readonly kind: 'answered'; readonly items: ReadonlyMap<string, ItemReply> }
  /** The whole request was refused, definitely and before it did anything. */
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'throttled'; readonly waitMs: number; readonly detail: string }
  | { readonly kind: 'unauthorized'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly detail: string; readonly reference: string | null }
  /** Definitely nothing left this machine. */
  | { readonly kind: 'not-sent'; readonly detail: string; readonly waitMs: number | null };

export interface BatchItem {
  readonly bId: string;
  readonly entity: Entity;
  readonly bodyText: string;
}

/** A void inside a batch is an update with an option (facts/qbo.md 3.4 and section 6). */
export const renderVoids = (items: readonly { bId: string; id: string; syncToken: string }[]): string =>
  JSON.stringify({
    BatchItemRequest: items.map((item) => ({
      bId: item.bId,
      operation: 'update',
      optionsData: 'void',
      Invoice: { Id: item.id, SyncToken: item.syncToken },
    })),
  });

/** The batch's body; each item's text goes in as it is, so that its exact numbers stay (facts/qbo.md section 6). */
export const renderBatch = (items: readonly BatchItem[]): string =>
  `{"BatchItemRequest":[${items.map((item) => `{"bId":${JSON.stringify(item.bId)},"operation":"create","${item.entity}":${item.bodyText}}`).join(',')}]}`;
