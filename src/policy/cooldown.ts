import type { Action, PublishAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { Publication } from '#domain/neighbour.ts';
import { isSameTrouble } from '#policy/same-trouble.ts';
import type { Finding } from '#policy/verdict.ts';

const MINUTE_MS = 60_000;
/** What a pull request changes has to show before the next one comes: a rollback takes longer to. */
const COOLDOWN_MS = { fix: 15 * MINUTE_MS, rollback: 30 * MINUTE_MS } as const;

/** Pull requests of a repository since a moment. */
export type ReadPublications = (since: number) => readonly Publication[];

/** A new pull request waits while one of another incident about the same trouble, or with the same change, is fresh. */
export function cooldownFindings(
  action: Exclude<Action, PublishAction> | Pick<PublishAction, 'kind' | 'exists' | 'diffHash'>,
  incident: Incident,
  { now, publications }: { readonly now: number; readonly publications: ReadPublications },
): readonly Finding[] {
  if (action.kind !== 'publish' || action.exists) return [];
  const [last] = publications(now - COOLDOWN_MS.rollback)
    .filter((each) => each.incident.id !== incident.id && isAlike(each, incident, action.diffHash))
    .map((each) => ({ each, until: endOf(each) }))
    .filter(({ until }) => until > now)
    .toSorted((one, other) => other.until - one.until);
  if (!last) return [];
  const until = new Date(last.until).toISOString();
  const { incident: other, at } = last.each;
  return [
    {
      rule: 'breaker/cooldown',
      effect: 'deny',
      reason: `${other.id}, which may be about the same trouble, got a pull request at ${new Date(at).toISOString()}; ${incident.id} gets none before ${until}.`,
      fix: `Look at what that change does, and call open_pr again after ${until} if it did not help.`,
      evidence: { incident: other.id, until },
      retry: 'later',
    },
  ];
}

function isAlike({ incident, pullRequest }: Publication, mine: Incident, diffHash: string): boolean {
  // The same fix for another branch, such as that of a release, is another one.
  const isElsewhere = incident.repository.baseBranch !== mine.repository.baseBranch;
  if (isElsewhere && mine.openedBy === 'human') return false;
  return pullRequest?.diffHash === diffHash || isSameTrouble(mine, incident);
}

function endOf({ at, pullRequest }: Publication): number {
  const isRollback = /\b(?:revert|roll(?:s|ed|ing)?[ -]?back)/i.test(pullRequest?.title ?? '');
  return at + (isRollback ? COOLDOWN_MS.rollback : COOLDOWN_MS.fix);
}
