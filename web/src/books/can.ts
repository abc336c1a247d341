/** What can be done to an invoice, by the state of its transfer; and what a manual copy of it meets. */
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

/** A manual copy asks neither for an invoice's age and marks nor for what a person or a rule put it aside for. */
const PASSED: readonly string[] = [
  'settling',
  'already-marked',
  'outside-window',
  'leaving-window',
  'before-cut-over',
  'legacy-error',
  'on-hold',
  'marked-done',
  // One invoice is below every limit of new customers in one run.
  'customer-create-limit',
];

/** The sentences of what a manual copy meets again, and of what it goes past; each once. */
export function copyMeets(problems: readonly { readonly code: string; readonly text: string }[]): {
  readonly meets: readonly string[];
  readonly passes: readonly string[];
} {
  const of = (isPassed: boolean): string[] => [
    ...new Set(problems.filter((one) => PASSED.includes(one.code) === isPassed).map((one) => one.text)),
  ];
  return { meets: of(false), passes: of(true) };
}
