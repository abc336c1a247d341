/** Files that a person names for a result: whole or not at all, private where they must be, and devices as they are. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireWritable, writePrivate, writeText } from '../../src/cli/files.ts';

const module = join(import.meta.dirname, '../../src/cli/files.ts');
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lf-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe('a file that a person names', () => {
  it('stays as it was where the new one does not fit on the disk, and nothing else is left', () => {
    writeFileSync(at('table.csv'), 'of last month');
    // No file of this process may grow beyond 64 blocks: as a full disk, in the middle of writing.
    const script = `import { writeText, writePrivate } from ${JSON.stringify(module)};
      for (const write of [() => writeText('table.csv', 'x'.repeat(1e6)), () => writePrivate('table.csv', Buffer.alloc(1e6))])
        try { write(); } catch (error) { console.log(error.name, error.message); }`;
    const shell = ['-c', 'ulimit -f 64; exec "$0" --input-type=module -e "$1"', process.execPath, script];
    const { stdout } = spawnSync('sh', shell, { cwd: folder, encoding: 'utf8' });
    expect(stdout.trim().split('\n')).toEqual(
      Array(2).fill(expect.stringMatching(/^WrongUse table\.csv cannot be written: EFBIG: file too large, write\.$/)),
    );
    expect(readFileSync(at('table.csv'), 'utf8')).toBe('of last month');
    expect(readdirSync(folder)).toEqual(['table.csv']);
  });

  it('keeps its rights and the link that leads to it; a private one is its owner’s alone and follows none', () => {
    mkdirSync(at('shared'));
    writeFileSync(at('shared/table.csv'), 'old');
    chmodSync(at('shared/table.csv'), 0o640);
    symlinkSync('shared/table.csv', at('table.csv'));
    writeText(at('table.csv'), 'new');
    expect([readFileSync(at('shared/table.csv'), 'utf8'), modeOf(at('shared/table.csv'))]).toEqual(['new', 0o640]);
    expect(lstatSync(at('table.csv')).isSymbolicLink()).toBe(true);
    writePrivate(at('table.csv'), Buffer.from('secret'));
    expect([readFileSync(at('table.csv'), 'utf8'), modeOf(at('table.csv'))]).toEqual(['secret', 0o600]);
    expect(lstatSync(at('table.csv')).isSymbolicLink()).toBe(false);
    expect(readFileSync(at('shared/table.csv'), 'utf8')).toBe('new');
    writeFileSync(at('bundle.zip'), 'old');
    chmodSync(at('bundle.zip'), 0o644);
    writePrivate(at('bundle.zip'), Buffer.from('new'));
    expect(modeOf(at('bundle.zip'))).toBe(0o600);
  });

  it('may be this process’s own output, also where that leads into a file', () => {
    const script = `import { requireWritable, writeText } from ${JSON.stringify(module)};
      requireWritable('/dev/stdout'); writeText('/dev/stdout', 'table\\n'); console.log('text');`;
    const shell = [
      '-c',
      '"$0" --input-type=module -e "$1" | cat; "$0" --input-type=module -e "$1" >> out',
      process.execPath,
    ];
    const { stdout } = spawnSync('sh', [...shell, script], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toBe('table\ntext\n');
    expect(readFileSync(at('out'), 'utf8')).toContain('text\n');
    expect(lstatSync('/dev/stdout').isSymbolicLink()).toBe(true);
    expect(() => writeText('/dev/full', 'x')).toThrow(
      /\/dev\/full cannot be written: the disk is full\. Free some room/,
    );
  });

  it('is refused before the work where it cannot be written, and trying leaves nothing', () => {
    requireWritable(at('new.csv'));
    expect(readdirSync(folder)).toEqual([]);
    expect(() => requireWritable(at('nowhere/new.csv'))).toThrow(
      /new\.csv cannot be written: there is no folder .*nowhere\. Make the folder first, or name a file in one/,
    );
    mkdirSync(at('folder'));
    expect(() => requireWritable(at('folder'))).toThrow(/folder is a folder; name a file in it/);
    expect(() => writeText(at('folder'), 'x')).toThrow(/folder cannot be written/);
  });
});
