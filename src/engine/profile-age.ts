/** When what is known of the QuickBooks company is too old to decide by. */
import type { Mapped } from '../core/map-invoice.ts';
import type { ProblemCode } from '../core/problem.ts';
import type { RunContext } from './run-context.ts';

/** Obstacles that end with a setting in QuickBooks, which the stored profile may not know yet. */
const OF_PROFILE: ReadonlySet<string> = new Set<ProblemCode>([
  'custom-numbers-on',
  'custom-numbers-off',
  'period-closed',
  'currency-mismatch',
  'foreign-customer-missing',
]);

/**
 * Whether the profile must be read anew before these are decided: where QuickBooks numbers, an invoice that went with
 * “Custom transaction numbers” on would have no number at all (facts/mission.md A4), and a person who has just changed a
 * setting there does not wait an hour for it.
 */
export function mayHaveChanged(ctx: RunContext, all: readonly Mapped[]): boolean {
  if (ctx.settings['invoices.numbering'] === 'quickbooks' && all.some((mapped) => mapped.problems.length === 0))
    return true;
  return ctx.run.kind !== 'automatic' && all.some((mapped) => mapped.problems.some((one) => OF_PROFILE.has(one.code)));
}
