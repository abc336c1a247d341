/** The process in which one bug is planted: seeds until an invariant breaks. */
import type pg from 'pg';
import { planOf } from './plan.ts';
import { Rig, simulate } from './simulate.ts';

const [most, seconds] = process.argv.slice(2).map(Number);
const rig = await Rig.open(JSON.parse(process.env['SIM_DATABASE'] ?? '{}') as pg.PoolConfig);
const until = performance.now() + (seconds ?? 60) * 1000;
let seeds = 0;
let violation: string | null = null;
while (violation === null && seeds < (most ?? 1000) && performance.now() < until) {
  seeds += 1;
  try {
    violation = (await simulate(rig, planOf(String(seeds)))).violations[0] ?? null;
  } catch (error) {
    violation = `the run stands still: ${error instanceof Error ? error.message : ''}`;
  }
}
process.stdout.write(`${JSON.stringify({ found: violation !== null, seeds, violation: violation ?? '' })}\n`);
process.exit(0);
