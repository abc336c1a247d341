/** What is read of QuickBooks' rows: unknown keys are passed over, the ones used are strict, amounts exact. */
import { z } from 'zod';
import { markersIn } from '../core/marker.ts';
import { decimal, ZERO, type Decimal } from '../core/money.ts';
import type { BookedInvoice } from '../core/reconcile.ts';
import {
  amount,
  field,
  fieldOr,
  flagOr,
  list,
  member,
  memberOr,
  asSchema,
  orElse,
  orNothing,
  plainText,
  row,
  text,
  textOrNull,
  type Get,
} from '../platform/fields.ts';

/** Digits as far as anybody has seen; an empty or endless one is a broken reply. */
const ID_LENGTH_MAX = 64;
const id = field('an id', (value): string | undefined => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value !== '' && value.length <= ID_LENGTH_MAX ? value : undefined;
});
const ref = member('value', id);
const refOrNull = fieldOr(null, ref);
const zeroAmount = fieldOr(ZERO, amount);
const active = flagOr(true);

/** An invoice as QuickBooks answers it, in our words. */
export interface FoundInvoice {
  readonly id: string;
  readonly syncToken: string;
  readonly number: string | null;
  readonly customerId: string;
  readonly total: Decimal;
  readonly tax: Decimal;
  readonly balance: Decimal;
  readonly currency: string | null;
  readonly privateNote: string;
  readonly date: string | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly isVoided: boolean;
  /** `NotSet`, `NeedToSend` or `EmailSent`; and when QuickBooks says that it was delivered. */
  readonly emailStatus: string | null;
  readonly deliveredAt: string | null;
  /** Ids of the payments that stand on it. */
  readonly paymentIds: readonly string[];
}

type Texts = readonly (string | null)[];
const isThere = (text: string | null): text is string => text !== null;

const linkType = member('TxnType', textOrNull);
const linkedId = member('TxnId', orNothing(id));
/** The id of what a link leads to, where it is of this kind; null for links to other things. */
const linkedTo = (kind: 'Payment' | 'Invoice') =>
  field('links', (link) => {
    const type = linkType.read(link);
    return type === kind ? linkedId.read(link) : type === undefined ? undefined : null;
  });

const invoiceFields = {
  SyncToken: id,
  CustomerRef: ref,
  TotalAmt: amount,
  Balance: zeroAmount,
  TotalTax: memberOr(ZERO, 'TotalTax', zeroAmount),
  CurrencyRef: refOrNull,
  text: textOrNull,
  CreateTime: memberOr(null, 'CreateTime', textOrNull),
  LastUpdatedTime: memberOr(null, 'LastUpdatedTime', textOrNull),
  DeliveryTime: memberOr(null, 'DeliveryTime', textOrNull),
  LinkedTxn: list(linkedTo('Payment')),
};

function foundOf(get: Get, fields: typeof invoiceFields): FoundInvoice {
  const number = get('DocNumber', fields.text);
  const privateNote = get('PrivateNote', fields.text) ?? '';
  const total = get('TotalAmt', fields.TotalAmt);
  return {
    id: get('Id', id),
    syncToken: get('SyncToken', fields.SyncToken),
    number: number === '' ? null : number,
    customerId: get('CustomerRef', fields.CustomerRef),
    total,
    tax: get('TxnTaxDetail', fields.TotalTax),
    balance: get('Balance', fields.Balance),
    currency: get('CurrencyRef', fields.CurrencyRef),
    privateNote,
    date: get('TxnDate', fields.text),
    createdAt: get('MetaData', fields.CreateTime),
    updatedAt: get('MetaData', fields.LastUpdatedTime),
    emailStatus: get('EmailStatus', fields.text),
    deliveredAt: get('DeliveryInfo', fields.DeliveryTime),
    paymentIds: get('LinkedTxn', fields.LinkedTxn).filter(isThere),
    isVoided: isVoided(privateNote, total),
  };
}

/** The answer to our own create: anything odd in it makes the outcome unknown. */
export const invoice = row((get) => foundOf(get, invoiceFields));

/** A credit memo is an invoice below zero in our words: QuickBooks writes it with the signs turned (facts/qbo.md 3.7). */
const belowZero = (found: FoundInvoice): FoundInvoice => ({
  ...found,
  total: found.total.times('-1'),
  tax: found.tax.times('-1'),
  balance: found.balance.times('-1'),
});
export const creditMemo = invoice.transform(belowZero);

/** A row of a look-up: others' invoices may be odd without stopping us; what cannot be read never equals a draft of ours. */
const lookedUpFields: typeof invoiceFields = {
  SyncToken: orElse('0', id),
  CustomerRef: orElse('', ref),
  TotalAmt: orElse(decimal('-1'), amount),
  Balance: orElse(ZERO, zeroAmount),
  TotalTax: orElse(ZERO, invoiceFields.TotalTax),
  CurrencyRef: orNothing(refOrNull),
  text: orNothing(textOrNull),
  CreateTime: orNothing(invoiceFields.CreateTime),
  LastUpdatedTime: orNothing(invoiceFields.LastUpdatedTime),
  DeliveryTime: orNothing(invoiceFields.DeliveryTime),
  LinkedTxn: orElse([], invoiceFields.LinkedTxn),
};
export const lookedUpInvoice = row((get) => foundOf(get, lookedUpFields));
export const lookedUpCreditMemo = lookedUpInvoice.transform(belowZero);

