import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: Math.max(10_000, testTimeout) },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/support/count-reporter.ts'],
    projects: [
      project('unit', 5_000),
      project('contract', 20_000),
      project('architecture', 5_000),
      project('surface', 20_000),
      project('integration', 60_000),
      project('e2e', 120_000),
    ],
  },
});
