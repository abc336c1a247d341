/**
 * The HTTP seam: one request, one reply, no retry, no redirect. Retry policy belongs to the engine alone.
 * What a failure means for a write is said by `sent`: `no` (definitely nothing left this machine) or `unknown`.
 */
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import type { Clock } from './clock.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Product milliseconds until the whole reply must be here (scaled by the clock, never below a floor for real I/O). */
  readonly timeoutMs: number;
  /** Called immediately before the bytes leave, after every queue; throws to prevent the sending (then `sent` is `no`). */
  readonly lastGate?: () => Promise<void>;
  /** Replies longer than this are cut off as a failure. Default 10 MiB. */
  readonly bytesMax?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Http {
  send(request: HttpRequest): Promise<HttpResponse>;
}

/** No complete reply: time-out, broken connection, too long a reply, bytes that are no text, or a gate that refused. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly reason: 'timeout' | 'network' | 'too-long' | 'no-text' | 'gate';
  readonly sent: 'no' | 'unknown';

  constructor(reason: TransportError['reason'], sent: TransportError['sent'], message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
    this.sent = sent;
  }
}

/** A deadline is never scaled below this: the sockets and the processor of a test machine are not scaled. */
const DEADLINE_FLOOR_MS = 2_500;
/** A reply is held whole; a page that is longer is asked for in smaller ones. */
const BYTES_MAX = 10 * 1024 * 1024;

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

/**
 * Did it fail before there was a connection, so that not a byte can have left? The code alone does not tell: a connection that
 * stands and dies is told by the same ones (EHOSTUNREACH when its repeats are given up), after the whole request has arrived.
 */
function isNeverConnected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isNeverConnected);
  if (codeOf(error) === 'UND_ERR_CONNECT_TIMEOUT') return true;
  const syscall = error instanceof Error && 'syscall' in error ? error.syscall : '';
  return syscall === 'connect' || syscall === 'getaddrinfo';
}

/** The real network. Keeps connections alive; follows no redirect; sends no cookie. */
export class NetworkHttp implements Http {
  readonly #clock: Clock;
  readonly #agent: Agent;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#agent = new Agent({
      keepAliveTimeout: 10_000,
      // More than are ever at work at once: behind the last gate nobody waits for a connection.
      connections: 256,
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
    });
  }

  async send(wanted: HttpRequest): Promise<HttpResponse> {
    const deadline = AbortSignal.timeout(Math.ceil(Math.max(this.#clock.scaled(wanted.timeoutMs), DEADLINE_FLOOR_MS)));
    try {
      await wanted.lastGate?.();
    } catch (error) {
      throw new TransportError('gate', 'no', error instanceof Error ? error.message : 'not sent', error);
    }
    try {
      const { origin, pathname, search } = new URL(wanted.url);
      const reply = await request.call(this.#agent, {
        origin,
        path: pathname + search,
        method: wanted.method,
        headers: wanted.headers,
        body: wanted.body ?? null,
        signal: deadline,
      });
      const bytesMax = wanted.bytesMax ?? BYTES_MAX;
      if (Number(reply.headers['content-length'] ?? 0) > bytesMax) throw refuseLength(reply.body, bytesMax);
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(reply.headers)) {
        if (value !== undefined) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
      }
      const bytes = await unpack(await readBytes(reply.body, bytesMax), headers['content-encoding'], bytesMax);
      return { status: reply.statusCode, headers, text: textOf(bytes) };
    } catch (error) {
      if (error instanceof TransportError) throw error;
      if (deadline.aborted) throw new TransportError('timeout', 'unknown', `no reply within the deadline`, error);
      const sent = isNeverConnected(error) ? 'no' : 'unknown';
      throw new TransportError('network', sent, codeOf(error) || 'the connection broke', error);
    }
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Told before a byte of it is read. */
function refuseLength(body: Readable, bytesMax: number): TransportError {
  body.on('error', () => undefined).destroy();
  return tooLong(bytesMax);
}

const tooLong = (bytesMax: number): TransportError =>
  new TransportError('too-long', 'unknown', `the reply is longer than ${String(bytesMax)} bytes`);

async function readBytes(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.byteLength;
    if (length > bytesMax) throw tooLong(bytesMax);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress) };

/** Packed replies are not asked for, but a proxy between may pack them all the same (RFC 9110 12.5.3 allows it). */
async function unpack(bytes: Uint8Array, encoding: string | undefined, bytesMax: number): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase().replace(/^x-/, '') ?? 'identity';
  if (name === 'identity' || name === '' || bytes.length === 0) return bytes;
  if (name !== 'gzip' && name !== 'deflate' && name !== 'br')
    throw new TransportError('no-text', 'unknown', `the reply is packed in a way that nobody asked for`);
  try {
    return await unpackers[name](bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLong(bytesMax);
    throw new TransportError('no-text', 'unknown', `the reply is packed (${name}) and broken`, error);
  }
}

/** Both vendors speak UTF-8. Bytes that are none came broken or in other letters: names would reach the books mangled. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new TransportError('no-text', 'unknown', 'the reply is not UTF-8 text');
  }
}
