/**
 * The entities of the sandbox with their fields and flags (facts/autotask.md section 4), in a short notation:
 * `name:type` and then `*` always present, `!` read-only, `=` the one kind of field that may be written although the rest of
 * its entity may not, `~` not queryable, `#` picklist, `+` newer than some tenants, `>X` a reference to X.
 */
export interface Field {
  readonly name: string;
  /** As the metadata says it: string, integer, long, double, decimal, datetime, boolean. */
  readonly dataType: string;
  readonly length: number;
  readonly isRequired: boolean;
  readonly isReadOnly: boolean;
  readonly isQueryable: boolean;
  readonly isPickList: boolean;
  readonly reference: string;
  /** Came after 2024: a tenant may lack it (facts section 4, `+`). */
  readonly isNew: boolean;
}

export interface EntityRules {
  /** Singular name, as the error texts say it. */
  readonly singular: string;
  /** C create, Q query, U update, D delete, F user-defined fields, W webhooks (facts section 4, header letters). */
  readonly can: string;
  readonly fields: readonly Field[];
}

/** What a tenant of this age has of an entity. */
export const knownFields = (rules: EntityRules, isOlder: boolean): readonly Field[] =>
  rules.fields.filter((field) => !field.isNew || !isOlder);

const types: Readonly<Record<string, string>> = {
  long: 'long',
  int: 'integer',
  str: 'string',
  dbl: 'double',
  dec: 'decimal',
  bool: 'boolean',
  dt: 'datetime',
};

