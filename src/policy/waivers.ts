import type { Approval, ApprovalSubject } from '#domain/approval.ts';
import type { Incident } from '#domain/incident.ts';
import type { Approvals } from '#policy/approvals.ts';
import { approvalRules } from '#policy/executable-paths.ts';
import { globsOf } from '#policy/file-rules.ts';
import type { Policy } from '#policy/schema.ts';
import type { Finding } from '#policy/verdict.ts';

/** Rules that the operator wrote or that may be wrong about a text, and failures that are older than the change; never what is built in, spent or executed. */
const WAIVABLE =
  /^(?:protected_files|sensitive_files|code_rules)\/|^max_(?:files|lines|bytes|deleted_tests)$|^(?:file_scope|secrets_in_patch|branches\/triggers_workflow|tests_green\/(?:preexisting|edited_test))$/;
/** Those of them that every policy has. */
const FIXED = [
  'max_files',
  'max_lines',
  'max_bytes',
  'max_deleted_tests',
  'file_scope',
  'secrets_in_patch',
  'branches/triggers_workflow',
  'tests_green/preexisting',
  'tests_green/edited_test',
  'file_modes/executable_bit',
] as const;
/** Built in, but a human may agree to it. */
const WAIVABLE_WHEN_ASKED = /^(?:built_in_files\/|file_modes\/executable_bit$)/;

/** Whether a human may lift a rule for one incident. */
export function isWaivable(rule: string): boolean {
  return WAIVABLE.test(rule) || WAIVABLE_WHEN_ASKED.test(rule);
}

/** The rules that a human may lift under this policy, as refusals name them. */
export function waivableRules(policy: Policy): readonly string[] {
  const files = (['protected_files', 'sensitive_files'] as const).flatMap((list) =>
    globsOf(policy[list] ?? []).map((glob) => `${list}/${glob}`),
  );
  const lines = policy.code_rules.map(({ name }) => `code_rules/${name}`);
  const builtIn = approvalRules.map(({ name }) => `built_in_files/${name}`);
  return [...files, ...lines, ...builtIn, ...FIXED];
}

/** Why each finding does not count: a human lifted its rule. */
export interface Waiver {
  readonly rule: string;
  readonly approval: Approval;
}

/** What a waiver is bound to: exactly one rule of exactly one policy, for one incident on its base commit. */
export function waiverSubject(rule: string, incident: Incident, policy: Policy): ApprovalSubject {
  const facts = { rule, base_commit: incident.repository.baseCommit, policy: policy.digest };
  return { incidentId: incident.id, kind: 'waiver', facts };
}

/** Takes away the findings whose rules a proved waiver lifts; a denial of what is built in stays. */
export async function withoutWaived(
  findings: readonly Finding[],
  {
    incident,
    policy,
    approvals,
  }: { readonly incident: Incident; readonly policy: Policy; readonly approvals: Approvals },
): Promise<{ readonly findings: readonly Finding[]; readonly waivers: readonly Waiver[] }> {
  const waivers: Waiver[] = [];
  const kept: Finding[] = [];
  for (const finding of findings) {
    const known = waivers.find(({ rule }) => rule === finding.rule);
    const mayBe = canLift(finding);
    const approval =
      known?.approval ?? (mayBe ? await approvals.standing(waiverSubject(finding.rule, incident, policy)) : undefined);
    if (!mayBe || !approval) kept.push(finding);
    else if (!known) waivers.push({ rule: finding.rule, approval });
  }
  return { findings: kept, waivers };
}

function canLift({ rule, effect }: Finding): boolean {
  return WAIVABLE.test(rule) || (effect === 'require_approval' && WAIVABLE_WHEN_ASKED.test(rule));
}
