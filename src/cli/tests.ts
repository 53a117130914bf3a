import { mkdirSync } from 'node:fs';
import path from 'node:path';

import type { Invocation } from '#cli/invocation.ts';
import type { Config } from '#config/load.ts';
import type { Clock } from '#domain/clock.ts';
import type { Store } from '#state/store.ts';
import { startDetached } from '#workspace/sandbox.ts';
import { createTestRunner } from '#workspace/tests/test-runner.ts';
import type { TestRunner, Workspace } from '#workspace/workspace.ts';

interface TestsDeps {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly workspace: Workspace;
  readonly stateFolder: string;
  readonly invocation: Invocation;
}

/** Makes the runner whose jobs are `fixgate job` processes: they outlive the caller, and a restart finds them. */
export function createTests({ config, store, clock, workspace, stateFolder, invocation }: TestsDeps): TestRunner {
  return createTestRunner({
    suites: config.file.suites,
    store,
    clock,
    files: workspace,
    current: (incident) => workspace.current(incident),
    spawnJob(jobId) {
      const logs = path.join(stateFolder, 'jobs');
      mkdirSync(logs, { recursive: true, mode: 0o700 });
      const env = Object.entries(invocation.environment).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      return startDetached({
        argv: [process.execPath, invocation.entry, 'job', jobId],
        cwd: stateFolder,
        env: { ...Object.fromEntries(env), FIXGATE_STATE_DIR: stateFolder },
        logFile: path.join(logs, `${jobId}.log`),
      });
    },
  });
}
