import path from 'node:path';

import type { JobTelemetry } from '#cli/job-trace.ts';
import { listenForStopSignals } from '#transport/stop-signals.ts';
import type { InstallCommand } from '#workspace/install-dependencies.ts';
import type { JobDependencies } from '#workspace/tests/job-context.ts';
import { runJob } from '#workspace/tests/job.ts';
import { endWhenStalled } from '#workspace/tests/stall.ts';

/** What a job must know of the policy that its run was admitted by. */
export interface JobRules {
  readonly blockedCommands: readonly string[];
  /** The operator's own way to install dependencies. */
  readonly install?: InstallCommand | undefined;
  /** Where its spans go. */
  readonly telemetry?: JobTelemetry | undefined;
}

/** Where the rules of a job are written for its process; removed by it. */
export function jobRulesFile(stateFolder: string, jobId: string): string {
  return path.join(stateFolder, 'jobs', `${jobId}.rules.json`);
}

/** `fixgate job ID`: executes one test run that a server started; a polite signal cancels it and leaves nothing running. */
export async function runJobCommand(jobId: string, deps: Omit<JobDependencies, 'signal'>): Promise<void> {
  using stop = listenForStopSignals();
  using _ = endWhenStalled();
  await runJob(jobId, { ...deps, signal: stop.signal });
}
