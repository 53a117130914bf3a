import { readFileSync, rmSync } from 'node:fs';

import type { Command } from 'commander';

import type { CommandContext } from '#cli/command.ts';
import { stateFolderOf } from '#cli/invocation.ts';
import { jobRulesFile, runJobCommand, type JobRules } from '#cli/job.ts';
import { createStubJudge } from '#cli/stub-judge.ts';
import { systemClock } from '#domain/clock.ts';
import { createSqliteStore } from '#state/sqlite-store.ts';
import { createRepositories } from '#workspace/repository.ts';
import { createWorktrees } from '#workspace/worktree.ts';

/** `fixgate job`: executes one admitted test run; started by the server, of no use to people. */
export function addJobCommand(program: Command, { invocation }: CommandContext): void {
  program
    .command('job', { hidden: true })
    .argument('<id>')
    .option('--overlay', 'this process was started where it may mount')
    .action(async (id: string, { overlay = false }: { readonly overlay?: boolean }) => {
      const stateFolder = stateFolderOf(invocation);
      await using store = createSqliteStore({ folder: stateFolder, clock: systemClock });
      const repositories = createRepositories({ stateFolder, clock: systemClock, environment: invocation.environment });
      const rules = takeRules(stateFolder, id);
      const host = invocation.environment;
      const install = { host, command: rules.install };
      await using worktree = createWorktrees({ stateFolder, repositories, clock: systemClock, overlay, install });
      await runJobCommand(id, {
        store,
        judge: createStubJudge(rules.blockedCommands),
        worktree,
        host,
        stateFolder,
        dependencies: { prepare: (incident) => worktree.dependencies(incident) },
      });
    });
}

/** Without its rules a job must not run: a missing file ends it here. */
function takeRules(stateFolder: string, jobId: string): JobRules {
  const file = jobRulesFile(stateFolder, jobId);
  const rules = JSON.parse(readFileSync(file, 'utf8')) as JobRules;
  rmSync(file);
  return rules;
}
