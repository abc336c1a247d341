/** help TOPIC: the user's pages in the terminal. */
import { helpPage, helpTopics } from '../engine/help-pages.ts';
import type { Registry } from './registry.ts';

export function addHelpCommand({ program, print, fail }: Registry): void {
  program.helpCommand(false);
  program
    .command('help [topic...]')
    .description('the pages for users: one for every tool, setting and problem, and moving over from the old app')
    .option('--json', 'one JSON document on stdout')
    .action((words: string[], options: { json?: boolean }) => {
      try {
        const topic = words.length === 0 ? 'index' : words.join(' ');
        const text = helpPage(topic);
        print({ json: { topic, topics: helpTopics(), text }, text }, options.json === true);
      } catch (error) {
        fail(error);
      }
    });
}
