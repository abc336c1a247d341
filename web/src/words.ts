/** All words of the desk, in one catalogue: another language is another file of this shape. */
export const words = {
  product: 'Ledgerferry',
  demo: 'This is the demo: two sandboxes stand in for Autotask and QuickBooks, and all companies are made up.',
  inProcess: 'An invoice batch is currently in process.',
  nav: {
    desk: 'Desk',
    invoices: 'Invoices',
    errors: 'In the way',
    runs: 'Runs',
    items: 'Items',
    links: 'Links',
    monthEnd: 'Month end',
    mails: 'Mails',
    settings: 'Settings',
    connections: 'Connections',
    people: 'People',
    audit: 'Audit log',
    help: 'Help',
  },
  states: {
    seen: 'seen',
    waiting: 'waits',
    parked: 'needs you',
    held: 'on hold',
    skipped: 'left out',
    ready: 'ready',
    posting: 'on its way',
    verifying: 'being looked up',
    posted: 'in QuickBooks',
    written_back: 'done',
    voided: 'voided',
  },
  syncStatus: { sync: 'Sync invoices', paused: 'Paused', 'next-batch': 'Next batch, then pause' },
  runKinds: {
    automatic: 'Automatic run',
    'sync-now': 'Sync now',
    'manual-copy': 'Manual copy',
    'void-pass': 'Voids',
    'payment-pass': 'Payments',
    'compare-items': 'Compare items',
    'copy-items': 'Copy items',
    reactivate: 'Make active again',
    reconcile: 'Month-end proof',
  },
  trouble: {
    gone: 'The server does not answer. What you typed is still here; this page tries again by itself.',
    signedOut: 'You are signed out. Sign in again; what you typed is still here.',
  },
} as const;

export const stateWord = (state: string): string =>
  state in words.states ? words.states[state as keyof typeof words.states] : state;
export const kindWord = (kind: string): string =>
  kind in words.runKinds ? words.runKinds[kind as keyof typeof words.runKinds] : kind;
