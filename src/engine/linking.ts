/**
 * Who is who: pairs that a person sets, by id from then on. A company on a sub-customer, a billing code on an item of
 * another name, a term, a tax code, a class: one table, by terminal, page and CSV.
 */
import { fold } from '../core/directory.ts';
import { SELLABLE, unsellable } from '../core/match-item.ts';
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
import { audit, auditAll } from '../store/audit.ts';
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
  // Spreadsheets and other exports write ids with leading zeros: 0960 is company 960.
  const id = (digits: string): string => String(Number(digits));
  const refuse = (): never => {
    throw new WrongUse(`"${text}" cannot be linked as ${kind}; it takes: ${linkKinds[kind]}.`);
  };
  switch (kind) {
    case 'customer':
      return /^\d{1,15}$/.test(key) ? id(key) : refuse();
    case 'item':
      if (/^\d{1,15}$/.test(key)) return `billing-code:${id(key)}`;
      if (/^name:./.test(key)) return `name:${fold(key.slice(5))}`;
      return /^billing-code:\d{1,15}$/.test(key) ? `billing-code:${id(key.slice('billing-code:'.length))}` : refuse();
    case 'class':
    case 'location':
      return key === 'none' ? key : /^\d{1,15}$/.test(key) ? id(key) : refuse();
    case 'term':
    case 'tax-code':
      return key === '' || [...key].length > 200 ? refuse() : key;
  }
}

export const listLinks = (services: Services, tenant: Tenant): Promise<Link[]> =>
  withTenant(services.database, tenant, loadLinks);

/** One kind of QuickBooks' rows, prepared: a file of many lines asks for many of them. */
interface Rows {
  readonly all: readonly { readonly row: QuickBooksRow; readonly folded: string }[];
  readonly byId: ReadonlyMap<string, QuickBooksRow>;
  readonly named: ReadonlyMap<string, readonly QuickBooksRow[]>;
  /** What was found near a beginning, by it. */
  readonly near: Map<string, string>;
}

const NEAR_LETTERS = 4;
const NEAR_MAX = 5;

/** QuickBooks' rows as we have read them; each kind is read once, when it is first asked for. */
export class QuickBooksRows {
  readonly #tx: TenantTx;
  readonly #kinds = new Map<LinkKind, Rows>();

  constructor(tx: TenantTx) {
    this.#tx = tx;
  }

  /** One row by id or exact name. @throws WrongUse naming what is near */
  async find(kind: LinkKind, wanted: string): Promise<QuickBooksRow> {
    const rows = await this.#of(kind);
    const text = wanted.trim();
    const all = rows.named.get(fold(text)) ?? [];
    // A category may bear the name of a product in it: the product is meant.
    const sellable = kind === 'item' ? all.filter((row) => SELLABLE.has(typeOf(row))) : [];
    const named = sellable.length > 0 ? sellable : all;
    const found = rows.byId.get(text) ?? (named.length === 1 ? named[0] : undefined);
    if (found?.active === true) return found;
    if (found !== undefined)
      throw new WrongUse(`“${found.name}” is inactive in QuickBooks; make it active there first.`);
    if (named.length > 1)
      throw new WrongUse(
        `QuickBooks has several “${text}”: say which by id (${named.map((row) => row.quickbooks_id).join(', ')}).`,
      );
    const near = nearest(rows, fold(text).slice(0, NEAR_LETTERS));
    throw new WrongUse(
      `QuickBooks has no ${kind} “${text}” that we know of.${near === '' ? '' : ` There is: ${near}.`} If it is new there, run a sync first.`,
    );
  }

  async #of(kind: LinkKind): Promise<Rows> {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const all = await loadQuickBooksKind(this.#tx, kind === 'location' ? 'department' : kind);
    const named = new Map<string, QuickBooksRow[]>();
    for (const row of all.filter((one) => one.active)) {
      const name = fold(fullNameOf(row));
      named.set(name, [...(named.get(name) ?? []), row]);
    }
    const rows: Rows = {
      all: all.filter((row) => row.active).map((row) => ({ row, folded: fold(row.name) })),
      byId: new Map(all.map((row) => [row.quickbooks_id, row])),
      named,
      near: new Map(),
    };
    this.#kinds.set(kind, rows);
    return rows;
  }
}

function nearest(rows: Rows, beginning: string): string {
  const known = rows.near.get(beginning);
  if (known !== undefined) return known;
  const near = rows.all.filter((one) => one.folded.includes(beginning)).slice(0, NEAR_MAX);
  const text = near.map(({ row }) => `${row.name} (id ${row.quickbooks_id})`).join(', ');
  rows.near.set(beginning, text);
  return text;
}

/** One row of QuickBooks' list by id or exact name, of what we have read. @throws WrongUse naming what is near */
export const quickBooksRow = (tx: TenantTx, kind: LinkKind, wanted: string): Promise<QuickBooksRow> =>
  new QuickBooksRows(tx).find(kind, wanted);

export const fullNameOf = (row: QuickBooksRow): string => {
  const { fullName } = row.detail as { fullName?: string };
  return fullName ?? row.name;
};

