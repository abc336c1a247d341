/**
 * What a person has decided about a cause stands in the ledger as the link or the permission that it is, until a run has
 * gone by it: from there it is told again, after a reload as on another machine, with the way back.
 */
import { plural } from '../mail/report-words.ts';
import { loadDecisions, loadLinksByPeople, type Link } from '../store/links.ts';
import type { Cause } from '../store/problems.ts';
import { loadReactivated, type Reactivated } from '../store/runs.ts';
import type { TenantTx } from '../store/tenant.ts';
import { loadTransfersOf } from '../store/transfers.ts';
import type { Undo } from './undoing.ts';

export interface Standing {
  /** One sentence: what was decided and what follows. */
  readonly text: string;
  /** Null where there is no way back. */
  readonly undo: Undo | null;
}

export const INVOICES = (count: number): string => plural(count, 'invoice', 'invoices');
export const COUNT = (cause: Cause): string => INVOICES(cause.invoices.length);
export const GO = (cause: Cause): string => (cause.invoices.length === 1 ? 'goes' : 'go');

export const willCreate = (cause: Cause, names: number): string =>
  `${plural(names, 'name', 'names')} will be created with the next run; ${COUNT(cause)} ${cause.invoices.length === 1 ? 'waits' : 'wait'} for ${names === 1 ? 'it' : 'them'}.`;

export const isLinked = (cause: Cause, quickbooksName: string): string =>
  `Linked to “${quickbooksName}”; ${COUNT(cause)} ${GO(cause)} with the next run.`;

export const isActive = (cause: Cause, name: string): string =>
  `“${name}” is active again; ${COUNT(cause)} ${GO(cause)} with the next run.`;

export const kindOf = (cause: Cause): 'customer' | 'item' =>
  /^(customer|ambiguous|foreign)/.test(cause.code) ? 'customer' : 'item';

/** The names that “create” permits: the one that the cause is about; behind a limit, all that wait for it. */
export const keysToCreate = async (tx: TenantTx, cause: Cause, kind: 'customer' | 'item'): Promise<string[]> =>
  cause.facts['key'] === undefined ? neededNames(tx, cause, kind) : [cause.facts['key']];

async function neededNames(tx: TenantTx, cause: Cause, kind: 'customer' | 'item'): Promise<string[]> {
  const transfers = await loadTransfersOf(tx, cause.invoices);
  const names = transfers.flatMap((one) => one.needs_names.filter((name) => name.startsWith(`${kind} `)));
  return [...new Set(names)].map((name) => name.slice(kind.length + 1));
}

/** What was decided about each cause since a run met it last, by the cause's id. */
export async function loadStanding(tx: TenantTx, causes: readonly Cause[]): Promise<ReadonlyMap<string, Standing>> {
  const found = new Map<string, Standing>();
  const ofNames = causes.filter((cause) => /^(customer|item)-|^no-billing-code$/.test(cause.code));
  if (ofNames.length === 0) return found;
  const permitted = await loadDecisions(tx);
  const since = new Date(Math.min(...ofNames.map((cause) => cause.lastSeen.getTime())));
  const links = new Map((await loadLinksByPeople(tx, since)).map((link) => [`${link.kind} ${link.source_key}`, link]));
  const active = ofNames.some(isInactive) ? await loadReactivated(tx, since) : [];
  for (const cause of ofNames) {
    const standing = linkOf(cause, links) ?? activeOf(cause, active) ?? (await permissionOf(tx, cause, permitted));
    if (standing !== null) found.set(cause.id, standing);
  }
  return found;
}

function linkOf(cause: Cause, links: ReadonlyMap<string, Link>): Standing | null {
  const [kind, key] = [kindOf(cause), cause.facts['key'] ?? ''];
  const link = links.get(`${kind} ${key}`);
  if (link === undefined || link.linked_at < cause.lastSeen) return null;
  return { text: isLinked(cause, link.quickbooks_name), undo: { action: 'link', kind, keys: [key], invoices: [] } };
}

const isInactive = (cause: Cause): boolean => cause.code.endsWith('-inactive');

function activeOf(cause: Cause, active: readonly Reactivated[]): Standing | null {
  if (!isInactive(cause)) return null;
  const [kind, id] = [kindOf(cause), cause.facts['quickbooksId']];
  const found = active.find((one) => one.kind === kind && one.quickbooksId === id && one.at >= cause.lastSeen);
  return found === undefined ? null : { text: isActive(cause, found.name), undo: null };
}

async function permissionOf(
  tx: TenantTx,
  cause: Cause,
  permitted: ReadonlyMap<string, Date>,
): Promise<Standing | null> {
  if (permitted.size === 0) return null;
  const kind = kindOf(cause);
  const keys = await keysToCreate(tx, cause, kind);
  const stands = (key: string): boolean =>
    (permitted.get(`${kind} ${key}`)?.getTime() ?? 0) >= cause.lastSeen.getTime();
  if (keys.length === 0 || !keys.every(stands)) return null;
  return { text: willCreate(cause, keys.length), undo: { action: 'create', kind, keys, invoices: [] } };
}
