/** QuickBooks' query language (facts/qbo.md 5.1): a small parser with the recorded error texts. */
import { decimal } from '../../core/money.ts';
import { ExactNumber } from '../../platform/exact-json.ts';
import { faults } from './errors.ts';

export type Row = Record<string, unknown>;

interface Token {
  readonly kind: 'word' | 'text' | 'mark';
  readonly value: string;
  readonly at: number;
}

export interface Query {
  readonly entity: string;
  readonly isCount: boolean;
  readonly test: (row: Row) => boolean;
  readonly namesActive: boolean;
  readonly order: readonly { readonly field: string; readonly descending: boolean }[];
  readonly start: number;
  readonly max: number;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:'((?:\\.|[^'\\])*)'|(<=|>=|[=<>(),*])|([\w.:+-]+)|(.))/gsy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const at = match.index;
    if (match[1] !== undefined) tokens.push({ kind: 'text', value: match[1].replaceAll(/\\(.)/gs, '$1'), at });
    else if (match[2] !== undefined) tokens.push({ kind: 'mark', value: match[2], at });
    else if (match[3] !== undefined) tokens.push({ kind: 'word', value: match[3], at });
    else if (match[4]?.trim() !== '')
      throw faults.query(`Encountered " <STRING> "${match[4] ?? ''}'s" at line 1, column ${String(at + 1)}.`);
  }
  return tokens;
}

/** Parses one query; throws 4000 or 4001. */
export function parseQuery(text: string, fieldsOf: (entity: string) => readonly string[] | null): Query {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = (): string => tokens[at]?.value ?? '';
  const isWord = (word: string): boolean => tokens[at]?.kind === 'word' && peek().toUpperCase() === word;
  const fail = (): never => {
    throw faults.query(
      `Encountered " <IDENTIFIER> "${peek()} "" at line 1, column ${String((tokens[at]?.at ?? text.length) + 1)}.`,
    );
  };
  const take = (value: string): void => {
    if (peek().toUpperCase() !== value) fail();
    at += 1;
  };
  const next = (): Token => tokens[at++] ?? fail();
  take('SELECT');
  const isCount = isWord('COUNT');
  if (isCount) for (const mark of ['COUNT', '(', '*', ')']) take(mark);
  else take('*');
  take('FROM');
  const entity = next().value;
  const fields = fieldsOf(entity);
  if (fields === null) throw faults.queryInvalid(`Entity ${entity} is not supported`);
  const checked = (name: string): string => {
    const found = fields.find((field) => field.toLowerCase() === name.toLowerCase());
    if (found === undefined) throw faults.queryInvalid(`Property ${name} not found for Entity ${entity}`);
    return found;
  };
  const tests: ((row: Row) => boolean)[] = [];
  let namesActive = false;
  if (isWord('WHERE')) {
    do {
      at += 1;
      const field = checked(next().value);
      if (field === 'Active') namesActive = true;
      tests.push(condition(field, next, peek));
    } while (isWord('AND'));
  }
  const order: { field: string; descending: boolean }[] = [];
  if (isWord('ORDERBY')) {
    do {
      at += 1;
      const field = checked(next().value);
      const descending = isWord('DESC');
      if (descending || isWord('ASC')) at += 1;
      order.push({ field, descending });
    } while (peek() === ',');
  }
  const number = (word: string, fallback: number): number => {
    if (!isWord(word)) return fallback;
    at += 1;
    return Number(next().value);
  };
  const start = number('STARTPOSITION', 1);
  const max = number('MAXRESULTS', 100);
  if (at < tokens.length) fail();
  if (start < 1) throw faults.queryInvalid(`value ${String(start)} is too small. Min allowed value is 1`);
  if (max > 1000) throw faults.queryInvalid(`value ${String(max)} is too large. Max allowed value is 1000`);
  return { entity, isCount, test: (row) => tests.every((one) => one(row)), namesActive, order, start, max };
}

function condition(field: string, next: () => Token, peek: () => string): (row: Row) => boolean {
  const operator = next().value.toUpperCase();
  if (operator === 'IN') {
    const values: string[] = [];
    if (next().value !== '(') throw faults.query('Encountered an IN without a list.');
    for (;;) {
      values.push(next().value);
      if (next().value === ')') break;
    }
    const wanted = new Set(values.map((value) => value.toLowerCase()));
    return (row) => wanted.has(plain(valueOf(row, field)).toLowerCase());
  }
  const value = next().value;
  void peek;
  switch (operator) {
    case 'LIKE': {
      const pattern = new RegExp(
        `^${value
          .split('%')
          .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*')}$`,
        'is',
      );
      return (row) => pattern.test(plain(valueOf(row, field)));
    }
    case '=':
      return (row) => order(valueOf(row, field), value) === 0;
    case '<':
      return (row) => order(valueOf(row, field), value) < 0;
    case '>':
      return (row) => order(valueOf(row, field), value) > 0;
    case '<=':
      return (row) => order(valueOf(row, field), value) <= 0;
    case '>=':
      return (row) => order(valueOf(row, field), value) >= 0;
    default:
      throw faults.query(`Encountered " "${operator} "".`);
  }
}

/** `MetaData.CreateTime` goes down; a reference stands for its value. */
export function valueOf(row: Row, field: string): unknown {
  let value: unknown = row;
  for (const part of field.split('.')) value = (value as Row | undefined)?.[part];
  return value !== null && typeof value === 'object' && 'value' in value ? value.value : value;
}

const plain = (value: unknown): string =>
  value instanceof ExactNumber
    ? value.source
    : value === undefined || value === null
      ? ''
      : String(value as string | number | boolean);

function order(left: unknown, right: string): number {
  if (left === undefined || left === null) return Number.NaN;
  if (left instanceof ExactNumber || typeof left === 'number') return decimal(plain(left)).cmp(decimal(right));
  const text = plain(left);
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return Math.sign(new Date(text).getTime() - new Date(right).getTime());
  return text.toLowerCase() < right.toLowerCase() ? -1 : text.toLowerCase() > right.toLowerCase() ? 1 : 0;
}
