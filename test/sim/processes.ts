/** The product's processes: workers that sweep and work the queue, and a desk where people act. */
import { loadConfig, type Config } from '../../src/config.ts';
import { dueConnections, runConnection, SWEEP_MS } from '../../src/engine/jobs.ts';
import type { Tenant } from '../../src/engine/lease.ts';
import type { Worker } from '../../src/engine/running.ts';
import type { Services } from '../../src/engine/services.ts';
import { MailDelayed, MailRefused, MailUncertain, type Mailer } from '../../src/mail/mail.ts';
import { createLog } from '../../src/platform/log.ts';
import { createSecrets } from '../../src/platform/secrets.ts';
import { processClock } from './clock.ts';
import { Killed, SimProcess, type Kernel } from './kernel.ts';
import type { Network } from './network.ts';
import type { Fault, Frozen, Plan } from './plan.ts';
import { Random, seededIds } from './random.ts';
import type { SimServer } from './sql.ts';
import { autotaskDiscoveryUrl, intuitUrl, type SimVendors } from './vendors.ts';

export interface DeliveredMail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly answerLost: boolean;
}

/** What wakes workers in place of pg-boss: one waiting wake-up per connection, each handed to one worker. */
class WakeUps {
  readonly #waiting: Tenant[] = [];
  #sleepers: (() => void)[] = [];

