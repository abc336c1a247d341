/** Addresses below a parent row (facts/autotask.md 2.4 and 4.4). */
import { children } from './fields.ts';
import type { MutableRow } from './rows.ts';

export interface Child {
  readonly entity: string;
  /** The field of the child that holds its parent's id. */
  readonly field: string;
  readonly parentId: number;
  /** What stands below the child's address; nothing lives there for a GET. */
  readonly tail: string | null;
}

/** The child entity that a path below a root address means, or null when it means none. */
export function childOf(noun: string, rest: readonly string[]): Child | null {
  const [id = '', name = '', tail] = rest;
  const found = children[noun.toLowerCase()]?.[name.toLowerCase()];
  if (found === undefined || !/^\d+$/.test(id)) return null;
  return { entity: found[0], field: found[1], parentId: Number(id), tail: tail ?? null };
}

/**
 * How a company wants its invoices. No fact shows what the two lists of recipients hold (ids are inferred from the address
 * that deletes one); who it is, is what the tables say: the active primary contact.
 */
export function invoiceSettings(company: MutableRow, contacts: readonly MutableRow[]): unknown {
  const primary = primaryContact(company.id, contacts);
  return {
    taxExempt: company['isTaxExempt'] === true,
    taxRegionId: company['taxRegionID'] ?? null,
    taxId: company['taxID'] ?? null,
    invoiceEmailingEnabled: primary !== undefined,
    contactRecipients: primary === undefined ? [] : [primary.id],
    resourceRecipients: [],
    otherEmails: '',
  };
}

/** `isActive` is a number on contacts, not a boolean (facts 4.4). */
export const primaryContact = (companyId: unknown, contacts: readonly MutableRow[]): MutableRow | undefined =>
  contacts.find((row) => row['companyID'] === companyId && row['primaryContact'] === true && row['isActive'] === 1);
