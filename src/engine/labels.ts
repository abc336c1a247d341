/**
 * What an invoice lacks for the eye that met an obstacle before it was mapped: its company's name, and the currency where
 * the QuickBooks company has but one. Nothing is decided by these.
 */
import { loadUnnamed, moveTransfers, type Move } from '../store/transfers.ts';
import { chunksOf } from './look-up.ts';
import { moveContext, type RunContext } from './run-context.ts';

const PAGE = 500;

/** Asks Autotask once for each company that no mapped invoice has named; one that it does not show goes by its id. */
export async function labelUnmapped(ctx: RunContext): Promise<void> {
  const unnamed = await ctx.lease.read(loadUnnamed);
  if (unnamed.length === 0) return;
  const names = new Map<number, string>();
  for (const chunk of chunksOf([...new Set(unnamed.map((one) => one.company_id))], PAGE))
    for (const company of (await ctx.autotask.fetchCompanies(chunk)).rows) names.set(company.id, company.name);
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
