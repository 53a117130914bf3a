/** A change that may have been taken back. */
export interface LandedChange {
  readonly incidentId: string;
  /** Full ids of the commit itself, and of those by which it came to the base branch. */
  readonly commits: readonly string[];
  /** Of its pull request, where the code host numbers them. */
  readonly number?: number | undefined;
}

/** Whether a commit's message says that it takes the change back, as git, GitHub and our own trailer put it. */
export function saysTakenBack(message: string, { incidentId, commits, number }: LandedChange): boolean {
  // `git revert --reference` and humans write ids of no fewer than seven digits.
  const named = [...message.matchAll(/^This reverts commit ([0-9a-f]{7,64})\b/gm)].map(([, id = '']) => id);
  if (named.some((id) => commits.some((commit) => commit.startsWith(id)))) return true;
  return message.split('\n').some((line) => {
    // Our own commits indent what an agent says, so that it is no word of git's.
    const said = line.trimEnd();
    if (said === `Reverts-Incident: ${incidentId}` || said.startsWith(`Revert "hotfix(${incidentId}):`)) return true;
    return number !== undefined && Number(/^Reverts (?:[\w.-]+\/[\w.-]+)?#(\d{1,9})\.?$/.exec(said)?.[1]) === number;
  });
}
