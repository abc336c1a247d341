/**
 * The look of our mails: one calm light card, tables for layout and inline styles only, since mail programs drop the rest
 * (no flex, no style sheet, no picture, no script, nothing loaded from anywhere). Dark ink on light grounds throughout.
 * Every function that takes `text` escapes it; those that take `inner` expect HTML made here.
 */
import { html, linkAddress } from './escape.ts';
import type { MailPlace } from './mail.ts';
import type { Tone } from './report-words.ts';

const INK = '#1f2933';
const SOFT = '#52606d';
const RULE = '#e4e9f0';
const GROUND = '#f3f6f9';
const FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif";

const tones: Readonly<Record<Tone, { readonly ink: string; readonly ground: string; readonly edge: string }>> = {
  good: { ink: '#14633c', ground: '#e3f6ea', edge: '#3fa66b' },
  act: { ink: '#8a4b08', ground: '#fdf0d9', edge: '#e0912f' },
  wait: { ink: '#1f5080', ground: '#e6f0fa', edge: '#7fa8d1' },
  quiet: { ink: SOFT, ground: '#eef1f5', edge: '#c5ced8' },
};

export const strong = (text: string): string => `<strong>${html(text)}</strong>`;
export const soft = (text: string): string => `<span style="color:${SOFT}">${html(text)}</span>`;
export const link = (address: string): string =>
  `<a href="${html(address)}" style="color:#1f5080">${html(address)}</a>`;

/** A small coloured label, such as the result of one invoice. */
export const badge = (text: string, tone: Tone): string =>
  `<span style="display:inline-block;padding:1px 9px;border-radius:10px;background:${tones[tone].ground};color:${tones[tone].ink};font-size:12px;line-height:18px;white-space:nowrap">${html(text)}</span>`;

export const heading = (text: string): string =>
  `<h2 style="margin:28px 0 10px;font-size:16px;line-height:22px;font-weight:600;color:${INK}">${html(text)}</h2>`;

export const paragraph = (inner: string): string =>
  `<p style="margin:8px 0;font-size:14px;line-height:21px;color:${INK}">${inner}</p>`;

export interface Figure {
  readonly value: string;
  readonly label: string;
  readonly tone: Tone;
}

const figureHtml = ({ value, label, tone }: Figure): string =>
  `<div style="display:inline-block;vertical-align:top;margin:0 10px 10px 0;padding:10px 16px;border-radius:8px;background:${tones[tone].ground};color:${tones[tone].ink}"><div style="font-size:22px;line-height:28px;font-weight:600;white-space:nowrap">${html(value)}</div><div style="font-size:12px;line-height:17px">${html(label)}</div></div>`;

/** Figures side by side, below each other where the window is narrow. */
export const figures = (all: readonly Figure[]): string =>
  all.length === 0 ? '' : `<div style="margin-top:16px">${all.map(figureHtml).join('')}</div>`;

/** A box with a coloured edge: one obstacle, with what to do. */
export const notice = (lines: readonly string[], tone: Tone): string =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="border-collapse:separate;margin:0 0 10px"><tr><td style="border-left:4px solid ${tones[tone].edge};background:#fafbfc;padding:10px 14px;border-radius:0 6px 6px 0;font-size:14px;line-height:21px;color:${INK}">${lines.map((inner) => `<div style="overflow-wrap:anywhere">${inner}</div>`).join('')}</td></tr></table>`;

export interface HtmlColumn<Row> {
  readonly title: string;
  /** HTML of the cell. */
  readonly inner: (row: Row) => string;
  readonly right?: boolean;
  /** Never broken over two lines. */
  readonly whole?: boolean;
}

const side = (right: boolean | undefined): string => (right === true ? 'right' : 'left');

/** A table with a head; `below` gives an optional second line of a row, over all its columns. */
export function table<Row>(
  columns: readonly HtmlColumn<Row>[],
  rows: readonly Row[],
  below: (row: Row) => string = () => '',
): string {
  const head = columns
    .map(
      (one) =>
        `<th scope="col" align="${side(one.right)}" style="padding:8px 10px;border-bottom:2px solid ${RULE};color:${SOFT};font-size:12px;font-weight:600;text-align:${side(one.right)};white-space:nowrap">${html(one.title)}</th>`,
    )
    .join('');
  const body = rows.map((row) => tableRow(columns, row, below(row))).join('\n');
  return `<div style="overflow-x:auto"><table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;min-width:640px;font-size:13px;line-height:19px;color:${INK}"><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

