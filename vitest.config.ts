import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is looked at again and again is waited for as long as a crowded machine needs.
    expect: { poll: { timeout: 15_000 } },
    reporters: ['default'],
  },
});
