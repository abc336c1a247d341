/** What keeps a copy that a person asked for from being made, or stands beside it; problem.ts says what each field is. */
import type { ProblemKind } from './problem.ts';

export const copyKinds = {
  'copy-of-held': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It is on hold ({reason}); nothing was saved.',
    remedy:
      'If it shall go, choose “Release” on the invoice first (terminal: invoices release {invoiceId}), then copy it again.',
  },
  'copy-of-done': {
    who: 'bookkeeper',
    next: 'park',
    text: 'A person marked it done without posting ({reason}); nothing was saved.',
    remedy:
      'Look whether it is billed elsewhere. If it shall go all the same, choose “Release” on the invoice first (terminal: invoices release {invoiceId}), then copy it again.',
  },
  'copy-of-voided': {
    who: 'bookkeeper',
    next: 'park',
    text: 'It is voided in Autotask; nothing was saved.',
    remedy: 'If the work shall be billed, invoice it anew in Autotask: the new invoice has an id of its own.',
  },
  'second-copy': {
    who: 'nobody',
    next: 'park',
    text: 'This is another copy: {quickbooksNumber} (id {quickbooksId}) stands in QuickBooks as well.',
    remedy: 'Void the older one in QuickBooks if only one of them shall count.',
  },
  'copy-not-made': {
    who: 'bookkeeper',
    next: 'park',
    text: 'The run that should have made this copy ended before it did; nothing of it is in QuickBooks.',
    remedy:
      'If the copy is still wanted, ask for it again: choose “Copy again (overwrite)” on the invoice (terminal: invoices copy {invoiceId} --overwrite).',
  },
  'items-not-created': {
    who: 'bookkeeper',
    next: 'park',
    text: '{count} could not be created in QuickBooks by “Copy missing items”: {names}. The first reason: {detail}',
    remedy: 'Mend what is said, then copy the missing items again under “Items” (terminal: items copy).',
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;
