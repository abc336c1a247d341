/**
 * Who is who: pairs that a person sets, by id from then on. A company on a sub-customer, a billing code on an item of
 * another name, a term, a tax code, a class: one table, by terminal, page and CSV.
 */
import { fold } from '../core/directory.ts';
import {
  deleteLink,
  loadLinks,
  loadQuickBooksKind,
  saveDecisions,
  saveLinks,
  takeLinks,
  type Link,
  type NewLink,
  type QuickBooksRow,
} from '../store/links.ts';
import { audit } from '../store/audit.ts';
import type { LinkKind } from '../store/tables.ts';
import { withTenant, type TenantTx } from '../store/tenant.ts';
import type { Tenant } from './lease.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';

/** What Autotask's side of each kind is, in words; the key that a link is kept by. */
export const linkKinds: Readonly<Record<LinkKind, string>> = {
  customer: 'Autotask company id, such as 174',
  item: 'billing-code:ID, or a bare billing code id, or name:TEXT for lines without a code',
  term: 'name of the payment term in Autotask',
  'tax-code': 'name of the tax category or tax region in Autotask',
  class: 'id of the line of business in Autotask, or none',
  location: 'id of the line of business in Autotask',
};

/** @throws WrongUse */
export function linkKind(text: string): LinkKind {
  const kinds = Object.keys(linkKinds);
  const kind = kinds.find((one): one is LinkKind => one === text);
  if (kind === undefined) throw new WrongUse(`"${text}" is no kind of link; there are ${kinds.join(', ')}.`);
  return kind;
}

/** The key in its normal form. @throws WrongUse */
export function linkKey(kind: LinkKind, text: string): string {
  const key = text.trim();
  const refuse = (): never => {
    throw new WrongUse(`"${text}" cannot be linked as ${kind}; it takes: ${linkKinds[kind]}.`);
  };
  switch (kind) {
    case 'customer':
      return /^\d{1,15}$/.test(key) ? key : refuse();
    case 'item':
      if (/^\d{1,15}$/.test(key)) return `billing-code:${key}`;
      if (/^name:./.test(key)) return `name:${fold(key.slice(5))}`;
      return /^billing-code:\d{1,15}$/.test(key) ? key : refuse();
    case 'class':
    case 'location':
      return key === 'none' || /^\d{1,15}$/.test(key) ? key : refuse();
    case 'term':
    case 'tax-code':
      return key === '' || [...key].length > 200 ? refuse() : key;
  }
}

export const listLinks = (services: Services, tenant: Tenant): Promise<Link[]> =>
  withTenant(services.database, tenant, loadLinks);

/** One row of QuickBooks' list by id or exact name, of what we have read. @throws WrongUse naming what is near */
export async function quickBooksRow(tx: TenantTx, kind: LinkKind, wanted: string): Promise<QuickBooksRow> {
  const rows = await loadQuickBooksKind(tx, kind === 'location' ? 'department' : kind);
  const text = wanted.trim();
  const byId = rows.find((row) => row.quickbooks_id === text);
  const named = rows.filter((row) => row.active && fold(fullNameOf(row)) === fold(text));
  const found = byId ?? (named.length === 1 ? named[0] : undefined);
  if (found?.active === true) return found;
  if (found !== undefined) throw new WrongUse(`“${found.name}” is inactive in QuickBooks; make it active there first.`);
  if (named.length > 1)
    throw new WrongUse(
      `QuickBooks has several “${text}”: say which by id (${named.map((row) => row.quickbooks_id).join(', ')}).`,
    );
  const near = rows.filter((row) => row.active && fold(row.name).includes(fold(text).slice(0, 4))).slice(0, 5);
  throw new WrongUse(
    `QuickBooks has no ${kind} “${text}” that we know of.${near.length === 0 ? '' : ` There is: ${near.map((row) => `${row.name} (id ${row.quickbooks_id})`).join(', ')}.`} If it is new there, run a sync first.`,
  );
}

