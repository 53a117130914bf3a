import type { Approval, ApprovalSubject } from '#domain/approval.ts';
import { bindingOf, isExpired } from '#domain/approval.ts';
import { FixgateError } from '#domain/errors.ts';

/** Questions of one incident that may wait for a human at the same time: who is asked too often stops reading. */
const MAX_WAITING = 5;
/** Kinds of questions that calls of agents ask; humans ask the others. */
const ASKED_BY_CALLS: ReadonlySet<Approval['kind']> = new Set(['patch', 'test', 'publish', 'read', 'inspect']);

/** Refuses a further question while so many wait already; the same question again is not a further one. */
export function refuseMoreQuestions(subject: ApprovalSubject, asked: readonly Approval[], now: number): void {
  const waiting = asked.filter(
    (each) => ASKED_BY_CALLS.has(each.kind) && each.decision === undefined && !isExpired(each, now),
  );
  if (waiting.length < MAX_WAITING || waiting.some(({ binding }) => binding === bindingOf(subject))) return;
  throw new FixgateError(
    'policy_denied',
    `${waiting.length} questions of ${subject.incidentId} wait for a human already, and no more are asked. Nothing was done.`,
    {
      ruleIds: ['approvals/waiting'],
      fix: 'Tell the on-call engineer which of the open questions matters, and repeat that call once it is answered.',
      retry: 'later',
      evidence: { waiting: waiting.map(({ id }) => id), limit: MAX_WAITING },
    },
  );
}
