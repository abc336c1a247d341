/** Plants each bug in a process of its own and looks how many seeds it takes to find it; prints the table for docs/proof.md. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type pg from 'pg';
import { mutants } from './mutants.ts';

export interface Found {
  readonly seeds: number;
  readonly violation: string;
}

/** `most`: seeds that a bug may take; `seconds`: and the time. */
export function plantAll(connection: pg.PoolConfig, most: number, seconds: number, only: string | undefined): number {
  let found = 0;
  let asked = 0;
  process.stdout.write('| planted bug | found by | seeds |\n| --- | --- | --- |\n');
  for (const [index, mutant] of mutants.entries()) {
    if (only !== undefined && !only.split(',').includes(String(index))) continue;
    asked += 1;
    const done = spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--import',
        join(import.meta.dirname, 'mutant-hook.ts'),
        join(import.meta.dirname, 'planted.ts'),
        String(most),
        String(seconds),
      ],
      {
        encoding: 'utf8',
        env: { ...process.env, SIM_MUTANT: String(index), SIM_DATABASE: JSON.stringify(connection) },
        timeout: (seconds + 120) * 1000,
      },
    );
    const last = done.stdout.trim().split('\n').at(-1) ?? '';
    const result = last.startsWith('{') ? (JSON.parse(last) as Found & { found: boolean }) : null;
    if (result === null) process.stderr.write(`${mutant.name}: ${done.stderr.slice(-800)}\n`);
    if (result?.found === true) found += 1;
    process.stdout.write(
      `| ${mutant.name} | ${result?.found === true ? result.violation.slice(0, 110).replaceAll('|', '/') : 'NOT FOUND'} | ${String(result?.seeds ?? '-')} |\n`,
    );
  }
  process.stdout.write(`${String(found)} of ${String(asked)} found\n`);
  return found === asked ? 0 : 1;
}
