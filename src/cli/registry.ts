/** What every group of commands gets to register itself with. */
import { Option, type Command } from 'commander';
import type { Opened } from './open.ts';
import type { Answer, ExitCode } from './output.ts';

export interface CommonOptions {
  readonly json?: boolean;
  readonly connection?: string;
}

/** Wraps a command: opens the services, prints the answer, closes, and turns failures into sentences and exit codes. */
export type Act = <T extends CommonOptions>(
  work: (opened: Opened, options: T, args: readonly string[]) => Promise<Answer>,
) => (...given: unknown[]) => Promise<void>;

export interface Registry {
  readonly program: Command;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly act: Act;
  /** For commands that live on (serve, demo) and open what they need themselves. */
  readonly leave: (exitCode: ExitCode) => void;
  readonly print: (answer: Answer, isJson: boolean) => void;
  /** Tells a failure as every command does. */
  readonly fail: (error: unknown) => void;
}

/** Adds the options that every command takes. */
export const common = (command: Command): Command =>
  command
    .addOption(new Option('--json', 'one JSON document on stdout'))
    .addOption(new Option('--connection <name>', 'which connection; may be left out when there is one'));
