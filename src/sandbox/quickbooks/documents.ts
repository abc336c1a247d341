/** Files in the QuickBooks sandbox: the PDF of a form, uploads into Attachable rows, their downloads (facts/qbo.md 3.4, 3.8). */
import { isUtf8 } from 'node:buffer';
import type { Clock } from '../../platform/clock.ts';
import { ExactNumber, parseExact } from '../../platform/exact-json.ts';
import { textPdf } from '../autotask/pdf.ts';
import type { SandboxReply, SandboxRequest } from '../shell.ts';
import { faults, json, QuickBooksFault, wireTime } from './errors.ts';
import { parseQuery, type Row } from './query.ts';
import type { Realm } from './realm.ts';

/** The shell hands bodies over as text; with `bytes` beside it, files of any content come through unharmed. */
type Request = SandboxRequest & { readonly bytes?: Uint8Array };

const REQUEST_MAX = 100 * 1024 * 1024;
/** No fact says how long a temporary address lives. */
const TEMPORARY_MS = 15 * 60_000;
const PRINTED = ['invoice', 'creditmemo'];
const known = new Set('ai csv doc docx eps gif jpeg jpg ods pdf png rtf tif txt xls xlsx xml'.split(' '));
const limits = [
  ['FileName', 1000],
  ['Note', 2000],
  ['Category', 100],
] as const;

interface Stored {
  readonly content: Buffer;
  readonly type: string;
}

