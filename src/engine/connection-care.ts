/** A connection's name, its end, and that no two join the same pair. */
import { createHash } from 'node:crypto';
import { terminalWord } from '../core/terminal-word.ts';
import { audit } from '../store/audit.ts';
import { deleteTokens, findPair, loadConnections, updateConnection, type Connection } from '../store/connections.ts';
import { withSystem, withTenant } from '../store/tenant.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';

/** @throws WrongUse */
export function checkName(name: string): void {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u.test(name))
    throw new WrongUse(`"${name}" cannot be a connection’s name: letters, digits, blanks, dots, hyphens; at most 60.`);
}

export interface AutotaskCredentials {
  readonly userName: string;
  readonly secret: string;
  readonly integrationCode: string;
}

/** Headers carry them: blanks at the ends are lost on the way, and only the letters of Latin-1 travel. @throws WrongUse */
export function checkedCredentials(given: AutotaskCredentials): AutotaskCredentials {
  const checked = (what: string, text: string): string => {
    const value = text.trim();
    if (value === '') throw new WrongUse(`The ${what} is empty. Copy it from the API user's page in Autotask.`);
    const at = [...value].findIndex((letter) => !/[\u0020-\u007e\u00a0-\u00ff]/.test(letter));
    if (at < 0) return value;
    const found = /\s/.test([...value][at] ?? '') ? 'a line break or tab' : 'a character that Autotask never gives';
    throw new WrongUse(
      `The ${what} holds ${found} (at position ${String(at + 1)}), so it was not sent. Copy it again from the API user's page in Autotask.`,
    );
  };
  return {
    userName: checked('user name', given.userName),
    secret: checked('secret', given.secret),
    integrationCode: checked('integration code', given.integrationCode),
  };
}

/** Where Intuit may send the answer to. @throws WrongUse */
export function checkRedirectUri(text: string): void {
  const url = URL.parse(text);
  if (url !== null && ['http:', 'https:'].includes(url.protocol) && url.hash === '' && url.username === '') return;
  throw new WrongUse(
    `"${text}" is not a redirect address: it takes one such as https://books.example.com/oauth/intuit/callback, exactly as it stands in the Intuit app.`,
  );
}

/** The marker's key: made from the pair, so that another installation of the same pair knows what is there. */
export const markerKeyOf = (realmId: string, autotaskTenant: string): string =>
  createHash('sha256').update(`${realmId} ${autotaskTenant}`).digest('hex').slice(0, 10).toUpperCase();

/** Two connections of one pair would each post every invoice: the second is refused, whoever has the first. @throws WrongUse */
export async function requireFreePair(services: Services, connection: Connection, markerKey: string): Promise<void> {
  const other = await withSystem(services.database, (tx) => findPair(tx, markerKey, connection.connection_id));
  if (other === null) return;
  const isOwn = other.organization_id === connection.organization_id;
  throw new WrongUse(
    isOwn
      ? `${other.name} joins this Autotask and this QuickBooks company already, and two connections would post each invoice twice. Use ${other.name}, or remove it first under “Connections” (terminal: connection disconnect ${terminalWord(other.name)}, then connection remove ${terminalWord(other.name)})`
      : 'Another organization on this server joins this Autotask and this QuickBooks company already, and two connections would post each invoice twice. It has to remove its connection first.',
  );
}

/** Another Autotask's invoices have the same ids as ours: a ledger belongs to one tenant for good. @throws WrongUse */
export function requireSameAutotask(existing: Connection | undefined, tenant: string): void {
  const known = existing?.autotask_tenant ?? '';
  // Facts/autotask.md 1: `ci`; where it is not told, nothing is known against it.
  if (existing?.marker_key == null || known === '' || tenant === '' || known === tenant) return;
  throw new WrongUse(
    `${existing.name} belongs to another Autotask (customer number ${known}); this API user is of ${tenant}. Nothing was changed. Choose a user of that Autotask, or add a connection with a new name.`,
  );
}

/** Gives a connection another name; settings, links, ledger and history stay. @throws WrongUse */
export async function renameConnection(
  services: Services,
  connection: Connection,
  name: string,
  by: string,
): Promise<void> {
  checkName(name);
  const { organization_id: organizationId, connection_id: connectionId } = connection;
  if (connection.name === name) throw new WrongUse(`It is called ${name} already.`);
  await withTenant(services.database, { organizationId }, async (tx) => {
    if ((await loadConnections(tx)).some((one) => one.name === name))
      throw new WrongUse(`There is another connection called ${name}. Nothing was changed.`);
    await updateConnection(tx, connectionId, { name });
    await audit(
      tx,
      { organizationId, connectionId, at: services.clock.now() },
      { actor: by, action: 'connection-renamed', subject: name, detail: { from: connection.name } },
    );
  });
}

/**
 * Takes a connection off every list and forgets its secrets; its ledger and history stay in the database. The same pair can be
 * connected again afterwards, and what was posted is known there by its marker. @throws WrongUse while it is connected
 */
export async function removeConnection(services: Services, connection: Connection, by: string): Promise<void> {
  const { name } = connection;
  if (connection.quickbooks_state === 'connected')
    throw new WrongUse(
      `${name} is connected to ${connection.quickbooks_company_name ?? 'QuickBooks'}. Disconnect it first under “Connections” (terminal: connection disconnect ${terminalWord(name)}); nothing was changed.`,
    );
  const { organization_id: organizationId, connection_id: connectionId } = connection;
  const at = services.clock.now();
  await withTenant(services.database, { organizationId, connectionId }, async (tx) => {
    await deleteTokens(tx, connectionId);
    await updateConnection(tx, connectionId, {
      removed_at: at,
      next_run_at: null,
      autotask_state: 'none',
      autotask_detail: null,
      autotask_secret: null,
      autotask_integration_code: null,
      quickbooks_state: 'none',
      quickbooks_detail: 'removed by a person',
      quickbooks_realm: null,
      quickbooks_realm_hash: null,
      oauth_state: null,
      oauth_redirect_uri: null,
    });
    await audit(
      tx,
      { organizationId, connectionId, at },
      { actor: by, action: 'connection-removed', subject: name, detail: {} },
    );
  });
}
