/**
 * What must be true in the end (facts/goals.md 4.2), judged from the sandboxes' states and the ledger's rows alone: no
 * mapping, matching, marker or money code of the product is used here. Not judged, because the product has it not yet:
 * the hash chain over the log of state changes (a part of invariant 10).
 */
import type { Kernel } from './kernel.ts';
import { judgeInvoices } from './judge-invoices.ts';
import { judgeLedger } from './judge-ledger.ts';
import type { Network } from './network.ts';
import type { Plan } from './plan.ts';
import type { Processes } from './processes.ts';
import type { Witness } from './witness.ts';
import type { Books } from './world.ts';

export interface Evidence {
  readonly rig: { rows<T>(text: string, values?: unknown[]): Promise<T[]> };
  readonly kernel: Kernel;
  readonly plan: Plan;
  readonly books: readonly Books[];
  readonly processes: Processes;
  readonly network: Network;
  readonly witness: Witness;
  readonly unsettled: readonly string[];
}

export interface Verdict {
  /** Each begins with the number of its invariant. */
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

export interface TransferRow {
  readonly transfer_id: string;
  readonly autotask_invoice_id: number;
  readonly copy_number: number;
  readonly state: string;
  readonly problems: readonly { readonly code: string; readonly text: string }[];
  readonly quickbooks_id: string | null;
  readonly quickbooks_number: string | null;
  readonly quickbooks_total: string | null;
  /** How often the ledger learned that it is in QuickBooks. */
  readonly postings: number;
}

export async function judge(evidence: Evidence): Promise<Verdict> {
  const violations: string[] = [...evidence.witness.violations];
  const counts: Record<string, number> = { ...evidence.witness.counts, posted: 0, parked: 0, clean: 0 };
  for (const crash of evidence.processes.crashes) violations.push(`0: a job ended by a bug: ${crash}`);
  for (const one of evidence.unsettled) violations.push(`11: ${one}`);
  for (const books of evidence.books) {
    const transfers = (
      await evidence.rig.rows<TransferRow & { autotask_invoice_id: string | number }>(
        `select transfer_id, autotask_invoice_id, copy_number, state, problems, quickbooks_id, quickbooks_number, quickbooks_total::text,
           (select count(*)::int from transfer_events e where e.transfer_id = t.transfer_id and e.to_state = 'posted' and e.from_state <> 'posted') as postings
         from transfers t where connection_id = $1 order by autotask_invoice_id, copy_number`,
        [books.tenant.connectionId],
      )
    ).map((row) => ({
      ...row,
      autotask_invoice_id: Number(row.autotask_invoice_id),
      copy_number: Number(row.copy_number),
    }));
    const [connection] = await evidence.rig.rows<{ marker_key: string }>(
      'select marker_key from connections where connection_id = $1',
      [books.tenant.connectionId],
    );
    const told = (violation: string): void =>
      void violations.push(violation.replace(/^(\d+): /, `$1: @${String(books.index)} `));
    judgeInvoices(evidence, books, { transfers, markerKey: connection?.marker_key ?? '' }, told);
    await judgeLedger(evidence, books, transfers, told);
    counts['posted'] =
      (counts['posted'] ?? 0) + books.made.filter((one) => String(one.row['PrivateNote']).includes('LF:')).length;
    counts['parked'] = (counts['parked'] ?? 0) + transfers.filter((one) => one.state === 'parked').length;
    counts['clean'] = (counts['clean'] ?? 0) + books.clean.size;
  }
  return { violations, counts };
}
