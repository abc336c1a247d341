/**
 * One QuickBooks company over HTTP: headers, tokens, limits, deadlines. It never repeats a call, but for the one replay of
 * identical bytes after a refused access token. Reads throw; writes answer a WriteReply, because "unknown" is an outcome.
 */
import type { Clock } from '../platform/clock.ts';
import {
  CredentialsRefused,
  ReplyTooLong,
  VendorRefused,
  VendorUnreachable,
  WaitNeeded,
} from '../platform/failures.ts';
import { TransportError, type Http, type HttpRequest, type HttpResponse } from '../platform/http.ts';
import { faultIn, parseReply } from './faults.ts';
import type { QuickBooksLimits } from './limits.ts';
import { referenceOf, throttleMs } from './reply.ts';
import { createReads, type QuickBooksReads } from './reads.ts';
import { createWrites, type QuickBooksWrites } from './writes.ts';

export interface TokenSource {
  current(): Promise<string>;
  /** Called with the refused token; answers another one or throws CredentialsRefused. */
  refreshed(rejected: string): Promise<string>;
}

export interface QuickBooksOptions {
  readonly apiUrl: string;
  readonly realmId: string;
  readonly http: Http;
  readonly clock: Clock;
  readonly tokens: TokenSource;
  readonly limits: QuickBooksLimits;
  readonly allowLoopback: boolean;
  /** The engine's retry policy, asked around every single read: a read of several calls must not start over for one of them. */
  readonly policy: <T>(call: () => Promise<T>) => Promise<T>;
}

export type QuickBooks = QuickBooksReads &
  QuickBooksWrites & {
    /** Product milliseconds until our own limits let such a call go: asked before an intent is committed. */
    waitFor(kind: 'write' | 'batch'): number;
  };

/** 75 is the floor and the default since August 2025 (facts/qbo.md section 2). */
const MINOR_VERSION = '75';
/** QuickBooks cuts a request at 120 s; a read that takes longer than this is given up and asked again. */
const READ_MS = 60_000;

export interface Call {
  readonly kind: 'read' | 'write' | 'batch';
  readonly method: 'GET' | 'POST';
  /** Below the company, such as `query`. */
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly contentType?: string;
  readonly timeoutMs?: number;
  readonly lastGate?: () => Promise<void>;
}

/** Sends calls of one company; reads and writes are built on it. */
export interface Door {
  readonly realmId: string;
  /** One call with its replay after a refused token; throws TransportError, WaitNeeded (our limiter), CredentialsRefused. */
  send(call: Call): Promise<HttpResponse>;
  /** A read: the parsed reply, or a thrown failure with intuit_tid. */
  read(call: Omit<Call, 'kind'>): Promise<unknown>;
}

export function createQuickBooks(options: QuickBooksOptions): QuickBooks {
  const base = checkedBase(options);
  const door: Door = {
    realmId: options.realmId,
    send: (call) => send(options, base, call),
    read: (call) => options.policy(() => read(door, { ...call, kind: 'read' })),
  };
  return { ...createReads(door), ...createWrites(door), waitFor: (kind) => options.limits.waitFor(kind) };
}

function checkedBase(options: QuickBooksOptions): string {
  const url = new URL(options.apiUrl);
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
  const known = url.protocol === 'https:' && /^(sandbox-)?quickbooks\.api\.intuit\.com$/.test(url.hostname);
  if (!known && !(loopback && options.allowLoopback))
    throw new Error(`${url.hostname} is not an address of QuickBooks`);
  return `${options.apiUrl.replace(/\/+$/, '')}/v3/company/${encodeURIComponent(options.realmId)}`;
}

async function send(options: QuickBooksOptions, base: string, call: Call): Promise<HttpResponse> {
  const token = await options.tokens.current();
  const first = await once(options, base, call, token);
  if (first.status !== 401) return first;
  const fault = faultIn(parseReply(first.text), null);
  // 120: the connecting user lost access; another token of the same user would not help.
  if (fault?.code === '120') {
    const cure =
      'the user who connected it lost access to this company: a user who has it connects it again under “Connections” (terminal: connection authorize NAME)';
    throw new CredentialsRefused('QuickBooks', `${fault.detail.replace(/\.$/, '')}; ${cure}`, referenceOf(first));
  }
  const again = await once(options, base, call, await options.tokens.refreshed(token));
  if (again.status === 401)
    throw new CredentialsRefused(
      'QuickBooks',
      'the access token was refused twice; connect the company again under “Connections” (terminal: connection authorize NAME)',
      referenceOf(again),
    );
  return again;
}

function once(options: QuickBooksOptions, base: string, call: Call, token: string): Promise<HttpResponse> {
  const wait = options.limits.take(call.kind);
  if (wait > 0) throw new WaitNeeded('QuickBooks', wait, 'limit', 'our own limit of calls');
  const query = new URLSearchParams({ ...call.parameters, minorversion: MINOR_VERSION });
  const request: HttpRequest = {
    method: call.method,
    url: `${base}/${call.path}?${query.toString()}`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'user-agent': 'ledgerferry',
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    },
    timeoutMs: call.timeoutMs ?? READ_MS,
    ...(call.body === undefined ? {} : { body: call.body }),
    ...(call.lastGate === undefined ? {} : { lastGate: call.lastGate }),
  };
  return options.http.send(request);
}

async function read(door: Door, call: Call): Promise<unknown> {
  let reply: HttpResponse;
  try {
    reply = await door.send(call);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.reason === 'too-long') throw new ReplyTooLong('QuickBooks', error.message);
    throw new VendorUnreachable('QuickBooks', error.sent, error.message, null, error);
  }
  const reference = referenceOf(reply);
  const value = parseReply(reply.text);
  const fault = faultIn(value, reference);
  if (reply.status === 429 || fault?.meaning === 'throttled')
    throw new WaitNeeded('QuickBooks', throttleMs(reply), 'vendor', 'too many calls');
  if (fault?.meaning === 'system')
    throw new VendorUnreachable('QuickBooks', 'unknown', `${fault.message} (code ${fault.code})`, reference);
  if (fault !== null)
    throw new VendorRefused('QuickBooks', reply.status, fault.code, fault.detail || fault.message, reference);
  if (reply.status !== 200 || value === null || typeof value !== 'object') {
    throw new VendorUnreachable(
      'QuickBooks',
      'unknown',
      `status ${String(reply.status)} without a readable answer`,
      reference,
    );
  }
  return value;
}
