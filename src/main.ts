/** The only entry: the command line; `serve` and `worker` are commands of it. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Types are stripped and code is compiled once, not at every command: a third of the time of a short one.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/ledgerferry'));
const { runCommandLine } = await import('./cli/program.ts');
process.exitCode = await runCommandLine(process.argv.slice(2));
