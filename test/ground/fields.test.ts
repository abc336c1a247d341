import { describe, expect, it } from 'vitest';
import { invoice } from '../../src/autotask/schemas.ts';
import { decimal } from '../../src/core/money.ts';
import { ExactNumber, parseExact } from '../../src/platform/exact-json.ts';
import * as fields from '../../src/platform/fields.ts';

const person = fields.row((get) => ({
  id: get('id', fields.integer),
  name: get('name', fields.textOrNull),
  owes: get('owes', fields.fieldOr(decimal('0'), fields.amount)),
  boss: get('boss', fields.memberOr(null, 'id', fields.integer)),
  isActive: get('isActive', fields.flagOr(true)),
}));

describe('a row of a vendor', () => {
  it('is read with its amounts exact, and what is missing as what stands for it', () => {
    const read = person.parse(
      parseExact('{"id":20401.0,"name":7,"owes":0.30000000000000004,"boss":{"id":"12"},"other":[1]}'),
    );
    expect({ ...read, owes: read.owes.toFixed() }).toEqual({
      id: 20401,
      name: '7',
      owes: '0.30000000000000004',
      boss: 12,
      isActive: true,
    });
    expect(person.parse({ id: 1, isActive: 0, owes: null })).toMatchObject({ name: null, boss: null, isActive: false });
  });

  it('tells of every field that cannot be read, by its key, and is then no row', () => {
    const read = person.safeParse({ id: 1.5, name: {}, owes: 'much', boss: 3 });
    expect(read.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)).toEqual([
      'id: expected a whole number',
      'name: expected a text',
      'owes: expected an amount of money',
      'boss: expected a whole number in id',
    ]);
    expect(fields.amount.read(12.5)).toBeUndefined();
    for (const none of [null, undefined, 'text', 5, []]) expect(person.safeParse(none).success).toBe(false);
  });

  it('is refused, not broken, where something is made of a field that could not be read', () => {
    const loud = fields.row((get) => get('name', fields.text).toUpperCase());
    expect(loud.parse({ name: 'ada' })).toBe('ADA');
    expect(loud.safeParse({ name: [] }).success).toBe(false);
    const broken = fields.row(() => {
      throw new Error('our own mistake');
    });
    expect(() => broken.safeParse({})).toThrow('our own mistake');
  });

  it('is refused for a point in time that no clock has', () => {
    const given = { id: 1, companyID: 2, invoiceDateTime: '2026-11-01T00:00:00', invoiceTotal: 12.5 };
    const made = (at: string) =>
      invoice.safeParse({ ...(parseExact(JSON.stringify(given)) as object), createDateTime: at });
    expect(made('2026-11-01T10:00:00.1234567').data?.createdAt).toBe('2026-11-01T10:00:00.123Z');
    expect(made('2026-13-01T10:00:00').error?.issues[0]).toMatchObject({
      path: ['createDateTime'],
      message: 'expected a point in time',
    });
  });

  it('has lists whole or not at all, and may pass over what is odd', () => {
    const numbers = fields.list(fields.integer);
    expect([numbers.read([1, '2']), numbers.read(null), numbers.read([1, 'x']), numbers.read('1')]).toEqual([
      [1, 2],
      [],
      undefined,
      undefined,
    ]);
    expect(fields.orNothing(numbers).read([1, 'x'])).toBeNull();
    expect(fields.orElse(0, fields.integer).read('x')).toBe(0);
  });

  it.each<[string, unknown, number | undefined]>([
    ['a number', 12, 12],
    ['a text of digits', '-12', -12],
    ['an exact number that is whole', new ExactNumber('20401.0'), 20401],
    ['half a number', new ExactNumber('1.5'), undefined],
    ['one that is not safe', new ExactNumber('9007199254740993'), undefined],
    ['a number in another form', '2e4', undefined],
    ['no number', true, undefined],
  ])('takes %s for an id as it should', (_what, given, read) => expect(fields.integer.read(given)).toBe(read));
});
