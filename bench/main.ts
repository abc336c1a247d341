/**
 * Side by side in one run: calls, metered reads, CPU per invoice and peak memory, ours (journal included) against a plain
 * one-by-one sync with public libraries, on the same sandboxes. Wall time is no claim: these machines are noisy.
 * `--full` lets the peer run 10,000 invoices too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, usage, withLedgerferry, withSandboxes, type Figures } from './measure.ts';

const here = import.meta.dirname;
const full = process.argv.includes('--full');
const sizes = (process.env['SIZES'] ?? '100,1000,10000').split(',').map(Number);

const ours = (invoices: number): Promise<Figures> =>
  withSandboxes({ invoices }, (place, counts, reset) =>
    withLedgerferry(place, async (cli, used) => {
      await reset();
      await cli('invoices', 'sync', '--json');
      return { ...(await counts()), ...used() };
    }),
  );

function peer(invoices: number): Promise<Figures> {
  return withSandboxes({ invoices }, async (place, counts, reset) => {
    const folder = mkdtempSync(join(tmpdir(), 'lf-bench-'));
    const file = join(folder, 'usage.json');
    const granted = await fetch(`${place['quickbooks'] ?? ''}/oauth2/v1/tokens/bearer`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from('sandbox-client:sandbox-client-secret').toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: place['code'] ?? '' }).toString(),
    });
    const { access_token: token = '' } = (await granted.json()) as { access_token?: string };
    try {
      await reset();
      const done = await run([join(here, 'peer.ts')], { PEER: JSON.stringify({ ...place, token }), BENCH_USAGE: file });
      if (done.code !== 0) throw new Error(`the peer failed: ${done.stderr.slice(-2_000)}`);
      return { ...(await counts()), ...usage(file) };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

const cell = (text: string | number, width = 12): string => String(text).padStart(width);
const row = (who: string, invoices: number, one: Figures): void => {
  process.stdout.write(
    `${who.padEnd(6)}${cell(invoices, 8)}${cell(one.posted, 8)}${cell(one.calls)}${cell(one.reads)}${cell((one.cpuMs / invoices).toFixed(2))}${cell(one.peakMb.toFixed(0))}\n`,
  );
};

process.stdout.write(
  'First run, 8 lines an invoice. Vendors’ throttles and the Autotask ceiling are lifted for the bench; CPU and memory are\nthe measured process’s own (PostgreSQL and the sandboxes are others). Compare columns, not machines.\n\n',
);
process.stdout.write(
  `${'who'.padEnd(6)}${cell('invoices', 8)}${cell('posted', 8)}${cell('calls')}${cell('reads')}${cell('CPU ms/inv')}${cell('peak MB')}\n`,
);
for (const size of sizes) {
  const mine = await ours(size);
  row('ours', size, mine);
  if (size > 1_000 && !full) continue;
  const theirs = await peer(size);
  row('peer', size, theirs);
  process.stdout.write(
    `ratio${cell('', 9)}${cell('', 8)}${cell((mine.calls / theirs.calls).toFixed(3))}${cell((mine.reads / theirs.reads).toFixed(4))}${cell((mine.cpuMs / theirs.cpuMs).toFixed(2))}${cell((mine.peakMb / theirs.peakMb).toFixed(2))}\n`,
  );
}
