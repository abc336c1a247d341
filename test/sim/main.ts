/**
 * The simulation's command line: `npm run --silent sim -- --seed N [--trace]`, `--seeds A..B`, `--minutes M [--least N]`.
 * Progress goes to stderr; a summary, or with `--trace` the events of one seed and nothing else, to stdout.
 */
import { parseArgs } from 'node:util';
import { runCampaign, runMinutes, runOne } from './campaign.ts';
import { withDatabase } from './rig-server.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    least: { type: 'string', default: '0' },
    base: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

const usage = `sim: --seed N [--trace] | --seeds A..B [--keep-going] | --minutes M [--least N] [--base TEXT]\n`;

process.exitCode = await withDatabase(async (rig) => {
  if (values.seed !== undefined) return runOne(rig, values.seed, values.trace);
  const range = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? '');
  if (range !== null) return runCampaign(rig, Number(range[1]), Number(range[2]), values['keep-going']);
  if (values.minutes !== undefined)
    return runMinutes(
      rig,
      Number(values.minutes),
      Number(values.least),
      values.base ?? new Date().toISOString().slice(0, 16),
    );
  process.stderr.write(usage);
  return 2;
});
