/** What is read of QuickBooks' rows: unknown keys are passed over, the ones used are strict, amounts exact. */
import { z } from 'zod';
import { markersIn } from '../core/marker.ts';
import { decimal, ZERO, type Decimal } from '../core/money.ts';
import type { BookedInvoice } from '../core/reconcile.ts';
import { amount, amountOrNull, textOrNull } from '../platform/exact-json.ts';

/** Digits as far as anybody has seen; an empty or endless one is a broken reply. */
const id = z.union([z.string().min(1).max(64), z.number().int().transform(String)]);
const ref = z.object({ value: id });
const refOrNull = ref.nullish().transform((value) => value?.value ?? null);
const zeroAmount = amount.nullish().transform((value): Decimal => value ?? ZERO);
const active = z
  .boolean()
  .nullish()
  .transform((value) => value ?? true);

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

const invoiceFields = {
  Id: id,
  SyncToken: id,
  DocNumber: textOrNull,
  CustomerRef: ref,
  TotalAmt: amount,
  Balance: zeroAmount,
  TxnTaxDetail: z.object({ TotalTax: zeroAmount }).nullish(),
  CurrencyRef: refOrNull,
  PrivateNote: textOrNull,
  TxnDate: textOrNull,
  MetaData: z.object({ CreateTime: textOrNull, LastUpdatedTime: textOrNull }).nullish(),
  EmailStatus: textOrNull,
  DeliveryInfo: z.object({ DeliveryTime: textOrNull }).nullish(),
  LinkedTxn: z.array(z.object({ TxnId: id.nullish(), TxnType: textOrNull })).nullish(),
};
const strictInvoice = z.object(invoiceFields);
const toFound = (row: z.output<typeof strictInvoice>): FoundInvoice => ({
  id: row.Id,
  syncToken: row.SyncToken,
  number: row.DocNumber === '' ? null : row.DocNumber,
  customerId: row.CustomerRef.value,
  total: row.TotalAmt,
  tax: row.TxnTaxDetail?.TotalTax ?? ZERO,
  balance: row.Balance,
  currency: row.CurrencyRef,
  privateNote: row.PrivateNote ?? '',
  date: row.TxnDate,
  createdAt: row.MetaData?.CreateTime ?? null,
  updatedAt: row.MetaData?.LastUpdatedTime ?? null,
  emailStatus: row.EmailStatus,
  deliveredAt: row.DeliveryInfo?.DeliveryTime ?? null,
  paymentIds: (row.LinkedTxn ?? []).flatMap((link) =>
    link.TxnType === 'Payment' && link.TxnId != null ? [link.TxnId] : [],
  ),
  isVoided: isVoided(row.PrivateNote ?? '', row.TotalAmt),
});

/** The answer to our own create: anything odd in it makes the outcome unknown. */
export const invoice = strictInvoice.transform(toFound);

/** A credit memo is an invoice below zero in our words: QuickBooks writes it with the signs turned (facts/qbo.md 3.7). */
const belowZero = (found: FoundInvoice): FoundInvoice => ({
  ...found,
  total: found.total.times('-1'),
  tax: found.tax.times('-1'),
  balance: found.balance.times('-1'),
});
export const creditMemo = invoice.transform(belowZero);

/** A row of a look-up: others' invoices may be odd without stopping us; what cannot be read never equals a draft of ours. */
const lookedUpFields = {
  ...invoiceFields,
  SyncToken: id.catch('0'),
  DocNumber: textOrNull.catch(null),
  CustomerRef: ref.catch({ value: '' }),
  TotalAmt: amount.catch(decimal('-1')),
  Balance: zeroAmount.catch(ZERO),
  TxnTaxDetail: invoiceFields.TxnTaxDetail.catch(null),
  CurrencyRef: refOrNull.catch(null),
  PrivateNote: textOrNull.catch(null),
  TxnDate: textOrNull.catch(null),
  MetaData: invoiceFields.MetaData.catch(null),
  EmailStatus: textOrNull.catch(null),
  DeliveryInfo: invoiceFields.DeliveryInfo.catch(null),
  LinkedTxn: invoiceFields.LinkedTxn.catch(null),
};
export const lookedUpInvoice = z.object(lookedUpFields).transform(toFound);
export const lookedUpCreditMemo = lookedUpInvoice.transform(belowZero);

const salesLines = z
  .array(z.object({ DetailType: textOrNull.catch(null), Amount: amountOrNull.catch(null) }))
  .nullish()
  .catch(null)
  .transform((lines) =>
    (lines ?? [])
      .filter((line) => line.DetailType === 'SalesItemLineDetail')
      .map((line) => (line.Amount ?? ZERO).toFixed(2)),
  );
/** A look-up with what reconciliation compares beside: the customer's name and the amounts of the sales lines. */
const bookedFields = z.object({
  ...lookedUpFields,
  CustomerRef: z.object({ value: id, name: textOrNull.catch(null) }).catch({ value: '', name: null }),
  Line: salesLines,
});
export const bookedInvoice = bookedFields.transform((row) => booked(toFound(row), row.CustomerRef.name, row.Line));
export const bookedCreditMemo = bookedFields.transform((row) =>
  booked(belowZero(toFound(row)), row.CustomerRef.name, row.Line),
);

