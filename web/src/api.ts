/** The desk's only way to the server: a client made from the OpenAPI document. Failures become sentences. */
import createClient from 'openapi-fetch';
import type { paths } from '../../src/api/openapi-types.d.ts';
import { words } from './words.ts';

/** What the desk does when the server asks for the password again, or no longer knows who asks; set by the shell. */
export const doors: { prove: ((needs: string) => Promise<boolean>) | null; signedOut: (() => void) | null } = {
  prove: null,
  signedOut: null,
};

/** A page that asks by itself keeps no session alive: only what follows a person's hand within these seconds does. */
const HAND_MS = 10_000;
let touchedAt = Date.now();
for (const kind of ['pointerdown', 'keydown'] as const)
  window.addEventListener(kind, () => (touchedAt = Date.now()), { capture: true, passive: true });

const needsOf = async (response: Response): Promise<string | null> => {
  if (response.status !== 403) return null;
  const told: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return told !== null && typeof told === 'object' && 'needs' in told && typeof told.needs === 'string'
    ? told.needs
    : null;
};

/** Every request: a step that needs the password again asks for it, then goes on by itself. */
async function ask(request: Request): Promise<Response> {
  if (Date.now() - touchedAt > HAND_MS) request.headers.set('x-ledgerferry-quiet', '1');
  const again = request.clone();
  const response = await fetch(request);
  if (response.status === 401) doors.signedOut?.();
  const needs = await needsOf(response);
  if (needs === null || doors.prove === null || !(await doors.prove(needs))) return response;
  return fetch(again);
}

/** For addresses outside the document, and files: the same doors. */
export const askFor = (path: string, init: RequestInit = {}): Promise<Response> =>
  ask(new Request(path, { credentials: 'same-origin', ...init }));

export const client = createClient<paths>({ baseUrl: '/', credentials: 'same-origin', fetch: ask });

/** What the server said no to, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

const sentenceOf = (error: unknown): string =>
  error !== null && typeof error === 'object' && 'error' in error && typeof error.error === 'string'
    ? error.error
    : words.trouble.some;

/** A no in the server's words; where the password was asked for and not given, that is all there is to say. */
const refusalOf = (status: number, error: unknown): ApiError =>
  new ApiError(
    status,
    error !== null && typeof error === 'object' && 'needs' in error ? words.proof.left : sentenceOf(error),
  );

/** Of an answer that is no file. */
export const refusal = async (answer: Response): Promise<ApiError> =>
  refusalOf(answer.status, await answer.json().catch(() => null));

/** The answer’s data, or an ApiError; a server that does not answer is told as such. */
export async function ok<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch {
    throw new ApiError(0, words.trouble.gone);
  }
  if (answer.data !== undefined) return answer.data;
  throw refusalOf(answer.response.status, answer.error);
}

/** Posts to a route outside the document (sign-in of the library) and answers its JSON. */
export async function post(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new ApiError(0, words.trouble.gone);
  });
  const text = await response.text();
  const value: unknown = text === '' ? null : JSON.parse(text);
  if (response.ok) return value;
  const message =
    value !== null && typeof value === 'object' && 'message' in value && typeof value.message === 'string'
      ? value.message
      : sentenceOf(value);
  throw new ApiError(response.status, message);
}

type Json<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: { 200: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

export type Connection = Json<'/api/v1/connections', 'get'>['connections'][number];
export type Overview = Json<'/api/v1/overview', 'get'>;
export type Transfer = Json<'/api/v1/invoices', 'get'>['transfers'][number];
export type InvoiceTablePage = Json<'/api/v1/invoices/table', 'get'>;
export type Listed = InvoiceTablePage['rows'][number];
export type Invoice = Json<'/api/v1/invoices/{id}', 'get'>;
export type Beside = Json<'/api/v1/invoices/{id}/beside', 'get'>;
export type ReadyInvoice = Json<'/api/v1/invoices/ready', 'post'>['invoices'][number];
export type Reconciliation = NonNullable<Json<'/api/v1/reconciliations/{id}', 'get'>['reconciliation']>;
export type Cause = Json<'/api/v1/errors', 'get'>['causes'][number];
export type Actions = Json<'/api/v1/errors', 'get'>['actions'];
export type LoggedError = Json<'/api/v1/errors', 'get'>['errors'][number];
export type Run = Json<'/api/v1/runs', 'get'>['runs'][number];
export type RunDetail = Json<'/api/v1/runs/{id}', 'get'>;
export type Link = Json<'/api/v1/links', 'get'>['links'][number];
export type Session = Json<'/api/v1/session', 'get'>;
export type Version = Json<'/api/v1/settings/history', 'get'>['versions'][number];
export type SettingRow = Json<'/api/v1/settings/table', 'get'>['settings'][number];
export type Mail = Json<'/api/v1/outbox', 'get'>['mails'][number];
export type Audited = Json<'/api/v1/audit', 'get'>['entries'][number];
export type Adopted = Json<'/api/v1/invoices/{id}/adopt', 'post'>;
export type Asked = paths['/api/v1/runs']['post']['requestBody']['content']['application/json'];
