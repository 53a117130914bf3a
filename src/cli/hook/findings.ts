import type { Guarded } from '#cli/hook/locate.ts';
import type { HostPolicy } from '#policy/plain-policy.ts';
import { isShadowed } from '#policy/shadowed-rules.ts';
import { quote } from '#policy/text.ts';
import type { Finding } from '#policy/verdict.ts';

/** The findings that count in the mode of the policy. */
export function enforced(findings: readonly Finding[], { mode }: HostPolicy): readonly Finding[] {
  return mode === 'enforce' ? findings : findings.filter(({ rule }) => !isShadowed(rule));
}

/** A refusal that no policy can lift. */
export function denied(rule: string, reason: string, fix: string): Finding {
  return { rule, effect: 'deny', reason, fix, evidence: {} };
}

/** A refusal for whatever would reach the guard itself. */
export function deniedByGuard(text: string, { what }: Guarded, verb: string): Finding {
  const reason = `${quote(text)} belongs to ${what}: no agent may ${verb} it.`;
  const fix = 'Leave it alone, and use the MCP tools of Fixgate or ask the on-call engineer.';
  return { ...denied('guard/files', reason, fix), evidence: { guarded: text } };
}
