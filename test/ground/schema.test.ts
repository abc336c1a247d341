/** The live schema beside its two descriptions: the committed dump and the query builder's types. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpSchema } from '../../src/store/schema-dump.ts';
import { freshDatabase, withClient, type TestDatabase } from '../support/database.ts';

const store = join(import.meta.dirname, '../../src/store');
let test: TestDatabase;
beforeAll(async () => {
  test = await freshDatabase();
});
afterAll(() => test.drop());

interface Column {
  readonly type: string;
  readonly isNullable: boolean;
}
type Columns = Record<string, Record<string, Column>>;

describe('the schema', () => {
  it('is what src/store/schema.sql says (rewrite it: npm test -- test/ground/schema.test.ts --update)', async () => {
    const dump = await withClient(test.url, dumpSchema);
    expect(dump).toMatch(/create table transfers \(/);
    await expect(dump).toMatchFileSnapshot(join(store, 'schema.sql'));
  });

  it('is what src/store/tables.ts says: the same columns, the same nulls, the same kinds of value', async () => {
    expect(typedColumns()).toEqual(await liveColumns());
  });
});

const KINDS: Readonly<Record<string, string>> = {
  uuid: 'string',
  text: 'string',
  numeric: 'string',
  date: 'string',
  bigint: 'number',
  integer: 'number',
  boolean: 'boolean',
  jsonb: 'json',
  'timestamp with time zone': 'Date',
  ARRAY: 'array',
};

async function liveColumns(): Promise<Columns> {
  const { rows } = await withClient(test.url, (client) =>
    client.query<{ table: string; column: string; type: string; nullable: string }>(
      `select table_name as table, column_name as column, data_type as type, is_nullable as nullable
       from information_schema.columns where table_schema = 'public' and table_name <> 'schema_migrations'`,
    ),
  );
  const found: Columns = {};
  for (const row of rows)
    (found[row.table] ??= {})[row.column] = { type: KINDS[row.type] ?? row.type, isNullable: row.nullable === 'YES' };
  return found;
}

/** What the type checker makes of `Tables`. */
function typedColumns(): Columns {
  const file = join(store, 'tables.ts');
  const config = ts.readConfigFile(join(store, '../../tsconfig.json'), (name) => readFileSync(name, 'utf8'));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, join(store, '../..'));
  const program = ts.createProgram([file], options);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const tables = source?.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === 'Tables');
  if (tables === undefined) throw new Error('tables.ts has no interface Tables');
  const found: Columns = {};
  for (const table of checker.getTypeAtLocation(tables).getProperties()) {
    const columns = checker.getTypeOfSymbol(table).getProperties();
    found[table.name] = Object.fromEntries(
      columns.map((column) => [column.name, kindOf(checker, checker.getTypeOfSymbol(column))]),
    );
  }
  return found;
}

function kindOf(checker: ts.TypeChecker, type: ts.Type): Column {
  const isNullable = (type.flags & ts.TypeFlags.Unknown) === 0 && checker.typeToString(type).includes('null');
  const column = checker.getNonNullableType(type);
  const part = (name: string): ts.Type | undefined => {
    const symbol = column.getProperty(name);
    return symbol === undefined ? undefined : checker.getTypeOfSymbol(symbol);
  };
  // `ColumnType<T, string, string>` is JSON: written as text, whatever it gives. `Generated<T>` is what it gives.
  const insert = part('__insert__');
  if (insert !== undefined && checker.typeToString(insert) === 'string') return { type: 'json', isNullable };
  const given = part('__select__') ?? column;
  return { type: valueKind(checker, given), isNullable };
}

function valueKind(checker: ts.TypeChecker, type: ts.Type): string {
  if (checker.isArrayType(type)) return 'array';
  if (checker.isTypeAssignableTo(type, checker.getStringType())) return 'string';
  if (checker.isTypeAssignableTo(type, checker.getNumberType())) return 'number';
  return checker.typeToString(type);
}
