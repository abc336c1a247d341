// The long form of a proof: the suite's own tests with many more cases. Names are folders or files of tests.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const campaigns = {
  hostile: ['test/hostile'],
  races: ['test/races'],
  readings: ['test/scenarios/readings.test.ts'],
  crashes: ['test/scenarios/crash-pairs.test.ts'],
  disasters: ['test/scenarios/disasters.test.ts'],
  storms: ['test/scenarios/storms.test.ts'],
  'month-end': ['test/scenarios/month-end.test.ts'],
};
const [name = '', ...rest] = process.argv.slice(2);
const files = campaigns[name];
if (!Object.hasOwn(campaigns, name)) {
  process.stderr.write(`There is no campaign "${name}"; there are ${Object.keys(campaigns).join(', ')}.\n`);
  process.exit(2);
}
const done = spawnSync(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...files, ...rest], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, LEDGERFERRY_CAMPAIGN: '1' },
});
process.exit(done.status ?? 1);
