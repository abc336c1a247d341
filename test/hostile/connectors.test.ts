/**
 * Hostile replies at both connectors (facts/goals.md R7): no crash, no broken reply believed, every call ended, memory kept.
 * The goldens are what the sandboxes answer; a part in the suite, 10,000 and more by `npm run campaign -- hostile`.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeFlags } from '../../bin/node-flags.mjs';
import { ExactNumber } from '../../src/platform/exact-json.ts';
import { NetworkHttp, type Http, type HttpResponse } from '../../src/platform/http.ts';
import { RunningClock } from '../../src/platform/clock.ts';
import { seeded } from '../../src/sandbox/shell.ts';
import { patience, seedOf, sized, told } from '../support/campaign.ts';
import { makeWorld, type World } from '../support/world.ts';
import type { WriteReply } from '../../src/quickbooks/batch.ts';
import type { HugeResult } from './huge-client.ts';
import { aim, calls, outcomeOf, startHostile, type HostileServer, type Outcome } from './rig.ts';
import { cutsOf, foreign, huge, isReadable, mutated, slow, type Golden, type Variant } from './variants.ts';

/** Calls end by deadlines of 2.5 s at this scale; this only tells an ended call from one that hangs. */
const HANGS_MS = 20_000;
const MEMORY_MAX = 50 * 1024 * 1024;

let world: World;
let server: HostileServer;
const clock = new RunningClock(1_000);
const http = new NetworkHttp(clock);
const goldens = new Map<string, Golden>();

beforeAll(async () => {
  world = await makeWorld({ invoices: 6, companies: 4, scale: 1_000 });
  await world.sync();
  const [row] = world.realm.table('Invoice').values();
  world.realm.write(
    'Payment',
    {
      CustomerRef: row?.['CustomerRef'],
      TotalAmt: new ExactNumber('1.00'),
      TxnDate: '2026-03-31',
      Line: [{ Amount: new ExactNumber('1.00'), LinkedTxn: [{ TxnId: row?.Id, TxnType: 'Invoice' }] }],
    },
    '',
    { allowDuplicateNumber: false },
  );
  server = await startHostile();
  await record();
});
afterAll(async () => {
  await http.close();
  await server.close();
  await world.close();
});

/** Asks the sandboxes and keeps what they say. */
async function record(): Promise<void> {
  let last: HttpResponse | null = null;
  const recorder: Http = { send: async (request) => (last = await http.send(request)) };
  const token = await freshToken();
  const refs = {
    customer: [...world.realm.table('Customer').keys()][0] ?? '',
    item: [...world.realm.table('Item').values()].find((one) => one['Type'] === 'Service')?.Id ?? '',
  };
  for (const [name, { vendor, call }] of Object.entries(calls)) {
    const url = vendor === 'autotask' ? world.autotask.url : world.quickbooks.url;
    last = null;
    const ended = await outcomeOf(() => call(aim(url, recorder, clock, token, refs)), false);
    const reply = last as HttpResponse | null;
    if (reply === null) throw new Error(`${name} asked nothing: ${JSON.stringify(ended)}`);
    if (name !== 'token') expect([name, ended.kind, reply.status]).toEqual([name, 'value', 200]);
    // No refresh token of the world's is spent on this one: its form is the documented one.
    const body =
      name === 'token'
        ? '{"access_token":"a","refresh_token":"b","expires_in":3600,"x_refresh_token_expires_in":8726400,"token_type":"bearer"}'
        : reply.text;
    goldens.set(name, { status: 200, body });
  }
}

async function freshToken(): Promise<string> {
  const code = world.quickbooks.grant('4620816365000000000');
  const { clientId, clientSecret } = world.quickbooks.oauth.knobs;
  const discovery = (await (await fetch(world.quickbooks.discoveryUrl)).json()) as { token_endpoint: string };
  const reply = await fetch(discovery.token_endpoint, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: 'http://127.0.0.1/' }),
  });
  return ((await reply.json()) as { access_token: string }).access_token;
}

interface Tried {
  readonly call: string;
  readonly variant: Variant;
}

let number = 0;
async function attempt({ call, variant }: Tried): Promise<string | null> {
  number += 1;
  const name = String(number);
  server.variants.set(name, variant);
  const made = calls[call];
  if (made === undefined) throw new Error(call);
  const target = aim(`${server.url}/v/${name}`, http, clock);
  const hangs = new AbortController();
  const outcome = await Promise.race([
    outcomeOf(() => made.call(target), made.isWrite === true),
    pause(HANGS_MS, 'hangs' as const, { signal: hangs.signal }),
  ]);
  hangs.abort();
  server.variants.delete(name);
  const wrong = outcome === 'hangs' ? 'it did not end' : verdict(outcome, variant);
  return wrong === null
    ? null
    : `${call}, ${variant.kind}, ${String(variant.status)}: ${wrong}\n${variant.body.subarray(0, 300).toString()}`;
}

