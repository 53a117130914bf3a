import type { CommandContext } from '#cli/command.ts';
import { openRuntime } from '#cli/command.ts';
import { FixgateError } from '#domain/errors.ts';

/** The output of a test run as its resource shows it: masked when it is read, since the run knew no secret of the configuration. */
export async function readTestLog(uri: string, { invocation }: CommandContext): Promise<string | undefined> {
  const [, id, job] = /^incident:\/\/([^/]{1,64})\/tests\/([\w-]{1,64})$/.exec(uri) ?? [];
  if (id === undefined || job === undefined) return undefined;
  await using runtime = await openRuntime(invocation, { needsSecrets: false });
  const incident = runtime.store.getIncident(id);
  const run = runtime.store.getTestRun(job);
  if (!incident || run?.incidentId !== id) {
    throw new FixgateError('not_found', `No test run ${job} of ${id} is kept in ${runtime.stateFolder}.`, {
      fix: 'Copy the address from `log` in the answer of run_tests, or set FIXGATE_STATE_DIR to the state folder of the server.',
    });
  }
  // What a sensitive file holds may stand in it.
  await runtime.policyOf(incident);
  return runtime.redact(run.result?.output ?? 'The run has not finished.\n');
}
