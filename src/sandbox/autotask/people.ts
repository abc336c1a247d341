/** What people do in Autotask, beyond what one changed field of a row says (facts/autotask.md section 8.11). */
import type { Tables } from './rows.ts';

/**
 * Voids an invoice. Its lines become free to be invoiced anew: `invoiceID` is 0 again, so that the voided invoice has none
 * (inferred, facts 4.2); `kept` is the other reading of section 9.
 */
export function voidInvoice(tables: Tables, id: number, when: Date, lines: 'freed' | 'kept' = 'freed'): void {
  const row = tables.get('Invoices')?.get(id);
  if (row === undefined) throw new Error(`the sandbox has no invoice ${String(id)}`);
  Object.assign(row, { isVoided: true, voidedByResourceID: row['creatorResourceID'], voidedDate: when.toISOString() });
  if (lines === 'kept') return;
  for (const line of tables.get('BillingItems')?.values() ?? []) if (line['invoiceID'] === id) line['invoiceID'] = 0;
}