/** An item's type; a row that says none is a service, as everywhere. */
export const typeOf = (row: QuickBooksRow): string => (row.detail as { type?: string }).type ?? 'Service';

export interface LinkRequest {
  readonly kind: string;
  readonly source: string;
  /** QuickBooks id or exact name. */
  readonly quickbooks: string;
  /** Where it stands in the file that it comes from. */
  readonly line?: number;
}

const placeOf = ({ line }: LinkRequest, index: number): string =>
  line === undefined ? `pair ${String(index + 1)}` : `line ${String(line)}`;

/**
 * Sets links, all or none; a customer belongs to one company at a time.
 * @param how `keep`: pairs that stand so already are left as they are, with who made them: of a file that was exported
 * @throws WrongUse that names the line
 */
export async function setLinks(
  services: Services,
  tenant: Tenant,
  requests: readonly LinkRequest[],
  by: string,
  how: { readonly keep?: boolean } = {},
): Promise<NewLink[]> {
  return withTenant(services.database, tenant, async (tx) => {
    await takeLinks(tx, tenant.connectionId);
    const check = new LinkCheck(tx, await loadLinks(tx));
    const links: NewLink[] = [];
    for (const [index, request] of requests.entries()) {
      try {
        links.push(await check.next(request));
      } catch (error) {
        if (!(error instanceof WrongUse) || (requests.length === 1 && request.line === undefined)) throw error;
        const place = placeOf(request, index);
        throw new WrongUse(`${place.charAt(0).toUpperCase()}${place.slice(1)}: ${error.message} Nothing was changed.`);
      }
    }
    const changed = how.keep === true ? links.filter((link) => !check.isSame(link)) : links;
    const at = services.clock.now();
    await saveLinks(tx, { ...tenant, at }, changed);
    await auditAll(
      tx,
      { ...tenant, at },
      changed.map((link) => ({
        actor: by,
        action: 'linked',
        subject: `${link.kind} ${link.sourceKey}`,
        detail: { quickbooksId: link.quickbooksId },
      })),
    );
    return links;
  });
}

/** The pairs of one request, line by line, beside those that stand and beside one another. */
export class LinkCheck {
  readonly #rows: QuickBooksRows;
  readonly #known: ReadonlyMap<string, Link>;
  /** Which company each linked customer belongs to. */
  readonly #holders: Map<string, string>;
  readonly #lines = new Map<string, { readonly place: string; readonly link: NewLink }>();
  #count = 0;

  constructor(tx: TenantTx, links: readonly Link[]) {
    this.#rows = new QuickBooksRows(tx);
    this.#known = new Map(links.map((one) => [`${one.kind} ${one.source_key}`, one]));
    const customers = links.filter((one) => one.kind === 'customer');
    this.#holders = new Map(customers.map((one) => [one.quickbooks_id, one.source_key]));
  }

  /** The next pair in its normal form, QuickBooks’ row found. @throws WrongUse */
  async next(request: LinkRequest): Promise<NewLink> {
    const place = placeOf(request, this.#count++);
    const kind = linkKind(request.kind);
    const sourceKey = linkKey(kind, request.source);
    const row = await this.#rows.find(kind, request.quickbooks);
    const why = kind === 'item' ? unsellable(fullNameOf(row), typeOf(row)) : null;
    if (why !== null) throw new WrongUse(why);
    const { quickbooks_id: quickbooksId, name: quickbooksName } = row;
    const link: NewLink = { kind, sourceKey, quickbooksId, quickbooksName, origin: 'person' };
    const before = this.#lines.get(`${kind} ${sourceKey}`);
    if (before !== undefined && before.link.quickbooksId !== quickbooksId)
      throw new WrongUse(
        `${kind} ${sourceKey} stands in ${before.place} already, with “${before.link.quickbooksName}” (id ${before.link.quickbooksId}); here it is “${quickbooksName}” (id ${quickbooksId}). Leave one of the two.`,
      );
    if (kind === 'customer') this.#refuseShared(link);
    this.#lines.set(`${kind} ${sourceKey}`, { place, link });
    return link;
  }

  /** What the pair is now. */
  old = (link: NewLink): Link | undefined => this.#known.get(`${link.kind} ${link.sourceKey}`);

  isSame = (link: NewLink): boolean => this.old(link)?.quickbooks_id === link.quickbooksId;

  /** One to one: two companies on one customer would mix their accounts (facts/mission.md A5.1). */
  #refuseShared(link: NewLink): void {
    const owner = this.#holders.get(link.quickbooksId);
    if (owner !== undefined && owner !== link.sourceKey)
      throw new WrongUse(
        `The customer “${link.quickbooksName}” belongs to company ${owner} already; take that link away first (links unset customer ${owner}).`,
      );
    this.#holders.set(link.quickbooksId, link.sourceKey);
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
    // As it stands there first: keys from before were kept with leading zeros.
    const written = request.source.trim();
    const key = (await deleteLink(tx, kind, written)) ? written : sourceKey;
    const gone = key === written || (await deleteLink(tx, kind, key));
    if (gone)
      await audit(
        tx,
        { ...tenant, at: services.clock.now() },
        { actor: request.by, action: 'unlinked', subject: `${kind} ${key}`, detail: {} },
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
