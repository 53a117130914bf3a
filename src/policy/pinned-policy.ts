import type { Action } from '#domain/action.ts';
import { keyOption } from '#domain/key-option.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Policy } from '#policy/schema.ts';
import type { Situation } from '#policy/situation.ts';
import { quote } from '#policy/text.ts';
import { takesSignature } from '#policy/trust.ts';
import type { Finding } from '#policy/verdict.ts';

/** Characters of a digest that tell it from others: `sha256:` and twelve more. */
const SHORT = 19;

/**
 * An incident is worked on under the policy of its first change or test. Another one, stricter or not, changes nothing until a human
 * has resumed the incident under it: whoever starts a program chooses its configuration.
 */
export function pinnedFindings(
  timeline: () => readonly TimelineEvent[],
  kind: Action['kind'],
  { incident: { id }, policy, trust }: Pick<Situation, 'incident' | 'policy' | 'trust'>,
): readonly Finding[] {
  if (!WORK.has(kind)) return [];
  const events = timeline();
  const pinned = pinnedBy(events, trust);
  if (!pinned) return [];
  const isForeign = pinned.trust !== trust && resumedElsewhere(events, trust);
  if (pinned.digest === policy.digest && !isForeign) return [];
  const change = `a human changes the policy with \`fixgate stop ${id}\` and then \`fixgate resume ${id} --reason "…"${keyOption(takesSignature(trust))}\` under the configuration that is to hold, with the same approvers`;
  return [
    {
      rule: 'policy/changed',
      effect: 'deny',
      reason: isForeign
        ? `${id} was resumed by a human under other approvers than these, so that nobody here can tell under which policy.`
        : `${id} is worked on under the policy ${nameOf(pinned)}, and this would be judged by ${nameOf(policy)}.`,
      fix: isForeign
        ? `Call with the configuration under which ${id} was resumed (--config), or hand over with escalate; a human opens a new incident where its approvers changed for good.`
        : `Call with the configuration that ${id} was begun with (--config), or hand over with escalate: ${change}.`,
      evidence: { pinned: pinned.digest, policy: policy.digest },
      retry: 'after_change',
    },
  ];
}

const WORK: ReadonlySet<unknown> = new Set(['patch', 'test', 'publish']);

function nameOf({ name, digest }: Pick<Policy, 'name' | 'digest'>): string {
  return `${quote(name)} (${digest.slice(0, SHORT)})`;
}

interface Pin extends Pick<Policy, 'name' | 'digest' | 'source'> {
  /** Whose word was believed under it. */
  readonly trust: string;
}

/**
 * The policy of the first change or test, or the one under which a human resumed the incident since; what anybody read binds nobody.
 * Where the word of humans was to be proved, only who believes the same proofs takes a resumption for one, and only one that was made
 * under them: whoever starts a program could let it believe himself. Whether it is proved there, `HumanWord` says.
 */
export function pinnedBy(events: readonly TimelineEvent[], trust: string): Pin | undefined {
  let pin: Pin | undefined;
  // A resumption of before names no policy: the call after it does, and until then that of before holds.
  let isOpen = true;
  for (const event of events) {
    const isWork = event.type === 'call.admitted' && WORK.has(event.data['action']);
    const isResumed = event.type === 'incident.resumed' && isTaken(event, pin, trust);
    if (!isResumed && !(isWork && isOpen)) continue;
    const named = pinOf(event);
    isOpen = named === undefined;
    pin = named ?? pin;
  }
  return pin;
}

/** Whether a resumption under this policy would change nothing: the incident was begun under another one, by whoever believed other approvers. */
export function isBoundElsewhere(
  events: readonly TimelineEvent[],
  { policy, trust }: Pick<Situation, 'policy' | 'trust'>,
): boolean {
  const pin = pinnedBy(events, trust);
  return pin !== undefined && pin.digest !== policy.digest && pin.trust !== 'advisory' && pin.trust !== trust;
}

/** The last resumption names a policy and believed others than are believed here: what was begun before it holds no more. */
function resumedElsewhere(events: readonly TimelineEvent[], trust: string): boolean {
  const told = events.findLast(({ type, data }) => type === 'incident.resumed' && typeof data['policy'] === 'string');
  return told !== undefined && told.data['trust'] !== trust;
}

/** Records of before do not say whose word they believed. */
function isTaken({ data }: TimelineEvent, pin: Pin | undefined, trust: string): boolean {
  const isOurs = (data['trust'] ?? trust) === trust;
  return isOurs && (pin === undefined || pin.trust === 'advisory' || pin.trust === trust);
}

/** Records of before say less, and those of hosts name no policy. */
function pinOf({ data }: TimelineEvent): Pin | undefined {
  const { policy: digest, policy_name: name, policy_source: source, trust } = data;
  if (typeof digest !== 'string') return undefined;
  return {
    digest,
    name: typeof name === 'string' ? name : '',
    ...(typeof source === 'string' && { source }),
    trust: typeof trust === 'string' ? trust : 'advisory',
  };
}
