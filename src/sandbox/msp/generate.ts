/**
 * A realistic managed service provider, made from a seed: its Autotask tables and the QuickBooks company beside them. Same
 * seed and day, same world. Amounts are exact decimal text; taxes are right to the cent, so that posted totals can be.
 */
import { decimal, roundHalfAwayFromZero, sum, ZERO, type Decimal } from '../../core/money.ts';
import { ExactNumber } from '../../platform/exact-json.ts';
import type { AutotaskSandbox, MutableRow } from '../autotask/sandbox.ts';
import type { Realm } from '../quickbooks/realm.ts';
import { seeded } from '../shell.ts';

export interface MspOptions {
  readonly seed: number;
  /** Postable invoices. */
  readonly invoices: number;
  readonly linesPerInvoice?: number;
  readonly now: Date;
  /** Adds invoices that cannot be posted, each for another reason. */
  readonly obstacles?: boolean;
  readonly tax?: 'us-none' | 'us-manual';
  readonly companies?: number;
}

export interface Msp {
  /** Autotask ids of the invoices that can be posted by default settings. */
  readonly postable: number[];
  /** Autotask id and the kind of obstacle. */
  readonly obstacles: { id: number; kind: string }[];
}

const DAY_MS = 86_400_000;
/** The payment terms, their ids counted from one. The last is missing in QuickBooks on purpose: no term, no error (facts/mission.md A5). */
const TERMS = [
  { name: 'Net 30 Days', days: 30 },
  { name: 'Net 15', days: 15 },
  { name: 'Due on receipt', days: 0 },
  { name: 'Net 45', days: 45 },
] as const;
const four = (amount: Decimal): ExactNumber => new ExactNumber(roundHalfAwayFromZero(amount, 4).toFixed(4));

const companyNames = [
  'Acme Dental Group',
  "O'Brien & Sons Plumbing",
  'Harbor View Medical',
  'Müller Präzision GmbH',
  'Blue Ridge Law, PLLC',
  'Northwind Traders',
  'Café Olé',
  'Summit Accounting',
  'Lakeside Veterinary',
  'Baker\\Field Logistics',
  'Green Valley Schools',
  'Iron Works: Fabrication',
  'St. Mary’s Parish',
  'Rapid Courier',
  'Zenith Optics',
  '"Quoted" Designs',
  'Pine Street Dental',
  'Oak Hill Realty',
  'Vista Hotels',
  'Delta Freight',
  'Orchard Family Practice',
  'Copper Kettle Brewing',
  'Redwood Builders',
  'Silverline Security',
];
const billingCodes: readonly [name: string, useType: string, description: string][] = [
  ['Remote Support', 'labor', 'Remote support'],
  ['Onsite Support', 'labor', 'Onsite support'],
  ['After Hours', 'labor', 'After-hours support'],
  ['Project Engineering', 'labor', 'Project work'],
  ['Managed Workstation', 'service', 'Managed workstation, monthly'],
  ['Managed Server', 'service', 'Managed server, monthly'],
  ['Cloud Backup', 'service', 'Cloud backup, monthly'],
  ['Microsoft 365 Licenses', 'service', 'Licenses, monthly'],
  ['Hardware', 'charge', 'Hardware'],
  ['Travel Expense', 'expense', 'Travel'],
  ['Project Milestone', 'milestone', 'Milestone'],
  ['Block Hours', 'block', 'Prepaid hours'],
  ['Discount', 'charge', 'Agreed discount'],
];
const RATE = '8.25';
const useTypes: Readonly<Record<string, string>> = {
  labor: 'General Allocation Code',
  expense: 'Expense',
  charge: 'Material',
  service: 'Recurring Contract Service',
  milestone: 'Milestone',
  block: 'Recurring Contract Service',
};
const itemTypes: Readonly<Record<string, string>> = {
  labor: 'Labor',
  expense: 'Expense',
  charge: 'Ticket Charge',
  service: 'Recurring Service',
  milestone: 'Milestone',
  block: 'Contract Block',
};

/** Fills both sandboxes. */
export function generateMsp(autotask: AutotaskSandbox, realm: Realm, options: MspOptions): Msp {
  return new Generator(autotask, realm, options).run();
}

class Generator {
  readonly #autotask: AutotaskSandbox;
  readonly #realm: Realm;
  readonly #options: MspOptions;
  readonly #random: () => number;
  readonly #companies: { id: number; name: string }[] = [];
  /** Sub-organizations by the parent that is invoiced for them (facts/mission.md A5.1). */
  readonly #subs = new Map<number, number>();
  readonly #codes: { id: number; name: string; kind: string; description: string }[] = [];
  #invoiceId = 20_400;
  #lineId = 410_000;

