/** What a run did, as one value; mail, CSV, page and JSON are rendered from it and add nothing. Amounts are decimal text. */
import { decimal, sum, ZERO, type Decimal } from './money.ts';
import { problem, remedyOfAll, type Problem, type ProblemCode } from './problem.ts';
import type { Rows } from './rows.ts';
import type { SideLine } from './side-by-side.ts';
import type { TransferState } from './states.ts';

export interface ReportRow {
  readonly autotaskInvoiceId: number;
  readonly copyNumber: number;
  readonly invoiceNumber: string | null;
  readonly company: string | null;
  readonly invoiceDate: string | null;
  readonly state: TransferState;
  readonly quickbooksId: string | null;
  readonly quickbooksNumber: string | null;
  /** Autotask's total with tax; null until it was read. */
  readonly total: string | null;
  readonly tax: string | null;
  readonly quickbooksTotal: string | null;
  readonly currency: string | null;
  readonly adopted: boolean;
  /** What became of the mail to the customer; absent where none was asked for. */
  readonly customerMail?: { readonly state: string; readonly address: string | null };
  /** What is still open of it in QuickBooks, and the day it was paid, once a payment pass knows. */
  readonly balance?: string | null;
  readonly paidOn?: string | null;
  /** Something happened to it in this run beside posting: voided, paid. */
  readonly changed?: 'voided' | 'paid' | 'partly-paid' | 'left-window';
  /** In QuickBooks since this run began. */
  readonly isNew: boolean;
  readonly problems: readonly Problem[];
  /** What a manual copy sent, line by line (facts/mission.md A10.4: the invoice's details in report form). */
  readonly lines?: readonly SideLine[];
}

export interface RunReport {
  readonly runId: string;
  readonly kind: string;
  readonly state: string;
  readonly connection: string;
  readonly requestedBy: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly failure: string | null;
  readonly counts: {
    readonly posted: number;
    readonly waiting: number;
    readonly needsPerson: number;
    readonly skipped: number;
    readonly inDoubt: number;
    /** Voided in QuickBooks, given a paid date in Autotask, mailed to the customer: in this run. */
    readonly voided?: number;
    readonly paid?: number;
    readonly mailed?: number;
  };
  /** What was posted in this run, by currency. */
  readonly totals: readonly { readonly currency: string; readonly invoices: number; readonly total: string }[];
  readonly obstacles: readonly Obstacle[];
  readonly rows: Rows<ReportRow>;
}

/** One cause with everything that waits for it. */
export interface Obstacle {
  readonly code: string;
  readonly who: string;
  readonly text: string;
  readonly remedy: string;
  readonly invoices: readonly number[];
}

/** Days before an invoice leaves the window unposted on which the report says so (design.md section 2). */
const WARN_DAYS = 7;
const DAY_MS = 86_400_000;

/** The states in which an invoice that leaves the window is posted by itself no more. */
export const leavingStates: readonly TransferState[] = ['parked', 'waiting', 'held', 'ready'];

/**
 * The day (UTC) on which an invoice leaves the window, where that is within a week; null where it is later, or past. All
 * instants in milliseconds.
 */
export function leavesWindowOn(age: { createdAt: number; now: number; maxAgeDays: number }): string | null {
  const leaves = age.createdAt + (age.maxAgeDays + 1) * DAY_MS;
  if (leaves - age.now > WARN_DAYS * DAY_MS || leaves < age.now) return null;
  return new Date(leaves).toISOString().slice(0, 10);
}

/** An invoice that is about to leave the window gets a line of its own; created and now are instants, in milliseconds. */
export function withWarning(
  row: ReportRow,
  age: { createdAt: number | null; now: number; maxAgeDays: number },
): ReportRow {
  if (!leavingStates.includes(row.state) || age.createdAt === null) return row;
  const leavesOn = leavesWindowOn({ ...age, createdAt: age.createdAt });
  if (leavesOn === null) return row;
  const warning = problem('leaving-window', {
    leaves: `on ${leavesOn}`,
    leavesOn,
    maxAgeDays: String(age.maxAgeDays),
  });
  return { ...row, problems: [...row.problems, warning] };
}

const REFUSALS: ReadonlySet<string> = new Set<ProblemCode>([
  'already-in-quickbooks',
  'copy-of-done',
  'copy-of-held',
  'copy-of-voided',
]);
/** A copy that was asked for and not made. */
export const isRefused = (row: Pick<ReportRow, 'problems'>): boolean =>
  row.problems.some((one) => REFUSALS.has(one.code));