export class Documents {
  readonly #clock: Clock;
  /** By company and Attachable id. */
  readonly #files = new Map<string, Stored>();
  readonly #temporary = new Map<string, { key: string; until: number }>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The reads that are about files; null for every other one. `url` is the sandbox's own. */
  read(request: SandboxRequest, realm: Realm, path: readonly string[], url: string, tid: string): SandboxReply | null {
    const [noun = '', id = '', tail = ''] = path;
    if (PRINTED.includes(noun) && tail === 'pdf') return printed(realm, noun, decodeURIComponent(id), tid);
    if (noun === 'download') return this.#download(realm, decodeURIComponent(id), url, tid);
    const text = noun === 'query' ? queryOf(request) : '';
    if (!/\bfrom\s+attachable\b/i.test(text)) return null;
    return json(200, { QueryResponse: query(realm, text), time: wireTime(this.#clock.now()) }, tid);
  }

  /** A temporary address as text; it opens without a token for a while. */
  #download(realm: Realm, id: string, url: string, tid: string): SandboxReply {
    if (!this.#files.has(`${realm.id} ${id}`)) throw faults.notFound();
    return {
      status: 200,
      headers: { 'content-type': 'text/plain', intuit_tid: tid },
      body: `${url}${this.#temporaryPath(realm, id)}`,
    };
  }

  #temporaryPath(realm: Realm, id: string): string {
    const name = `/sandbox-files/${String((this.#count += 1))}`;
    const until = this.#clock.now().getTime() + this.#clock.scaled(TEMPORARY_MS);
    this.#temporary.set(name, { key: `${realm.id} ${id}`, until });
    return name;
  }

  /** What stands behind a temporary address; null when the path is none. */
  open(path: string): SandboxReply | null {
    if (!path.startsWith('/sandbox-files/')) return null;
    const found = this.#temporary.get(path);
    const file = found === undefined ? undefined : this.#files.get(found.key);
    if (found === undefined || file === undefined || found.until < this.#clock.now().getTime())
      return {
        status: 403,
        headers: { 'content-type': 'application/xml' },
        body: '<Error><Code>AccessDenied</Code></Error>',
      };
    if (!isUtf8(file.content))
      throw new Error('the sandbox cannot send bytes that are not UTF-8: its shell answers text');
    return { status: 200, headers: { 'content-type': file.type }, body: file.content.toString('utf8') };
  }

  /** Pairs of metadata and content; each answers an Attachable or a Fault of its own. Null when the call is no upload. */
  upload(request: Request, realm: Realm, url: string, tid: string): SandboxReply | null {
    if (!/\/upload(\?|$)/.test(request.url)) return null;
    if (realm.config.readOnly) throw faults.readOnly();
    // A file that the shell's text has damaged must not pass for one that came through.
    if (request.bytes === undefined && request.body.includes('\ufffd'))
      throw new Error(
        'the sandbox takes raw bytes that are not UTF-8 only once its shell hands them over; send base64',
      );
    const bytes = request.bytes === undefined ? Buffer.from(request.body, 'utf8') : Buffer.from(request.bytes);
    if (bytes.length > REQUEST_MAX) throw new QuickBooksFault('6030', 'Attachment too large', 'At most 100 MB');
    const parts = partsOf(request.headers['content-type'] ?? '', bytes);
    const numbers = [...parts.keys()].flatMap((name) => /^file_content_(\d+)$/.exec(name)?.[1] ?? []);
    const answers = numbers.map((number) => {
      try {
        const metadata = parts.get(`file_metadata_${number}`);
        const content = parts.get(`file_content_${number}`);
        if (content === undefined) throw faults.missing('file_content');
        return { Attachable: this.#store(realm, metadata, content, url) };
      } catch (error) {
        if (error instanceof QuickBooksFault) return error.body;
        throw error;
      }
    });
    if (answers.length === 0) throw faults.missing('file_content');
    return json(200, { AttachableResponse: answers, time: wireTime(this.#clock.now()) }, tid);
  }

  #store(realm: Realm, metadata: Part | undefined, part: Part, url: string): Row {
    const given = metadata === undefined ? {} : (parseExact(metadata.content.toString('utf8')) as Row);
    const row: Row = { FileName: part.fileName, ContentType: part.type, ...given };
    checkAttachable(realm, row);
    const size = new ExactNumber(String(part.content.length));
    const stored = realm.put('Attachable', { ...row, Size: size });
    const uri = `/v3/company/${realm.id}/download/${stored.Id}`;
    this.#files.set(`${realm.id} ${stored.Id}`, { content: part.content, type: part.type });
    const addresses = { FileAccessUri: uri, TempDownloadUri: `${url}${this.#temporaryPath(realm, stored.Id)}` };
    Object.assign(stored, addresses);
    return stored;
  }
}

const queryOf = (request: SandboxRequest): string =>
  request.method === 'POST' ? request.body : (new URL(request.url, 'http://x').searchParams.get('query') ?? '');

/** QuickBooks' own rendering: number, customer, lines, totals. */
function printed(realm: Realm, noun: string, id: string, tid: string): SandboxReply {
  const [entity, title] = noun === 'invoice' ? ['Invoice', 'INVOICE'] : ['CreditMemo', 'CREDIT MEMO'];
  const row = realm.table(entity).get(id);
  if (row === undefined) throw faults.notFound();
  const lines = (Array.isArray(row['Line']) ? (row['Line'] as Row[]) : []).filter(
    (line) => line['DetailType'] === 'SalesItemLineDetail',
  );
  const customer = realm.table('Customer').get(plain((row['CustomerRef'] as Row | undefined)?.['value']));
  const text = [
    `${title} ${plain(row['DocNumber'])}`,
    realm.config.companyName,
    plain(customer?.['DisplayName']),
    `Date ${plain(row['TxnDate'])}   Due ${plain(row['DueDate'])}`,
    '',
    ...lines.map((line) => `${plain(line['Description'])}   ${plain(line['Amount'])}`),
    '',
    `Total ${plain(row['TotalAmt'])}   Balance ${plain(row['Balance'])}`,
  ];
  return { status: 200, headers: { 'content-type': 'application/pdf', intuit_tid: tid }, body: textPdf(text) };
}

const plain = (value: unknown): string =>
  value instanceof ExactNumber
    ? value.source
    : typeof value === 'string' || typeof value === 'number'
      ? String(value)
      : '';

/** Types by ending (6041), lengths, and what it hangs on must be there (the code is inferred). */
function checkAttachable(realm: Realm, row: Row): void {
  const name = plain(row['FileName']);
  for (const [field, max] of limits) {
    const { length } = plain(row[field]);
    if (length > max) throw faults.tooLong(field, max, length);
  }
  if (name === '') throw faults.missing('FileName');
  if (!known.has(name.split('.').at(-1)?.toLowerCase() ?? ''))
    throw new QuickBooksFault('6041', 'Unsupported file type', `The file type of ${name} is not supported`, 'FileName');
  for (const { type, value } of entityRefs(row))
    if (realm.table(type).get(value) === undefined) throw faults.reference('Txn', value);
}

const entityRefs = (row: Row): { type: string; value: string }[] =>
  (Array.isArray(row['AttachableRef']) ? (row['AttachableRef'] as Row[]) : []).flatMap((one) => {
    const ref = one['EntityRef'] as Row | undefined;
    return ref === undefined ? [] : [{ type: plain(ref['type']), value: plain(ref['value']) }];
  });

const filterable = [
  'Id',
  'FileName',
  'Note',
  'AttachableRef.EntityRef.Type',
  'AttachableRef.EntityRef.value',
  'MetaData.CreateTime',
  'MetaData.LastUpdatedTime',
];

/** A row matches when one of the things that it hangs on does (facts 5.1). */
function query(realm: Realm, text: string): Row {
  const parsed = parseQuery(text, (entity) => (entity.toLowerCase() === 'attachable' ? filterable : null));
  const views = (row: Row): Row[] => {
    const refs = entityRefs(row);
    const one = (type: string, value: string): Row => ({
      ...row,
      AttachableRef: { EntityRef: { Type: type, value } },
    });
    return refs.length === 0 ? [one('', '')] : refs.map((ref) => one(ref.type, ref.value));
  };
  const rows = [...realm.table('Attachable').values()].filter((row) => views(row).some((view) => parsed.test(view)));
  if (parsed.isCount) return { totalCount: rows.length };
  const page = rows.slice(parsed.start - 1, parsed.start - 1 + parsed.max);
  return page.length === 0 ? {} : { Attachable: page, startPosition: parsed.start, maxResults: page.length };
}

interface Part {
  readonly content: Buffer;
  readonly type: string;
  readonly fileName: string;
}

/** The parts of a multipart body by name (RFC 7578); base64 parts are decoded. A body cut short has no last mark. */
function partsOf(contentType: string, body: Buffer): Map<string, Part> {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const mark = (boundary?.[1] ?? boundary?.[2] ?? '').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const delimiter = new RegExp(`\\r\\n--${mark}(?=--|[ \\t]*\\r\\n)`);
  const pieces = boundary === null ? [] : `\r\n${body.toString('latin1')}`.split(delimiter);
  if (pieces.length < 3 || pieces.at(-1)?.startsWith('--') !== true)
    throw new QuickBooksFault(
      '2010',
      'Request has invalid or unsupported property',
      'not a whole multipart/form-data body',
    );
  return new Map(pieces.slice(1, -1).map(partOf));
}

function partOf(piece: string): [string, Part] {
  const end = piece.indexOf('\r\n\r\n');
  const head = Buffer.from(piece.slice(0, end), 'latin1').toString('utf8');
  const header = (pattern: RegExp): string => pattern.exec(head)?.[1] ?? '';
  const raw = Buffer.from(piece.slice(end + 4), 'latin1');
  const isBase64 = /^content-transfer-encoding:\s*base64\s*$/im.test(head);
  return [
    header(/[;\s]name="([^"]*)"/i),
    {
      content: isBase64 ? Buffer.from(raw.toString('latin1'), 'base64') : raw,
      type: header(/^content-type:\s*([^\r\n;]+)/im) || 'application/octet-stream',
      fileName: header(/filename="([^"]*)"/i),
    },
  ];
}
