/** One QuickBooks company: its rows, and what creating, changing and voiding them does (facts/qbo.md sections 3 and 4). */
import { decimal, roundHalfAwayFromZero, sum, ZERO, type Decimal } from '../../core/money.ts';
import { ExactNumber } from '../../platform/exact-json.ts';
import { faults, wireTime } from './errors.ts';
import { filterable, invoiceProperties } from './fields.ts';
import { parseQuery, valueOf, type Row } from './query.ts';

export interface RealmConfig {
  country: string;
  companyName: string;
  usingSalesTax: boolean;
  /** Absent: not a company with automated tax (facts section 4). */
  partnerTaxEnabled: boolean | null;
  customTxnNumbers: boolean;
  warnDuplicates: boolean;
  multiCurrency: boolean;
  homeCurrency: string;
  bookCloseDate: string | null;
  classTracking: boolean;
  readOnly: boolean;
  /** Percent that the automated tax engine takes of taxable lines. */
  automatedRate: string;
  /** Added to the engine's result: the one cent that users see. */
  taxQuirk: string;
  nextNumber: number;
}

export type Entity = Row & { Id: string; SyncToken: string };

const NAMED = ['Customer', 'Vendor', 'Employee'];
interface Line {
  readonly DetailType?: string;
  readonly Amount?: unknown;
  readonly Description?: string;
  readonly SalesItemLineDetail?: Row;
}

const exact = (value: unknown): Decimal | null =>
  value === undefined || value === null
    ? null
    : decimal(value instanceof ExactNumber ? value.source : String(value as number | string));
const money = (amount: Decimal): ExactNumber => new ExactNumber(amount.toFixed(2));
const refValue = (value: unknown): string | null =>
  value !== null && typeof value === 'object' && 'value' in value ? String(value.value) : null;

export class Realm {
  readonly id: string;
  readonly config: RealmConfig;
  readonly tables = new Map<string, Map<string, Entity>>();
  /** Rows as queries see them lag by this many real milliseconds. */
  queryLagMs = 0;
  /** Told of every change; null: deleted. */
  onChange: ((entity: string, id: string, row: Entity | null) => void) | null = null;
  readonly #now: () => Date;
  #nextId = 100;
  readonly #history: { at: number; entity: string; id: string; row: Entity | null }[] = [];

  constructor(id: string, config: Partial<RealmConfig>, now: () => Date) {
    this.id = id;
    this.#now = now;
    this.config = {
      country: 'US',
      companyName: 'Sandbox Company',
      usingSalesTax: false,
      partnerTaxEnabled: null,
      customTxnNumbers: false,
      warnDuplicates: true,
      multiCurrency: false,
      homeCurrency: 'USD',
      bookCloseDate: null,
      classTracking: false,
      readOnly: false,
      automatedRate: '8.25',
      taxQuirk: '0.00',
      nextNumber: 1001,
      ...config,
    };
    if (this.config.country === 'US')
      for (const code of ['TAX', 'NON']) this.put('TaxCode', { Id: code, Name: code, Active: true, TaxGroup: false });
  }

  table(entity: string): Map<string, Entity> {
    const known = this.tables.get(entity);
    if (known !== undefined) return known;
    const made = new Map<string, Entity>();
    this.tables.set(entity, made);
    return made;
  }

