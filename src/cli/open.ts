/** Opens what a command needs, and closes it again whatever happens. */
import { loadConfig, holderName, type Config } from '../config.ts';
import { crashAt, neverCrash } from '../engine/crash-points.ts';
import type { Services } from '../engine/services.ts';
import type { Mailer } from '../mail/mail.ts';
import { DatabaseClock } from '../platform/database-clock.ts';
import { NetworkHttp } from '../platform/http.ts';
import { randomIds } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { createSecrets } from '../platform/secrets.ts';
import { openDatabase, readDatabaseTime } from '../store/database.ts';
import { withDemo } from './demo-folder.ts';

export interface Opened {
  readonly services: Services;
  readonly mailer: Mailer | null;
  close(): Promise<void>;
}

/** Opens configuration, database and seams. `env` is the environment of this process. */
export async function openServices(env: Readonly<Record<string, string | undefined>>): Promise<Opened> {
  const config = loadConfig(withDemo(env));
  const clock = new DatabaseClock(config.timeScale);
  const database = await openDatabase(config, clock);
  clock.setAuthority(() => readDatabaseTime(database));
  await clock.follow();
  const log = createLog(config.logLevel);
  for (const warning of database.warnings) log.warn(warning);
  const http = new NetworkHttp(clock);
  const mailer = config.smtpUrl === null ? null : await mailerOf(config.smtpUrl, config.mailFrom, clock);
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

/** Loaded only where there is a server to send by: a command that sends nothing starts sooner. */
async function mailerOf(smtpUrl: string, from: string, clock: DatabaseClock): Promise<Mailer> {
  const { createMailer } = await import('../mail/send.ts');
  return createMailer({ smtpUrl, from, clock });
}

/** A crash point's death: no handler, no flush, no farewell. Blocks until the signal has struck. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
}

export type { Config };
