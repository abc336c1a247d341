/** The user's pages of docs/user: whole, or the section of one setting or problem. Shown by the terminal and the desk. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemCodes, problemKinds } from '../core/problem.ts';
import { settingKeys } from '../core/settings.ts';
import { WrongUse } from './requests.ts';

const FOLDER = join(import.meta.dirname, '../../docs/user');

/** The topics there are, by file name. */
export const helpTopics = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3))
    .sort();

/** One page, or the section of one setting or problem. @throws WrongUse that names the topics */
export function helpPage(topic: string): string {
  const name = topic.trim().toLowerCase();
  const topics = helpTopics();
  if (topics.includes(name)) return page(name);
  const key = settingKeys.find((one) => one.toLowerCase() === name);
  if (key !== undefined) return section('settings', key);
  const code = problemCodes.find((one) => one === name);
  if (code !== undefined) return section('problems', code);
  throw new WrongUse(
    `There is no page "${topic}". There is: ${topics.join(', ')}; the key of a setting; the code of a problem. For commands: ledgerferry --help`,
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
