import { relative } from 'node:path';

import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that run for long, the longest first: one that begins last would run alone at the end. */
const longest = [
  'test/integration/suites.test.ts',
  'test/integration/test-comparison.test.ts',
  'test/e2e/cli.test.ts',
  'test/e2e/clients.test.ts',
  'test/e2e/trace.test.ts',
  'test/integration/test-runner.test.ts',
  'test/integration/ended-early.test.ts',
  'test/integration/isolation.test.ts',
  'test/integration/npm-release.test.ts',
  'test/e2e/hand-over.test.ts',
  'test/e2e/crash.test.ts',
  'test/e2e/two-accounts.test.ts',
  'test/integration/hostile-repository.test.ts',
  'test/e2e/demo.test.ts',
  'test/e2e/serve.test.ts',
  'test/integration/log-faults.test.ts',
  'test/integration/metric-incident.test.ts',
];

/** Starts the files that run for long first, and those that load little last. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = (file: TestSpecification) => {
      const found = longest.indexOf(relative(this.ctx.config.root, file.moduleId));
      if (found >= 0) return found;
      return ['e2e', 'integration'].includes(file.project.name) ? longest.length : longest.length + 1;
    };
    return files.toSorted((one, other) => place(one) - place(other));
  }
}
