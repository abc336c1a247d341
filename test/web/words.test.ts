/** What the desk calls things: every problem has a label that a person understands, and a day stays the day that it is. */
import { describe, expect, it } from 'vitest';
import { problemCodes } from '../../src/core/problem.ts';
import { codeWord, words } from '../../web/src/books/words.ts';
import { copyMeets } from '../../web/src/books/can.ts';
import { offeredFor } from '../../web/src/books/chosen.ts';
import { sinceThen } from '../../web/src/books/since.ts';
import { releasedBy } from '../../web/src/released.ts';
import { amountOf } from '../../web/src/books/filter.ts';
import { day } from '../../web/src/dates.ts';
import { told } from '../../web/src/told.ts';
import { freesAll } from '../../web/src/ways.ts';
import { shownState } from '../../web/src/words.ts';

/** Clear with their hyphens taken away, and nothing else. */
const CLEAR = [
  'voided',
  'copy-not-made',
  'lines-do-not-add-up',
  'too-many-lines',
  'number-too-long',
  'no-billing-code',
  'tax-code-missing',
  'tax-differs',
  'refused-by-quickbooks',
  'quickbooks-read-only',
  'deleted-in-quickbooks',
  'voided-in-quickbooks',
  'edited-in-quickbooks',
  'voided-in-autotask',
  'changed-in-autotask',
  'mark-changed-in-autotask',
  'paid-date-without-payment',
  'paid-date-missing',
];

describe('the label of a problem', () => {
  it.each(problemCodes)('%s has one, or is clear as it is', (code) => {
    expect(code in words.code || CLEAR.includes(code)).toBe(true);
    expect(codeWord(code).split(' ').length).toBeLessThanOrEqual(6);
  });

  it('none is left of a code that is gone', () => {
    const known: readonly string[] = problemCodes;
    expect([...Object.keys(words.code), ...CLEAR].filter((code) => !known.includes(code))).toEqual([]);
    expect(CLEAR.filter((code) => code in words.code)).toEqual([]);
  });
});

describe('a calendar date', () => {
  it('is written out and is of no time zone; what is none stands as it is', () => {
    const zone = process.env['TZ'];
    for (const TZ of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC']) {
      process.env['TZ'] = TZ;
      expect(day('2026-11-19')).toMatch(/19/);
      expect(day('2026-11-19')).toMatch(/2026/);
    }
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    expect([day(null), day('2026-13-45'), day('soon')]).toEqual(['', '2026-13-45', 'soon']);
  });
});

describe('an amount to filter by', () => {
  it('is understood as people type it and as the desk writes it', () => {
    expect(['10,000', '−1,234.5', ' 12.30 ', '1,234,567.89', ''].map(amountOf)).toEqual([
      '10000',
      '-1234.5',
      '12.30',
      '1234567.89',
      '',
    ]);
  });

  it('is null where it is none, so that the field can say so', () => {
    expect(['abc', '10,00', '1,2345', '1.2.3', '-', '12,34.5'].map(amountOf)).toEqual(Array(6).fill(null));
  });
});

it('“on hold” is what a person put there', () => {
  expect(shownState({ state: 'held', problems: [{ code: 'legacy-error' }] })).toBe('parked');
  expect(shownState({ state: 'held', problems: [{ code: 'on-hold' }] })).toBe('held');
  expect(shownState({ state: 'posted', problems: [] })).toBe('posted');
});

it('one cure frees all only where it lets them go on', () => {
  expect(freesAll({ actions: ['reactivate', 'link', 'hold', 'mark-done'] })).toBe(true);
  for (const actions of [['hold', 'mark-done'], ['accept', 'void'], []]) expect(freesAll({ actions })).toBe(false);
});

it('a copy meets what is in the way, each sentence once, and goes past age, marks and holds', () => {
  const problems = [
    { code: 'on-hold', text: 'A person put it on hold: wait.' },
    { code: 'name-in-use', text: 'The name is taken.' },
    { code: 'name-in-use', text: 'The name is taken.' },
  ];
  expect(copyMeets(problems)).toEqual({
    meets: ['The name is taken.'],
    passes: ['A person put it on hold: wait.'],
  });
});

