/** Mutation testing of the policy: `npm run mutation`. CONTRIBUTING.md says how to read it. */
export default {
  mutate: ['src/policy/**/*.ts'],
  // Keeps the tests loaded: some milliseconds for a mutant. `--testRunner vitest` starts a new process for each.
  testRunner: 'resident',
  plugins: ['./test/mutation/stryker-runner.ts', '@stryker-mutator/vitest-runner'],
  // Which tests a mutant meets is told by their coverage, not by the graph of imports.
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  // Code that runs once, when a module loads (most of it tables of names), would need every test for every mutant. Tables are
  // proved by the commands and paths that tests read through them.
  ignoreStatic: true,
  concurrency: 1,
  // Mutants that go round in circles are found by counting; the rest waits for slow computers.
  timeoutMS: 15_000,
  // Stryker would rewrite tsconfig.json with a TypeScript that has another API. Nothing here reads it.
  tsconfigFile: 'none',
  tempDirName: '.stryker-tmp',
  ignorePatterns: ['bench', 'coverage', 'demo-output', 'dist'],
  reporters: ['clear-text', 'progress'],
};
