/** What is wrong with a request, as sentences: which field, what was given, what it takes instead. The one place that words it. */

/** An issue as the validator hands it over: zod's own fields stand in `params`. */
interface Issue {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The parts of a request that are looked at. */
export interface Asked {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers?: unknown;
}

/** So many wrong fields are named. */
const NAMED_MAX = 5;
const SHOWN_LETTERS = 80;

/** The sentences of a refusal by the shape of the request; null where the error is another one. */
export function refusalSentence(error: unknown, request: Asked): string | null {
  if (!(error instanceof Error)) return null;
  const { code, validation, validationContext } = error as {
    code?: string;
    validation?: readonly Issue[];
    validationContext?: string;
  };
  if (code !== undefined && Object.hasOwn(unread, code)) return unread[code] ?? null;
  if (!Array.isArray(validation) || validation.length === 0) return null;
  const issues = validation as readonly Issue[];
  const where = validationContext === 'querystring' ? 'query' : (validationContext ?? 'body');
  const told = issues.slice(0, NAMED_MAX).map((issue) => sentenceOf(issue, where, request));
  return [...told, ...(issues.length > NAMED_MAX ? ['Further fields are wrong too.'] : [])].join(' ');
}

/** A body that could not be read at all. */
const unread: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_JSON_BODY:
    'The body of this request is no JSON. Send one JSON object, such as {"kind":"sync-now"}.',
  FST_ERR_CTP_EMPTY_JSON_BODY:
    'The body of this request is empty, but content-type says JSON. Send a JSON object (at least {}), or leave content-type out.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The body of this request is no JSON: send it with content-type: application/json.',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body of this request is larger than 1 MiB. Send it in several parts.',
};

function sentenceOf(issue: Issue, where: string, request: Asked): string {
  const path = issue.instancePath.split('/').filter((one) => one !== '');
  const given = valueAt(partOf(request, where), path);
  const is = given === undefined ? 'is missing' : `is ${shown(given)}`;
  return `${placeName(path, where)} ${is}; ${takes(issue, path)}.`;
}

const partOf = (request: Asked, where: string): unknown =>
  where === 'params' ? request.params : where === 'query' ? request.query : request.body;

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined),
    value,
  );
}

function placeName(path: readonly string[], where: string): string {
  if (path.length === 0) return where === 'body' ? 'The body of this request' : 'This request';
  const name = path.map((one, at) => (/^\d+$/.test(one) ? `[${one}]` : at === 0 ? one : `.${one}`)).join('');
  if (where === 'params') return `“${name}” in the address`;
  return where === 'query' ? `The parameter “${name}” of the address` : `The field “${name}” of the body`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'nothing';
  if (value.trim() === '') return value === '' ? 'empty' : 'blank';
  const letters = [...value];
  return `“${letters.length > SHOWN_LETTERS ? `${letters.slice(0, SHOWN_LETTERS).join('')}...` : value}”`;
}

/** "it takes ..."; a shape that has its own words says them. */
function takes(issue: Issue, path: readonly string[]): string {
  const { keyword, params } = issue;
  if (!/^(Invalid|Too|Unrecognized)\b/.test(issue.message)) return issue.message.replace(/\.$/, '');
  switch (keyword) {
    case 'invalid_type':
      return `it takes ${typeWords[String(params['expected'])] ?? String(params['expected'])}`;
    case 'too_small':
      return `it takes ${sizeWords(params, 'at least', params['minimum'])}`;
    case 'too_big':
      return `it takes ${sizeWords(params, 'at most', params['maximum'])}`;
    case 'invalid_format':
      return `it takes ${formatWords[String(params['format'])] ?? `text of the form ${String(params['pattern'])}`}`;
    case 'invalid_value':
      return `it takes ${list(params['values'])}`;
    case 'unrecognized_keys':
      return `there is no ${list(params['keys'])} in it`;
    case 'invalid_union':
      return unionWords(params['errors'], path);
    default:
      return 'see /openapi.json for what it takes';
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a whole number in plain digits, such as 20401',
  int: 'a whole number in plain digits, such as 20401',
  boolean: 'true or false',
  array: 'a list, such as [1, 2]',
  object: 'a JSON object',
  record: 'a JSON object, such as {"name":"value"}',
};

const formatWords: Readonly<Record<string, string>> = {
  uuid: 'an id as the lists of this API give it, such as 0b9f4c1e-52d7-4e0a-9c55-1f0d6c3b7a21',
  email: 'one plain e-mail address, such as books@msp.example',
  date: 'a date such as 2026-03-31',
  datetime: 'an instant such as 2026-03-31T08:00:00Z',
  url: 'an address such as https://msp.example/hook',
};

function sizeWords({ origin }: Issue['params'], bound: string, size: unknown): string {
  const count = String(size);
  if (origin === 'string') return count === '1' ? 'text that is not empty' : `${bound} ${count} letters`;
  if (origin === 'array') return count === '1' ? 'a list that is not empty' : `${bound} ${count} entries`;
  return `a whole number, ${bound} ${count}`;
}

const list = (values: unknown): string =>
  Array.isArray(values) ? values.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).join(', ') : '';

/** Several shapes are possible: what each of them lacks. */
function unionWords(errors: unknown, path: readonly string[]): string {
  const branches = Array.isArray(errors) ? (errors as unknown[]) : [];
  const ways = branches.flatMap((branch) => {
    const [first] = Array.isArray(branch) ? (branch as { path: unknown[]; code: string; message: string }[]) : [];
    if (first === undefined) return [];
    const { path: inner, code, message, ...params } = first;
    const issue = { keyword: code, message, params, instancePath: '' };
    const name = inner.map(String).join('.');
    return [`${name === '' ? '' : `“${name}”: `}${takes(issue, path).replace(/^it takes /, '')}`];
  });
  return ways.length === 0 ? 'see /openapi.json for what it takes' : `it takes ${ways.join(', or ')}`;
}
