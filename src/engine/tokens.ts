/**
 * QuickBooks access tokens. At most one refresh is in flight per connection across all processes (a racing refresh can
 * cost the connection; facts/qbo.md 1.4), and the new refresh token is committed before it is used.
 */
import { ClientRefused, ConnectionEnded, CredentialsRefused, VendorUnreachable } from '../platform/failures.ts';
import { fetchDiscovery, refreshTokens, type TokenGrant } from '../quickbooks/oauth.ts';
import {
  claimRefresh,
  loadTokens,
  releaseRefresh,
  saveTokens,
  updateConnection,
  type TokenSet,
} from '../store/connections.ts';
import { withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import type { Services } from './services.ts';

/** An access token is renewed when it has less than this left. */
const RENEW_BEFORE_MS = 120_000;
/** A claim on the refresh outlives the call's deadline, so that a dead process delays others but never races them. */
const CLAIM_MS = 60_000;
const LOOK_AGAIN_MS = 500;

export class ConnectionTokens {
  readonly #services: Services;
  readonly #tenant: Tenant;
  #known: { access: string; expiresAt: Date } | null = null;

  constructor(services: Services, tenant: Tenant) {
    this.#services = services;
    this.#tenant = tenant;
  }

  /** A token that is good for a while; refreshes first when it is not. */
  async current(): Promise<string> {
    if (this.#known !== null && this.#isFresh(this.#known.expiresAt)) return this.#known.access;
    const stored = await this.#load();
    if (this.#isFresh(stored.access_expires_at)) return this.#keep(stored);
    return this.#refresh(stored);
  }

  /** Called when QuickBooks refused `rejected`: answers what another process has stored meanwhile, or refreshes. */
  async refreshed(rejected: string): Promise<string> {
    const stored = await this.#load();
    const access = this.#keep(stored);
    return access === rejected ? this.#refresh(stored) : access;
  }

  async #refresh(seen: TokenSet): Promise<string> {
    const { clock, database, holder } = this.#services;
    const { connectionId } = this.#tenant;
    for (;;) {
      const now = clock.now();
      const until = new Date(now.getTime() + clock.scaled(CLAIM_MS));
      const claimed = await withTenant(database, this.#tenant, (tx) =>
        claimRefresh(tx, { connectionId, version: seen.version, by: holder, now, until }),
      );
      if (claimed) return this.#refreshClaimed(seen);
      await clock.sleep(LOOK_AGAIN_MS);
      const stored = await this.#load();
      if (stored.version !== seen.version) return this.#keep(stored);
    }
  }

  async #refreshClaimed(seen: TokenSet): Promise<string> {
    try {
      const { config, http, clock, secrets } = this.#services;
      const discovery = await fetchDiscovery({
        http,
        url: config.intuitDiscoveryUrl,
        allowLoopback: config.allowLoopbackVendors,
      });
      const grant = await refreshTokens({
        http,
        clock,
        discovery,
        clientId: config.intuitClientId,
        clientSecret: config.intuitClientSecret,
        refreshToken: secrets.open(seen.refresh_token, { ...this.#tenant, purpose: 'refresh-token' }),
      });
      await storeGrant(this.#services, this.#tenant, grant);
      this.#known = { access: grant.accessToken, expiresAt: grant.accessExpiresAt };
      return grant.accessToken;
    } catch (error) {
      if (error instanceof CredentialsRefused && !(error instanceof ClientRefused)) return this.#refused(seen, error);
      if (error instanceof VendorUnreachable || error instanceof ClientRefused) await this.#release();
      throw error;
    }
  }

  /** Refused: another process may have been faster with the same token. Only when it was not is the connection dead. */
  async #refused(seen: TokenSet, error: CredentialsRefused): Promise<string> {
    const stored = await this.#load();
    if (stored.version !== seen.version) return this.#keep(stored);
    await this.#release();
    await withTenant(this.#services.database, this.#tenant, (tx) =>
      updateConnection(tx, this.#tenant.connectionId, {
        quickbooks_state: 'reconnect',
        quickbooks_detail: error.message,
      }),
    );
    throw error;
  }

  async #release(): Promise<void> {
    await withTenant(this.#services.database, this.#tenant, (tx) =>
      releaseRefresh(tx, this.#tenant.connectionId, this.#services.holder),
    );
  }

  async #load(): Promise<TokenSet> {
    const stored = await withTenant(this.#services.database, this.#tenant, (tx) =>
      loadTokens(tx, this.#tenant.connectionId),
    );
    if (stored === null)
      throw new ConnectionEnded(
        'QuickBooks',
        'This connection is not authorized; connect it under “Connections” (terminal: connection authorize NAME)',
      );
    return stored;
  }

  #keep(stored: TokenSet): string {
    const access = this.#services.secrets.open(stored.access_token, { ...this.#tenant, purpose: 'access-token' });
    this.#known = { access, expiresAt: stored.access_expires_at };
    return access;
  }

  #isFresh(expiresAt: Date): boolean {
    return expiresAt.getTime() - this.#services.clock.now().getTime() > this.#services.clock.scaled(RENEW_BEFORE_MS);
  }
}

/** Commits a grant (sealed); the new tokens are used only after this. */
export async function storeGrant(services: Services, tenant: Tenant, grant: TokenGrant): Promise<void> {
  const seal = (text: string, purpose: string): string => services.secrets.seal(text, { ...tenant, purpose });
  await withTenant(services.database, tenant, (tx) =>
    saveTokens(tx, {
      ...tenant,
      accessToken: seal(grant.accessToken, 'access-token'),
      refreshToken: seal(grant.refreshToken, 'refresh-token'),
      accessExpiresAt: grant.accessExpiresAt,
      refreshExpiresAt: grant.refreshExpiresAt,
    }),
  );
}