it('a release stands until a run has gone by it', () => {
  const event = (from: string, to: string, reason: string | null) => ({ copyNumber: 0, from, to, reason });
  const held = [event('parked', 'held', 'on-hold'), event('held', 'waiting', 'released')];
  const shown = { copyNumber: 0, state: 'waiting', problems: [] };
  expect(releasedBy(shown, held)).toEqual({ wasHeld: true });
  expect(releasedBy(shown, [event('parked', 'held', 'legacy-error'), event('held', 'waiting', 'released')])).toEqual({
    wasHeld: false,
  });
  expect(releasedBy({ ...shown, problems: [{}] }, held)).toBe(null);
  expect(releasedBy({ ...shown, copyNumber: 1 }, held)).toBe(null);
  expect(releasedBy({ ...shown, state: 'parked' }, [...held, event('waiting', 'parked', 'item-missing')])).toBe(null);
});

describe('the bar of the chosen', () => {
  const row = (autotaskInvoiceId: number, state: string, code?: string) => ({
    autotaskInvoiceId,
    state,
    awaitsApproval: null,
    problems: code === undefined ? [] : [{ code }],
  });
  const all = { approve: true, book: true };
  const chosen = (...ids: number[]): ReadonlySet<number> => new Set(ids);

  it('says of each action to how many it is done, and why not to the others', () => {
    const rows = [row(1, 'held', 'on-hold'), row(2, 'parked'), row(3, 'waiting'), row(4, 'written_back')];
    const { offers, notes } = offeredFor(chosen(1, 2, 3, 4), rows, all);
    expect(offers.map(({ label, ids }) => [label, ids])).toEqual([
      ['Sync 3 of 4', [1, 2, 3]],
      ['Hold 2 of 4', [2, 3]],
      ['Release 1 of 4', [1]],
      ['Mark 3 of 4 done', [1, 2, 3]],
    ]);
    expect(notes).toEqual([
      'Sync, Mark done: 1 is in QuickBooks already.',
      'Hold: 1 is on hold already, 1 is in QuickBooks already.',
      'Release: 2 are not on hold, 1 is in QuickBooks already.',
    ]);
  });

  it('says why it offers nothing', () => {
    const rows = [row(1, 'posted'), row(2, 'verifying')];
    expect(offeredFor(chosen(1, 2), rows, all)).toEqual({
      offers: [],
      notes: ['Nothing can be done to them from here: 1 is in QuickBooks already, 1 is on the way right now.'],
    });
    expect(offeredFor(chosen(1), rows, { approve: false, book: false }).notes[0]).toMatch(/^Your role looks/);
  });

  it('of those on other pages it says that nothing is known yet', () => {
    const { offers, notes } = offeredFor(chosen(1, 8, 9), [row(1, 'written_back')], all);
    expect(offers[0]).toEqual({ action: 'sync', label: 'Sync 2 of 3', ids: [8, 9] });
    expect(notes.at(-1)).toMatch(/^2 stand on other pages/);
  });
});

it('a run says what it found, and what is true by now', () => {
  const row = { state: 'parked', problems: [{ code: 'customer-inactive', text: 'It is inactive.' }] };
  expect(sinceThen(row, null, false)).toBe(null);
  expect(sinceThen(row, null, true)?.now).toBe('decided since; the next run takes it up');
  expect(sinceThen(row, { state: 'written_back', codes: [] }, false)).toEqual({
    found: 'needed you then',
    now: 'in QuickBooks since',
  });
  expect(sinceThen(row, { state: 'held', codes: ['on-hold'] }, false)?.now).toBe('on hold since');
  expect(sinceThen(row, { state: 'skipped', codes: ['marked-done'] }, false)?.now).toBe('marked done since');
  expect(sinceThen({ ...row, state: 'ready' }, { state: 'parked', codes: ['name-in-use'] }, false)).toEqual({
    found: 'ready then',
    now: 'needs you for something else now',
  });
});

describe('a sentence of the server', () => {
  it('has its dates written out as everywhere on the desk, and true minus signs', () => {
    const text = 'It was created on 2026-11-03, before the cut-over date 2026-11-04. This one is -260.20 (tax -0.50).';
    expect(told(text)).toBe(
      `It was created on ${day('2026-11-03')}, before the cut-over date ${day('2026-11-04')}. This one is −260.20 (tax −0.50).`,
    );
  });

  it('keeps what it names', () => {
    for (const text of [
      'The customer “Move on 2026-11-03 -1.00” is inactive.',
      'It is already in QuickBooks as 2026-11-03 (id 7-1).',
      'web service date 2026-11-03T10:00:00Z',
      'It is linked to 2026-11-03/2.',
    ])
      expect(told(text)).toBe(text);
  });
});
