/** Making, authorizing, testing and changing connections. */
import { createHash } from 'node:crypto';
import { discoverZone } from '../autotask/zone.ts';
import { dateIn } from '../core/dates.ts';
import {
  contradiction,
  normalizeSetting,
  normalizeSettings,
  readSettings,
  SettingError,
  settingTable,
  settingKeys,
  type SettingKey,
} from '../core/settings.ts';
import { isVendorFailure, VendorRefused } from '../platform/failures.ts';
import {
  authorizeUrl,
  exchangeCode,
  fetchDiscovery,
  fetchReportEmail,
  revoke,
  type OauthApp,
} from '../quickbooks/oauth.ts';
import {
  deleteTokens,
  loadConnection,
  loadConnections,
  loadOrganizations,
  loadSettings,
  loadSettingsHistory,
  loadSettingsVersion,
  loadTokens,
  saveConnection,
  saveOrganization,
  saveSettings,
  updateConnection,
  type Connection,
} from '../store/connections.ts';
import { saveListState } from '../store/links.ts';
import { audit } from '../store/audit.ts';
import { withSystem, withTenant } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import {
  checkName,
  checkRedirectUri,
  checkedCredentials,
  type AutotaskCredentials,
  markerKeyOf,
  requireFreePair,
  requireSameAutotask,
} from './connection-care.ts';
import { checkLiveNames } from './live-lists.ts';
import { PAYMENTS_CURSOR } from './payments.ts';
import { Stale, WrongUse } from './requests.ts';
import type { Services } from './services.ts';
import { storeGrant } from './tokens.ts';
import { vendorSentence } from './vendor-cures.ts';
import { freshProfile, limitsOf, openAutotask } from './vendors.ts';

const FIRST_ORGANIZATION = 'My organization';

/** The organization that the terminal works for: the first one, made when there is none. */
export async function terminalOrganization(services: Services): Promise<string> {
  const organizationId = services.ids.uuid();
  return withSystem(services.database, async (tx) => {
    const [first] = await loadOrganizations(tx);
    if (first !== undefined) return first.organization_id;
    await saveOrganization(tx, {
      organization_id: organizationId,
      name: FIRST_ORGANIZATION,
      created_at: services.clock.now(),
    });
    const [made] = await loadOrganizations(tx);
    return made?.organization_id ?? organizationId;
  });
}

/** Finds the zone, proves the credentials and the rights, and only then saves; an existing connection gets new credentials. */
export async function addConnection(
  services: Services,
  organizationId: string,
  wanted: { name: string; autotask: AutotaskCredentials; by: string },
): Promise<Connection> {
  checkName(wanted.name);
  const credentials = checkedCredentials(wanted.autotask);
  const { config, http, clock, ids, secrets, database } = services;
  const zone = await discoverZone({
    discoveryUrl: config.autotaskDiscoveryUrl,
    userName: credentials.userName,
    http,
    allowLoopback: config.allowLoopbackVendors,
  });
  const all = await withTenant(database, { organizationId }, loadConnections);
  const existing = all.find((one) => one.name === wanted.name);
  requireSameAutotask(existing, zone.tenant);
  const connectionId = existing?.connection_id ?? ids.uuid();
  const tenant: Tenant = { organizationId, connectionId };
  const fields = {
    autotask_user: credentials.userName,
    autotask_secret: secrets.seal(credentials.secret, { ...tenant, purpose: 'autotask-secret' }),
    autotask_integration_code: secrets.seal(credentials.integrationCode, {
      ...tenant,
      purpose: 'autotask-integration-code',
    }),
    autotask_url: zone.apiUrl,
    autotask_web_url: zone.webUrl,
    autotask_tenant: zone.tenant,
    autotask_state: 'connected' as const,
    autotask_detail: null,
  };
  await probeAutotask(services, tenant, {
    ...blankConnection(tenant, wanted.name, clock.now()),
    ...fields,
    autotask_state: 'none',
  });
  await withTenant(database, tenant, async (tx) => {
    const at = clock.now();
    if (existing === undefined) {
      await saveConnection(tx, { ...tenant, name: wanted.name, createdAt: at });
      await saveSettings(tx, { ...tenant, version: 1, settings: firstSettings(at), at, by: wanted.by });
    }
    await updateConnection(tx, connectionId, fields);
    await audit(
      tx,
      { organizationId, connectionId, at },
      {
        actor: wanted.by,
        action: existing === undefined ? 'connection-added' : 'autotask-credentials-changed',
        subject: wanted.name,
        detail: { zone: zone.name },
      },
    );
  });
  return loadOne(services, tenant);
}

