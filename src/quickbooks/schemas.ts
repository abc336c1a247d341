/** What is read of QuickBooks' rows: loose on unknown keys, strict on the ones used, amounts exact. */
import { z } from 'zod';
import { decimal, ZERO, type Decimal } from '../core/money.ts';
import { amount, textOrNull } from '../platform/exact-json.ts';

const id = z.union([z.string(), z.number().int().transform(String)]);
const ref = z.looseObject({ value: id });
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
  readonly isVoided: boolean;
}

const invoiceFields = {
  Id: id,
  SyncToken: id,
  DocNumber: textOrNull,
  CustomerRef: ref,
  TotalAmt: amount,
  Balance: zeroAmount,
  TxnTaxDetail: z.looseObject({ TotalTax: zeroAmount }).nullish(),
  CurrencyRef: refOrNull,
  PrivateNote: textOrNull,
  TxnDate: textOrNull,
  MetaData: z.looseObject({ CreateTime: textOrNull }).nullish(),
};
const strictInvoice = z.looseObject(invoiceFields);
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
  isVoided: isVoided(row.PrivateNote ?? '', row.TotalAmt),
});

/** The answer to our own create: anything odd in it makes the outcome unknown. */
export const invoice = strictInvoice.transform(toFound);

/** A row of a look-up: others' invoices may be odd without stopping us; what cannot be read never equals a draft of ours. */
export const lookedUpInvoice = z
  .looseObject({
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
  })
  .transform(toFound);

/** A void leaves the row with zero amounts and prefixes the note (facts/qbo.md 3.4). */
const isVoided = (note: string, total: Decimal): boolean => /^Voided\b/i.test(note) && total.eq(ZERO);

export interface CustomerRow {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly currency: string | null;
}
export const customer = z
  .looseObject({ Id: id, DisplayName: z.string(), Active: active, CurrencyRef: refOrNull })
  .transform((row): CustomerRow => ({
    id: row.Id,
    name: row.DisplayName,
    active: row.Active,
    currency: row.CurrencyRef,
  }));

export interface ItemRow {
  readonly id: string;
  readonly name: string;
  readonly fullName: string;
  readonly type: string;
  readonly active: boolean;
}
export const item = z
  .looseObject({ Id: id, Name: z.string(), FullyQualifiedName: textOrNull, Type: textOrNull, Active: active })
  .transform((row): ItemRow => ({
    id: row.Id,
    name: row.Name,
    fullName: row.FullyQualifiedName ?? row.Name,
    type: row.Type ?? 'Service',
    active: row.Active,
  }));

export interface NamedRow {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
}
export const named = z
  .looseObject({ Id: id, Name: z.string(), Active: active })
  .transform((row): NamedRow => ({ id: row.Id, name: row.Name, active: row.Active }));
export const displayNamed = z
  .looseObject({ Id: id, DisplayName: z.string(), Active: active })
  .transform((row): NamedRow => ({ id: row.Id, name: row.DisplayName, active: row.Active }));

export interface AccountRow extends NamedRow {
  readonly fullName: string;
  readonly type: string;
}
export const account = z
  .looseObject({ Id: id, Name: z.string(), FullyQualifiedName: textOrNull, AccountType: textOrNull, Active: active })
  .transform((row): AccountRow => ({
    id: row.Id,
    name: row.Name,
    fullName: row.FullyQualifiedName ?? row.Name,
    type: row.AccountType ?? '',
    active: row.Active,
  }));

const taxRateList = z
  .looseObject({ TaxRateDetail: z.array(z.looseObject({ TaxRateRef: ref })).nullish() })
  .nullish()
  .transform((list) => (list?.TaxRateDetail ?? []).map((one) => one.TaxRateRef.value));
export const taxCode = z
  .looseObject({ Id: id, Name: z.string(), Active: active, SalesTaxRateList: taxRateList })
  .transform((row) => ({ id: row.Id, name: row.Name, active: row.Active, rateIds: row.SalesTaxRateList }));
export const taxRate = z
  .looseObject({ Id: id, Name: textOrNull, RateValue: zeroAmount })
  .transform((row) => ({ id: row.Id, name: row.Name ?? '', rate: row.RateValue }));

/** A tax code with the rates that it applies to sales, in percent. */
export interface TaxCodeRow extends NamedRow {
  readonly rates: readonly { readonly id: string; readonly name: string; readonly rate: Decimal }[];
}

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).nullish();
const flagOff = flag.transform((value) => value ?? false);
export const companyInfo = z.looseObject({ CompanyName: z.string(), Country: textOrNull });
export const preferences = z.looseObject({
  SalesFormsPrefs: z.looseObject({ CustomTxnNumbers: flagOff }).nullish(),
  AccountingInfoPrefs: z
    .looseObject({ BookCloseDate: textOrNull, ClassTrackingPerTxnLine: flagOff, ClassTrackingPerTxn: flagOff })
    .nullish(),
  TaxPrefs: z.looseObject({ UsingSalesTax: flagOff, PartnerTaxEnabled: flag }).nullish(),
  CurrencyPrefs: z.looseObject({ MultiCurrencyEnabled: flagOff, HomeCurrency: refOrNull }).nullish(),
});
