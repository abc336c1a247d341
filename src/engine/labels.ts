/**
 * What an invoice lacks for the eye that met an obstacle before it was mapped: its company's name, and the currency where
 * the QuickBooks company has but one. Nothing is decided by these.
 */
import type { Autotask } from '../autotask/client.ts';
import { loadUnnamed, moveTransfers, type Move } from '../store/transfers.ts';
import { chunksOf } from '../core/rows.ts';
import { moveContext, type RunContext } from './run-context.ts';

/** Companies in one query. */
const PAGE = 500;

/** Autotask's names of these companies, each asked for once; one that it does not show is missing. */
export async function fetchCompanyNames(
  autotask: Pick<Autotask, 'fetchCompanies'>,
  companyIds: Iterable<number>,
): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  for (const chunk of chunksOf([...new Set(companyIds)], PAGE))
    for (const company of (await autotask.fetchCompanies(chunk)).rows) names.set(company.id, company.name);
  return names;
}

/** Asks Autotask once for each company that no mapped invoice has named; one that it does not show goes by its id. */
export async function labelUnmapped(ctx: RunContext): Promise<void> {
  const unnamed = await ctx.lease.read(loadUnnamed);
  if (unnamed.length === 0) return;
  const names = await fetchCompanyNames(
    ctx.autotask,
    unnamed.map((one) => one.company_id),
  );
  const { multiCurrency, homeCurrency } = await ctx.profile();
  const moves = unnamed.map((one): Move => ({
    transferId: one.transfer_id,
    from: one.state,
    to: one.state,
    reason: null,
    set: {
      company_name: names.get(one.company_id) ?? `Company ${String(one.company_id)}`,
      currency: one.currency ?? (multiCurrency ? null : homeCurrency),
    },
  }));
  await ctx.lease.write((tx) => moveTransfers(tx, moves, moveContext(ctx)));
}
