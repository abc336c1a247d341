/**
 * The simulation's command line: `npm run --silent sim -- --seed N [--trace]`, `--seeds A..B`, `--minutes M [--least N]`, `--soak 365x3`.
 * Progress goes to stderr; a summary, or with `--trace` the events of one seed and nothing else, to stdout.
 */
import { parseArgs } from 'node:util';
import { runCampaign, runMinutes, runOne } from './campaign.ts';
import { mutants as planted } from './mutants.ts';
import { plantAll } from './plant.ts';
import type { Rig } from './simulate.ts';
import { standInUnder } from './stand-in.ts';
import { withDatabase } from './rig-server.ts';
import { soak } from './soak.ts';

const usage = `sim: --seed N [--trace] | --seeds A..B [--keep-going] | --minutes M [--least N] [--base TEXT] | --stand-in A..B | --soak DAYSxCONNECTIONS | --mutants [--only I,J] [--most N] [--seconds S]\n`;

/** A proof that tried nothing proves nothing: what is not understood, and what asks for nothing, ends here. */
function refuse(why: string): never {
  process.stderr.write(`sim: ${why}\n${usage}`);
  process.exit(2);
}

function read() {
  try {
    return parseArgs({
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        minutes: { type: 'string' },
        least: { type: 'string', default: '1' },
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
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : 'these words are not understood');
  }
}
const values = read();

function numberOf(name: 'minutes' | 'least' | 'most' | 'seconds', text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text) || Number(text) <= 0) refuse(`--${name} ${text} is no number above zero`);
  return Number(text);
}
/** `A..B` or `AxB`: two whole numbers. */
function pairOf(name: 'seeds' | 'stand-in' | 'soak', text: string): [number, number] {
  const found = (name === 'soak' ? /^(\d+)x(\d+)$/ : /^(\d+)\.\.(\d+)$/).exec(text);
  const [a, b] = [Number(found?.[1]), Number(found?.[2])];
  const isAny = name === 'soak' ? a > 0 && b > 0 : a <= b;
  if (found === null || !isAny) refuse(`--${name} ${text} names nothing to try`);
  return [a, b];
}

type Work = (rig: Rig) => Promise<number>;
function workOf(): Work {
  const { seed, seeds, minutes, soak: days, mutants, only } = values;
  if (mutants) {
    const [most, seconds] = [numberOf('most', values.most), numberOf('seconds', values.seconds)];
    if (only !== undefined && !only.split(',').every((one) => /^\d+$/.test(one) && Number(one) < planted.length))
      refuse(`--only ${only}: the planted bugs have the numbers 0 to ${String(planted.length - 1)}`);
    return async (rig) => {
      // The planted processes need the server's connections.
      await rig.server.close();
      return plantAll(rig.server.connection, most, seconds, only);
    };
  }
  if (seed !== undefined) return seed === '' ? refuse('--seed names none') : (rig) => runOne(rig, seed, values.trace);
  if (seeds !== undefined) {
    const [from, to] = pairOf('seeds', seeds);
    return (rig) => runCampaign(rig, from, to, values['keep-going']);
  }
  if (days !== undefined) {
    const [long, many] = pairOf('soak', days);
    return (rig) => soak(rig, long, many);
  }
  if (minutes === undefined) return refuse('say what to try');
  const [long, least] = [numberOf('minutes', minutes), numberOf('least', values.least)];
  return (rig) => runMinutes(rig, long, least, values.base ?? new Date().toISOString().slice(0, 16));
}

const standIn = values['stand-in'];
process.exitCode =
  standIn === undefined ? await withDatabase(workOf()) : await standInUnder(...pairOf('stand-in', standIn));