const lineType = member('DetailType', orNothing(textOrNull));
const lineAmount = member('Amount', orElse(ZERO, fieldOr(ZERO, amount)));
/** The amount of a sales line with two decimals; null for the sum that QuickBooks adds below. */
const salesLine = field('lines', (line) => {
  const type = lineType.read(line);
  return type === 'SalesItemLineDetail' ? lineAmount.read(line)?.toFixed(2) : type === undefined ? undefined : null;
});
const salesLines = orElse<Texts, Texts>([], list(salesLine));
const customerName = orElse('', member('name', fieldOr('', text)));
/** A look-up with what reconciliation compares beside: the customer's name and the amounts of the sales lines. */
const bookedOf = (get: Get, found: FoundInvoice): BookedInvoice =>
  booked(found, get('CustomerRef', customerName), get('Line', salesLines).filter(isThere));
export const bookedInvoice = row((get) => bookedOf(get, foundOf(get, lookedUpFields)));
export const bookedCreditMemo = row((get) => bookedOf(get, belowZero(foundOf(get, lookedUpFields))));

const booked = (found: FoundInvoice, customerName: string, lines: readonly string[]): BookedInvoice => ({
  id: found.id,
  number: found.number,
  customerId: found.customerId,
  customerName,
  date: found.date,
  total: found.total,
  tax: found.tax,
  balance: found.balance,
  currency: found.currency,
  markers: markersIn(found.privateNote),
  isVoided: found.isVoided,
  updatedAt: found.updatedAt,
  lines,
});

/** A payment with what it pays; amounts in the payment's currency. */
export interface FoundPayment {
  readonly id: string;
  readonly date: string | null;
  readonly invoiceIds: readonly string[];
}
const paymentLine = member('LinkedTxn', list(linkedTo('Invoice')));
export const payment = row((get): FoundPayment => ({
  id: get('Id', id),
  date: get('TxnDate', textOrNull),
  invoiceIds: get('Line', list(paymentLine)).flat().filter(isThere),
}));

/** A void leaves the row with zero amounts and prefixes the note (facts/qbo.md 3.4). */
const isVoided = (note: string, total: Decimal): boolean => /^Voided\b/i.test(note) && total.eq(ZERO);

export interface CustomerRow {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly currency: string | null;
  readonly email: string | null;
}
const email = orNothing(memberOr(null, 'Address', textOrNull));
export const customer = row((get): CustomerRow => ({
  id: get('Id', id),
  name: get('DisplayName', plainText),
  active: get('Active', active),
  currency: get('CurrencyRef', refOrNull),
  email: get('PrimaryEmailAddr', email)?.trim() || null,
}));

export interface ItemRow {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly type: string;
  readonly active: boolean;
  readonly description: string | null;
  readonly unitPrice: Decimal | null;
  readonly taxable: boolean | null;
  /** QuickBooks' id of the account that its sales go to. */
  readonly incomeAccountId: string | null;
}
const boolean = field('true or false', (value) => (typeof value === 'boolean' ? value : undefined));
export const item = row((get): ItemRow => {
  const name = get('Name', plainText);
  return {
    id: get('Id', id),
    name,
    fullName: get('FullyQualifiedName', textOrNull) ?? name,
    type: get('Type', textOrNull) ?? 'Service',
    active: get('Active', active),
    description: get('Description', orNothing(text)),
    unitPrice: get('UnitPrice', orNothing(amount)),
    taxable: get('Taxable', orNothing(boolean)),
    incomeAccountId: get('IncomeAccountRef', orNothing(ref)),
  };
});

/** What an update of a row needs: its SyncToken and its name. */
export const versioned = row((get) => ({
  id: get('Id', id),
  syncToken: get('SyncToken', id),
  name: get('DisplayName', textOrNull) ?? get('Name', textOrNull) ?? '',
  active: get('Active', active),
}));

export interface NamedRow {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}
const namedBy = (key: string) =>
  row((get): NamedRow => ({ id: get('Id', id), name: get(key, plainText), active: get('Active', active) }));
export const named = namedBy('Name');
export const displayNamed = namedBy('DisplayName');

export interface AccountRow extends NamedRow {
  readonly fullName: string;
  readonly type: string;
}
export const account = row((get): AccountRow => {
  const name = get('Name', plainText);
  return {
    id: get('Id', id),
    name,
    fullName: get('FullyQualifiedName', textOrNull) ?? name,
    type: get('AccountType', textOrNull) ?? '',
    active: get('Active', active),
  };
});

const rateIds = memberOr([], 'TaxRateDetail', list(member('TaxRateRef', ref)));
export const taxCode = row((get) => ({
  id: get('Id', id),
  name: get('Name', plainText),
  active: get('Active', active),
  rateIds: get('SalesTaxRateList', rateIds),
}));
export const taxRate = row((get) => ({
  id: get('Id', id),
  name: get('Name', textOrNull) ?? '',
  rate: get('RateValue', zeroAmount),
}));

/** A tax code with the rates that it applies to sales, in percent. */
export interface TaxCodeRow extends NamedRow {
  readonly rates: readonly { readonly id: string; readonly name: string; readonly rate: Decimal }[];
}

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')]).nullish();
const flagOff = flag.transform((value) => value ?? false);
const optionalText = asSchema(textOrNull);
export const companyInfo = z.object({ CompanyName: z.string(), Country: optionalText });
export const preferences = z.object({
  SalesFormsPrefs: z.object({ CustomTxnNumbers: flagOff }).nullish(),
  AccountingInfoPrefs: z
    .object({ BookCloseDate: optionalText, ClassTrackingPerTxnLine: flagOff, ClassTrackingPerTxn: flagOff })
    .nullish(),
  TaxPrefs: z.object({ UsingSalesTax: flagOff, PartnerTaxEnabled: flag }).nullish(),
  CurrencyPrefs: z.object({ MultiCurrencyEnabled: flagOff, HomeCurrency: asSchema(refOrNull) }).nullish(),
});
