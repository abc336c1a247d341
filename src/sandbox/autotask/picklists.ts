/** Picklists of the sandbox: the labels are recorded, their numbers are each tenant's own (facts/autotask.md section 8.7). */
import { seeded } from '../shell.ts';

export type Picklists = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Labels of facts/autotask.md 4.2 to 4.4; a client that hard-codes their numbers fails here. */
const labels: Readonly<Record<string, readonly string[]>> = {
  'BillingItems.billingItemType': [
    'Labor',
    'Project Charge',
    'Ticket Charge',
    'Expense',
    'Subscription',
    'Setup Fee',
    'Recurring Service',
    'Recurring Service Adjustment',
    'Recurring Service Bundle',
    'Recurring Service Bundle Adjustment',
    'Milestone',
    'Contract Block',
    'Contract Retainer',
    'Contract Charge',
    'Contract Incident',
  ],
  'BillingItems.subType': [
    'Labor',
    'Milestone Labor',
    'Project Charge Deductions',
    'Project Charge',
    'Ticket Charge Deductions',
    'Ticket Charge',
    'Expense',
    'Expense Deductions',
    'Subscription',
    'Subscription Cost',
    'Setup Fee',
    'Recurring Service',
    'Recurring Service Adjustment',
    'Recurring Service Bundle',
    'Recurring Service Bundle Adjustment',
    'Milestones',
    'Block Purchase',
    'Retainer Purchase',
  ],
  'BillingCodes.useType': [
    'General Allocation Code',
    'Expense',
    'Internal Allocation Code',
    'Material',
    'Recurring Contract Service',
    'Milestone',
    'Product',
  ],
  'Companies.companyType': ['Customer', 'Lead', 'Prospect', 'Dead', 'Cancellation', 'Vendor', 'Partner'],
  'Companies.billToAddressToUse': ['NONE', 'ACCOUNT', 'ACCOUNTBILLING', 'PARENT', 'PARENTBILLING'],
  'Companies.invoiceMethod': ['None', 'Print', 'Email', 'Print and Email'],
};

/** Every picklist with its numbers in an order that the seed decides. */
export function shuffledPicklists(seed: number): Picklists {
  const random = seeded(seed);
  return new Map(
    Object.entries(labels).map(([field, names]) => {
      const numbers = names.map((_name, index) => index + 1);
      for (let at = numbers.length - 1; at > 0; at -= 1) {
        const other = Math.floor(random() * (at + 1));
        [numbers[at], numbers[other]] = [numbers[other] ?? 0, numbers[at] ?? 0];
      }
      return [field, new Map(names.map((name, index) => [name, numbers[index] ?? 0]))];
    }),
  );
}

/** Values are always text in the metadata, although the rows hold numbers (facts 2.5). */
export const valuesOf = (values: ReadonlyMap<string, number> | undefined): unknown =>
  values === undefined
    ? null
    : [...values].map(([label, value], index) => ({
        value: String(value),
        label,
        isDefaultValue: false,
        sortOrder: index + 1,
        parentValue: '',
        isActive: true,
        isSystem: true,
      }));
