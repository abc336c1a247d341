/** help TOPIC: the user's pages in the terminal. */
import { helpPage, helpTopics } from '../engine/help-pages.ts';
import type { Registry } from './registry.ts';

export function addHelpCommand({ program, print, fail }: Registry): void {
  program.helpCommand(false);
  program
    .command('help [topic]')
    .description('the pages for users: one for every tool, setting and problem, and moving over from the old app')
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
