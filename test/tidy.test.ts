/** Style as a test: sizes as a ratchet, banned words, and that every path and command which the documents name exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const under = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name));
const sources = [...under('src', '.ts'), ...under('web/src', '.ts'), ...under('web/src', '.tsx')].filter(
  (name) => !name.endsWith('.test.ts') && !name.endsWith('.d.ts'),
);
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

/** Functions over 70 lines; this list may only shrink. */
const longFunctions: readonly string[] = ['src/sandbox/msp/generate.ts:#lists'];
/** A list of routes reads like a table; each entry is short by itself. Markup takes a line for each attribute. */
const linesMax = (name: string): number =>
  name.startsWith('src/api/routes/') ? 130 : name.endsWith('.tsx') ? 100 : 70;

describe('the source', () => {
  it('has no file over 500 lines', () => {
    expect(sources.filter((name) => read(name).split('\n').length > 500)).toEqual([]);
  });

  it('has no function over 70 lines beyond the list', () => {
    const long: string[] = [];
    for (const name of sources) {
      const text = read(name);
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
          const lines = text.slice(node.getStart(), node.end).split('\n').length;
          if (lines > linesMax(name))
            long.push(`${name}:${'name' in node && node.name !== undefined ? node.name.getText() : 'anonymous'}`);
        }
        ts.forEachChild(node, visit);
      };
      visit(ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true));
    }
    expect(long.toSorted()).toEqual(longFunctions);
  });

  it('holds no leftovers', () => {
    const banned = /\bFIXME\b|\bXXX\b|TODO(?!\(#\d+\))|console\.log|\bparseFloat\b|@ts-ignore|@ts-nocheck/;
    expect(sources.filter((name) => banned.test(read(name)))).toEqual([]);
  });

  it('reads the clock, the environment and chance only through the seams', () => {
    // The desk runs in a browser: its clock is the reader's own, for looks only.
    const seams = /^web\/|src\/(platform\/|sandbox\/|config\.ts|cli\/|store\/embedded\/)/;
    const product = sources.filter((name) => !seams.test(name));
    expect(
      product.filter((name) => /Date\.now\(|new Date\(\)|Math\.random|setTimeout\(|process\.env/.test(read(name))),
    ).toEqual([]);
  });
});

describe('the documents', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...under('docs', '.md')];

  it('name only paths that exist', () => {
    const missing = documents.flatMap((name) =>
      [...read(name).matchAll(/[`(]((?:docs|src|web|test|bench|bin|tools|\.ci)\/[\w./-]+)[`)]/g)]
        .map((match) => match[1] ?? '')
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${name}: ${path}`),
    );
    expect(missing).toEqual([]);
  });

  it('name only npm tasks that exist', () => {
    const tasks = Object.keys((JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts);
    const wrong = documents.flatMap((name) =>
      [...read(name).matchAll(/npm run (?:--silent )?([a-z:-]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((task) => !tasks.includes(task))
        .map((task) => `${name}: npm run ${task}`),
    );
    expect(wrong).toEqual([]);
  });

  it('name only commands that exist', () => {
    const program = under('src/cli', '.ts').map(read).join('\n');
    const wrong = documents.flatMap((name) =>
      [...read(name).matchAll(/ledgerferry -- ([a-z-]+)(?: ([a-z-]+))?/g)]
        .filter(
          ([, noun = '', verb = '']) =>
            !new RegExp(`command\\('${noun}[ ']`).test(program) ||
            (verb !== '' && !new RegExp(`command\\('${verb}[ ']|\\['${verb}'`).test(program)),
        )
        .map(([whole]) => `${name}: ${whole}`),
    );
    expect(wrong).toEqual([]);
  });
});
