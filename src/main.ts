/** The only entry: the command line; `serve` and `worker` are commands of it. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { PROJECT } from './platform/project.ts';

// Types are stripped and code is compiled once, not at every command: a third of the time of a short one.
enableCompileCache(join(PROJECT, 'node_modules', '.cache', 'compiled'));
let isLost = false;
// Whoever reads our output may have seen enough (`| head`): the work goes on to its end, and nothing more is written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE' || isLost) return;
  isLost = true;
  process.exitCode = 4;
  const reason = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
  process.stderr.write(
    `ledgerferry: The output could not be written: ${reason}. What is there of it is not whole. Make room, then run the same command again.\n`,
  );
});
// There is nowhere left to say it.
process.stderr.on('error', () => undefined);
const { runCommandLine } = await import('./cli/program.ts');
const code = await runCommandLine(process.argv.slice(2));
process.exitCode = isLost ? 4 : code;