  /** Puts a row as given (seeding, people acting in QuickBooks). */
  put(entity: string, row: Row): Entity {
    const now = wireTime(this.#now());
    const id = typeof row['Id'] === 'string' ? row['Id'] : String(this.#nextId++);
    const before = this.table(entity).get(id);
    const token = before === undefined ? '0' : String(Number(before.SyncToken) + 1);
    const meta = { CreateTime: (before?.['MetaData'] as Row | undefined)?.['CreateTime'] ?? now, LastUpdatedTime: now };
    const stored: Entity = { domain: 'QBO', sparse: false, ...row, Id: id, SyncToken: token, MetaData: meta };
    this.table(entity).set(id, stored);
    this.#remember(entity, id, stored);
    return stored;
  }

  #remember(entity: string, id: string, row: Entity | null): void {
    this.#history.push({ at: this.#now().getTime(), entity, id, row });
    this.onChange?.(entity, id, row);
  }

  remove(entity: string, id: string): void {
    this.table(entity).delete(id);
    this.#remember(entity, id, null);
  }

  /** Rows as a query sees them: as they were when the lag began. */
  #lagging(entity: string): Entity[] {
    if (this.queryLagMs === 0) return [...this.table(entity).values()];
    const until = this.#now().getTime() - this.queryLagMs;
    const seen = new Map<string, Entity | null>();
    for (const one of this.#history) if (one.entity === entity && one.at <= until) seen.set(one.id, one.row);
    return [...seen.values()].filter((row) => row !== null);
  }

  query(text: string): Row {
    // One page of the documentation says case-insensitive, another the opposite; a library that runs in production sends
    // lower case, so the service must take it (facts 5.1).
    const named = (entity: string): string =>
      Object.keys(filterable).find((name) => name.toLowerCase() === entity.toLowerCase()) ?? entity;
    const parsed = parseQuery(text, (entity) => filterable[named(entity)] ?? null);
    const query = { ...parsed, entity: named(parsed.entity) };
    const rows = this.#lagging(query.entity).filter(
      (row) => (query.namesActive || row['Active'] !== false) && query.test(row),
    );
    if (query.isCount) return { totalCount: rows.length };
    rows.sort((a, b) => compareBy(query.order, a, b));
    const page = rows.slice(query.start - 1, query.start - 1 + query.max);
    return page.length === 0 ? {} : { [query.entity]: page, startPosition: query.start, maxResults: page.length };
  }

