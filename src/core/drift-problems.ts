/** What only reconciliation finds: part of the one list of problems (see `problem.ts`), kept apart for its length. */
import type { ProblemKind } from './problem.ts';

export const driftKinds = {
  'voided-in-quickbooks': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was posted as {quickbooksNumber} (id {quickbooksId}), and somebody voided it in QuickBooks; in Autotask it is alive.',
    remedy:
      'If it is void: void it in Autotask too. If it shall be there again, choose “Copy again (overwrite)” on the invoice (terminal: invoices copy {invoiceId} --overwrite).',
  },
  'edited-in-quickbooks': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was posted as {quickbooksNumber}, and its {field} in QuickBooks is now {found} instead of {wanted}.',
    remedy:
      'Correct it in QuickBooks. If the new one is right, make it so in Autotask: void the invoice there and bill anew.',
  },
  'marker-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The private note of {quickbooksNumber} (id {quickbooksId}) in QuickBooks lost our mark, or has another one.',
    remedy:
      'Put the mark back into the private note (LF:…:{invoiceId}:…, as on the other invoices); voids do not find it otherwise.',
  },
  'doubled-in-quickbooks': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has it more than once, with the same mark: {copies}.',
    remedy:
      'Void the copy that is too many, or take the mark out of its private note. Either somebody copied it in QuickBooks, or a machine was paused in the very moment of posting.',
  },
  'unknown-to-ledger': {
    who: 'bookkeeper',
    next: 'park',
    text: 'QuickBooks has it as {quickbooksNumber} (id {quickbooksId}) with our mark, and our ledger does not know that it was posted.',
    remedy:
      'Probably an old backup of Ledgerferry was restored. Choose “Sync now” (terminal: invoices sync): it is adopted, never posted twice. If Autotask is marked already, choose “Mark done” on the invoice (terminal: invoices mark-done {invoiceId}).',
  },
  'source-missing': {
    who: 'admin',
    next: 'park',
    text: 'QuickBooks has it as {quickbooksNumber} (id {quickbooksId}) with our mark, and Autotask does not show the invoice {invoiceId}.',
    remedy:
      'Give the API user every line of business in Autotask; if the invoice is gone there, void it in QuickBooks.',
  },
  'voided-in-autotask': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was voided in Autotask, and in QuickBooks {quickbooksNumber} is still alive with {total}.',
    remedy:
      'Void it there by hand, or choose “Pass on voids” (terminal: voids sync); “Void in QuickBooks what was voided in Autotask” in the settings does it by itself (terminal: settings set voids.sync=true).',
  },
  'changed-in-autotask': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It was posted as {quickbooksNumber}, and in Autotask its {field} is now {found} instead of {wanted}.',
    remedy: 'Change {quickbooksNumber} in QuickBooks alike, or void the invoice in Autotask and bill anew.',
  },
  'mark-changed-in-autotask': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Autotask was given the number “{wanted}”, and now shows “{found}”.',
    remedy: 'Write {wanted} into the invoice number in Autotask again; it is the number in QuickBooks.',
  },
  'paid-date-without-payment': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Autotask shows it as paid on {paidOn}, and in QuickBooks {balance} of {quickbooksNumber} is open.',
    remedy: 'Enter the payment in QuickBooks, or clear the paid date in Autotask (Contracts, Invoice History).',
  },
  'paid-date-missing': {
    who: 'bookkeeper',
    next: 'park',
    text: 'In QuickBooks {quickbooksNumber} is paid, and Autotask has no paid date.',
    remedy: 'To catch up, choose “Pass on payments” from {since} on (terminal: payments sync --since {since}).',
  },
  'never-seen': {
    who: 'bookkeeper',
    next: 'park',
    text: 'Autotask has it since {createdAt}, it may go to QuickBooks, and no run has looked at it.',
    remedy:
      'Choose “Sync now” (terminal: invoices sync). If it is older than “How far to look back”, choose “Copy to QuickBooks” on the invoice (terminal: invoices copy {invoiceId}).',
  },
} as const satisfies Record<string, ProblemKind>;
