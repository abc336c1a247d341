/** What a sync would do, by name, before anything is switched on; changes nothing at either vendor. */
import { dateIn } from '../core/dates.ts';
import { amountText, decimal, sum } from '../core/money.ts';
import type { Connection } from '../store/connections.ts';
import { Inspector, type ReadyRow } from './inspecting.ts';
import type { Tenant } from './lease.ts';
import type { Say } from './run-context.ts';
import type { Services } from './services.ts';

export interface DryRun {
  readonly days: number;
  /** The first day whose invoices count, after the cut-over date. */
  readonly notBefore: string;
  readonly invoices: readonly ReadyRow[];
  readonly total: string;
  readonly customers: readonly string[];
  readonly items: readonly string[];
  /** What keeps the others out, the commonest first. */
  readonly left: readonly { readonly code: string; readonly text: string; readonly invoices: number }[];
}

const DAY_MS = 86_400_000;

/** @param wanted.notBefore a cut-over date to try; without it every day of the window counts, whatever the setting */
export async function dryRun(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  wanted: { days: number; notBefore: string | null },
  say: Say,
): Promise<DryRun> {
  const earliest = new Date(services.clock.now().getTime() - (wanted.days + 1) * DAY_MS).toISOString();
  const notBefore = wanted.notBefore ?? dateIn(earliest, 'UTC');
  const overrides = { 'invoices.maxAgeDays': String(wanted.days), 'invoices.notBefore': notBefore };
  const inspector = await Inspector.open(services, tenant, connection, overrides, say);
  const rows = await inspector.ready();
  const going = rows.filter((row) => row.ready);
  const left = new Map<string, { code: string; text: string; invoices: number }>();
  for (const { code, text } of rows.flatMap((row) => row.reasons.slice(0, 1)))
    left.set(code, { code, text, invoices: (left.get(code)?.invoices ?? 0) + 1 });
  return {
    days: wanted.days,
    notBefore,
    invoices: going,
    total: amountText(sum(going.map((row) => decimal(row.total)))),
    customers: [...inspector.customers].toSorted(),
    items: [...inspector.items].toSorted(),
    left: [...left.values()].toSorted((a, b) => b.invoices - a.invoices || a.code.localeCompare(b.code)),
  };
}