  changes(entities: readonly string[], since: Date): Row {
    const parts = entities.map((entity) => {
      const latest = new Map<string, { at: number; row: Entity | null }>();
      for (const one of this.#history)
        if (one.entity === entity && one.at >= since.getTime()) latest.set(one.id, { at: one.at, row: one.row });
      const rows = [...latest]
        .slice(0, 1000)
        .map(
          ([id, { at, row }]) =>
            row ?? { status: 'Deleted', domain: 'QBO', Id: id, MetaData: { LastUpdatedTime: wireTime(new Date(at)) } },
        );
      return rows.length === 0
        ? {}
        : { [entity]: rows, startPosition: 1, maxResults: rows.length, totalCount: rows.length };
    });
    return { CDCResponse: [{ QueryResponse: parts }] };
  }

  companyInfo(): Row {
    return {
      Id: '1',
      SyncToken: '0',
      CompanyName: this.config.companyName,
      LegalName: this.config.companyName,
      Country: this.config.country,
      NameValue: [{ Name: 'OfferingSku', Value: 'QuickBooks Online Plus' }],
    };
  }

  preferences(): Row {
    const { config } = this;
    return {
      Id: '1',
      SyncToken: '0',
      SalesFormsPrefs: {
        CustomTxnNumbers: config.customTxnNumbers,
        AllowDiscount: true,
        AllowDeposit: false,
        AutoApplyCredit: false,
      },
      AccountingInfoPrefs: {
        ...(config.bookCloseDate === null ? {} : { BookCloseDate: config.bookCloseDate }),
        ClassTrackingPerTxn: false,
        ClassTrackingPerTxnLine: config.classTracking,
        TrackDepartments: false,
      },
      TaxPrefs: {
        UsingSalesTax: config.usingSalesTax,
        ...(config.partnerTaxEnabled === null ? {} : { PartnerTaxEnabled: config.partnerTaxEnabled }),
      },
      CurrencyPrefs: { MultiCurrencyEnabled: config.multiCurrency, HomeCurrency: { value: config.homeCurrency } },
      OtherPrefs: { NameValue: [{ Name: 'WarnDuplicateCheckNumber', Value: String(config.warnDuplicates) }] },
    };
  }

  /** Create, update, sparse update; `operation` void and delete. Answers the row as stored. */
  write(entity: string, body: Row, operation: string, options: { allowDuplicateNumber: boolean }): Row {
    if (this.config.readOnly) throw faults.readOnly();
    if (operation === 'delete') return this.#delete(entity, body);
    if (operation === 'void') return this.#void(entity, body);
    if (typeof body['Id'] === 'string') return this.#update(entity, body);
    if (this.config.country === 'US') checkLatin1(body, entity);
    switch (entity) {
      case 'Invoice':
      case 'CreditMemo':
        return this.put(entity, this.#invoice(entity, body, options));
      case 'Customer':
      case 'Vendor':
      case 'Employee':
        return this.put(entity, this.#person(entity, body));
      case 'Item':
        return this.put(entity, this.#item(body));
      case 'Payment':
        return this.#payment(body);
      default:
        return this.put(entity, body);
    }
  }

  #current(entity: string, body: Row): Entity {
    const row = this.table(entity).get(String(body['Id']));
    if (row === undefined) throw faults.notFound();
    if (body['SyncToken'] !== undefined && String(body['SyncToken']) !== row.SyncToken) throw faults.stale();
    return row;
  }

  #update(entity: string, body: Row): Row {
    const row = this.#current(entity, body);
    const merged: Row = body['sparse'] === true ? { ...row, ...body } : { ...body };
    const name = NAMED.includes(entity) ? 'DisplayName' : 'Name';
    if (body['Active'] === false && row['Active'] !== false && typeof row[name] === 'string')
      merged[name] = `${row[name]} (deleted)`;
    return this.put(entity, { ...merged, sparse: false, Id: row.Id });
  }

  #delete(entity: string, body: Row): Row {
    const row = this.#current(entity, body);
    this.remove(entity, row.Id);
    return { domain: 'QBO', status: 'Deleted', Id: row.Id };
  }

  /** The row stays; amounts become zero and the note is prefixed (facts 3.4). */
  #void(entity: string, body: Row): Row {
    const row = this.#current(entity, body);
    if (this.config.bookCloseDate !== null && String(row['TxnDate']) <= this.config.bookCloseDate)
      throw faults.closed();
    const note = typeof row['PrivateNote'] === 'string' ? row['PrivateNote'] : '';
    const lines = (row['Line'] as Line[]).map((line) => ({ ...line, Amount: money(ZERO) }));
    return this.put(entity, {
      ...row,
      Line: lines,
      TotalAmt: money(ZERO),
      Balance: money(ZERO),
      TxnTaxDetail: { TotalTax: money(ZERO) },
      PrivateNote: `Voided${note === '' ? '' : ` ${note}`}`,
    });
  }

  /** QuickBooks mails an invoice; without any address it refuses (the code is inferred, facts 3.4). */
  send(id: string, to: string | null): Row {
    const row = this.table('Invoice').get(id);
    if (row === undefined) throw faults.notFound();
    const stored = (row['BillEmail'] as Row | undefined)?.['Address'];
    const address = to ?? (typeof stored === 'string' ? stored : '');
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(address)) throw faults.email(address);
    return this.put('Invoice', {
      ...row,
      EmailStatus: 'EmailSent',
      BillEmail: { Address: address },
      DeliveryInfo: { DeliveryType: 'Email', DeliveryTime: wireTime(this.#now()) },
    });
  }

  /** A payment lowers the balance of what it is linked to; QuickBooks bumps the invoice (facts 3.7). */
  #payment(body: Row): Row {
    const total = exact(body['TotalAmt']);
    if (total === null) throw faults.business('You must set a transaction amount.');
    const customer = refValue(body['CustomerRef']);
    if (customer === null) throw faults.missing('CustomerRef');
    const lines = Array.isArray(body['Line']) ? (body['Line'] as Row[]) : [];
    const row = { UnappliedAmt: money(ZERO), TxnDate: this.#now().toISOString().slice(0, 10), ...body };
    const stored = this.put('Payment', row);
    for (const line of lines) {
      for (const link of (line['LinkedTxn'] as Row[] | undefined) ?? []) {
        const kind = String(link['TxnType']);
        const target = this.table(kind).get(String(link['TxnId']));
        if (target === undefined) throw faults.notFound();
        this.#settle(kind, target, exact(line['Amount']) ?? ZERO, stored.Id);
      }
    }
    return stored;
  }

  #settle(kind: string, target: Entity, amount: Decimal, paymentId: string): void {
    const linked = (target['LinkedTxn'] as Row[] | undefined) ?? [];
    this.put(kind, {
      ...target,
      Balance: money((exact(target['Balance']) ?? ZERO).minus(amount)),
      LinkedTxn: [...linked, { TxnId: paymentId, TxnType: 'Payment' }],
    });
  }

