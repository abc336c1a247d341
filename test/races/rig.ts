/**
 * Real code under fast-check's scheduler: every statement, every call and every passing of time waits for its turn, and the
 * scheduler says whose turn it is. The next turn is given only when nothing is on its way, so that a seed repeats itself.
 */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Scheduler } from 'fast-check';
import type { FollowingClock, Services } from '../../src/engine/services.ts';
import type { Http } from '../../src/platform/http.ts';
import type { SandboxReply, SandboxRequest } from '../../src/sandbox/shell.ts';
import { types } from '../../src/store/database.ts';
import { APPLICATION_ROLE } from '../../src/store/role.ts';
import type { Tables } from '../../src/store/tables.ts';
import type { World } from '../support/world.ts';

const CONNECTIONS = 12;
/** Turns after which a schedule counts as one that never ends. */
const TURNS_MAX = 20_000;

/** Real connections, opened once and used by all schedules. */
export class Sessions {
  readonly #clients: pg.Client[] = [];
  #free: pg.Client[] = [];

  async open(world: World): Promise<void> {
    for (let at = 0; at < CONNECTIONS; at += 1) {
      const client = new pg.Client({ ...world.opened.services.database.connection, types });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(`set role ${APPLICATION_ROLE}`);
      this.#clients.push(client);
    }
    this.#free = [...this.#clients];
  }

  take(): pg.Client {
    const client = this.#free.pop();
    if (client === undefined) throw new Error('too many connections at once');
    return client;
  }

  give(client: pg.Client): void {
    this.#free.push(client);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.end();
  }
}

/** One schedule: turns, and time that passes only when its turn comes. */
export class Race {
  readonly #scheduler: Scheduler;
  readonly #sessions: Sessions;
  #onTheWay = 0;
  #time: number;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(scheduler: Scheduler, sessions: Sessions, start: Date) {
    this.#scheduler = scheduler;
    this.#sessions = sessions;
    this.#time = start.getTime();
  }

  get now(): Date {
    return new Date(this.#time);
  }

  turn(label: string): Promise<unknown> {
    return this.#scheduler.schedule(Promise.resolve(), label);
  }

  /** Lets time pass at some moment of the schedule. */
  async passes(ms: number): Promise<void> {
    await this.turn(`${String(ms)} ms pass`);
    this.#time += ms;
    const due = this.#sleepers.filter((one) => one.at <= this.#time);
    this.#sleepers = this.#sleepers.filter((one) => one.at > this.#time);
    for (const one of due) one.wake();
  }

  /** What no turn is given for, and is waited for all the same. */
  async real<T>(work: () => Promise<T>): Promise<T> {
    this.#onTheWay += 1;
    try {
      return await work();
    } finally {
      this.#onTheWay -= 1;
    }
  }

  /** Gives turns until all have ended; time passes by itself only when nobody can do anything else. */
  async run(all: readonly Promise<unknown>[]): Promise<void> {
    let ended = false;
    const end = Promise.allSettled(all).then(() => (ended = true));
    for (let turns = 0; turns < TURNS_MAX; turns += 1) {
      await this.#rest();
      if (ended) break;
      if (this.#scheduler.count() > 0) await this.#scheduler.waitOne();
      else this.#wakeNext();
    }
    if (!ended) throw new Error('this schedule never ends');
    await end;
    await Promise.all(all);
  }

  async #rest(): Promise<void> {
    do await new Promise((done) => setImmediate(done));
    while (this.#onTheWay > 0);
    await new Promise((done) => setImmediate(done));
  }

  #wakeNext(): void {
    const [next] = this.#sleepers.toSorted((a, b) => a.at - b.at);
    if (next === undefined) throw new Error('everybody waits for nothing');
    this.#sleepers = this.#sleepers.filter((one) => one !== next);
    this.#time = Math.max(this.#time, next.at);
    next.wake();
  }

  readonly clock: FollowingClock = {
    now: () => this.now,
    scaled: (ms) => ms,
    follow: () => Promise.resolve(),
    sleep: (ms, signal) => {
      signal?.throwIfAborted();
      return new Promise((done, fail) => {
        const sleeper = { at: this.#time + ms, wake: done };
        this.#sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
          fail(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        });
      });
    },
  };

  /** The sandboxes without sockets; a request and its answer each wait for their turn. */
  http(handle: (url: string) => (request: SandboxRequest) => Promise<SandboxReply>): Http {
    return {
      send: async ({ method, url, headers, body, lastGate }) => {
        const { pathname, search, origin } = new URL(url);
        await this.turn(`${method} ${pathname}`);
        await lastGate?.();
        const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
        const request = { method, url: pathname + search, headers: lower, body: typeof body === 'string' ? body : '' };
        const reply = await this.real(() => handle(origin)(request));
        await this.turn(`answer to ${method} ${pathname}`);
        return { status: reply.status, headers: reply.headers, text: reply.body };
      },
    };
  }

  /** The services of one process: its own holder, everybody's database. */
  services(world: World, holder: string): Services {
    const connect = (): Promise<unknown> => {
      const client = this.#sessions.take();
      return Promise.resolve({
        query: async (text: unknown, values: unknown) => {
          await this.turn(`${holder} ${typeof text === 'string' ? text.slice(0, 40) : 'cursor'}`);
          return this.real(() => client.query(text as string, values as unknown[]));
        },
        release: () => this.#sessions.give(client),
      });
    };
    const pool = { connect, end: () => Promise.resolve(), options: {} } as never;
    const { services } = world.opened;
    return {
      ...services,
      holder,
      clock: this.clock,
      http: this.http((origin) => (origin === world.autotask.url ? world.autotask.handle : world.quickbooks.handle)),
      database: {
        ...services.database,
        role: APPLICATION_ROLE,
        kysely: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
      },
    };
  }
}
