/** What the ways out of a cause do to the invoices that wait for it. */

/** They end the matter without posting: there, but quiet. */
export const QUIET: readonly string[] = ['hold', 'mark-done'];

/** Those that let everything go on that waits for the cause; what was posted already waits for nothing. */
const FREES: readonly string[] = ['create', 'link', 'use-default', 'release', 'approve', 'reactivate'];

interface Ways {
  readonly actions: readonly string[];
}

export const isCurable = (cause: Ways): boolean => cause.actions.some((one) => !QUIET.includes(one));

/** Does one click let all its invoices go on? A hold or “mark done” frees none of them. */
export const freesAll = (cause: Ways): boolean => cause.actions.some((one) => FREES.includes(one));

/** What one click cures stands first. */
export const curableFirst = <Cause extends Ways>(causes: readonly Cause[]): Cause[] =>
  causes.toSorted((a, b) => Number(isCurable(b)) - Number(isCurable(a)));
