/** Which zone a tenant lives in (facts/autotask.md section 1): asked by the API user's name, never hard-coded. */
import { z } from 'zod';
import { NothingThere, VendorRefused, VendorUnreachable } from '../platform/failures.ts';
import { TransportError, type Http, type HttpResponse } from '../platform/http.ts';
import { readReply } from './faults.ts';

export interface Zone {
  readonly name: string;
  /** Ends in `/V1.0`. */
  readonly apiUrl: string;
  readonly webUrl: string;
  /** The tenant's customer number. */
  readonly tenant: string;
}

const DISCOVERY_MS = 20_000;
const shape = z.looseObject({
  zoneName: z.string().nullish(),
  url: z.url(),
  webUrl: z.string().nullish(),
  ci: z.union([z.number(), z.string()]).nullish(),
});

/** Only Autotask's numbered hosts may get the credentials. */
function checkHost(url: string, allowLoopback: boolean, isNumbered: boolean): void {
  const { hostname, protocol } = new URL(url);
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname);
  const name = isNumbered ? /^webservices\d+\.autotask\.net$/ : /^webservices\d*\.autotask\.net$/;
  const known = protocol === 'https:' && name.test(hostname);
  if (!known && !(loopback && allowLoopback))
    throw new VendorUnreachable('Autotask', 'no', `${hostname} is not an address of Autotask`);
}

/** Asks Autotask for the zone of an API user; needs no credentials. */
export async function discoverZone(options: {
  discoveryUrl: string;
  userName: string;
  http: Http;
  allowLoopback: boolean;
}): Promise<Zone> {
  checkHost(options.discoveryUrl, options.allowLoopback, false);
  const url = `${options.discoveryUrl}/atservicesrest/v1.0/zoneInformation?user=${encodeURIComponent(options.userName)}`;
  let reply: HttpResponse;
  try {
    reply = await options.http.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      timeoutMs: DISCOVERY_MS,
    });
  } catch (error) {
    if (error instanceof TransportError)
      throw new VendorUnreachable('Autotask', error.sent, `zone discovery: ${error.message}`, null, error);
    throw error;
  }
  const parsed = shape.safeParse(readZone(reply));
  if (!parsed.success)
    throw new VendorUnreachable('Autotask', 'unknown', 'the answer to zone discovery cannot be read');
  checkHost(parsed.data.url, options.allowLoopback, true);
  return {
    name: parsed.data.zoneName ?? '',
    apiUrl: `${parsed.data.url.replace(/\/+$/, '')}/V1.0`,
    webUrl: parsed.data.webUrl ?? '',
    tenant: String(parsed.data.ci ?? ''),
  };
}

function readZone(reply: HttpResponse): unknown {
  try {
    return readReply(reply);
  } catch (error) {
    if (!(error instanceof VendorRefused)) throw error;
    throw new NothingThere(
      'Autotask',
      error.status,
      error.code,
      'it knows no API user of this name, so no zone was found; check the user name',
      null,
    );
  }
}