/** The zone of the machine, shown for confirmation; cut-over is today: nothing older is posted unless a person says so. */
function firstSettings(now: Date): Record<string, unknown> {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  return { 'connection.timeZone': zone, 'invoices.notBefore': dateIn(now.toISOString(), zone) };
}

async function loadOne(services: Services, tenant: Tenant): Promise<Connection> {
  const row = await withTenant(services.database, tenant, (tx) => loadConnection(tx, tenant.connectionId));
  if (row === null) throw new WrongUse('There is no such connection.');
  return row;
}

const blankConnection = (tenant: Tenant, name: string, at: Date): Connection => ({
  organization_id: tenant.organizationId,
  connection_id: tenant.connectionId,
  name,
  created_at: at,
  marker_key: null,
  report_email: null,
  next_run_at: null,
  queued_at: null,
  autotask_state: 'none',
  autotask_detail: null,
  autotask_user: null,
  autotask_secret: null,
  autotask_integration_code: null,
  autotask_url: null,
  autotask_web_url: null,
  autotask_tenant: null,
  quickbooks_state: 'none',
  quickbooks_detail: null,
  quickbooks_realm: null,
  quickbooks_realm_hash: null,
  quickbooks_company_name: null,
  quickbooks_profile: null,
  quickbooks_profile_at: null,
  oauth_state: null,
  oauth_redirect_uri: null,
  pruned_at: null,
  removed_at: null,
});

/** What the API user may do, in words; throws when the credentials are refused. */
async function probeAutotask(services: Services, tenant: Tenant, connection: Connection): Promise<string[]> {
  const autotask = openAutotask(services, tenant, connection, (await limitsOf(services, tenant)).autotask);
  await autotask.probe();
  const missing: string[] = [];
  for (const [entity, right] of [
    ['Invoices', 'update'],
    ['BillingItems', 'query'],
    ['Companies', 'query'],
    ['BillingCodes', 'query'],
  ] as const) {
    const rights = await autotask.fetchRights(entity).catch((error: unknown) => {
      // Not told is not refused: the first sync says it if a right is missing.
      if (error instanceof VendorRefused) return null;
      throw error;
    });
    if (rights === null) continue;
    if (rights.query === 'None')
      missing.push(`The API user may not read ${entity}: give its security level the right.`);
    if (right === 'update' && rights.update === 'None')
      missing.push(`The API user may not update ${entity}: the number and date of processing cannot be written back.`);
  }
  return missing;
}

/** Our app at Intuit, with the addresses that its discovery document names. @throws WrongUse when its keys are not set */
export async function oauthApp(services: Services): Promise<OauthApp> {
  const { config, http, clock } = services;
  if (config.intuitClientId === '' || config.intuitClientSecret === '') {
    throw new WrongUse(
      'LEDGERFERRY_INTUIT_CLIENT_ID and LEDGERFERRY_INTUIT_CLIENT_SECRET are not set: make an app at Intuit and put its keys there.',
    );
  }
  const discovery = await fetchDiscovery({
    http,
    url: config.intuitDiscoveryUrl,
    allowLoopback: config.allowLoopbackVendors,
  });
  return { http, clock, discovery, clientId: config.intuitClientId, clientSecret: config.intuitClientSecret };
}

export const callbackUri = (services: Services): string =>
  `${services.config.publicUrl.replace(/\/+$/, '')}/oauth/intuit/callback`;

