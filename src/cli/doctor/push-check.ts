import { namedRepositories, toLocation } from '#cli/auto-open.ts';
import type { Warning } from '#cli/doctor/run-checks.ts';
import type { Invocation } from '#cli/invocation.ts';
import type { Runtime } from '#cli/runtime.ts';
import { FixgateError } from '#domain/errors.ts';
import { withoutCredentials } from '#workspace/git-text.ts';
import { createRepositories } from '#workspace/repository.ts';

/** Where open_pr will push the branches of each repository; one without a remote can be repaired and not published. */
export async function pushTargets(
  { config, stateFolder, clock }: Runtime,
  { environment, workingDirectory }: Invocation,
): Promise<string | { readonly skipped: string } | Warning> {
  await using repositories = createRepositories({ stateFolder, clock, environment });
  const named = namedRepositories(config.file);
  const addresses: string[] = [];
  for (const location of named.length > 0 ? named.map((each) => toLocation(each, config.folder)) : [workingDirectory]) {
    try {
      addresses.push(withoutCredentials((await repositories.pushTarget(location)).address));
    } catch (error) {
      if (!(error instanceof FixgateError)) throw error;
      // The check of the repository says what is wrong with one that cannot be read.
      if (error.code !== 'misconfigured') return { skipped: error.message };
      return { warning: `open_pr will be refused: ${error.message}`, fix: error.fix };
    }
  }
  return addresses.join('; ');
}
