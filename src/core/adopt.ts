/**
 * Is this QuickBooks invoice the Autotask one? Asked when a person adopts what another program posted, or what was typed by
 * hand (no mark of ours). Pure. Customer, total and date must agree, and the numbers where both have one.
 */
import { hasLegacyError } from './eligibility.ts';
import { amountText, type Decimal } from './money.ts';
import type { BookedInvoice } from './reconcile.ts';
import type { Settings } from './settings.ts';
import type { CalendarDate, SourceInvoice } from './source.ts';

/** What Autotask says, as far as it must agree; amounts in cents, with the signs of an invoice. */
export interface AdoptedSource {
  readonly invoice: SourceInvoice;
  readonly company: string;
  /** The QuickBooks customer of this company; null: there is none yet. */
  readonly customerId: string | null;
  readonly date: CalendarDate;
  readonly net: Decimal;
  readonly tax: Decimal;
}

export interface AdoptDifference {
  readonly field: 'customer' | 'total' | 'date' | 'number' | 'state' | 'mark';
  readonly autotask: string;
  readonly quickbooks: string;
}

type AdoptSettings = Pick<Settings, 'invoices.numbering' | 'tax.mode' | 'tax.tolerance'>;

/** The number by which the old app, or a person, will have entered it; null where there is none. */
export function adoptedNumber(invoice: SourceInvoice, settings: Pick<Settings, 'invoices.numbering'>): string | null {
  if (settings['invoices.numbering'] === 'autotask-id') return String(invoice.id);
  const number = invoice.number?.trim() ?? '';
  return number === '' || hasLegacyError(invoice) ? null : number;
}

/** Everything that speaks against it; empty: it is this one. */
export function adoptDifferences(
  source: AdoptedSource,
  booked: BookedInvoice,
  settings: AdoptSettings,
): AdoptDifference[] {
  const differences: AdoptDifference[] = [];
  const differs = (field: AdoptDifference['field'], autotask: string, quickbooks: string): void => {
    differences.push({ field, autotask, quickbooks });
  };
  if (booked.isVoided) differs('state', 'open', 'voided');
  const other = booked.markers.find((marker) => marker.invoiceId !== source.invoice.id);
  if (other !== undefined)
    differs('mark', `invoice ${String(source.invoice.id)}`, `invoice ${String(other.invoiceId)}`);
  if (booked.customerId !== source.customerId)
    differs('customer', source.company, booked.customerName || `id ${booked.customerId}`);
  if (!isSameTotal(source, booked, settings))
    differs('total', amountText(source.net.plus(source.tax)), amountText(booked.total));
  if (booked.date !== source.date) differs('date', source.date, booked.date ?? '(none)');
  const number = adoptedNumber(source.invoice, settings);
  if (settings['invoices.numbering'] !== 'autotask-id' && number !== null && number !== booked.number)
    differs('number', number, booked.number ?? '(none)');
  return differences;
}

/** With tax, to the cent or within the tolerance; where QuickBooks’ tax counts by setting, without it. */
function isSameTotal(source: AdoptedSource, booked: BookedInvoice, settings: AdoptSettings): boolean {
  const difference = booked.total.minus(source.net).minus(source.tax).abs();
  if (difference.lte(settings['tax.tolerance'])) return true;
  return settings['tax.mode'] === 'quickbooks' && booked.total.minus(booked.tax).eq(source.net);
}
