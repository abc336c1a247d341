/** The table of settings, line by line as it was agreed: every key, every value, every default, and a sentence for the rest. */
import { describe, expect, it } from 'vitest';
import { normalizeSetting, readSettings, settingKey, settingKeys, settingTable, type SettingKey } from './settings.ts';

interface Line {
  readonly default: string;
  /** As a person types it -> as it is kept and shown. */
  readonly taken: Readonly<Record<string, string>>;
  /** As a person types it -> what the refusal says. */
  readonly refused: Readonly<Record<string, RegExp>>;
}

const choice = (standard: string, ...others: string[]): Line => ({
  default: standard,
  taken: Object.fromEntries([standard, ...others].map((one) => [one, one])),
  refused: {
    '': new RegExp([standard, ...others].toSorted().join('.*|')),
    other: new RegExp(standard),
    [standard.toUpperCase()]: /not allowed/,
    [`${standard}, ${others.join()}`]: /not allowed/,
  },
});

const whole = (standard: number, least: number, most: number): Line => ({
  default: String(standard),
  taken: { [String(least)]: String(least), [String(most)]: String(most), [` ${String(most)} `]: String(most) },
  refused: Object.fromEntries(
    [String(least - 1), String(most + 1), '', 'many', '1.5', '1e1', '-1', '0x10'].map((one) => [
      one,
      new RegExp(`whole number from ${String(least)} to ${String(most)}`),
    ]),
  ),
});

const yesOrNo = (standard: boolean): Line => ({
  default: String(standard),
  taken: { true: 'true', false: 'false', on: 'true', off: 'false', YES: 'true', no: 'false' },
  refused: { '': /true or false/, maybe: /true or false/, '2': /true or false/ },
});

const text = (longest: number): Line => ({
  default: '',
  taken: { '': '', 'Sales: Services': 'Sales: Services', [' 79 ']: '79' },
  refused: { ['x'.repeat(longest + 1)]: new RegExp(`at most ${String(longest)} characters`) },
});

const limit: Line = {
  default: '50',
  taken: { '0': '0', '1': '1', '10000': '10000' },
  refused: { '-1': /whole number from 0/, many: /whole number/ },
};

const agreed: Readonly<Record<SettingKey, Line>> = {
  'sync.status': choice('paused', 'sync', 'next-batch'),
  'sync.intervalMinutes': whole(15, 1, 1440),
  'sync.review': {
    default: 'off',
    taken: { on: 'on', off: 'off', true: 'on', false: 'off' },
    refused: { '': /on or off/, maybe: /on or off/ },
  },
  'invoices.numbering': choice('quickbooks', 'autotask-number', 'autotask-id'),
  'invoices.notBefore': {
    // A new connection begins on the day of connecting.
    default: '1970-01-01',
    taken: { '2026-02-28': '2026-02-28', '2024-02-29': '2024-02-29' },
    refused: { '': /a date/, '2026-02-30': /a date such as/, '28.02.2026': /a date/, '2026-13-01': /a date/ },
  },
  'invoices.maxAgeDays': whole(14, 1, 365),
  'invoices.settleMinutes': whole(10, 0, 60),
  'invoices.emailToCustomers': yesOrNo(false),
  'items.matchBy': choice('name', 'external-number', 'id'),
  'items.whenMissing': choice('create', 'default', 'stop'),
  'items.defaultItem': text(500),
  'items.incomeAccount': text(500),
  'items.createLimitPerRun': limit,
  'customers.whenMissing': choice('create', 'stop'),
  'customers.createLimitPerRun': limit,
  'voids.sync': yesOrNo(false),
  'voids.maxAgeDays': whole(14, 1, 365),
  'payments.sync': yesOrNo(true),
  'quickbooks.edition': choice('auto', 'us', 'non-us'),
  'tax.mode': choice('hold-if-different', 'quickbooks', 'autotask'),
  'tax.tolerance': {
    default: '0.00',
    taken: { '0': '0.00', '0.5': '0.50', '12.34': '12.34' },
    refused: { '': /an amount such as/, '-0.01': /an amount/, '0.001': /an amount/, '1,00': /an amount/, $1: /amount/ },
  },
  'negative.invoices': choice('stop', 'credit-memo'),
  'zero.skipInvoices': yesOrNo(false),
  'zero.skipLines': yesOrNo(false),
  'terms.whenMissing': choice('none', 'stop'),
  'memo.fields': {
    default: 'order-number,tax-group,invoice-date,comments',
    taken: {
      '': '',
      all: 'order-number,tax-group,invoice-date,comments',
      comments: 'comments',
      'comments; order-number, comments': 'comments,order-number',
    },
    refused: { 'order-number,colour': /"colour".*order-number, tax-group, invoice-date, comments/ },
  },
  'class.byLineOfBusiness': {
    default: '',
    taken: { '': '', 'Cloud = 12 ; Projects=Hardware:Build': 'Cloud=12;Projects=Hardware:Build' },
    refused: { Cloud: /NAME=NAME/, 'A=B=C': /NAME=NAME/, '=B': /NAME=NAME/ },
  },
  'location.byLineOfBusiness': { default: '', taken: { '': '' }, refused: { 'A=B': /not available yet/ } },
  'closedPeriod.mode': {
    default: 'hold',
    taken: { hold: 'hold' },
    refused: { 'next-open-day': /not available yet/, other: /hold, next-open-day/ },
  },
  'pdf.attach': { default: 'false', taken: { false: 'false', off: 'false' }, refused: { true: /not available yet/ } },
  'reports.mainAddress': {
    default: '',
    taken: { '': '', 'books@msp.example': 'books@msp.example' },
    refused: {
      nobody: /an e-mail address/,
      'a@b.example,c@d.example': /e-mail/,
      'a@b.example\nBcc: c@d.example': /e-mail/,
    },
  },
  'reports.to': {
    default: '',
    taken: { '': '', 'a@b.example; c@d.example,a@b.example': 'a@b.example,c@d.example' },
    refused: {
      'a@b.example,nobody': /"nobody".*e-mail addresses, separated by commas/,
      '"a@b"@c.example': /not allowed/,
    },
  },
  'reports.always': yesOrNo(false),
  'connection.timeZone': {
    // A new connection has the machine's.
    default: 'UTC',
    taken: { UTC: 'UTC', 'America/Denver': 'America/Denver', 'Asia/Kathmandu': 'Asia/Kathmandu' },
    refused: { '': /IANA/, 'Mars/Base': /IANA time zone such as/, '+02:00': /IANA/ },
  },
};

