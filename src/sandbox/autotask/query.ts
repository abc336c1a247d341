/** Autotask's query language with its traps (facts/autotask.md 2.2): what it does not know it drops, silently. */
import { ExactNumber } from '../../platform/exact-json.ts';
import { decimal } from '../../core/money.ts';
import { knownFields, type EntityRules, type Field } from './fields.ts';
import { AutotaskError } from './replies.ts';

export type Row = Readonly<Record<string, unknown>> & { readonly id: number };

const KNOWN = new Set([
  'eq',
  'noteq',
  'gt',
  'gte',
  'lt',
  'lte',
  'beginsWith',
  'endsWith',
  'contains',
  'exist',
  'notExist',
  'in',
  'notIn',
  'and',
  'or',
]);

interface Condition {
  readonly op?: string;
  readonly field?: string;
  readonly value?: unknown;
  readonly items?: readonly Condition[];
  /** A user-defined field, found by its name in the row's list. */
  readonly udf?: boolean;
}

/** A test of rows from a filter; throws AutotaskError with the recorded texts. */
export function compile(filter: unknown, rules: EntityRules): (row: Row) => boolean {
  if (!Array.isArray(filter) || filter.length === 0) throw new AutotaskError('Filter is required.');
  const counts = { members: 0, userDefined: 0 };
  const build = (condition: Condition): ((row: Row) => boolean) | null => {
    const { op = '', items = [] } = condition;
    if (!KNOWN.has(op)) return null;
    if (op === 'and' || op === 'or') {
      if (op === 'or') counts.members += items.length;
      const parts = items.map(build).filter((part) => part !== null);
      return op === 'and' ? (row) => parts.every((part) => part(row)) : (row) => parts.some((part) => part(row));
    }
    if ((op === 'in' || op === 'notIn') && Array.isArray(condition.value)) counts.members += condition.value.length;
    if (condition.udf === true) counts.userDefined += 1;
    return condition.udf === true && rules.can.includes('F')
      ? userDefined(op, condition)
      : leaf(op, checkedField(condition, rules).name, condition.value);
  };
  const parts = (filter as Condition[]).map(build).filter((part) => part !== null);
  if (counts.members > 500)
    throw new AutotaskError("Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.");
  if (counts.userDefined > 1)
    throw new AutotaskError('Invalid query syntax. Queries are limited to one user-defined field.');
  return (row) => parts.every((part) => part(row));
}

/** Names are found in any case; what is not there, or may not be asked for, is a business error (facts 2.2). */
function checkedField(condition: Condition, rules: EntityRules): Field {
  const name = condition.field ?? '';
  const field = rules.fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (field === undefined) throw new AutotaskError(`Unable to find ${name} in the ${rules.singular} Entity.`);
  if (!field.isQueryable) throw new AutotaskError(`The field ${field.name} of ${rules.singular} is not queryable.`);
  if (field.isPickList && typeof condition.value === 'string' && !/^-?\d+$/.test(condition.value))
    throw new AutotaskError(`Conversion failed when converting varchar '${condition.value}' to data type int`);
  return field;
}

/** IncludeFields with a name that is not there: a business error as with a filter (inferred; facts 2.2 are silent). */
export function checkIncluded(names: readonly string[], rules: EntityRules, isOlder: boolean): void {
  const known = new Set(knownFields(rules, isOlder).map((one) => one.name.toLowerCase()));
  const missing = names.find((name) => !known.has(name.toLowerCase()) && name.toLowerCase() !== 'userdefinedfields');
  if (missing !== undefined) throw new AutotaskError(`Unable to find ${missing} in the ${rules.singular} Entity.`);
}

function userDefined(op: string, condition: Condition): (row: Row) => boolean {
  const name = (condition.field ?? '').toLowerCase();
  const test = leaf(op, 'value', condition.value);
  return (row) => {
    const list = (row['userDefinedFields'] ?? []) as readonly { name: string; value: unknown }[];
    const found = list.find((one) => one.name.toLowerCase() === name);
    return test({ id: row.id, value: found?.value ?? null });
  };
}

function leaf(op: string, field: string, value: unknown): (row: Row) => boolean {
  switch (op) {
    case 'exist':
      return (row) => row[field] !== null && row[field] !== undefined;
    case 'notExist':
      return (row) => row[field] === null || row[field] === undefined;
    case 'in':
    case 'notIn': {
      const wanted = new Set(Array.isArray(value) ? value : []);
      return (row) => wanted.has(row[field]) === (op === 'in');
    }
    default:
      return (row) => compare(op, row[field], value);
  }
}

function compare(op: string, left: unknown, right: unknown): boolean {
  if (left === null || left === undefined) return op === 'noteq';
  if (typeof left === 'boolean') return (left === right) === (op === 'eq');
  if (typeof left === 'number' || left instanceof ExactNumber) {
    // A string compared with a number yields no rows (facts 2.2).
    if (typeof right !== 'number' && !(right instanceof ExactNumber)) return false;
    const [a, b] = [left, right].map((one) => decimal(one instanceof ExactNumber ? one.source : String(one)));
    return a !== undefined && b !== undefined && ordered(op, a.cmp(b));
  }
  const [a, b] = [textOf(left), textOf(right)];
  switch (op) {
    case 'beginsWith':
      return a.startsWith(b);
    case 'endsWith':
      return a.endsWith(b);
    case 'contains':
      return a.includes(b);
    default:
      return ordered(op, a < b ? -1 : a > b ? 1 : 0);
  }
}

/** Timestamps compare as instants, whatever their fraction digits; other text without case. */
function textOf(value: unknown): string {
  const text = String(value);
  return /^\d{4}-\d{2}-\d{2}(T|$)/.test(text)
    ? new Date(/[Z+]/.test(text.slice(10)) || text.length === 10 ? text : `${text}Z`).toISOString()
    : text.toLowerCase();
}

function ordered(op: string, sign: number): boolean {
  switch (op) {
    case 'eq':
      return sign === 0;
    case 'noteq':
      return sign !== 0;
    case 'gt':
      return sign > 0;
    case 'gte':
      return sign >= 0;
    case 'lt':
      return sign < 0;
    default:
      return op === 'lte' && sign <= 0;
  }
}
