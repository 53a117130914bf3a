import type { PatchAction } from '#domain/action.ts';
import { deniedRules } from '#policy/built-in-paths.ts';
import type { BuiltInRule } from '#policy/built-in-rule.ts';
import { findBuiltIn } from '#policy/built-in-rule.ts';
import { approvalRules } from '#policy/executable-paths.ts';
import { allowedBy } from '#policy/file-rules.ts';
import type { TouchedPath } from '#policy/guards/touched-paths.ts';
import { touchedPaths } from '#policy/guards/touched-paths.ts';
import { bareFinding } from '#policy/path-bare.ts';
import { quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/**
 * Protects tool configuration, which no policy opens; and executable configuration, which needs a human unless the operator's
 * own file allows it.
 */
export const builtInFiles: Guard = (action, policy) =>
  touchedPaths(action).flatMap((touched) => {
    const denied = findBuiltIn(deniedRules, touched.path);
    if (denied) return [toFinding(touched, denied, 'deny')];
    const bare = action.kind === 'patch' ? bareFinding(touched.path, isThere(action)) : undefined;
    if (bare) return [bare];
    if (action.kind !== 'patch' || touched.use === 'read') return [];
    if (allowedBy(touched.path, policy.protected_files).length > 0) return [];
    const approvable = findBuiltIn(approvalRules, touched.path);
    return approvable ? [toFinding(touched, approvable, 'require_approval')] : [];
  });

/** What the patched tree has of a repository's layout, as far as planning looked. */
function isThere({ layout = [], writes }: PatchAction): (path: string) => boolean {
  const written = writes.filter((write) => write.after !== undefined).map((write) => write.path);
  return (path) => layout.includes(path) || written.some((each) => each === path || each.startsWith(`${path}/`));
}

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
    ...(effect !== 'deny' && { unasked: `Send the same patch without ${path}.` }),
    evidence: { path: touched.path, use: touched.use },
  };
}
