/**
 * The life of a transfer as a table of allowed moves (design.md section 2). The same states stand as a CHECK in the
 * schema. `parked` means: nothing of it is in QuickBooks and a person must act.
 */
export const transferStates = [
  'seen',
  'waiting',
  'parked',
  'held',
  'skipped',
  'ready',
  'posting',
  'verifying',
  'posted',
  'written_back',
  'voided',
] as const;
export type TransferState = (typeof transferStates)[number];

const moves: Readonly<Record<TransferState, readonly TransferState[]>> = {
  seen: ['waiting', 'ready', 'parked', 'held', 'skipped'],
  waiting: ['waiting', 'ready', 'parked', 'held', 'skipped'],
  parked: ['waiting', 'ready', 'parked', 'held', 'skipped'],
  held: ['waiting', 'ready', 'parked', 'held', 'skipped'],
  /** By a person only (a changed setting counts as one). */
  skipped: ['seen'],
  ready: ['waiting', 'parked', 'held', 'skipped', 'posting', 'posted'],
  posting: ['posted', 'verifying', 'ready', 'parked'],
  verifying: ['posted', 'ready', 'parked'],
  posted: ['written_back', 'voided'],
  written_back: ['voided'],
  voided: [],
};

/** May a transfer go from one state to the other? */
export const mayMove = (from: TransferState, to: TransferState): boolean => moves[from].includes(to);

/** On hold is what a person put there; what a rule holds (the old app's mark) waits for a person like all that is parked. */
export const shownState = (row: {
  readonly state: TransferState;
  readonly problems: readonly { readonly code: string }[];
}): TransferState =>
  row.state === 'held' && !row.problems.some((one) => one.code === 'on-hold') ? 'parked' : row.state;

/** In QuickBooks by our own doing or adoption. */
export const isInQuickBooks = (state: TransferState): boolean =>
  state === 'posted' || state === 'written_back' || state === 'voided';

/** The states in which nothing of it is in QuickBooks or on its way, and no rule left it out. */
export const openStates: readonly TransferState[] = ['seen', 'waiting', 'parked', 'held', 'ready'];

export const isOpen = (state: TransferState): boolean => openStates.includes(state);

/** Nothing more happens to it in this run: done, or a person or time must act first. */
export const isAtRest = (state: TransferState): boolean =>
  state === 'waiting' ||
  state === 'parked' ||
  state === 'held' ||
  state === 'skipped' ||
  state === 'written_back' ||
  state === 'voided';
