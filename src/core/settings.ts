/** The settings as a table: key, kind, default, help (design.md section 6). Parsing says what, where and how to mend it. */
import { parseAddress } from './address.ts';
import { isCalendarDate } from './dates.ts';
import { decimal, type Decimal } from './money.ts';
import { nearest } from './nearest.ts';

export interface Settings {
  readonly 'sync.status': 'sync' | 'paused' | 'next-batch';
  readonly 'sync.intervalMinutes': number;
  readonly 'sync.review': boolean;
  readonly 'invoices.numbering': Numbering;
  /** Calendar date in the connection's time zone. */
  readonly 'invoices.notBefore': string;
  readonly 'invoices.maxAgeDays': number;
  readonly 'invoices.settleMinutes': number;
  readonly 'invoices.emailToCustomers': boolean;
  readonly 'items.matchBy': 'name' | 'external-number' | 'id';
  readonly 'items.whenMissing': 'create' | 'default' | 'stop';
  readonly 'items.defaultItem': string;
  readonly 'items.incomeAccount': string;
  readonly 'items.createLimitPerRun': number;
  readonly 'customers.whenMissing': 'create' | 'stop';
  readonly 'customers.createLimitPerRun': number;
  readonly 'voids.sync': boolean;
  readonly 'voids.maxAgeDays': number;
  readonly 'payments.sync': boolean;
  readonly 'quickbooks.edition': 'auto' | 'us' | 'non-us';
  readonly 'tax.mode': 'quickbooks' | 'autotask' | 'hold-if-different';
  readonly 'tax.tolerance': Decimal;
  readonly 'negative.invoices': 'stop' | 'credit-memo';
  readonly 'zero.skipInvoices': boolean;
  readonly 'zero.skipLines': boolean;
  readonly 'terms.whenMissing': 'none' | 'stop';
  readonly 'memo.fields': readonly string[];
  readonly 'class.byLineOfBusiness': Readonly<Record<string, string>>;
  readonly 'location.byLineOfBusiness': Readonly<Record<string, string>>;
  readonly 'closedPeriod.mode': 'hold' | 'next-open-day';
  readonly 'pdf.attach': boolean;
  readonly 'reports.mainAddress': string;
  readonly 'reports.to': readonly string[];
  readonly 'reports.always': boolean;
  /** IANA name. */
  readonly 'connection.timeZone': string;
}

export type Numbering = 'quickbooks' | 'autotask-number' | 'autotask-id';
export type SettingKey = keyof Settings;

type Kind =
  | { readonly kind: 'choice'; readonly values: readonly string[]; readonly refused?: Readonly<Record<string, string>> }
  | { readonly kind: 'whole'; readonly min: number; readonly max: number }
  /** `words`: how off and on are written, where they are not false and true. */
  | { readonly kind: 'switch'; readonly refused?: boolean; readonly words?: readonly [off: string, on: string] }
  | { readonly kind: 'text' | 'date' | 'zone' | 'address' }
  /** `max` as text, in the company's currency. */
  | { readonly kind: 'money'; readonly max: string }
  | { readonly kind: 'list'; readonly values?: readonly string[]; readonly addresses?: boolean }
  | { readonly kind: 'table'; readonly refused?: boolean };

type Definition = Kind & { readonly default: string; readonly help: string };

const memoFields = ['order-number', 'tax-group', 'invoice-date', 'comments'] as const;
const LATER = 'not available yet';
/** Before the first is nothing that could be meant; after the last nothing would be posted in anybody's working life. */
const [DATE_MIN, DATE_MAX] = ['1970-01-01', '2099-12-31'];
/** Addresses beyond these belong into a mailing list of the mail server. */
const LIST_MAX = 50;