/** Where the person gives consent; the state is remembered for the callback, which knows it again by its `mark`. */
export async function beginAuthorization(
  services: Services,
  tenant: Tenant,
  redirectUri: string,
  mark = '',
): Promise<{ url: string; state: string; redirectUri: string }> {
  checkRedirectUri(redirectUri);
  const app = await oauthApp(services);
  const state = `${mark}${services.ids.token(24)}`;
  await withTenant(services.database, tenant, (tx) =>
    updateConnection(tx, tenant.connectionId, { oauth_state: state, oauth_redirect_uri: redirectUri }),
  );
  return { url: authorizeUrl(app.discovery, { clientId: app.clientId, redirectUri, state }), state, redirectUri };
}

/** By which a connection is found without its realm id standing open in the database. */
export const realmHash = (realmId: string): string => createHash('sha256').update(`realm ${realmId}`).digest('hex');

/** Exchanges the code, stores the tokens, reads the company. Another company than the connection's is refused. */
export async function finishAuthorization(
  services: Services,
  tenant: Tenant,
  grant: { code: string; realmId: string; redirectUri: string | null; by: string },
): Promise<Connection> {
  const connection = await loadOne(services, tenant);
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(grant.realmId)) throw new WrongUse('The realm id is not one of Intuit’s.');
  if (connection.quickbooks_realm_hash !== null && connection.quickbooks_realm_hash !== realmHash(grant.realmId)) {
    throw new WrongUse(
      `${connection.name} belongs to another QuickBooks company (${connection.quickbooks_company_name ?? 'unknown'}). Choose that company at Intuit, or add a new connection.`,
    );
  }
  const markerKey = connection.marker_key ?? markerKeyOf(grant.realmId, connection.autotask_tenant ?? '');
  await requireFreePair(services, connection, markerKey);
  const app = await oauthApp(services);
  const redirectUri = grant.redirectUri ?? connection.oauth_redirect_uri ?? callbackUri(services);
  const tokens = await exchangeCode(app, { code: grant.code, redirectUri });
  await storeGrant(services, tenant, tokens);
  const email = await fetchReportEmail(app, tokens.accessToken).catch(() => null);
  const joined = withTenant(services.database, tenant, async (tx) => {
    await updateConnection(tx, tenant.connectionId, {
      quickbooks_state: 'connected',
      quickbooks_detail: null,
      quickbooks_realm: services.secrets.seal(grant.realmId, { ...tenant, purpose: 'realm' }),
      quickbooks_realm_hash: realmHash(grant.realmId),
      marker_key: markerKey,
      report_email: email ?? connection.report_email,
      quickbooks_profile_at: null,
      oauth_state: null,
      oauth_redirect_uri: null,
      next_run_at: services.clock.now(),
    });
    await audit(
      tx,
      { ...tenant, at: services.clock.now() },
      { actor: grant.by, action: 'quickbooks-connected', subject: connection.name, detail: {} },
    );
  });
  await joined.catch(async (error: unknown) => {
    // Somebody joined the same pair since we looked.
    await requireFreePair(services, connection, markerKey);
    throw error;
  });
  await freshProfile(services, tenant, await loadOne(services, tenant));
  return loadOne(services, tenant);
}

/** Asks both vendors whether the connection works; answers what is wrong, in words. */
export async function testConnection(
  services: Services,
  connection: Connection,
): Promise<{ autotask: string[]; quickbooks: string[] }> {
  const tenant: Tenant = { organizationId: connection.organization_id, connectionId: connection.connection_id };
  const told = async (work: () => Promise<string[]>): Promise<string[]> => {
    try {
      return await work();
    } catch (error) {
      return [vendorSentence(error) ?? (error instanceof Error ? error.message : 'unknown')];
    }
  };
  // A test is the person's way to say that the credentials were mended in Autotask: the circuit is closed for it.
  const autotask = await told(() => probeAutotask(services, tenant, { ...connection, autotask_state: 'connected' }));
  if (autotask.length === 0 && connection.autotask_state === 'refused') {
    await withTenant(services.database, tenant, (tx) =>
      updateConnection(tx, tenant.connectionId, { autotask_state: 'connected', autotask_detail: null }),
    );
  }
  const quickbooks = await told(async () => {
    await freshProfile(services, tenant, connection);
    return [];
  });
  if (quickbooks.length === 0 && connection.quickbooks_state === 'reconnect') {
    await withTenant(services.database, tenant, (tx) =>
      updateConnection(tx, tenant.connectionId, { quickbooks_state: 'connected', quickbooks_detail: null }),
    );
  }
  return { autotask, quickbooks };
}

