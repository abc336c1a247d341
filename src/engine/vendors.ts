/** Opens both connectors for a connection: credentials unsealed at the last moment, limits seeded with what is known. */
import { createAutotask, type Autotask } from '../autotask/client.ts';
import { AutotaskLimits } from '../autotask/limits.ts';
import { discoverZone } from '../autotask/zone.ts';
import { terminalWord } from '../core/terminal-word.ts';
import { ConnectionEnded, CredentialsRefused } from '../platform/failures.ts';
import { createQuickBooks, type QuickBooks } from '../quickbooks/client.ts';
import type { CompanyProfile } from '../quickbooks/company.ts';
import { QuickBooksLimits } from '../quickbooks/limits.ts';
import { countUsage, loadBatchTimes } from '../store/batches.ts';
import { updateConnection, type Connection } from '../store/connections.ts';
import { withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import type { Services } from './services.ts';
import { ConnectionTokens } from './tokens.ts';

export interface Vendors {
  readonly autotask: Autotask;
  /** The same tenant, for marks: they have a policy of their own. */
  readonly marks: Autotask;
  readonly quickbooks: QuickBooks;
  readonly autotaskLimits: AutotaskLimits;
  /** Reads Autotask's threshold anew where it is time for it; false when it was not read. */
  lookAtThreshold(): Promise<boolean>;
  /** Saves the counts of calls since the last time. */
  saveUsage(): Promise<void>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface ConnectionLimits {
  autotask: AutotaskLimits;
  quickbooks: QuickBooksLimits;
}

/** Limits outlive a run: the vendor's window does not care where our run ends. One pair per connection and process. */
const limitsByServices = new WeakMap<Services, Map<string, ConnectionLimits>>();

/** How calls are repeated; a run and a preview wait, a test of the connection tells at once. */
export interface Policies {
  readonly autotask: Policy;
  /** For marks in Autotask; as for everything there when absent. */
  readonly marks?: Policy;
  readonly quickbooks: Policy;
}
export type Policy = <T>(call: () => Promise<T>) => Promise<T>;
export const atOnce: Policy = (call) => call();

export async function openVendors(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  policies: Policies,
): Promise<Vendors> {
  const mine = await limitsOf(services, tenant);
  const open = (policy: Policy): Autotask => openAutotask(services, tenant, connection, mine.autotask, policy);
  return {
    autotask: open(policies.autotask),
    marks: open(policies.marks ?? policies.autotask),
    autotaskLimits: mine.autotask,
    lookAtThreshold: () => lookAtThreshold(services, mine.autotask, () => open(atOnce)),
    quickbooks: openQuickBooks(services, tenant, connection, mine.quickbooks, policies.quickbooks),
    saveUsage: () => saveUsage(services, tenant, mine),
  };
}

async function lookAtThreshold(services: Services, limits: AutotaskLimits, open: () => Autotask): Promise<boolean> {
  if (!limits.mayLook()) return false;
  try {
    limits.learn(await open().fetchThreshold());
    return true;
  } catch (error) {
    if (error instanceof CredentialsRefused) throw error;
    services.log.warn('the threshold cannot be read; what was known of it is used');
    return false;
  }
}

/** Before anything of a run is done: each side is connected as far as we know. @throws ConnectionEnded with the cure */
export function requireConnected(connection: Connection): void {
  const { name } = connection;
  if (connection.quickbooks_state !== 'connected' || connection.marker_key === null)
    throw new ConnectionEnded(
      'QuickBooks',
      `${name} is not connected to QuickBooks any more (${connection.quickbooks_detail ?? 'no company'}). Connect it again under “Connections” (terminal: connection authorize ${terminalWord(name)})`,
    );
  if (connection.autotask_state !== 'connected')
    throw new ConnectionEnded(
      'Autotask',
      `${connection.autotask_detail ?? `${name} has no Autotask credentials`}. Nothing is sent until they are entered again under “Connections” (terminal: connection add ${terminalWord(name)} --autotask-user U --autotask-integration-code C), or mended in Autotask and tested (terminal: connection test ${terminalWord(name)})`,
    );
}

/** The limits of a connection in this process: shared by runs, tests and previews, as the vendor's windows are. */
export async function limitsOf(services: Services, tenant: Tenant): Promise<ConnectionLimits> {
  const limits = limitsByServices.get(services) ?? new Map<string, ConnectionLimits>();
  limitsByServices.set(services, limits);
  const known = limits.get(tenant.connectionId);
  if (known !== undefined) return known;
  const made = {
    autotask: new AutotaskLimits(services.clock, services.config.autotaskHourlyCeiling),
    quickbooks: new QuickBooksLimits(services.clock),
  };
  const since = new Date(services.clock.now().getTime() - services.clock.scaled(MINUTE_MS));
  made.quickbooks.rememberBatches(await withTenant(services.database, tenant, (tx) => loadBatchTimes(tx, since)));
  limits.set(tenant.connectionId, made);
  return made;
}

async function saveUsage(services: Services, tenant: Tenant, mine: ConnectionLimits): Promise<void> {
  const hour = new Date(Math.floor(services.clock.now().getTime() / HOUR_MS) * HOUR_MS);
  await withTenant(services.database, tenant, async (tx) => {
    await countUsage(tx, tenant, { vendor: 'Autotask', hour, ...mine.autotask.takeUsage() });
    await countUsage(tx, tenant, { vendor: 'QuickBooks', hour, ...mine.quickbooks.takeUsage() });
  });
}

export function openAutotask(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  mine: AutotaskLimits,
  policy: Policy = atOnce,
): Autotask {
  const { config, http, clock, secrets, database } = services;
  const {
    autotask_user: userName,
    autotask_secret: secret,
    autotask_integration_code: code,
    autotask_url: apiUrl,
  } = connection;
  if (userName === null || secret === null || code === null || apiUrl === null) {
    throw new ConnectionEnded(
      'Autotask',
      'This connection has no Autotask credentials; enter them under “Connections” (terminal: connection add NAME --autotask-user U --autotask-integration-code C)',
    );
  }
  let isOpen = connection.autotask_state === 'refused';
  const autotask = createAutotask({
    apiUrl,
    credentials: {
      userName,
      secret: secrets.open(secret, { ...tenant, purpose: 'autotask-secret' }),
      integrationCode: secrets.open(code, { ...tenant, purpose: 'autotask-integration-code' }),
    },
    http,
    clock,
    limits: mine,
    policy,
    rediscover: async () => {
      const zone = await discoverZone({
        discoveryUrl: config.autotaskDiscoveryUrl,
        userName,
        http,
        allowLoopback: config.allowLoopbackVendors,
      });
      if (zone.apiUrl === apiUrl) return null;
      await withTenant(database, tenant, (tx) =>
        updateConnection(tx, tenant.connectionId, { autotask_url: zone.apiUrl }),
      );
      return zone.apiUrl;
    },
    isProven: connection.autotask_state === 'connected',
    circuit: {
      isOpen: () => isOpen,
      open: async (detail) => {
        isOpen = true;
        await withTenant(database, tenant, (tx) =>
          updateConnection(tx, tenant.connectionId, { autotask_state: 'refused', autotask_detail: detail }),
        );
      },
    },
  });
  return autotask;
}

export function openQuickBooks(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  mine: QuickBooksLimits,
  policy: Policy = atOnce,
): QuickBooks {
  const { config, http, clock, secrets } = services;
  if (connection.quickbooks_realm === null)
    throw new ConnectionEnded(
      'QuickBooks',
      'This connection has no QuickBooks company; connect it under “Connections” (terminal: connection authorize NAME)',
    );
  return createQuickBooks({
    apiUrl: config.quickbooksApiUrl,
    realmId: secrets.open(connection.quickbooks_realm, { ...tenant, purpose: 'realm' }),
    http,
    clock,
    tokens: new ConnectionTokens(services, tenant),
    limits: mine,
    policy,
    allowLoopback: config.allowLoopbackVendors,
  });
}

/** The company's profile, read at most once an hour (two metered reads). */
export async function currentProfile(
  services: Services,
  tenant: Tenant,
  connection: Connection,
  quickbooks: QuickBooks,
): Promise<CompanyProfile> {
  if (knowsProfile(services, connection)) return connection.quickbooks_profile as CompanyProfile;
  const profile = await quickbooks.fetchCompany();
  await withTenant(services.database, tenant, (tx) =>
    updateConnection(tx, tenant.connectionId, {
      quickbooks_profile: JSON.stringify(profile),
      quickbooks_profile_at: services.clock.now(),
      quickbooks_company_name: profile.name,
    }),
  );
  return profile;
}

/** Whether the stored profile is young enough to be used as it is. */
export function knowsProfile(services: Services, connection: Connection): boolean {
  const age = services.clock.now().getTime() - (connection.quickbooks_profile_at?.getTime() ?? 0);
  return connection.quickbooks_profile !== null && age < services.clock.scaled(HOUR_MS);
}

/** The company's profile, read now whatever its age. */
export const freshProfile = async (
  services: Services,
  tenant: Tenant,
  connection: Connection,
): Promise<CompanyProfile> =>
  currentProfile(
    services,
    tenant,
    { ...connection, quickbooks_profile_at: null },
    openQuickBooks(services, tenant, connection, (await limitsOf(services, tenant)).quickbooks),
  );