/** Defaults as text, as a person would type them. The date and the zone are set when a connection is made. */
export const settingTable: Readonly<Record<SettingKey, Definition>> = {
  'sync.status': {
    kind: 'choice',
    values: ['sync', 'paused', 'next-batch'],
    default: 'paused',
    help: 'whether invoices are looked for by themselves, or only when somebody asks',
  },
  'sync.intervalMinutes': {
    kind: 'whole',
    min: 1,
    max: 1440,
    default: '15',
    help: 'minutes from the end of a run to the next',
  },
  'sync.review': {
    kind: 'switch',
    words: ['off', 'on'],
    default: 'off',
    help: 'drafts wait until a person has approved them',
  },
  'invoices.numbering': {
    kind: 'choice',
    values: ['quickbooks', 'autotask-number', 'autotask-id'],
    default: 'quickbooks',
    help: 'QuickBooks’ own, which is written back, or Autotask’s number or id',
  },
  'invoices.notBefore': {
    kind: 'date',
    default: '1970-01-01',
    help: 'invoices created before this date are never posted by a run',
  },
  'invoices.maxAgeDays': {
    kind: 'whole',
    min: 1,
    max: 365,
    default: '14',
    help: 'days back, inclusive, by create date',
  },
  'invoices.settleMinutes': {
    kind: 'whole',
    min: 0,
    max: 60,
    default: '10',
    help: 'how long Autotask may still be building an invoice',
  },
  'invoices.emailToCustomers': {
    kind: 'switch',
    default: 'false',
    help: 'QuickBooks mails each new invoice to the customer',
  },
  'items.matchBy': {
    kind: 'choice',
    values: ['name', 'external-number', 'id'],
    default: 'name',
    help: 'which field of the billing code is the item’s name',
  },
  'items.whenMissing': {
    kind: 'choice',
    values: ['create', 'default', 'stop'],
    default: 'create',
    help: 'a product or service is created, the default item taken, or the invoice waits',
  },
  'items.defaultItem': {
    kind: 'text',
    default: '',
    help: 'item for lines without a billing code: QuickBooks id or exact name',
  },
  'items.incomeAccount': {
    kind: 'text',
    default: '',
    help: 'income account of created items: QuickBooks id or exact name',
  },
  'items.createLimitPerRun': {
    kind: 'whole',
    min: 0,
    max: 100000,
    default: '50',
    help: 'more than this in one run needs a decision; 0 = no limit',
  },
  'customers.whenMissing': {
    kind: 'choice',
    values: ['create', 'stop'],
    default: 'create',
    help: 'it is created from the Autotask company, or the invoice waits',
  },
  'customers.createLimitPerRun': {
    kind: 'whole',
    min: 0,
    max: 100000,
    default: '50',
    help: 'more than this in one run needs a decision; 0 = no limit',
  },
  'voids.sync': {
    kind: 'switch',
    default: 'false',
    help: 'voids are carried over to QuickBooks, except of what is paid',
  },
  'voids.maxAgeDays': { kind: 'whole', min: 1, max: 365, default: '14', help: 'days back to look for voided invoices' },
  'payments.sync': {
    kind: 'switch',
    default: 'true',
    help: 'what is paid in QuickBooks gets its paid date in Autotask',
  },
  'quickbooks.edition': {
    kind: 'choice',
    values: ['auto', 'us', 'non-us'],
    default: 'auto',
    help: 'found by itself from the QuickBooks company, unless you name it',
  },
  'tax.mode': {
    kind: 'choice',
    values: ['quickbooks', 'autotask', 'hold-if-different'],
    default: 'hold-if-different',
    help: 'where Autotask and QuickBooks work out different taxes',
  },
  'tax.tolerance': {
    kind: 'money',
    max: '100.00',
    default: '0.00',
    help: 'in the invoice’s currency; beyond it the taxes count as different',
  },
  'negative.invoices': {
    kind: 'choice',
    values: ['stop', 'credit-memo'],
    default: 'stop',
    help: 'the invoice waits, or a credit memo is made of it',
  },
  'zero.skipInvoices': { kind: 'switch', default: 'false', help: 'they are not posted and count as skipped' },
  'zero.skipLines': { kind: 'switch', default: 'false', help: 'the invoice is posted with its other lines' },
  'terms.whenMissing': {
    kind: 'choice',
    values: ['none', 'stop'],
    default: 'none',
    help: 'the invoice goes without terms, or waits',
  },
  'memo.fields': {
    kind: 'list',
    values: memoFields,
    default: memoFields.join(','),
    help: 'each on a line of its own; what is blank is left out',
  },
  'class.byLineOfBusiness': { kind: 'table', default: '', help: 'a class of QuickBooks on each line of the invoice' },
  'location.byLineOfBusiness': {
    kind: 'table',
    refused: true,
    default: '',
    help: 'QuickBooks location per line of business',
  },
  'closedPeriod.mode': {
    kind: 'choice',
    values: ['hold', 'next-open-day'],
    refused: { 'next-open-day': LATER },
    default: 'hold',
    help: 'the books are closed up to a day, and the invoice is dated before it',
  },
  'pdf.attach': {
    kind: 'switch',
    refused: true,
    default: 'false',
    help: 'the invoice as Autotask printed it, beside the one in QuickBooks',
  },
  'reports.mainAddress': {
    kind: 'address',
    default: '',
    help: 'where reports go; empty = the connecting user’s address',
  },
  'reports.to': { kind: 'list', addresses: true, default: '', help: 'they get every report beside the main address' },
  'reports.always': { kind: 'switch', default: 'false', help: 'a run that found nothing to do sends its report too' },
  'connection.timeZone': {
    kind: 'zone',
    default: 'UTC',
    help: 'region and city, such as America/Denver; days begin and end by it',
  },
};

