import type { PublishAction } from '#domain/action.ts';
import { primeDeploy } from '#report/diagnosis.ts';
import type { Read } from '#report/evidence.ts';
import { rollbackOf } from '#report/suggested-actions.ts';
import { toRollback, toSuspects } from '#report/suspects.ts';
import { toCode } from '#report/text.ts';

/** How the change is taken back, and what a human may roll back instead of it, as far as the deploys that were read tell. */
export function toWayBack({
  action,
  reads = [],
}: {
  readonly action: PublishAction;
  readonly reads?: readonly Read[] | undefined;
}): string {
  return [
    '## Rollback',
    `Before the merge: close this pull request; nothing outside the branch ${toCode(action.branch, 100)} was changed.`,
    'After the merge: `git revert -m 1 <merge commit>`, or `git revert <commit>` when it was squashed or rebased. The branch holds one commit.',
    ...ofLikeliestDeploy(reads),
  ].join('\n\n');
}

function ofLikeliestDeploy(reads: readonly Read[]): string[] {
  const prime = primeDeploy(toSuspects(reads));
  if (prime === undefined) return [];
  const { back, command } = rollbackOf(prime, toRollback(reads));
  const of = [
    ...(prime.commit === null ? [] : [`commit ${toCode(prime.commit, 64)}`]),
    ...(prime.at === null ? [] : [`${prime.at.slice(0, 19).replace('T', ' ')} UTC`]),
    `confidence ${prime.confidence} ${prime.level}`,
  ];
  const asCommit = command === null ? '' : ` In the repository: ${toCode(command)}.`;
  return [
    `The likeliest deploy is ${toCode(prime.ref ?? prime.kind)} (${of.join(', ')}): ${toCode(prime.subject)}. To roll it back, deploy ${back === null ? 'the version before it' : toCode(back)}.${asCommit}`,
  ];
}
