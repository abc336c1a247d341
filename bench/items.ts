/**
 * `npm run bench -- items`: the comparison of billing codes with QuickBooks' items, ten times as many codes each time; calls,
 * metered reads, CPU and the peak memory of the whole process. SIZES changes how many.
 */
import { withLedgerferry, withSandboxes } from './measure.ts';

const sizes = (process.env['SIZES'] ?? '100,1000,10000').split(',').map(Number);
const cell = (text: string | number): string => String(text).padStart(10);

process.stdout.write(`${['codes', 'calls', 'reads', 'CPU ms', 'peak MB'].map(cell).join('')}\n`);
for (const codes of sizes)
  await withSandboxes({ invoices: 1, codes }, (place, counts, reset) =>
    withLedgerferry(place, async (cli, used) => {
      await reset();
      await cli('items', 'compare', '--json');
      const { calls, reads } = await counts();
      const { cpuMs, peakMb } = used();
      process.stdout.write(`${[codes, calls, reads, cpuMs.toFixed(0), peakMb.toFixed(0)].map(cell).join('')}\n`);
    }),
  );
