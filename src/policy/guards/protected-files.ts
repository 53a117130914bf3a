import type { FileRule } from '#policy/file-rules.ts';
import { globsOf, toFileRule } from '#policy/file-rules.ts';
import { touchedPaths } from '#policy/guards/touched-paths.ts';
import type { TouchedPath } from '#policy/guards/touched-paths.ts';
import { compileGlobs } from '#policy/path-rules.ts';
import type { Policy } from '#policy/schema.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Objects to every write to a protected file, and to every copy or move out of one: its content would be published. */
export const protectedFiles: Guard = (action, policy) => {
  const touched = touchedPaths(action);
  const hits = touched.map((each) => ({ touched: each, rules: coveringRules(each, policy) }));
  const rest = hits.filter(({ rules }) => rules.length === 0).map((hit) => hit.touched.path);
  return hits.flatMap(({ touched, rules }) => {
    // A pull request carries what was approved when it was patched.
    const asked = rules.filter(({ rule }) => action.kind !== 'publish' || rule.effect === 'deny');
    return asked.map((rule) => toFinding(touched, rule, rest));
  });
};

interface CoveringRule {
  readonly list: 'protected_files' | 'sensitive_files';
  readonly rule: FileRule;
}

/** Every rule that objects; `allow` never does, and takes nothing away from the others. */
function coveringRules(touched: TouchedPath, policy: Policy): readonly CoveringRule[] {
  return (['protected_files', 'sensitive_files'] as const).flatMap((list) => {
    const entries = policy[list] ?? noEntries;
    const compiled = compileGlobs(compiledGlobs(entries));
    return entries
      .map(toFileRule)
      .filter(({ effect }, index) => effect !== 'allow' && compiled[index]?.covers(touched.folded))
      .map((rule) => ({ list, rule }));
  });
}

type Entries = Policy['protected_files'];

const noEntries: Entries = [];
const globLists = new WeakMap<Entries, readonly string[]>();

/** The same list each time, so that it is compiled once. */
function compiledGlobs(entries: Entries): readonly string[] {
  const globs = globLists.get(entries) ?? globsOf(entries);
  globLists.set(entries, globs);
  return globs;
}

function toFinding(touched: TouchedPath, { list, rule }: CoveringRule, rest: readonly string[]): Finding {
  const { glob, effect } = rule;
  const what = touched.use === 'write' ? 'changed' : 'copied or moved elsewhere';
  const path = quote(touched.path);
  const others = rest.length > 0 ? `, keeping only ${listOf(rest.slice(0, 10).map(quote))}` : '';
  const without = `Send the same patch without ${path}${others}`;
  const why = rule.reason === undefined ? '' : ` The operator says why: ${rule.reason}`;
  const instead = rule.instead === undefined ? '' : `; instead: ${rule.instead}`;
  return {
    rule: `${list}/${glob}`,
    effect: effect === 'deny' ? 'deny' : 'require_approval',
    reason:
      effect === 'deny'
        ? `${path} may not be ${what}: it is covered by ${list} (${glob}).${why}`
        : `A human has to agree that ${path} is ${what}: it is covered by ${list} (${glob}).${why}`,
    fix:
      effect === 'deny'
        ? `${without}; if its content must change, hand the incident over to a human and do not move the value elsewhere${instead}.`
        : `${without} if the fix works without it, else ask the on-call for approval${instead}.`,
    ...(effect !== 'deny' && { unasked: `${without}${instead}.` }),
    ...(rule.instead !== undefined && { instead: rule.instead }),
    evidence: { path: touched.path, pattern: glob, use: touched.use, other_paths_ok: rest.slice(0, 50) },
  };
}
