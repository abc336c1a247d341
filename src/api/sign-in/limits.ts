/**
 * How often a password, a code or a link may be tried: counted in the database, so that all processes share it. A place (a
 * browser or an address) from which somebody came in before has a count of its own for that person: a stranger's flood
 * locks nobody out.
 */
import { createHash } from 'node:crypto';
import type { Library } from './library.ts';
import { TooManyTries } from './people.ts';

/** facts/goals.md section 6: at most 10 are checked per account in 15 minutes. */
const WINDOW_MS = 15 * 60_000;
export const TRIES_MAX = 10;
export const LATER = 'Too many tries. Wait 15 minutes, then try again.';
/** Of one unknown address over all accounts: an office has several people behind one. */
const ADDRESS_TRIES_MAX = 60;
const KNOWN_MS = 180 * 86_400_000;

const hashed = (...parts: string[]): string => createHash('sha256').update(parts.join('\n')).digest('hex');

/** Where somebody comes from: the token in the browser's own cookie when it has one, and the address. */
export interface Place {
  readonly device: string | null;
  readonly address: string;
}

/** Counts one try; false when this key has had its tries. One statement: of many at once, no more than allowed pass. */
async function take({ pool, clock }: Library, key: string, triesMax: number): Promise<boolean> {
  const now = clock.now();
  const since = new Date(now.getTime() - WINDOW_MS);
  const { rowCount } = await pool.query(
    `insert into sign_in_tries as t (key, at) values ($1, array[$2]::timestamptz[])
     on conflict (key) do update set at = (select coalesce(array_agg(x), '{}') from unnest(t.at) x where x > $3) || excluded.at
     where (select count(*) from unnest(t.at) x where x > $3) < $4`,
    [key, now, since, triesMax],
  );
  return rowCount === 1;
}

/** A secret that is tried with a session or a link in hand: the password again, a code, a link. @throws TooManyTries */
export async function limitTries(library: Library, what: string, whose: string): Promise<void> {
  if (!(await take(library, hashed(what, whose), TRIES_MAX))) throw new TooManyTries(LATER);
}

export interface SignInTry {
  /** The password was right: this browser and address are known from now on, and their count begins anew. */
  succeeded(device: string): Promise<void>;
}

/** May a password be tried for this account from this place? Null when not. */
export async function trySignIn(library: Library, email: string, place: Place): Promise<SignInTry | null> {
  const places = placesOf(email, place);
  const known = await knownPlace(library, places);
  if (known === null && !(await take(library, hashed('address', place.address), ADDRESS_TRIES_MAX))) return null;
  const key = known === null ? hashed('account', email) : hashed('account at', known);
  if (!(await take(library, key, TRIES_MAX))) return null;
  return {
    succeeded: (device) => remember(library, placesOf(email, { device, address: place.address }), key),
  };
}

const placesOf = (email: string, { device, address }: Place): string[] => [
  ...(device === null ? [] : [hashed('device', email, device)]),
  hashed('from', email, address),
];

/** The first of them from which this person came in lately. */
async function knownPlace({ pool, clock }: Library, places: readonly string[]): Promise<string | null> {
  const { rows } = await pool.query<{ key: string }>(
    'select key from known_places where key = any($1) and seen_at > $2',
    [places, new Date(clock.now().getTime() - KNOWN_MS)],
  );
  return places.find((one) => rows.some((row) => row.key === one)) ?? null;
}

async function remember({ pool, clock }: Library, places: readonly string[], key: string): Promise<void> {
  const now = clock.now();
  await pool.query('delete from sign_in_tries where key = $1 or $2 > all(at)', [
    key,
    new Date(now.getTime() - WINDOW_MS),
  ]);
  await pool.query(
    `insert into known_places (key, seen_at) select unnest($1::text[]), $2::timestamptz
     on conflict (key) do update set seen_at = excluded.seen_at`,
    [places, now],
  );
  await pool.query('delete from known_places where seen_at < $1', [new Date(now.getTime() - KNOWN_MS)]);
}

const DAY_MS = 86_400_000;

/** Removes, now and once a day, what is over: sessions, one-time values, counts of tries and requests, places long unseen. */
export async function forgetDaily(library: Library, signal: AbortSignal): Promise<void> {
  const { clock, services } = library;
  while (!signal.aborted) {
    await forgetOld(library).catch((error: unknown) =>
      services.log.warn({ error: error instanceof Error ? error.message : 'unknown' }, 'sign-in'),
    );
    await clock.sleep(DAY_MS, signal).catch(() => undefined);
  }
}

/** Everything here is over already: nobody is signed out, and no limit is forgotten before its time. */
async function forgetOld({ pool, clock }: Library): Promise<void> {
  const now = clock.now();
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  // The library dates these by the machine's clock, which may be off.
  await pool.query('delete from session where "expiresAt" < $1', [ago(DAY_MS)]);
  await pool.query('delete from verification where "expiresAt" < $1', [ago(DAY_MS)]);
  await pool.query('delete from "rateLimit" where "lastRequest" < $1', [ago(DAY_MS).getTime()]);
  await pool.query('delete from sign_in_tries where $1 > all(at)', [ago(WINDOW_MS)]);
  await pool.query('delete from known_places where seen_at < $1', [ago(KNOWN_MS)]);
}