function tableRow<Row>(columns: readonly HtmlColumn<Row>[], row: Row, below: string): string {
  const rule = `border-bottom:1px solid ${RULE}`;
  const cells = columns
    .map(
      (one) =>
        `<td align="${side(one.right)}" style="padding:8px 10px;${below === '' ? rule : 'padding-bottom:2px'};vertical-align:top;text-align:${side(one.right)};${one.whole === true ? 'white-space:nowrap' : 'min-width:90px;overflow-wrap:break-word;word-break:break-word'}">${one.inner(row)}</td>`,
    )
    .join('');
  const second =
    below === ''
      ? ''
      : `<tr><td colspan="${String(columns.length)}" style="padding:0 10px 8px;${rule};color:${SOFT};overflow-wrap:anywhere">${below}</td></tr>`;
  return `<tr>${cells}</tr>${second}`;
}

/** Names and values of one thing, below each other; values are HTML. */
export const details = (pairs: readonly (readonly [name: string, inner: string])[]): string =>
  `<table cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:14px;line-height:21px;color:${INK}">${pairs.map(([name, inner]) => `<tr><th scope="row" align="left" style="padding:4px 24px 4px 0;font-weight:400;color:${SOFT};text-align:left;vertical-align:top;white-space:nowrap">${html(name)}</th><td style="padding:4px 0;overflow-wrap:anywhere">${inner}</td></tr>`).join('')}</table>`;

export interface PageFrame {
  readonly place: MailPlace;
  /** What it is about and when, in a few words beside the connection's name. */
  readonly about: string;
  readonly headline: string;
  readonly inner: string;
  /** One sentence at the foot: why this mail came. */
  readonly foot: string;
}

/** The whole mail around its content. */
export function page(frame: PageFrame): string {
  const { place } = frame;
  const address = linkAddress(place.publicUrl);
  const button =
    address === null
      ? ''
      : `<p style="margin:28px 0 0"><a href="${html(address)}" style="display:inline-block;padding:9px 18px;border-radius:6px;background:#1f5080;color:#ffffff;font-size:14px;line-height:20px;text-decoration:none">Open Ledgerferry</a></p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light"><meta name="supported-color-schemes" content="light"><title>${html(frame.headline)}</title></head>
<body style="margin:0;padding:0;background:${GROUND};color:${INK};font-family:${FONT}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" bgcolor="${GROUND}" style="border-collapse:collapse;table-layout:fixed;background:${GROUND}"><tr><td align="center" style="padding:24px 12px;font-family:${FONT}">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" bgcolor="#ffffff" style="border-collapse:separate;table-layout:fixed;max-width:960px;background:#ffffff;border:1px solid ${RULE};border-radius:10px"><tr><td align="left" style="padding:26px 26px 30px;text-align:left;overflow-wrap:anywhere">
<p style="margin:0;font-size:13px;line-height:19px;color:${SOFT}"><strong style="color:${INK}">${html(place.connectionName)}</strong> &middot; ${html(frame.about)}</p>
<h1 style="margin:6px 0 0;font-size:22px;line-height:30px;font-weight:600;color:${INK}">${html(frame.headline)}</h1>
${frame.inner}
${button}
</td></tr></table>
<p style="margin:14px 0 0;font-size:12px;line-height:18px;color:${SOFT}">${html(frame.foot)}</p>
</td></tr></table>
</body></html>
`;
}
