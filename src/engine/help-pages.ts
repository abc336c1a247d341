/** The user's pages of docs/user: whole, or the section of one setting or problem. Shown by the terminal and the desk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from '../core/nearest.ts';
import { problemCodes, problemKinds } from '../core/problem.ts';
import { settingKeys } from '../core/settings.ts';
import { PROJECT } from '../platform/project.ts';
import { WrongUse } from './requests.ts';

const FOLDER = join(PROJECT, 'docs', 'user');

/** The topics there are, by file name. */
export const helpTopics = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3))
    .sort();

/** What a person may call a page besides its name: the command of a tool, or a word of the old app. */
const ALSO: Readonly<Record<string, string>> = {
  'items-compare': 'compare-items',
  'items-copy': 'compare-items',
  'compare-or-copy': 'compare-items',
  'invoices-ready': 'ready',
  'invoices-preview': 'ready',
  'check-for-invoices': 'ready',
  'invoices-sync': 'sync-now',
  'sync-invoices-now': 'sync-now',
  'invoices-copy': 'manual-copy',
  'manually-copy-an-invoice': 'manual-copy',
  overwrite: 'manual-copy',
  'invoices-approve': 'review',
  'invoices-hold': 'hold',
  'invoices-release': 'hold',
  'invoices-mark-done': 'hold',
  'invoices-adopt': 'adopt',
  'errors-list': 'errors',
  'view-error-logs': 'errors',
  'runs-clear': 'clear-in-process',
  'clear-in-process-status': 'clear-in-process',
  'voids-sync': 'voids',
  'payments-sync': 'payments',
  outbox: 'mails',
  connection: 'connecting',
  'connection-authorize': 'connecting',
  'check-settings': 'settings',
};
/** A mistyped topic is at most so many letters away from the one that is meant. */
const MISTYPED_MAX = 3;

/** One page, or the section of one setting or problem. @throws WrongUse that names the nearest topic, or all of them */
export function helpPage(topic: string): string {
  const name = topic
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
  const topics = helpTopics();
  const called = ALSO[name] ?? name;
  if (topics.includes(called)) return page(called);
  const key = settingKeys.find((one) => one.toLowerCase() === name);
  if (key !== undefined) return section('settings', key);
  const code = problemCodes.find((one) => one === name);
  if (code !== undefined) return section('problems', code);
  const near = nearest(name, [...topics, ...settingKeys, ...problemCodes, ...Object.keys(ALSO)], MISTYPED_MAX);
  throw new WrongUse(
    near === null
      ? `There is no page "${topic}". There is: ${topics.join(', ')}; the key of a setting; the code of a problem. For commands: ledgerferry --help`
      : `There is no page "${topic}". Did you mean ${ALSO[near] ?? near}? All pages: ledgerferry help`,
  );
}

const page = (name: string): string => readFileSync(join(FOLDER, `${name}.md`), 'utf8');

function section(name: string, title: string): string {
  const found = page(name)
    .split(/^## /m)
    .find((part) => part.startsWith(`${title}\n`));
  if (found === undefined) throw new WrongUse(`The page "${name}" does not tell about "${title}".`);
  return `## ${found.trimEnd()}\n`;
}

const actors = { bookkeeper: 'You', admin: 'Your administrator', us: 'The makers of Ledgerferry', nobody: 'Nobody' };

/** The page of all problems, made from their table: a test keeps docs/user/problems.md the same. */
export function problemsPage(): string {
  const readable = (sentence: string): string => sentence.replaceAll(/\{(\w+)\}/g, '(…)');
  const sections = [...problemCodes]
    .toSorted((a, b) => a.localeCompare(b))
    .map((code) => {
      const kind = problemKinds[code];
      return `## ${code}\n\n${readable(kind.text)}\n\nWho acts: ${actors[kind.who]}. ${readable(kind.remedy)}\n`;
    });
  return `# Problems\n\nEvery obstacle by its code: what is the matter, who acts, and what to do. (…) stands for names and figures.\n\n${sections.join('\n')}`;
}
