/** What is read of Autotask's rows: unknown keys are passed over, the ones used are strict, amounts exact (facts/autotask.md section 4). */
import { z } from 'zod';
import { decimal, decimalsOf, roundHalfAwayFromZero, ZERO, type Decimal } from '../core/money.ts';
import type {
  SourceAddress,
  SourceBillingCode,
  SourceCompany,
  SourceInvoice,
  SourceLine,
  SourceName,
} from '../core/source.ts';
import * as exact from '../platform/exact-json.ts';
import { integer, integerOrNull, textOrNull } from '../platform/exact-json.ts';

/**
 * Autotask keeps amounts as doubles and stores four decimals (facts/autotask.md section 4): what differs from those by less
 * than a millionth is the noise of a float, such as 0.30000000000000004, and is rounded off, half away from zero.
 */
const PLACES = 4;
const NOISE = decimal('0.000001');
function withoutNoise(value: Decimal): Decimal {
  if (decimalsOf(value) <= PLACES) return value;
  const stored = roundHalfAwayFromZero(value, PLACES);
  return value.minus(stored).abs().lt(NOISE) ? stored : value;
}
const amount = exact.amount.transform(withoutNoise);
const amountOrNull = amount.nullable().default(null);
const zeroAmount = amount.nullish().transform((value): Decimal => value ?? ZERO);
const bool = z
  .union([z.boolean(), z.number().transform((value) => value !== 0)])
  .nullish()
  .transform((value) => value ?? false);
const active = z
  .union([z.boolean(), z.number().transform((value) => value !== 0)])
  .nullish()
  .transform((value) => value ?? true);

/** Date-only fields are taken as written, never shifted by a time zone (facts/autotask.md 2.6). */
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}/)
  .transform((text) => text.slice(0, 10));
