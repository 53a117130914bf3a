import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: Math.max(10_000, testTimeout) },
});

export default defineConfig({
  test: {
    // Most of the time tests wait for processes: one core less than there are would stand idle.
    maxWorkers: '100%',
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      project('unit', 20_000),
      project('contract', 20_000),
      project('architecture', 20_000),
      project('surface', 20_000),
      project('integration', 60_000),
      project('e2e', 120_000),
    ],
  },
});
