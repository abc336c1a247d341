/** One seed from its world to its verdict. */
import pg from 'pg';
import { finishAuthorization, addConnection } from '../../src/engine/connecting.ts';
import type { Worker } from '../../src/engine/running.ts';
import { isVendorFailure } from '../../src/platform/failures.ts';
import { Kernel, type SimProcess } from './kernel.ts';
import { Network } from './network.ts';
import { judge, type Verdict } from './oracle.ts';
import { actOut } from './people.ts';
import type { Plan } from './plan.ts';
import { Processes } from './processes.ts';
import { Random } from './random.ts';
import { isCommit, SimServer } from './sql.ts';
import { realmOf, SimVendors, userOf } from './vendors.ts';
import { Witness } from './witness.ts';
import { connectAll, type Books } from './world.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const SEEDS_PER_TRUNCATE = 25;

/** A piece of the product's work that did not end within an hour of virtual time. */
export class StandsStill extends Error {
  override readonly name = 'StandsStill';
}

export interface Outcome extends Verdict {
  readonly plan: Plan;
  readonly traceHash: string;
  readonly struck: ReadonlyMap<string, number>;
  readonly statements: number;
  readonly virtualMs: number;
}

/** PostgreSQL for simulations: one database, emptied before each seed. */
export class Rig {
  readonly server: SimServer;
  readonly #owner: pg.Client;
  #tables: string[] = [];
  #sequences: string[] = [];
  #emptied = 0;

  private constructor(connection: pg.PoolConfig) {
    this.server = new SimServer(connection);
    this.#owner = new pg.Client(connection);
  }

  static async open(connection: pg.PoolConfig): Promise<Rig> {
    const rig = new Rig(connection);
    await rig.#owner.connect();
    // As a replica: no foreign key is followed when all rows go.
    await rig.#owner.query(`set synchronous_commit = off; set session_replication_role = replica`);
    const { rows } = await rig.#owner.query<{ name: string }>(
      `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename not like 'kysely%' and tablename not like '%migration%' order by 1`,
    );
    rig.#tables = rows.map((row) => row.name);
    const sequences = await rig.#owner.query<{ name: string }>(
      `select quote_ident(sequencename) as name from pg_sequences where schemaname = 'public' order by 1`,
    );
    rig.#sequences = sequences.rows.map((row) => row.name);
    for (const { name } of rows) await rig.#owner.query(`alter table ${name} set (autovacuum_enabled = off)`);
    await rig.server.open(14);
    return rig;
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.#owner.end();
  }

  /**
   * Rows are deleted: to empty a table by `truncate` makes every session plan every statement anew. Now and then it is done
   * all the same, so that what deleted rows leave behind does not pile up.
   */
  async empty(): Promise<void> {
    this.#emptied += 1;
    await this.#owner.query(
      this.#emptied % SEEDS_PER_TRUNCATE === 1
        ? `truncate ${this.#tables.join(', ')} restart identity`
        : `${this.#tables.map((name) => `delete from ${name}`).join('; ')}; ${this.#sequences.map((name) => `select setval('${name}', 1, false)`).join('; ')}`,
    );
  }

  /** Reads the ledger past every policy, for the oracle. */
  async rows<T>(text: string, values: unknown[] = []): Promise<T[]> {
    return (await this.#owner.query(text, values)).rows as T[];
  }
}

/** What a long simulation wants beside: to look on at times, and to work with the product when all is judged. */
export interface Watch {
  readonly everyMs: number;
  look(kernel: Kernel, books: readonly Books[]): Promise<void>;
  atEnd(last: {
    readonly worker: Worker;
    readonly through: <T>(work: Promise<T>) => Promise<T>;
    /** Lets go of both vendors and of all that the rig itself remembers; the product's processes live on. */
    readonly forget: () => void;
  }): Promise<void>;
}

export async function simulate(
  rig: Rig,
  plan: Plan,
  traceOut: ((line: string) => void) | null = null,
  watch: Watch | null = null,
): Promise<Outcome> {
  await rig.empty();
  const kernel = new Kernel(new Random(`${plan.seed} turns`), Date.parse(plan.startAt), traceOut);
  await rig.server.attach(kernel);
  const vendors = new SimVendors();
  await vendors.open(kernel, plan);
  const network = new Network(kernel, vendors, new Random(`${plan.seed} network`), plan.faults);
  const processes = new Processes(kernel, network, rig.server, vendors, plan);
  const witness = new Witness(network, rig.server);
  const run = new Run(rig, kernel, plan, vendors, network, processes);
  const books = await run.setUp();
  witness.begin();
  await run.activePhase(watch);
  await run.settle();
  const verdict = await judge({ rig, kernel, plan, books, processes, network, witness, unsettled: run.unsettled });
  await watch?.atEnd({
    worker: run.desk.worker,
    through: (work) => run.through(work),
    forget: () => {
      vendors.forget();
      processes.mails.length = 0;
      books.length = 0;
    },
  });
  return {
    ...verdict,
    plan,
    traceHash: kernel.traceHash(),
    struck: network.struck,
    statements: kernel.statements,
    virtualMs: kernel.now - kernel.startedAt,
  };
}

