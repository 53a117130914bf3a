import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

import { LongestFirst } from './test/support/longest-first.ts';

/** Tests of pure code share their process: loading what they test takes longer than the tests. */
const project = (name: string, testTimeout: number, isolate: boolean) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: Math.max(10_000, testTimeout),
    isolate,
  },
});

export default defineConfig({
  test: {
    // A third of the time tests wait for processes and disks; with one worker for each core cores would stand idle.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    globalSetup: './test/support/compile-cache.ts',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      project('unit', 20_000, false),
      project('contract', 20_000, true),
      project('architecture', 20_000, false),
      project('surface', 20_000, false),
      project('integration', 60_000, true),
      project('e2e', 120_000, true),
    ],
  },
});
