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
import {
  amount as anyAmount,
  field,
  fieldOr,
  flagOr,
  integer,
  integerOrNull,
  plainText,
  row,
  orNothing,
  text,
  textOrNull,
  type Get,
} from '../platform/fields.ts';

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
const amount = field(anyAmount.expected, (value) => {
  const read = anyAmount.read(value);
  return read === undefined ? undefined : withoutNoise(read);
});
const amountOrNull = fieldOr(null, amount);
const zeroAmount = fieldOr(ZERO, amount);
const bool = flagOr(false);
const active = flagOr(true);

const DATE = /^\d{4}-\d{2}-\d{2}/;
/** Date-only fields are taken as written, never shifted by a time zone (facts/autotask.md 2.6). */
const date = field('a date', (value) =>
  typeof value === 'string' && DATE.test(value) ? value.slice(0, 10) : undefined,
);
const dateOrNull = fieldOr(null, date);
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/;
const ZONE = /(Z|[+-]\d{2}:\d{2})$/;
/** Timestamps: UTC, with or without a zone mark, 0 to 7 fraction digits. */
const instant = field('a point in time', (value) => {
  if (typeof value !== 'string' || !INSTANT.test(value)) return undefined;
  const read = new Date(ZONE.test(value) ? value : `${value}Z`);
  return Number.isNaN(read.getTime()) ? undefined : read.toISOString();
});
const instantOrNull = fieldOr(
  null,
  field(instant.expected, (value) => (value === '' ? null : instant.read(value))),
);
/** 0 means "none" in references, but company 0 is the tenant's own. */
const referenced = (id: number | null): number | null => (id === 0 ? null : id);

/** What tells a row, also one that cannot be read. */
export const keys = row((get) => ({ id: get('id', integer), invoiceId: get('invoiceID', orNothing(integer)) }));

export const invoice = row((get): SourceInvoice => ({
  id: get('id', integer),
  number: get('invoiceNumber', textOrNull),
  companyId: get('companyID', integer),
  batchId: get('batchID', integerOrNull),
  createdAt: get('createDateTime', instant),
  invoiceDate: get('invoiceDateTime', date),
  dueDate: get('dueDate', dateOrNull),
  fromDate: get('fromDate', dateOrNull),
  toDate: get('toDate', dateOrNull),
  total: get('invoiceTotal', amount),
  tax: get('totalTaxValue', zeroAmount),
  isVoided: get('isVoided', bool),
  voidedAt: get('voidedDate', textOrNull),
  orderNumber: get('orderNumber', textOrNull),
  comments: get('comments', textOrNull),
  paymentTermId: get('paymentTerm', integerOrNull),
  taxRegionName: get('taxRegionName', textOrNull),
  paidDate: get('paidDate', dateOrNull),
  processedAt: get('webServiceDate', instantOrNull),
}));

/** Where a line comes from is told by which of its ids is there, because picklist numbers are tenant data (facts 4.2). */
const origins: readonly (readonly [SourceLine['kind'], readonly string[]])[] = [
  ['labor', ['timeEntryID']],
  ['charge', ['ticketChargeID', 'projectChargeID', 'contractChargeID']],
  ['expense', ['expenseItemID']],
  ['recurring-service', ['serviceID', 'serviceBundleID', 'contractServiceID', 'contractServiceBundleID']],
  ['milestone', ['milestoneID']],
  ['block-purchase', ['contractBlockID']],
];
const kindOf = (get: Get): SourceLine['kind'] =>
  origins.find(([, ids]) => ids.some((id) => referenced(get(id, integerOrNull)) !== null))?.[0] ?? 'other';

export const billingItem = row((get): SourceLine => ({
  id: get('id', integer),
  invoiceId: get('invoiceID', integer),
  sortOrder: get('sortOrderID', integerOrNull),
  kind: kindOf(get),
  itemName: get('itemName', textOrNull),
  description: get('description', textOrNull),
  fullDescription: get('lineItemFullDescription', textOrNull),
  groupDescription: get('lineItemGroupDescription', textOrNull),
  quantity: get('quantity', amountOrNull),
  rate: get('rate', amountOrNull),
  amount: get('totalAmount', amount),
  listAmount: get('extendedPrice', amountOrNull),
  tax: get('taxDollars', zeroAmount),
  billingCodeId: referenced(get('billingCodeID', integerOrNull)),
  taxCategoryId: referenced(get('taxCategoryID', integerOrNull)),
  lineOfBusinessId: referenced(get('organizationalLevelAssociationID', integerOrNull)),
  date: get('itemDate', dateOrNull),
  nonBillable: get('nonBillable', bool),
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

export const company = row((get): SourceCompany => ({
  id: get('id', integer),
  name: get('companyName', plainText),
  number: get('companyNumber', textOrNull),
  isActive: get('isActive', active),
  phone: get('phone', textOrNull),
  fax: get('fax', textOrNull),
  webAddress: get('webAddress', textOrNull),
  address: address(
    get('address1', textOrNull),
    get('address2', textOrNull),
    get('city', textOrNull),
    get('state', textOrNull),
    get('postalCode', textOrNull),
  ),
  billingAddress: address(
    get('billingAddress1', textOrNull),
    get('billingAddress2', textOrNull),
    get('billToCity', textOrNull),
    get('billToState', textOrNull),
    get('billToZipCode', textOrNull),
  ),
  parentId: get('parentCompanyID', integerOrNull),
  isTaxExempt: get('isTaxExempt', bool),
  taxRegionId: get('taxRegionID', integerOrNull),
  currencyId: get('currencyID', integerOrNull),
}));

export const billingCode = row((get): SourceBillingCode => ({
  id: get('id', integer),
  name: get('name', fieldOr('', plainText)),
  description: get('description', textOrNull),
  externalNumber: get('externalNumber', textOrNull),
  isActive: get('isActive', active),
  taxCategoryId: referenced(get('taxCategoryID', integerOrNull)),
  unitPrice: get('unitPrice', amountOrNull),
  useType: get('useType', integerOrNull),
  billingCodeType: get('billingCodeType', integerOrNull),
}));

export const named = row((get): SourceName => ({
  id: get('id', integer),
  name: get('name', plainText),
  isActive: get('isActive', active),
}));

const emailOrNull = fieldOr(
  null,
  field('a mail address', (value) => {
    const address = text.read(value);
    return address === undefined ? undefined : address.trim() || null;
  }),
);
/** `isActive` is a number on contacts, 1 or 0 (facts/autotask.md section 4). */
export const contact = row((get) => ({
  companyId: get('companyID', integer),
  email: get('emailAddress', emailOrNull),
  isActive: get('isActive', active),
}));

export const lineOfBusiness = row((get) => ({
  id: get('id', integer),
  level1: get('organizationalLevel1ID', integerOrNull),
  level2: get('organizationalLevel2ID', integerOrNull),
}));

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
