import type { RcaReferences } from '#domain/incident.ts';

/** That an analysis names commits which the repository does not hold: it may be of another one, or older than its clone. */
export function unknownCommits(references: RcaReferences | undefined): string | undefined {
  const { unknownCommits: ids = [] } = references ?? {};
  if (ids.length === 0) return undefined;
  return `the analysis names ${ids.length === 1 ? 'a commit' : 'commits'} that the repository does not hold: ${ids.join(', ')}.`;
}
