/** From Autotask's invoice to QuickBooks' draft, in the bookkeeper's words (facts/mission.md A5 to A9). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCents } from './cents.ts';
import { compareItems } from './compare-items.ts';
import { mapInvoice } from './map-invoice.ts';
import { decimal, sum } from './money.ts';
import { compareWithSource } from './preview.ts';
import { buildReport, withWarning, type ReportRow } from './report.ts';
import {
  codesOf,
  mapSample,
  sampleCode,
  sampleCompany,
  sampleCustomer,
  sampleDirectory,
  sampleInvoice,
  sampleItem,
  sampleLine,
  sampleQuickBooks,
  sampleSettings,
} from './testing/samples.ts';
import { problem } from './problem.ts';

describe('customers', () => {
  it.each([
    ['Acme Dental', 'acme  dental '],
    ['O’Brien & Sons', "O'BRIEN & SONS"],
    ['Iron Works: Fabrication', 'Iron Works- Fabrication'],
  ])('“%s” is found as “%s”', (company, customer) => {
    const mapped = mapSample({
      directory: sampleDirectory({
        companies: [sampleCompany({ name: company })],
        customers: [sampleCustomer({ name: customer })],
      }),
    });
    expect([mapped.newCustomer, mapped.draft.customer.id]).toEqual([null, '58']);
  });

  it.each<
    [what: string, code: string, changes: Parameters<typeof sampleDirectory>[0], settings?: Record<string, string>]
  >([
    [
      'inactive',
      'customer-inactive',
      { customers: [sampleCustomer({ name: 'Acme Dental (deleted)', active: false })] },
    ],
    ['nearly the same', 'customer-near-match', { customers: [sampleCustomer({ name: 'Acme Dental, LLC' })] }],
    ['missing, and the setting says stop', 'customer-missing', { customers: [] }, { 'customers.whenMissing': 'stop' }],
    ['two companies of one name', 'ambiguous-company', { companies: [sampleCompany(), sampleCompany({ id: 370 })] }],
    [
      'two companies whose names differ behind what fits',
      'ambiguous-company',
      {
        customers: [],
        companies: [
          sampleCompany({ name: `${'L'.repeat(100)} A` }),
          sampleCompany({ id: 370, name: `${'L'.repeat(100)} B` }),
        ],
      },
    ],
    [
      'two companies whose names differ in what no name there may hold',
      'ambiguous-company',
      { customers: [], companies: [sampleCompany({ name: 'Foo:Bar' }), sampleCompany({ id: 370, name: 'Foo-bar' })] },
    ],
    [
      'two companies whose names differ in what a US company cannot store',
      'ambiguous-company',
      { customers: [], companies: [sampleCompany({ name: 'Emo 😀' }), sampleCompany({ id: 370, name: 'Emo 😎' })] },
    ],
    [
      'taken by another company',
      'ambiguous-company',
      { links: new Map([['customer 7', '58']]), companies: [sampleCompany(), sampleCompany({ id: 7, name: 'Seven' })] },
    ],
    [
      'linked, and another company too, from before that was impossible',
      'ambiguous-company',
      { links: new Map(['customer 369', 'customer 7'].map((key) => [key, '58'])) },
    ],
    ['not shown to the API user', 'company-unreadable', { companies: [] }],
    [
      'in a foreign currency and new',
      'foreign-customer-missing',
      { customers: [], companies: [sampleCompany({ currencyId: 2 })], currencies: new Map([[2, 'EUR']]) },
    ],
    [
      'in another currency than there',
      'currency-mismatch',
      { companies: [sampleCompany({ currencyId: 2 })], currencies: new Map([[2, 'EUR']]) },
    ],
  ])('%s: %s', (_what, code, changes, settings) => {
    const mapped = mapSample({
      directory: sampleDirectory(changes),
      ...(settings === undefined ? {} : { settings: sampleSettings(settings) }),
    });
    expect(codesOf(mapped)).toEqual([code]);
  });

  it('a link is kept by id, whatever both sides are called now', () => {
    const mapped = mapSample({
      directory: sampleDirectory({
        links: new Map([['customer 369', '91']]),
        customers: [sampleCustomer(), sampleCustomer({ id: '91', name: 'Renamed Inc' })],
      }),
    });
    expect(mapped.draft.customer).toEqual({ id: '91', name: 'Renamed Inc' });
  });

  it('a new one gets the billing address, a legal name and the company’s name', () => {
    const mapped = mapSample({
      directory: sampleDirectory({
        customers: [],
        companies: [
          sampleCompany({
            name: 'Iron: Works',
            billingAddress: {
              line1: 'PO Box 1',
              line2: null,
              city: 'Reno',
              state: 'NV',
              postalCode: null,
              country: null,
            },
          }),
        ],
      }),
    });
    expect(mapped.newCustomer).toMatchObject({
      key: '369',
      displayName: 'Iron- Works',
      address: { line1: 'PO Box 1', city: 'Reno' },
    });
  });

  it('a person’s decision to create stands above near matches and the setting', () => {
    const mapped = mapSample({
      settings: sampleSettings({ 'customers.whenMissing': 'stop' }),
      directory: sampleDirectory({
        customers: [sampleCustomer({ name: 'Acme Dental LLC' })],
        decisions: new Set(['customer 369']),
      }),
    });
    expect([codesOf(mapped), mapped.newCustomer?.displayName]).toEqual([[], 'Acme Dental']);
  });

  it('a US company cannot hold a name of none of its letters; another edition can', () => {
    const directory = sampleDirectory({ customers: [], companies: [sampleCompany({ name: '株式会社' })] });
    expect(codesOf(mapSample({ directory }))).toEqual(['unsupported-characters']);
    const elsewhere = mapSample({ directory, quickbooks: sampleQuickBooks({ regime: 'non-us' }) });
    expect(elsewhere.newCustomer?.displayName).toBe('株式会社');
  });
});

describe('items', () => {
  const withCode = (
    code: Parameters<typeof sampleCode>[0],
    items: ReturnType<typeof sampleItem>[],
    settings: Record<string, string> = {},
  ) =>
    mapSample({
      directory: sampleDirectory({ billingCodes: [sampleCode(code)], items }),
      settings: sampleSettings(settings),
    });

  it.each<
    [
      what: string,
      code: Parameters<typeof sampleCode>[0],
      items: ReturnType<typeof sampleItem>[],
      settings: Record<string, string>,
      id: string,
    ]
  >([
    ['by exact name', {}, [sampleItem()], {}, '21'],
    ['by name in other case', { name: 'REMOTE support' }, [sampleItem()], {}, '21'],
    [
      'by the exact name where two differ in case only',
      {},
      [sampleItem({ id: '20', name: 'remote support', fullName: 'remote support' }), sampleItem()],
      {},
      '21',
    ],
    [
      'by external number',
      { externalNumber: 'SUP-1' },
      [sampleItem({ name: 'SUP-1', fullName: 'SUP-1' })],
      { 'items.matchBy': 'external-number' },
      '21',
    ],
    [
      'by name where the external number is blank',
      { externalNumber: ' ' },
      [sampleItem()],
      { 'items.matchBy': 'external-number' },
      '21',
    ],
    ['by id', {}, [sampleItem({ name: '1', fullName: '1' })], { 'items.matchBy': 'id' }, '21'],
    [
      'as a sub-item by ~',
      { name: 'Hardware~Cables' },
      [sampleItem({ name: 'Cables', fullName: 'Hardware:Cables' })],
      {},
      '21',
    ],
    [
      'by the default item',
      { name: 'New' },
      [sampleItem()],
      { 'items.whenMissing': 'default', 'items.defaultItem': 'Remote Support' },
      '21',
    ],
  ])('are found %s', (_what, code, items, settings, id) => {
    const mapped = withCode(code, items, settings);
    expect([codesOf(mapped), mapped.draft.lines[0]?.item.id]).toEqual([[], id]);
  });

  it.each<[code: string, items: ReturnType<typeof sampleItem>[], settings?: Record<string, string>]>([
    ['item-is-category', [sampleItem({ type: 'Category' })]],
    ['item-wrong-type', [sampleItem({ type: 'Group' })]],
    [
      'item-inactive',
      [sampleItem({ name: 'Remote Support (deleted)', fullName: 'Remote Support (deleted)', active: false })],
    ],
    [
      'item-ambiguous',
      [sampleItem({ id: '1', name: 'REMOTE SUPPORT' }), sampleItem({ id: '2', name: 'remote support' })],
    ],
    ['item-missing', [], { 'items.whenMissing': 'stop' }],
    ['income-account-missing', [], { 'items.incomeAccount': '' }],
    ['no-billing-code', [], { 'items.whenMissing': 'default' }],
    ['default-item-missing', [], { 'items.whenMissing': 'default', 'items.defaultItem': 'Gone' }],
  ])('stop with %s', (code, items, settings = {}) => {
    expect(codesOf(withCode({}, items, settings))).toEqual([code]);
  });

  it('an account that is no income account is refused by name', () => {
    const directory = sampleDirectory({
      items: [],
      accounts: [{ id: '5', name: 'Bank', fullName: 'Bank', type: 'Bank', active: true }],
    });
    const mapped = mapSample({ directory, settings: sampleSettings({ 'items.incomeAccount': 'Bank' }) });
    expect(mapped.problems[0]?.text).toMatch(/“Bank” is of type Bank/);
  });

  it('a line without a code is matched by its own name, else by the default item', () => {
    const lines = [sampleLine('10', { billingCodeId: null, itemName: 'Laptop' })];
    expect(codesOf(mapSample({ lines }))).toEqual(['no-billing-code']);
    expect(
      mapSample({
        lines,
        directory: sampleDirectory({ items: [sampleItem({ id: '9', name: 'Laptop', fullName: 'Laptop' })] }),
      }).draft.lines[0]?.item.id,
    ).toBe('9');
  });

  it('what a new one is made of', () => {
    const mapped = withCode(
      { name: 'After:Hours', description: 'Late work', unitPrice: decimal('99.5'), taxCategoryId: 3 },
      [],
    );
    expect(mapped.newItems).toEqual([
      {
        key: 'billing-code:1',
        name: 'After-Hours',
        description: 'Late work',
        unitPrice: decimal('99.5'),
        incomeAccountId: '79',
        taxable: true,
      },
    ]);
  });
});

describe('lines', () => {
  const quantityOf = (amount: string, quantity: string | null, rate: string | null, more = {}) => {
    const line = sampleLine(amount, {
      quantity: quantity === null ? null : decimal(quantity),
      rate: rate === null ? null : decimal(rate),
      ...more,
    });
    const [drafted] = mapSample({ lines: [line] }).draft.lines;
    return [drafted?.amount.toFixed(2), drafted?.quantity?.toFixed() ?? null, drafted?.unitPrice?.toFixed() ?? null];
  };
  it.each<[what: string, amount: string, quantity: string | null, rate: string | null, expected: (string | null)[]]>([
    ['exact', '787.50', '10.5', '75', ['787.50', '10.5', '75']],
    ['rounded half up, as QuickBooks does', '1861.075', '14.5', '128.35', ['1861.08', '14.5', '128.35']],
    ['covered labor: nothing is billed', '0', '3.0933', '125', ['0.00', null, null]],
    ['rounded otherwise', '100.01', '3', '33.33', ['100.01', null, null]],
    ['no rate', '5', '1', null, ['5.00', null, null]],
    ['quantity of zero', '5', '0', '5', ['5.00', null, null]],
    ['below zero, exact', '-50', '1', '-50', ['-50.00', '1', '-50']],
    ['below zero with half cents: the amount alone', '-1861.075', '14.5', '-128.35', ['-1861.08', null, null]],
    ['more decimals than QuickBooks keeps', '10', '1.123456789', '8.9', ['10.00', null, null]],
  ])('%s', (_what, amount, quantity, rate, expected) => {
    expect(quantityOf(amount, quantity, rate)).toEqual(expected);
  });
  it('a group carries its own text and its amount', () => {
    expect(quantityOf('30', '3', '10', { groupDescription: 'Three visits' })).toEqual(['30.00', null, null]);
  });

  it('go in Autotask’s order, then by id, and keep their text to 4,000 characters', () => {
    const lines = [
      sampleLine('1', { id: 9, sortOrder: 2, fullDescription: 'x'.repeat(5_000) }),
      sampleLine('2', { id: 4, sortOrder: 1 }),
      sampleLine('3', { id: 3, sortOrder: 1 }),
    ];
    const drafted = mapSample({ lines }).draft.lines;
    expect(drafted.map((line) => line.sourceLineId)).toEqual([3, 4, 9]);
    expect(drafted[2]?.description.length).toBe(4_000);
  });

  it('always add up to the rounded total, and none moves by more than a cent', () => {
    const four = fc.integer({ min: -9_999_999, max: 9_999_999 }).map((value) => decimal((value / 10_000).toFixed(4)));
    fc.assert(
      fc.property(fc.array(four, { minLength: 1, maxLength: 60 }), (amounts) => {
        const { net, lines } = toCents(amounts);
        expect(sum(lines.map((line) => line.amount)).eq(net)).toBe(true);
        for (const line of lines) expect(line.adjustment.abs().lte('0.01')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('of zero are left out by setting, and the preview says so', () => {
    const lines = [sampleLine('0', { id: 1 }), sampleLine('5', { id: 2 })];
    const mapped = mapSample({ lines, settings: sampleSettings({ 'zero.skipLines': 'true' }) });
    expect(mapped.draft.lines.length).toBe(1);
    expect(compareWithSource(sampleInvoice(), lines, mapped.draft)).toContainEqual({
      line: 1,
      field: 'line',
      autotask: '0.00',
      quickbooks: 'left out',
    });
  });

  it.each([
    ['taxable', 751, '1', ['too-many-lines']],
    ['taxable', 750, '1', []],
    ['untaxed', 10_001, '0', ['too-many-lines']],
    ['untaxed', 10_000, '0', []],
  ])('%s: %i', (_what, count, tax, expected) => {
    const lines = Array.from({ length: count }, (_one, at) => sampleLine('1', { id: at, tax: decimal(tax) }));
    const mapped = mapSample({
      lines,
      settings: sampleSettings({ 'tax.mode': 'quickbooks' }),
      quickbooks: sampleQuickBooks({ regime: 'us-automated' }),
    });
    expect(codesOf(mapped)).toEqual(expected);
  });

  it('carry the class of their line of business, by id, by name, or the one for none', () => {
    const directory = sampleDirectory({
      classes: [
        { id: '5', name: 'Managed', active: true },
        { id: '6', name: 'Other', active: true },
      ],
      linesOfBusiness: [{ id: 7, names: ['Services', 'Desk', 'Services / Desk'] }],
    });
    const lines = [
      sampleLine('1', { id: 1, lineOfBusinessId: 7 }),
      sampleLine('1', { id: 2, lineOfBusinessId: 8 }),
      sampleLine('1', { id: 3 }),
    ];
    const classesBy = (table: string) => {
      const mapped = mapSample({
        lines,
        directory,
        settings: sampleSettings({ 'class.byLineOfBusiness': table }),
        quickbooks: sampleQuickBooks({ classTracking: true }),
      });
      return [mapped.draft.lines.map((line) => line.classId), codesOf(mapped)];
    };
    expect(classesBy('Services / Desk=Managed;8=6;none=Other')).toEqual([['5', '6', '6'], []]);
    expect(classesBy('7=Managed')).toEqual([['5', null, null], []]);
    expect(classesBy('7=Gone')).toEqual([[null, null, null], ['class-missing']]);
  });
});

describe('taxes', () => {
  const code = (id: string, name: string, ...rates: string[]) => ({
    id,
    name,
    active: true,
    rates: rates.map((rate, at) => ({ id: `${id}-${String(at)}`, rate: decimal(rate) })),
  });
  const gb = sampleDirectory({
    taxCodes: [code('4', 'Standard', '20'), code('5', 'Exempt', '0'), code('6', 'Two', '5', '9.975')],
    taxCategories: new Map([
      [1, 'Standard'],
      [2, 'Two'],
    ]),
  });
  const mapTaxed = (
    tax: string,
    lines: ReturnType<typeof sampleLine>[],
    mode: string,
    regime: 'us-manual' | 'us-automated' | 'non-us' | 'us-none',
    directory = gb,
    region: string | null = null,
  ) =>
    mapSample({
      invoice: sampleInvoice({ tax: decimal(tax), taxRegionName: region }),
      lines,
      directory,
      settings: sampleSettings({ 'tax.mode': mode }),
      quickbooks: sampleQuickBooks({ regime }),
    });

  it('outside the US each line has the code of its category, an untaxed one a zero-rate code', () => {
    const lines = [sampleLine('100', { id: 1, tax: decimal('20'), taxCategoryId: 1 }), sampleLine('50', { id: 2 })];
    const mapped = mapTaxed('20', lines, 'hold-if-different', 'non-us');
    expect([
      codesOf(mapped),
      mapped.draft.lines.map((line) => line.taxCodeId),
      mapped.draft.tax.expectedTotal?.toFixed(2),
    ]).toEqual([[], ['4', '5'], '20.00']);
  });

  it('outside the US Autotask’s tax is kept by naming each rate, to the cent', () => {
    const lines = [sampleLine('4495.16', { tax: decimal('673.15'), taxCategoryId: 2 })];
    const mapped = mapTaxed('673.16', lines, 'autotask', 'non-us');
    expect(codesOf(mapped)).toEqual([]);
    const { overrideTotal, overrideLines } = mapped.draft.tax;
    expect(overrideTotal?.toFixed(2)).toBe('673.16');
    expect(sum(overrideLines.map((line) => line.amount)).toFixed(2)).toBe('673.16');
    expect(overrideLines.map((line) => line.rateId)).toEqual(['6-0', '6-1']);
  });

  it('a cent of difference is held by default, accepted within the tolerance, or left to QuickBooks', () => {
    const lines = [sampleLine('100', { tax: decimal('20.01'), taxCategoryId: 1 })];
    expect(codesOf(mapTaxed('20.01', lines, 'hold-if-different', 'non-us'))).toEqual(['tax-differs']);
    expect(codesOf(mapTaxed('20.01', lines, 'quickbooks', 'non-us'))).toEqual([]);
    const tolerant = mapSample({
      invoice: sampleInvoice({ tax: decimal('20.01') }),
      lines,
      directory: gb,
      settings: sampleSettings({ 'tax.tolerance': '0.01' }),
      quickbooks: sampleQuickBooks({ regime: 'non-us' }),
    });
    expect(codesOf(tolerant)).toEqual([]);
  });

  it('US, own rates: the code named like the region, on the taxable lines only', () => {
    const directory = sampleDirectory({ taxCodes: [code('2', 'State Tax', '2', '3')] });
    const lines = [sampleLine('100', { id: 1, tax: decimal('5') }), sampleLine('100', { id: 2 })];
    const mapped = mapTaxed('5', lines, 'hold-if-different', 'us-manual', directory, 'State Tax');
    expect([
      mapped.draft.tax.headerTaxCodeId,
      mapped.draft.lines.map((line) => line.taxCodeId),
      codesOf(mapped),
    ]).toEqual(['2', ['TAX', 'NON'], []]);
    expect(codesOf(mapTaxed('5', lines, 'hold-if-different', 'us-manual', directory, 'Other'))).toEqual([
      'tax-code-missing',
    ]);
  });

  it('US, automated: unknown until posted, or Autotask’s by override', () => {
    const lines = [sampleLine('100', { tax: decimal('8.25') })];
    expect(mapTaxed('8.25', lines, 'hold-if-different', 'us-automated').draft.tax.expectedTotal).toBe(null);
    expect(mapTaxed('8.25', lines, 'autotask', 'us-automated').draft.tax.overrideTotal?.toFixed(2)).toBe('8.25');
    const exempt = mapSample({
      lines: [sampleLine('100', { taxCategoryId: 1 })],
      directory: sampleDirectory({ companies: [sampleCompany({ isTaxExempt: true })] }),
      quickbooks: sampleQuickBooks({ regime: 'us-automated' }),
    });
    expect(exempt.draft.lines[0]?.taxCodeId).toBe('NON');
  });
});

describe('the header', () => {
  it('names all problems of an invoice at once', () => {
    const mapped = mapSample({
      invoice: sampleInvoice({ number: 'A'.repeat(22), tax: decimal('0') }),
      directory: sampleDirectory({ customers: [], items: [] }),
      settings: sampleSettings({
        'customers.whenMissing': 'stop',
        'items.whenMissing': 'stop',
        'invoices.numbering': 'autotask-number',
        'terms.whenMissing': 'stop',
      }),
      quickbooks: sampleQuickBooks({ booksClosedTo: '2026-03-31' }),
    });
    expect(new Set(codesOf(mapped))).toEqual(
      new Set(['custom-numbers-off', 'number-too-long', 'period-closed', 'customer-missing', 'item-missing']),
    );
  });

  it('terms by equal name, none where there is none, or a stop by setting', () => {
    expect(mapSample().draft.termId).toBe('3');
    const directory = sampleDirectory({ terms: [] });
    const without = mapSample({ directory, invoice: sampleInvoice({ tax: decimal('0'), dueDate: '2026-04-15' }) });
    expect([without.draft.termId, without.draft.dueDate, codesOf(without)]).toEqual([null, '2026-04-15', []]);
    expect(codesOf(mapSample({ directory, settings: sampleSettings({ 'terms.whenMissing': 'stop' }) }))).toEqual([
      'term-missing',
    ]);
    expect(
      mapSample({
        directory: sampleDirectory({
          terms: [{ id: '8', name: 'N30', active: true }],
          links: new Map([['term Net 30 Days', '8']]),
        }),
      }).draft.termId,
    ).toBe('8');
  });

  it('the memo has each chosen field on its own line, blanks left out, 1,000 characters at most', () => {
    const invoice = sampleInvoice({ tax: decimal('0'), orderNumber: 'PO-7', comments: ' \n', taxRegionName: 'VAT' });
    expect(mapSample({ invoice }).draft.memo).toBe('Order number: PO-7\nTax group: VAT\nInvoice date: 2026-03-01');
    expect(mapSample({ invoice, settings: sampleSettings({ 'memo.fields': 'order-number' }) }).draft.memo).toBe(
      'Order number: PO-7',
    );
    expect(
      mapSample({ invoice: sampleInvoice({ tax: decimal('0'), comments: 'c'.repeat(2_000) }) }).draft.memo?.length,
    ).toBe(1_000);
  });

  it('currency goes along only where the company has several', () => {
    const directory = sampleDirectory({
      customers: [sampleCustomer({ currency: 'EUR' })],
      companies: [sampleCompany({ currencyId: 2 })],
      currencies: new Map([[2, 'EUR']]),
    });
    const mapped = mapSample({ directory, quickbooks: sampleQuickBooks({ multiCurrency: true }) });
    expect([mapped.draft.currency, codesOf(mapped)]).toEqual(['EUR', []]);
    expect(mapSample().draft.currency).toBe(null);
  });

  it('below zero: stopped by default, a credit memo by setting', () => {
    const lines = [sampleLine('-20', { id: 1 }), sampleLine('5', { id: 2 })];
    expect(codesOf(mapSample({ lines }))).toEqual(['negative-total']);
    const memo = mapSample({ lines, settings: sampleSettings({ 'negative.invoices': 'credit-memo' }) });
    expect([memo.draft.kind, memo.draft.net.toFixed(2), codesOf(memo)]).toEqual(['credit-memo', '-15.00', []]);
  });

  it('the same input gives the same draft, whatever the order of lines and lists', () => {
    const lines = [3, 1, 2].map((id) => sampleLine('1', { id, sortOrder: id }));
    const of = (all: typeof lines) => JSON.stringify(mapSample({ lines: all }).draft);
    expect(of(lines)).toBe(of(lines.toReversed()));
    expect(typeof mapInvoice).toBe('function');
  });
});

describe('billing codes beside items', () => {
  const compared = (codes: Parameters<typeof sampleCode>[0][], items: ReturnType<typeof sampleItem>[], isUs = true) =>
    compareItems(sampleDirectory({ billingCodes: codes.map(sampleCode), items }), 'name', isUs);

  it.each<
    [
      what: string,
      code: Parameters<typeof sampleCode>[0],
      items: ReturnType<typeof sampleItem>[],
      result: string,
      fields: string[],
    ]
  >([
    ['the same', { description: null }, [sampleItem()], 'match', []],
    ['another description', {}, [sampleItem()], 'different', ['description']],
    [
      'another price',
      { description: null, unitPrice: decimal('75') },
      [sampleItem({ unitPrice: decimal('80') })],
      'different',
      ['price'],
    ],
    ['price of zero and none', { description: null, unitPrice: decimal('0') }, [sampleItem()], 'match', []],
    ['taxable there only', { description: null }, [sampleItem({ taxable: true })], 'different', ['taxable']],
    ['other case', { description: null, name: 'remote support' }, [sampleItem()], 'different', ['name']],
    ['a category', { description: null }, [sampleItem({ type: 'Category' })], 'different', ['type']],
    ['nothing', {}, [], 'missing', []],
    [
      'two',
      {},
      [sampleItem({ id: '1', name: 'REMOTE SUPPORT' }), sampleItem({ id: '2', name: 'remote support' })],
      'ambiguous',
      [],
    ],
  ])('%s', (_what, code, items, result, fields) => {
    const [row] = compared([code], items).rows;
    expect([row?.result, row?.differences.map((one) => one.field)]).toEqual([result, fields]);
  });

  it('inactive codes are left out; items of no code are named, categories are none', () => {
    const all = compared(
      [{ id: 2, name: 'Old', isActive: false }],
      [sampleItem(), sampleItem({ id: '30', name: 'Group', type: 'Category' })],
    );
    expect([all.rows, all.onlyInQuickBooks.map((one) => one.quickbooksItemId)]).toEqual([[], ['21']]);
  });
});

describe('the report', () => {
  const row = (id: number, changes: Partial<ReportRow> = {}): ReportRow => ({
    autotaskInvoiceId: id,
    copyNumber: 0,
    invoiceNumber: null,
    company: 'Acme',
    invoiceDate: '2026-03-01',
    state: 'written_back',
    quickbooksId: '1',
    quickbooksNumber: '1001',
    total: '10.00',
    tax: '0.00',
    quickbooksTotal: '10.00',
    currency: 'USD',
    adopted: false,
    isNew: true,
    problems: [],
    ...changes,
  });
  const head = {
    runId: 'r',
    kind: 'sync-now',
    state: 'finished',
    connection: 'C',
    requestedBy: 'p',
    startedAt: null,
    endedAt: null,
    failure: null,
  };

  it('counts, sums by currency, and groups obstacles by cause', () => {
    const cause = problem('item-missing', { item: 'After Hours' });
    const report = buildReport(head, [
      row(1),
      row(2, { currency: 'EUR', quickbooksTotal: '0.10' }),
      row(3, { currency: 'EUR', quickbooksTotal: '0.20' }),
      ...[4, 5].map((id) => row(id, { state: 'parked', isNew: false, problems: [cause] })),
      row(6, { state: 'skipped', isNew: false, problems: [problem('voided')] }),
    ]);
    expect(report.counts).toMatchObject({ posted: 3, needsPerson: 2, skipped: 1, waiting: 0 });
    expect(report.totals).toEqual([
      { currency: 'EUR', invoices: 2, total: '0.30' },
      { currency: 'USD', invoices: 1, total: '10.00' },
    ]);
    expect(report.obstacles.map((one) => [one.code, one.invoices])).toEqual([['item-missing', [4, 5]]]);
  });

  it('warns of what is about to leave the window unposted, seven days before', () => {
    const DAY = 86_400_000;
    const open = row(1, { state: 'parked' });
    const codes = (ageDays: number): string[] =>
      withWarning(open, { createdAt: 0, now: ageDays * DAY, maxAgeDays: 14 }).problems.map((one) => one.code);
    expect([codes(7), codes(8), codes(15), codes(16)]).toEqual([[], ['leaving-window'], ['leaving-window'], []]);
  });

  it('tells of all that leaves the window at once, after the causes that a person can cure', () => {
    const DAY = 86_400_000;
    const cause = problem('item-missing', { item: 'After Hours' });
    const open = [11, 9, 9, 12].map((age, index) =>
      withWarning(row(index, { state: 'parked', isNew: false, problems: index === 0 ? [cause] : [] }), {
        createdAt: (20 - age) * DAY,
        now: 20 * DAY,
        maxAgeDays: 14,
      }),
    );
    const { obstacles } = buildReport(head, open);
    expect(obstacles.map((one) => [one.code, one.invoices])).toEqual([
      ['item-missing', [0]],
      ['leaving-window', [0, 1, 2, 3]],
    ]);
    expect(obstacles[1]?.text).toContain('between 1970-01-24 and 1970-01-27 it leaves the window of 14 days');
    expect(open[1]?.problems[0]?.text).toContain('on 1970-01-27 it leaves');
  });

  it('tells what left the window while nobody looked', () => {
    const report = buildReport(head, [
      row(1, {
        state: 'skipped',
        isNew: false,
        changed: 'left-window',
        problems: [problem('outside-window', { createdOn: '2026-01-01', maxAgeDays: '14', invoiceId: '1' })],
      }),
    ]);
    expect([report.counts.needsPerson, report.obstacles[0]?.code]).toEqual([1, 'outside-window']);
  });
});
