/** What a run found of an invoice, and what is true of it by now, as two short words. */
import { shownState, stateWord } from '../words.ts';
import { words } from './words.ts';

interface Found {
  readonly state: string;
  readonly problems: readonly { readonly code: string; readonly text: string }[];
}

interface Now {
  readonly state: string;
  readonly codes: readonly string[];
}

/**
 * @param now null where nothing is different
 * @param isDecided has somebody decided about all that stands in its way, and no run gone by it yet?
 * @returns null where what the run found is still true
 */
export function sinceThen(
  row: Found,
  now: Now | null,
  isDecided: boolean,
): { readonly then: string; readonly now: string } | null {
  const found = shownState(row);
  const then = words.since.then[found] ?? words.since.was(stateWord(found));
  if (now === null) return isDecided && found === 'parked' ? { then, now: words.since.decided } : null;
  const state = shownState({ state: now.state, problems: now.codes.map((code) => ({ code })) });
  if (state === 'skipped' && now.codes.includes('marked-done')) return { then, now: words.since.markedDone };
  return { then, now: words.since.now[state] ?? stateWord(state) };
}
