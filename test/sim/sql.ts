/**
 * The database of a simulated process: real PostgreSQL through connections that are opened once and lent out, one statement
 * in flight at a time. What a network and a server do to a client (lost answers, killed sessions, restarts) is done here.
 */
import type { Socket } from 'node:net';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { types, type Database } from '../../src/store/database.ts';
import type { Tables } from '../../src/store/tables.ts';
import { APPLICATION_ROLE } from '../../src/store/role.ts';
import { never, type Kernel, type SimProcess } from './kernel.ts';

/** A statement that would wait for a lock fails after this (real) time: nobody else can move while it waits. */
const LOCK_MS = 10;
/** As the product sets it: a session that idles in a transaction for longer is ended. */
const IDLE_IN_TRANSACTION_MS = 20_000;
/** Nothing of a simulation outlives it, and its plans are the same each time: a plan is made once per session. */
const SESSION_OPTIONS =
  '-c synchronous_commit=off -c jit=off -c plan_cache_mode=force_generic_plan -c track_activities=off -c track_counts=off';
/** As many as the product's own pool. */
const SESSIONS_MAX = 12;

/** What becomes of one statement. `lost`: it is carried out, and then its answer is lost together with the session. */
export type SqlFate = 'fine' | 'refused' | 'lost' | 'conflict' | 'disk-full';
export type JudgeSql = (process: SimProcess, statement: string) => SqlFate;

/** One session of the server, with the tenant that it is bound to at present. */
interface Session {
  readonly client: pg.Client;
  settings: string;
  isLent: boolean;
  hasBegun: boolean;
}

/** What a process holds as its connection. It takes a session for the length of a transaction. */
interface Link {
  readonly owner: SimProcess;
  session: Session | null;
  settings: string;
  inTransaction: boolean;
  isBroken: boolean;
}

const gone = (): Error => new Error('Connection terminated unexpectedly');
function serverError(code: string, message: string): Error {
  const error = new pg.DatabaseError(message, 0, 'error');
  error.code = code;
  return error;
}

/**
 * A transaction is begun in the server with its first statement that is no plain select: in read committed every statement
 * has a snapshot of its own, so that this changes nothing but the number of round trips. The tenant is bound to the session
 * by the values that the product gives for the transaction.
 */
export class SimServer {
  readonly #sessions: Session[] = [];
  #links: Link[] = [];
  readonly connection: pg.PoolConfig;
  kernel: Kernel | null = null;
  judge: JudgeSql = () => 'fine';
  /** Told of every statement that was carried out. */
  onStatement: (process: SimProcess, statement: string) => void = () => undefined;
  /** Nobody can connect before this instant. */
  downUntil = 0;
  readonly #toRollBack: Session[] = [];
  readonly #texts = new Map<string, Known>();

  constructor(connection: pg.PoolConfig) {
    this.connection = connection;
  }

