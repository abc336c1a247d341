/** From QuickBooks' faults to problems that a person can act on: the second rung of the ladder, one visible switch. */
import { problem, type Problem } from '../core/problem.ts';
import type { Fault } from '../quickbooks/faults.ts';
import type { Move, Transfer } from '../store/transfers.ts';

/** The problem that a definite refusal of this transfer means. */
export function refusalProblem(transfer: Transfer, fault: Fault): Problem {
  const said = {
    code: fault.code,
    message: fault.detail === '' ? fault.message : fault.detail,
    ...(fault.reference === null ? {} : { reference: fault.reference }),
  };
  switch (fault.meaning) {
    case 'duplicate-number':
      return problem('number-in-use', {
        number: transfer.draft_number ?? '',
        quickbooksId: fault.existingId ?? 'unknown',
        invoiceId: String(transfer.autotask_invoice_id),
      });
    case 'inactive-or-missing':
    case 'invalid-reference':
      return problem('reference-inactive', said);
    case 'period-closed':
      return problem('period-closed', { date: transfer.invoice_date ?? '', closedTo: 'QuickBooks’ closing date' });
    case 'read-only-company':
      return problem('quickbooks-read-only', said);
    default:
      return problem('refused-by-quickbooks', said);
  }
}

/** Nothing of it is in QuickBooks, and a person acts first; the refused draft is remembered so that it is not sent again as it is. */
export const parkedBy = (transfer: Transfer, cause: Problem): Move => ({
  transferId: transfer.transfer_id,
  from: transfer.state,
  to: 'parked',
  reason: cause.code,
  set: { problems: [cause], refused_hash: transfer.draft_hash, generation: transfer.generation + 1, send_alone: false },
});

/** The company as a whole is refused (access removed, subscription ended); 5020 is about one feature or right only. */
export const isOfCompany = (fault: Fault): boolean =>
  fault.meaning === 'read-only-company' || (fault.meaning === 'forbidden' && fault.code !== '5020');
