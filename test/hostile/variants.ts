/** Golden replies made hostile: cut at every byte, mutated, of the wrong type, too long, in the wrong letters, slow. Seeded. */
import { gunzipSync, gzipSync } from 'node:zlib';

export type Delivery = 'whole' | 'chunked' | 'cut' | 'drip' | 'silent';

export interface Variant {
  readonly kind: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** `cut`: the connection breaks where the body ends; `drip`: a byte a second; `silent`: headers and nothing more. */
  readonly delivery: Delivery;
}

export interface Golden {
  readonly status: number;
  readonly body: string;
}

const json = { 'content-type': 'application/json;charset=UTF-8' };
const of = (
  kind: string,
  body: Buffer | string,
  more: { status?: number; headers?: Record<string, string>; delivery?: Delivery } = {},
): Variant => ({
  kind,
  status: more.status ?? 200,
  headers: more.headers ?? json,
  body: typeof body === 'string' ? Buffer.from(body) : body,
  delivery: more.delivery ?? 'whole',
});

/** Is it a JSON object in UTF-8, and did it come whole? Anything else may not be believed. */
export function isReadable(variant: Variant): boolean {
  if (
    variant.delivery === 'cut' ||
    variant.delivery === 'drip' ||
    variant.delivery === 'silent' ||
    variant.body.length > 10 * 1024 * 1024
  )
    return false;
  try {
    const body = variant.headers['content-encoding'] === 'gzip' ? gunzipSync(variant.body) : variant.body;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Every cut of a reply, at most `most` of them evenly spread; by turns closed in good order and broken off. */
export function cutsOf({ status, body }: Golden, most: number): Variant[] {
  const bytes = Buffer.from(body);
  const step = Math.max(1, bytes.length / most);
  const cuts: Variant[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    const delivery = cuts.length % 2 === 0 ? 'whole' : 'cut';
    cuts.push(of(`cut ${delivery}`, bytes.subarray(0, Math.floor(at)), { status, delivery }));
  }
  return cuts;
}

const MEGABYTES_20 = 20 * 1024 * 1024;

/** Replies that have nothing of the expected. */
export function foreign({ body }: Golden): Variant[] {
  const html = '<!DOCTYPE html><html><body><h1>We are down for maintenance</h1></body></html>';
  const xml = '<?xml version="1.0"?><IntuitResponse><Fault type="SystemFault"/></IntuitResponse>';
  const small: [string, string][] = [
    ['empty', ''],
    ['blank', ' \r\n'],
    ['null', 'null'],
    ['list', '[]'],
    ['number', '42'],
    ['text', '"OK"'],
    ['true', 'true'],
    ['empty object', '{}'],
    ['html', html],
    ['xml', xml],
  ];
  const statuses = [200, 201, 302, 400, 404, 500, 502, 503, 504];
  return [
    ...small.flatMap(([kind, text]) => statuses.map((status) => of(`${kind} as ${String(status)}`, text, { status }))),
    ...[500, 502, 503, 504].map((status) => of(`its own body as ${String(status)}`, body, { status })),
    of('html as html', html, { headers: { 'content-type': 'text/html' } }),
    of('byte order mark', `\ufeff${body}`),
    of('UTF-16', Buffer.from(body, 'utf16le'), { headers: { 'content-type': 'application/json;charset=utf-16' } }),
    of('latin-1 letters', Buffer.from(body.replace(/"([A-Za-z])/, '"\u00fc$1'), 'latin1')),
    of('gzip', gzipSync(body), { headers: { ...json, 'content-encoding': 'gzip' } }),
    of('gzip that is none', body, { headers: { ...json, 'content-encoding': 'gzip' } }),
    of('gzip cut short', gzipSync(body).subarray(0, -9), { headers: { ...json, 'content-encoding': 'gzip' } }),
    of('packed as nobody can', body, { headers: { ...json, 'content-encoding': 'compress' } }),
    of('deep lists', '['.repeat(200_000) + ']'.repeat(200_000)),
    of('deep objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`),
    of('deep inside', body.replace(/\}\s*$/, `,"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)),
  ];
}

/** Twenty megabytes of several kinds. */
export function huge({ body }: Golden): Variant[] {
  const padding = ' '.repeat(MEGABYTES_20);
  return [
    of('20 MB of html', `<html>${padding}</html>`),
    of('20 MB of html, length not said', `<html>${padding}</html>`, { delivery: 'chunked' }),
    of('20 MB in a field, length not said', body.replace(/\}\s*$/, `,"x":"${'x'.repeat(MEGABYTES_20)}"}`), {
      delivery: 'chunked',
    }),
    of('20 MB of blanks before the end', body.replace(/\}\s*$/, `${padding}}`)),
    of('20 MB in a field', body.replace(/\}\s*$/, `,"x":"${'x'.repeat(MEGABYTES_20)}"}`)),
  ];
}

/** So slow that only a deadline ends it. */
export const slow = ({ status, body }: Golden): Variant[] => [
  of('drip', body, { status, delivery: 'drip' }),
  of('silent', body, { status, delivery: 'silent' }),
];

/** Values that no field expects; raw JSON text. */
const strangers = [
  'null',
  'true',
  '[]',
  '{}',
  '""',
  '"x"',
  '0',
  '-1',
  '-0',
  '1e999999',
  '-1e999999',
  '1e-999999',
  `${'9'.repeat(400)}.${'9'.repeat(400)}`,
  `"${'9'.repeat(400)}"`,
  '"1e999999"',
  '99999999999999999999',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"2026-02-31"',
  '"9999999999999999-01-01"',
  `"${'\u{1f4a3}'.repeat(3_000)}"`,
  '[[[[[[]]]]]]',
  '{"__proto__":{"x":1}}',
] as const;

/** One value of the reply replaced, taken out, or told twice. */
function replaced(body: string, random: () => number): Variant {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  // Values stand after a colon: their places are found in the text, so that numbers keep their source.
  const values = [
    ...body.matchAll(/"((?:[^"\\]|\\.)*)"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[\]|\{\})/g),
  ];
  const found = values.length === 0 ? undefined : pick(values);
  if (found === undefined) return of('nothing to replace', body);
  const [whole, key = ''] = found;
  const [before, after] = [body.slice(0, found.index), body.slice(found.index + whole.length)];
  const stranger = pick(strangers);
  switch (Math.floor(random() * 4)) {
    case 0:
      return of('field gone', before + after.replace(/^\s*,/, '') || '{}');
    case 1:
      return of('key twice', `${before}"${key}":${stranger},${whole}${after}`);
    default:
      return of('value replaced', `${before}"${key}":${stranger}${after}`);
  }
}

/** A few bytes changed, taken out, put in or repeated. */
function bytesChanged(body: string, random: () => number): Variant {
  const bytes = Buffer.from(body);
  const at = Math.floor(random() * bytes.length);
  const length = 1 + Math.floor(random() * 40);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (Math.floor(random() * 4)) {
    case 0: {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      return of('bit flipped', changed);
    }
    case 1:
      return of('bytes lost', Buffer.concat([before, after.subarray(length)]));
    case 2:
      return of('bytes repeated', Buffer.concat([before, after.subarray(0, length), after]));
    default:
      return of(
        'noise put in',
        Buffer.concat([before, Buffer.from(Array.from({ length }, () => Math.floor(random() * 256))), after]),
      );
  }
}

export const mutated = (golden: Golden, count: number, random: () => number): Variant[] =>
  Array.from({ length: count }, (_unused, at) =>
    at % 2 === 0 ? replaced(golden.body, random) : bytesChanged(golden.body, random),
  );
