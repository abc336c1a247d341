/** The user's pages: complete, true to the tables they tell about, and short enough to be read. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helpPage, helpTopics, problemsPage } from '../src/engine/help-pages.ts';
import { problemCodes } from '../src/core/problem.ts';
import { settingKeys, settingTable } from '../src/core/settings.ts';

const folder = join(import.meta.dirname, '../docs/user');

describe('the user’s pages', () => {
  it('tell about every setting, with its default', () => {
    for (const key of settingKeys) {
      const text = helpPage(key);
      expect([key, text]).toEqual([
        key,
        expect.stringMatching(new RegExp(`^## ${key.replaceAll('.', String.raw`\.`)}\n\n.{10,}`)),
      ]);
      const { default: standard, kind } = settingTable[key];
      if (kind === 'choice' || kind === 'whole') expect([key, text]).toEqual([key, expect.stringContaining(standard)]);
    }
  });

  it('tell about every problem, in its own words (renew: npm test -- test/docs --update)', async () => {
    await expect(problemsPage()).toMatchFileSnapshot(join(folder, 'problems.md'));
    for (const code of problemCodes) expect(helpPage(code)).toContain(`## ${code}`);
  });

  it('are short, begin with their title and say what they are for, and the index names them all', () => {
    const index = helpPage('index');
    for (const topic of helpTopics()) {
      const lines = readFileSync(join(folder, `${topic}.md`), 'utf8').split('\n');
      expect([topic, lines[0]]).toEqual([topic, expect.stringMatching(/^# \w/)]);
      expect([topic, lines[2]]).toEqual([topic, expect.stringMatching(/\.$|,$|\w$/)]);
      if (topic !== 'settings' && topic !== 'problems') expect([topic, lines.length < 90]).toEqual([topic, true]);
      if (topic !== 'index') expect([topic, index]).toEqual([topic, expect.stringContaining(`\`${topic}\``)]);
    }
  });

  it('are found by the command of a tool, by the old app’s name of it, and in any case', () => {
    for (const topic of ['compare-items', 'items copy', 'Compare or Copy', 'ITEMS_COMPARE'])
      expect(helpPage(topic)).toBe(helpPage('compare-items'));
    expect(helpPage('Manually Copy an Invoice')).toBe(helpPage('manual-copy'));
    expect(helpPage('Invoices.MaxAgeDays')).toMatch(/^## invoices\.maxAgeDays/);
  });

  it('a mistyped topic is told with the nearest', () => {
    for (const [typed, meant] of [
      ['setings', 'settings'],
      ['payment', 'payments'],
      ['invoices.maxAgeDay', 'invoices.maxAgeDays'],
      ['number-in-us', 'number-in-use'],
      ['item copy', 'compare-items'],
    ] as const)
      expect(() => helpPage(typed)).toThrow(`There is no page "${typed}". Did you mean ${meant}?`);
  });

  it('an unknown topic is told with those that there are', () => {
    expect(() => helpPage('colours')).toThrow(/There is no page "colours".*sync-now/);
  });
});

describe('the table of parity', () => {
  it('names tests that exist, in the files that it names', () => {
    const text = readFileSync(join(import.meta.dirname, '../docs/parity.md'), 'utf8');
    const named = [...text.matchAll(/\["([^"]+)"\]\(\.\.\/([^)]+)\)/g)].map(([, title = '', file = '']) => ({
      title,
      file,
    }));
    expect(named.length).toBeGreaterThan(40);
    const wrong = named.filter(
      ({ title, file }) => !readFileSync(join(import.meta.dirname, '..', file), 'utf8').includes(title),
    );
    expect(wrong).toEqual([]);
  });
});
