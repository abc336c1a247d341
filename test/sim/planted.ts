/** The process in which one bug is planted: seeds from one on until an invariant breaks. Any other failure is the rig's own. */
import type pg from 'pg';
import { planOf } from './plan.ts';
import { Rig, simulate, StandsStill } from './simulate.ts';

const [from = 1, to = 1000, seconds = 60] = process.argv.slice(2).map(Number);
const rig = await Rig.open(JSON.parse(process.env['SIM_DATABASE'] ?? '{}') as pg.PoolConfig);
const until = performance.now() + seconds * 1000;

/** What broke under this seed; null when all held. */
async function brokenBy(seed: number): Promise<string | null> {
  try {
    return (await simulate(rig, planOf(String(seed)))).violations[0] ?? null;
  } catch (error) {
    if (error instanceof StandsStill) return `11: ${error.message}`;
    throw error;
  }
}

let violation: string | null = null;
let seed = from;
for (; seed <= to && performance.now() < until; seed += 1) {
  violation = await brokenBy(seed);
  if (violation !== null) break;
}
process.stdout.write(`${JSON.stringify({ seed, violation })}\n`);
process.exit(0);
