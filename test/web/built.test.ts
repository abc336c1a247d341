/** The built desk: what the first page costs to load, and that it asks nobody but us. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtDesk, DIST } from '../support/desk.ts';

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

/** Issue 4: at most 200 kB of first-load JavaScript, compressed. */
const FIRST_LOAD_MAX = 200_000;

let manifest: Readonly<Record<string, Chunk>>;
beforeAll(() => {
  builtDesk();
  manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')) as typeof manifest;
});

const withImports = (name: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const one of manifest[name]?.imports ?? []) withImports(one, seen);
  return seen;
};
const weight = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + gzipSync(readFileSync(join(DIST, manifest[name]?.file ?? ''))).length, 0);

describe('the built desk', () => {
  it('loads at most 200 kB of JavaScript before its first page', () => {
    const entry = Object.keys(manifest).find((name) => manifest[name]?.isEntry === true) ?? '';
    const loaded = withImports('src/main.tsx', withImports(entry));
    expect(loaded.size).toBeGreaterThan(0);
    expect(weight(loaded)).toBeLessThanOrEqual(FIRST_LOAD_MAX);
  });

  it('holds scripts only as files of its own: a page without a word of inline script, and no foreign address in it', () => {
    const page = readFileSync(join(DIST, 'index.html'), 'utf8');
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).not.toMatch(/ on\w+=/);
  });

  it('has the first frame of every place as plain HTML, with the way to every other', () => {
    const frames = JSON.parse(readFileSync(join(DIST, '.vite/first-frames.json'), 'utf8')) as Record<
      string,
      { demo: string; own: string }
    >;
    for (const [name, { demo, own }] of Object.entries(frames)) {
      const here = name === 'help' ? '/help/index' : `/${name}`;
      if (name !== 'first-run') expect(own).toContain(`<a href="${here}" aria-current="page">`);
      for (const other of Object.keys(frames)) if (other !== 'first-run') expect(own).toContain(`href="/${other}`);
      expect([demo.includes('role="note"'), own.includes('role="note"')]).toEqual([true, false]);
      expect(demo + own).not.toMatch(/<script|style=| on\w+=/);
    }
  });

  it('lets the first paint wait for nothing but the page, with a small style in it, and an almost empty script', () => {
    const page = readFileSync(join(DIST, 'index.html'), 'utf8');
    const found = (kind: RegExp): string[] => [...page.matchAll(kind)].map((one) => one[1] ?? '');
    expect(page).not.toContain('rel="stylesheet"');
    const [[style = '', ...styles], [script = '', ...scripts]] = [
      found(/<style>(.*?)<\/style>/gs),
      found(/<script[^>]* src="([^"]+)"/g),
    ];
    expect([styles, scripts]).toEqual([[], []]);
    expect(style).toContain('.lf-frame{');
    expect(Math.max(style.length, statSync(join(DIST, script)).size)).toBeLessThan(6_000);
  });

  it('brings the styles of every component that its scripts name', () => {
    const names = (text: string): Set<string> => new Set(text.match(/\bm_[0-9a-f]{6,8}\b/g));
    const built = (suffix: string): string =>
      readdirSync(join(DIST, 'assets'))
        .filter((name) => name.endsWith(suffix))
        .map((name) => readFileSync(join(DIST, 'assets', name), 'utf8'))
        .join('\n');
    const library = names(readFileSync(join(DIST, '../../node_modules/@mantine/core/styles.css'), 'utf8'));
    const [named, styled] = [names(built('.js')), names(built('.css'))];
    const wanted = [...named].filter((name) => library.has(name));
    expect(wanted.length).toBeGreaterThan(50);
    expect(wanted.filter((name) => !styled.has(name))).toEqual([]);
  });

  it('compiles no code out of text, which the content security policy forbids', () => {
    const scripts = readdirSync(join(DIST, 'assets')).filter((name) => name.endsWith('.js'));
    expect(scripts.length).toBeGreaterThan(0);
    for (const name of scripts) {
      expect(statSync(join(DIST, 'assets', name)).size, name).toBeLessThan(700_000);
      expect(readFileSync(join(DIST, 'assets', name), 'utf8'), name).not.toMatch(/\bnew Function\(|[^.\w]eval\(/);
    }
  });
});