/** Ends the QuickBooks side at Intuit and here; settings, links and ledger stay. Answers what is left to do at Intuit, or null. */
export async function disconnect(services: Services, connection: Connection, by: string): Promise<string | null> {
  const tenant: Tenant = { organizationId: connection.organization_id, connectionId: connection.connection_id };
  const tokens = await withTenant(services.database, tenant, (tx) => loadTokens(tx, tenant.connectionId));
  const left = tokens === null ? null : await revokeAtIntuit(services, tenant, tokens.refresh_token);
  await withTenant(services.database, tenant, async (tx) => {
    await deleteTokens(tx, tenant.connectionId);
    await updateConnection(tx, tenant.connectionId, {
      quickbooks_state: 'reconnect',
      quickbooks_detail: 'disconnected by a person',
    });
    await audit(
      tx,
      { ...tenant, at: services.clock.now() },
      {
        actor: by,
        action: 'disconnected',
        subject: connection.name,
        detail: left === null ? {} : { leftAtIntuit: left },
      },
    );
  });
  return left;
}

/** Takes back what Intuit granted; where it cannot be told, our side still forgets its tokens, and a sentence says what is left. */
async function revokeAtIntuit(services: Services, tenant: Tenant, sealed: string): Promise<string | null> {
  try {
    await revoke(await oauthApp(services), services.secrets.open(sealed, { ...tenant, purpose: 'refresh-token' }));
    return null;
  } catch (error) {
    if (!isVendorFailure(error) && !(error instanceof WrongUse)) throw error;
    return `Intuit could not be told (${error.message.replace(/\.$/, '')}). The tokens are forgotten here; to end what Intuit granted, open Apps > My Apps in QuickBooks and disconnect this app there.`;
  }
}

/** All settings in their normal form, with their version. */
export async function showSettings(
  services: Services,
  tenant: Tenant,
): Promise<{ version: number; settings: Record<string, string> }> {
  const row = await withTenant(services.database, tenant, (tx) => loadSettings(tx, tenant.connectionId));
  const stored = row?.settings ?? {};
  const settings = Object.fromEntries(
    settingKeys.map((key) => {
      const value = stored[key];
      return [key, normalizeSetting(key, typeof value === 'string' ? value : settingTable[key].default)];
    }),
  );
  return { version: row?.version ?? 0, settings };
}

/** Said before anything starts: new items need an income account that QuickBooks has. @throws WrongUse, SettingError */
export async function requireIncomeAccount(services: Services, tenant: Tenant): Promise<void> {
  const { settings } = await showSettings(services, tenant);
  const account = settings['items.incomeAccount'] ?? '';
  if (account === '')
    throw new WrongUse(
      'New products and services need an income account: choose the “Income account of new items” in the settings first (terminal: settings set items.incomeAccount=NAME).',
    );
  await checkLiveNames(services, tenant, { 'items.incomeAccount': account });
}

/** The settings with these changes, in their normal form, each that names a row of QuickBooks checked there. @throws SettingError */
export async function checkSettings(
  services: Services,
  tenant: Tenant,
  changes: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const current = await showSettings(services, tenant);
  const settings = { ...current.settings };
  Object.assign(settings, normalizeSettings(changes));
  readSettings(settings);
  const changed = settingKeys.filter((key) => settings[key] !== current.settings[key]);
  const nonsense = contradiction(settings, changed);
  if (nonsense !== null) throw new SettingError(nonsense);
  await checkLiveNames(services, tenant, Object.fromEntries(changed.map((key) => [key, settings[key]])));
  return settings;
}

