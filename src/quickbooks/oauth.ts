/**
 * Intuit's OAuth 2.0: three calls and a discovery document (facts/qbo.md section 1). No retry inside: a lost answer to a
 * refresh must be followed by a look at the store, which is the engine's. No token ever stands in a message.
 */
import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import { ClientRefused, CredentialsRefused, VendorUnreachable } from '../platform/failures.ts';
import { TransportError, type Http, type HttpRequest, type HttpResponse } from '../platform/http.ts';

const discoveryShape = z.looseObject({
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  // Without these two a company can still be connected: it is not revoked at Intuit then, and no address is learnt.
  revocation_endpoint: z.url().optional(),
  userinfo_endpoint: z.url().optional(),
});
export type Discovery = z.output<typeof discoveryShape>;

export interface TokenGrant {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly accessExpiresAt: Date;
  readonly refreshExpiresAt: Date | null;
}

export interface OauthApp {
  readonly http: Http;
  readonly clock: Clock;
  readonly discovery: Discovery;
  readonly clientId: string;
  readonly clientSecret: string;
}

const SCOPES = 'com.intuit.quickbooks.accounting openid email';
const CALL_MS = 30_000;

function checkEndpoint(url: string, allowLoopback: boolean): void {
  const { hostname, protocol } = new URL(url);
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname);
  if (loopback ? !allowLoopback : protocol !== 'https:' || !hostname.endsWith('.intuit.com')) {
    throw new VendorUnreachable('QuickBooks', 'no', `${hostname} is not an address of Intuit`);
  }
}

async function call(http: Http, request: Omit<HttpRequest, 'timeoutMs'>): Promise<HttpResponse> {
  try {
    return await http.send({ ...request, timeoutMs: CALL_MS });
  } catch (error) {
    if (error instanceof TransportError)
      throw new VendorUnreachable('QuickBooks', error.sent, error.message, null, error);
    throw error;
  }
}

function json(reply: HttpResponse): unknown {
  try {
    return JSON.parse(reply.text);
  } catch {
    return null;
  }
}

/** The OpenID configuration: every other address comes from it. */
export async function fetchDiscovery(options: { http: Http; url: string; allowLoopback: boolean }): Promise<Discovery> {
  checkEndpoint(options.url, options.allowLoopback);
  const reply = await call(options.http, { method: 'GET', url: options.url, headers: { accept: 'application/json' } });
  const parsed = discoveryShape.safeParse(json(reply));
  if (reply.status !== 200 || !parsed.success) {
    throw new VendorUnreachable(
      'QuickBooks',
      'unknown',
      `the OpenID configuration cannot be read (status ${String(reply.status)})`,
    );
  }
  const { token_endpoint: token, revocation_endpoint: revocation, userinfo_endpoint: userinfo } = parsed.data;
  for (const url of [token, revocation, userinfo].filter((one) => one !== undefined))
    checkEndpoint(url, options.allowLoopback);
  return parsed.data;
}

/** Where the person consents. */
export function authorizeUrl(
  discovery: Discovery,
  options: { clientId: string; redirectUri: string; state: string; scopes?: string },
): string {
  const url = new URL(discovery.authorization_endpoint);
  url.search = new URLSearchParams({
    client_id: options.clientId,
    response_type: 'code',
    scope: options.scopes ?? SCOPES,
    redirect_uri: options.redirectUri,
    state: options.state,
  }).toString();
  return url.toString();
}

export const exchangeCode = (app: OauthApp, grant: { code: string; redirectUri: string }): Promise<TokenGrant> =>
  requestTokens(app, { grant_type: 'authorization_code', code: grant.code, redirect_uri: grant.redirectUri });

export const refreshTokens = (app: OauthApp & { refreshToken: string }): Promise<TokenGrant> =>
  requestTokens(app, { grant_type: 'refresh_token', refresh_token: app.refreshToken });

const basic = (app: OauthApp): string =>
  `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}`;

