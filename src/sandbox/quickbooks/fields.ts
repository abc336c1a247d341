/** Which fields a query may name and an invoice may hold (facts/qbo.md 3.1 and 5.1). */
const HEAD = ['Id', 'Active', 'MetaData.CreateTime', 'MetaData.LastUpdatedTime'];
/** What may stand in a WHERE (facts 5.1); PrivateNote and lines may not. */
export const filterable: Readonly<Record<string, readonly string[]>> = {
  Invoice: [...HEAD, 'DocNumber', 'TxnDate', 'DueDate', 'CustomerRef', 'SalesTermRef', 'Balance', 'TotalAmt'],
  CreditMemo: [...HEAD, 'DocNumber', 'TxnDate', 'CustomerRef', 'Balance', 'TotalAmt'],
  Customer: [
    ...HEAD,
    'DisplayName',
    'GivenName',
    'FamilyName',
    'CompanyName',
    'FullyQualifiedName',
    'PrimaryEmailAddr',
    'Balance',
  ],
  Vendor: [...HEAD, 'DisplayName', 'CompanyName'],
  Employee: [...HEAD, 'DisplayName', 'GivenName', 'FamilyName'],
  Item: [...HEAD, 'Name', 'Sku', 'Type', 'FullyQualifiedName', 'SubItem', 'Taxable', 'UnitPrice'],
  Account: [...HEAD, 'Name', 'AccountType', 'AccountSubType', 'Classification', 'FullyQualifiedName', 'CurrentBalance'],
  Term: [...HEAD, 'Name'],
  Class: [...HEAD, 'Name', 'FullyQualifiedName'],
  Department: [...HEAD, 'Name', 'FullyQualifiedName'],
  TaxCode: [...HEAD, 'Name', 'Description'],
  TaxRate: [...HEAD, 'Name', 'AgencyRef'],
  Payment: [...HEAD, 'TotalAmt', 'CustomerRef', 'TxnDate'],
};

/** What an invoice may hold; anything else is refused (facts 3.1, error 2010). */
export const invoiceProperties: ReadonlySet<string> = new Set(
  'Id SyncToken sparse domain DocNumber TxnDate DueDate CustomerRef CurrencyRef ExchangeRate SalesTermRef ClassRef DepartmentRef ProjectRef BillEmail BillEmailCc BillEmailBcc EmailStatus PrintStatus CustomerMemo PrivateNote BillAddr ShipAddr ShipFromAddr Line TxnTaxDetail GlobalTaxCalculation ApplyTaxAfterDiscount Deposit DepositToAccountRef CustomField LinkedTxn AllowOnlineACHPayment AllowOnlineCreditCardPayment ShipDate TrackingNum ShipMethodRef TemplateRef MetaData TotalAmt Balance AutoDocNumber'.split(
    ' ',
  ),
);
