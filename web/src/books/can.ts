/** What can be done to an invoice, by the state of its transfer. */
const POSTED = ['posted', 'written_back'];
const RESTING = ['seen', 'waiting', 'parked', 'ready'];
const ON_ITS_WAY = ['posting', 'verifying'];

export const can = {
  hold: (state: string): boolean => RESTING.includes(state),
  release: (state: string): boolean => state === 'held' || state === 'skipped',
  markDone: (state: string): boolean => state === 'held' || RESTING.includes(state),
  adopt: (state: string): boolean => state === 'held' || state === 'skipped' || RESTING.includes(state),
  sync: (state: string): boolean => !POSTED.includes(state) && !ON_ITS_WAY.includes(state),
  overwrite: (state: string): boolean => POSTED.includes(state),
} as const;
