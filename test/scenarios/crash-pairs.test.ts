/** Killed at one point, and killed again at another while the first death is being healed; then a run until quiet. */
import { describe, expect, it } from 'vitest';
import { crashPoints, type CrashPoint } from '../../src/engine/crash-points.ts';
import { seeded } from '../../src/sandbox/shell.ts';
import { patience, seedOf, sized, told } from '../support/campaign.ts';
import { faultsOf, makeWorld } from '../support/world.ts';

/** What lies on the path of one invoice (see crash.test.ts), and on that of a batch with new names. */
const off = new Set<CrashPoint>(['mail-sent', 'customer-mailed', 'voided', 'paid-date-sent', 'paid-dates-recorded']);
const names = new Set<CrashPoint>(['creations-committed', 'creations-answered', 'creations-recorded']);
const batchPath = crashPoints.filter((one) => !off.has(one));
const onePath = batchPath.filter((one) => !names.has(one));

const allPairs = onePath.flatMap((first) => onePath.map((second) => [first, second] as const));
const random = seeded(seedOf() + 5);
const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
const onePairs =
  sized(0, 1) === 1 && process.env['LEDGERFERRY_CAMPAIGN_SHARE'] === undefined
    ? allPairs
    : Array.from({ length: sized(3, allPairs.length) }, () => pick(allPairs));
const batchPairs = Array.from(
  { length: sized(2, 200) },
  () => [`${pick(batchPath)}:${String(1 + Math.floor(random() * 2))}`, pick(batchPath)] as const,
);

async function twice(first: string, second: string, options: Parameters<typeof makeWorld>[0]): Promise<number> {
  const world = await makeWorld(options);
  try {
    let deaths = 0;
    for (const point of [first, second]) {
      const ended = await world.cli(['invoices', 'sync', '--json'], { LEDGERFERRY_TEST_CRASH_AT: point });
      deaths += ended.signal === 'SIGKILL' ? 1 : 0;
      expect([null, 0, 1]).toContain(ended.code);
    }
    const { run } = await world.sync();
    expect([first, second, run.failure, faultsOf(world)]).toEqual([first, second, null, []]);
    return deaths;
  } finally {
    await world.close();
  }
}

const struck = [0, 0, 0];
describe('killed twice', () => {
  it('one invoice', patience(120_000), async () => {
    for (const [first, second] of onePairs) {
      const deaths = await twice(first, second, { invoices: 1, scale: 200, seed: 3 });
      struck[deaths] = (struck[deaths] ?? 0) + 1;
    }
    told('crash pairs, one invoice', { pairs: onePairs.length, none: struck[0], once: struck[1], twice: struck[2] });
    expect((struck[1] ?? 0) + (struck[2] ?? 0)).toBeGreaterThan(0);
  });

  it('a batch with new customers and items', patience(120_000), async () => {
    let deaths = 0;
    for (const [first, second] of batchPairs)
      deaths += await twice(first, second, { invoices: 40, companies: 12, linesPerInvoice: 4, scale: 200, seed: 5 });
    told('crash pairs, batch', { pairs: batchPairs.length, deaths });
  });
});
