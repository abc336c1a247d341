/** What comes after posting: voids, payments, mails to customers. Part of the one list of problems (see `problem.ts`), kept apart for its length. */
import type { ProblemKind } from './problem.ts';

export const afterKinds = {
  'void-paid': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was voided in Autotask, but in QuickBooks ({quickbooksNumber}) {paid} of it is paid; a paid invoice is never voided.',
    remedy:
      'Take the payment off it in QuickBooks and choose “Pass on voids” again (terminal: voids sync), or write a credit memo.',
  },
  'void-refused': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was voided in Autotask, but QuickBooks does not void {quickbooksNumber}: {message}.',
    remedy:
      'Void it in QuickBooks by hand, or mend what QuickBooks names and choose “Pass on voids” again (terminal: voids sync).',
  },
  'void-changed': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was voided in Autotask, but the invoice with the id {quickbooksId} in QuickBooks is no longer the one that we know: its note lost our mark, or somebody changed its customer or total.',
    remedy: 'Look at it in QuickBooks and void it there by hand if it is the same.',
  },
  'payment-reversed': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Autotask shows it as paid on {paidOn}, but in QuickBooks {balance} of {quickbooksNumber} is open again.',
    remedy: 'If the payment was taken back, clear the paid date in Autotask (Contracts, Invoice History).',
  },
  'paid-date-failed': {
    who: 'admin',
    next: 'retry',
    text: 'It is paid in QuickBooks since {paidOn}, but Autotask did not take the date: {detail}.',
    remedy: 'It is tried again with the next payment pass; check that the API user may update invoices.',
  },
  'customer-mail-no-address': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was not mailed to “{company}”: neither QuickBooks nor the primary contact in Autotask has an e-mail address.',
    remedy: 'Enter the billing address of the customer in QuickBooks, then send this one from there.',
  },
  'customer-mail-refused': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks did not mail it to {address}: {message}.',
    remedy: 'Correct the address in QuickBooks, then send it from there.',
  },
  'customer-mail-doubt': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks was asked to mail it to {address}, and the answer was lost; its record does not say that it went.',
    remedy: 'Look at the invoice in QuickBooks (Activity); it is never mailed a second time by itself.',
  },
} as const satisfies Record<string, ProblemKind>;