  /** A person takes a payment back: it goes, and what it paid is open again. */
  takeBack(paymentId: string): void {
    const payment = this.table('Payment').get(paymentId);
    const lines = (payment?.['Line'] as Row[] | undefined) ?? [];
    for (const line of lines) {
      for (const link of (line['LinkedTxn'] as Row[] | undefined) ?? []) {
        const target = this.table(String(link['TxnType'])).get(String(link['TxnId']));
        if (target === undefined) continue;
        const left = ((target['LinkedTxn'] as Row[] | undefined) ?? []).filter((one) => one['TxnId'] !== paymentId);
        this.put(String(link['TxnType']), {
          ...target,
          Balance: money((exact(target['Balance']) ?? ZERO).plus(exact(line['Amount']) ?? ZERO)),
          LinkedTxn: left,
        });
      }
    }
    this.remove('Payment', paymentId);
  }

  #person(entity: string, body: Row): Row {
    const name = typeof body['DisplayName'] === 'string' ? body['DisplayName'] : '';
    if (name.trim() === '') throw faults.missing('DisplayName');
    if (/[:\t\n]/.test(name)) throw faults.characters('DisplayName');
    if (NAMED.some((kind) => [...this.table(kind).values()].some((row) => sameName(row['DisplayName'], name))))
      throw faults.duplicateName();
    const currency = refValue(body['CurrencyRef']) ?? this.config.homeCurrency;
    return {
      FullyQualifiedName: name,
      PrintOnCheckName: name,
      Active: true,
      Balance: money(ZERO),
      Job: false,
      ...body,
      ...(entity === 'Customer' ? { CurrencyRef: { value: currency } } : {}),
    };
  }

  #item(body: Row): Row {
    const name = typeof body['Name'] === 'string' ? body['Name'] : '';
    if (name.trim() === '') throw faults.missing('Name');
    if ([...name].length > 100) throw faults.tooLong('Name', 100, [...name].length);
    if ([...this.table('Item').values()].some((row) => sameName(row['Name'], name))) throw faults.duplicateName();
    const account = refValue(body['IncomeAccountRef']);
    if (body['Type'] !== 'Category' && (account === null || this.table('Account').get(account) === undefined))
      throw faults.missing('IncomeAccountRef');
    return { FullyQualifiedName: name, Active: true, ...body };
  }

  #invoice(entity: string, body: Row, options: { allowDuplicateNumber: boolean }): Row {
    const stranger = Object.keys(body).find((name) => !invoiceProperties.has(name));
    if (stranger !== undefined) throw faults.unknownProperty(stranger);
    const lines = Array.isArray(body['Line']) ? (body['Line'] as Line[]) : [];
    if (lines.length === 0) throw faults.missing('Line');
    this.#checkCustomer(body);
    const date = typeof body['TxnDate'] === 'string' ? body['TxnDate'] : this.#now().toISOString().slice(0, 10);
    if (this.config.bookCloseDate !== null && date <= this.config.bookCloseDate) throw faults.closed();
    for (const line of lines) this.#checkLine(line);
    const net = sum(lines.map((line) => exact(line.Amount) ?? ZERO));
    const tax = this.#tax(body, lines);
    const total = net.plus(tax);
    if (total.lt(ZERO)) throw faults.business('Transaction amount must be 0 or greater.');
    const number = this.#number(entity, body, options.allowDuplicateNumber);
    const term = this.table('Term').get(refValue(body['SalesTermRef']) ?? '');
    if (body['SalesTermRef'] !== undefined && term === undefined)
      throw faults.reference('Terms', refValue(body['SalesTermRef']) ?? '');
    const taxDetail = { ...(body['TxnTaxDetail'] as Row | undefined), TotalTax: money(tax) };
    const numbered = lines.map((line, index) => ({ Id: String(index + 1), LineNum: index + 1, ...line }));
    return {
      ...body,
      DocNumber: number,
      TxnDate: date,
      DueDate: body['DueDate'] ?? addDays(date, Number(term?.['DueDays'] ?? 30)),
      Line: [...numbered, { Amount: money(net), DetailType: 'SubTotalLineDetail', SubTotalLineDetail: {} }],
      TxnTaxDetail: taxDetail,
      TotalAmt: money(total),
      Balance: money(total),
      CurrencyRef: body['CurrencyRef'] ?? { value: this.config.homeCurrency },
      LinkedTxn: [],
      EmailStatus: body['EmailStatus'] ?? 'NotSet',
      PrintStatus: 'NeedToPrint',
      ...(number === undefined ? {} : {}),
    };
  }

  #checkCustomer(body: Row): void {
    const id = refValue(body['CustomerRef']);
    if (id === null) throw faults.missing('CustomerRef');
    const customer = this.table('Customer').get(id);
    if (customer === undefined) throw faults.reference('Names', id);
    if (customer['Active'] === false) throw faults.inactive();
    for (const [field, max] of [
      ['PrivateNote', 4000],
      ['DocNumber', 21],
    ] as const) {
      const value = body[field];
      if (typeof value === 'string' && [...value].length > max) throw faults.tooLong(field, max, [...value].length);
    }
    const memo = (body['CustomerMemo'] as Row | undefined)?.['value'];
    if (typeof memo === 'string' && [...memo].length > 1000)
      throw faults.tooLong('Customer Memo', 1000, [...memo].length);
  }

  #checkLine(line: Line): void {
    const detail = line.SalesItemLineDetail;
    if (line.DetailType !== 'SalesItemLineDetail' || detail === undefined) return;
    if ([...(line.Description ?? '')].length > 4000)
      throw faults.tooLong('Description', 4000, [...(line.Description ?? '')].length);
    const amount = exact(line.Amount);
    if (amount === null) throw faults.missing('Amount');
    const id = refValue(detail['ItemRef']);
    const item = id === null ? undefined : this.table('Item').get(id);
    if (item === undefined) throw faults.reference('Items', id ?? '');
    if (item['Active'] === false) throw faults.inactive();
    if (item['Type'] === 'Category')
      throw faults.business(
        'Invalid Reference Id: An item in this transaction is set up as a category instead of a product or service.',
      );
    const [quantity, price] = [exact(detail['Qty']), exact(detail['UnitPrice'])];
    if (quantity !== null && price !== null && !roundHalfUp(quantity.times(price)).eq(amount))
      throw faults.amount(amount.toFixed(2));
    this.#checkTaxCode(refValue(detail['TaxCodeRef']));
  }

  #checkTaxCode(code: string | null): void {
    if (this.config.country === 'US') {
      if (code !== null && code !== 'TAX' && code !== 'NON') throw faults.taxCode();
    } else if (code === null || this.table('TaxCode').get(code) === undefined) {
      throw faults.business('Make sure all your transactions have a VAT rate before you save.');
    }
  }

  /** Total tax by regime (facts section 4). */
  #tax(body: Row, lines: readonly Line[]): Decimal {
    const detail = body['TxnTaxDetail'] as Row | undefined;
    const override = exact(detail?.['TotalTax']);
    const codeOf = (line: Line): string | null => refValue(line.SalesItemLineDetail?.['TaxCodeRef']);
    const amount = (line: Line): Decimal => exact(line.Amount) ?? ZERO;
    if (this.config.country !== 'US') {
      const nets = new Map<string, Decimal>();
      for (const line of lines) nets.set(codeOf(line) ?? '', (nets.get(codeOf(line) ?? '') ?? ZERO).plus(amount(line)));
      return sum([...nets].map(([code, net]) => this.#taxOf(code, net)));
    }
    if (!this.config.usingSalesTax) return ZERO;
    const taxable = sum(lines.filter((line) => codeOf(line) === 'TAX').map(amount));
    if (override !== null) return override;
    if (this.config.partnerTaxEnabled === true) {
      if (taxable.eq(ZERO)) return ZERO;
      return roundHalfUp(taxable.times(decimal(this.config.automatedRate)).div(decimal('100'))).plus(
        decimal(this.config.taxQuirk),
      );
    }
    const header = refValue(detail?.['TxnTaxCodeRef']);
    return header === null || this.config.partnerTaxEnabled === false ? ZERO : this.#taxOf(header, taxable);
  }

  #taxOf(code: string, net: Decimal): Decimal {
    const list = (this.table('TaxCode').get(code)?.['SalesTaxRateList'] as Row | undefined)?.['TaxRateDetail'];
    const rates = Array.isArray(list)
      ? (list as Row[]).map((one) => this.table('TaxRate').get(refValue(one['TaxRateRef']) ?? ''))
      : [];
    return sum(rates.map((rate) => roundHalfUp(net.times(exact(rate?.['RateValue']) ?? ZERO).div(decimal('100')))));
  }

  /** Numbering with custom numbers on and off (facts 3.3). */
  #number(entity: string, body: Row, allowDuplicate: boolean): string | undefined {
    const given = body['DocNumber'];
    const { customTxnNumbers, warnDuplicates } = this.config;
    if (typeof given !== 'string' || given === '')
      return customTxnNumbers ? undefined : String(this.config.nextNumber++);
    const holder = [...this.table(entity).values()].find((row) => row['DocNumber'] === given);
    if (customTxnNumbers && warnDuplicates && holder !== undefined && !allowDuplicate)
      throw faults.duplicateNumber(given, holder.Id);
    return given;
  }
}

/** Half up: away from zero for what is above zero, as recorded (128.35 x 14.5 = 1861.08). */
const roundHalfUp = (amount: Decimal): Decimal => roundHalfAwayFromZero(amount, 2);
const sameName = (a: unknown, b: string): boolean =>
  typeof a === 'string' && a.trim().toLowerCase() === b.trim().toLowerCase();
const addDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

function compareBy(order: readonly { field: string; descending: boolean }[], a: Entity, b: Entity): number {
  for (const { field, descending } of order) {
    const [x, y] = [valueOf(a, field), valueOf(b, field)].map((value) =>
      field === 'Id' ? Number(value) : String(value as string),
    );
    if (x !== undefined && y !== undefined && x !== y) return (x < y ? -1 : 1) * (descending ? -1 : 1);
  }
  return 0;
}

/** US companies store ISO-8859-1 only (facts section 2; the code is inferred). */
function checkLatin1(value: unknown, field: string): void {
  if (typeof value === 'string' && /[^\u0000-\u00ff]/.test(value)) throw faults.characters(field);
  if (value instanceof ExactNumber || value === null || typeof value !== 'object') return;
  for (const [key, one] of Object.entries(value)) checkLatin1(one, key);
}
