/** kill -9 at random instants, fifty times over five worlds of a hundred invoices; then a run until quiet. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../../src/sandbox/shell.ts';
import { faultsOf, makeWorld } from '../support/world.ts';

const WORLDS = 5;
const KILLS = 10;

describe('killed at random', () => {
  for (let seed = 1; seed <= WORLDS; seed += 1) {
    it.concurrent(`world ${String(seed)}: ${String(KILLS)} kills`, { timeout: 300_000 }, async () => {
      const random = seeded(seed);
      const world = await makeWorld({ invoices: 100, obstacles: true, scale: 200, seed });
      try {
        // Slow vendors, so that the kills strike in the middle of everything.
        world.quickbooks.knobs.latencyMs = 12_000;
        world.autotask.knobs.latencyMs = 3_000;
        let struck = 0;
        for (let kill = 0; kill < KILLS; kill += 1) {
          const child = world.spawnCli(['invoices', 'sync', '--json']);
          const ended = new Promise<string | null>((done) => child.once('exit', (_code, signal) => done(signal)));
          setTimeout(() => child.kill('SIGKILL'), 400 + random() * (kill === 0 ? 1_200 : 5_000));
          if ((await ended) === 'SIGKILL') struck += 1;
        }
        world.quickbooks.knobs.latencyMs = 0;
        world.autotask.knobs.latencyMs = 0;
        const { run } = await world.sync();
        expect(run.failure).toBe(null);
        expect(faultsOf(world)).toEqual([]);
        expect(struck).toBeGreaterThan(2);
      } finally {
        await world.close();
      }
    });
  }
});
