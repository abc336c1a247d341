/**
 * "Is it already there?": asked in bulk before the first send of every generation and after every unknown outcome
 * (design.md section 3, line 3). Ours is only what carries our marker with connection, invoice and copy; the same number
 * without it is never adopted by itself.
 */
import { chunksOf } from '../core/rows.ts';
import { decimal } from '../core/money.ts';
import { markersIn } from '../core/marker.ts';
import { problem, type Problem } from '../core/problem.ts';
import type { SalesForm } from '../quickbooks/reads.ts';
import type { FoundInvoice } from '../quickbooks/schemas.ts';
import type { Transfer } from '../store/transfers.ts';
import type { RunContext } from './run-context.ts';

export type Finding =
  | { readonly kind: 'none' }
  | { readonly kind: 'ours'; readonly invoice: FoundInvoice }
  /** Ours by its marker, but voided, or of another customer or total: never adopted, never posted beside it. */
  | { readonly kind: 'different'; readonly problem: Problem }
  | { readonly kind: 'taken'; readonly problem: Problem };

/** Names that fit one query (facts/goals.md section 7: assumed 100). */
const CHUNK = 100;
/** QuickBooks' clock and ours may disagree; the window in which a lost invoice is searched starts this much earlier. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

/**
 * Looks up transfers that have a draft; at most one query per hundred. The map has an entry for each of them. Those of
 * `sentBefore` may be there under another number or customer, because a person edits what arrived without our knowing it:
 * everything that was created since the ledger knows them is searched for their markers too, in one query.
 */
export async function lookUp(
  ctx: RunContext,
  transfers: readonly Transfer[],
  sentBefore: readonly Transfer[],
): Promise<Map<string, Finding>> {
  const findings = new Map<string, Finding>();
  for (const form of ['Invoice', 'CreditMemo'] as const) {
    const mine = transfers.filter((transfer) => (transfer.draft_entity ?? 'Invoice') === form);
    if (mine.length === 0) continue;
    const found = [
      ...(await findByNumber(
        ctx,
        mine.filter((transfer) => transfer.draft_number !== null),
        form,
      )),
      ...(await findByWindow(
        ctx,
        mine.filter((transfer) => transfer.draft_number === null),
        form,
      )),
      ...(await findByMarker(
        ctx,
        mine.filter((transfer) => sentBefore.includes(transfer)),
        form,
      )),
    ];
    const unique = new Map(found.map((one) => [one.id, one]));
    const index = new Candidates([...unique.values()], ctx.markerKey);
    for (const transfer of mine) findings.set(transfer.transfer_id, judge(transfer, index));
  }
  return findings;
}

class Candidates {
  readonly #byMarker = new Map<string, FoundInvoice>();
  readonly #byNumber = new Map<string, FoundInvoice>();
  readonly #markerKey: string;

  constructor(found: readonly FoundInvoice[], markerKey: string) {
    this.#markerKey = markerKey;
    for (const invoice of found) {
      for (const marker of markersIn(invoice.privateNote)) {
        if (marker.connectionKey !== markerKey) continue;
        const key = `${String(marker.invoiceId)}:${String(marker.copyNumber)}`;
        // A live one counts before a voided one: a person may have voided an older copy of the same marker.
        const known = this.#byMarker.get(key);
        if (known === undefined || known.isVoided) this.#byMarker.set(key, invoice);
      }
      if (invoice.number !== null) this.#byNumber.set(invoice.number, invoice);
    }
  }

  ours = (transfer: Transfer): FoundInvoice | undefined =>
    this.#byMarker.get(`${String(transfer.autotask_invoice_id)}:${String(transfer.copy_number)}`);

  numbered = (number: string): FoundInvoice | undefined => this.#byNumber.get(number);

  /** The Autotask invoice that this connection made it of; null for a stranger's. */
  ownerOf = (found: FoundInvoice): number | null =>
    markersIn(found.privateNote).find((one) => one.connectionKey === this.#markerKey)?.invoiceId ?? null;
}

function judge(transfer: Transfer, candidates: Candidates): Finding {
  const ours = candidates.ours(transfer);
  if (ours !== undefined) {
    const difference = differenceOf(transfer, ours);
    return difference === null ? { kind: 'ours', invoice: ours } : { kind: 'different', problem: difference };
  }
  // An overwrite copy carries the number of the first one on purpose (design.md section 3).
  if (transfer.draft_number === null || transfer.copy_number > 0) return { kind: 'none' };
  const taken = candidates.numbered(transfer.draft_number);
  if (taken === undefined) return { kind: 'none' };
  const facts = {
    number: transfer.draft_number,
    quickbooksId: taken.id,
    invoiceId: String(transfer.autotask_invoice_id),
  };
  const other = candidates.ownerOf(taken);
  return {
    kind: 'taken',
    problem:
      other === null
        ? problem('number-in-use', facts)
        : problem('number-of-another', { ...facts, otherInvoiceId: String(other) }),
  };
}

/** What keeps a copy of ours from being adopted: voided, another customer, another total. */
function differenceOf(transfer: Transfer, found: FoundInvoice): Problem | null {
  const differs = (field: string, is: string, wanted: string): Problem =>
    problem('found-but-different', { quickbooksId: found.id, field, found: is, wanted });
  if (found.isVoided) return differs('state', 'voided', 'open');
  if (transfer.draft_customer_id !== null && found.customerId !== transfer.draft_customer_id) {
    return differs('customer', found.customerId, transfer.draft_customer_id);
  }
  if (transfer.draft_total !== null && !found.total.eq(decimal(transfer.draft_total))) {
    return differs('total', found.total.toFixed(2), decimal(transfer.draft_total).toFixed(2));
  }
  return null;
}

async function findByNumber(ctx: RunContext, transfers: readonly Transfer[], form: SalesForm): Promise<FoundInvoice[]> {
  const numbers = [...new Set(transfers.flatMap((transfer) => transfer.draft_number ?? []))];
  const found: FoundInvoice[] = [];
  for (const chunk of chunksOf(numbers, CHUNK)) {
    found.push(...(await ctx.quickbooks.findInvoicesByNumber(chunk, form)));
  }
  return found;
}

/** Where QuickBooks numbers: by customer, since the invoice was created in Autotask (ours cannot be older than that). */
async function findByWindow(ctx: RunContext, transfers: readonly Transfer[], form: SalesForm): Promise<FoundInvoice[]> {
  const customers = [...new Set(transfers.flatMap((transfer) => transfer.draft_customer_id ?? []))];
  const created = transfers.map((transfer) => (transfer.source_created_at ?? transfer.seen_at).getTime());
  const since = new Date(Math.min(...created) - CLOCK_SKEW_MS);
  const found: FoundInvoice[] = [];
  for (const customerIds of chunksOf(customers, CHUNK)) {
    found.push(...(await ctx.quickbooks.findInvoicesSince({ customerIds, since }, form)));
  }
  return found;
}

/** What this ledger sent is younger than the row that sent it. */
async function findByMarker(ctx: RunContext, transfers: readonly Transfer[], form: SalesForm): Promise<FoundInvoice[]> {
  if (transfers.length === 0) return [];
  const seen = transfers.map((transfer) => transfer.seen_at.getTime());
  const since = new Date(Math.min(...seen) - CLOCK_SKEW_MS);
  const created = await ctx.quickbooks.findInvoicesSince({ customerIds: null, since }, form);
  return created.filter((invoice) => markersIn(invoice.privateNote).length > 0);
}
