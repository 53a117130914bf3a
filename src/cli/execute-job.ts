import { readFileSync, rmSync } from 'node:fs';

import type { Invocation } from '#cli/invocation.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { tracedJob } from '#cli/job-trace.ts';
import { jobRulesFile, runJobCommand, type JobRules } from '#cli/job.ts';
import { createStubJudge } from '#cli/stub-judge.ts';
import { systemClock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import { keptSpan } from '#telemetry/tracing.ts';
import { createRepositories } from '#workspace/repository.ts';
import { createWorktrees } from '#workspace/worktree.ts';

/** Executes one admitted test run; answers whether a collector that hangs would keep the process. */
export async function executeJob(id: string, overlay: boolean, invocation: Invocation): Promise<boolean> {
  const stateFolder = stateFolderOf(invocation);
  await using store = createSqliteStore({ folder: stateFolder, clock: systemClock, spanOf: keptSpan });
  const repositories = createRepositories({ stateFolder, clock: systemClock, environment: invocation.environment });
  const rules = takeRules(stateFolder, id);
  const host = invocation.environment;
  const install = { host, command: rules.install };
  await using worktree = createWorktrees({ stateFolder, repositories, clock: systemClock, overlay, install });
  const deps = {
    store,
    judge: createStubJudge(rules.blockedCommands),
    worktree,
    host,
    stateFolder,
    dependencies: { prepare: (incident: Incident) => worktree.dependencies(incident) },
  };
  return await tracedJob(id, { telemetry: rules.telemetry, store, invocation }, () => runJobCommand(id, deps));
}

/** Without its rules a job must not run: a missing file ends it here. */
function takeRules(stateFolder: string, jobId: string): JobRules {
  const file = jobRulesFile(stateFolder, jobId);
  const rules = JSON.parse(readFileSync(file, 'utf8')) as JobRules;
  rmSync(file);
  return rules;
}
