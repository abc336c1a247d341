/**
 * From Autotask to the ledger: fetches what may be due, settles and maps it, and writes one decision per invoice: ready with
 * its exact body, or waiting, parked, held, skipped with the reason. Every invoice that was ever seen is in one state.
 */
import type { NextPage, UnreadableRow } from '../autotask/client.ts';
import { dayStart, windowStart } from '../core/dates.ts';
import type { Directory } from '../core/directory.ts';
import { ineligibility } from '../core/eligibility.ts';
import { mapInvoice, type Mapped } from '../core/map-invoice.ts';
import { inOrder } from '../core/map-lines.ts';
import { shared } from '../core/match-customer.ts';
import { roundHalfAwayFromZero } from '../core/money.ts';
import type { NewCustomer, NewItem } from '../core/new-names.ts';
import { problem, type Problem } from '../core/problem.ts';
import { fingerprintOf, judgeSettled } from '../core/settle.ts';
import type { SourceInvoice, SourceLine } from '../core/source.ts';
import { isInQuickBooks, openStates, type TransferState } from '../core/states.ts';
import type { CompanyProfile } from '../quickbooks/company.ts';
import { bodyHash, renderInvoice } from '../quickbooks/invoice-body.ts';
import { saveLinks } from '../store/links.ts';
import { loadLastFinished } from '../store/runs.ts';
import {
  loadKeysIn,
  loadTransfersById,
  loadTransfersOf,
  moveTransfers,
  saveSeen,
  type Move,
  type Transfer,
  type TransferChanges,
} from '../store/transfers.ts';
import { Lists } from './lists.ts';
import { chunksOf } from '../core/rows.ts';
import { placeholderOf } from './naming.ts';
import { logMoves } from './posting.ts';
import { mayHaveChanged } from './profile-age.ts';
import { moveContext, scopeNow, type RunContext } from './run-context.ts';
import { fetchLines } from './source-lines.ts';

/** Names that this run's drafts ask for, by key. */
export interface Wanted {
  readonly customers: Map<string, NewCustomer>;
  readonly items: Map<string, NewItem>;
}

const PAGE = 500;
/** So many are mapped and written at once: a whole page of drafts with their bodies is what a run would need most memory for. */
const PIECE = 100;
const MINUTE_MS = 60_000;
const MOVABLE: ReadonlySet<TransferState> = new Set(['seen', 'waiting', 'parked', 'held', 'skipped', 'ready']);

interface Settled {
  readonly invoice: SourceInvoice;
  readonly transfer: Transfer;
  readonly lines: readonly SourceLine[];
}

/** Where an invoice rests for each reason; a code that is not named here waits for a person. */
const restOf = (cause: Problem): TransferState => {
  switch (cause.code) {
    case 'settling':
    case 'still-moving':
    case 'not-visible':
      return 'waiting';
    case 'voided':
    case 'already-marked':
    case 'before-cut-over':
    case 'outside-window':
    case 'zero-total':
    case 'copy-not-made':
      return 'skipped';
    case 'legacy-error':
    case 'on-hold':
      return 'held';
    default:
      return 'parked';
  }
};

export class Gathering {
  readonly #ctx: RunContext;
  readonly #lists: Lists;
  readonly wanted: Wanted = { customers: new Map(), items: new Map() };
  #directory: Directory | null = null;
  #seen = new Set<number>();

  constructor(ctx: RunContext) {
    this.#ctx = ctx;
    this.#lists = new Lists(ctx);
  }

  /** Both vendors' lists as this run sees them; null until an invoice needed them. */
  get directory(): Directory | null {
    return this.#directory;
  }

  /** An automatic or sync-now run: everything of the window that is not marked, and what we still had open. */
  async gatherWindow(): Promise<void> {
    const ctx = this.#ctx;
    const from = await this.#lookFrom();
    const unmarked = ctx.settings['invoices.numbering'] === 'quickbooks' ? 'number' : 'processed';
    let after: number | null = null;
    do {
      const at: number | null = after;
      const page: NextPage<SourceInvoice> = await ctx.autotask.fetchInvoicePage(
        { createdFrom: from, unmarked, voided: false },
        at,
      );
      await this.#saveUnreadable(page.unreadable);
      await this.processPage(page.rows);
      after = page.next;
    } while (after !== null);
    await this.#gatherLeftovers();
  }

