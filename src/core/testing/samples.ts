/** Plain values for tests of the pure centre: an invoice, a line, a directory, a company; each test changes what it is about. */
import { prepareDirectory, type Directory, type DirectoryLists } from '../directory.ts';
import { mapInvoice, type MapInput, type Mapped, type QuickBooksCompany } from '../map-invoice.ts';
import { decimal } from '../money.ts';
import { readSettings, type Settings } from '../settings.ts';
import type { SourceBillingCode, SourceCompany, SourceInvoice, SourceLine } from '../source.ts';

export const sampleInvoice = (changes: Partial<SourceInvoice> = {}): SourceInvoice => ({
  id: 155,
  number: null,
  companyId: 369,
  batchId: 79,
  createdAt: '2026-03-01T09:47:15.227Z',
  invoiceDate: '2026-03-01',
  dueDate: null,
  fromDate: null,
  toDate: null,
  total: decimal('52.7775'),
  tax: decimal('11.0833'),
  isVoided: false,
  voidedAt: null,
  orderNumber: null,
  comments: null,
  paymentTermId: 1,
  taxRegionName: null,
  paidDate: null,
  processedAt: null,
  ...changes,
});

export const sampleLine = (amount: string, changes: Partial<SourceLine> = {}): SourceLine => ({
  id: 1,
  invoiceId: 155,
  sortOrder: 0,
  kind: 'labor',
  itemName: 'Remote Support',
  description: 'Help',
  fullDescription: null,
  groupDescription: null,
  quantity: null,
  rate: null,
  amount: decimal(amount),
  listAmount: null,
  tax: decimal('0'),
  billingCodeId: 1,
  taxCategoryId: null,
  lineOfBusinessId: null,
  date: null,
  nonBillable: false,
  ...changes,
});

const nowhere = { line1: null, line2: null, city: null, state: null, postalCode: null, country: null };
export const sampleCompany = (changes: Partial<SourceCompany> = {}): SourceCompany => ({
  id: 369,
  name: 'Acme Dental',
  number: null,
  isActive: true,
  phone: null,
  fax: null,
  webAddress: null,
  address: { ...nowhere, line1: '1 Main St', city: 'Austin' },
  billingAddress: nowhere,
  parentId: null,
  isTaxExempt: false,
  taxRegionId: null,
  currencyId: null,
  ...changes,
});

export const sampleCode = (changes: Partial<SourceBillingCode> = {}): SourceBillingCode => ({
  id: 1,
  name: 'Remote Support',
  description: 'Remote support',
  externalNumber: null,
  isActive: true,
  taxCategoryId: null,
  unitPrice: null,
  useType: 1,
  billingCodeType: 0,
  ...changes,
});

export const sampleItem = (
  changes: Partial<DirectoryLists['items'][number]> = {},
): DirectoryLists['items'][number] => ({
  id: '21',
  name: 'Remote Support',
  fullName: 'Remote Support',
  type: 'Service',
  active: true,
  description: null,
  unitPrice: null,
  taxable: false,
  ...changes,
});

export const sampleCustomer = (
  changes: Partial<DirectoryLists['customers'][number]> = {},
): DirectoryLists['customers'][number] => ({
  id: '58',
  name: 'Acme Dental',
  active: true,
  currency: null,
  email: null,
  ...changes,
});

export const sampleDirectory = (changes: Partial<DirectoryLists> = {}): Directory =>
  prepareDirectory({
    links: new Map(),
    customers: [sampleCustomer()],
    items: [sampleItem()],
    terms: [{ id: '3', name: 'Net 30 Days', active: true }],
    taxCodes: [],
    accounts: [{ id: '79', name: 'Services', fullName: 'Services', type: 'Income', active: true }],
    classes: [],
    companies: [sampleCompany()],
    billingCodes: [sampleCode()],
    paymentTerms: new Map([[1, 'Net 30 Days']]),
    taxCategories: new Map(),
    currencies: new Map(),
    linesOfBusiness: [],
    decisions: new Set(),
    ...changes,
  });

export const sampleSettings = (changes: Record<string, string> = {}): Settings =>
  readSettings({ 'connection.timeZone': 'UTC', 'items.incomeAccount': 'Services', ...changes });

export const sampleQuickBooks = (changes: Partial<QuickBooksCompany> = {}): QuickBooksCompany => ({
  regime: 'us-none',
  customNumbers: false,
  multiCurrency: false,
  homeCurrency: 'USD',
  booksClosedTo: null,
  classTracking: false,
  ...changes,
});

/** Maps with everything at its plainest but for what the test gives. Net and tax of the header follow the lines. */
export function mapSample(changes: Partial<MapInput> = {}): Mapped {
  const lines = changes.lines ?? [sampleLine('52.7775')];
  return mapInvoice({
    invoice: sampleInvoice({ tax: decimal('0') }),
    lines,
    copyNumber: 0,
    connectionKey: 'KEY',
    settings: sampleSettings(),
    quickbooks: sampleQuickBooks(),
    directory: sampleDirectory(),
    ...changes,
  });
}

export const codesOf = (mapped: Mapped): string[] => mapped.problems.map((one) => one.code);
