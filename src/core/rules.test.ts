/** The pure centre, rule by rule. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCents } from './cents.ts';
import { comparePosted } from './compare-posted.ts';
import { dateIn, windowStart } from './dates.ts';
import { likeness, fold } from './directory.ts';
import { ineligibility, isMarked } from './eligibility.ts';
import { displayName, toLatin1 } from './latin1.ts';
import { newItemName } from './match-item.ts';
import { markersIn, markerText } from './marker.ts';
import { amountText, centsText, decimal, roundHalfAwayFromZero, sum } from './money.ts';
import { numberOf, numberProblem } from './numbering.ts';
import { problem, problemCodes, problemKinds } from './problem.ts';
import { fingerprintOf, judgeSettled } from './settle.ts';
import { sampleInvoice as invoice, sampleLine as line, sampleSettings as settings } from './testing/samples.ts';
import type { SourceInvoice } from './source.ts';
import { mayMove, transferStates, type TransferState } from './states.ts';

describe('money', () => {
  it('keeps what the JSON text said', () => {
    expect(decimal('386.6450').toFixed()).toBe('386.645');
    expect(sum([decimal('0.1'), decimal('0.2')]).toFixed()).toBe('0.3');
    expect(amountText(decimal('12.3'))).toBe('12.30');
    expect(amountText(decimal('52.7775'))).toBe('52.7775');
    expect(centsText(decimal('5'))).toBe('5.00');
    expect(() => centsText(decimal('5.001'))).toThrow(/parts of a cent/);
    expect(() => decimal('twelve')).toThrow(/not a decimal/);
  });

  it.each([
    ['0.005', '0.01'],
    ['-0.005', '-0.01'],
    ['1861.075', '1861.08'],
    ['2.345', '2.35'],
    ['-2.345', '-2.35'],
    ['2.344', '2.34'],
  ])('rounds %s half away from zero to %s', (from, to) => {
    expect(roundHalfAwayFromZero(decimal(from), 2).toFixed(2)).toBe(to);
  });
});

const amounts = fc
  .array(fc.integer({ min: -99_999_999, max: 99_999_999 }), { minLength: 1, maxLength: 40 })
  .map((all) => all.map((one) => decimal((BigInt(one) * 1n).toString()).div('10000')));

describe('cents', () => {
  it('lines always add up to the rounded sum, and no line moves by more than a cent and a half', () => {
    fc.assert(
      fc.property(amounts, (exact) => {
        const { net, lines } = toCents(exact);
        expect(net.eq(roundHalfAwayFromZero(sum(exact), 2))).toBe(true);
        expect(sum(lines.map((one) => one.amount)).eq(net)).toBe(true);
        for (const [index, one] of lines.entries())
          expect(
            one.amount
              .minus(exact[index] ?? 0 + '')
              .abs()
              .lte('0.015'),
          ).toBe(true);
      }),
    );
  });

  it('gives the missing cent to the line with the largest error, the first of equals', () => {
    const { net, lines } = toCents(['0.333', '0.333', '0.334'].map(decimal));
    expect(net.toFixed(2)).toBe('1.00');
    expect(lines.map((one) => one.amount.toFixed(2))).toEqual(
      ['0.33', '0.33', '0.34'].map((_one, index) => ['0.33', '0.33', '0.34'][index]),
    );
    expect(toCents(['0.004', '0.004', '0.004'].map(decimal)).lines.map((one) => one.amount.toFixed(2))).toEqual([
      '0.01',
      '0.00',
      '0.00',
    ]);
  });
});

describe('the window', () => {
  it('counts inclusively: 14 on 3 March reaches back to 17 February', () => {
    expect(windowStart('2026-03-03T12:00:00Z', 14, 'UTC')).toBe('2026-02-17T00:00:00Z');
  });

  it.each([
    ['2026-03-10T12:00:00Z', 'America/Denver', '2026-02-24T07:00:00Z'],
    ['2026-11-03T12:00:00Z', 'America/Denver', '2026-10-20T06:00:00Z'],
    ['2026-04-07T12:00:00Z', 'Pacific/Auckland', '2026-03-24T11:00:00Z'],
  ])('begins at the local day’s first instant across daylight saving: %s in %s', (now, zone, start) => {
    expect(windowStart(now, 14, zone)).toBe(start);
  });

  it('knows which day it is where the books are', () => {
    expect(dateIn('2026-03-01T03:00:00Z', 'America/Denver')).toBe('2026-02-28');
  });
});

describe('eligibility', () => {
  const judge = (changes: Partial<SourceInvoice>, extra: Record<string, string> = {}) =>
    ineligibility(invoice(changes), { settings: settings(extra), timeZone: 'UTC', now: '2026-03-05T00:00:00Z' })
      ?.code ?? null;
  it.each<[string, Partial<SourceInvoice>, Record<string, string>, string | null]>([
    ['no number, QuickBooks numbers', {}, {}, null],
    ['a blank number counts as none', { number: '  ' }, {}, null],
    ['numbered already, QuickBooks numbers', { number: '1085' }, {}, 'already-marked'],
    ['numbered, Autotask numbers', { number: '1085' }, { 'invoices.numbering': 'autotask-number' }, null],
    [
      'processed, Autotask numbers',
      { processedAt: '2026-03-02T00:00:00Z' },
      { 'invoices.numbering': 'autotask-number' },
      'already-marked',
    ],
    ['processed, QuickBooks numbers: only the number is the mark', { processedAt: '2026-03-02T00:00:00Z' }, {}, null],
    ['the old app’s ERROR', { number: 'ERROR' }, {}, 'legacy-error'],
    ['voided', { isVoided: true }, {}, 'voided'],
    ['before the cut-over', {}, { 'invoices.notBefore': '2026-03-02' }, 'before-cut-over'],
    ['on the day of the cut-over', {}, { 'invoices.notBefore': '2026-03-01' }, null],
    ['the last day of the window', { createdAt: '2026-02-19T00:00:00Z' }, {}, null],
    ['a second before the window', { createdAt: '2026-02-18T23:59:59Z' }, {}, 'outside-window'],
  ])('%s', (_name, changes, extra, code) => expect(judge(changes, extra)).toBe(code));

  it('ERROR is no number', () => expect(isMarked(invoice({ number: 'ERROR' }), 'quickbooks')).toBe(false));
});

describe('settling', () => {
  const read = (now: string, previous: string | null = null) => ({ now: new Date(now), settleMs: 600_000, previous });
  const old = read('2026-03-02T00:00:00Z');
  const whole = [line('52.7775')];
  it('a young invoice waits', () =>
    expect(judgeSettled(invoice(), whole, read('2026-03-01T09:50:00Z'))).toMatchObject({
      kind: 'waiting',
      problem: { code: 'settling' },
    }));
  it('an old one that adds up as net is settled by one read', () =>
    expect(judgeSettled(invoice(), whole, old).kind).toBe('settled'));
  it('as gross too', () =>
    expect(judgeSettled(invoice({ total: decimal('63.8608') }), whole, old).kind).toBe('settled'));
  it('a hundredth of a cent less is refused', () =>
    expect(judgeSettled(invoice(), [line('52.7774')], old)).toMatchObject({
      kind: 'refused',
      problem: { code: 'lines-do-not-add-up' },
    }));
  it('no lines are refused', () =>
    expect(judgeSettled(invoice(), [], old)).toMatchObject({ kind: 'refused', problem: { code: 'no-lines' } }));
  it('one that moved since it was young waits once more', () => {
    const before = fingerprintOf(invoice(), [line('10.0000')]);
    expect(judgeSettled(invoice(), whole, { ...old, previous: before })).toMatchObject({
      kind: 'waiting',
      problem: { code: 'still-moving' },
    });
    expect(judgeSettled(invoice(), whole, { ...old, previous: fingerprintOf(invoice(), whole) }).kind).toBe('settled');
  });
});

describe('numbers', () => {
  it.each([
    ['quickbooks', 'AT-1', null],
    ['autotask-number', 'AT-1', 'AT-1'],
    ['autotask-number', '', '155'],
    ['autotask-number', 'ERROR', '155'],
    ['autotask-id', 'AT-1', '155'],
  ] as const)('%s with “%s” is %s', (mode, number, sent) => {
    expect(numberOf(invoice({ number }), mode)).toBe(sent);
  });
  it('takes 21 characters, not 22', () => {
    expect(numberProblem('123456789012345678901', true)).toBe(null);
    expect(numberProblem('1234567890123456789012', true)?.code).toBe('number-too-long');
  });
});

describe('markers', () => {
  it('are found anywhere in a note, also behind a void’s prefix', () => {
    const text = markerText({ connectionKey: 'A1B2', invoiceId: 155, copyNumber: 1 });
    expect(markersIn(`Voided please keep ${text} thanks`)).toEqual([
      { connectionKey: 'A1B2', invoiceId: 155, copyNumber: 1 },
    ]);
    expect(markersIn('XLF:A:1:0')).toEqual([]);
    expect(markersIn(null)).toEqual([]);
  });
});

describe('states', () => {
  const allowed: Record<string, TransferState[]> = {
    seen: ['waiting', 'ready', 'parked', 'held', 'skipped'],
    waiting: ['waiting', 'ready', 'parked', 'held', 'skipped'],
    parked: ['waiting', 'ready', 'parked', 'held', 'skipped'],
    held: ['waiting', 'ready', 'parked', 'held', 'skipped'],
    skipped: ['seen'],
    ready: ['waiting', 'parked', 'held', 'skipped', 'posting', 'posted'],
    posting: ['posted', 'verifying', 'ready', 'parked'],
    verifying: ['posted', 'ready', 'parked'],
    posted: ['written_back', 'voided'],
    written_back: ['voided'],
    voided: [],
  };
  it('move as the table of the design says, and in no other way', () => {
    for (const from of transferStates)
      for (const to of transferStates) expect(mayMove(from, to), `${from} to ${to}`).toBe(allowed[from]?.includes(to));
  });
});

describe('problems', () => {
  it('have a sentence and a remedy each, and fill in what they are given', () => {
    for (const code of problemCodes) {
      const kind = problemKinds[code];
      expect(kind.text.length, code).toBeGreaterThan(10);
      expect(kind.remedy.length, code).toBeGreaterThan(10);
    }
    expect(problem('number-too-long', { number: 'X', length: '30' }).text).toContain('30 characters');
  });
});

describe('names', () => {
  it.each([
    ['  Acme   Dental ', 'acme dental'],
    ['ÉCOLE', 'école'],
  ])('%s is compared as %s', (name, folded) => expect(fold(name)).toBe(folded));
  it.each([
    ['Riverside Clinic, Inc.', 'Riverside Clinic Inc'],
    ['The Baker & Sons LLC', 'Baker and Sons'],
    ['Café Olé', 'Cafe Ole'],
  ])('%s is nearly %s', (a, b) => expect(likeness(a)).toBe(likeness(b)));
  it.each([
    ['Łódź – “Nord”', 'Lódz - "Nord"'],
    ['日本', ''],
    ['Ünï', 'Ünï'],
    ['one\ttwo', 'one two'],
    ['emoji 🎉 end', 'emoji  end'],
  ])('%s is stored by a US company as “%s”', (text, latin) => expect(toLatin1(text)).toBe(latin));
  it.each([true, false])('colons, tabs and newlines become hyphens, in the US (%s) and elsewhere', (isUs) => {
    expect(displayName(' Acme:\tEast\nWing  1', isUs)).toBe('Acme--East-Wing 1');
    expect(newItemName('Labor\tAfter:Hours', isUs)).toBe('Labor-After-Hours');
  });
  it('everything that comes out is Latin-1', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => /^[\u0000-\u00ff]*$/.test(toLatin1(text))),
      { numRuns: 500 },
    );
  });
});

describe('what QuickBooks answered', () => {
  const expected = {
    number: null,
    total: decimal('10.00'),
    tax: decimal('1.00'),
    sourceTotal: decimal('10.00'),
    sourceTax: decimal('1.00'),
  };
  const rules = settings();
  const codes = (
    posted: { number?: string | null; total?: string; tax?: string },
    more: Partial<typeof expected> = {},
    by = rules,
  ): string[] =>
    comparePosted(
      { ...expected, ...more },
      { number: posted.number ?? '7', total: decimal(posted.total ?? '10.00'), tax: decimal(posted.tax ?? '1.00') },
      by,
    ).map((one) => one.code);
  it('the same is no problem', () => expect(codes({})).toEqual([]));
  it('one cent is', () => expect(codes({ total: '10.01' })).toEqual(['differs-after-post']));
  it('the same total with another tax is', () => expect(codes({ tax: '1.01' })).toEqual(['differs-after-post']));
  it('no number where QuickBooks should have made one is', () =>
    expect(codes({ number: '' })).toEqual(['number-missing']));
  it('another number than sent is', () =>
    expect(
      comparePosted(
        { ...expected, number: 'AT-1' },
        { number: '7', total: decimal('10.00'), tax: decimal('1.00') },
        rules,
      ).map((one) => one.code),
    ).toEqual(['number-not-echoed']));
});
