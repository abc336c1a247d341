/**
 * The simulation's command line: `npm run --silent sim -- --seed N [--trace]`, `--seeds A..B`, `--minutes M [--least N]`, `--soak 365x3`.
 * Progress goes to stderr; a summary, or with `--trace` the events of one seed and nothing else, to stdout.
 */
import { parseArgs } from 'node:util';
import { runCampaign, runMinutes, runOne } from './campaign.ts';
import { plantAll } from './plant.ts';
import { standInUnder } from './stand-in.ts';
import { withDatabase } from './rig-server.ts';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    least: { type: 'string', default: '0' },
    base: { type: 'string' },
    'stand-in': { type: 'string' },
    soak: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    most: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '300' },
    only: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});

const usage = `sim: --seed N [--trace] | --seeds A..B [--keep-going] | --minutes M [--least N] [--base TEXT] | --stand-in A..B | --soak DAYSxCONNECTIONS | --mutants [--only I,J] [--most N] [--seconds S]\n`;

const peer = /^(\d+)\.\.(\d+)$/.exec(values['stand-in'] ?? '');
if (peer !== null) process.exit(await standInUnder(Number(peer[1]), Number(peer[2])));

process.exitCode = await withDatabase(async (rig) => {
  if (values.mutants) {
    // The planted processes need the server's connections.
    await rig.server.close();
    return plantAll(rig.server.connection, Number(values.most), Number(values.seconds), values.only);
  }
  if (values.seed !== undefined) return runOne(rig, values.seed, values.trace);
  const range = /^(\d+)\.\.(\d+)$/.exec(values.seeds ?? '');
  if (range !== null) return runCampaign(rig, Number(range[1]), Number(range[2]), values['keep-going']);
  const days = /^(\d+)x(\d+)$/.exec(values.soak ?? '');
  if (days !== null) return soak(rig, Number(days[1]), Number(days[2]));
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
