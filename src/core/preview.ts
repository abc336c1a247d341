/** Where the draft says something else than Autotask, line by line, in words: shown before anything is posted. */
import type { Draft } from './draft.ts';
import { descriptionOf } from './map-lines.ts';
import { amountText, ZERO } from './money.ts';
import type { SourceInvoice, SourceLine } from './source.ts';

export interface Difference {
  /** Autotask's line id; null for the header. */
  readonly line: number | null;
  readonly field: string;
  readonly autotask: string;
  readonly quickbooks: string;
}

export function compareWithSource(invoice: SourceInvoice, lines: readonly SourceLine[], draft: Draft): Difference[] {
  const byId = new Map(draft.lines.map((line) => [line.sourceLineId, line]));
  const differences: Difference[] = [];
  const note = (line: number | null, field: string, autotask: string, quickbooks: string): void => {
    if (autotask !== quickbooks) differences.push({ line, field, autotask, quickbooks });
  };
  for (const line of lines) {
    const drafted = byId.get(line.id);
    if (drafted === undefined) {
      note(line.id, 'line', amountText(line.amount), 'left out');
      continue;
    }
    note(line.id, 'amount', amountText(line.amount), amountText(drafted.amount));
    if (!drafted.centAdjustment.eq(ZERO)) note(line.id, 'cent spread', '0.00', amountText(drafted.centAdjustment));
    note(line.id, 'description', descriptionOf(line), drafted.description);
    if (line.quantity !== null && !line.quantity.eq(ZERO) && drafted.quantity === null) {
      note(line.id, 'quantity x rate', `${line.quantity.toFixed()} x ${line.rate?.toFixed() ?? '?'}`, 'amount only');
    }
  }
  const tax = draft.tax.expectedTotal;
  note(null, 'tax', amountText(draft.sourceTax), tax === null ? 'unknown until posted' : amountText(tax));
  if (invoice.number !== null && invoice.number !== '' && draft.number !== null)
    note(null, 'number', invoice.number, draft.number);
  return differences;
}