export const settingKeys = Object.keys(settingTable) as readonly SettingKey[];

/** A setting that cannot be taken: which, what was given, what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

const isKey = (key: string): key is SettingKey => Object.hasOwn(settingTable, key);

/** The key, or an error with the nearest one. */
export function settingKey(key: string): SettingKey {
  if (isKey(key)) return key;
  const near = nearest(key, settingKeys, 4);
  throw new SettingError(
    `There is no setting "${key}".${near === null ? ' See: settings show' : ` Did you mean ${near}?`}`,
  );
}

/** Checks one value as a person types it; answers it in its normal form. @throws SettingError */
export function normalizeSetting(key: SettingKey, text: string): string {
  const refuse = (allowed: string): never => {
    throw new SettingError(`${key}: "${text}" is not allowed; it takes ${allowed}.`);
  };
  const definition = settingTable[key];
  const value = text.trim();
  switch (definition.kind) {
    case 'choice':
      if (!definition.values.includes(value)) return refuse(definition.values.join(', '));
      if (definition.refused?.[value] !== undefined)
        throw new SettingError(`${key}=${value} is ${definition.refused[value]}.`);
      return value;
    case 'whole': {
      const number = Number(value);
      return /^\d+$/.test(value) && number >= definition.min && number <= definition.max
        ? String(number)
        : refuse(`a whole number from ${String(definition.min)} to ${String(definition.max)}`);
    }
    case 'switch': {
      const on = /^(true|on|yes|1)$/i.test(value);
      if (!on && !/^(false|off|no|0)$/i.test(value))
        return refuse((definition.words ?? ['false', 'true']).toReversed().join(' or '));
      if (on && definition.refused === true) throw new SettingError(`${key}=true is ${LATER}.`);
      return definition.words?.[on ? 1 : 0] ?? String(on);
    }
    case 'date':
      return isCalendarDate(value) && value >= DATE_MIN && value <= DATE_MAX
        ? value
        : refuse(`a date such as 2026-03-31, from ${DATE_MIN} to ${DATE_MAX}`);
    case 'money':
      return /^\d{1,9}(\.\d{1,2})?$/.test(value) && decimal(value).lte(decimal(definition.max))
        ? decimal(value).toFixed(2)
        : refuse(`an amount such as 0.05, at most ${definition.max}`);
    case 'zone':
      return isZone(value) ? value : refuse('an IANA time zone such as America/Denver');
    case 'address':
      return value === '' || parseAddress(value) !== null ? value : refuse('an e-mail address');
    case 'text':
      return value.length <= 500 ? value : refuse('at most 500 characters');
    case 'list':
      return normalizeList(key, definition, value);
    case 'table':
      return normalizeTable(key, definition, value);
  }
}

