import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cell, header, html, linkAddress, visible } from './escape.ts';
import { hostileText } from './testing/sample-report.ts';

const runs = { numRuns: 1_000 };

describe('a spreadsheet’s cell', () => {
  it.each(['-12.30', '12.30', '0', '-0.5', '1042', ''])('leaves %j as it is', (text) => {
    expect(cell(text)).toBe(text);
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "' =1"],
    ['\rplain', "' plain"],
    ['  =1', "'  =1"],
    ['"=1"', '\'"=1"'],
    [' "\'=1', "' \"'=1"],
    ['\u200b=1', "'\u200b=1"],
    ['\uff1dA1', "'\uff1dA1"],
    ['\uff0b1', "'\uff0b1"],
    ['\uff0d1', "'\uff0d1"],
    ['\uff20x', "'\uff20x"],
    ['\u22121', "'\u22121"],
    ['Acme;=1', "Acme;'=1"],
    ['Acme, "=1', 'Acme,\' "=1'],
    ['-12.30 EUR', "'-12.30 EUR"],
    ['one\r\n=two', 'one =two'],
    ['Smith & Sons', 'Smith & Sons'],
    ['a-b', 'a-b'],
  ])('makes %j into %j', (text, safe) => {
    expect(cell(text)).toBe(safe);
  });
});

describe('what can be seen', () => {
  it('spells out what turns the direction or has no width', () => {
    expect(visible('in\u202evoice\u200b \u2066x')).toBe('in[U+202E]voice[U+200B] [U+2066]x');
    expect(visible('a\u{e0041}b\u3164')).toBe('a[U+E0041]b[U+3164]');
  });

  it('keeps emoji, accents and other scripts as they are', () => {
    for (const text of ['👩‍💻 👨🏽‍🔧 ❤️‍🔥', 'Müller', 'مرحبا', '日本電気', 'e\u0301']) expect(visible(text)).toBe(text);
  });

  it('never holds a control character, a line break or half a character', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(visible(text)).not.toMatch(
          /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\ufeff]/u,
        );
      }),
      runs,
    );
  });
});

describe('HTML', () => {
  it('leaves no mark-up, quote or bare ampersand', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(html(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
      runs,
    );
  });
});

describe('a header’s value', () => {
  it('is one line of at most 200 characters', () => {
    fc.assert(
      fc.property(hostileText(), fc.integer({ min: 1, max: 60 }), (text, times) => {
        const value = header(text.repeat(times));
        expect(value).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u);
        expect([...value].length).toBeLessThanOrEqual(200);
      }),
      runs,
    );
  });

  it('says with an ellipsis that it was cut', () => {
    expect(header('x'.repeat(300))).toBe(`${'x'.repeat(199)}…`);
    expect(header(' a\r\nBcc: b\tc ')).toBe('a Bcc: b c');
  });
});

describe('a link', () => {
  it('leads only to http and https, without a user name', () => {
    expect(linkAddress('https://ferry.example.com')).toBe('https://ferry.example.com/');
    expect(linkAddress('http://127.0.0.1:8787')).toBe('http://127.0.0.1:8787/');
    for (const wrong of [
      null,
      '',
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc',
      'https://a:b@example.com',
      'x',
    ]) {
      expect(linkAddress(wrong)).toBeNull();
    }
  });
});
