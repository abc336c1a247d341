import { describe, expect, it } from 'vitest';
import { writeExact, writeExactPieces } from '../platform/exact-json.ts';
import { PackedRows } from '../platform/packed-rows.ts';
import { chunksOf, firstRows, mapRows } from './rows.ts';

const packed = (...pages: number[][]): PackedRows<{ id: number }> => {
  const rows = new PackedRows<{ id: number }>();
  for (const page of pages) rows.add(page.map((id) => ({ id })));
  return rows;
};
const ids = (rows: Iterable<{ id: number }>): number[] => Array.from(rows, (row) => row.id);

describe('packed rows', () => {
  const rows = packed([1, 2], [], [3]);

  it('are read in their order, as often as one likes', () => {
    expect([rows.length, ids(rows), ids(rows)]).toEqual([3, [1, 2, 3], [1, 2, 3]]);
    expect(ids(firstRows(rows, 2))).toEqual([1, 2]);
    expect([...chunksOf(rows, 2)].map(ids)).toEqual([[1, 2], [3]]);
    expect([...mapRows(rows, (row) => row.id * 2)]).toEqual([2, 4, 6]);
  });

  it('are written as an array would be, whole and in pieces', () => {
    const text = '{"rows":[{"id":1},{"id":2},{"id":3}],"none":[]}';
    expect(JSON.stringify({ rows, none: packed() })).toBe(text);
    expect(writeExact({ rows, none: packed() })).toBe(text);
    expect([...writeExactPieces({ rows, none: packed() })].join('')).toBe(text);
    expect([...writeExactPieces({ rows: mapRows(rows, (row) => row), none: [] })].join('')).toBe(text);
  });
});
