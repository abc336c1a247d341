/**
 * JSON whose numbers stay exact: a number that is not a plain safe integer keeps its source text, and amounts are written
 * as the text they are. No amount passes through a binary float on its way from one vendor to the other.
 */
import type { Decimal } from '../core/money.ts';

/** A JSON number by its source text, such as `386.6450`. */
export class ExactNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** The addition to JSON that Node has since 22 and that the type library does not know yet. */
const exactJson = JSON as unknown as { rawJSON(text: string): object };

/**
 * What no database and no vendor's form can store: a zero byte, and half of a surrogate pair. One such letter in one text
 * would stop the whole run, so the first is left out and the second becomes U+FFFD, in keys and values alike.
 */
const STORABLE = /\\(?:\\|u0000|u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|u[dD][89a-fA-F]\w\w)/g;
const SUSPECT = /\\u(?:0000|[dD][89a-fA-F])/;
const PAIR = 12;
const storable = (text: string): string =>
  text.includes('\\u') && SUSPECT.test(text)
    ? text.replaceAll(STORABLE, (found) =>
        found === '\\\\' || found.length === PAIR ? found : found === '\\u0000' ? '' : '\\ufffd',
      )
    : text;

/**
 * Parses JSON text of a vendor; throws a SyntaxError on anything that is not JSON. A number stays a number only when it is
 * whole, safe and written as JavaScript writes it. A reviver would be called for every value and cost a tenth of a run:
 * instead the numbers that must stay exact become marked texts before parsing, and `ExactNumber`s after it.
 */
export function parseExact(text: string): unknown {
  const given = storable(text);
  const marked = markNumbers(given);
  const value: unknown = JSON.parse(marked);
  return marked === given ? value : unmark(value);
}

/** Stands before a number's source in a text; no other text can begin so, for `storable` takes every zero byte out. */
const MARK = String.raw`\u0000`;
const [QUOTE, BACKSLASH, PLUS, MINUS, POINT, ZERO, NINE, UPPER_E, LOWER_E] = [34, 92, 43, 45, 46, 48, 57, 69, 101];
const isDigit = (code: number): boolean => code >= ZERO && code <= NINE;
const isNumberPart = (code: number): boolean =>
  code === POINT || code === LOWER_E || code === UPPER_E || code === PLUS || code === MINUS;
/** Any whole number of up to this many digits is exact. */
const SAFE_LENGTH = 15;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** What may follow a value. So no broken text, such as a number for a key, becomes a good one by its mark. */
const AFTER_VALUE = /[ \t\n\r]*(?:[,}\]]|$)/y;

function markNumbers(text: string): string {
  let [marked, copied, at] = ['', 0, 0];
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = afterText(text, at);
    else if (code === MINUS || isDigit(code)) {
      const digits = endOfDigits(text, at + 1);
      const end = endOfNumber(text, digits);
      if (!(end === digits && code !== MINUS && end - at <= SAFE_LENGTH)) {
        const source = text.slice(at, end);
        if (NUMBER.test(source) && !(end === digits && isExactly(source)) && isValueEnd(text, end)) {
          marked += `${text.slice(copied, at)}"${MARK}${source}"`;
          copied = end;
        }
      }
      at = end;
    } else at += 1;
  }
  return copied === 0 ? text : marked + text.slice(copied);
}

/** Called for each number of each reply: two indices, and nothing that is made for them. */
function endOfDigits(text: string, from: number): number {
  let end = from;
  while (isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

/** The index behind a number whose first digits end here: a point, an exponent and their digits. */
function endOfNumber(text: string, from: number): number {
  let end = from;
  for (let code = text.charCodeAt(end); isNumberPart(code) || isDigit(code); code = text.charCodeAt(end)) end += 1;
  return end;
}

const isExactly = (source: string): boolean =>
  Number.isSafeInteger(Number(source)) && String(Number(source)) === source;

function isValueEnd(text: string, at: number): boolean {
  AFTER_VALUE.lastIndex = at;
  return AFTER_VALUE.test(text);
}

/** The index behind the closing quote; a quote behind an odd number of backslashes closes nothing. */
function afterText(text: string, opening: number): number {
  for (let at = text.indexOf('"', opening + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at + 1;
  }
  return text.length;
}

/** The marked texts as exact numbers, in place. */
function unmark(value: unknown): unknown {
  if (typeof value === 'string') return value.charCodeAt(0) === 0 ? new ExactNumber(value.slice(1)) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) value[at] = unmark(value[at]);
    return value;
  }
  const holder = value as Record<string, unknown>;
  for (const key in holder) {
    const one = holder[key];
    if (typeof one === 'string') {
      if (one.charCodeAt(0) === 0) holder[key] = unmark(one);
    } else if (typeof one === 'object') unmark(one);
  }
  return value;
}

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
  if (isList(value)) {
    let comma = '[';
    for (const one of value) {
      yield `${comma}${writeExact(one ?? null)}`;
      comma = ',';
    }
    yield comma === '[' ? '[]' : ']';
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

/** An array, or rows that are made one after the other. */
const isList = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;

/** A plain object; amounts, dates and raw numbers know themselves how they are written. */
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
