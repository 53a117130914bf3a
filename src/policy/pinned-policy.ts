import type { Action } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Policy } from '#policy/schema.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** Characters of a digest that tell it from others: `sha256:` and twelve more. */
const SHORT = 19;

/**
 * An incident is worked on under the policy of its first change or test. Another one, stricter or not, changes nothing until a human
 * has resumed the incident: whoever starts a program chooses its configuration.
 */
export function pinnedFindings(
  { store }: { readonly store: Pick<Store, 'timeline'> },
  kind: Action['kind'],
  { incident, policy }: { readonly incident: Incident; readonly policy: Policy },
): readonly Finding[] {
  if (!WORK.has(kind)) return [];
  const pinned = pinnedBy(store.timeline(incident.id));
  if (!pinned || pinned.digest === policy.digest) return [];
  const { id } = incident;
  return [
    {
      rule: 'policy/changed',
      effect: 'deny',
      reason: `${id} is worked on under the policy ${nameOf(pinned)}, and this would be judged by ${nameOf(policy)}.`,
      fix: `Call with the configuration that ${id} was begun with (--config), or hand over with escalate: a human changes the policy with \`fixgate stop ${id}\` and then \`fixgate resume ${id} --reason "…"\`.`,
      evidence: { pinned: pinned.digest, policy: policy.digest },
      retry: 'after_change',
    },
  ];
}

const WORK: ReadonlySet<unknown> = new Set(['patch', 'test', 'publish']);

function nameOf({ name, digest }: Pick<Policy, 'name' | 'digest'>): string {
  return `${quote(name)} (${digest.slice(0, SHORT)})`;
}

/** Of the first change or test since the incident was opened, or since a human resumed it last; what anybody read binds nobody. */
function pinnedBy(events: readonly TimelineEvent[]): Pick<Policy, 'name' | 'digest'> | undefined {
  const resumed = events.findLastIndex(({ type }) => type === 'incident.resumed');
  const first = events
    .slice(resumed + 1)
    .find(
      ({ type, data }) => type === 'call.admitted' && WORK.has(data['action']) && typeof data['policy'] === 'string',
    );
  const { policy: digest, policy_name: name } = first?.data ?? {};
  return typeof digest === 'string' ? { digest, name: typeof name === 'string' ? name : '' } : undefined;
}
