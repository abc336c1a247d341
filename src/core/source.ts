/**
 * What Autotask holds, in our words. The Autotask connector translates into these; nothing downstream knows a vendor field.
 * Calendar dates are `YYYY-MM-DD` text as written by Autotask (facts/autotask.md 2.6: never shifted by a time zone);
 * instants are ISO text in UTC. Texts are trimmed by nobody: they arrive as they are, empty text included.
 */
import type { Decimal } from './money.ts';

export type CalendarDate = string;
export type Instant = string;

/** An Autotask invoice header. Amounts are in the invoiced company's currency, up to four decimals. */
export interface SourceInvoice {
  readonly id: number;
  /** Null or blank where Autotask numbering is off; `ERROR` is the old app's failure mark. */
  readonly number: string | null;
  readonly companyId: number;
  readonly batchId: number | null;
  readonly createdAt: Instant;
  readonly invoiceDate: CalendarDate;
  readonly dueDate: CalendarDate | null;
  readonly fromDate: CalendarDate | null;
  readonly toDate: CalendarDate | null;
  /** As given: net by the one real payload, gross on some tenants (facts/autotask.md 4.1); the settle rule finds out. */
  readonly total: Decimal;
  readonly tax: Decimal;
  readonly isVoided: boolean;
  readonly voidedAt: Instant | null;
  readonly orderNumber: string | null;
  readonly comments: string | null;
  readonly paymentTermId: number | null;
  readonly taxRegionName: string | null;
  readonly paidDate: CalendarDate | null;
  /** Autotask's webServiceDate: "an external program has processed it". */
  readonly processedAt: Instant | null;
}

/** An Autotask billing item on an invoice. */
export interface SourceLine {
  readonly id: number;
  readonly invoiceId: number;
  readonly sortOrder: number | null;
  /** Derived from the origin ids, never from the tenant's picklist numbers (facts/autotask.md 4.2). */
  readonly kind:
    'labor' | 'charge' | 'expense' | 'recurring-service' | 'milestone' | 'block-purchase' | 'subscription' | 'other';
  readonly itemName: string | null;
  readonly description: string | null;
  readonly fullDescription: string | null;
  readonly groupDescription: string | null;
  readonly quantity: Decimal | null;
  readonly rate: Decimal | null;
  /** What the line bills, without tax: Autotask's totalAmount. */
  readonly amount: Decimal;
  /** The list value (extendedPrice): never billed; above zero with `amount` 0 it marks covered labor. */
  readonly listAmount: Decimal | null;
  readonly tax: Decimal;
  readonly billingCodeId: number | null;
  readonly taxCategoryId: number | null;
  readonly lineOfBusinessId: number | null;
  readonly date: CalendarDate | null;
  readonly nonBillable: boolean;
}

export interface SourceAddress {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly state: string | null;
  readonly postalCode: string | null;
  /** ISO alpha-2 code or name as Autotask's country row gives it; null when unknown. */
  readonly country: string | null;
}

/** An Autotask company (an "organization" on its pages). Id 0 is the tenant's own company, a real one. */
export interface SourceCompany {
  readonly id: number;
  readonly name: string;
  readonly number: string | null;
  readonly isActive: boolean;
  readonly phone: string | null;
  readonly fax: string | null;
  readonly webAddress: string | null;
  readonly address: SourceAddress;
  readonly billingAddress: SourceAddress;
  readonly parentId: number | null;
  readonly isTaxExempt: boolean;
  readonly taxRegionId: number | null;
  readonly currencyId: number | null;
}

export interface SourceBillingCode {
  readonly id: number;
  readonly name: string;
  readonly description: string | null;
  readonly externalNumber: string | null;
  readonly isActive: boolean;
  readonly taxCategoryId: number | null;
  readonly unitPrice: Decimal | null;
  readonly useType: number | null;
  readonly billingCodeType: number | null;
}

/** Rows that only carry a name: payment terms, tax categories, tax regions, countries, currencies (name = ISO code). */
export interface SourceName {
  readonly id: number;
  readonly name: string;
  readonly isActive: boolean;
}
