import { join } from 'node:path';

import { runJobCommand } from '#cli/job.ts';
import { createStubJudge } from '#cli/stub-judge.ts';
import { systemClock } from '#domain/clock.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';

import { materialiseFixture } from './materialise-fixture.ts';

/** The detached process of one test run. */
const [stateFolder = '', source = '', base = '', modules = '', jobId = ''] = process.argv.slice(2);
await using store = createSqliteStore({ folder: stateFolder, clock: systemClock });
await runJobCommand(jobId, {
  store,
  stateFolder,
  judge: createStubJudge(['npm publish']),
  host: process.env,
  worktree: {
    materialise: (_incident, tree) =>
      materialiseFixture(tree === 't0' ? base : source, join(stateFolder, 'worktree'), modules),
  },
  dependencies: {
    prepare: async () =>
      modules === ''
        ? { reused: false, reason: 'The checkout has no installed dependencies.' }
        : { reused: true, reason: 'Reused from the checkout.' },
  },
});
