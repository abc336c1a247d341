/** What can be done to the chosen invoices: to which of them, and why not to the others. */
import { shownState } from '../words.ts';
import { can } from './can.ts';
import { words } from './words.ts';

export type BulkAction = 'approve' | 'sync' | 'hold' | 'release' | 'mark-done';

interface Row {
  readonly autotaskInvoiceId: number;
  readonly state: string;
  readonly awaitsApproval: string | null;
  readonly problems: readonly { readonly code: string }[];
}

export interface Offer {
  readonly action: BulkAction;
  readonly label: string;
  readonly ids: readonly number[];
}

export interface Offered {
  readonly offers: readonly Offer[];
  /** Sentences: what leaves out which, or why nothing is offered at all. */
  readonly notes: readonly string[];
}

const takes: Readonly<Record<BulkAction, (row: Row) => boolean>> = {
  approve: (row) => row.awaitsApproval !== null,
  sync: (row) => can.sync(row.state),
  hold: (row) => can.hold(row.state),
  release: (row) => can.release(row.state),
  'mark-done': (row) => can.markDone(row.state),
};

function whyNot(row: Row, action: BulkAction): string {
  const { left } = words.chosen;
  const state = shownState(row);
  if (action === 'approve') return left.noApproval;
  if (row.state === 'held') return state === 'held' ? left.held : left.byRule;
  if (action === 'release' && can.hold(row.state)) return left.notHeld;
  return left.byState[row.state] ?? left.other;
}

/** How many there are of each reason, as half a sentence. */
function reasonsOf(rows: readonly Row[], action: BulkAction): string {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(whyNot(row, action), (counts.get(whyNot(row, action)) ?? 0) + 1);
  return [...counts].map(([why, count]) => words.chosen.are(count, why)).join(', ');
}

/**
 * @param here the chosen rows of this page; of those on other pages nothing is known here, and the server names which it left
 * @param isBook may the reader do more than approve?
 */
export function offeredFor(
  chosen: ReadonlySet<number>,
  here: readonly Row[],
  may: { readonly approve: boolean; readonly book: boolean },
): Offered {
  const known = [...Map.groupBy(here, (row) => row.autotaskInvoiceId).values()];
  const elsewhere = [...chosen].filter((id) => !here.some((row) => row.autotaskInvoiceId === id));
  const actions: readonly BulkAction[] = [
    ...(may.approve && here.some(takes.approve) ? ['approve' as const] : []),
    ...(may.book ? (['sync', 'hold', 'release', 'mark-done'] as const) : []),
  ];
  const offers: Offer[] = [];
  const notes = new Map<string, string[]>();
  for (const action of actions) {
    // A copy beside an invoice is chosen with it: what one of both takes is done to that one.
    const taken = known.filter((rows) => rows.some(takes[action]));
    const left = known.filter((rows) => !rows.some(takes[action])).flatMap((rows) => rows.slice(0, 1));
    const ids = [...taken.flatMap((rows) => rows.slice(0, 1).map((row) => row.autotaskInvoiceId)), ...elsewhere];
    if (ids.length === 0) continue;
    const names = words.chosen.actions[action];
    offers.push({ action, ids, label: left.length === 0 ? names.all : names.some(ids.length, chosen.size) });
    if (left.length === 0) continue;
    const why = reasonsOf(left, action);
    notes.set(why, [...(notes.get(why) ?? []), names.name]);
  }
  const nothing = (): string =>
    may.book
      ? words.chosen.nothing(
          known.length,
          reasonsOf(
            known.flatMap((rows) => rows.slice(0, 1)),
            'mark-done',
          ),
        )
      : words.chosen.noRole;
  return {
    offers,
    notes: [
      ...(offers.length === 0 ? [nothing()] : [...notes].map(([why, names]) => words.chosen.leaves(names, why))),
      ...(elsewhere.length === 0 || offers.length === 0 ? [] : [words.chosen.elsewhere(elsewhere.length)]),
    ],
  };
}
