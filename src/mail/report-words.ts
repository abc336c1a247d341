/** The words of a report, said the same in every mail, on the terminal and on the pages. Pure; escapes nothing. */
import { amountText, decimal, roundHalfAwayFromZero } from '../core/money.ts';
import type { Obstacle, ReportRow, RunReport } from '../core/report.ts';
import { isInQuickBooks, shownState, transferStates } from '../core/states.ts';

/** A longer run lists this many invoices in the mail; the CSV has all of them. */
export const ROWS_SHOWN = 200;
/** So many ids of one obstacle are named. */
const IDS_SHOWN = 100;

export const plural = (count: number, one: string, many: string): string =>
  `${String(count)} ${count === 1 ? one : many}`;

/** One sentence that says it all: "42 invoices are in QuickBooks, 3 wait for you." */
export function headline(report: RunReport): string {
  const { counts } = report;
  const parts = [doneText(report)];
  if (counts.needsPerson > 0) parts.push(`${plural(counts.needsPerson, 'waits', 'wait')} for you`);
  if (counts.waiting > 0)
    parts.push(`${plural(counts.waiting, 'goes', 'go')} later by ${counts.waiting === 1 ? 'itself' : 'themselves'}`);
  if (counts.inDoubt > 0) parts.push(`${plural(counts.inDoubt, 'is', 'are')} being looked up`);
  if (report.failure !== null) parts.push(endText(report.state, report.failure));
  return `${parts.join(', ')}.`;
}

/** A run that a person ended did not stop by itself. */
const endText = (state: string, failure: string): string =>
  `${state === 'cleared' ? 'the run was ' : 'the run stopped: '}${failure
    .trim()
    .replace(/\.+$/, '')
    .replace(/^Cleared/, 'cleared')}`;

/** What this kind of run is about, first. */
function doneText({ kind, counts }: RunReport): string {
  if (kind === 'void-pass')
    return (counts.voided ?? 0) === 0
      ? 'Nothing was voided in QuickBooks'
      : `${plural(counts.voided ?? 0, 'invoice was', 'invoices were')} voided in QuickBooks`;
  if (kind === 'payment-pass')
    return (counts.paid ?? 0) === 0
      ? 'No invoice was newly paid'
      : `${plural(counts.paid ?? 0, 'invoice is', 'invoices are')} paid, and Autotask has the date`;
  return counts.posted === 0
    ? 'No new invoice went to QuickBooks'
    : `${plural(counts.posted, 'invoice is', 'invoices are')} in QuickBooks`;
}

const stateWords: Readonly<Record<ReportRow['state'], string>> = {
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
};

type Told = Pick<ReportRow, 'state' | 'changed' | 'paidOn' | 'adopted'> & {
  readonly problems: readonly { readonly code: string }[];
};

/** The result of one invoice in one or two words. */
export const stateWord = (row: Told): string =>
  row.changed === 'paid'
    ? `paid ${row.paidOn ?? ''}`.trim()
    : row.changed === 'partly-paid'
      ? 'partly paid'
      : row.adopted && row.state !== 'voided'
        ? `${stateWords[row.state]} (was there)`
        : stateWords[shownState(row)];

/** The word of a state that is shown already, as every table says it. */
export const wordOfState = (state: ReportRow['state'] | 'unknown'): string =>
  state === 'unknown' ? 'not in our ledger' : stateWords[state];

/** A state by its own name or by its word. */
export const stateOf = (text: string): ReportRow['state'] | undefined =>
  transferStates.find((one) => one === text || stateWords[one] === text);

/** How a result looks: done, for a person, goes on by itself, or no longer of interest. */
export type Tone = 'good' | 'act' | 'wait' | 'quiet';

export function toneOf(row: ReportRow): Tone {
  if (row.state === 'skipped' || row.state === 'voided') return 'quiet';
  if (row.state === 'parked' || row.state === 'held' || row.problems.some((one) => one.who !== 'nobody')) return 'act';
  return isInQuickBooks(row.state) ? 'good' : 'wait';
}

export const messageOf = (row: ReportRow): string =>
  [...row.problems.map((one) => one.text), mailedText(row)].filter((text) => text !== '').join(' ');

/** That QuickBooks has mailed it to the customer; what went wrong with that is a problem of its own. */
const mailedText = (row: ReportRow): string =>
  row.customerMail?.state === 'sent' ? `Mailed to ${row.customerMail.address ?? 'the customer'}.` : '';

export const remediesOf = (row: ReportRow): string => row.problems.map((one) => one.remedy).join(' ');

/** `4711`, or `4711/1` for its first overwriting copy. */
export const invoiceIdText = (row: ReportRow): string =>
  row.copyNumber > 0 ? `${String(row.autotaskInvoiceId)}/${String(row.copyNumber)}` : String(row.autotaskInvoiceId);

/** An amount with at least its cents; nothing for an unknown one, and what is no number as it stands. */
export function shownAmount(amount: string | null): string {
  if (amount === null) return '';
  try {
    return amountText(decimal(amount));
  } catch {
    return amount;
  }
}

/** An amount that has no cents yet, as people read it: rounded half away from zero, for the eye alone. */
export function inCents(amount: string): string {
  try {
    return roundHalfAwayFromZero(decimal(amount), 2).toFixed(2);
  } catch {
    return amount;
  }
}

/** Are both totals known, and not the same? */
export function totalsDiffer(row: ReportRow): boolean {
  if (row.total === null || row.quickbooksTotal === null) return false;
  return shownAmount(row.total) !== shownAmount(row.quickbooksTotal);
}

/** `2026-11-24 11:57 UTC` from an instant in ISO form; the report carries no other time zone. */
export const instantText = (iso: string | null): string =>
  iso !== null && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*Z$/.test(iso)
    ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
    : (iso ?? '');

export const kindText = (kind: string): string => kind.replaceAll('-', ' ');

const whoWords: Readonly<Record<string, string>> = {
  bookkeeper: 'For you',
  admin: 'For your administrator',
  us: 'For the makers of Ledgerferry',
  nobody: 'Goes on by itself',
};

export const whoText = (who: string): string => whoWords[who] ?? `For ${who}`;

/** The ids of what an obstacle holds up; a very long list is cut, and says so. */
export function idsText({ invoices }: Obstacle): string {
  const more = invoices.length - IDS_SHOWN;
  return invoices.slice(0, IDS_SHOWN).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** What stands below a list that was cut; null when all is shown. */
export const moreText = (all: number, shown: number, where: string): string | null =>
  all > shown
    ? `The first ${String(shown)} of ${String(all)} invoices are listed here; ${where} has all of them.`
    : null;
