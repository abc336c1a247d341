/** Organizations: who signs in together. The terminal works for the first one; a provider may host several. */
import { loadOrganizations, saveOrganization } from '../store/connections.ts';
import { withSystem } from '../store/tenant.ts';
import { WrongUse } from './requests.ts';
import type { Services } from './services.ts';

export interface OrganizationName {
  readonly id: string;
  readonly name: string;
}

/** All organizations of this installation, the terminal's first. */
export async function listOrganizations(services: Services): Promise<OrganizationName[]> {
  const rows = await withSystem(services.database, loadOrganizations);
  return rows.map((row) => ({ id: row.organization_id, name: row.name }));
}

export async function organizationNames(services: Services, ids: readonly string[]): Promise<OrganizationName[]> {
  if (ids.length === 0) return [];
  return (await listOrganizations(services)).filter((one) => ids.includes(one.id));
}

/** @throws WrongUse when the name cannot be one, or is taken */
export async function addOrganization(services: Services, name: string): Promise<OrganizationName> {
  const wanted = name.trim();
  if (!/^[\p{L}\p{N}][^\p{C}]{0,79}$/u.test(wanted))
    throw new WrongUse(
      `"${name}" cannot be an organization's name: it begins with a letter or digit and has at most 80 characters.`,
    );
  const id = services.ids.uuid();
  await withSystem(services.database, (tx) =>
    saveOrganization(tx, { organization_id: id, name: wanted, created_at: services.clock.now() }),
  );
  const made = (await listOrganizations(services)).find((one) => one.id === id);
  if (made === undefined) throw new WrongUse(`There is an organization "${wanted}" already.`);
  return made;
}