const booked = (found: FoundInvoice, customerName: string | null, lines: readonly string[]): BookedInvoice => ({
  id: found.id,
  number: found.number,
  customerId: found.customerId,
  customerName: customerName ?? '',
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
export const payment = z
  .object({
    Id: id,
    TxnDate: textOrNull,
    Line: z
      .array(
        z.object({
          LinkedTxn: z.array(z.object({ TxnId: id.nullish(), TxnType: textOrNull })).nullish(),
        }),
      )
      .nullish(),
  })
  .transform((row): FoundPayment => ({
    id: row.Id,
    date: row.TxnDate,
    invoiceIds: (row.Line ?? []).flatMap((line) =>
      (line.LinkedTxn ?? []).flatMap((link) => (link.TxnType === 'Invoice' && link.TxnId != null ? [link.TxnId] : [])),
    ),
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
const email = z
  .object({ Address: textOrNull })
  .nullish()
  .catch(null)
  .transform((value) => (value?.Address?.trim() ? value.Address.trim() : null));
export const customer = z
  .object({ Id: id, DisplayName: z.string(), Active: active, CurrencyRef: refOrNull, PrimaryEmailAddr: email })
  .transform((row): CustomerRow => ({
    id: row.Id,
    name: row.DisplayName,
    active: row.Active,
    currency: row.CurrencyRef,
    email: row.PrimaryEmailAddr,
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
export const item = z
  .object({
    Id: id,
    Name: z.string(),
    FullyQualifiedName: textOrNull,
    Type: textOrNull,
    Active: active,
    Description: textOrNull.catch(null),
    UnitPrice: amountOrNull.catch(null),
    Taxable: z.boolean().nullish().catch(null),
    IncomeAccountRef: refOrNull.catch(null),
  })
  .transform((row): ItemRow => ({
    id: row.Id,
    name: row.Name,
    fullName: row.FullyQualifiedName ?? row.Name,
    type: row.Type ?? 'Service',
    active: row.Active,
    description: row.Description,
    unitPrice: row.UnitPrice,
    taxable: row.Taxable ?? null,
    incomeAccountId: row.IncomeAccountRef,
  }));

/** What an update of a row needs: its SyncToken and its name. */
export const versioned = z
  .object({ Id: id, SyncToken: id, DisplayName: textOrNull, Name: textOrNull, Active: active })
  .transform((row) => ({
    id: row.Id,
    syncToken: row.SyncToken,
    name: row.DisplayName ?? row.Name ?? '',
    active: row.Active,
  }));

export interface NamedRow {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}
export const named = z
  .object({ Id: id, Name: z.string(), Active: active })
  .transform((row): NamedRow => ({ id: row.Id, name: row.Name, active: row.Active }));
export const displayNamed = z
  .object({ Id: id, DisplayName: z.string(), Active: active })
  .transform((row): NamedRow => ({ id: row.Id, name: row.DisplayName, active: row.Active }));

export interface AccountRow extends NamedRow {
  readonly fullName: string;
  readonly type: string;
}
export const account = z
  .object({ Id: id, Name: z.string(), FullyQualifiedName: textOrNull, AccountType: textOrNull, Active: active })
  .transform((row): AccountRow => ({
    id: row.Id,
    name: row.Name,
    fullName: row.FullyQualifiedName ?? row.Name,
    type: row.AccountType ?? '',
    active: row.Active,
  }));

const taxRateList = z
  .object({ TaxRateDetail: z.array(z.object({ TaxRateRef: ref })).nullish() })
  .nullish()
  .transform((list) => (list?.TaxRateDetail ?? []).map((one) => one.TaxRateRef.value));
export const taxCode = z
  .object({ Id: id, Name: z.string(), Active: active, SalesTaxRateList: taxRateList })
  .transform((row) => ({ id: row.Id, name: row.Name, active: row.Active, rateIds: row.SalesTaxRateList }));
export const taxRate = z
  .object({ Id: id, Name: textOrNull, RateValue: zeroAmount })
  .transform((row) => ({ id: row.Id, name: row.Name ?? '', rate: row.RateValue }));

/** A tax code with the rates that it applies to sales, in percent. */
export interface TaxCodeRow extends NamedRow {
  readonly rates: readonly { readonly id: string; readonly name: string; readonly rate: Decimal }[];
}

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).nullish();
const flagOff = flag.transform((value) => value ?? false);
export const companyInfo = z.object({ CompanyName: z.string(), Country: textOrNull });
export const preferences = z.object({
  SalesFormsPrefs: z.object({ CustomTxnNumbers: flagOff }).nullish(),
  AccountingInfoPrefs: z
    .object({ BookCloseDate: textOrNull, ClassTrackingPerTxnLine: flagOff, ClassTrackingPerTxn: flagOff })
    .nullish(),
  TaxPrefs: z.object({ UsingSalesTax: flagOff, PartnerTaxEnabled: flag }).nullish(),
  CurrencyPrefs: z.object({ MultiCurrencyEnabled: flagOff, HomeCurrency: refOrNull }).nullish(),
});
