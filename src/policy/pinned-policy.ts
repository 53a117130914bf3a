import type { Action } from '#domain/action.ts';
import { keyOption, keysFirst } from '#domain/key-option.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { Policy } from '#policy/schema.ts';
import type { Situation } from '#policy/situation.ts';
import { quote } from '#policy/text.ts';
import type { Trust } from '#policy/trust.ts';
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
  const { policy: pinned, trust: bound } = boundBy(timeline());
  if (!pinned || pinned.digest === policy.digest) return [];
  const signedBy = trust.mode === 'signed' ? ', signed by an approver of before' : '';
  const change = takesWord(bound, trust)
    ? `a human changes the policy with \`fixgate stop ${id}\` and then \`fixgate resume ${id} --reason "…"${keyOption(trust.mode)}\` under the configuration that is to hold${signedBy}.${keysFirst(trust.mode)}`
    : 'no word of a human changes its policy, because humans could not prove themselves there in the same way; a human opens a new incident for another one.';
  return [
    {
      rule: 'policy/changed',
      effect: 'deny',
      reason: `${id} is worked on under the policy ${nameOf(pinned)}, and this would be judged by ${nameOf(policy)}.`,
      fix: `Call with the configuration that ${id} was begun with (--config), or hand over with escalate: ${change}`,
      evidence: { pinned: pinned.digest, policy: policy.digest },
      retry: 'after_change',
    },
  ];
}

const WORK: ReadonlySet<unknown> = new Set(['patch', 'test', 'publish']);

function nameOf({ name, digest }: Pick<Policy, 'name' | 'digest'>): string {
  return `${quote(name)} (${digest.slice(0, SHORT)})`;
}

/** The policy that an incident is worked on under. */
type Pin = Pick<Policy, 'name' | 'digest' | 'source'>;

/** What an incident is bound to, as its chain tells whoever reads it. */
interface Bound {
  readonly policy?: Pin;
  /** Whose word counts in it. */
  readonly trust?: Trust;
}

/**
 * The policy of the first change or test, or the one under which a human resumed the incident since; what anybody read binds nobody.
 * Whose word counts is said by the opening where humans sign, else by the first change or test, and from then on by whom these believe:
 * whoever starts a program could let it believe himself. A resumption stands in the chain only where one of them signed it.
 */
export function boundBy(events: readonly TimelineEvent[]): Bound {
  let policy: Pin | undefined;
  let trust: Trust | undefined;
  // A resumption of before names no policy: the call after it does, and until then that of before holds.
  let isOpen = true;
  for (const event of events) {
    const said = trustOf(event);
    const isWork = event.type === 'call.admitted' && WORK.has(event.data['action']);
    const isResumed = event.type === 'incident.resumed' && takesWord(trust, said);
    if (isResumed || (isWork && isOpen)) {
      const named = pinOf(event);
      isOpen = named === undefined;
      policy = named ?? policy;
    }
    // Where anybody was believed, or nothing is bound yet, nobody's resumption shuts others out.
    if (isResumed) trust = trust?.mode === 'signed' ? said : trust;
    else if (isWork || (event.type === 'incident.opened' && said?.mode === 'signed')) trust ??= said;
  }
  return { ...(policy && { policy }), ...(trust && { trust }) };
}

/** Whether a resumption under this policy would change nothing: the incident was begun under another one, by whoever believed otherwise. */
export function isBoundElsewhere(
  events: readonly TimelineEvent[],
  { policy, trust }: Pick<Situation, 'policy' | 'trust'>,
): boolean {
  const bound = boundBy(events);
  return bound.policy !== undefined && bound.policy.digest !== policy.digest && !takesWord(bound.trust, trust);
}

/** Whose word took a proof is resumed by no one without; where nobody was believed, nobody is. */
function takesWord(bound: Trust | undefined, said: Trust | undefined): boolean {
  if (bound === undefined || bound.mode === 'advisory') return true;
  return bound.mode === 'signed' && said?.mode === 'signed';
}

/** Records of hosts name no policy. */
function pinOf({ data }: TimelineEvent): Pin | undefined {
  const { policy: digest, policy_name: name, policy_source: source } = data;
  if (typeof digest !== 'string') return undefined;
  return { digest, name: typeof name === 'string' ? name : '', ...(typeof source === 'string' && { source }) };
}

/** A file of approvers that named nobody binds nobody. */
function trustOf({ data: { trust, approvers } }: TimelineEvent): Trust | undefined {
  if (trust !== 'signed') return trust === 'advisory' || trust === 'none' ? { mode: trust, approvers: [] } : undefined;
  const entries = Array.isArray(approvers) ? approvers.filter((entry) => typeof entry === 'string') : [];
  return entries.length === 0 ? undefined : { mode: trust, approvers: entries };
}