export const fullNameOf = (row: QuickBooksRow): string => {
  const { fullName } = row.detail as { fullName?: string };
  return fullName ?? row.name;
};

export interface LinkRequest {
  readonly kind: string;
  readonly source: string;
  /** QuickBooks id or exact name. */
  readonly quickbooks: string;
}

/** Sets links, all or none; a customer belongs to one company at a time. @throws WrongUse that names the line */
export async function setLinks(
  services: Services,
  tenant: Tenant,
  requests: readonly LinkRequest[],
  by: string,
): Promise<NewLink[]> {
  return withTenant(services.database, tenant, async (tx) => {
    const links: NewLink[] = [];
    for (const [index, request] of requests.entries()) {
      try {
        links.push(await checkLink(tx, request));
      } catch (error) {
        if (!(error instanceof WrongUse) || requests.length === 1) throw error;
        throw new WrongUse(`Line ${String(index + 1)}: ${error.message} Nothing was changed.`);
      }
    }
    await takeLinks(tx, tenant.connectionId);
    refuseShared(customerHolders(await loadLinks(tx)), links);
    const at = services.clock.now();
    await saveLinks(tx, { ...tenant, at }, links);
    for (const link of links)
      await audit(
        tx,
        { ...tenant, at },
        {
          actor: by,
          action: 'linked',
          subject: `${link.kind} ${link.sourceKey}`,
          detail: { quickbooksId: link.quickbooksId },
        },
      );
    return links;
  });
}

/** One pair in its normal form, QuickBooks’ row found. @throws WrongUse */
export async function checkLink(tx: TenantTx, request: LinkRequest): Promise<NewLink> {
  const kind = linkKind(request.kind);
  const sourceKey = linkKey(kind, request.source);
  const row = await quickBooksRow(tx, kind, request.quickbooks);
  return { kind, sourceKey, quickbooksId: row.quickbooks_id, quickbooksName: row.name, origin: 'person' };
}

/** Which company each linked customer belongs to, by the customer's id. */
export const customerHolders = (links: readonly Link[]): Map<string, string> =>
  new Map(links.filter((one) => one.kind === 'customer').map((one) => [one.quickbooks_id, one.source_key]));

/**
 * One to one: two companies on one customer would mix their accounts (facts/mission.md A5.1).
 * @param holders as of customerHolders; those of `links` are added
 */
export function refuseShared(holders: Map<string, string>, links: readonly NewLink[]): void {
  for (const link of links.filter((one) => one.kind === 'customer')) {
    const owner = holders.get(link.quickbooksId);
    if (owner !== undefined && owner !== link.sourceKey)
      throw new WrongUse(
        `The customer “${link.quickbooksName}” belongs to company ${owner} already; take that link away first (links unset customer ${owner}).`,
      );
    holders.set(link.quickbooksId, link.sourceKey);
  }
}

/** Takes a link away; the next run matches by name again. */
export async function unsetLink(
  services: Services,
  tenant: Tenant,
  request: { kind: string; source: string; by: string },
): Promise<boolean> {
  const kind = linkKind(request.kind);
  const sourceKey = linkKey(kind, request.source);
  return withTenant(services.database, tenant, async (tx) => {
    const gone = await deleteLink(tx, kind, sourceKey);
    if (gone)
      await audit(
        tx,
        { ...tenant, at: services.clock.now() },
        { actor: request.by, action: 'unlinked', subject: `${kind} ${sourceKey}`, detail: {} },
      );
    return gone;
  });
}

/** A person decides that these names are created, whatever the settings and limits say. */
export const allowNames = (
  tx: TenantTx,
  tenant: Tenant,
  names: readonly { kind: 'customer' | 'item'; sourceKey: string }[],
  decided: { at: Date; by: string },
): Promise<void> => saveDecisions(tx, { ...tenant, ...decided }, names);
