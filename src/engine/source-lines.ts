/** The lines of a page of Autotask invoices, by invoice; what could not be read of them is told, never left out. */
import type { Autotask, NextPage } from '../autotask/client.ts';
import { problem, type Problem } from '../core/problem.ts';
import type { SourceLine } from '../core/source.ts';
import { chunksOf } from '../core/rows.ts';

const PAGE = 500;

export interface SourceLines {
  readonly lines: ReadonlyMap<number, SourceLine[]>;
  /** Invoices of which a line cannot be read: without it the rest may add up and yet be too little. */
  readonly faults: ReadonlyMap<number, Problem>;
}

export async function fetchLines(autotask: Autotask, invoiceIds: readonly number[]): Promise<SourceLines> {
  const lines = new Map<number, SourceLine[]>();
  const faults = new Map<number, Problem>();
  for (const chunk of chunksOf(invoiceIds, PAGE)) {
    let after: number | null = null;
    do {
      const at: number | null = after;
      const page: NextPage<SourceLine> = await autotask.fetchLinePage(chunk, at);
      after = page.next;
      for (const line of page.rows) {
        const mine = lines.get(line.invoiceId);
        if (mine === undefined) lines.set(line.invoiceId, [line]);
        else mine.push(line);
      }
      for (const one of page.unreadable) {
        const fault = problem('unreadable-invoice', { detail: `line ${String(one.id)}: ${one.detail}` });
        // A line that does not say whose it is may be anybody's.
        for (const id of one.invoiceId === null ? chunk : [one.invoiceId]) faults.set(id, fault);
      }
    } while (after !== null);
  }
  return { lines, faults };
}
