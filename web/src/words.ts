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
  shell: {
    skip: 'Skip to the page',
    menu: 'Navigation',
    pages: 'Pages',
    connection: 'Connection',
    search: 'Find or do',
    lookAtRun: 'Look at it',
    demoPerson: 'Demo, nobody has to sign in',
    signOut: 'Sign out',
    toDark: 'Switch to dark',
    toLight: 'Switch to light',
    welcome: 'Welcome',
    none: 'Nothing is connected yet',
    noneWhy:
      'A connection joins one Autotask tenant to one QuickBooks company. It takes about five minutes, and nothing is posted before you switch it on.',
    first: 'Make the first connection',
  },
  cures: {
    elsewhere: 'It has to be mended where it is; the next run picks it up by itself.',
    whichCustomer: 'Which customer in QuickBooks?',
    whichItem: 'Which product or service in QuickBooks?',
    reading: 'Reading QuickBooks…',
    choose: 'Choose one',
    why: 'Why? It stands in the audit log.',
    doIt: 'Do it',
  },
  desk: {
    title: (count: number): string =>
      count === 0
        ? 'Nothing waits for you'
        : count === 1
          ? 'One thing waits for you'
          : `${String(count)} things wait for you`,
    looking: 'Looking what waits for you',
    clear: 'All clear',
    clearWhy:
      'Every invoice that was ready is in QuickBooks. What cannot go by itself will stand here, with what cures it.',
    waits: 'What waits for you',
    more: (count: number): string => (count === 1 ? 'One more' : `${String(count)} more`),
    sync: 'Sync',
    syncStatus: 'Sync status',
    status: { sync: 'On', 'next-batch': 'Next batch', paused: 'Paused' },
    nowIs: {
      sync: 'Invoices sync by themselves from now on.',
      'next-batch': 'The next batch is sent; then the sync pauses.',
      paused: 'All automatic runs stand still. What you start by hand still runs.',
    },
    next: 'Next run',
    noNext: 'None while it is paused',
    last: 'Last run',
    neverRun: 'There was none yet',
    ran: (posted: number, waiting: number): string =>
      `${posted === 1 ? 'one invoice' : `${String(posted)} invoices`} posted${waiting === 0 ? '' : `, ${String(waiting)} waiting`}`,
    health: 'Connected',
    health1: (state: string): string =>
      ({
        connected: 'works',
        reconnect: 'has to be connected again',
        refused: 'refuses the credentials',
        none: 'not connected yet',
      })[state] ?? state,
    mend: 'Mend it',
    moved: (month: string): string => `Reached QuickBooks in ${month}`,
    nothingMoved: 'Nothing yet this month.',
    invoices: (count: number): string => (count === 1 ? 'one invoice' : `${String(count)} invoices`),
    asTable: 'As figures',
    byDay: 'What reached QuickBooks by day, in',
  },
  palette: {
    ask: 'A page, an action, or an invoice by number, id or company',
    choices: 'What there is',
    nothing: 'Nothing like that.',
    page: 'page',
    action: 'action',
    syncNow: 'Sync now',
    asked: 'The run was asked for.',
    pause: 'Pause automatic runs',
    resume: 'Resume automatic runs',
    keys: 'Keys',
    close: 'Close what is open',
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
