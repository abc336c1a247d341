/**
 * Query filters, checked before they are sent: Autotask silently drops an operator that it does not know and then answers
 * everything (facts/autotask.md 2.2), and some fields cannot be filtered on.
 */
export type Filter =
  | {
      readonly op: 'eq' | 'noteq' | 'gt' | 'gte' | 'lt' | 'lte';
      readonly field: string;
      readonly value: string | number | boolean;
    }
  | { readonly op: 'exist' | 'notExist'; readonly field: string }
  | { readonly op: 'in'; readonly field: string; readonly value: readonly number[] }
  | { readonly op: 'and' | 'or'; readonly items: readonly Filter[] };

/** The fields that our queries filter on (facts/autotask.md section 4); Autotask drops a condition on an unknown one without a word. */
const fields: Readonly<Record<string, readonly string[]>> = {
  Invoices: ['id', 'createDateTime', 'invoiceDateTime', 'isVoided', 'voidedDate', 'invoiceNumber', 'webServiceDate'],
  BillingItems: ['id', 'invoiceID'],
  Contacts: ['id', 'companyID', 'primaryContact'],
};
const operators = new Set(['eq', 'noteq', 'gt', 'gte', 'lt', 'lte', 'exist', 'notExist', 'in', 'and', 'or']);
const notQueryable: Readonly<Record<string, readonly string[]>> = {
  Invoices: ['dueDate', 'taxGroup', 'taxRegionID'],
  BillingItems: ['lineItemFullDescription', 'lineItemGroupDescription'],
};
/** OR members and IN lists together (facts/autotask.md section 3). */
const CONDITIONS_MAX = 500;

function check(entity: string, filter: Filter): number {
  if (!operators.has(filter.op)) throw new TypeError(`${filter.op} is not an operator of Autotask`);
  if ('items' in filter)
    return filter.items.reduce(
      (count, one) => count + check(entity, one),
      filter.op === 'or' ? filter.items.length : 0,
    );
  if (notQueryable[entity]?.includes(filter.field) === true || !(fields[entity] ?? ['id']).includes(filter.field))
    throw new TypeError(`${entity}.${filter.field} cannot be filtered on`);
  return filter.op === 'in' ? filter.value.length : 0;
}

/** The body of a query, for whole rows where no keys are named; throws a TypeError on a filter that Autotask would misread. */
export function filterText(
  entity: string,
  filters: readonly Filter[],
  recordsMax: number,
  keys: readonly string[],
): string {
  const conditions = filters.reduce((count, filter) => count + check(entity, filter), 0);
  if (filters.length === 0) throw new TypeError('a query needs a filter');
  if (conditions > CONDITIONS_MAX)
    throw new TypeError(`a query takes at most ${String(CONDITIONS_MAX)} conditions, not ${String(conditions)}`);
  // Paging needs the id, whatever else is wanted (facts/autotask.md 2.2).
  const include = keys.length === 0 ? {} : { IncludeFields: [...new Set(['id', ...keys])] };
  return JSON.stringify({ MaxRecords: recordsMax, ...include, Filter: filters });
}
