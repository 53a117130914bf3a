import type { Runtime } from '#cli/runtime.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { unknownCommits } from '#engine/services/unknown-commits.ts';
import { namedCommits } from '#workspace/references.ts';

/** What whoever opens an incident should know of its repository now, not when the fix is done; a line each. */
export async function openingNotes(incident: Incident, runtime: Runtime): Promise<readonly string[]> {
  const notes = await Promise.all([noteOfRemote(incident, runtime), noteOfAnalysis(incident, runtime)]);
  return notes.filter((note) => note !== undefined).map((note) => `Note: ${note}`);
}

async function noteOfRemote({ repository }: Incident, { repositories }: Runtime): Promise<string | undefined> {
  try {
    await repositories.pushTarget(repository.location);
    return undefined;
  } catch (error) {
    if (!(error instanceof FixgateError)) throw error;
    // Whatever else may be wrong is told where it stands in the way.
    if (error.code !== 'misconfigured') return undefined;
    return 'the repository has no remote, which open_pr needs to publish a fix: git remote add origin URL.';
  }
}

/** Most analyses name no commit; looking for one needs a clone. */
async function noteOfAnalysis(incident: Incident, { workspace }: Runtime): Promise<string | undefined> {
  const { rca } = incident;
  if (rca === undefined || namedCommits(rca.text).length === 0) return undefined;
  const references = await workspace.references(incident, rca.text).catch(() => undefined);
  return unknownCommits(references);
}