function fieldOf(text: string, readOnlyEntity: boolean): Field {
  const parts = /^(\w+):([a-z]+)(?:\((\d+)\))?([*!=~#+]*)(?:>(\w+))?$/.exec(text);
  if (parts === null) throw new Error(`the sandbox's list of fields holds ${text}`);
  const [, name = '', type = '', length = '0', flags = '', reference = ''] = parts;
  return {
    name,
    dataType: types[type] ?? type,
    length: Number(length),
    isRequired: flags.includes('*'),
    isReadOnly: name === 'id' || (readOnlyEntity ? !flags.includes('=') : flags.includes('!')),
    isQueryable: !flags.includes('~'),
    isPickList: flags.includes('#'),
    reference,
    isNew: flags.includes('+'),
  };
}

const entity = (singular: string, can: string, text: string, readOnly = false): EntityRules => ({
  singular,
  can,
  fields: text
    .trim()
    .split(/\s+/)
    .map((one) => fieldOf(one, readOnly)),
});

export const entities: Readonly<Record<string, EntityRules>> = {
  Invoices: entity(
    'Invoice',
    'QU',
    `id:long* batchID:int comments:str(2000) companyID:int>Company createDateTime:dt creatorResourceID:int>Resource dueDate:dt~
    fromDate:dt invoiceDateTime:dt* invoiceEditorTemplateID:int>InvoiceTemplate invoiceNumber:str(100)= invoiceTotal:dbl
    isVoided:bool orderNumber:str(20) paidDate:dt= paymentTerm:int# taxGroup:int~ taxRegionName:str(200) toDate:dt
    totalTaxValue:dbl voidedByResourceID:int>Resource voidedDate:dt webServiceDate:dt= invoiceStatus:int#+
    invoiceTaxMethodExternalCode:str(50)+`,
    true,
  ),
  BillingItems: entity(
    'BillingItem',
    'QU',
    `id:long* accountManagerWhenApprovedID:int>Resource billingCodeID:int>BillingCode billingItemType:int*# companyID:int>Company
    configurationItemID:long contractBlockID:long+ contractChargeID:long contractID:int>Contract contractServiceAdjustmentID:long+
    contractServiceBundleAdjustmentID:long+ contractServiceBundleID:long+ contractServiceBundlePeriodID:long+ contractServiceID:long+
    contractServicePeriodID:long+ description:str(2000) expenseItemID:int>ExpenseItem extendedPrice:dbl
    internalCurrencyExtendedPrice:dbl internalCurrencyRate:dbl internalCurrencyTaxDollars:dbl internalCurrencyTotalAmount:dbl
    invoiceID:int>Invoice itemApproverID:int>Resource itemDate:dt itemName:str(255) lineItemFullDescription:str(8000)~
    lineItemGroupDescription:str(8000)~ milestoneID:long nonBillable:int* organizationalLevelAssociationID:int ourCost:dbl
    postedDate:dt postedOnTime:dt projectChargeID:long projectID:int>Project purchaseOrderNumber:str(50) quantity:dbl rate:dbl
    roleID:int>Role serviceBundleID:long>ServiceBundle serviceID:long>Service sortOrderID:int+ subType:int*# taskID:int
    taxCategoryID:int+ taxDollars:dbl ticketChargeID:long ticketID:int>Ticket timeEntryID:int>TimeEntry totalAmount:dbl
    vendorID:long>Company webServiceDate:dt=`,
    true,
  ),
  BillingCodes: entity(
    'BillingCode',
    'Q',
    `id:long* afterHoursWorkType:int>BillingCode billingCodeType:int# department:int description:str(500) externalNumber:str(100)
    generalLedgerAccount:int# isActive:bool* isExcludedFromNewContracts:bool markupRate:dbl name:str(200)
    taxCategoryID:int>TaxCategory unitCost:dbl* unitPrice:dbl* useType:int#`,
    true,
  ),
  Companies: entity(
    'Company',
    'CQUFW',
    `id:long* companyName:str(100)* companyNumber:str(50) companyType:int*# isActive:bool phone:str(25)* alternatePhone1:str(25)
    alternatePhone2:str(25) fax:str(25) webAddress:str(255) address1:str(128) address2:str(128) city:str(30) state:str(40)
    postalCode:str(10) countryID:int>Country additionalAddressInformation:str(100) billToAddressToUse:int!#
    billingAddress1:str(150)! billingAddress2:str(150)! billToCity:str(50)! billToState:str(128)! billToZipCode:str(50)!
    billToCountryID:int!>Country billToAdditionalAddressInformation:str(100)! billToAttention:str(50)
    billToCompanyLocationID:int>CompanyLocation invoiceMethod:int# invoiceEmailMessageID:int invoiceTemplateID:int>InvoiceTemplate
    invoiceNonContractItemsToParentCompany:bool parentCompanyID:int>Company taxRegionID:int>TaxRegion isTaxExempt:bool taxID:str(50)
    currencyID:int>Currency ownerResourceID:int*>Resource territoryID:int# marketSegmentID:int# competitorID:int# classification:int#
    companyCategoryID:int+ createDate:dt! lastActivityDate:dt! lastTrackedModifiedDateTime:dt! createdByResourceID:int!
    isClientPortalActive:bool! isTaskFireActive:bool! assetValue:dbl~`,
  ),
  CompanyLocations: entity(
    'CompanyLocation',
    'CQUD',
    `id:long* companyID:int*!>Company name:str(100)* description:str(500) address1:str(128) address2:str(128) city:str(50)
    state:str(25) postalCode:str(20) countryID:int>Country phone:str(25) alternatePhone1:str(25) alternatePhone2:str(25) fax:str(25)
    isActive:bool isPrimary:bool isTaxExempt:bool overrideCompanyTaxSettings:bool taxRegionID:int>TaxRegion roundtripDistance:dec`,
  ),
  Contacts: entity(
    'Contact',
    'CQUDFW',
    `id:long* companyID:int*!>Company companyLocationID:int>CompanyLocation firstName:str(50)* lastName:str(50)* middleInitial:str(50)
    title:str(50) emailAddress:str(254) emailAddress2:str(254) emailAddress3:str(254) primaryContact:bool isActive:int* phone:str(25)
    extension:str(10) alternatePhone:str(32) mobilePhone:str(25) faxNumber:str(25) addressLine:str(128) addressLine1:str(128)
    city:str(32) state:str(40) zipCode:str(16) countryID:int>Country additionalAddressInformation:str(100) roomNumber:str(50)
    note:str(50) externalID:str(50) namePrefix:int# nameSuffix:int# receivesEmailNotifications:bool isOptedOutFromBulkEmail:bool~
    bulkEmailOptOutTime:dt! createDate:dt! lastActivityDate:dt! lastModifiedDate:dt! impersonatorCreatorResourceID:int!`,
  ),
  PaymentTerms: entity(
    'PaymentTerm',
    'CQU',
    'id:long* name:str(100)* description:str(2000) paymentDueInDays:int isActive:bool',
  ),
  Taxes: entity(
    'Tax',
    'CQU',
    'id:int* isCompounded:bool taxCategoryID:int*!>TaxCategory taxName:str(100)* taxRate:dbl* taxRegionID:int*!>TaxRegion',
  ),
  TaxCategories: entity('TaxCategory', 'CQU', 'id:long* name:str(200)* description:str(200) isActive:bool'),
  TaxRegions: entity('TaxRegion', 'CQU', 'id:long* name:str(200)* isActive:bool'),
  Currencies: entity(
    'Currency',
    'QU',
    `id:long* name:str(3)*! description:str(100)*! displaySymbol:int*!# exchangeRate:dec* isInternalCurrency:bool*! isActive:bool*!
    currencyPositiveFormat:str(10)* currencyNegativeFormat:str(10)* lastModifiedDateTime:dt updateResourceId:int!>Resource`,
  ),
  Countries: entity(
    'Country',
    'QU',
    `id:long* countryCode:str(2)! name:str(50)! displayName:str(100)* isActive:bool isDefaultCountry:bool addressFormatID:int*#
    invoiceTemplateID:int quoteTemplateID:int purchaseOrderTemplateID:int#`,
  ),
  OrganizationalLevel1s: entity(
    'OrganizationalLevel1',
    'CQU',
    'id:long* name:str(50)* description:str(400) isActive:bool',
  ),
  OrganizationalLevel2s: entity(
    'OrganizationalLevel2',
    'CQU',
    'id:long* name:str(50)* description:str(400) isActive:bool',
  ),
  OrganizationalLevelAssociations: entity(
    'OrganizationalLevelAssociation',
    'CQU',
    'id:long* organizationalLevel1ID:int*!>OrganizationalLevel1 organizationalLevel2ID:int*!>OrganizationalLevel2 isActive:bool',
  ),
  InvoiceTemplates: entity(
    'InvoiceTemplate',
    'Q',
    `id:long* name:str(50)* groupBy:int*# itemizeItemsInEachGroup:int*# sortBy:int*# itemizeServicesAndBundles:bool*
    displayZeroAmountRecurringServicesAndBundles:bool* displayTaxCategory:bool* paymentTerms:int*>PaymentTerm dateFormat:int*#`,
    true,
  ),
  AdditionalInvoiceFieldValues: entity(
    'AdditionalInvoiceFieldValue',
    'Q',
    'id:long* additionalInvoiceFieldID:long*# fieldValue:str(100)* invoiceBatchID:long*',
    true,
  ),
  Departments: entity(
    'Department',
    'CQU',
    'id:long* name:str(100)* number:str(50) description:str(1000) primaryLocationID:int*',
  ),
  Roles: entity(
    'Role',
    'CQU',
    'id:long* name:str(200)* description:str(200) hourlyRate:dec* hourlyFactor:dec* isActive:bool* isSystemRole:bool!',
  ),
  Resources: entity(
    'Resource',
    'QU',
    `id:long* firstName:str(50)* lastName:str(50)* email:str(254)* userName:str(32)* isActive:bool* accountingReferenceID:str(100)
    resourceType:str(50)*# title:str(50)`,
  ),
  Services: entity(
    'Service',
    'CQU',
    `id:long* name:str(150)* description:str(400) invoiceDescription:str(1000) billingCodeID:int*>BillingCode unitPrice:dbl* unitCost:dbl
    periodType:int*# isActive:bool sku:str(50)+`,
  ),
  Products: entity(
    'Product',
    'CQU',
    `id:long* name:str(100)* description:str(2000) sku:str(50) externalProductID:str(50) internalProductID:str(50)
    productBillingCodeID:int*>BillingCode chargeBillingCodeID:int>BillingCode unitCost:dbl unitPrice:dbl isActive:bool* isSerialized:bool*`,
  ),
  Contracts: entity(
    'Contract',
    'CQUF',
    `id:long* companyID:int*!>Company contractName:str(100)* contractNumber:str(50) contractType:int*!# contractCategory:int# status:int*#
    startDate:dt* endDate:dt* billToCompanyID:int>Company billToCompanyContactID:int>Contact purchaseOrderNumber:str(50)
    description:str(2000)`,
  ),
  ExpenseReports: entity(
    'ExpenseReport',
    'CQU',
    `id:long* name:str(100)* submitterID:int*>Resource weekEnding:dt* status:int!# quickBooksReferenceNumber:str(100) submit:bool~
    submitDate:dt! approvedDate:dt! approverID:int!>Resource internalCurrencyExpenseTotal:dec! amountDue:dec!~`,
  ),
  ExpenseItems: entity(
    'ExpenseItem',
    'CQU',
    `id:long* expenseReportID:int*>ExpenseReport description:str(128)* expenseDate:dt* expenseCategory:int*# paymentType:int*#
    haveReceipt:bool* isBillableToCompany:bool* expenseCurrencyExpenseAmount:dbl internalCurrencyExpenseAmount:dbl companyID:int>Company
    glCode:str(20)!~`,
  ),
  PurchaseOrders: entity(
    'PurchaseOrder',
    'CQU',
    `id:long* vendorID:int*!>Company status:int*# purchaseOrderNumber:str(50)! externalPONumber:str(50) vendorInvoiceNumber:str(50)
    shipToName:str(100)* freight:dbl taxRegionID:int# paymentTerm:int# createDateTime:dt! generalMemo:str(4000)`,
  ),
  PurchaseOrderItems: entity(
    'PurchaseOrderItem',
    'CQU',
    `id:long* orderID:int*>PurchaseOrder productID:int>Product inventoryLocationID:int* quantity:int* unitCost:dbl*
    internalCurrencyUnitCost:dbl! memo:str(4000)`,
  ),
};

/** Child addresses by parent: the rows of which entity, joined by which field (facts 2.4). `Expenses` is a parent only. */
export const children: Readonly<Record<string, Readonly<Record<string, readonly [entity: string, field: string]>>>> = {
  companies: { contacts: ['Contacts', 'companyID'], locations: ['CompanyLocations', 'companyID'] },
  expenses: { items: ['ExpenseItems', 'expenseReportID'] },
  purchaseorders: { items: ['PurchaseOrderItems', 'orderID'] },
};
