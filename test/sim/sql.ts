/**
 * The database of a simulated process: real PostgreSQL through connections that are opened once and lent out, one statement
 * in flight at a time. What a network and a server do to a client (lost answers, killed sessions, restarts) is done here.
 */
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
/** As many as the product's own pool. */
const SESSIONS_MAX = 12;

/** What becomes of one statement. `lost`: it is carried out, and then its answer is lost together with the session. */
export type SqlFate = 'fine' | 'refused' | 'lost' | 'conflict' | 'disk-full';
export type JudgeSql = (process: SimProcess, statement: string) => SqlFate;

interface Session {
  readonly client: pg.Client;
  inTransaction: boolean;
  isBroken: boolean;
  /** Given back by its process. */
  isReturned: boolean;
  owner: SimProcess | null;
}

const gone = (): Error => new Error('Connection terminated unexpectedly');
function serverError(code: string, message: string): Error {
  const error = new pg.DatabaseError(message, 0, 'error');
  error.code = code;
  return error;
}

export class SimServer {
  readonly #sessions: Session[] = [];
  readonly connection: pg.PoolConfig;
  kernel: Kernel | null = null;
  judge: JudgeSql = () => 'fine';
  /** Told of every statement that was carried out. */
  onStatement: (process: SimProcess, statement: string) => void = () => undefined;
  /** Nobody can connect before this instant. */
  downUntil = 0;
  readonly #toRollBack: Session[] = [];

  constructor(connection: pg.PoolConfig) {
    this.connection = connection;
  }

  async open(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const client = new pg.Client({ ...this.connection, types, options: '-c synchronous_commit=off -c jit=off' });
      client.on('error', () => undefined);
      await client.connect();
      await client.query(`set role ${APPLICATION_ROLE}`);
      this.#sessions.push({ client, inTransaction: false, isBroken: false, isReturned: true, owner: null });
    }
  }

  async close(): Promise<void> {
    for (const { client } of this.#sessions) await client.end();
  }

  /** A new simulation begins: nothing of the last one is left in any session. */
  async attach(kernel: Kernel): Promise<void> {
    this.kernel = kernel;
    this.downUntil = 0;
    this.judge = () => 'fine';
    this.onStatement = () => undefined;
    this.#toRollBack.length = 0;
    for (const session of this.#sessions) {
      if (session.inTransaction) await session.client.query('rollback');
      Object.assign(session, { inTransaction: false, isBroken: false, isReturned: true, owner: null });
    }
    kernel.cleaners.push(() => this.#rollBackLeft());
  }

  async #rollBackLeft(): Promise<void> {
    for (const session of this.#toRollBack.splice(0)) {
      if (session.inTransaction) await session.client.query('rollback');
      session.inTransaction = false;
      if (session.isReturned || session.owner?.isDead !== false) session.owner = null;
    }
  }

  /** Ends the sessions of a process that died, or (`restart`) of everybody. */
  endSessions(process: SimProcess | null): void {
    for (const session of this.#sessions) {
      if (session.owner === null || (process !== null && session.owner !== process)) continue;
      session.isBroken = true;
      this.#toRollBack.push(session);
    }
  }

  /** The server ends sessions that idle within a transaction, as those of a frozen process do. */
  froze(process: SimProcess, ms: number): void {
    if (ms < IDLE_IN_TRANSACTION_MS) return;
    this.kernel?.after(IDLE_IN_TRANSACTION_MS, () => {
      if (process.isDead) return;
      for (const session of this.#sessions) {
        if (session.owner !== process || !session.inTransaction) continue;
        session.isBroken = true;
        this.#toRollBack.push(session);
      }
    });
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
    const mine = this.#sessions.filter((one) => one.owner === process && !one.isBroken).length;
    const session = this.#sessions.find((one) => one.owner === null);
    if (mine >= SESSIONS_MAX || session === undefined) throw new Error('timeout exceeded when trying to connect');
    Object.assign(session, { owner: process, isBroken: false, isReturned: false, inTransaction: false });
    return {
      query: (statement: string, parameters: unknown[]) => this.#query(process, session, statement, parameters),
      release: () => {
        session.isReturned = true;
        if (session.owner === process && !this.#toRollBack.includes(session)) session.owner = null;
      },
    } as never;
  }

  async #query(process: SimProcess, session: Session, statement: string, parameters: unknown[]): Promise<unknown> {
    await process.pass();
    const kernel = this.kernel as Kernel;
    const outcome = await new Promise<{ value?: unknown; error?: unknown }>((done) => {
      kernel.enqueue({ process, run: async () => done(await this.#carryOut(process, session, statement, parameters)) });
    });
    if (process.isDead) return never();
    await process.pass();
    if (outcome.error !== undefined) throw outcome.error;
    return outcome.value;
  }

  async #carryOut(
    process: SimProcess,
    session: Session,
    statement: string,
    parameters: unknown[],
  ): Promise<{ value?: unknown; error?: unknown }> {
    const kernel = this.kernel as Kernel;
    if (session.isBroken || session.owner !== process) return { error: gone() };
    const fate = this.judge(process, statement);
    if (fate !== 'fine') kernel.trace(process.name, `sql ${fate}: ${shorten(statement)}`);
    if (fate === 'refused') {
      this.#break(session);
      return { error: gone() };
    }
    if (fate === 'conflict' || fate === 'disk-full') {
      // The server says so and the transaction is spoilt.
      if (session.inTransaction) await session.client.query('select 1/0').catch(() => undefined);
      return {
        error:
          fate === 'conflict'
            ? serverError('40001', 'could not serialize access')
            : serverError('53100', 'could not extend file: No space left on device'),
      };
    }
    try {
      const value: unknown = await session.client.query(
        statement.replace("'lock_timeout', '2s'", `'lock_timeout', '${String(LOCK_MS)}ms'`),
        parameters,
      );
      this.#follow(session, statement);
      this.onStatement(process, statement);
      kernel.trace(process.name, `sql ${shorten(statement)} -> ${String(rowsOf(value))}`);
      if (fate === 'lost') {
        this.#break(session);
        return { error: gone() };
      }
      return { value };
    } catch (error) {
      kernel.trace(process.name, `sql ${shorten(statement)} -> ${error instanceof Error ? error.message : ''}`);
      return { error };
    }
  }

  #break(session: Session): void {
    session.isBroken = true;
    this.#toRollBack.push(session);
  }

  #follow(session: Session, statement: string): void {
    if (statement.startsWith('begin')) session.inTransaction = true;
    else if (/\b(commit|rollback)$/.test(statement)) session.inTransaction = false;
  }
}

export const isCommit = (statement: string): boolean => statement.endsWith('commit');
const shorten = (statement: string): string => statement.replaceAll(/\s+/g, ' ').trim().slice(0, 90);
const rowsOf = (value: unknown): number => {
  const last = (Array.isArray(value) ? value.at(-1) : value) as { rowCount?: number | null } | undefined;
  return last?.rowCount ?? 0;
};
