/**
 * Text of strangers (company names, invoice numbers, error words) made safe for where it goes: a page, a header, a
 * terminal, a spreadsheet, an address field. Nothing here throws, and nothing leaves a control character in its result.
 */

const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;
/** What has no width or turns the direction of reading; but a joiner inside an emoji is part of its picture. */
const HIDDEN =
  /(?!\p{Variation_Selector}|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic}))[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;

/**
 * One line on which everything can be seen: line breaks and control characters become a blank, and what turns the
 * direction of reading or has no width is spelled out (`[U+202E]`), so that no name can pretend to be another.
 */
export const visible = (text: string): string =>
  text.toWellFormed().replaceAll(BREAKS, ' ').replaceAll('\u00ad', '').replaceAll(HIDDEN, spelled);

const spelled = (character: string): string =>
  `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;

/** A text of several lines for a terminal: no name in it can colour, move or forge what stands there. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

const SENTENCE_MAX = 1_200;

/** A sentence that repeats what somebody gave: of a very long one the middle is left out. */
export function brief(sentence: string): string {
  if (sentence.length <= SENTENCE_MAX) return sentence;
  const half = SENTENCE_MAX / 2;
  const left = sentence.length - SENTENCE_MAX;
  return `${sentence.slice(0, half)} … (${String(left)} characters left out) … ${sentence.slice(-half)}`.toWellFormed();
}

/** Text for HTML, as content or inside a quoted attribute. */
export const html = (text: string): string =>
  visible(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const HEADER_LENGTH_MAX = 200;

/** A header's value: one visible line of at most 200 characters. */
export function header(text: string): string {
  const characters = [...visible(text).replaceAll(/\s+/gu, ' ').trim()];
  if (characters.length <= HEADER_LENGTH_MAX) return characters.join('');
  return `${characters
    .slice(0, HEADER_LENGTH_MAX - 1)
    .join('')
    .trimEnd()}…`;
}

const PLAIN_AMOUNT = /^-?\d+(\.\d+)?$/;
/** = + - @ and their look-alikes: minus sign, full-width, small, raised and lowered forms. */
const STARTS_FORMULA =
  '=+\\-@\\u2212\\uff1d\\uff0b\\uff0d\\uff20\\ufe62\\ufe63\\ufe66\\ufe6b\\u207a-\\u207c\\u208a-\\u208c';
/** Blanks, hidden characters and quotes, which readers of CSV skip or strip. */
const SKIPPED = '[\\s\\p{Default_Ignorable_Code_Point}\\p{Cf}"\'‘’“”‚„«»‹›`]*';
const CELL_START = new RegExp(`(^|[,;|])(?=${SKIPPED}[${STARTS_FORMULA}])`, 'gu');

/**
 * A spreadsheet's cell: one line, and what a spreadsheet could run as a formula is led by an apostrophe, also behind
 * blanks and quotes, in full-width form, and after a comma, semicolon or bar, because readers disagree about which of them
 * ends a cell (facts/goals.md section 6). Plain amounts, negative ones too, stay numbers.
 */
export function cell(text: string): string {
  if (PLAIN_AMOUNT.test(text)) return text;
  const startsBlank = /^[\t\r\n]/.test(text);
  const safe = text.toWellFormed().replaceAll(BREAKS, ' ').replaceAll(CELL_START, "$1'");
  return startsBlank && !safe.startsWith("'") ? `'${safe}` : safe;
}

/** An address for a link in a mail: http or https only, without user or password; null for anything else. */
export function linkAddress(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '')
    return null;
  return url.href;
}
