/**
 * The program's side of the huge replies, in a process of its own with the program's own flags: what it costs is not mixed
 * with the server that sends them. Says the peak of its resident memory over the start, and how each call ended.
 */
import { RunningClock } from '../../src/platform/clock.ts';
import { NetworkHttp } from '../../src/platform/http.ts';
import { aim, calls, outcomeOf } from './rig.ts';

export interface HugeResult {
  readonly peakBytes: number;
  readonly ends: Readonly<Record<string, string>>;
}

const [url = '', warm = '', huge = ''] = process.argv.slice(2);
const clock = new RunningClock(1_000);
const http = new NetworkHttp(clock);
const ends: Record<string, string> = {};

/** `NAME=CALL`, separated by commas: the variant of that name is what the server answers to the call. */
async function all(words: string): Promise<void> {
  for (const word of words.split(',').filter((one) => one !== '')) {
    const [name = '', call = ''] = word.split('=');
    const made = calls[call];
    if (made === undefined) throw new Error(call);
    const outcome = await outcomeOf(() => made.call(aim(`${url}/v/${name}`, http, clock)), made.isWrite === true);
    ends[name] = outcome.kind === 'write' ? `write ${outcome.reply.kind}` : outcome.kind;
  }
}

await all(warm);
const start = process.memoryUsage().rss;
let peak = start;
const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
await all(huge);
clearInterval(timer);
await http.close();
process.stdout.write(JSON.stringify({ peakBytes: peak - start, ends } satisfies HugeResult));
