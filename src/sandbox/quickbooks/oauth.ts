/** Intuit's OAuth in the sandbox: rotating refresh values and the race that costs a connection (facts/qbo.md section 1). */
import type { Clock } from '../../platform/clock.ts';
import type { SandboxReply, SandboxRequest } from '../shell.ts';

export interface OauthKnobs {
  clientId: string;
  clientSecret: string;
  accessSeconds: number;
  /** Every refresh gives a new value when true; else about every 24 h. */
  rotateAlways: boolean;
  email: string;
  /** How long a refresh takes, so that two can be in flight (product milliseconds). */
  refreshMs: number;
}

interface Family {
  readonly realmId: string;
  refresh: string;
  previous: { value: string; until: number } | null;
  rotatedAt: number;
  isRevoked: boolean;
  inFlight: boolean;
}

const DAY_MS = 24 * 3_600_000;
const json = (status: number, value: unknown): SandboxReply => ({
  status,
  headers: { 'content-type': 'application/json', intuit_tid: '1-oauth' },
  body: JSON.stringify(value),
});
const invalid = (description: string): SandboxReply =>
  json(400, { error: 'invalid_grant', error_description: description });

export class OauthServer {
  readonly knobs: OauthKnobs;
  readonly #clock: Clock;
  readonly #codes = new Map<string, { realmId: string; used: boolean }>();
  readonly #access = new Map<string, { family: Family; expiresAt: number }>();
  readonly #families: Family[] = [];
  #count = 0;
  refreshes = 0;
  /** Refreshes that were refused because another one was in flight or the value was old. */
  races = 0;

  constructor(clock: Clock, knobs: OauthKnobs) {
    this.#clock = clock;
    this.knobs = knobs;
  }

  /** What consent would give. */
  grant(realmId: string): string {
    const code = `XAB${String((this.#count += 1))}`;
    this.#codes.set(code, { realmId, used: false });
    return code;
  }

  /** Which realm an access token opens; null when unknown, expired or revoked. */
  realmOf(token: string): string | null {
    const access = this.#access.get(token);
    if (access === undefined || access.family.isRevoked || access.expiresAt <= this.#clock.now().getTime()) return null;
    return access.family.realmId;
  }

  expireAll(): void {
    for (const access of this.#access.values()) access.expiresAt = 0;
  }

  revokeAll(): void {
    for (const family of this.#families) family.isRevoked = true;
  }

  discovery(url: string): unknown {
    return {
      issuer: 'https://oauth.platform.intuit.com/op/v1',
      authorization_endpoint: `${url}/connect/oauth2`,
      token_endpoint: `${url}/oauth2/v1/tokens/bearer`,
      userinfo_endpoint: `${url}/v1/openid_connect/userinfo`,
      revocation_endpoint: `${url}/v2/oauth2/tokens/revoke`,
      jwks_uri: `${url}/op/v1/jwks`,
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'email', 'profile', 'address', 'phone'],
    };
  }

  /** Consent is given at once, for the realm named in the sandbox's own `realm` parameter. */
  authorize(search: URLSearchParams, fallbackRealm: string): SandboxReply {
    const target = new URL(search.get('redirect_uri') ?? 'http://127.0.0.1/');
    if (search.get('client_id') !== this.knobs.clientId)
      return { status: 302, headers: { location: '/oauth2/error' }, body: '' };
    const realmId = search.get('realm') ?? fallbackRealm;
    target.search = new URLSearchParams({
      code: this.grant(realmId),
      state: search.get('state') ?? '',
      realmId,
    }).toString();
    return { status: 302, headers: { location: target.toString() }, body: '' };
  }

  async token(request: SandboxRequest): Promise<SandboxReply> {
    if (!this.#isClient(request)) return json(401, { error: 'invalid_client' });
    const form = new URLSearchParams(request.body);
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#exchange(form.get('code') ?? '');
      case 'refresh_token':
        return this.#refresh(form.get('refresh_token') ?? '');
      default:
        return json(400, { error: 'unsupported_grant_type' });
    }
  }

  #isClient(request: SandboxRequest): boolean {
    const given = Buffer.from((request.headers['authorization'] ?? '').replace(/^Basic /, ''), 'base64').toString();
    return given === `${this.knobs.clientId}:${this.knobs.clientSecret}`;
  }

  #exchange(code: string): SandboxReply {
    const grant = this.#codes.get(code);
    if (grant === undefined || grant.used) return invalid('Invalid authorization code');
    grant.used = true;
    const family: Family = {
      realmId: grant.realmId,
      refresh: this.#value('RT1'),
      previous: null,
      rotatedAt: this.#clock.now().getTime(),
      isRevoked: false,
      inFlight: false,
    };
    this.#families.push(family);
    return this.#issue(family);
  }

  async #refresh(value: string): Promise<SandboxReply> {
    const now = this.#clock.now().getTime();
    const family = this.#families.find(
      (one) => one.refresh === value || (one.previous?.value === value && one.previous.until > now),
    );
    if (family === undefined || family.isRevoked) return invalid('Incorrect or invalid refresh token');
    // Two in flight with the same token: the first wins, the second is refused (facts 1.4).
    if (family.inFlight) {
      this.races += 1;
      return invalid('Incorrect or invalid refresh token');
    }
    family.inFlight = true;
    try {
      if (this.knobs.refreshMs > 0) await this.#clock.sleep(this.knobs.refreshMs);
      if (this.knobs.rotateAlways || now - family.rotatedAt >= DAY_MS) {
        family.previous = { value: family.refresh, until: now + DAY_MS };
        family.refresh = this.#value('RT1');
        family.rotatedAt = now;
      }
      this.refreshes += 1;
      return this.#issue(family);
    } finally {
      family.inFlight = false;
    }
  }

  #value(prefix: string): string {
    return `${prefix}-${String((this.#count += 1))}-H0-sandbox`;
  }

  #issue(family: Family): SandboxReply {
    const access = this.#value('eyJ');
    this.#access.set(access, { family, expiresAt: this.#clock.now().getTime() + this.knobs.accessSeconds * 1000 });
    return json(200, {
      token_type: 'bearer',
      access_token: access,
      expires_in: this.knobs.accessSeconds,
      refresh_token: family.refresh,
      x_refresh_token_expires_in: 8_726_400,
    });
  }

  revoke(request: SandboxRequest): SandboxReply {
    if (!this.#isClient(request)) return json(401, { error: 'invalid_client' });
    const token = request.body.startsWith('{')
      ? (JSON.parse(request.body) as { token?: string }).token
      : (new URLSearchParams(request.body).get('token') ?? undefined);
    const family = this.#families.find((one) => one.refresh === token) ?? this.#access.get(token ?? '')?.family;
    if (family === undefined) return json(400, { error: 'invalid_request' });
    family.isRevoked = true;
    return { status: 200, headers: {}, body: '' };
  }

  userinfo(request: SandboxRequest): SandboxReply {
    const token = (request.headers['authorization'] ?? '').replace(/^Bearer /, '');
    if (this.realmOf(token) === null) return json(401, { error: 'invalid_token' });
    return json(200, {
      sub: 'sandbox-user',
      email: this.knobs.email,
      emailVerified: true,
      givenName: 'Robin',
      familyName: 'Books',
    });
  }
}
