import { createHash } from 'node:crypto';

import type { Json } from '#domain/json.ts';
import { canonicalJson } from '#domain/json.ts';

/** What a human is asked to allow: one action on one tree under one policy, and nothing else. */
export interface ApprovalSubject {
  readonly incidentId: string;
  /**
   * The kind of action; `release` lets work on a SEV1 begin, `resume` lifts an escalation or the kill switch, `waiver` one rule,
   * `severity` gives one that lets agents do more, `close` ends an incident.
   */
  readonly kind:
    | 'patch'
    | 'test'
    | 'publish'
    | 'read'
    | 'inspect'
    | 'escalate'
    | 'release'
    | 'resume'
    | 'waiver'
    | 'severity'
    | 'close';
  /** Everything the approval is bound to: arguments, base commit, result tree, policy digest. */
  readonly facts: Readonly<Record<string, Json>>;
}

/** What humans say of their own accord takes effect by their command, and by no approval of its own. */
export const OWN_WORDS: ReadonlySet<ApprovalSubject['kind']> = new Set([
  'release',
  'resume',
  'severity',
  'close',
  'waiver',
]);

/** What a human said, and the proof that it was a human the operator trusts. */
export interface ApprovalDecision {
  readonly verdict: 'approved' | 'rejected';
  readonly reason: string;
  readonly at: number;
  /** Principal of the approvers file, or the account in advisory mode. */
  readonly by: string;
  /** Armoured SSH signature over `approvalPayload`; absent in advisory mode. */
  readonly signature?: string;
}

/** A question to a human, its answer, and whether the answer was used. */
export interface Approval {
  /** Such as `A-7f3a91c2`. */
  readonly id: string;
  readonly incidentId: string;
  readonly kind: ApprovalSubject['kind'];
  /** Hex sha256 of the subject. */
  readonly binding: string;
  readonly facts: ApprovalSubject['facts'];
  /** What is asked and by which rules, for a human to read. Untrusted text inside. */
  readonly question: string;
  readonly ruleIds: readonly string[];
  readonly requestedBy: string;
  readonly requestedAt: number;
  /** No decision counts afterwards. */
  readonly expiresAt: number;
  readonly decision?: ApprovalDecision;
  /** A granted approval works once. */
  readonly consumedAt?: number;
  /** When it was first found expired, in milliseconds since the epoch. */
  readonly expiredAt?: number;
}

/** What a human looks at before the decision: the whole change of the incident, and what the pull request would say. Untrusted. */
export interface ApprovalMatter {
  /** The unified diff from the base commit, cut where it is long. */
  readonly diff: string;
  /** By the names of the arguments. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** Whether its time is over; once it was, a clock that is turned back changes nothing. */
export function isExpired({ expiresAt, expiredAt }: Pick<Approval, 'expiresAt' | 'expiredAt'>, now: number): boolean {
  return expiredAt !== undefined || expiresAt <= now;
}

/** Minutes a question stays open. */
export const APPROVAL_TTL_MINUTES = 60;

/** The namespace of signatures: a signature made for anything else is worth nothing here. */
export const APPROVAL_NAMESPACE = 'fixgate-approval';

/** Digest of a subject; any change of arguments, base, tree or policy gives another one. */
export function bindingOf({ incidentId, kind, facts }: ApprovalSubject): string {
  return createHash('sha256')
    .update(canonicalJson({ incident: incidentId, kind, facts }))
    .digest('hex');
}

/** The exact text that an approver signs. */
export function approvalPayload(
  approval: Approval,
  { verdict, reason }: Pick<ApprovalDecision, 'verdict' | 'reason'>,
): string {
  const { id, incidentId, kind, binding, expiresAt } = approval;
  return canonicalJson({
    v: 1,
    approval: id,
    incident: incidentId,
    kind,
    binding,
    expires_at: expiresAt,
    verdict,
    reason,
  });
}