/** What is wrong with this end; null when nothing is. */
function verdict(outcome: Outcome, variant: Variant): string | null {
  const isWhole = isReadable(variant);
  if (outcome.kind === 'crash')
    return `crash: ${outcome.error instanceof Error ? (outcome.error.stack ?? outcome.error.message).slice(0, 600) : String(outcome.error)}`;
  if (outcome.kind === 'value' && !(isWhole && variant.status === 200)) return 'a broken reply was believed';
  if (outcome.kind !== 'write') return null;
  const { reply } = outcome;
  // A reply that cannot be read, or that reports the vendor's own trouble, says nothing about what was stored.
  if (!isWhole || variant.status >= 500) return isInDoubt(reply) ? null : `the outcome is unknown, not ${reply.kind}`;
  if (reply.kind !== 'answered') return null;
  for (const item of reply.items.values())
    if (item.kind === 'done' && (item.invoice?.id ?? item.named?.id ?? '') === '') return 'done without an id';
  return null;
}

/** Unknown as a whole, or item by item. */
const isInDoubt = (reply: WriteReply): boolean =>
  reply.kind === 'unknown' ||
  (reply.kind === 'answered' && [...reply.items.values()].every((item) => item.kind === 'unknown'));

/** Tries all, several at a time; answers what went wrong. */
async function tryAll(tried: readonly Tried[], atOnce: number): Promise<string[]> {
  const wrong: string[] = [];
  const queue = [...tried];
  const work = async (): Promise<void> => {
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
      const fault = await attempt(one);
      if (fault !== null) wrong.push(fault);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return wrong;
}

const each = (make: (golden: Golden) => readonly Variant[]): Tried[] =>
  [...goldens].flatMap(([call, golden]) => make(golden).map((variant) => ({ call, variant })));

const counts = new Map<string, number>();
async function proves(name: string, tried: readonly Tried[], atOnce = 8): Promise<void> {
  counts.set(name, tried.length);
  const wrong = await tryAll(tried, atOnce);
  expect(wrong.slice(0, 8), `${String(wrong.length)} of ${String(tried.length)}`).toEqual([]);
}

describe('hostile replies', () => {
  it('twenty megabytes cost no more than fifty', patience(120_000), async () => {
    const some = sized(0, 1) === 0 ? ['lines', 'look-up by number', 'post a batch'] : [...goldens.keys()];
    const all = each(huge).filter((one) => some.includes(one.call));
    counts.set('huge', all.length);
    // What the program holds anyway is warm before it is measured.
    const { peakBytes, ends } = await hugeIn([...all.slice(0, 1), ...each((golden) => cutsOf(golden, 6))], all);
    const believed = Object.entries(ends).filter(([, end]) => end !== 'told' && end !== 'write unknown');
    expect([Object.keys(ends).length > all.length, believed]).toEqual([true, []]);
    counts.set('peak MB over the start', Math.round(peakBytes / 1024 / 1024));
    expect(peakBytes).toBeLessThan(MEMORY_MAX);
  });

  it('cut at every byte', patience(120_000), () =>
    proves(
      'cut',
      each((golden) => cutsOf(golden, sized(12, 300))),
    ),
  );

  it('mutated: values of other types, fields gone, keys twice, bits, bytes and noise', patience(120_000), () => {
    const random = seeded(seedOf());
    return proves(
      'mutated',
      each((golden) => mutated(golden, sized(24, 240), random)),
    );
  });

  it('of other kinds: html, xml, other statuses, other letters, deep nesting', patience(120_000), () =>
    proves(
      'foreign',
      each(sized(0, 1) === 0 ? (golden) => foreign(golden).filter((_one, at) => at % 5 === 0 || at > 90) : foreign),
    ),
  );

  it('a byte a second, or nothing after the headers: the deadline ends it', patience(120_000), () =>
    proves('slow', each(slow), 50),
  );

  it('were so many', () => {
    told('hostile, connectors', Object.fromEntries(counts));
    expect([...counts.values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(sized(1_000, 10_000));
  });
});

/** Makes the calls one by one in a process with the program's own flags (bin/run.mjs); the bodies stay in this one. */
async function hugeIn(warm: readonly Tried[], tried: readonly Tried[]): Promise<HugeResult> {
  const named = (all: readonly Tried[], letter: string): string =>
    all
      .map(({ call, variant }, at) => {
        server.variants.set(`${letter}${String(at)}`, variant);
        return `${letter}${String(at)}=${call}`;
      })
      .join(',');
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...nodeFlags(false),
    join(import.meta.dirname, 'huge-client.ts'),
    server.url,
    named(warm, 'w'),
    named(tried, 'h'),
  ]);
  return JSON.parse(stdout) as HugeResult;
}