const keys = Object.keys(agreed).map(settingKey);

describe('the settings', () => {
  it('are those that were agreed, no more and no fewer', () => {
    expect([...settingKeys].toSorted()).toEqual(keys.toSorted());
  });

  it.each(keys)('%s has its default', (key) => {
    expect(settingTable[key].default).toBe(agreed[key].default);
    expect(normalizeSetting(key, settingTable[key].default)).toBe(agreed[key].default);
    expect(settingTable[key].help).toMatch(/^\S.{10,}/);
  });

  it.each(keys.flatMap((key) => Object.entries(agreed[key].taken).map(([typed, kept]) => ({ key, typed, kept }))))(
    '$key=$typed is kept as $kept',
    ({ key, typed, kept }) => {
      expect(normalizeSetting(key, typed)).toBe(kept);
      // What is shown can be typed again: an export is an import.
      expect(normalizeSetting(key, kept)).toBe(kept);
      expect(() => readSettings({ [key]: kept })).not.toThrow();
    },
  );

  it.each(keys.flatMap((key) => Object.entries(agreed[key].refused).map(([typed, says]) => ({ key, typed, says }))))(
    '$key=$typed is refused in words',
    ({ key, typed, says }) => {
      expect(() => normalizeSetting(key, typed)).toThrow(says);
      expect(() => normalizeSetting(key, typed)).toThrow(key);
    },
  );

  it('are read into the types that the rules use', () => {
    const settings = readSettings({
      'sync.review': 'on',
      'tax.tolerance': '0.5',
      'reports.to': 'a@b.example,c@d.example',
      'class.byLineOfBusiness': 'Cloud=12;Projects=Hardware',
    });
    expect(settings['sync.review']).toBe(true);
    expect(readSettings({ 'sync.review': 'false' })['sync.review']).toBe(false);
    expect(settings['tax.tolerance'].toFixed()).toBe('0.5');
    expect(settings['reports.to']).toEqual(['a@b.example', 'c@d.example']);
    expect(settings['class.byLineOfBusiness']).toEqual({ Cloud: '12', Projects: 'Hardware' });
    expect(settings['invoices.maxAgeDays']).toBe(14);
  });

  it('suggest the nearest key', () =>
    expect(() => settingKey('invoice.numbering')).toThrow(/Did you mean invoices\.numbering/));
});
