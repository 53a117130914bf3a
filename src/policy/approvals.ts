import { randomBytes } from 'node:crypto';

import type { Action } from '#domain/action.ts';
import type { Approval, ApprovalDecision, ApprovalMatter, ApprovalSubject } from '#domain/approval.ts';
import { APPROVAL_TTL_MINUTES, approvalPayload, bindingOf, isExpired } from '#domain/approval.ts';
import { asSentence } from '#domain/as-sentence.ts';
import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { toAuditData } from '#policy/audit-data.ts';
import { boundBy } from '#policy/pinned-policy.ts';
import type { Policy } from '#policy/schema.ts';
import type { Trust } from '#policy/trust.ts';
import type { Finding } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';

/** How the word of a human is proved. */
export type ApprovalProof =
  /** By a signature. */
  | {
      readonly mode: 'signed';
      /** Every principal whose key signed; with `among` only keys of these digests count. */
      readonly signersOf: SignersOf;
      /** A digest of each key that counts now. */
      readonly approvers: () => readonly string[];
    }
  /** Not at all: whoever runs the command is believed. */
  | { readonly mode: 'advisory' }
  /** Humans cannot be told from agents here, so nobody can approve; `why` is what is wrong with the keys that are configured. */
  | { readonly mode: 'none'; readonly why?: string };

type SignersOf = (text: string, signature: string, among?: readonly string[]) => Promise<readonly string[]>;

interface ApprovalsDeps {
  readonly store: Pick<Store, 'approvals' | 'requestApproval' | 'timeline'>;
  readonly clock: Clock;
  readonly proof: ApprovalProof;
}

/** Asks humans, and tells whether they answered. */
export interface Approvals {
  readonly mode: ApprovalProof['mode'];
  /** Whose word is believed now. */
  trust(): Trust;
  /** A granted, proved, unused approval of exactly this; throws when a human rejected it. */
  granted(subject: ApprovalSubject): Promise<Approval | undefined>;
  /** A granted, proved approval of exactly this that is not used up by one call, such as a waiver. */
  standing(subject: ApprovalSubject): Promise<Approval | undefined>;
  /** Asks, or answers the open question about the same. */
  ask(subject: ApprovalSubject, findings: readonly Finding[], actor: string, matter?: ApprovalMatter): Approval;
  /** Whether a decision carries the proof that this server demands. `from` is another incident, to which it is to give something. */
  isProved(approval: Approval, from?: string): Promise<boolean>;
  /** The principals whose signature of this decision it is, among those whose word counts for it: a key may be listed as several. */
  signersOf(approval: Approval, decision: ApprovalDecision, from?: string): Promise<readonly string[]>;
}

