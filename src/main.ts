/** The only entry: the command line; `serve` and `worker` are commands of it. */
import { runCommandLine } from './cli/program.ts';

process.exitCode = await runCommandLine(process.argv.slice(2));
