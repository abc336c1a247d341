import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderCsv, renderCsvTable, reportAttachment, reportColumns } from './report-csv.ts';
import { hostileReport, hostileText, longReport, smallReport } from './testing/sample-report.ts';

const BOM = '\ufeff';

/** A strict reader after RFC 4180: CRLF ends a record, quotes only around a whole cell, a doubled quote is a quote. */
function readStrictly(text: string): string[][] {
  const records: string[][] = [];
  let at = text.startsWith(BOM) ? 1 : 0;
  const take = (expected: string): void => {
    if (!text.startsWith(expected, at)) throw new Error(`expected ${JSON.stringify(expected)} at ${String(at)}`);
    at += expected.length;
  };
  const quoted = (): string => {
    let value = '';
    take('"');
    for (;;) {
      if (at >= text.length) throw new Error('an open quote at the end');
      if (text.startsWith('""', at)) value += text.charAt(at++);
      else if (text[at] === '"') break;
      else value += text[at] ?? '';
      at += 1;
    }
    take('"');
    return value;
  };
  const bare = (): string => {
    const [value = ''] = /^[^",\r\n]*/.exec(text.slice(at)) ?? [];
    at += value.length;
    return value;
  };
  while (at < text.length) {
    const record = [text[at] === '"' ? quoted() : bare()];
    while (text[at] === ',') {
      at += 1;
      record.push(text[at] === '"' ? quoted() : bare());
    }
    take('\r\n');
    records.push(record);
  }
  return records;
}

/** As careless programs do it: every line break ends a record, every `separator` a cell, quotes and blanks are thrown away. */
const readNaively = (text: string, separator: RegExp): string[] =>
  text
    .replace(BOM, '')
    .split(/[\r\n\v\f\u0085\u2028\u2029]+/)
    .flatMap((line) => line.split(separator))
    .map((part) => part.replaceAll(/^["\s]+|["\s]+$/gu, ''));

const RUNS = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;
const isFormula = (value: string): boolean =>
  RUNS.test(value.replace(/^[\s"\u200b\ufeff]+/u, '')) && !/^-\d+(\.\d+)?$/.test(value);

describe('the CSV of a report', () => {
  it('has stable headers, a byte order mark, CRLF, and amounts as plain text', () => {
    const text = renderCsv(smallReport);
    expect(text.startsWith(BOM)).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const [head, first, second, , , last] = readStrictly(text);
    expect(head).toEqual([...reportColumns]);
    expect(head?.join()).toBe(
      'Autotask id,Copy,Autotask number,Company,Invoice date,State,QuickBooks number,QuickBooks id,Currency,Total,Tax,QuickBooks total,Message,What to do',
    );
    expect(first).toEqual([
      '48210',
      '0',
      'INV-20331',
      'Adventure Works Cycles',
      '2026-11-23',
      'done',
      '1042',
      '900',
      'USD',
      '1234.10',
      '12.40',
      '1234.10',
      '',
      '',
    ]);
    expect(second?.slice(9, 12)).toEqual(['20.50', '0.00', '20.50']);
    expect(last?.slice(9, 11)).toEqual(['-12.30', '-1.10']);
  });

  it('holds every row of a long run', () => {
    const records = readStrictly(renderCsv(longReport(10_000)));
    expect(records.length).toBe(10_001);
    expect(new Set(records.map((record) => record.length))).toEqual(new Set([reportColumns.length]));
  });

  it('never holds a formula, read strictly, by commas, by semicolons, by bars or by tabs', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const csv = renderCsv(hostileReport(text));
        const records = readStrictly(csv);
        expect(records.map((record) => record.length)).toEqual([14, 14, 14]);
        expect(records.flat().filter(isFormula)).toEqual([]);
        for (const separator of [/,/, /;/, /\|/, /\t/]) {
          expect(readNaively(csv, separator).filter(isFormula)).toEqual([]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('comes back as it went in, but for line breaks, control characters and the apostrophes', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(), (one, two) => {
        const [, record = []] = readStrictly(renderCsvTable(['a', 'b'], [[one, two]]));
        const bare = (text: string): string => text.toWellFormed().replaceAll(/[\p{Cc}\u2028\u2029\s']+/gu, '');
        expect(record.map(bare)).toEqual([bare(one), bare(two)]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is named after its day and run, whatever these hold', () => {
    expect(reportAttachment(smallReport).filename).toBe('ledgerferry-2026-11-24-0b9f7a52.csv');
    expect(reportAttachment({ ...smallReport, runId: '../"\r\nx', endedAt: '../../etc' }).filename).toMatch(
      /^[A-Za-z0-9-]+\.csv$/,
    );
  });
});
