import type { BuiltInRule } from '#policy/built-in-paths.ts';
import { approvalRules, deniedRules, findBuiltIn } from '#policy/built-in-paths.ts';
import { isAllowed } from '#policy/file-rules.ts';
import type { TouchedPath } from '#policy/guards/touched-paths.ts';
import { touchedPaths } from '#policy/guards/touched-paths.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/**
 * Protects tool configuration, which no policy opens; and executable configuration, which needs a human unless the operator's
 * own file allows it.
 */
export const builtInFiles: Guard = (action, policy) =>
  touchedPaths(action).flatMap((touched) => {
    const denied = findBuiltIn(deniedRules, touched.folded);
    if (denied) return [toFinding(touched, denied, 'deny')];
    if (action.kind !== 'patch' || touched.use === 'read') return [];
    if (isAllowed(touched.path, policy.protected_files)) return [];
    const approvable = findBuiltIn(approvalRules, touched.folded);
    return approvable ? [toFinding(touched, approvable, 'require_approval')] : [];
  });

function toFinding(touched: TouchedPath, rule: BuiltInRule, effect: Finding['effect']): Finding {
  const path = quote(touched.path);
  const verb = touched.use === 'write' ? 'change' : 'copy or move';
  return {
    rule: `built_in_files/${rule.name}`,
    effect,
    reason:
      effect === 'deny'
        ? `No policy allows an agent to ${verb} ${path}, because ${rule.why}.`
        : `A human has to agree to a change of ${path}, because ${rule.why}.`,
    fix:
      effect === 'deny'
        ? `Send the same patch without ${path}; hand the incident over to a human if that file must change.`
        : `Send the same patch without ${path} if the fix works without it, else ask the on-call for approval.`,
    evidence: { path: touched.path, use: touched.use },
  };
}