const dateOrNull = date.nullish().transform((value) => value ?? null);
/** Timestamps: UTC, with or without a zone mark, 0 to 7 fraction digits. */
const instant = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/)
  .transform((text) => new Date(/(Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`).toISOString());
const instantOrNull = z
  .union([instant, z.literal('').transform(() => null)])
  .nullish()
  .transform((value) => value ?? null);
/** 0 means "none" in references, but company 0 is the tenant's own. */
const referenced = (id: number | null): number | null => (id === 0 ? null : id);

/** What tells a row, also one that cannot be read. */
export const keys = z
  .object({ id: integer, invoiceID: integerOrNull.catch(null) })
  .transform((row) => ({ id: row.id, invoiceId: row.invoiceID }));

export const invoice = z
  .object({
    id: integer,
    invoiceNumber: textOrNull,
    companyID: integer,
    batchID: integerOrNull,
    createDateTime: instant,
    invoiceDateTime: date,
    dueDate: dateOrNull,
    fromDate: dateOrNull,
    toDate: dateOrNull,
    invoiceTotal: amount,
    totalTaxValue: zeroAmount,
    isVoided: bool,
    voidedDate: textOrNull,
    orderNumber: textOrNull,
    comments: textOrNull,
    paymentTerm: integerOrNull,
    taxRegionName: textOrNull,
    paidDate: dateOrNull,
    webServiceDate: instantOrNull,
  })
  .transform((row): SourceInvoice => ({
    id: row.id,
    number: row.invoiceNumber,
    companyId: row.companyID,
    batchId: row.batchID,
    createdAt: row.createDateTime,
    invoiceDate: row.invoiceDateTime,
    dueDate: row.dueDate,
    fromDate: row.fromDate,
    toDate: row.toDate,
    total: row.invoiceTotal,
    tax: row.totalTaxValue,
    isVoided: row.isVoided,
    voidedAt: row.voidedDate,
    orderNumber: row.orderNumber,
    comments: row.comments,
    paymentTermId: row.paymentTerm,
    taxRegionName: row.taxRegionName,
    paidDate: row.paidDate,
    processedAt: row.webServiceDate,
  }));

/** The ids of where a line comes from; its kind is told by them, because picklist numbers are tenant data (facts 4.2). */
const origin = {
  timeEntryID: integerOrNull,
  ticketChargeID: integerOrNull,
  projectChargeID: integerOrNull,
  contractChargeID: integerOrNull,
  expenseItemID: integerOrNull,
  serviceID: integerOrNull,
  serviceBundleID: integerOrNull,
  contractServiceID: integerOrNull,
  contractServiceBundleID: integerOrNull,
  milestoneID: integerOrNull,
  contractBlockID: integerOrNull,
};

function kindOf(row: Readonly<Record<keyof typeof origin, number | null>>): SourceLine['kind'] {
  const has = (id: number | null): boolean => referenced(id) !== null;
  if (has(row.timeEntryID)) return 'labor';
  if (has(row.ticketChargeID) || has(row.projectChargeID) || has(row.contractChargeID)) return 'charge';
  if (has(row.expenseItemID)) return 'expense';
  if (
    has(row.serviceID) ||
    has(row.serviceBundleID) ||
    has(row.contractServiceID) ||
    has(row.contractServiceBundleID)
  ) {
    return 'recurring-service';
  }
  if (has(row.milestoneID)) return 'milestone';
  return has(row.contractBlockID) ? 'block-purchase' : 'other';
}

export const billingItem = z
  .object({
    ...origin,
    id: integer,
    invoiceID: integer,
    sortOrderID: integerOrNull,
    itemName: textOrNull,
    description: textOrNull,
    lineItemFullDescription: textOrNull,
    lineItemGroupDescription: textOrNull,
    quantity: amountOrNull,
    rate: amountOrNull,
    totalAmount: amount,
    extendedPrice: amountOrNull,
    taxDollars: zeroAmount,
    billingCodeID: integerOrNull,
    taxCategoryID: integerOrNull,
    organizationalLevelAssociationID: integerOrNull,
    itemDate: dateOrNull,
    nonBillable: bool,
  })
  .transform((row): SourceLine => ({
    id: row.id,
    invoiceId: row.invoiceID,
    sortOrder: row.sortOrderID,
    kind: kindOf(row),
    itemName: row.itemName,
    description: row.description,
    fullDescription: row.lineItemFullDescription,
    groupDescription: row.lineItemGroupDescription,
    quantity: row.quantity,
    rate: row.rate,
    amount: row.totalAmount,
    listAmount: row.extendedPrice,
    tax: row.taxDollars,
    billingCodeId: referenced(row.billingCodeID),
    taxCategoryId: referenced(row.taxCategoryID),
    lineOfBusinessId: referenced(row.organizationalLevelAssociationID),
    date: row.itemDate,
    nonBillable: row.nonBillable,
  }));

const address = (
  line1: string | null,
  line2: string | null,
  city: string | null,
  state: string | null,
  postalCode: string | null,
): SourceAddress => ({
  line1,
  line2,
  city,
  state,
  postalCode,
  country: null,
});

export const company = z
  .object({
    id: integer,
    companyName: z.string(),
    companyNumber: textOrNull,
    isActive: active,
    phone: textOrNull,
    fax: textOrNull,
    webAddress: textOrNull,
    address1: textOrNull,
    address2: textOrNull,
    city: textOrNull,
    state: textOrNull,
    postalCode: textOrNull,
    billingAddress1: textOrNull,
    billingAddress2: textOrNull,
    billToCity: textOrNull,
    billToState: textOrNull,
    billToZipCode: textOrNull,
    parentCompanyID: integerOrNull,
    isTaxExempt: bool,
    taxRegionID: integerOrNull,
    currencyID: integerOrNull,
  })
  .transform((row): SourceCompany => ({
    id: row.id,
    name: row.companyName,
    number: row.companyNumber,
    isActive: row.isActive,
    phone: row.phone,
    fax: row.fax,
    webAddress: row.webAddress,
    address: address(row.address1, row.address2, row.city, row.state, row.postalCode),
    billingAddress: address(
      row.billingAddress1,
      row.billingAddress2,
      row.billToCity,
      row.billToState,
      row.billToZipCode,
    ),
    parentId: row.parentCompanyID,
    isTaxExempt: row.isTaxExempt,
    taxRegionId: row.taxRegionID,
    currencyId: row.currencyID,
  }));

export const billingCode = z
  .object({
    id: integer,
    name: z.string().nullish(),
    description: textOrNull,
    externalNumber: textOrNull,
    isActive: active,
    taxCategoryID: integerOrNull,
    unitPrice: amountOrNull,
    useType: integerOrNull,
    billingCodeType: integerOrNull,
  })
  .transform((row): SourceBillingCode => ({
    id: row.id,
    name: row.name ?? '',
    description: row.description,
    externalNumber: row.externalNumber,
    isActive: row.isActive,
    taxCategoryId: referenced(row.taxCategoryID),
    unitPrice: row.unitPrice,
    useType: row.useType,
    billingCodeType: row.billingCodeType,
  }));

export const named = z
  .object({ id: integer, name: z.string(), isActive: active })
  .transform((row): SourceName => ({ id: row.id, name: row.name, isActive: row.isActive }));

/** `isActive` is a number on contacts, 1 or 0 (facts/autotask.md section 4). */
export const contact = z
  .object({ id: integer, companyID: integer, emailAddress: textOrNull, isActive: active })
  .transform((row) => ({
    companyId: row.companyID,
    email: row.emailAddress?.trim() ? row.emailAddress.trim() : null,
    isActive: row.isActive,
  }));

export const lineOfBusiness = z
  .object({ id: integer, organizationalLevel1ID: integerOrNull, organizationalLevel2ID: integerOrNull })
  .transform((row) => ({ id: row.id, level1: row.organizationalLevel1ID, level2: row.organizationalLevel2ID }));

export const queryReply = z.object({
  items: z.array(z.unknown()),
  pageDetails: z.object({ nextPageUrl: z.string().nullish() }).nullish(),
});

/** A field as its metadata tells it; the values of a picklist are text there, although rows hold numbers. */
export const fieldInformation = z.looseObject({
  name: z.string(),
  picklistValues: z
    .array(z.looseObject({ value: z.string(), label: z.string() }))
    .nullish()
    .catch(null),
});