  /**
   * Where the window begins; further back where nobody looked since: what left the window while the connection was paused
   * is seen once and told (design.md section 2). A first run looks at its window only.
   */
  async #lookFrom(): Promise<string> {
    const ctx = this.#ctx;
    const start = windowStart(
      ctx.services.clock.now().toISOString(),
      ctx.settings['invoices.maxAgeDays'],
      ctx.timeZone,
    );
    const last = await ctx.lease.read((tx) => loadLastFinished(tx, ['automatic', 'sync-now']));
    if (last === null) return start;
    const before = windowStart(last.requested_at.toISOString(), ctx.settings['invoices.maxAgeDays'], ctx.timeZone);
    const cutOver = dayStart(ctx.settings['invoices.notBefore'], ctx.timeZone);
    return [start, before > cutOver ? before : cutOver].toSorted()[0] ?? start;
  }

  /** What we had open and Autotask's list no longer names: voided, marked elsewhere, out of the window, or hidden. */
  async #gatherLeftovers(): Promise<void> {
    const open = await this.#ctx.lease.read((tx) => loadKeysIn(tx, openStates));
    await this.#endCopies(open.filter((one) => one.copy_number > 0 && one.state === 'seen'));
    const left = open.filter((one) => one.copy_number === 0 && !this.#seen.has(one.autotask_invoice_id));
    for (const chunk of chunksOf(left, PAGE)) {
      const page = await this.#ctx.autotask.fetchInvoicesByIds(chunk.map((one) => one.autotask_invoice_id));
      await this.processPage(page.rows);
      const found = new Set([...page.rows.map((row) => row.id), ...page.unreadable.map((row) => row.id)]);
      const gone = chunk.filter((one) => !found.has(one.autotask_invoice_id)).map((one) => one.transfer_id);
      const transfers = await this.#ctx.lease.read((tx) => loadTransfersById(tx, gone));
      await this.#move(transfers.map((transfer) => ({ transfer, cause: [problem('not-visible')], set: {} })));
    }
  }

  /** Copies that a person asked for in a run that failed or was cleared: no schedule makes them afterwards by itself. */
  async #endCopies(orphans: readonly { transfer_id: string }[]): Promise<void> {
    const ids = orphans.map((one) => one.transfer_id);
    const transfers = await this.#ctx.lease.read((tx) => loadTransfersById(tx, ids));
    const cause = (transfer: Transfer): Problem =>
      problem('copy-not-made', { invoiceId: String(transfer.autotask_invoice_id) });
    await this.#move(transfers.map((transfer) => ({ transfer, cause: [cause(transfer)], set: {} })));
  }

  async #saveUnreadable(unreadable: readonly UnreadableRow[]): Promise<void> {
    for (const one of unreadable)
      this.#ctx.services.log.warn({ invoice: one.id, detail: one.detail }, 'an invoice cannot be read');
    const transfers = await this.#transfersOf(
      unreadable.map((one) => one.id),
      0,
    );
    await this.#move(
      unreadable.flatMap((one) => {
        const transfer = transfers.get(one.id);
        return transfer === undefined || !MOVABLE.has(transfer.state)
          ? []
          : [{ transfer, cause: [problem('unreadable-invoice', { detail: one.detail })], set: {} }];
      }),
    );
  }

  /** Ledger rows of these invoices, made where they are missing. */
  async #transfersOf(invoiceIds: readonly number[], copyNumber: number): Promise<Map<number, Transfer>> {
    for (const id of invoiceIds) this.#seen.add(id);
    const { lease, services } = this.#ctx;
    return lease.write(async (tx) => {
      let rows = (await loadTransfersOf(tx, invoiceIds)).filter((row) => row.copy_number === copyNumber);
      const missing = invoiceIds.filter((id) => !rows.some((row) => row.autotask_invoice_id === id));
      if (missing.length > 0) {
        await saveSeen(
          tx,
          scopeNow(this.#ctx),
          missing.map((invoiceId) => ({ transferId: services.ids.uuid(), invoiceId, copyNumber })),
        );
        rows = (await loadTransfersOf(tx, invoiceIds)).filter((row) => row.copy_number === copyNumber);
      }
      return new Map(rows.map((row) => [row.autotask_invoice_id, row]));
    });
  }

  /** Decides a page of invoices; for a manual copy the rules of window and marks do not apply. */
  async processPage(invoices: readonly SourceInvoice[], manual: { copyNumber: number } | null = null): Promise<void> {
    if (invoices.length === 0) return;
    const transfers = await this.#transfersOf(
      invoices.map((invoice) => invoice.id),
      manual?.copyNumber ?? 0,
    );
    this.#ctx.services.crash('seen-saved');
    const decisions: Decision[] = [];
    const due: { invoice: SourceInvoice; transfer: Transfer }[] = [];
    for (const invoice of invoices) {
      const transfer = transfers.get(invoice.id);
      if (transfer === undefined) continue;
      const early = this.#decideEarly(invoice, transfer, manual !== null);
      if (early === 'due') due.push({ invoice, transfer });
      else if (early !== null) decisions.push(early);
    }
    await this.#move(decisions);
    if (due.length > 0) await this.#mapPage(due, manual?.copyNumber ?? 0);
    this.#ctx.say('reading Autotask', this.#seen.size, this.#seen.size);
  }

  /** What is decided without lines; null = nothing changes. */
  #decideEarly(invoice: SourceInvoice, transfer: Transfer, isManual: boolean): Decision | 'due' | null {
    if (isInQuickBooks(transfer.state)) return this.#cleared(invoice, transfer);
    if (!MOVABLE.has(transfer.state)) return null;
    if (isManual) return invoice.isVoided ? { transfer, cause: [problem('voided')], set: headerOf(invoice) } : 'due';
    if (isPersonsWord(transfer)) return null;
    const { settings, timeZone, services } = this.#ctx;
    const now = services.clock.now().toISOString();
    const cause = ineligibility(invoice, { settings, timeZone, now, isLegacyReleased: transfer.legacy_released });
    if (cause === null) return 'due';
    return transfer.state === 'skipped' && transfer.problems[0]?.code === cause.code
      ? null
      : { transfer, cause: [cause], set: headerOf(invoice) };
  }

  /** It is done here, yet Autotask says it is not: a person cleared the mark. It is never posted again by itself. */
  #cleared(invoice: SourceInvoice, transfer: Transfer): Decision | null {
    if (transfer.state !== 'written_back' || transfer.problems.some((one) => one.code === 'cleared-in-autotask'))
      return null;
    // No number was written (QuickBooks gave none, or Autotask numbered then): its date of processing is the mark that stands.
    if ((transfer.mark_number ?? '') === '' && invoice.processedAt !== null) return null;
    const cleared = problem('cleared-in-autotask', {
      quickbooksNumber: transfer.quickbooks_number ?? '(no number)',
      invoiceId: String(invoice.id),
    });
    return { transfer, cause: [...transfer.problems, cleared], set: {}, stay: true };
  }

  async #mapPage(due: readonly { invoice: SourceInvoice; transfer: Transfer }[], copyNumber: number): Promise<void> {
    const ctx = this.#ctx;
    const { lines, faults } = await fetchLines(
      ctx.autotask,
      due.map((one) => one.invoice.id),
    );
    const decisions: Decision[] = [];
    const settled: Settled[] = [];
    const settleMs =
      ctx.run.kind === 'manual-copy'
        ? 0
        : ctx.services.clock.scaled(ctx.settings['invoices.settleMinutes'] * MINUTE_MS);
    for (const { invoice, transfer } of due) {
      const fault = faults.get(invoice.id);
      if (fault !== undefined) {
        decisions.push({ transfer, cause: [fault], set: { ...headerOf(invoice), fingerprint: null } });
        continue;
      }
      const mine = inOrder(lines.get(invoice.id) ?? []);
      const judged = judgeSettled(invoice, mine, {
        now: ctx.services.clock.now(),
        settleMs,
        previous: transfer.fingerprint,
      });
      if (judged.kind === 'settled') settled.push({ invoice, transfer, lines: mine });
      // Only a young invoice is remembered: for an older one, one read that adds up is enough.
      else
        decisions.push({
          transfer,
          cause: [judged.problem],
          set: { ...headerOf(invoice), fingerprint: judged.kind === 'waiting' ? fingerprintOf(invoice, mine) : null },
        });
    }
    await this.#move(decisions);
    if (settled.length > 0) {
      const directory = await this.#listFor(settled);
      for (const piece of chunksOf(settled, PIECE))
        await this.#move(await this.#mapSettled(piece, directory, copyNumber));
    }
    ctx.services.crash('decided');
  }

  /** Both vendors' lists as far as these invoices need them, asked for at once. */
  async #listFor(settled: readonly Settled[]): Promise<Directory> {
    if (this.#directory === null) {
      await this.#lists.refresh();
      this.#directory = await this.#lists.directory();
    }
    const codes = settled.flatMap((one) => one.lines.flatMap((line) => line.billingCodeId ?? []));
    const companies = settled.map((one) => one.invoice.companyId);
    await this.#lists.ensure(companies, codes, this.#directory);
    return (this.#directory = await this.#lists.directory());
  }

  async #mapSettled(settled: readonly Settled[], directory: Directory, copyNumber: number): Promise<Decision[]> {
    const ctx = this.#ctx;
    let profile = await ctx.profile();
    const links = new Map<
      string,
      { kind: 'customer' | 'item'; sourceKey: string; quickbooksId: string; quickbooksName: string; origin: 'matched' }
    >();
    const mapWith = (quickbooks: CompanyProfile): Mapped[] =>
      settled.map(({ invoice, lines }) =>
        mapInvoice({
          invoice,
          lines,
          copyNumber,
          connectionKey: ctx.markerKey,
          settings: ctx.settings,
          quickbooks,
          directory,
        }),
      );
    let all = mapWith(profile);
    const renewed = mayHaveChanged(ctx, all) ? await ctx.renewProfile() : null;
    if (renewed !== null) all = mapWith((profile = renewed));
    for (const mapped of all.filter((one) => one.problems.length === 0)) {
      for (const pair of mapped.matched) {
        if (directory.links.get(`${pair.kind} ${pair.key}`) === pair.id) continue;
        links.set(`${pair.kind} ${pair.key}`, {
          kind: pair.kind,
          sourceKey: pair.key,
          quickbooksId: pair.id,
          quickbooksName: pair.name,
          origin: 'matched',
        });
      }
    }
    const taken = await ctx.lease.write((tx) => saveLinks(tx, scopeNow(ctx), [...links.values()]));
    return settled.flatMap(({ invoice, transfer }, index) => {
      const mapped = all[index];
      if (mapped === undefined) return [];
      // Somebody has linked that customer to another company since the lists were read.
      const company = String(invoice.companyId);
      const holder = mapped.problems.length === 0 ? taken.get(company) : undefined;
      const problems =
        holder === undefined ? mapped.problems : [shared(mapped.draft.customer, [holder, company], directory)];
      return [this.#decideMapped(invoice, transfer, { ...mapped, problems }, profile)];
    });
  }

  #decideMapped(invoice: SourceInvoice, transfer: Transfer, mapped: Mapped, profile: CompanyProfile): Decision {
    const { draft } = mapped;
    const gross = draft.net.plus(draft.sourceTax);
    const company = this.#directory?.companiesById.get(invoice.companyId)?.name ?? draft.customer.name;
    const header: TransferChanges = {
      ...headerOf(invoice),
      company_name: company,
      source_total: gross.toFixed(2),
      source_tax: draft.sourceTax.toFixed(2),
      currency: draft.currency ?? profile.homeCurrency,
      fingerprint: null,
    };
    if (mapped.problems.length > 0) return { transfer, cause: mapped.problems, set: header };
    const keys = this.#want(mapped);
    const body = renderInvoice(withPlaceholders(mapped));
    const expected = draft.tax.expectedTotal;
    const hash = bodyHash(body);
    // Refused by QuickBooks as it is: a schedule does not send the very same again; a person's sync does.
    if (transfer.state === 'parked' && transfer.refused_hash === hash && this.#ctx.run.kind === 'automatic')
      return { transfer, cause: transfer.problems, set: header };
    const awaitsApproval = this.#ctx.settings['sync.review'] && transfer.approved_hash !== hash;
    return {
      transfer,
      cause: [],
      set: {
        ...header,
        problems: awaitsApproval ? [problem('awaits-approval', { invoiceId: String(invoice.id) })] : [],
        draft_entity: draft.kind === 'invoice' ? 'Invoice' : 'CreditMemo',
        draft_body: body,
        draft_hash: hash,
        draft_number: draft.number,
        draft_customer_id:
          mapped.newCustomer === null ? draft.customer.id : placeholderOf('customer', mapped.newCustomer.key),
        draft_total: expected === null ? null : draft.net.plus(expected).toFixed(2),
        draft_tax: expected === null ? null : expected.toFixed(2),
        needs_names: keys,
        // A person may have typed it meanwhile: what a former run looked up says nothing about this draft.
        looked_up_generation: null,
      },
    };
  }

  #want(mapped: Mapped): string[] {
    if (mapped.newCustomer !== null) this.wanted.customers.set(mapped.newCustomer.key, mapped.newCustomer);
    for (const item of mapped.newItems) this.wanted.items.set(item.key, item);
    return [
      ...(mapped.newCustomer === null ? [] : [`customer ${mapped.newCustomer.key}`]),
      ...mapped.newItems.map((item) => `item ${item.key}`),
    ];
  }

  /** Writes decisions: no cause means ready. A skipped invoice comes back only through `seen`: a person changed something. */
  async #move(decisions: readonly Decision[]): Promise<void> {
    if (decisions.length === 0) return;
    const { lease } = this.#ctx;
    const target = (decision: Decision): TransferState => {
      if (decision.stay === true) return decision.transfer.state;
      const [first] = decision.cause;
      if (first === undefined) return 'ready';
      const rests = decision.cause.map(restOf);
      return rests.includes('parked') ? 'parked' : restOf(first);
    };
    const woken = decisions.filter((one) => one.transfer.state === 'skipped' && target(one) !== 'skipped');
    const moves = decisions.map((decision): Move => {
      const to = target(decision);
      const from = woken.includes(decision) ? 'seen' : decision.transfer.state;
      return {
        transferId: decision.transfer.transfer_id,
        from,
        to: from === 'skipped' ? 'skipped' : to,
        reason: decision.cause[0]?.code ?? null,
        set: to === 'ready' ? decision.set : { ...decision.set, ...restingWith(decision) },
      };
    });
    await lease.write(async (tx) => {
      await moveTransfers(
        tx,
        woken.map((one) => ({
          transferId: one.transfer.transfer_id,
          from: 'skipped',
          to: 'seen',
          reason: 'rule-changed',
          set: {},
        })),
        moveContext(this.#ctx),
      );
      await moveTransfers(tx, moves, moveContext(this.#ctx));
      await logMoves(
        this.#ctx,
        tx,
        decisions.map((one) => one.transfer),
        moves,
      );
    });
  }
}

interface Decision {
  readonly transfer: Transfer;
  readonly cause: readonly Problem[];
  readonly set: TransferChanges;
  /** Leaves the state as it is and only renews the problems. */
  readonly stay?: boolean;
}

/** Another obstacle than the refusal of before: when it is gone, the draft may be sent again as it was (seed 4032). */
const restingWith = ({ cause, transfer }: Decision): TransferChanges =>
  transfer.refused_hash === null || cause === transfer.problems
    ? { problems: cause }
    : { problems: cause, refused_hash: null };

/** A person put it on hold or marked it done: no rule overrides that. */
export const isPersonsWord = (transfer: Pick<Transfer, 'state' | 'problems'>): boolean =>
  (transfer.state === 'held' && transfer.problems.some((one) => one.code === 'on-hold')) ||
  (transfer.state === 'skipped' && transfer.problems.some((one) => one.code === 'marked-done'));

/** What Autotask says of an invoice, kept at transfer time: a voided one loses its lines there. Halves of a cent go away from zero. */
export const headerOf = (invoice: SourceInvoice): TransferChanges => ({
  invoice_number: invoice.number,
  company_id: invoice.companyId,
  invoice_date: invoice.invoiceDate,
  source_created_at: new Date(invoice.createdAt),
  source_total: roundHalfAwayFromZero(invoice.total, 2).toFixed(2),
  source_tax: roundHalfAwayFromZero(invoice.tax, 2).toFixed(2),
});

/** Names that would be created first stand in the body as placeholders until QuickBooks has given them ids. */
function withPlaceholders(mapped: Mapped): Mapped['draft'] {
  const { draft } = mapped;
  const items = new Map(mapped.newItems.map((item) => [item.name, placeholderOf('item', item.key)]));
  return {
    ...draft,
    customer:
      mapped.newCustomer === null
        ? draft.customer
        : { ...draft.customer, id: placeholderOf('customer', mapped.newCustomer.key) },
    lines: draft.lines.map((line) =>
      line.item.id === null ? { ...line, item: { ...line.item, id: items.get(line.item.name) ?? null } } : line,
    ),
  };
}