  constructor(autotask: AutotaskSandbox, realm: Realm, options: MspOptions) {
    this.#autotask = autotask;
    this.#realm = realm;
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  run(): Msp {
    this.#lists();
    const postable = Array.from({ length: this.#options.invoices }, () =>
      this.#invoice(this.#pick(this.#companies), {}),
    );
    const obstacles = this.#options.obstacles === true ? this.#obstacles() : [];
    return { postable, obstacles };
  }

  #pick<T>(all: readonly T[]): T {
    const one = all[Math.floor(this.#random() * all.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  #whole(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  #put(table: string, row: MutableRow): void {
    this.#autotask.data.tables.get(table)?.set(row.id, row);
  }

  /** The tenant's own number for a picklist's label. */
  #picked = (field: string, label: string): number => this.#autotask.picklists.get(field)?.get(label) ?? 0;

  #lists(): void {
    const taxed = this.#options.tax === 'us-manual';
    this.#put('Currencies', { id: 1, name: 'USD', description: 'US Dollar', isInternalCurrency: true, isActive: true });
    for (const [index, { name, days }] of TERMS.entries()) {
      this.#put('PaymentTerms', {
        id: index + 1,
        name,
        description: '',
        paymentDueInDays: days,
        isActive: true,
      });
    }
    this.#put('TaxCategories', { id: 1, name: 'Taxable goods', description: '', isActive: true });
    this.#put('TaxRegions', { id: 3, name: 'State Tax', isActive: true });
    const accounts = ['Services', 'Sales of Product Income'].map((name) =>
      this.#realm.put('Account', {
        Name: name,
        FullyQualifiedName: name,
        AccountType: 'Income',
        AccountSubType: 'ServiceFeeIncome',
        Active: true,
      }),
    );
    for (const { name, days } of TERMS.slice(0, -1))
      this.#realm.put('Term', { Name: name, DueDays: days, Type: 'STANDARD', Active: true });
    if (taxed) {
      const rate = this.#realm.put('TaxRate', { Name: 'State', RateValue: new ExactNumber(RATE), Active: true });
      this.#realm.put('TaxCode', {
        Name: 'State Tax',
        Active: true,
        TaxGroup: true,
        SalesTaxRateList: {
          TaxRateDetail: [{ TaxRateRef: { value: rate.Id }, TaxTypeApplicable: 'TaxOnAmount', TaxOrder: 0 }],
        },
      });
    }
    for (const [index, [name, kind, description]] of billingCodes.entries()) {
      const id = 29_683_500 + index * 3;
      this.#codes.push({ id, name, kind, description });
      this.#put('BillingCodes', {
        id,
        name,
        description,
        externalNumber: null,
        isActive: true,
        useType: this.#picked('BillingCodes.useType', useTypes[kind] ?? 'General Allocation Code'),
        billingCodeType: 0,
        taxCategoryID: kind === 'charge' && name !== 'Discount' && taxed ? 1 : null,
        unitPrice: new ExactNumber('0.0000'),
        unitCost: new ExactNumber('0.0000'),
        department: null,
        generalLedgerAccount: null,
      });
      // The last two are new to QuickBooks: the first run creates them.
      if (index < billingCodes.length - 2)
        this.#realm.put('Item', {
          Name: name,
          FullyQualifiedName: name,
          Type: 'Service',
          Active: true,
          IncomeAccountRef: { value: accounts[0]?.Id ?? '' },
        });
    }
    this.#put('Companies', this.#company(0, 'Our Own MSP'));
    const count =
      this.#options.companies ?? Math.min(companyNames.length, Math.max(6, Math.ceil(this.#options.invoices / 3)));
    for (let index = 0; index < count; index += 1) {
      const name = companyNames[index] ?? `Customer ${String(index + 1)} Holdings`;
      const id = 300 + index * 7;
      this.#companies.push({ id, name });
      this.#put('Companies', this.#company(id, name));
      if (index % 6 === 5) {
        const sub = id + 1;
        this.#subs.set(id, sub);
        this.#put('Companies', {
          ...this.#company(sub, `${name} (branch)`),
          parentCompanyID: id,
          invoiceNonContractItemsToParentCompany: true,
        });
      }
      // Most are customers already; every eighth is new.
      if (index % 8 !== 7)
        this.#realm.put('Customer', {
          DisplayName: this.#displayName(name),
          CompanyName: name,
          Active: true,
          CurrencyRef: { value: 'USD' },
        });
    }
  }

  /** As the product would write it, so that most names match: colons become hyphens, other alphabets are written in Latin. */
  #displayName(name: string): string {
    return name.replaceAll(':', '-').replaceAll('’', "'");
  }

  #company(id: number, name: string): MutableRow {
    return {
      id,
      companyName: name,
      companyNumber: `C-${String(id)}`,
      companyType: this.#picked('Companies.companyType', 'Customer'),
      isActive: true,
      phone: '+1 512 555 0100',
      fax: null,
      webAddress: null,
      address1: `${String(100 + id)} Main St`,
      address2: null,
      city: 'Austin',
      state: 'TX',
      postalCode: '78701',
      countryID: 1,
      billToAddressToUse: 2,
      billingAddress1: `${String(100 + id)} Main St`,
      billingAddress2: null,
      billToCity: 'Austin',
      billToState: 'TX',
      billToZipCode: '78701',
      parentCompanyID: null,
      taxRegionID: 3,
      isTaxExempt: false,
      taxID: null,
      currencyID: 1,
      ownerResourceID: 29_682_885,
      lastTrackedModifiedDateTime: '2026-10-01T08:00:00Z',
    };
  }

  /** One invoice with its lines; the header's total is the exact sum of the lines. */
  #invoice(
    company: { id: number; name: string },
    changes: { header?: Record<string, unknown>; hideLine?: boolean; negative?: boolean },
  ): number {
    const id = (this.#invoiceId += this.#whole(1, 9));
    const { now } = this.#options;
    const created = new Date(now.getTime() - DAY_MS - Math.floor(this.#random() * 11.5 * DAY_MS));
    const date = created.toISOString().slice(0, 10);
    const count = this.#options.linesPerInvoice ?? this.#whole(1, 12);
    const lines = Array.from({ length: count }, (_unused, index) =>
      this.#line(id, company.id, index, date, changes.negative === true),
    );
    const positive = sum(lines.map((line) => line.amount));
    // Credits alone would make the invoice negative, which is an obstacle of its own; covered labor alone makes no negative one.
    if (positive.lt(ZERO) && changes.negative !== true)
      lines.push(
        this.#line(
          id,
          company.id,
          count,
          date,
          false,
          positive.lt('-500') ? positive.times('-1').toFixed(4) : '500.0000',
        ),
      );
    if (changes.negative === true && !positive.lt(ZERO))
      lines.push(this.#line(id, company.id, count, date, false, positive.plus('50').times('-1').toFixed(4)));
    const tax = sum(lines.map((line) => line.tax));
    if (changes.hideLine === true) this.#line(id, company.id, 99, date, false, '75.5000').row.isHidden = true;
    const total = sum(lines.map((line) => line.amount)).plus(changes.hideLine === true ? '75.5000' : '0');
    const invoice: MutableRow = {
      id,
      batchID: Math.floor(id / 10),
      comments: this.#random() < 0.2 ? 'Thank you for your business.' : null,
      companyID: company.id,
      createDateTime: created.toISOString(),
      creatorResourceID: 29_682_885,
      dueDate: null,
      fromDate: `${date}T00:00:00Z`,
      toDate: `${date}T00:00:00Z`,
      invoiceDateTime: `${date}T00:00:00Z`,
      invoiceEditorTemplateID: 102,
      invoiceNumber: null,
      invoiceTotal: four(total),
      isVoided: false,
      orderNumber: this.#random() < 0.3 ? `PO-${String(this.#whole(1000, 9999))}` : '',
      paidDate: null,
      paymentTerm: this.#whole(1, 4),
      taxGroup: null,
      taxRegionName: this.#options.tax === 'us-manual' ? 'State Tax' : null,
      totalTaxValue: four(tax),
      voidedByResourceID: null,
      voidedDate: null,
      webServiceDate: null,
      invoiceStatus: 1,
      invoiceTaxMethodExternalCode: null,
    };
    const days = TERMS[Number(invoice['paymentTerm']) - 1]?.days ?? 0;
    const due = new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
    this.#put('Invoices', { ...invoice, dueDate: `${due}T00:00:00Z`, ...changes.header });
    return id;
  }

  #line(
    invoiceId: number,
    companyId: number,
    index: number,
    date: string,
    negative: boolean,
    fixed?: string,
  ): { row: MutableRow; amount: Decimal; tax: Decimal } {
    // A line that was asked for with its amount is plain labor, so that no tax hangs on it.
    const code = fixed === undefined ? this.#pick(this.#codes) : (this.#codes[0] ?? this.#pick(this.#codes));
    const discount = negative || (code.name === 'Discount' && fixed === undefined);
    const quantity = decimal(
      code.kind === 'labor'
        ? `${String(this.#whole(1, 12))}.${this.#pick(['00', '25', '50', '75'])}`
        : String(this.#whole(1, 20)),
    );
    const rate = decimal(fixed ?? `${String(this.#whole(20, 180))}.${this.#pick(['0000', '5000', '2500', '3333'])}`);
    const list = roundHalfAwayFromZero((fixed === undefined ? quantity : decimal('1')).times(rate), 4);
    const covered = code.kind === 'labor' && fixed === undefined && this.#random() < 0.15;
    const amount = covered ? ZERO : discount ? list.div('10').round(4).times('-1') : list;
    const taxed = this.#options.tax === 'us-manual' && code.kind === 'charge' && amount.gt(ZERO) && fixed === undefined;
    // Whole cents before tax, so that QuickBooks' tax on the sum and Autotask's by line agree to the cent.
    const net = taxed ? roundHalfAwayFromZero(amount, 0).times('4') : amount;
    const tax = taxed ? net.times(RATE).div('100') : ZERO;
    const id = (this.#lineId += this.#whole(1, 4));
    const origin =
      {
        labor: 'timeEntryID',
        service: 'serviceID',
        charge: 'ticketChargeID',
        expense: 'expenseItemID',
        milestone: 'milestoneID',
        block: 'contractBlockID',
      }[code.kind] ?? 'ticketChargeID';
    const row: MutableRow = {
      id,
      billingCodeID: code.id,
      billingItemType: this.#picked('BillingItems.billingItemType', itemTypes[code.kind] ?? 'Labor'),
      subType: this.#picked('BillingItems.subType', 'Labor'),
      companyID: index % 3 === 1 ? (this.#subs.get(companyId) ?? companyId) : companyId,
      invoiceID: invoiceId,
      sortOrderID: index,
      itemName: code.name,
      description: `${code.description} (${date})`,
      lineItemFullDescription: null,
      lineItemGroupDescription: null,
      quantity: four(fixed === undefined ? quantity : decimal('1')),
      rate: four(rate),
      extendedPrice: four(list),
      totalAmount: four(net),
      taxDollars: four(tax),
      ourCost: four(ZERO),
      nonBillable: 0,
      itemDate: `${date}T00:00:00Z`,
      postedDate: `${date}T00:00:00Z`,
      postedOnTime: `${date}T08:52:54.023Z`,
      webServiceDate: null,
      taxCategoryID: taxed ? 1 : null,
      organizationalLevelAssociationID: null,
      purchaseOrderNumber: '',
      [origin]: 28_000 + id,
    };
    this.#put('BillingItems', row);
    return { row, amount: net, tax };
  }

  #newCompany(name: string): { id: number; name: string } {
    const company = { id: 900 + this.#autotaskCompanies() * 3, name };
    this.#put('Companies', this.#company(company.id, name));
    return company;
  }

  #autotaskCompanies = (): number => this.#autotask.data.tables.get('Companies')?.size ?? 0;

  /** Each kind of obstacle once, on companies of their own. */
  #obstacles(): { id: number; kind: string }[] {
    const first = this.#pick(this.#companies);
    const vendor = this.#newCompany('Dell Direct');
    this.#realm.put('Vendor', { DisplayName: 'Dell Direct', Active: true });
    const sleeping = this.#newCompany('Closed Shop');
    this.#realm.put('Customer', { DisplayName: 'Closed Shop', Active: false, CurrencyRef: { value: 'USD' } });
    const near = this.#newCompany('Riverside Clinic Inc');
    this.#realm.put('Customer', { DisplayName: 'Riverside Clinic, Inc.', Active: true, CurrencyRef: { value: 'USD' } });
    const twins = [this.#newCompany('Twin Peaks Hosting'), this.#newCompany('Twin  Peaks Hosting ')];
    const made = [
      { id: this.#invoice(first, { negative: true }), kind: 'negative-total' },
      { id: this.#invoice(first, { hideLine: true }), kind: 'lines-do-not-add-up' },
      { id: this.#invoice(first, { header: { invoiceNumber: 'ERROR' } }), kind: 'legacy-error' },
      { id: this.#invoice(vendor, {}), kind: 'name-in-use' },
      { id: this.#invoice(sleeping, {}), kind: 'customer-inactive' },
      { id: this.#invoice(near, {}), kind: 'customer-near-match' },
      ...twins.map((twin) => ({ id: this.#invoice(twin, {}), kind: 'ambiguous-company' })),
    ];
    return made;
  }
}
