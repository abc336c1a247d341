/** What every use case of the engine works with: the seams, the database and the configuration, made once at start-up. */
import type { Config } from '../config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Http } from '../platform/http.ts';
import type { Ids } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Secrets } from '../platform/secrets.ts';
import type { Database } from '../store/database.ts';
import type { Crash } from './crash-points.ts';

/** A clock that can be brought in line with the database's. */
export interface FollowingClock extends Clock {
  /** Takes over the database's time. */
  follow(): Promise<void>;
}

export interface Services {
  readonly config: Config;
  readonly database: Database;
  readonly clock: FollowingClock;
  readonly http: Http;
  readonly ids: Ids;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly crash: Crash;
  /** Who we are on leases: host, process and a random part. */
  readonly holder: string;
}