class Run {
  /** What was not done when the time for it was over. */
  unsettled: string[] = [];
  #books: Books[] = [];
  #statements = 0;
  #desk: { process: SimProcess; worker: Worker } | null = null;

  constructor(rig: Rig, kernel: Kernel, plan: Plan, vendors: SimVendors, network: Network, processes: Processes) {
    this.rig = rig;
    this.kernel = kernel;
    this.plan = plan;
    this.vendors = vendors;
    this.network = network;
    this.processes = processes;
  }
  readonly rig: Rig;
  readonly kernel: Kernel;
  readonly plan: Plan;
  readonly vendors: SimVendors;
  readonly network: Network;
  readonly processes: Processes;

  #setFaults(on: boolean): void {
    this.network.areFaultsOn = on;
    this.processes.areFaultsOn = on;
  }

  /** Runs one piece of the product's work to its end. */
  async through<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const watched = work.finally(() => (isOver = true));
    watched.catch(() => undefined);
    if (!(await this.kernel.run(() => isOver, this.kernel.now + 60 * MINUTE)))
      throw new StandsStill('the work did not end within an hour of virtual time');
    return watched;
  }

  async setUp(): Promise<Books[]> {
    this.#setFaults(false);
    const { worker } = this.desk;
    this.#books = await this.through(connectAll(this.kernel, this.plan, this.vendors, worker));
    return this.#books;
  }

  get desk(): { process: SimProcess; worker: Worker } {
    if (this.#desk === null || this.#desk.process.isDead) this.#desk = this.processes.start('desk');
    return this.#desk;
  }

  async activePhase(watch: Watch | null): Promise<void> {
    const { kernel, plan } = this;
    // What was there at the beginning is old enough to be seen by queries that lag.
    await kernel.run(() => false, kernel.now + MINUTE);
    for (const books of this.#books) books.realm.queryLagMs = books.plan.lagMs;
    this.#setFaults(true);
    this.#armDatabase();
    for (let index = 0; index < plan.workers; index += 1) this.processes.startWorker(index);
    const begin = kernel.now;
    for (const act of plan.acts) {
      kernel.after(act.at, () => {
        const books = this.#books[act.connection];
        if (books === undefined) return;
        kernel.trace('people', `${act.kind} @${String(act.connection)}`);
        actOut({ kernel, books, act, worker: () => this.desk.worker }).then(
          () => kernel.trace('people', `${act.kind} done`),
          (error: unknown) => kernel.trace('people', `${act.kind}: ${error instanceof Error ? error.message : ''}`),
        );
      });
    }
    for (const fault of plan.faults) {
      if (fault.kind === 'database-restart')
        kernel.after(fault.at, () => {
          kernel.trace('server', `restarts, ${String(fault.ms)} ms`);
          this.network.count('database-restart');
          this.rig.server.endSessions(null);
          this.rig.server.downUntil = kernel.now + fault.ms;
        });
      if (fault.kind === 'tokens-expire')
        kernel.after(fault.at, () => {
          this.network.count('tokens-expire');
          this.vendors.quickbooks.oauth.expireAll();
        });
      if (fault.kind === 'access-revoked')
        kernel.after(fault.at, () => {
          this.network.count('access-revoked');
          this.vendors.quickbooks.oauth.revokeAll();
        });
    }
    const end = begin + plan.activeMs;
    if (watch === null) return void (await kernel.run(() => false, end));
    for (let nextLook = begin + watch.everyMs; kernel.now < end;) {
      await kernel.run(() => false, Math.min(end, nextLook, kernel.now + DAY));
      await this.#mendDaily();
      if (kernel.now < Math.min(end, nextLook)) continue;
      nextLook += watch.everyMs;
      await watch.look(kernel, this.#books);
    }
  }

  /** In a year somebody reads the reports: what only a person can mend is mended within a day, or on the next one. */
  async #mendDaily(): Promise<void> {
    try {
      await this.#mendAccess(false);
    } catch (error) {
      if (!isVendorFailure(error)) throw error;
      this.kernel.trace('person', 'the access could not be mended today');
    }
  }

  #armDatabase(): void {
    const faults = this.plan.faults.flatMap((fault) =>
      fault.kind === 'commit-lost' ||
      fault.kind === 'session-killed' ||
      fault.kind === 'conflict' ||
      fault.kind === 'disk-full'
        ? [{ ...fault, left: fault.times }]
        : [],
    );
    let commits = 0;
    this.rig.server.judge = (_process, statement) => {
      if (!this.network.areFaultsOn || /\brollback$/.test(statement)) return 'fine';
      this.#statements += 1;
      if (isCommit(statement)) commits += 1;
      for (const fault of faults) {
        if (fault.left === 0) continue;
        if (
          fault.kind === 'commit-lost' ? !isCommit(statement) || commits < fault.nth / 4 : this.#statements < fault.nth
        )
          continue;
        fault.left -= 1;
        this.network.count(`${fault.kind}${isCommit(statement) ? ' at commit' : ''}`);
        return fault.kind === 'commit-lost' ? 'lost' : fault.kind === 'session-killed' ? 'refused' : fault.kind;
      }
      return 'fine';
    };
  }

  /** Faults off: everything must come to its end by itself, but for what only a person can mend. */
  async settle(): Promise<void> {
    const { kernel } = this;
    kernel.trace('sim', 'faults off');
    this.#setFaults(false);
    this.rig.server.downUntil = 0;
    await this.#mendAccess(this.plan.faults.some((fault) => fault.kind === 'access-revoked'));
    const from = kernel.now;
    const frozen = Math.max(0, ...this.processes.living.map((one) => one.frozenUntil - kernel.now));
    // Ideal time: the longest interval, a thaw, Retry-After and doubt to be settled, then the work; and five minutes.
    const interval = Math.max(...this.plan.connections.map((one) => one.intervalMinutes)) * MINUTE;
    const until = from + interval + frozen + 90_000 + 215_000 + 4 * MINUTE + 5 * MINUTE;
    for (;;) {
      this.unsettled = await this.#leftOver(from);
      if (this.unsettled.length === 0 || kernel.now >= until) return;
      await kernel.run(() => false, Math.min(kernel.now + 20_000, until));
      // A refresh whose answer was lost too often shows only with the next call that the consent is gone (seed 3340).
      await this.#mendAccess(false);
    }
  }

  /** A withdrawn consent and refused credentials are the only things that nothing but a person can mend. */
  async #mendAccess(isRevoked: boolean): Promise<void> {
    const rows = await this.rig.rows<{ connection_id: string; autotask_state: string; quickbooks_state: string }>(
      'select connection_id, autotask_state, quickbooks_state from connections order by name',
    );
    for (const [index, books] of this.#books.entries()) {
      const row = rows.find((one) => one.connection_id === books.tenant.connectionId);
      const { services } = this.desk.worker;
      const { secret, integrationCode } = books.autotask.knobs;
      if (row?.autotask_state !== 'connected')
        await this.through(
          addConnection(services, books.tenant.organizationId, {
            name: `Company ${String(index)}`,
            autotask: { userName: userOf(index), secret, integrationCode },
            by: 'person',
          }),
        );
      if (row?.quickbooks_state !== 'connected' || isRevoked)
        await this.through(
          finishAuthorization(services, books.tenant, {
            code: this.vendors.consent(index),
            realmId: realmOf(index),
            redirectUri: null,
            by: 'person',
          }),
        );
    }
  }

  async #leftOver(since: number): Promise<string[]> {
    const left: string[] = [];
    for (const books of this.#books) {
      const values = [books.tenant.connectionId];
      const runs = await this.rig.rows<{ state: string; kind: string }>(
        `select state, kind from runs where connection_id = $1 and state in ('queued', 'running') order by run_id`,
        values,
      );
      const fresh = await this.rig.rows(
        `select 1 from runs where connection_id = $1 and kind = 'automatic' and state = 'finished' and started_at >= $2`,
        [books.tenant.connectionId, new Date(Math.max(since, books.touched.linesBackAt))],
      );
      const open = await this.rig.rows<{ id: string; state: string; reason: string }>(
        `select autotask_invoice_id || '/' || copy_number as id, state, coalesce(problems->0->>'code', '') as reason from transfers
         where connection_id = $1 and (state in ('seen', 'posting', 'verifying') or (state = 'posted' and not problems @> '[{"code":"write-back-failed"}]')
           or (state = 'ready' and not problems @> '[{"code":"awaits-approval"}]')
           or (state = 'waiting' and not problems @> '[{"code":"settling"}]')
           or (state = 'parked' and refused_hash is not null and looked_up_generation is distinct from generation and not $2))
         order by autotask_invoice_id, copy_number`,
        [...values, books.touched.paused],
      );
      left.push(
        ...runs.map((run) => `@${String(books.index)}: a run ${run.kind} is ${run.state}`),
        ...open.map((one) => `@${String(books.index)}: ${one.id} is ${one.state} ${one.reason}`),
        ...(fresh.length === 0 && !books.touched.paused
          ? [`@${String(books.index)}: no automatic run has finished`]
          : []),
      );
    }
    return left;
  }
}
