/** Opens what a command needs, and closes it again whatever happens. */
import { loadConfig, holderName, type Config } from '../config.ts';
import { crashAt, neverCrash } from '../engine/crash-points.ts';
import type { FollowingClock, Services } from '../engine/services.ts';
import { createMailer, type Mailer } from '../mail/send.ts';
import { RunningClock } from '../platform/clock.ts';
import { NetworkHttp } from '../platform/http.ts';
import { randomIds } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { createSecrets } from '../platform/secrets.ts';
import { openDatabase, readDatabaseTime, type Database } from '../store/database.ts';

/** Product time follows the database's clock; between two looks it runs with the process's monotonic time. */
class DatabaseClock extends RunningClock implements FollowingClock {
  database: Database | null = null;

  async follow(): Promise<void> {
    if (this.database === null) return;
    const before = performance.now();
    const at = await readDatabaseTime(this.database);
    this.correct(new Date(at.getTime() + (performance.now() - before) / 2));
  }
}

export interface Opened {
  readonly services: Services;
  readonly mailer: Mailer | null;
  close(): Promise<void>;
}

/** Opens configuration, database and seams. `env` is the environment of this process, or the demo's. */
export async function openServices(env: Readonly<Record<string, string | undefined>>): Promise<Opened> {
  const config = loadConfig(env);
  const clock = new DatabaseClock(config.timeScale);
  const database = await openDatabase(config, clock);
  clock.database = database;
  await clock.follow();
  const log = createLog(config.logLevel);
  for (const warning of database.warnings) log.warn(warning);
  const http = new NetworkHttp(clock);
  const mailer =
    config.smtpUrl === null ? null : createMailer({ smtpUrl: config.smtpUrl, from: config.mailFrom, clock });
  const services: Services = {
    config,
    database,
    clock,
    http,
    ids: randomIds,
    log,
    secrets: createSecrets(config.secretKeys),
    crash: config.crashAt === null ? neverCrash : crashAt(config.crashAt, die),
    holder: holderName(randomIds.token(4)),
  };
  return {
    services,
    mailer,
    async close() {
      mailer?.close();
      await http.close();
      await database.close();
    },
  };
}

/** A crash point's death: no handler, no flush, no farewell. Blocks until the signal has struck. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}

export type { Config };