/**
 * Changes settings as a new version, all or none; where nothing differs the present version stays, and `changed` is empty.
 * @param seen the version that the person had before them; null where there is none (the terminal, an import)
 * @throws SettingError; Stale where another version came since
 */
export async function changeSettings(
  services: Services,
  tenant: Tenant,
  changes: Readonly<Record<string, string>>,
  by: string,
  seen: number | null = null,
): Promise<{ version: number; settings: Record<string, string>; changed: readonly SettingKey[] }> {
  const current = await showSettings(services, tenant);
  if (seen !== null && seen !== current.version)
    throw new Stale(
      `Somebody saved settings since you opened them (version ${String(current.version)} now). Nothing of yours was saved or lost: look at both, then save again.`,
    );
  const settings = await checkSettings(services, tenant, changes);
  const changed = settingKeys.filter((key) => settings[key] !== current.settings[key]);
  const version = current.version + (changed.length > 0 ? 1 : 0);
  await withTenant(services.database, tenant, async (tx) => {
    const at = services.clock.now();
    if (changed.length > 0) {
      if (!(await saveSettings(tx, { ...tenant, version, settings, at, by })))
        throw new Stale('Somebody else saved settings at the same moment. Nothing of yours was saved; do it again.');
      const line = { actor: by, action: 'settings-changed', subject: `version ${String(version)}`, detail: changes };
      await audit(tx, { ...tenant, at }, line);
    }
    if (changes['sync.status'] !== undefined || changes['sync.intervalMinutes'] !== undefined)
      await updateConnection(tx, tenant.connectionId, { next_run_at: at });
    // Payments made while it was off are not sent later, unless a person asks for a day (facts/mission.md A3 row 12).
    if (changed.includes('payments.sync') && settings['payments.sync'] === 'true')
      await saveListState(tx, tenant, PAYMENTS_CURSOR, at);
  });
  return { version, settings, changed };
}

/** The versions of the settings, newest first, each with what it changed. */
export async function settingsHistory(
  services: Services,
  tenant: Tenant,
): Promise<{ version: number; at: string; by: string; changes: { key: string; from: string; to: string }[] }[]> {
  const rows = await withTenant(services.database, tenant, (tx) =>
    loadSettingsHistory(tx, tenant.connectionId, HISTORY + 1),
  );
  const normal = (stored: Readonly<Record<string, unknown>>): Record<string, string> =>
    Object.fromEntries(
      settingKeys.map((key) => {
        const value = stored[key];
        return [key, typeof value === 'string' ? value : settingTable[key].default];
      }),
    );
  return rows.slice(0, HISTORY).map((row, index) => {
    const [now, before] = [normal(row.settings), normal(rows[index + 1]?.settings ?? {})];
    return {
      version: row.version,
      at: row.changed_at.toISOString(),
      by: row.changed_by,
      changes: settingKeys
        .filter((key) => now[key] !== before[key])
        .map((key) => ({ key, from: before[key] ?? '', to: now[key] ?? '' })),
    };
  });
}

const HISTORY = 100;

/** Makes an older version the present one, as a new version. @throws WrongUse */
export async function restoreSettings(
  services: Services,
  tenant: Tenant,
  version: number,
  by: string,
): Promise<{ version: number; settings: Record<string, string> }> {
  const stored = await withTenant(services.database, tenant, (tx) =>
    loadSettingsVersion(tx, tenant.connectionId, version),
  );
  if (stored === null)
    throw new WrongUse(`There is no version ${String(version)} of the settings; see: settings history`);
  const { settings } = await showSettings(services, tenant);
  // Restoring settings never switches the sync on or off behind anybody's back.
  const keys = settingKeys.filter((key) => key !== 'sync.status');
  const texts = keys.map((key) => {
    const value = stored[key];
    return [key, typeof value === 'string' ? value : settingTable[key].default] as const;
  });
  if (texts.every(([key, text]) => settings[key] === text))
    throw new WrongUse(
      `Nothing would change: all settings are as they were in version ${String(version)}, and whether runs go by themselves is left as it is.`,
    );
  return changeSettings(services, tenant, Object.fromEntries(texts), by);
}
