/** Which number the invoice carries in QuickBooks, and whether QuickBooks is set for it (facts/mission.md A4). */
import { hasLegacyError } from './eligibility.ts';
import { toLatin1 } from './latin1.ts';
import { problem, type Problem } from './problem.ts';
import type { Numbering } from './settings.ts';
import type { SourceInvoice } from './source.ts';

/** DocNumber holds 21 characters (facts/qbo.md 3.1, error 2050). */
const NUMBER_MAX = 21;

/** The number to send; null where QuickBooks numbers. A blank Autotask number means its id (facts/mission.md A4). */
export function numberOf(invoice: SourceInvoice, numbering: Numbering): string | null {
  if (numbering === 'quickbooks') return null;
  const own = invoice.number?.trim() ?? '';
  return numbering === 'autotask-id' || own === '' || hasLegacyError(invoice) ? String(invoice.id) : own;
}

/** What QuickBooks cannot store as it is: too long, or letters that a US company lacks. A number is never changed silently. */
export function numberProblem(number: string | null, isUs: boolean): Problem | null {
  if (number === null) return null;
  const isPlain = !/\p{Cc}/u.test(number) && (!isUs || toLatin1(number) === number);
  if (!isPlain) return problem('unsupported-characters', { field: 'invoice number', value: number });
  if ([...number].length <= NUMBER_MAX) return null;
  return problem('number-too-long', { number, length: String([...number].length) });
}

/**
 * With custom numbers on and none sent, QuickBooks stores an empty number; the write-back would be blank and the invoice
 * would come again. With them off, a number that we send is not checked against duplicates.
 */
export function numberingProblem(numbering: Numbering, customNumbers: boolean): Problem | null {
  if (numbering === 'quickbooks') return customNumbers ? problem('custom-numbers-on') : null;
  return customNumbers ? null : problem('custom-numbers-off');
}
