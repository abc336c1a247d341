/**
 * Plants each bug in a process of its own and looks how many seeds it takes to find it; prints the table for docs/proof.md. A
 * bug is found by a seed that breaks an invariant with it and none without it; a rig that fails by itself has found nothing.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type pg from 'pg';
import { mutants } from './mutants.ts';
import { AIMED_FROM } from './plan.ts';

interface Broken {
  /** The seed that broke, or the first that was not tried. */
  readonly seed: number;
  readonly violation: string | null;
}

/** Runs seeds in a process of their own, with the bug of this number or (null) without any; null when it failed by itself. */
function runPlanted(
  connection: pg.PoolConfig,
  mutant: number | null,
  range: { from: number; to: number; seconds: number },
): Broken | null {
  const hook = mutant === null ? [] : ['--import', join(import.meta.dirname, 'mutant-hook.ts')];
  const words = [range.from, range.to, range.seconds].map(String);
  const done = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...hook, join(import.meta.dirname, 'planted.ts'), ...words],
    {
      encoding: 'utf8',
      env: { ...process.env, SIM_MUTANT: String(mutant ?? ''), SIM_DATABASE: JSON.stringify(connection) },
      timeout: (range.seconds + 120) * 1000,
    },
  );
  const last = done.stdout.trim().split('\n').at(-1) ?? '';
  if (last.startsWith('{')) return JSON.parse(last) as Broken;
  process.stderr.write(
    `${mutant === null ? 'without a bug' : (mutants[mutant]?.name ?? '')}: ${done.stderr.slice(-800)}\n`,
  );
  return null;
}

/** The first seed that breaks with the bug and holds without it; `tried` seeds were looked at. */
function findBug(
  connection: pg.PoolConfig,
  mutant: number,
  { most, seconds }: { most: number; seconds: number },
): { tried: number; violation: string | null } {
  const until = performance.now() + seconds * 1000;
  const to = AIMED_FROM + most - 1;
  const tried = (next: number): number => next - AIMED_FROM;
  let from = AIMED_FROM;
  while (from <= to && performance.now() < until) {
    const range = { from, to, seconds: Math.max(1, Math.ceil((until - performance.now()) / 1000)) };
    const broken = runPlanted(connection, mutant, range);
    if (broken === null) return { tried: tried(from), violation: null };
    if (broken.violation === null) return { tried: tried(broken.seed), violation: null };
    const sound = runPlanted(connection, null, { from: broken.seed, to: broken.seed, seconds: 60 });
    if (sound?.violation === null) return { tried: tried(broken.seed) + 1, violation: broken.violation };
    from = broken.seed + 1;
  }
  return { tried: tried(from), violation: null };
}

/** `most`: seeds that a bug may take; `seconds`: and the time. */
export function plantAll(connection: pg.PoolConfig, most: number, seconds: number, only: string | undefined): number {
  const chosen = [...mutants.keys()].filter((index) => only === undefined || only.split(',').includes(String(index)));
  let found = 0;
  process.stdout.write('| planted bug | found by | seeds |\n| --- | --- | --- |\n');
  for (const index of chosen) {
    const { tried, violation } = findBug(connection, index, { most, seconds });
    if (violation !== null) found += 1;
    const words = violation?.slice(0, 110).replaceAll('|', '/') ?? 'NOT FOUND';
    process.stdout.write(`| ${mutants[index]?.name ?? ''} | ${words} | ${String(tried)} |\n`);
  }
  process.stdout.write(`${String(found)} of ${String(chosen.length)} found\n`);
  return found === chosen.length ? 0 : 1;
}
