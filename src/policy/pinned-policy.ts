import type { Action } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Policy } from '#policy/schema.ts';
import type { Finding } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** Characters of a digest that tell it from others: `sha256:` and twelve more. */
const SHORT = 19;

/**
 * An incident is worked on under the policy that its first call was judged by. Another one, stricter or not, changes nothing until
 * a human has resumed the incident: whoever starts a program chooses its configuration.
 */
export function pinnedFindings(
  { store }: { readonly store: Pick<Store, 'timeline'> },
  action: Action,
  { incident, policy }: { readonly incident: Incident; readonly policy: Policy },
): readonly Finding[] {
  if (action.kind !== 'patch' && action.kind !== 'test' && action.kind !== 'publish') return [];
  const pinned = pinnedDigest(store.timeline(incident.id));
  if (pinned === undefined || pinned === policy.digest) return [];
  const { id } = incident;
  return [
    {
      rule: 'policy/changed',
      effect: 'deny',
      reason: `${id} is worked on under the policy ${pinned.slice(0, SHORT)}, and this would be judged by another one, ${policy.digest.slice(0, SHORT)}.`,
      fix: `Hand over with escalate: work goes on under another policy when a human runs \`fixgate resume ${id} --reason "…"\`.`,
      evidence: { pinned, policy: policy.digest },
      retry: 'after_approval',
    },
  ];
}

/** The digest of the first call since the incident was opened, or since a human resumed it last. */
function pinnedDigest(events: readonly TimelineEvent[]): string | undefined {
  const resumed = events.findLastIndex(({ type }) => type === 'incident.resumed');
  const digests = events
    .slice(resumed + 1)
    .filter(({ type }) => type === 'call.admitted')
    .map(({ data }) => data['policy']);
  return digests.find((digest) => typeof digest === 'string');
}
