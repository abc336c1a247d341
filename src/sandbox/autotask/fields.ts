/** The entities of the sandbox and their fields (facts/autotask.md section 4). */
import type { EntityRules } from './query.ts';

const words = (text: string): string[] => text.trim().split(/\s+/);
const entity = (singular: string, fields: string, notQueryable = ''): EntityRules => ({
  singular,
  fields: words(fields),
  notQueryable: notQueryable === '' ? [] : words(notQueryable),
});

export const entities: Readonly<Record<string, EntityRules>> = {
  Invoices: entity(
    'Invoice',
    'id batchID comments companyID createDateTime creatorResourceID dueDate fromDate invoiceDateTime invoiceEditorTemplateID invoiceNumber invoiceTotal isVoided orderNumber paidDate paymentTerm taxGroup taxRegionName toDate totalTaxValue voidedByResourceID voidedDate webServiceDate invoiceStatus invoiceTaxMethodExternalCode',
    'dueDate taxGroup',
  ),
  BillingItems: entity(
    'BillingItem',
    'id accountManagerWhenApprovedID billingCodeID billingItemType companyID configurationItemID contractBlockID contractChargeID contractID contractServiceAdjustmentID contractServiceBundleAdjustmentID contractServiceBundleID contractServiceBundlePeriodID contractServiceID contractServicePeriodID description expenseItemID extendedPrice internalCurrencyExtendedPrice internalCurrencyRate internalCurrencyTaxDollars internalCurrencyTotalAmount invoiceID itemApproverID itemDate itemName lineItemFullDescription lineItemGroupDescription milestoneID nonBillable organizationalLevelAssociationID ourCost postedDate postedOnTime projectChargeID projectID purchaseOrderNumber quantity rate roleID serviceBundleID serviceID sortOrderID subType taskID taxCategoryID taxDollars ticketChargeID ticketID timeEntryID totalAmount vendorID webServiceDate',
    'lineItemFullDescription lineItemGroupDescription',
  ),
  BillingCodes: entity(
    'BillingCode',
    'id afterHoursWorkType billingCodeType department description externalNumber generalLedgerAccount isActive isExcludedFromNewContracts markupRate name taxCategoryID unitCost unitPrice useType',
  ),
  Companies: entity(
    'Company',
    'id companyName companyNumber companyType isActive phone fax webAddress address1 address2 city state postalCode countryID billToAddressToUse billingAddress1 billingAddress2 billToCity billToState billToZipCode billToCountryID billToAttention invoiceMethod invoiceTemplateID invoiceNonContractItemsToParentCompany parentCompanyID taxRegionID isTaxExempt taxID currencyID ownerResourceID lastTrackedModifiedDateTime',
  ),
  PaymentTerms: entity('PaymentTerm', 'id name description paymentDueInDays isActive'),
  Taxes: entity('Tax', 'id isCompounded taxCategoryID taxName taxRate taxRegionID'),
  TaxCategories: entity('TaxCategory', 'id name description isActive'),
  TaxRegions: entity('TaxRegion', 'id name isActive'),
  Currencies: entity('Currency', 'id name description displaySymbol exchangeRate isInternalCurrency isActive'),
  Countries: entity('Country', 'id countryCode name displayName isActive isDefaultCountry'),
  OrganizationalLevel1s: entity('OrganizationalLevel1', 'id name description isActive'),
  OrganizationalLevel2s: entity('OrganizationalLevel2', 'id name description isActive'),
  OrganizationalLevelAssociations: entity(
    'OrganizationalLevelAssociation',
    'id organizationalLevel1ID organizationalLevel2ID isActive',
  ),
  Contacts: entity('Contact', 'id companyID companyLocationID firstName lastName emailAddress primaryContact isActive'),
};
