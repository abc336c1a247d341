/** Autotask's answers, classified by body, not by status (facts/autotask.md 2.7). */
import { z } from 'zod';
import { CredentialsRefused, VendorRefused, VendorUnreachable, WaitNeeded } from '../platform/failures.ts';
import type { HttpResponse } from '../platform/http.ts';
import { parseExact } from '../platform/exact-json.ts';

/** Retry-After comes only sometimes (facts section 3). */
const WAIT_MS = 60_000;
/** Three threads per endpoint: somebody else with the same tracking id is at work; soon free. */
const THREAD_WAIT_MS = 5_000;
const errorsShape = z.looseObject({ errors: z.array(z.string()).min(1) });
/**
 * The only texts that decide: Autotask has no codes, and these are the ones that a repeat may cure (facts 2.7). The words of
 * the suspension above the hourly threshold are not public (facts section 3): every likely one counts.
 */
const PASSING = /threshold|suspended|throttl|rate limit|request limit|too many requests|deadlock|timeout|try again/i;

/**
 * A named field that this tenant does not have, as an older one may not (the fields marked + in facts/autotask.md section 4). The
 * words for it are known of filters only (2.2), so likely ones count too.
 */
const NO_SUCH_FIELD = /unable to find|includefields|(?:invalid|unknown) (?:field|column)/i;
export const isUnknownField = (error: unknown): boolean =>
  error instanceof VendorRefused && NO_SUCH_FIELD.test(error.message);

/** The parsed body of a good answer; throws what a bad one means. */
export function readReply(reply: HttpResponse, endpoint?: string): unknown {
  const place = endpoint === undefined ? '' : `${endpoint}: `;
  if (reply.status === 401)
    throw new CredentialsRefused(
      'Autotask',
      'user name, secret or zone is wrong, or the API user is locked; mend it in Autotask and test it, or enter them again under “Connections” (terminal: connection test NAME, connection add NAME)',
    );
  const value = parsed(reply.text);
  const errors = errorsShape.safeParse(value);
  const passing = errors.data?.errors.find((text) => PASSING.test(text));
  if (reply.status === 429 || passing !== undefined) throw waitOf(reply, passing ?? errors.data?.errors[0]);
  if (errors.success)
    throw new VendorRefused(
      'Autotask',
      reply.status,
      String(reply.status),
      `${place}${errors.data.errors.join('; ').slice(0, 500)}`,
      null,
    );
  if (reply.status === 403)
    throw new VendorRefused(
      'Autotask',
      403,
      '403',
      `${place}the API user has not the right for this; check its security level`,
      null,
    );
  if (reply.status === 404 || reply.status === 405)
    throw new VendorRefused(
      'Autotask',
      reply.status,
      String(reply.status),
      `${place}this address or method does not exist there`,
      null,
    );
  if (reply.status !== 200 || value === null || typeof value !== 'object') {
    const isAnswered = reply.status >= 200 && reply.status < 300;
    const detail = `status ${String(reply.status)} without a readable answer`;
    throw new VendorUnreachable('Autotask', 'unknown', detail, null, undefined, isAnswered);
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    return parseExact(text);
  } catch {
    return null;
  }
}

function waitOf(reply: HttpResponse, said: string | undefined): WaitNeeded {
  const seconds = Number(reply.headers['retry-after']);
  const usual = said !== undefined && /thread threshold/i.test(said) ? THREAD_WAIT_MS : WAIT_MS;
  const waitMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) * 1_000 : usual;
  return new WaitNeeded('Autotask', waitMs, 'vendor', said ?? 'too many calls');
}
