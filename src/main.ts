/** The only entry: the command line; `serve` and `worker` are commands of it. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Types are stripped and code is compiled once, not at every command: a third of the time of a short one.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/ledgerferry'));
// Whoever reads our output may have seen enough (`| head`): the work goes on to its end, and nothing more is written.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
const { runCommandLine } = await import('./cli/program.ts');
process.exitCode = await runCommandLine(process.argv.slice(2));
