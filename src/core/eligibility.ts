/**
 * May this invoice be posted by a run? Decided by our ledger first; Autotask's marks only hint (facts/mission.md A4,
 * facts/autotask.md 5.2). Pure: settings, the present instant and the invoice in; nothing or the reason out.
 */
import { dateIn, dayStart, windowStart } from './dates.ts';
import { problem, type Problem } from './problem.ts';
import type { Numbering, Settings } from './settings.ts';
import type { Instant, SourceInvoice } from './source.ts';

/** The old app wrote this into the number of an invoice that failed (facts/mission.md A12). */
const LEGACY_ERROR = 'ERROR';

const isBlank = (text: string | null): boolean => text === null || text.trim() === '';
export const hasLegacyError = (invoice: SourceInvoice): boolean => invoice.number?.trim() === LEGACY_ERROR;

/** Does Autotask's mark say that this invoice is done? Which field is the mark depends on who numbers. */
export function isMarked(invoice: SourceInvoice, numbering: Numbering): boolean {
  if (numbering === 'quickbooks') return !isBlank(invoice.number) && !hasLegacyError(invoice);
  return invoice.processedAt !== null;
}

/** The rules that do not need lines, in the order in which a person would want to hear them; null when none applies. */
export function ineligibility(
  invoice: SourceInvoice,
  rules: { settings: Settings; timeZone: string; now: string; isLegacyReleased?: boolean },
): Problem | null {
  const { settings, timeZone, now } = rules;
  const invoiceId = String(invoice.id);
  if (invoice.isVoided) return problem('voided');
  if (isMarked(invoice, settings['invoices.numbering'])) {
    const mark =
      settings['invoices.numbering'] === 'quickbooks'
        ? `its number is ${invoice.number ?? ''}`
        : `web service date ${invoice.processedAt ?? ''}`;
    return problem('already-marked', { mark, invoiceId });
  }
  const notBefore = settings['invoices.notBefore'];
  const isBefore = (start: Instant): boolean => invoice.createdAt < start.replace(/Z$/, '');
  const createdOn = (): string => dateIn(invoice.createdAt, timeZone);
  if (isBefore(dayStart(notBefore, timeZone)))
    return problem('before-cut-over', { createdOn: createdOn(), notBefore, invoiceId });
  const maxAgeDays = settings['invoices.maxAgeDays'];
  if (isBefore(windowStart(now, maxAgeDays, timeZone)))
    return problem('outside-window', { createdOn: createdOn(), maxAgeDays: String(maxAgeDays), invoiceId });
  return hasLegacyError(invoice) && rules.isLegacyReleased !== true ? problem('legacy-error', { invoiceId }) : null;
}
