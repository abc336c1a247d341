/** V8 is told on its command line what a run of minutes needs; set later, some of it is no longer heeded. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { nodeFlags } from '../../bin/node-flags.mjs';

const HOT = 'let sum = 0; const add = (a) => (sum = (sum + a) % 7); for (let at = 0; at < 3e6; at += 1) add(at);';
/** Whether the last compiler made code; its name differs between lines of Node.js. */
const isOptimised = (flags: readonly string[]): boolean => {
  const { stdout, status } = spawnSync(process.execPath, [...flags, '--trace-opt', '-e', HOT], { encoding: 'utf8' });
  expect(status).toBe(0);
  return /completed compiling .*target TURBOFAN/.test(stdout);
};

describe('the flags of V8', () => {
  it('keep its last compiler from work', () => {
    expect([isOptimised([]), isOptimised(nodeFlags(false))]).toEqual([true, false]);
  });

  it('are not given to a line of Node.js in which they were not tried, which might end at its start', () => {
    expect(nodeFlags(true, 26).length).toBeGreaterThan(2);
    expect(nodeFlags(true, 28)).toEqual(['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4']);
  });
});
