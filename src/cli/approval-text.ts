import { createHash } from 'node:crypto';

import type { Runtime } from '#cli/runtime.ts';
import type { Approval, ApprovalMatter } from '#domain/approval.ts';
import { bindingOf, isExpired } from '#domain/approval.ts';

/** Decided by somebody who is not believed under this configuration. */
export async function isUnproved(approval: Approval, { approvals }: Pick<Runtime, 'approvals'>): Promise<boolean> {
  return approval.decision !== undefined && !(await approvals.isProved(approval));
}

/** Everything the approval is bound to, and while it is open the change itself, so that nobody signs what they have not seen. */
export async function describeApproval(approval: Approval, runtime: Runtime): Promise<string> {
  const { clock, redact, store } = runtime;
  const { id, kind, question, facts, requestedBy, expiresAt, decision, consumedAt } = approval;
  const isOver = isExpired(approval, clock.now());
  const state =
    consumedAt !== undefined
      ? 'used'
      : decision
        ? `${decision.verdict} by ${decision.by}`
        : isOver
          ? 'expired'
          : `open until ${new Date(expiresAt).toISOString()}`;
  const isChanged = bindingOf(approval) !== approval.binding;
  const doubt = isChanged || (await isUnproved(approval, runtime)) ? ' (not believed)' : '';
  const bound = Object.entries(facts).map(
    // A line break in a value must not look like another fact.
    ([key, value]) => `  ${key}: ${typeof value === 'string' && !/[\r\n]/.test(value) ? value : JSON.stringify(value)}`,
  );
  const matter = consumedAt === undefined && !isOver ? store.approvalMatter(id) : undefined;
  return redact(
    [
      `${id}  ${kind} for ${approval.incidentId}, asked by ${JSON.stringify(requestedBy)}: ${state}${doubt}`,
      `  ${question.replace(/\s*[\r\n]+\s*/g, ' ')}`,
      ...bound,
      ...(matter === undefined ? [] : describeMatter(matter, facts['diff_hash'])),
    ].join('\n'),
  );
}

/** The words of the agent and the diff, each line behind a mark, so that none looks like one of ours. */
function describeMatter({ diff, texts = {} }: ApprovalMatter, hash: unknown): readonly string[] {
  const isWhole = `sha256:${createHash('sha256').update(diff).digest('hex')}` === hash;
  const note = isWhole
    ? 'its SHA-256 is the diff_hash above'
    : 'NOT ALL OF IT: it is too long, or holds bytes that are no text';
  return [
    ...Object.entries(texts).flatMap(([name, text]) => [`  The agent's ${name}:`, ...quoted(text)]),
    `  The whole change of the incident (${note}):`,
    ...quoted(diff.trimEnd()),
  ];
}

function quoted(text: string): readonly string[] {
  return text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).map((line) => `  | ${line}`);
}
