/**
 * The thin shell of both sandboxes: real HTTP around a function from request to reply, with the switchboard of faults
 * (facts/goals.md 4.3) and a bounded log. The function can be called without sockets too.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../platform/clock.ts';
import { writeExact } from '../platform/exact-json.ts';

export interface SandboxRequest {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SandboxReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type FaultAct =
  /** Another reply instead (HTML, 5xx, 429 ...). */
  | {
      readonly kind: 'reply';
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection breaks without an answer. */
  | { readonly kind: 'reset' }
  /** Never an answer. */
  | { readonly kind: 'drop' }
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** One byte at a time. */
  | { readonly kind: 'trickle' }
  /** Waits (product milliseconds), then goes on. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection breaks now; the request is carried out this much later. */
  | { readonly kind: 'late'; readonly ms: number }
  /** The true reply, changed. */
  | { readonly kind: 'change'; readonly change: (reply: SandboxReply) => SandboxReply };

export interface FaultRule {
  readonly method?: string;
  readonly path: RegExp;
  /** What the request's body must match. */
  readonly body?: RegExp;
  /** Leaves this many matching requests alone first. */
  skip?: number;
  /** How often it strikes; endless when absent. */
  times?: number;
  /** `before`: the request is not carried out; `after`: it is, and then its answer is lost or changed. */
  readonly when: 'before' | 'after';
  readonly act: FaultAct;
}

export interface Shell {
  readonly url: string;
  readonly faults: FaultRule[];
  readonly log: { method: string; url: string; status: number }[];
  /** How often a fault of each kind struck: a test that saw none has shown nothing. */
  readonly struck: Map<string, number>;
  close(): Promise<void>;
}

const LOG_MAX = 20_000;
const BODY_MAX = 20 * 1024 * 1024;

/** What the admin door shows and changes; for the demo and for scripts outside of this repository. */
export interface AdminDoor {
  readonly counters: Counters;
  readonly knobs: object;
  readonly state: () => unknown;
}

const ADMIN = '/__sandbox/';

/**
 * GET state, counters, log, faults; POST knobs (an object to merge) and faults (`{method?, path, when, times?, skip?, act}`,
 * the path as a regular expression's text); DELETE faults and counters.
 */
function admin(request: SandboxRequest, door: AdminDoor, shell: Pick<Shell, 'faults' | 'log'>): SandboxReply {
  const what = request.url.slice(ADMIN.length).split('?')[0] ?? '';
  const answer = (status: number, value: unknown): SandboxReply => ({
    status,
    headers: { 'content-type': 'application/json' },
    body: writeExact(value),
  });
  const shown: Readonly<Record<string, () => unknown>> = {
    state: door.state,
    counters: () => door.counters.all(),
    log: () => shell.log,
    faults: () => shell.faults.map((one) => ({ ...one, path: one.path.source })),
    knobs: () => door.knobs,
  };
  if (request.method === 'GET' && shown[what] !== undefined) return answer(200, shown[what]());
  if (request.method === 'DELETE' && what === 'faults') shell.faults.length = 0;
  else if (request.method === 'DELETE' && what === 'counters') door.counters.reset();
  else if (request.method === 'POST' && what === 'knobs') Object.assign(door.knobs, JSON.parse(request.body));
  else if (request.method === 'POST' && what === 'faults') {
    const rule = JSON.parse(request.body) as Omit<FaultRule, 'path'> & { path: string };
    shell.faults.push({ ...rule, path: new RegExp(rule.path) });
  } else
    return answer(404, {
      error: 'GET state, counters, log, faults, knobs; POST knobs, faults; DELETE faults, counters',
    });
  return answer(200, { done: true });
}

/** How a sandbox is reached: `openShell` by sockets, `closedShell` not at all. */
export type OpenShell = typeof openShell;

/** No sockets: whoever calls the sandbox's `handle` is its network, and brings the faults of a network with it. */
export const closedShell =
  (url: string): OpenShell =>
  () =>
    Promise.resolve({ url, faults: [], log: [], struck: new Map(), close: () => Promise.resolve() });

export async function openShell(
  clock: Clock,
  handle: (request: SandboxRequest) => Promise<SandboxReply>,
  port = 0,
  door: AdminDoor | null = null,
): Promise<Shell> {
  const faults: FaultRule[] = [];
  const log: Shell['log'] = [];
  const struck = new Map<string, number>();
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    if (door !== null && request.url.startsWith(ADMIN))
      return void send(outgoing, admin(request, door, { faults, log }));
    const fault = takeFault(faults, request);
    if (fault !== null)
      struck.set(`${fault.when} ${fault.act.kind}`, (struck.get(`${fault.when} ${fault.act.kind}`) ?? 0) + 1);
    const status = await answer(clock, handle, request, fault, outgoing);
    if (log.length < LOG_MAX) log.push({ method: request.method, url: request.url, status });
  };
  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      outgoing.statusCode = 500;
      outgoing.end(`sandbox fault: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}`);
    });
  });
  server.keepAliveTimeout = 60_000;
  await listen(server, port);
  const at = server.address();
  return {
    url: `http://127.0.0.1:${String(at !== null && typeof at === 'object' ? at.port : 0)}`,
    faults,
    log,
    struck,
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done());
  });