/**
 * Settings that make no sense together, found when one of them is changed; null when there are none. `texts` are all settings
 * as they would be; what stood there before is left alone, so that another setting can always be changed.
 */
export function contradiction(
  texts: Readonly<Partial<Record<SettingKey, string>>>,
  changed: readonly SettingKey[],
): string | null {
  const key = (['items.whenMissing', 'items.defaultItem'] as const).find((one) => changed.includes(one));
  const isUseless = texts['items.whenMissing'] === 'default' && (texts['items.defaultItem'] ?? '') === '';
  return key === undefined || !isUseless
    ? null
    : `${key}: “default” needs a “Default item” to use, and none is chosen. Choose one together with it (terminal: settings set items.whenMissing=default items.defaultItem=NAME).`;
}

/** All changes in their normal form. @throws SettingError that names every one that is not taken, a line each */
export function normalizeSettings(changes: Readonly<Record<string, string>>): Record<string, string> {
  const wrong: string[] = [];
  const taken = Object.entries(changes).flatMap(([key, text]): [string, string][] => {
    try {
      return [[settingKey(key), normalizeSetting(settingKey(key), text)]];
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      wrong.push(error.message);
      return [];
    }
  });
  if (wrong.length > 0) throw new SettingError(wrong.join('\n'));
  return Object.fromEntries(taken);
}

const listOf = (text: string): string[] =>
  text
    .split(/[,;]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');

function normalizeList(key: SettingKey, definition: Extract<Kind, { kind: 'list' }>, value: string): string {
  const all = [...new Set(value === 'all' ? (definition.values ?? [value]) : listOf(value))];
  const wrong = all.find((one) =>
    definition.values === undefined
      ? definition.addresses === true && parseAddress(one) === null
      : !definition.values.includes(one),
  );
  if (all.length > LIST_MAX)
    throw new SettingError(
      `${key}: ${String(all.length)} entries are not allowed; it takes at most ${String(LIST_MAX)}.`,
    );
  if (wrong === undefined) return all.join(',');
  throw new SettingError(
    `${key}: "${wrong}" is not allowed; it takes ${definition.values === undefined ? 'e-mail addresses, separated by commas' : `all, or some of ${definition.values.join(', ')}`}.`,
  );
}

function normalizeTable(key: SettingKey, definition: Extract<Kind, { kind: 'table' }>, value: string): string {
  const rows = value
    .split(';')
    .map((row) => row.trim())
    .filter((row) => row !== '');
  if (rows.length > 0 && definition.refused === true) throw new SettingError(`${key} is ${LATER}.`);
  const wrong = rows.find((row) => !/^[^=]+=[^=]+$/.test(row));
  if (wrong !== undefined)
    throw new SettingError(`${key}: "${wrong}" is not allowed; it takes NAME=NAME, separated by semicolons.`);
  return rows
    .map((row) =>
      row
        .split('=')
        .map((side) => side.trim())
        .join('='),
    )
    .join(';');
}

function isZone(text: string): boolean {
  try {
    return (
      new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '' && /^[A-Za-z]/.test(text)
    );
  } catch {
    return false;
  }
}

/** Settings from their stored texts; what is missing has its default. @throws SettingError */
export function readSettings(stored: Readonly<Record<string, unknown>>): Settings {
  const texts = Object.fromEntries(
    settingKeys.map((key) => {
      const value = stored[key];
      return [key, normalizeSetting(key, typeof value === 'string' ? value : settingTable[key].default)];
    }),
  );
  return Object.fromEntries(settingKeys.map((key) => [key, typed(key, texts[key] ?? '')])) as unknown as Settings;
}

function typed(key: SettingKey, text: string): unknown {
  switch (settingTable[key].kind) {
    case 'whole':
      return Number(text);
    case 'switch':
      return text === 'true' || text === 'on';
    case 'money':
      return decimal(text);
    case 'list':
      return listOf(text);
    case 'table':
      return Object.fromEntries(
        text
          .split(';')
          .filter((row) => row !== '')
          .map((row) => row.split('=')),
      );
    default:
      return text;
  }
}
