// Types, lint, format and boundaries: what must hold on main besides the tests.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);
const steps = [
  ['types', bin('tsc'), ['-p', '.']],
  ['types of the desk', bin('tsc'), ['-p', 'web']],
  ['lint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'web/src']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', 'src', 'test', 'bench', 'bin', 'web']],
  ['boundaries', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src', 'web/src']],
];
let failed = 0;
for (const [name, command, args] of steps) {
  process.stdout.write(`\n== ${name}\n`);
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) failed += 1;
  process.stdout.write(done.status === 0 ? 'ok\n' : `${name} FAILED\n`);
}
process.exit(failed === 0 ? 0 : 1);
