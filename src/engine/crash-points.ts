/**
 * Named instants at which a test may stop this process (design.md section 2). In production every call is a comparison
 * with an empty list. The list comes from LEDGERFERRY_TEST_CRASH_AT=`name` or `name:nth`, which config.ts refuses unless
 * loopback vendors are allowed.
 */
export const crashPoints = [
  'run-started',
  'seen-saved',
  'decided',
  'creations-committed',
  'creations-answered',
  'creations-recorded',
  'looked-up',
  'intent-committed',
  'before-send',
  'answered',
  'posted-recorded',
  'verify-looked-up',
  'verify-recorded',
  'mark-sent',
  'marks-answered',
  'marks-recorded',
  'report-composed',
  'run-ended',
  'mail-sent',
  'customer-mailed',
  'voided',
  'paid-date-sent',
  'paid-dates-recorded',
] as const;
export type CrashPoint = (typeof crashPoints)[number];

/** Dies (or, in a simulation, throws) when the armed point is reached for the armed time. */
export type Crash = (point: CrashPoint) => void;

export const neverCrash: Crash = () => undefined;

/** Arms one point; `die` must not return (SIGKILL to ourselves: no handler, no flush, no farewell to the database). */
export function crashAt(armed: string, die: () => void): Crash {
  const [name = '', nth = '1'] = armed.split(':');
  let left = Number(nth);
  return (point) => {
    if (point !== name) return;
    left -= 1;
    if (left === 0) die();
  };
}
