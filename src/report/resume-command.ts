import { isExpired } from '#domain/approval.ts';
import type { BudgetKind } from '#domain/budget.ts';
import { budgetKinds } from '#domain/budget.ts';
import { keyOption } from '#domain/key-option.ts';
import type { ReportInput } from '#report/input.ts';

/** What a reader of the command must know: where no approvers are configured, it refuses. */
export const RESUME_NEEDS = '(needs an approver, see policy.md#approvals), with the --config of the server';

/** What one more round of work needs of each kind, as `fixgate resume --grant` reads it. */
const ROUND: Readonly<Record<BudgetKind, string>> = {
  tool_calls: '10',
  patch_attempts: '1',
  test_runs: '2',
  test_seconds: '600',
  wall_seconds: '1800',
  bytes_out: '500000',
  bytes_scanned: '10000000000',
  prs: '1',
  usd: '0.5',
};

/** The command by which a human lets the work go on, with what was used up granted anew; an open question comes first. */
export function toResumeCommand(
  input: Pick<ReportInput, 'incident' | 'caps' | 'used' | 'approvals' | 'at' | 'humanProof'>,
): string {
  const { id } = input.incident;
  const kinds = shortKinds(input);
  const key = keyOption(input.humanProof);
  const grant = kinds.length === 0 ? '' : ` --grant ${kinds.map((kind) => `${kind}=${ROUND[kind]}`).join(',')}`;
  const asked = (input.approvals ?? []).findLast(
    (each) => each.kind === 'publish' && !each.decision && !isExpired(each, input.at),
  );
  const first = asked ? `fixgate approve ${asked.id} --reason "…"${key} && ` : '';
  return `${first}fixgate resume ${id}${grant} --reason "…"${key}`;
}

/** What is used up; one pull request is all that an incident needs. */
function shortKinds({ incident, caps, used }: Pick<ReportInput, 'incident' | 'caps' | 'used'>): BudgetKind[] {
  const stopped = /^(?:daily_)?budget\/(.+)$/.exec(incident.escalation?.ruleId ?? '')?.[1];
  return budgetKinds.filter(
    (kind) => kind === stopped || (kind !== 'prs' && caps[kind] > 0 && used[kind] >= caps[kind]),
  );
}