async function readRequest(incoming: IncomingMessage): Promise<SandboxRequest> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length;
    if (length <= BODY_MAX) parts.push(part);
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
  return {
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers,
    body: Buffer.concat(parts).toString('utf8'),
  };
}

function takeFault(faults: FaultRule[], request: SandboxRequest): FaultRule | null {
  for (const fault of faults) {
    if (fault.method !== undefined && fault.method !== request.method) continue;
    if (!fault.path.test(request.url) || fault.body?.test(request.body) === false) continue;
    if ((fault.skip ?? 0) > 0) {
      fault.skip = (fault.skip ?? 0) - 1;
      continue;
    }
    if (fault.times !== undefined) {
      if (fault.times <= 0) continue;
      fault.times -= 1;
    }
    return fault;
  }
  return null;
}

async function answer(
  clock: Clock,
  handle: (request: SandboxRequest) => Promise<SandboxReply>,
  request: SandboxRequest,
  fault: FaultRule | null,
  outgoing: ServerResponse,
): Promise<number> {
  const act = fault?.act;
  if (act?.kind === 'late') {
    outgoing.destroy();
    void clock.sleep(act.ms).then(() => handle(request));
    return 0;
  }
  if (act?.kind === 'delay') await clock.sleep(act.ms);
  const carryOut = fault === null || fault.when === 'after' || act?.kind === 'delay';
  const reply = carryOut ? await handle(request) : { status: 503, headers: {}, body: '' };
  switch (act?.kind) {
    case 'drop':
      return 0;
    case 'reset':
      outgoing.destroy();
      return 0;
    case 'reply':
      return send(outgoing, {
        status: act.status,
        headers: act.headers ?? { 'content-type': 'text/html' },
        body: act.body,
      });
    case 'change':
      return send(outgoing, act.change(reply));
    case 'truncate':
      outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': String(Buffer.byteLength(reply.body)) });
      outgoing.write(Buffer.from(reply.body).subarray(0, act.bytes), () => outgoing.destroy());
      return reply.status;
    case 'trickle':
      outgoing.writeHead(reply.status, reply.headers);
      for (const character of reply.body) {
        if (outgoing.destroyed) break;
        outgoing.write(character);
        await clock.sleep(1_000);
      }
      outgoing.end();
      return reply.status;
    default:
      return send(outgoing, reply);
  }
}

function send(outgoing: ServerResponse, reply: SandboxReply): number {
  outgoing.writeHead(reply.status, { ...reply.headers, 'content-length': String(Buffer.byteLength(reply.body)) });
  outgoing.end(reply.body);
  return reply.status;
}

/** Exact counts by name. */
export class Counters {
  readonly #counts = new Map<string, number>();
  add(name: string, by = 1): void {
    this.#counts.set(name, this.of(name) + by);
  }
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
  all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a.localeCompare(b)));
  }
  reset(): void {
    this.#counts.clear();
  }
}

/** A small deterministic generator (mulberry32): the same seed, the same world. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
