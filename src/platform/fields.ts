/**
 * How one field of a vendor's row is read. Each is one step: a union of the library tries one form after the other and makes
 * objects for each try, for every field of every row, which was a fifth of what a sync allocated.
 */
import { z } from 'zod';
import { decimal, type Decimal } from '../core/money.ts';
import { ExactNumber } from './exact-json.ts';

/** How a value is read; undefined for what cannot be. */
type Read<T> = (value: unknown) => T | undefined;

/** A field of a row: what is expected of it, for the error's words, and how it is read. */
export interface Field<T> {
  readonly expected: string;
  readonly read: Read<T>;
}

/** A field that must be there. */
export const field = <T>(expected: string, read: Read<T>): Field<T> => ({ expected, read });

/** A field that may be null or missing, and reads then as `none`. */
export const fieldOr = <T, N>(none: N, { expected, read }: Field<T>): Field<N | T> =>
  field<N | T>(expected, (value) => (value === null || value === undefined ? none : read(value)));

/** A field that stops nothing: where it is odd, it reads as `odd`. */
export const orElse = <T, N>(odd: N, { expected, read }: Field<T>): Field<T | N> =>
  field<T | N>(expected, (value) => read(value) ?? odd);
export const orNothing = <T>(inner: Field<T>): Field<T | null> => orElse(null, inner);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field that is an object, of which one member counts. */
export const member = <T>(name: string, { expected, read }: Field<T>): Field<T> =>
  field(`${expected} in ${name}`, (value) => (isObject(value) ? read(value[name]) : undefined));
/** The same, `none` where there is no such object. */
export const memberOr = <T, N>(none: N, name: string, inner: Field<T>): Field<N | T> =>
  fieldOr(none, member(name, inner));

/** A list, whole or not at all; empty where there is none. */
export const list = <T>({ expected, read }: Field<T>): Field<readonly T[]> =>
  field(`a list of ${expected}`, (value): readonly T[] | undefined => {
    if (value === null || value === undefined) return [];
    if (!Array.isArray(value)) return undefined;
    const all: T[] = [];
    for (const one of value) {
      const got = read(one);
      if (got === undefined) return undefined;
      all.push(got);
    }
    return all;
  });

/** A field among the library's own objects. */
export const asSchema = <T>({ expected, read }: Field<T>) =>
  z.transform<unknown, T>((value, context) => {
    const got = read(value);
    if (got !== undefined) return got;
    context.issues.push({ code: 'custom', message: `expected ${expected}`, input: value });
    return z.NEVER;
  });

/** Reads one field of the row in hand. */
export type Get = <T>(key: string, field: Field<T>) => T;

/**
 * A row, made of its fields in one go: `make` asks for each by its key. What cannot be read is told of every such field, each
 * with its key; then nothing of the row is used.
 */
export function row<T>(make: (get: Get) => T) {
  const schema = z.transform<unknown, T>((given, context) => {
    if (!isObject(given)) {
      context.issues.push({ code: 'custom', message: 'expected a row', input: given });
      return z.NEVER;
    }
    const get: Get = (key, { expected, read }) => {
      const got = read(given[key]);
      if (got !== undefined) return got;
      context.issues.push({ code: 'custom', message: `expected ${expected}`, input: given[key], path: [key] });
      return z.NEVER;
    };
    try {
      return make(get);
    } catch (error) {
      // Made of what could not be read, which is told already.
      if (context.issues.length === 0) throw error;
      return z.NEVER;
    }
  });
  makers.set(schema, make);
  return schema;
}

const makers = new WeakMap<z.ZodType, (get: Get) => unknown>();

/** The keys that a row is made of, for a vendor that sends only what is asked for; none for what is no `row`. */
export function keysOf(schema: z.ZodType): readonly string[] {
  const keys = new Set<string>();
  makers.get(schema)?.((key) => {
    keys.add(key);
    return null as never;
  });
  return [...keys];
}

/** No invoice has amounts beyond these: a number with a thousand digits is a broken reply, and would cost a minute to add. */
const AMOUNT_EXPONENT_MAX = 15;
const AMOUNT_DIGITS_MAX = 40;
const isSane = (value: Decimal): boolean =>
  Math.abs(value.e) <= AMOUNT_EXPONENT_MAX && value.c.length <= AMOUNT_DIGITS_MAX;

const NUMBER_TEXT = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : value instanceof ExactNumber ? value.source : undefined;

/** A JSON number, or a text that holds one, as an exact decimal in the currency of its row; no float is taken for one. */
export const amount = field('an amount of money', (value): Decimal | undefined => {
  const source = Number.isSafeInteger(value) ? String(value) : textOf(value);
  if (source === undefined || !NUMBER_TEXT.test(source)) return undefined;
  const read = decimal(source);
  return isSane(read) ? read : undefined;
});

const WHOLE = /^-?\d{1,15}$/;
/** An id or count: a whole number, tolerated as text and as `20401.0`. */
export const integer = field('a whole number', (value): number | undefined => {
  if (typeof value === 'string') return WHOLE.test(value) ? Number(value) : undefined;
  const number = value instanceof ExactNumber ? Number(value.source) : value;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
});
export const integerOrNull = fieldOr(null, integer);

/** A text; a number where a text is expected is taken as it is written. */
export const text = field('a text', (value) => (typeof value === 'number' ? String(value) : textOf(value)));
export const textOrNull = fieldOr(null, text);
/** A text that a number is not taken for. */
export const plainText = field('a text', (value) => (typeof value === 'string' ? value : undefined));

const flag = field('true or false', (value) =>
  typeof value === 'boolean' ? value : typeof value === 'number' ? value !== 0 : undefined,
);
/** True or false, also as 1 and 0; `otherwise` where nothing is said. */
export const flagOr = (otherwise: boolean): Field<boolean> => fieldOr(otherwise, flag);