  async open(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const client = new pg.Client({ ...this.connection, types, pipeline: true, options: SESSION_OPTIONS });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(`set role ${APPLICATION_ROLE}`);
      this.#sessions.push({ client, settings: '', isLent: false, hasBegun: false });
    }
  }

  async close(): Promise<void> {
    for (const { client } of this.#sessions.splice(0)) await client.end();
  }

  /** A new simulation begins: nothing of the last one is left in any session. */
  async attach(kernel: Kernel): Promise<void> {
    this.kernel = kernel;
    this.downUntil = 0;
    this.judge = () => 'fine';
    this.onStatement = () => undefined;
    this.#toRollBack.length = 0;
    this.#links = [];
    for (const session of this.#sessions) {
      if (session.hasBegun) await session.client.query('rollback');
      Object.assign(session, { isLent: false, hasBegun: false, settings: '' });
    }
    kernel.cleaners.push(() => this.#rollBackLeft());
  }

  async #rollBackLeft(): Promise<void> {
    for (const session of this.#toRollBack.splice(0)) {
      if (session.hasBegun) await session.client.query('rollback');
      session.hasBegun = false;
      session.isLent = false;
    }
  }

  /** Ends the sessions of a process that died, or (null) of everybody. */
  endSessions(process: SimProcess | null): void {
    for (const link of this.#links) if (process === null || link.owner === process) this.#break(link);
  }

  /** The server ends sessions that idle within a transaction, as those of a frozen process do. */
  froze(process: SimProcess, ms: number): void {
    if (ms < IDLE_IN_TRANSACTION_MS) return;
    this.kernel?.after(IDLE_IN_TRANSACTION_MS, () => {
      for (const link of this.#links) if (link.owner === process && link.inTransaction) this.#break(link);
    });
  }

  #break(link: Link): void {
    link.isBroken = true;
    if (link.session !== null) this.#toRollBack.push(link.session);
    link.session = null;
  }

  databaseOf(process: SimProcess): Database {
    const pool = { connect: () => this.#lend(process), end: () => Promise.resolve(), options: {} };
    return {
      kysely: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
      connection: this.connection,
      warnings: [],
      isEmbedded: false,
      role: APPLICATION_ROLE,
      close: () => Promise.resolve(),
    };
  }

  async #lend(process: SimProcess): Promise<never> {
    await process.pass();
    const kernel = this.kernel as Kernel;
    if (kernel.now < this.downUntil) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    if (this.#links.filter((one) => one.owner === process).length >= SESSIONS_MAX)
      throw new Error('timeout exceeded when trying to connect');
    const link: Link = { owner: process, session: null, settings: '', inTransaction: false, isBroken: false };
    this.#links.push(link);
    return {
      query: (statement: string, parameters: unknown[]) => this.#query(link, statement, parameters),
      release: () => {
        if (link.session !== null) this.#break(link);
        this.#links = this.#links.filter((one) => one !== link);
      },
    } as never;
  }

  async #query(link: Link, statement: string, parameters: unknown[]): Promise<unknown> {
    const { owner } = link;
    await owner.pass();
    const kernel = this.kernel as Kernel;
    const outcome = await new Promise<Answer>((done) => {
      kernel.enqueue({ process: owner, run: async () => done(await this.#carryOut(link, statement, parameters)) });
    });
    if (owner.isDead) return never();
    await owner.pass();
    if (outcome.error !== undefined) throw outcome.error;
    return outcome.value;
  }

  async #carryOut(link: Link, statement: string, parameters: unknown[]): Promise<Answer> {
    const kernel = this.kernel as Kernel;
    if (link.isBroken) return { error: gone() };
    const fate = this.judge(link.owner, statement);
    if (fate !== 'fine') kernel.trace(link.owner.name, `sql ${fate}: ${shorten(statement)}`);
    if (fate === 'refused') {
      this.#break(link);
      return { error: gone() };
    }
    if (fate === 'conflict' || fate === 'disk-full') {
      // The server says so, and the transaction is spoilt.
      this.#spoil(link);
      return fate === 'conflict'
        ? { error: serverError('40001', 'could not serialize access') }
        : { error: serverError('53100', 'could not extend file: No space left on device') };
    }
    try {
      const value = await this.#perform(link, statement, parameters);
      this.onStatement(link.owner, statement);
      kernel.trace(link.owner.name, `sql ${shorten(statement)} -> ${String(rowsOf(value))}`);
      if (fate !== 'lost') return { value };
      this.#break(link);
      return { error: gone() };
    } catch (error) {
      kernel.trace(link.owner.name, `sql ${shorten(statement)} -> ${error instanceof Error ? error.message : ''}`);
      return { error };
    }
  }

  /** Nothing of a spoilt transaction is kept; the product ends it with a rollback. */
  #spoil(link: Link): void {
    if (link.session !== null) this.#toRollBack.push(link.session);
    link.session = null;
  }

  async #perform(link: Link, statement: string, parameters: unknown[]): Promise<unknown> {
    if (statement.startsWith('begin')) {
      link.inTransaction = true;
      link.settings = settingsIn(statement);
      return EMPTY;
    }
    if (/\b(commit|rollback)$/.test(statement)) {
      const { session } = link;
      Object.assign(link, { inTransaction: false, session: null });
      if (session?.hasBegun === true) await session.client.query(statement);
      if (session !== null) Object.assign(session, { hasBegun: false, isLent: false });
      return EMPTY;
    }
    const session = (link.session ??= this.#sessionFor(link.settings));
    // What goes before is sent in one piece with the statement: one way there and back.
    const { client } = session;
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.cork();
    const before: Promise<unknown>[] = [];
    if (session.settings !== link.settings) before.push(client.query((session.settings = link.settings)));
    if (!session.hasBegun && link.inTransaction && this.#known(statement).writes) {
      before.push(client.query('begin'));
      session.hasBegun = true;
    }
    const answer = client.query({ name: this.#known(statement).name, text: statement, values: parameters });
    stream.uncork();
    const [value] = await Promise.all([answer, ...before]);
    return value;
  }

  /** Of a text that is sent again and again: its name in every session, and whether it needs a transaction. */
  #known(text: string): Known {
    let known = this.#texts.get(text);
    if (known === undefined) {
      known = { name: `s${String(this.#texts.size)}`, writes: !/^\s*select\b(?!.*\bfor update\b)/is.test(text) };
      this.#texts.set(text, known);
    }
    return known;
  }

  #sessionFor(settings: string): Session {
    const idle = this.#sessions.filter((one) => !one.isLent);
    const session = idle.find((one) => one.settings === settings) ?? idle.find((one) => one.settings === '') ?? idle[0];
    if (session === undefined) throw new Error('the simulation has no session left');
    session.isLent = true;
    return session;
  }
}

interface Known {
  readonly name: string;
  readonly writes: boolean;
}

interface Answer {
  readonly value?: unknown;
  readonly error?: unknown;
}
const EMPTY = { rows: [], rowCount: 0, command: '' };

/** What the product sets for a transaction, for the session. */
const settingsIn = (statement: string): string =>
  statement
    .slice(statement.indexOf('select set_config'))
    .replaceAll(', true)', ', false)')
    .replace("'lock_timeout', '2s'", `'lock_timeout', '${String(LOCK_MS)}ms'`);

export const isCommit = (statement: string): boolean => statement.endsWith('commit');
const shorten = (statement: string): string => statement.replaceAll(/\s+/g, ' ').trim().slice(0, 90);
const rowsOf = (value: unknown): number => {
  const last = (Array.isArray(value) ? value.at(-1) : value) as { rowCount?: number | null } | undefined;
  return last?.rowCount ?? 0;
};