  push(tenant: Tenant): void {
    if (this.#waiting.some((one) => one.connectionId === tenant.connectionId)) return;
    this.#waiting.push(tenant);
    for (const wake of this.#sleepers.splice(0)) wake();
  }

  async take(process: SimProcess): Promise<Tenant> {
    for (;;) {
      await process.pass();
      const tenant = this.#waiting.shift();
      if (tenant !== undefined) return tenant;
      await new Promise<void>((wake) => this.#sleepers.push(wake));
    }
  }
}

export class Processes {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly server: SimServer;
  readonly plan: Plan;
  readonly config: Config;
  readonly mails: DeliveredMail[] = [];
  readonly living: SimProcess[] = [];
  readonly log = createLog(process.env['SIM_LOG'] ?? 'silent');
  areFaultsOn = true;
  /** A product fault that reached the top of a job: never expected. */
  readonly crashes: string[] = [];
  readonly #wakeUps = new WakeUps();
  readonly #points = new Map<string, number>();
  readonly #used = new Set<Fault>();
  #mailCount = 0;
  #count = 0;

  constructor(kernel: Kernel, network: Network, server: SimServer, vendors: SimVendors, plan: Plan) {
    this.kernel = kernel;
    this.network = network;
    this.server = server;
    this.plan = plan;
    const { oauth } = vendors.quickbooks;
    this.config = loadConfig({
      DATABASE_URL: 'postgresql://simulated',
      LEDGERFERRY_SECRET_KEY: 'ab'.repeat(32),
      LEDGERFERRY_API_TOKEN: 'test-token-of-the-owner-0123456789',
      LEDGERFERRY_ALLOW_LOOPBACK_VENDORS: '1',
      LEDGERFERRY_INTUIT_CLIENT_ID: oauth.knobs.clientId,
      LEDGERFERRY_INTUIT_CLIENT_SECRET: oauth.knobs.clientSecret,
      LEDGERFERRY_INTUIT_DISCOVERY_URL: `${intuitUrl}/.well-known/openid_configuration`,
      LEDGERFERRY_QBO_API_URL: intuitUrl,
      LEDGERFERRY_AUTOTASK_DISCOVERY_URL: autotaskDiscoveryUrl,
      LEDGERFERRY_SMTP_URL: 'smtp://127.0.0.1:25',
      LEDGERFERRY_MAIL_FROM: 'ledgerferry@msp.example',
      ...(plan.retentionDays === undefined ? {} : { LEDGERFERRY_RETENTION_DAYS: String(plan.retentionDays) }),
    });
  }

  /** A process with services of its own; nothing is shared but the database and the vendors. */
  start(role: string): { process: SimProcess; worker: Worker } {
    const name = `${role}.${String((this.#count += 1))}`;
    const process = new SimProcess(name, this.kernel);
    const random = new Random(`${this.plan.seed} ${name}`);
    process.drift = this.plan.driftPpm / 1_000_000;
    process.onDeath = () => this.server.endSessions(process);
    this.living.push(process);
    const ids = seededIds(random);
    const services: Services = {
      config: this.config,
      database: this.server.databaseOf(process),
      clock: processClock(process, random),
      http: this.network.httpOf(process),
      ids,
      log: this.log,
      secrets: createSecrets(this.config.secretKeys),
      crash: (point) => this.#atPoint(process, point),
      holder: `sim:${name}`,
    };
    return { process, worker: { services, mailer: this.#mailer(process), say: () => undefined } };
  }

  #atPoint(process: SimProcess, point: string): void {
    if (process.isDead) throw new Killed('dead');
    if (!this.areFaultsOn) return;
    const seen = (this.#points.get(point) ?? 0) + 1;
    this.#points.set(point, seen);
    const fault = this.plan.faults.find(
      (one) => 'point' in one && one.point === point && one.nth === seen && !this.#used.has(one),
    );
    if (fault === undefined || !('point' in fault)) return;
    this.#used.add(fault);
    this.network.count(`${fault.kind} ${point}`);
    if (fault.kind === 'freeze-at-point') return this.#freeze(process, point, fault);
    this.#die(process, point, fault.backAfter);
    throw new Killed(point);
  }

  #freeze(process: SimProcess, why: string, { ms, isAsleep = false }: Frozen): void {
    process.freeze(ms, why, isAsleep);
    this.server.froze(process, ms);
  }

  #die(process: SimProcess, why: string, backAfter: number): void {
    const role = process.name.split('.')[0] ?? 'w0';
    process.kill(why);
    this.living.splice(this.living.indexOf(process), 1);
    if (role.startsWith('w')) this.kernel.after(backAfter, () => this.startWorker(Number(role.slice(1)), true));
  }

  /** A worker: sweeps as the product does, works one wake-up at a time. */
  startWorker(index: number, isRecovery = false): void {
    const { process, worker } = this.start(`w${String(index)}`);
    process.onPass = (one) => this.#atPass(one, index, isRecovery);
    const { clock } = worker.services;
    const sweep = async (): Promise<void> => {
      for (;;) {
        try {
          for (const tenant of await dueConnections(worker)) this.#wakeUps.push(tenant);
        } catch (error) {
          this.#judge(process, error);
        }
        await clock.sleep(this.plan.sweepMs ?? SWEEP_MS);
      }
    };
    const work = async (): Promise<void> => {
      for (;;) {
        const tenant = await this.#wakeUps.take(process);
        await runConnection(worker, tenant).catch((error: unknown) => this.#judge(process, error));
      }
    };
    void sweep();
    void work();
  }

  #atPass(process: SimProcess, index: number, isRecovery: boolean): void {
    if (!this.areFaultsOn) return;
    for (const fault of this.plan.faults) {
      if (this.#used.has(fault) || !('worker' in fault) || fault.worker !== index || fault.nth !== process.passes)
        continue;
      if (fault.kind === 'kill-in-recovery' && !isRecovery) continue;
      this.#used.add(fault);
      this.network.count(fault.kind);
      if (fault.kind === 'freeze-at-await') this.#freeze(process, `await ${String(fault.nth)}`, fault);
      else this.#die(process, `await ${String(fault.nth)}`, fault.backAfter);
      return;
    }
  }

  /** Database trouble reaches the top of a job, which pg-boss would drop; anything else is a bug. */
  #judge(process: SimProcess, error: unknown): void {
    if (process.isDead) return;
    const name = error instanceof Error ? error.name : 'unknown';
    this.kernel.trace(process.name, `job ended: ${name}: ${error instanceof Error ? error.message : ''}`);
    if (!['DatabaseUnavailable', 'DatabaseConflict', 'LeaseLost', 'Busy', 'WrongUse'].includes(name))
      this.crashes.push(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : ''}`);
  }

  /** The mail server, with its own troubles. */
  #mailer(process: SimProcess): Mailer {
    return {
      close: () => undefined,
      check: () => Promise.resolve(),
      send: async (mail) => {
        await process.pass();
        await this.kernel.pause(400);
        const nth = (this.#mailCount += 1);
        const fault = this.areFaultsOn
          ? this.plan.faults.find(
              (one) =>
                one.kind.startsWith('mail-') &&
                'nth' in one &&
                'times' in one &&
                nth >= one.nth &&
                nth < one.nth + one.times,
            )
          : undefined;
        if (fault !== undefined) this.network.count(fault.kind);
        const id = 'id' in mail ? mail.id : mail.messageId;
        const answerLost = fault?.kind === 'mail-uncertain' || process.isDead;
        if (fault === undefined || answerLost) this.mails.push({ id, to: mail.to, subject: mail.subject, answerLost });
        this.kernel.trace(process.name, `mail to ${mail.to}: ${mail.subject} ${fault?.kind ?? ''}`);
        await process.pass();
        if (fault?.kind === 'mail-delayed') throw new MailDelayed('450 try later');
        if (fault?.kind === 'mail-refused') throw new MailRefused('550 no such user');
        if (fault?.kind === 'mail-uncertain') throw new MailUncertain('no answer');
        return 'accepted';
      },
    };
  }
}
