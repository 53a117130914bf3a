import { defineConfig } from 'vitest/config';

/** The tests that mutants of src/policy meet: those of the policy, of the engine around it, and the committed refusals. */
export default defineConfig({
  test: {
    include: [
      'test/unit/policy/**/*.test.ts',
      'test/unit/engine/{autonomy,call-tool,chained-triggers,incident-view,incidents,lifecycle-hooks,neighbours,triggers,verification}.test.ts',
      'test/unit/cli/hook-protocol.test.ts',
      'test/surface/*refusals.test.ts',
    ],
    // Code with mutants in it is several times slower.
    testTimeout: 60_000,
    isolate: false,
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
