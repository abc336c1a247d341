/** What the connected company is like; decides numbering checks and the tax regime (facts/qbo.md 3.9 and 4). */
import type { TaxRegime } from '../core/draft.ts';
import type { z } from 'zod';
import type { companyInfo, preferences } from './schemas.ts';

export interface CompanyProfile {
  readonly name: string;
  readonly country: string;
  readonly regime: TaxRegime;
  readonly customNumbers: boolean;
  readonly multiCurrency: boolean;
  readonly homeCurrency: string;
  /** Books are closed up to and including this date. */
  readonly booksClosedTo: string | null;
  readonly classTracking: boolean;
}

/** PartnerTaxEnabled: true = automated tax; false = automated, not set up; absent = manual or non-US (facts/qbo.md 4). */
function regimeOf(country: string, tax: z.output<typeof preferences>['TaxPrefs']): TaxRegime {
  if (country !== 'US') return 'non-us';
  if (tax?.UsingSalesTax !== true) return 'us-none';
  if (tax.PartnerTaxEnabled === true) return 'us-automated';
  return tax.PartnerTaxEnabled === false ? 'us-none' : 'us-manual';
}

export function profileOf(info: z.output<typeof companyInfo>, prefs: z.output<typeof preferences>): CompanyProfile {
  const country = info.Country ?? 'US';
  const accounting = prefs.AccountingInfoPrefs;
  return {
    name: info.CompanyName,
    country,
    regime: regimeOf(country, prefs.TaxPrefs),
    customNumbers: prefs.SalesFormsPrefs?.CustomTxnNumbers ?? false,
    multiCurrency: prefs.CurrencyPrefs?.MultiCurrencyEnabled ?? false,
    homeCurrency: prefs.CurrencyPrefs?.HomeCurrency ?? 'USD',
    booksClosedTo: accounting?.BookCloseDate ?? null,
    classTracking: (accounting?.ClassTrackingPerTxnLine ?? false) || (accounting?.ClassTrackingPerTxn ?? false),
  };
}
