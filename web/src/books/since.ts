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
): { readonly found: string; readonly now: string } | null {
  const was = shownState(row);
  const found = words.since.found[was] ?? words.since.was(stateWord(was));
  if (now === null) return isDecided && was === 'parked' ? { found, now: words.since.decided } : null;
  const state = shownState({ state: now.state, problems: now.codes.map((code) => ({ code })) });
  if (state === 'skipped' && now.codes.includes('marked-done')) return { found, now: words.since.markedDone };
  return { found, now: words.since.now[state] ?? stateWord(state) };
}
