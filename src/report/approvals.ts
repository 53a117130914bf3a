import type { Approval } from '#domain/approval.ts';
import { isExpired } from '#domain/approval.ts';
import type { ReportedApproval } from '#report/schema-facts.ts';
import { toLine } from '#report/text.ts';

/** A question, and whether its decision counts under this configuration; undefined without a decision. */
export type JudgedApproval = Approval & { readonly believed?: boolean };

/** Every question to a human, oldest first; `now` in milliseconds since the epoch. */
export function toReportedApprovals(approvals: readonly JudgedApproval[], now: number): ReportedApproval[] {
  return approvals.map((approval) => {
    const { id, kind, ruleIds, question, requestedBy, requestedAt, expiresAt, decision, binding } = approval;
    const until = decision?.at ?? Math.min(expiresAt, now);
    return {
      id,
      kind,
      state: decision?.verdict ?? (isExpired(approval, now) ? 'expired' : 'requested'),
      rule_ids: ruleIds.map((rule) => toLine(rule, 512)),
      question: toLine(question, 1_000),
      requested_by: toLine(requestedBy, 128),
      requested_at: new Date(requestedAt).toISOString(),
      expires_at: new Date(expiresAt).toISOString(),
      decided_at: decision ? new Date(decision.at).toISOString() : null,
      by: decision ? toLine(decision.by, 200) : null,
      reason: decision ? toLine(decision.reason, 500) : null,
      waited_seconds: Math.max(0, Math.round((until - requestedAt) / 10) / 100),
      believed: decision ? (approval.believed ?? null) : null,
      binding,
    };
  });
}