/** Does anybody need to hear of this run? Waiting for time to pass is no news. */
export const hasNews = (report: RunReport): boolean =>
  report.failure !== null ||
  report.counts.posted > 0 ||
  (report.counts.voided ?? 0) > 0 ||
  (report.counts.paid ?? 0) > 0 ||
  report.counts.needsPerson > 0 ||
  report.counts.inDoubt > 0;

const needsPerson = (row: ReportRow): boolean =>
  row.changed === 'left-window' ||
  row.state === 'parked' ||
  row.state === 'held' ||
  row.problems.some((one) => one.who !== 'nobody');

/** What is left out by a rule is no obstacle, unless it just fell out of the window. */
const isTold = (row: ReportRow): boolean => row.state !== 'skipped' || row.changed === 'left-window' || isRefused(row);

export function buildReport(
  run: Omit<RunReport, 'counts' | 'totals' | 'obstacles' | 'rows'>,
  rows: Rows<ReportRow>,
): RunReport {
  const counts = { posted: 0, waiting: 0, needsPerson: 0, skipped: 0, inDoubt: 0, voided: 0, paid: 0, mailed: 0 };
  const totals: Totals = new Map();
  const causes: Causes = new Map();
  for (const row of rows) {
    for (const kind of countedAs(row)) counts[kind] += 1;
    if (row.isNew) addTotal(totals, row);
    if (isTold(row)) addCauses(causes, row);
  }
  return { ...run, counts, totals: totalsOf(totals), obstacles: obstaclesOf(causes), rows };
}

type Count = keyof RunReport['counts'];

/** What a row counts as; several things may be true of it. */
function countedAs(row: ReportRow): Count[] {
  const is: Readonly<Record<Count, boolean>> = {
    posted: row.isNew,
    waiting: ['waiting', 'seen', 'ready'].includes(row.state) && !needsPerson(row),
    needsPerson: isTold(row) && needsPerson(row),
    skipped: row.state === 'skipped',
    inDoubt: row.state === 'posting' || row.state === 'verifying',
    voided: row.changed === 'voided',
    paid: row.changed === 'paid',
    mailed: row.isNew && row.customerMail?.state === 'sent',
  };
  return (Object.keys(is) as Count[]).filter((count) => is[count]);
}

/** By currency. */
type Totals = Map<string, { readonly invoices: number; readonly total: Decimal }>;

function addTotal(totals: Totals, { currency, quickbooksTotal }: ReportRow): void {
  const { invoices, total } = totals.get(currency ?? '') ?? { invoices: 0, total: ZERO };
  totals.set(currency ?? '', { invoices: invoices + 1, total: sum([total, decimal(quickbooksTotal ?? '0')]) });
}

const totalsOf = (totals: Totals): RunReport['totals'] =>
  [...totals]
    .map(([currency, { invoices, total }]) => ({ currency, invoices, total: total.toFixed(2) }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));

/** One cause for both: what leaves the window on several days is one concern, told from its first day to its last. */
function together(first: Problem, second: Problem): Problem {
  const [one = '', other = ''] = [first.facts['leavesOn'], second.facts['leavesOn']];
  if (first.code !== 'leaving-window' || one === other) return first;
  const days = [first.facts['until'] ?? one, one, other].toSorted();
  const [from = '', until = ''] = [days[0], days.at(-1)];
  return problem(first.code, { ...first.facts, leavesOn: from, until, leaves: `between ${from} and ${until}` });
}

/** What a person put on hold waits for its release alone. */
const causesOf = ({ state, problems }: ReportRow): readonly Problem[] => {
  const holds = state === 'held' ? problems.filter((one) => one.code === 'on-hold') : [];
  return holds.length > 0 ? holds : problems;
};

/** By code and sentence: one decision frees all of a group. */
type Causes = Map<string, { problem: Problem; readonly invoices: number[] }>;

function addCauses(causes: Causes, row: ReportRow): void {
  for (const one of causesOf(row)) {
    const key = one.code === 'leaving-window' ? one.code : `${one.code} ${one.text}`;
    const group = causes.get(key);
    if (group === undefined) causes.set(key, { problem: one, invoices: [row.autotaskInvoiceId] });
    else {
      group.problem = together(group.problem, one);
      group.invoices.push(row.autotaskInvoiceId);
    }
  }
}

const obstaclesOf = (causes: Causes): Obstacle[] =>
  [...causes.values()]
    .map(({ problem: one, invoices }) => {
      const { code, who, text } = one;
      return { code, who, text, remedy: invoices.length > 1 ? remedyOfAll(one) : one.remedy, invoices };
    })
    .sort(
      (a, b) =>
        Number(a.who === 'nobody') - Number(b.who === 'nobody') ||
        Number(a.code === 'leaving-window') - Number(b.code === 'leaving-window') ||
        b.invoices.length - a.invoices.length ||
        a.code.localeCompare(b.code),
    );
