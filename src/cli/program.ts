/** The command line: the same use cases as the HTTP API. `--json` puts one document on stdout; logs and progress go to stderr. */
import { Command, CommanderError } from 'commander';
import { addAuditCommands } from './audit-commands.ts';
import { addConnectionCommands } from './connection-commands.ts';
import { addHelpCommand } from './help-command.ts';
import { addInvoiceCommands } from './invoice-commands.ts';
import { addItemCommands } from './item-commands.ts';
import { explain, textOf, type Answer, type ExitCode } from './output.ts';
import { clearProgress } from './progress.ts';
import type { Act, Registry } from './registry.ts';
import { addReconcileCommand } from './reconcile-command.ts';
import { addPeopleCommands } from './people-commands.ts';
import { addRunCommands } from './run-commands.ts';
import { addServerCommands } from './server-commands.ts';
import { addDatabaseCommands } from './database-commands.ts';
import { addSettingsCommands } from './settings-commands.ts';
import { brief, visibleLines } from '../mail/escape.ts';
import { writeExactPieces } from '../platform/exact-json.ts';
import { programVersion } from '../platform/project.ts';
import { openServices, type Opened } from './open.ts';

/** Where a command reads its environment and writes: this process, or whoever calls the command line as a function. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const ofThisProcess: Terminal = {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
};

/** Each adds the commands of its nouns. */
const nouns = [
  addConnectionCommands,
  addSettingsCommands,
  addInvoiceCommands,
  addItemCommands,
  addRunCommands,
  addReconcileCommand,
  addAuditCommands,
  addPeopleCommands,
  addServerCommands,
  addDatabaseCommands,
  addHelpCommand,
];

/** Does one command and answers its exit code; commands that live on (serve, worker, demo) belong to a process of their own. */
export async function runCommandLine(args: readonly string[], terminal = ofThisProcess): Promise<number> {
  const { env, out, err } = terminal;
  const write = (text: string): void => out(text.endsWith('\n') ? text : `${text}\n`);
  let exitCode: ExitCode = 0;
  const isJson = args.includes('--json');
  const fail = (error: unknown): void => {
    const told = explain(error);
    const message = brief(told.sentence);
    exitCode = told.exitCode;
    clearProgress();
    if (isJson) write(JSON.stringify({ error: { message, exitCode } }));
    err(`ledgerferry: ${visibleLines(message)}\n`);
    if (exitCode === 4 && env['LEDGERFERRY_LOG_LEVEL'] === 'debug' && error instanceof Error)
      err(`${error.stack ?? ''}\n`);
  };
  const print = (answer: Answer, json: boolean): void => {
    clearProgress();
    if (json) {
      for (const piece of writeExactPieces(answer.json)) out(piece);
      out('\n');
    } else write(answer.isDocument === true ? textOf(answer) : visibleLines(textOf(answer)));
    exitCode = answer.exitCode ?? 0;
  };
  const act: Act =
    (work) =>
    async (...given) => {
      const command = given.at(-1);
      if (!(command instanceof Command)) throw new Error('not a command');
      const options = command.opts();
      let opened: Opened | null = null;
      try {
        // What went wrong is said in a sentence; a line for machines beside it helps nobody at a terminal who did not ask for it.
        opened = await openServices({ ...env, LEDGERFERRY_LOG_LEVEL: env['LEDGERFERRY_LOG_LEVEL'] ?? 'silent' });
        // The options of a command are declared beside its work; commander gives them as declared.
        print(await work(opened, options as Parameters<typeof work>[1], command.args), options['json'] === true);
      } catch (error) {
        fail(error);
      } finally {
        await opened?.close();
      }
    };
  const program = new Command('ledgerferry')
    .description('Autotask invoices become QuickBooks invoices: once each, to the cent.')
    .version(programVersion(), '--version', 'the version of this copy');
  program
    .exitOverride()
    .showHelpAfterError('(see: ledgerferry --help)')
    .configureOutput({
      writeOut: out,
      writeErr: (text) => err(visibleLines(text).split('\n').map(brief).join('\n')),
    });
  const registry: Registry = { program, env, act, print, fail, leave: (code) => (exitCode = code) };
  for (const add of nouns) add(registry);
  for (const command of everyCommand(program))
    command.exitOverride().showHelpAfterError(true).allowExcessArguments(false);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) fail(error);
    else if (error.exitCode !== 0) {
      exitCode = 2;
      // Commander has told the terminal already.
      if (isJson) write(JSON.stringify({ error: { message: brief(wrongUse(error)), exitCode } }));
    }
  }
  return exitCode;
}

/** Without a verb commander has only its help to say. */
const wrongUse = (error: CommanderError): string =>
  error.code === 'commander.help'
    ? 'A command is missing; see: ledgerferry --help'
    : error.message.replace(/^error: /, '');

const everyCommand = (command: Command): Command[] => command.commands.flatMap((one) => [one, ...everyCommand(one)]);
