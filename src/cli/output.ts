/** What a command answers: text for people or one JSON document; and how failures become exit codes. */
import { ConfigError } from '../config.ts';
import { SettingError } from '../core/settings.ts';
import { Busy, Stale, WrongUse } from '../engine/requests.ts';
import { vendorSentence } from '../engine/vendor-cures.ts';
import { DatabaseError } from '../store/database.ts';
import { EmbeddedDatabaseError } from '../store/embedded/launcher.ts';
import { MigrationError } from '../store/migrate.ts';

/** 0 done; 1 done, with problems that wait for a person; 2 wrong use; 3 a vendor or the network refused; 4 internal fault. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

export interface Answer {
  /** The JSON document of `--json`. */
  readonly json: unknown;
  /** Long ones are written only where they are asked for. */
  readonly text: string | (() => string);
  /** A document for a file rather than for the eye: its text is written as it is. */
  readonly isDocument?: boolean;
  readonly exitCode?: ExitCode;
}

export const textOf = ({ text }: Answer): string => (typeof text === 'string' ? text : text());

/** The exit code and the sentence of a failure; a fault that nobody foresaw says so and keeps its stack for the log. */
export function explain(error: unknown): { exitCode: ExitCode; sentence: string } {
  const sentence = error instanceof Error ? error.message : 'unknown fault';
  const isOne = (kinds: readonly (abstract new (...args: never[]) => Error)[]): boolean =>
    kinds.some((kind) => error instanceof kind);
  if (isOne([Busy, Stale])) return { exitCode: 1, sentence };
  if (isOne([WrongUse, SettingError, ConfigError])) return { exitCode: 2, sentence };
  const ofVendor = vendorSentence(error);
  if (ofVendor !== null) return { exitCode: 3, sentence: ofVendor };
  if (isOne([EmbeddedDatabaseError, DatabaseError, MigrationError])) return { exitCode: 4, sentence };
  const known = knownFault(error);
  if (known !== null) return { exitCode: 4, sentence: known };
  return {
    exitCode: 4,
    sentence: `Something went wrong inside Ledgerferry: ${sentence}. Nothing is lost; run the same command again, and tell us if it stays.`,
  };
}

/** Faults of the machine that have a cure, told by their code. */
function knownFault(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case '53100':
    case 'ENOSPC':
      return 'The disk is full: nothing more could be written, and nothing is lost. Free some room, then run the same command again.';
    case '57P01':
    case '57P02':
    case '57P03':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EPIPE':
    case '08006':
      return 'The database went away in the middle. Nothing is lost: run the same command again.';
    case '55P03':
      return 'Another command holds what this one needs. Nothing was changed: run it again.';
    case 'EADDRINUSE':
      return 'The port is taken, probably by another Ledgerferry on this machine. End that one, or choose another LEDGERFERRY_PORT.';
    default:
      return null;
  }
}
