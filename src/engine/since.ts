/** What became of a run's invoices after it: its report tells of the moment at which it ended, and people act afterwards. */
import type { ReportRow } from '../core/report.ts';
import { chunksOf, type Rows } from '../core/rows.ts';
import type { TransferState } from '../core/states.ts';
import { withTenant } from '../store/tenant.ts';
import { loadStatesOf, type StateOf } from '../store/transfer-list.ts';
import type { Tenant } from './lease.ts';
import type { Services } from './services.ts';

export interface Since {
  readonly autotaskInvoiceId: number;
  readonly copyNumber: number;
  readonly state: TransferState;
  /** Codes of what stands in its way now. */
  readonly codes: readonly string[];
}

/** These are at their end: what a run found of them stays true. */
const DONE: ReadonlySet<TransferState> = new Set(['posted', 'written_back', 'voided', 'skipped']);
const PAGE = 1_000;

const keyOf = (id: number, copy: number): string => `${String(id)}-${String(copy)}`;

/** Is it in another state, or is something gone that stood in its way? */
const isOther = (row: ReportRow, now: StateOf): boolean =>
  row.state !== now.state ||
  row.problems.some(
    (one) => one.who !== 'nobody' && !now.problems.some((other) => other.code === one.code && other.text === one.text),
  );

/** Of the invoices that were not at their end in the report: those of which something else is true now. */
export async function changedSince(services: Services, tenant: Tenant, rows: Rows<ReportRow>): Promise<Since[]> {
  const changed: Since[] = [];
  for (const chunk of chunksOf(rows, PAGE)) {
    const open = chunk.filter((row) => !DONE.has(row.state));
    if (open.length === 0) continue;
    const found = await withTenant(services.database, tenant, (tx) =>
      loadStatesOf(
        tx,
        open.map((row) => row.autotaskInvoiceId),
      ),
    );
    const states = new Map(found.map((one) => [keyOf(one.autotask_invoice_id, one.copy_number), one]));
    for (const row of open) {
      const now = states.get(keyOf(row.autotaskInvoiceId, row.copyNumber));
      if (now === undefined || !isOther(row, now)) continue;
      const { autotaskInvoiceId, copyNumber } = row;
      changed.push({ autotaskInvoiceId, copyNumber, state: now.state, codes: now.problems.map((one) => one.code) });
    }
  }
  return changed;
}
