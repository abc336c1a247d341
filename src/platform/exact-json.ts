/**
 * JSON whose numbers stay exact: a number that is not a plain safe integer keeps its source text, and amounts are written
 * as the text they are. No amount passes through a binary float on its way from one vendor to the other.
 */
import { z } from 'zod';
import { decimal, type Decimal } from '../core/money.ts';

/** A JSON number by its source text, such as `386.6450`. */
export class ExactNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

interface ReviverContext {
  readonly source?: string;
}
type ExactReviver = (this: unknown, key: string, value: unknown, context: ReviverContext) => unknown;

/** The two additions to JSON that Node has since 22 and that the type library does not know yet. */
interface ExactJson {
  parse(text: string, reviver: ExactReviver): unknown;
  rawJSON(text: string): object;
}
const exactJson = JSON as unknown as ExactJson;

/**
 * What no database and no vendor's form can store: a zero byte, and half of a surrogate pair. One such letter in one text
 * would stop the whole run, so the first is left out and the second becomes U+FFFD, in keys and values alike.
 */
const STORABLE = /\\(?:\\|u0000|u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|u[dD][89a-fA-F]\w\w)/g;
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])/;
const PAIR = 12;
const storable = (text: string): string =>
  SUSPECT.test(text)
    ? text.replaceAll(STORABLE, (found) =>
        found === '\\\\' || found.length === PAIR ? found : found === '\\u0000' ? '' : '\\ufffd',
      )
    : text;

/** Parses JSON text of a vendor; throws a SyntaxError on anything that is not JSON. */
export const parseExact = (text: string): unknown =>
  exactJson.parse(storable(text), (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? new ExactNumber(context.source)
      : keepWhole(value, context),
  );

/** `1.5` prints as its source, yet must not stay a float: only whole numbers remain numbers. */
const keepWhole = (value: unknown, context: ReviverContext): unknown =>
  typeof value === 'number' && !Number.isSafeInteger(value) ? new ExactNumber(context.source ?? String(value)) : value;

/** A decimal as a raw JSON number for `JSON.stringify`. */
export const rawAmount = (amount: Decimal, places?: number): object =>
  exactJson.rawJSON(places === undefined ? amount.toFixed() : amount.toFixed(places));

/** Writes a parsed value again, exact numbers by their source. */
export const writeExact = (value: unknown, indent?: number): string =>
  JSON.stringify(
    value,
    (_key, one: unknown) => (one instanceof ExactNumber ? exactJson.rawJSON(one.source) : one),
    indent,
  );

/** No invoice has amounts beyond these: a number with a thousand digits is a broken reply, and would cost a minute to add. */
const AMOUNT_EXPONENT_MAX = 15;
const AMOUNT_DIGITS_MAX = 40;
const isSane = (value: Decimal): boolean =>
  Math.abs(value.e) <= AMOUNT_EXPONENT_MAX && value.c.length <= AMOUNT_DIGITS_MAX;

const PIECE = 65_536;

/** The same text in pieces, so that a document of ten thousand rows is never one string. */
export function* writeExactPieces(value: unknown): Generator<string> {
  let piece = '';
  for (const part of exactParts(value)) {
    piece += part;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function* exactParts(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    yield '[';
    for (const [index, one] of value.entries()) yield `${index === 0 ? '' : ','}${writeExact(one ?? null)}`;
    yield ']';
  } else if (isRecord(value)) {
    yield '{';
    let comma = '';
    for (const [key, one] of Object.entries(value)) {
      if (one === undefined) continue;
      yield `${comma}${JSON.stringify(key)}:`;
      yield* exactParts(one);
      comma = ',';
    }
    yield '}';
  } else yield writeExact(value);
}

/** A plain object; amounts, dates and raw numbers know themselves how they are written. */
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const numberText = z.union([z.number(), z.instanceof(ExactNumber), z.string().regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/)]);

/** A JSON number, or a string that holds one, as an exact decimal. */
export const amount = numberText
  .transform((value): Decimal =>
    decimal(value instanceof ExactNumber ? value.source : typeof value === 'number' ? value.toFixed(0) : value),
  )
  .refine(isSane, 'no amount of money');
export const amountOrNull = amount.nullish().transform((value) => value ?? null);
/** An id or count: a whole number, tolerated as text. */
export const integer = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number),
]);
export const integerOrNull = integer.nullish().transform((value) => value ?? null);
export const textOrNull = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
