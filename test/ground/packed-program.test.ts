/** What is started: packed anew for each state of the sources, the older ones left for who still runs them, the sources where it cannot be. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PROGRAM } from '../support/program.ts';

const root = join(import.meta.dirname, '../..');
let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A project of one file, with the program's own way of being started. */
function project(withTools: boolean): void {
  folder = mkdtempSync(join(tmpdir(), 'lf-pack-'));
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'));
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  mkdirSync(join(folder, 'src'));
  mkdirSync(join(folder, 'node_modules'));
  if (withTools) symlinkSync(join(root, 'node_modules', 'vite'), join(folder, 'node_modules', 'vite'));
}
const says = (word: string): void =>
  writeFileSync(join(folder, 'src', 'main.ts'), `const word: string = '${word}';\nprocess.stdout.write(word);\n`);
const found = (): string => {
  const ask = `import { packedProgram } from './bin/packed-program.mjs'; process.stdout.write(packedProgram(process.execPath));`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', ask], { cwd: folder, encoding: 'utf8' }).stdout;
};
const run = (path: string): string => spawnSync(process.execPath, [path], { encoding: 'utf8' }).stdout;

describe('the packed program', () => {
  it('is what these tests start', () => {
    expect(PROGRAM).toMatch(/node_modules\/\.cache\/ledgerferry\/[0-9a-f]{16}\/main\.mjs$/);
  });

  it('is made anew when a source changes, and only then; the older one stays', () => {
    project(true);
    says('first');
    const first = found();
    expect([run(first), found()]).toEqual(['first', first]);
    says('a second');
    const second = found();
    expect(second).not.toBe(first);
    expect([run(second), run(first)]).toEqual(['a second', 'first']);
  });

  it('says what its sources say, and holds no letter that would make V8 keep it at two bytes a letter', () => {
    project(true);
    says('’Đ😀');
    const packed = found();
    expect(packed).toMatch(/main\.mjs$/);
    expect(run(packed)).toBe('’Đ😀');
    expect(readFileSync(packed).every((byte) => byte < 0x80)).toBe(true);
  });

  it('gives way to the sources where the tools of development are not installed', () => {
    project(false);
    says('from source');
    expect(found()).toBe(join(folder, 'src', 'main.ts'));
    expect(run(found())).toBe('from source');
    expect(existsSync(join(folder, 'node_modules', '.cache', 'ledgerferry', 'main.mjs'))).toBe(false);
  });
});
