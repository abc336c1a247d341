import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderReportText } from './report-text.ts';
import { stateOf, stateWord } from './report-words.ts';
import { clip, columnsOf, wrap } from './text-layout.ts';
import { hostileReport, hostileText, longReport, smallReport } from './testing/sample-report.ts';

const golden = `Northwind MSP · sync now · 2026-11-24 11:57 UTC
2 invoices are in QuickBooks, 2 wait for you, 1 goes later by itself.

Posted   Amount  Invoices
------  -------  --------
CAD       20.50         1
USD     1234.10         1

What is in the way

  1 invoice · For you
  QuickBooks has no customer “Fabrikam Residences & Sons”.
  > Create the customer there under this very name, link the company to another one, or choose “Create it” at
  “QuickBooks has no such customer” in the settings (terminal: settings set customers.whenMissing=create).
  Autotask ids: 48213

  1 invoice · For you
  The invoice total must be zero or greater; this one is -12.30.
  > Void and correct it in Autotask, or choose “Make a credit memo” at “A total below zero” in the settings
  (terminal: settings set negative.invoices=credit-memo).
  Autotask ids: 48214

  1 invoice · Goes on by itself
  Autotask created this invoice only at 11:52; it may still be adding lines.
  > Nothing to do: it goes with the first run after 12:02.
  Autotask ids: 48212

Invoices

Autotask  Number     Company                     QuickBooks    Total    Tax  In QuickBooks  Result
--------  ---------  --------------------------  ----------  -------  -----  -------------  ---------
48210     INV-20331  Adventure Works Cycles      1042        1234.10  12.40        1234.10  done
48211     INV-20332  日本電気株式会社            1043          20.50   0.00          20.50  done
48212                Tailspin Toys                           1234.10  12.40                 waits
    Autotask created this invoice only at 11:52; it may still be adding lines.
48213     INV-20334  Fabrikam Residences & Sons              1234.10  12.40                 needs you
    QuickBooks has no customer “Fabrikam Residences & Sons”.
48214     INV-20335  Contoso Pharmaceuticals                  -12.30  -1.10                 needs you
    The invoice total must be zero or greater; this one is -12.30.
`;

describe('a report as text', () => {
  it('looks like this', () => {
    expect(renderReportText(smallReport)).toBe(golden);
  });

  it('says the same with colours, which only decorate', () => {
    const coloured = renderReportText(smallReport, { colour: true });
    expect(coloured).toContain('\u001b[32m');
    expect(stripVTControlCharacters(coloured)).toBe(golden);
  });

  it.each([50, 60, 80, 100, 200])('fits a window of %i columns', (width) => {
    const lines = renderReportText(smallReport, { width }).split('\n');
    expect(Math.max(...lines.map(columnsOf))).toBeLessThanOrEqual(width);
    const table = lines.slice(lines.indexOf('Invoices'));
    expect(table.join('\n')).toMatch(/48213 .*needs you/);
    expect(table.join('\n')).toMatch(/1234\.10/);
  });

  it('lists all obstacles of a long run, 200 invoices, and says where the others are', () => {
    const text = renderReportText(longReport(10_000));
    expect(text.match(/QuickBooks has no customer “Customer \d+”\.\n {2}>/g)?.length).toBe(50);
    expect(text.match(/^\d+ +INV-20331/gm)?.length).toBe(200);
    expect(text).toContain('The first 200 of 10000 invoices are listed here; the CSV has all of them.');
    expect(renderReportText(longReport(300), 300).match(/^\d+ +INV-20331/gm)?.length).toBe(300);
  });

  it('sends no command to a terminal and no line of its own, whatever a name holds', () => {
    fc.assert(
      fc.property(hostileText(), fc.integer({ min: 30, max: 140 }), (text, width) => {
        const report = renderReportText(hostileReport(text), { width });
        expect(report).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069\u200b\u2028\u2029\p{Cs}]/u);
        expect(report).toContain('\nInvoices\n\nAutotask');
        expect(report.split('\n').filter((line) => line.startsWith('Invoices'))).toEqual(['Invoices']);
      }),
      { numRuns: 600 },
    );
  });
});

describe('laying out', () => {
  it('counts columns as a terminal does', () => {
    expect(['abc', '日本', 'e\u0301', '👩‍💻', '❤️', '🇩🇪', 'Ａ'].map(columnsOf)).toEqual([3, 4, 1, 2, 2, 2, 2]);
  });

  it('clips at whole characters', () => {
    expect(clip('日本電気', 6)).toBe('日本…');
    expect(clip('👩‍💻👩‍💻👩‍💻', 4)).toBe('👩‍💻…');
    expect(clip('abc', 3)).toBe('abc');
  });

  it('wraps at words, chops what is longer than a line, loses nothing', () => {
    expect(wrap('one two three four five', 18, '  ')).toEqual(['  one two three', '  four five']);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.integer({ min: 16, max: 60 }), (text, width) => {
        const lines = wrap(text, width);
        expect(Math.max(0, ...lines.map(columnsOf))).toBeLessThanOrEqual(width);
      }),
    );
    expect(wrap('x'.repeat(40), 16).join('')).toBe('x'.repeat(40));
  });
});

describe('the word of a state', () => {
  const told = (state: 'held' | 'parked', ...codes: string[]): string =>
    stateWord({ state, adopted: false, problems: codes.map((code) => ({ code })) });

  it('says “on hold” of what a person held, and “needs you” of all else that a person must look at', () => {
    expect(told('held', 'on-hold')).toBe('on hold');
    expect(told('held', 'legacy-error')).toBe('needs you');
    expect(told('held', 'legacy-error', 'on-hold')).toBe('on hold');
    expect(told('parked', 'customer-missing')).toBe('needs you');
    expect(stateOf('needs you')).toBe('parked');
    expect(stateOf('parked')).toBe('parked');
    expect(stateOf('nowhere')).toBeUndefined();
  });
});
