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
    // A poll ends when what it waits for is there: the limit is for tests that would fail.
    expect: { poll: { timeout: 20_000 } },
  },
});

export default defineConfig({
  test: {
    // A third of the time tests wait for processes and disks; with one worker for each core cores would stand idle.
    maxWorkers: availableParallelism() * 2,
    globalSetup: './test/support/run-folder.ts',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      project('unit', 40_000, false),
      project('contract', 40_000, true),
      project('architecture', 40_000, false),
      project('surface', 40_000, false),
      project('integration', 120_000, true),
      project('e2e', 240_000, true),
    ],
  },
});
