/** Which QuickBooks customer an Autotask company is (facts/mission.md A5.1): one to one, by link, else by name. */
import { fold, type CustomerEntry, type Directory, likeness } from './directory.ts';
import { displayName, toLatin1 } from './latin1.ts';
import type { NewCustomer } from './new-names.ts';
import { problem, type Problem } from './problem.ts';
import type { Settings } from './settings.ts';
import type { SourceAddress, SourceCompany } from './source.ts';

export type CustomerMatch =
  | { readonly kind: 'found'; readonly customer: CustomerEntry }
  | { readonly kind: 'create'; readonly customer: NewCustomer }
  | { readonly kind: 'problem'; readonly problem: Problem };

interface Company {
  readonly isUs: boolean;
  readonly homeCurrency: string;
}

export function matchCustomer(
  source: { id: number; company: SourceCompany | null },
  directory: Directory,
  settings: Settings,
  quickbooks: Company,
): CustomerMatch {
  const key = String(source.id);
  const linked = directory.customersById.get(directory.links.get(`customer ${key}`) ?? '');
  const sharing = linked === undefined ? undefined : directory.sharedCustomers.get(linked.id);
  if (linked !== undefined && sharing !== undefined) return stop(shared(linked, sharing, directory));
  if (linked !== undefined)
    return linked.active
      ? { kind: 'found', customer: linked }
      : stop(inactive(source.company?.name ?? linked.name, linked, key));
  if (source.company === null) return stop(problem('company-unreadable', { companyId: key }));
  return matchByName(source.company, directory, settings, quickbooks);
}

const stop = (cause: Problem): CustomerMatch => ({ kind: 'problem', problem: cause });
const inactive = (company: string, customer: CustomerEntry, key: string): Problem =>
  problem('customer-inactive', { company, quickbooksId: customer.id, key });

function matchByName(
  company: SourceCompany,
  directory: Directory,
  settings: Settings,
  quickbooks: Company,
): CustomerMatch {
  const name = displayName(company.name, quickbooks.isUs);
  if (name === '') return stop(problem('unsupported-characters', { field: 'company name', value: company.name }));
  const alike = directory.companiesByDisplayName[quickbooks.isUs ? 'us' : 'elsewhere'].get(fold(name)) ?? [];
  const found = directory.customersByName.get(fold(name)) ?? [];
  const active = found.filter((one) => one.active);
  const [match] = active;
  // One of the same name that is linked to another customer stands in nobody's way.
  const isElsewhere = (one: SourceCompany): boolean =>
    (directory.links.get(`customer ${String(one.id)}`) ?? match?.id) !== match?.id;
  const rivals = alike.filter((one) => one.id !== company.id && !isElsewhere(one));
  const owner = match === undefined ? undefined : directory.companyOfCustomer.get(match.id);
  if (rivals.length > 0 || (owner !== undefined && owner !== String(company.id)))
    return stop(ambiguous(company, rivals, owner, directory, match?.name ?? name));
  if (match !== undefined) return { kind: 'found', customer: match };
  const [sleeping] = found;
  if (sleeping !== undefined) return stop(inactive(company.name, sleeping, String(company.id)));
  const key = String(company.id);
  if (directory.decisions.has(`customer ${key}`)) return toCreate(company, name, directory, quickbooks);
  const [near] = directory.customersByLikeness.get(likeness(name)) ?? [];
  if (near !== undefined)
    return stop(
      problem('customer-near-match', { company: company.name, candidate: near.name, quickbooksId: near.id, key }),
    );
  return settings['customers.whenMissing'] === 'stop'
    ? stop(problem('customer-missing', { company: company.name, key }))
    : toCreate(company, name, directory, quickbooks);
}

/** Several companies are linked to one customer: none of them is posted until a person has taken a link away. */
export function shared(
  customer: { readonly name: string },
  companies: readonly string[],
  directory: Pick<Directory, 'companiesById'>,
): Problem {
  const named = companies
    .map(Number)
    .toSorted((a, b) => a - b)
    .map((id) => `${directory.companiesById.get(id)?.name ?? customer.name} (id ${String(id)})`);
  return problem('ambiguous-company', { companies: named.join(', '), customer: customer.name });
}

function ambiguous(
  company: SourceCompany,
  rivals: readonly SourceCompany[],
  owner: string | undefined,
  directory: Directory,
  customer: string,
): Problem {
  const named = (one: { id: number; name: string }): string => `${one.name} (id ${String(one.id)})`;
  const all = [company, ...rivals];
  const holder = owner === undefined ? undefined : directory.companiesById.get(Number(owner));
  if (rivals.length === 0 && holder !== undefined) all.push(holder);
  // In one order, so that all invoices of the same cause are told as one.
  const companies = all
    .toSorted((a, b) => a.id - b.id)
    .map(named)
    .join(', ');
  return problem('ambiguous-company', { companies, customer });
}

function toCreate(company: SourceCompany, name: string, directory: Directory, quickbooks: Company): CustomerMatch {
  const currency =
    company.currencyId === null
      ? quickbooks.homeCurrency
      : (directory.currencies.get(company.currencyId) ?? quickbooks.homeCurrency);
  // The app creates in home currency, and a customer's currency can never be changed (facts/mission.md A9).
  if (currency !== quickbooks.homeCurrency)
    return stop(problem('foreign-customer-missing', { company: company.name, currency }));
  const text = (value: string | null): string | null =>
    value === null || value.trim() === '' ? null : quickbooks.isUs ? toLatin1(value) : value;
  const chosen = company.billingAddress.line1?.trim() ? company.billingAddress : company.address;
  const address: SourceAddress = {
    line1: text(chosen.line1),
    line2: text(chosen.line2),
    city: text(chosen.city),
    state: text(chosen.state),
    postalCode: text(chosen.postalCode),
    country: text(chosen.country),
  };
  return {
    kind: 'create',
    customer: {
      key: String(company.id),
      displayName: name,
      companyName: name,
      phone: text(company.phone),
      address,
      notes: null,
    },
  };
}
