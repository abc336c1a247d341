// Our own sizes: files, lines and functions per folder, and the escapes from the type system.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
const files = readdirSync(join(root, 'src'), { recursive: true }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
);
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const rows = new Map();
let [anys, nonNull, casts] = [0, 0, 0];
for (const name of files) {
  const text = readFileSync(join(root, 'src', name), 'utf8');
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const folder = name.includes('/') ? name.split('/')[0] : '(top)';
  const row = rows.get(folder) ?? { files: [], functions: [] };
  rows.set(folder, row);
  row.files.push(text.split('\n').length);
  const visit = (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) anys += 1;
    if (ts.isNonNullExpression(node)) nonNull += 1;
    if (ts.isAsExpression(node) && node.type.getText() !== 'const') casts += 1;
    if (ts.isFunctionLike(node) && node.body && ts.isBlock(node.body))
      row.functions.push(text.slice(node.getStart(), node.end).split('\n').length);
    ts.forEachChild(node, visit);
  };
  visit(source);
}
const line = (cells) =>
  process.stdout.write(
    `${cells.map((cell, index) => (index === 0 ? String(cell).padEnd(12) : String(cell).padStart(9))).join('')}\n`,
  );
line(['folder', 'files', 'lines', 'median', 'p90', 'max', 'funcs', 'median', 'p90', 'max']);
const total = { files: [], functions: [] };
for (const [folder, row] of [...rows].sort(([a], [b]) => a.localeCompare(b))) {
  total.files.push(...row.files);
  total.functions.push(...row.functions);
  print(folder, row);
}
print('src', total);
process.stdout.write(`any ${anys}, non-null ${nonNull}, as ${casts}\n`);
function print(folder, row) {
  const sizes = [...row.files].sort((a, b) => a - b);
  const functions = [...row.functions].sort((a, b) => a - b);
  line([
    folder,
    sizes.length,
    sizes.reduce((a, b) => a + b, 0),
    at(sizes, 0.5),
    at(sizes, 0.9),
    sizes.at(-1) ?? 0,
    functions.length,
    at(functions, 0.5),
    at(functions, 0.9),
    functions.at(-1) ?? 0,
  ]);
}