const tokenShape = z.looseObject({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
  x_refresh_token_expires_in: z.coerce.number().positive().optional(),
});
const errorShape = z.looseObject({ error: z.string(), error_description: z.string().optional() });

async function requestTokens(app: OauthApp, form: Record<string, string>): Promise<TokenGrant> {
  const reply = await call(app.http, {
    method: 'POST',
    url: app.discovery.token_endpoint,
    headers: {
      authorization: basic(app),
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  });
  const value = json(reply);
  const refusal = errorShape.safeParse(value);
  const reference = reply.headers['intuit_tid'] ?? null;
  // node-quickbooks #171: a body with an error is a refusal also with status 200; a trouble of the server's own is none.
  if (refusal.success && !isServersTrouble(reply.status)) throw refusalOf(refusal.data, reference);
  const parsed = tokenShape.safeParse(value);
  if (reply.status !== 200 || !parsed.success) {
    throw new VendorUnreachable(
      'QuickBooks',
      'unknown',
      `the token endpoint answered status ${String(reply.status)}`,
      reference,
    );
  }
  const after = (seconds: number): Date => new Date(app.clock.now().getTime() + seconds * 1_000);
  return {
    accessToken: parsed.data.access_token,
    refreshToken: parsed.data.refresh_token,
    accessExpiresAt: after(parsed.data.expires_in),
    refreshExpiresAt:
      parsed.data.x_refresh_token_expires_in === undefined ? null : after(parsed.data.x_refresh_token_expires_in),
  };
}

const isServersTrouble = (status: number): boolean => status === 429 || status >= 500;

function refusalOf(refusal: z.output<typeof errorShape>, reference: string | null): CredentialsRefused {
  const description = refusal.error_description === undefined ? '' : `, ${refusal.error_description}`;
  return refusal.error === 'invalid_client' || refusal.error === 'unauthorized_client'
    ? new ClientRefused(
        'QuickBooks',
        `${refusal.error}${description}; check LEDGERFERRY_INTUIT_CLIENT_ID and _SECRET`,
        reference,
      )
    : new CredentialsRefused(
        'QuickBooks',
        `${refusal.error}${description}; connect the company again under “Connections” (terminal: connection authorize NAME)`,
        reference,
      );
}

/** Ends the connection at Intuit; either token of it will do. */
export async function revoke(app: OauthApp, token: string): Promise<void> {
  if (app.discovery.revocation_endpoint === undefined) return;
  const reply = await call(app.http, {
    method: 'POST',
    url: app.discovery.revocation_endpoint,
    headers: { authorization: basic(app), accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (reply.status !== 200 && reply.status !== 400)
    throw new VendorUnreachable('QuickBooks', 'unknown', `revoking answered status ${String(reply.status)}`);
}

/** The e-mail address of the person who connected; null when Intuit does not tell or says that it is not verified. */
export const fetchReportEmail = (app: OauthApp, accessToken: string): Promise<string | null> =>
  fetchEmail(app, accessToken, (isVerified) => isVerified !== false);

/** The address by which somebody may sign in: only one that Intuit says it has verified. */
export const fetchVerifiedEmail = (app: OauthApp, accessToken: string): Promise<string | null> =>
  fetchEmail(app, accessToken, (isVerified) => isVerified === true);

async function fetchEmail(
  app: OauthApp,
  accessToken: string,
  accepts: (isVerified: boolean | undefined) => boolean,
): Promise<string | null> {
  if (app.discovery.userinfo_endpoint === undefined) return null;
  const reply = await call(app.http, {
    method: 'GET',
    url: app.discovery.userinfo_endpoint,
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
  });
  const parsed = z.looseObject({ email: z.string(), emailVerified: z.boolean().optional() }).safeParse(json(reply));
  return reply.status === 200 && parsed.success && accepts(parsed.data.emailVerified) ? parsed.data.email : null;
}