/** Makes the one place where approvals are asked for and believed. */
export function createApprovals({ store, clock, proof }: ApprovalsDeps): Approvals {
  async function isProved(approval: Approval, from?: string): Promise<boolean> {
    const { decision } = approval;
    if (!decision || proof.mode === 'none') return false;
    if (proof.mode === 'advisory') return true;
    // A record of nobody, with an empty signature, would agree with itself.
    if (!decision.signature || !decision.by) return false;
    return (await signersOf(approval, decision, from)).includes(decision.by);
  }

  async function signersOf(approval: Approval, decision: ApprovalDecision, from?: string): Promise<readonly string[]> {
    if (proof.mode !== 'signed') return [];
    const bound = bindingIncidents(approval, decision, from).map((id) => boundBy(store.timeline(id)).trust);
    const among = bound.flatMap((trust) => (trust?.mode === 'signed' ? [new Set(trust.approvers)] : []));
    const [first, ...others] = among;
    const counting = first && [...first].filter((key) => others.every((keys) => keys.has(key)));
    return await proof.signersOf(approvalPayload(approval, decision), decision.signature ?? '', counting);
  }

  async function granted(subject: ApprovalSubject): Promise<Approval | undefined> {
    const binding = bindingOf(subject);
    const now = clock.now();
    const decided = store
      .approvals(subject.incidentId)
      .filter((approval) => approval.binding === binding && approval.decision && !isExpired(approval, now));
    for (const approval of decided.toReversed()) {
      if (!(await isProved(approval))) continue;
      if (approval.decision?.verdict === 'rejected') throw rejected(approval);
      if (approval.consumedAt === undefined) return approval;
    }
    return undefined;
  }

  async function standing(subject: ApprovalSubject): Promise<Approval | undefined> {
    const binding = bindingOf(subject);
    const now = clock.now();
    for (const approval of store.approvals(subject.incidentId)) {
      const counts =
        approval.binding === binding && approval.decision?.verdict === 'approved' && !isExpired(approval, now);
      if (counts && (await isProved(approval))) return approval;
    }
    return undefined;
  }

  function ask(
    subject: ApprovalSubject,
    findings: readonly Finding[],
    actor: string,
    matter?: ApprovalMatter,
  ): Approval {
    const now = clock.now();
    const id = `A-${randomBytes(4).toString('hex')}`;
    const ruleIds = [...new Set(findings.map(({ rule }) => rule))];
    const approval: Approval = {
      id,
      incidentId: subject.incidentId,
      kind: subject.kind,
      binding: bindingOf(subject),
      facts: subject.facts,
      question: findings.map(({ reason }) => reason).join(' '),
      ruleIds,
      requestedBy: actor,
      requestedAt: now,
      expiresAt: now + APPROVAL_TTL_MINUTES * 60_000,
    };
    const data = { approval: id, binding: approval.binding, rule_ids: ruleIds, expires_at: approval.expiresAt };
    const summary = `Approval ${id} asked for`;
    return store.requestApproval(approval, { type: 'approval.requested', actor, summary, data }, matter);
  }

  const trust = () => ({ mode: proof.mode, approvers: proof.mode === 'signed' ? proof.approvers() : [] });

  return { mode: proof.mode, trust, granted, standing, ask, isProved, signersOf };
}

/**
 * The incidents whose approvers alone can say this. Whoever is listed may say no, and may end an incident, which takes away from
 * agents there: nobody can open one that nobody else can end. What it gives them in another one, that one's approvers say.
 */
function bindingIncidents(
  { kind, incidentId }: Approval,
  { verdict }: ApprovalDecision,
  from: string | undefined,
): readonly string[] {
  if (verdict === 'rejected') return [];
  return [...(kind === 'close' ? [] : [incidentId]), ...(from === undefined ? [] : [from])];
}

/** What an approval of an action is bound to. Changing the patch, the tree, the base or the policy asks anew. */
export function subjectOf(action: Action, incident: Incident, policy: Policy): ApprovalSubject {
  const facts: Record<string, Json> = {
    ...toAuditData(action),
    base_commit: incident.repository.baseCommit,
    policy: policy.digest,
  };
  return { incidentId: incident.id, kind: action.kind, facts };
}

/** What a human looks at before an action is approved; undefined for one that changes nothing that could be shown. */
export function matterOf(action: Action): ApprovalMatter | undefined {
  if ((action.kind !== 'patch' && action.kind !== 'publish') || action.diff === undefined) return undefined;
  const { diff } = action;
  if (action.kind === 'patch') return { diff, texts: { reason: action.reason } };
  const { title, summary, rootCause } = action;
  return { diff, texts: { title, summary, root_cause: rootCause } };
}

function rejected({ id, decision, ruleIds }: Approval): FixgateError {
  const reason = decision?.reason.slice(0, 500) ?? '';
  // What is refused is told in post-mortems, which name nobody.
  return new FixgateError(
    'policy_denied',
    `A human was asked and rejected it (${id}): ${asSentence(reason)} Nothing was done.`,
    {
      ruleIds: ['approvals/rejected', ...ruleIds],
      fix: 'Do not ask for the same again; change the action after that reason, or hand over.',
      evidence: { approval_id: id },
    },
  );
}
