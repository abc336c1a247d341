/** A row of a month-end proof, as far as it tells whether somebody has to look. */
import type { Reconciliation } from '../api.ts';

/** Not the same on both sides, or something was found about it. */
export const needsLook = (row: Reconciliation['rows'][number]): boolean =>
  row.findings.length > 0 || !['match', 'voided'].includes(row.result);
