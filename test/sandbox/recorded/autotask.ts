/** What facts/autotask.md quotes of the real service, to the letter; sections as marked. */
/** section 1. */
export const zone = `{"zoneName":"America East 3","url":"https://webservices22.autotask.net/ATServicesRest/","webUrl":"https://ww22.autotask.net/","ci":12345}`;
/** section 1. */
export const zoneUnknown = `{"errors":["Zone information could not be determined"]}`;
/** section 1. */
export const permission = `{"errors":["The logged in Resource does not have the adequate permissions to query this entity type."]}`;
/** 2.2. */
export const unknownField = `{"errors":["Unable to find projectID in the TimeEntry Entity."]}`;
/** 2.2. */
export const maxRecords = `{"errors":["maxCountOfRecordsToReturn must be between 1 and 500"]}`;
/** 2.2. */
export const orLimit = `{"errors":["Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions."]}`;
/** 2.2. */
export const conversion = `{"errors":["Conversion failed when converting varchar 'x' to data type int"]}`;
/** 2.2. */
export const queryCount = `{"queryCount":1234}`;
/** 2.4. */
export const patched = `{"itemId":155}`;
/** 2.7. */
export const wrongMethod = `{"Message":"The requested resource does not support http method 'GET'."}`;
/** 2.7, inferred; the address is ours. */
export const noRoute = `{"Message":"No HTTP resource was found that matches the request URI 'https://webservices19.autotask.net/ATServicesRest/V1.0/Nonsense'."}`;
/** 2.7. */
export const threads = `{"errors":["The Autotask API thread threshold of 3 threads has been exceeded."]}`;
/** section 3. */
export const threshold = `{"externalRequestThreshold":10000,"requestThresholdTimeframe":60,"currentTimeframeRequestCount":124}`;
/** 2.5. */
export const entityInformation = `{"info":{"name":"Invoices","canCreate":false,"canDelete":false,"canQuery":true,"canUpdate":true,"userAccessForCreate":"None","userAccessForDelete":"None","userAccessForQuery":"All","userAccessForUpdate":"All","hasUserDefinedFields":false,"supportsWebhookCallouts":false}}`;
/** 2.5. */
export const entityFields = `{"fields":[{"name":"billingItemType","dataType":"integer","length":0,"isRequired":true,"isReadOnly":true,"isQueryable":true,"isReference":false,"referenceEntityType":"","isPickList":true,"picklistValues":[{"value":"1","label":"Labor","isDefaultValue":false,"sortOrder":1,"parentValue":"","isActive":true,"isSystem":true}],"picklistParentValueField":"","isSupportedWebhookField":false}]}`;
/** 4.1, zone 19, September 2025. */
export const invoices = `{"items":[{"id":155,"batchID":79,"comments":null,"companyID":369,"createDateTime":"2025-09-05T09:47:15.227Z","creatorResourceID":29682885,"dueDate":"2025-10-05T00:00:00.000Z","fromDate":"2025-09-03T00:00:00.000Z","invoiceDateTime":"2025-09-05T00:00:00.000Z","invoiceEditorTemplateID":102,"invoiceNumber":"1085","invoiceTotal":52.7775,"isVoided":false,"orderNumber":"","paidDate":null,"paymentTerm":1,"taxGroup":null,"taxRegionName":"VAT","toDate":"2025-09-05T00:00:00.000Z","totalTaxValue":11.0833,"voidedByResourceID":null,"voidedDate":null,"webServiceDate":null,"invoiceStatus":1,"invoiceTaxMethodExternalCode":null}],"pageDetails":{"count":1,"requestCount":500,"prevPageUrl":null,"nextPageUrl":null}}`;
/** 4.2, zone 19: labor drawn from a block contract. */
export const billingItem = `{"id":26039,"accountManagerWhenApprovedID":29682885,"billingCodeID":29683502,"billingItemType":1,"companyID":239,"configurationItemID":null,"contractBlockID":75,"contractChargeID":null,"contractID":29683363,"contractServiceAdjustmentID":null,"contractServiceBundleAdjustmentID":null,"contractServiceBundleID":null,"contractServiceBundlePeriodID":null,"contractServiceID":null,"contractServicePeriodID":null,"description":"Remote coaching","expenseItemID":null,"extendedPrice":386.6450,"internalCurrencyExtendedPrice":386.6450,"internalCurrencyRate":100.0000,"internalCurrencyTaxDollars":0.0000,"internalCurrencyTotalAmount":0.0000,"invoiceID":0,"itemApproverID":29682897,"itemDate":"2021-12-01T00:00:00Z","itemName":"ICT Coaching","lineItemFullDescription":null,"lineItemGroupDescription":null,"milestoneID":null,"nonBillable":0,"organizationalLevelAssociationID":null,"ourCost":205.9980,"postedDate":"2022-12-02T00:00:00Z","postedOnTime":"2022-12-02T08:52:54.023Z","projectChargeID":null,"projectID":null,"purchaseOrderNumber":"","quantity":3.1750,"rate":100.0000,"roleID":29683468,"serviceBundleID":null,"serviceID":null,"sortOrderID":0,"subType":1,"taskID":null,"taxDollars":0.0000,"ticketChargeID":null,"ticketID":29799,"timeEntryID":28673,"totalAmount":0.0000,"vendorID":null,"webServiceDate":null}`;
/** 4.2, own sample: only the keys that differ. */
export const serviceLine = `{"id":40011,"billingItemType":7,"subType":12,"invoiceID":155,"itemName":"Managed Workstation","quantity":12.0000,"rate":45.0000,"extendedPrice":540.0000,"totalAmount":540.0000,"taxDollars":113.4000,"billingCodeID":29683600,"contractID":29683400,"contractServiceID":88,"serviceID":14,"itemDate":"2026-10-01T00:00:00Z","taxCategoryID":1,"sortOrderID":1,"nonBillable":0}`;
/** 4.3. */
export const billingCode = `{"item":{"id":29683502,"afterHoursWorkType":null,"billingCodeType":0,"department":29682885,"description":"","externalNumber":"4000","generalLedgerAccount":12,"isActive":true,"isExcludedFromNewContracts":false,"markupRate":null,"name":"Remote Support","taxCategoryID":1,"unitCost":0.0000,"unitPrice":0.0000,"useType":1}}`;
/** 4.4. */
export const company = `{"item":{"id":369,"companyName":"Contoso BV","companyNumber":"C-0369","companyType":1,"isActive":true,"phone":"+31 20 000 0000","address1":"Main 1","city":"Utrecht","state":"","postalCode":"3511AA","countryID":153,"billToAddressToUse":2,"billingAddress1":"Main 1","billToCity":"Utrecht","billToZipCode":"3511AA","billToCountryID":153,"billToCompanyLocationID":null,"billToAttention":"Finance","invoiceMethod":2,"invoiceTemplateID":102,"invoiceNonContractItemsToParentCompany":false,"parentCompanyID":null,"taxRegionID":3,"isTaxExempt":false,"taxID":"NL0000","currencyID":1,"ownerResourceID":29682885,"lastTrackedModifiedDateTime":"2026-10-01T08:00:00Z","userDefinedFields":[]}}`;
/** 4.4. */
export const location = `{"id":51,"companyID":369,"name":"Head office","address1":"Main 1","address2":"","city":"Utrecht","state":"","postalCode":"3511AA","countryID":153,"isActive":true,"isPrimary":true,"isTaxExempt":false,"overrideCompanyTaxSettings":false,"taxRegionID":null}`;
/** 4.4. */
export const contact = `{"id":812,"companyID":369,"companyLocationID":51,"firstName":"Ann","lastName":"Smit","emailAddress":"ann@contoso.example","emailAddress2":null,"primaryContact":true,"isActive":1,"phone":"+31 20 000 0001","userDefinedFields":[]}`;
/** 4.5. */
export const tax = `{"id":7,"isCompounded":false,"taxCategoryID":1,"taxName":"VAT 21%","taxRate":21.0,"taxRegionID":3}`;
/** 4.5. */
export const paymentTerm = `{"id":1,"description":"","isActive":true,"name":"Net 30","paymentDueInDays":30}`;
/** 4.5. */
export const currency = `{"id":1,"name":"EUR","description":"Euro","displaySymbol":2,"exchangeRate":1.0,"isActive":true,"isInternalCurrency":true,"currencyPositiveFormat":"€#","currencyNegativeFormat":"(€#)","lastModifiedDateTime":null,"updateResourceId":null}`;
