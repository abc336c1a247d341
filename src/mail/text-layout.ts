/**
 * Plain text in columns, for mails and the terminal: widths as a terminal counts them (a Chinese character takes two
 * columns), wrapped at words, cut with an ellipsis. Everything that comes in is made visible first: no text can send a
 * command to the reader's terminal.
 */
import { visible } from './escape.ts';
import type { Tone } from './report-words.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[\x20-\x7e]*$/;
const WIDE =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f|\p{Regional_Indicator}|[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])/u;

const widthOf = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : /^\p{M}/u.test(grapheme) ? 0 : 1);

/** How many columns of a terminal the text takes. */
export function columnsOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += widthOf(segment);
  return columns;
}

/** As much of the text as fits into `most` columns. */
function head(text: string, most: number): string {
  let columns = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    columns += widthOf(segment);
    if (columns > most) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** The text in at most `most` columns, with an ellipsis where it was cut. */
export const clip = (text: string, most: number): string =>
  columnsOf(text) <= most ? text : `${head(text, most - 1)}…`;

const pad = (text: string, columns: number, right: boolean): string => {
  const blanks = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return right ? blanks + text : text + blanks;
};

/** Lines of at most `width` columns, broken between words, each led by `indent`. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const room = Math.max(16, width - indent.length);
  const lines: string[] = [];
  let [line, taken] = ['', 0];
  for (const word of visible(text)
    .split(/\s+/u)
    .flatMap((one) => chop(one, room))) {
    const columns = columnsOf(word);
    if (line !== '' && taken + 1 + columns > room) {
      lines.push(line);
      [line, taken] = [word, columns];
    } else {
      [line, taken] = line === '' ? [word, columns] : [`${line} ${word}`, taken + 1 + columns];
    }
  }
  return [...lines, line].filter((one) => one !== '').map((one) => indent + one);
}

/** A word that is longer than a line, in pieces. */
function chop(word: string, room: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (columnsOf(rest) > room) {
    const piece = head(rest, room) || rest;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...pieces, rest];
}

export interface TextColumn<Row> {
  readonly title: string;
  readonly of: (row: Row) => string;
  readonly right?: boolean;
  /** Never wider than this. */
  readonly most?: number;
  /** May shrink to this before any column is left out. */
  readonly least?: number;
  /** Left out when the line is too long, the highest first; 0 or nothing: never. */
  readonly dropRank?: number;
}

interface Laid<Row> {
  readonly column: TextColumn<Row>;
  width: number;
}

const GAP = '  ';
const lengthOf = (laid: readonly Laid<never>[]): number =>
  laid.reduce((length, one) => length + one.width, (laid.length - 1) * GAP.length);

const valueOf = <Row>(column: TextColumn<Row>, row: Row): string =>
  clip(visible(column.of(row)).trim(), column.most ?? 60);

/** A table of one head line, a rule, and for every row its cells; it takes at most `width` columns where that is possible. */
export function layTable<Row>(
  columns: readonly TextColumn<Row>[],
  rows: readonly Row[],
  width: number,
): { readonly head: readonly string[]; readonly lineOf: (row: Row) => string } {
  const laid = fit(
    columns.map((column) => ({ column, width: natural(column, rows) })),
    width,
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, at) => pad(clip(text, laid[at]?.width ?? 0), laid[at]?.width ?? 0, laid[at]?.column.right === true))
      .join(GAP)
      .trimEnd();
  return {
    head: [line(laid.map((one) => one.column.title)), laid.map((one) => '-'.repeat(one.width)).join(GAP)],
    lineOf: (row) => line(laid.map((one) => valueOf(one.column, row))),
  };
}

const natural = <Row>(column: TextColumn<Row>, rows: readonly Row[]): number =>
  rows.reduce((most, row) => Math.max(most, columnsOf(valueOf(column, row))), column.title.length);

/** Shrinks what may shrink, then leaves out what may be left out, until the line fits. */
function fit<Row>(all: readonly Laid<Row>[], width: number): readonly Laid<Row>[] {
  let laid = all;
  for (;;) {
    for (const one of laid) {
      const over = lengthOf(laid) - width;
      if (over > 0 && one.column.least !== undefined) one.width = Math.max(one.column.least, one.width - over);
    }
    const ranked = laid.filter((one) => (one.column.dropRank ?? 0) > 0);
    if (lengthOf(laid) <= width || ranked.length === 0) return laid;
    const last = ranked.reduce((most, one) => ((one.column.dropRank ?? 0) > (most.column.dropRank ?? 0) ? one : most));
    laid = laid.filter((one) => one !== last);
  }
}

const escapes: Readonly<Record<Tone | 'strong', string>> = {
  strong: '1',
  good: '32',
  act: '33',
  wait: '36',
  quiet: '2',
};

export type Paint = (text: string, tone: Tone | 'strong') => string;

/** Terminal colours, or none. */
export const painter = (colour: boolean): Paint =>
  colour ? (text, tone) => (text === '' ? '' : `\u001b[${escapes[tone]}m${text}\u001b[0m`) : (text) => text;
