/** help TOPIC: the user's pages of docs/user, as they stand, in the terminal. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WrongUse } from '../engine/requests.ts';
import type { Registry } from './registry.ts';

const FOLDER = join(import.meta.dirname, '../../docs/user');

/** The topics there are, by file name. */
export const helpTopics = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3))
    .sort();

/** One page. @throws WrongUse that names the topics */
export function helpPage(topic: string): string {
  const topics = helpTopics();
  if (!topics.includes(topic))
    throw new WrongUse(`There is no page "${topic}". There is: ${topics.join(', ')}. For commands: ledgerferry --help`);
  return readFileSync(join(FOLDER, `${topic}.md`), 'utf8');
}

export function addHelpCommand({ program, print, fail }: Registry): void {
  program.helpCommand(false);
  program
    .command('help [topic]')
    .description('the pages for users: one for every tool, the settings, moving over from the old app')
    .option('--json', 'one JSON document on stdout')
    .action((topic: string | undefined, options: { json?: boolean }) => {
      try {
        const text = helpPage(topic ?? 'index');
        print({ json: { topic: topic ?? 'index', topics: helpTopics(), text }, text }, options.json === true);
      } catch (error) {
        fail(error);
      }
    });
}
