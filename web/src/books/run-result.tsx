/** What came of a run that moves no invoices: a comparison, a proof, what was created or made active again. */
import { Link as RouterLink } from '@tanstack/react-router';
import type { Reconciliation, RunDetail } from '../api.ts';
import { needsLook } from './proof-row.ts';
import { words } from './words.ts';

interface ComparedItems {
  readonly rows: readonly { readonly result: string }[];
}
interface CopiedItems {
  readonly dryRun: boolean;
  readonly created: readonly unknown[];
  readonly wouldCreate: readonly unknown[];
}

/** One sentence and the way to all of it; null where the report of invoices says everything. */
export function RunResult({ detail: { run, result } }: { detail: RunDetail }) {
  if (typeof result !== 'object' || result === null) return null;
  switch (run.kind) {
    case 'reconcile':
      return <Proof id={run.id} proof={result as Reconciliation} />;
    case 'compare-items':
      return <Items text={words.runs.compared(countsOf((result as ComparedItems).rows))} />;
    case 'copy-items': {
      const { dryRun, created, wouldCreate } = result as CopiedItems;
      return <Items text={dryRun ? words.runs.wouldCreate(wouldCreate.length) : words.runs.created(created.length)} />;
    }
    case 'reactivate':
      return <p className="bk-hint lf-break">{words.runs.active((result as { name: string }).name)}</p>;
    default:
      return null;
  }
}

const countsOf = (rows: ComparedItems['rows']) => ({
  all: rows.length,
  different: rows.filter((row) => row.result === 'different').length,
  missing: rows.filter((row) => row.result === 'missing').length,
  ambiguous: rows.filter((row) => row.result === 'ambiguous').length,
});

const Items = ({ text }: { text: string }) => (
  <p className="bk-hint">
    {text} <RouterLink to="/items">{words.runs.items}</RouterLink>
  </p>
);

function Proof({ id, proof }: { id: string; proof: Reconciliation }) {
  const looks = proof.rows.filter(needsLook).length;
  const all = Math.max(proof.sums.invoices, proof.rows.length);
  const text = all === 0 ? words.month.nothing : looks === 0 ? words.month.agree(all) : words.month.differ(looks, all);
  return (
    <p className="bk-hint">
      {`${proof.from} – ${proof.to}. ${text} `}
      <RouterLink to="/month-end" search={{ month: proof.from.slice(0, 7), run: id } as never}>
        {words.runs.proof}
      </RouterLink>
    </p>
  );
}
