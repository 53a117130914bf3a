import { touchedPaths } from '#policy/guards/touched-paths.ts';
import type { TouchedPath } from '#policy/guards/touched-paths.ts';
import { compileGlobs } from '#policy/path-rules.ts';
import type { Policy } from '#policy/schema.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Refuses every write to a protected file, and every copy or move out of one: its content would be published. */
export const protectedFiles: Guard = (action, policy) => {
  const touched = touchedPaths(action);
  const hits = touched.map((each) => ({ touched: each, rules: coveringRules(each, policy) }));
  const rest = hits.filter(({ rules }) => rules.length === 0).map((hit) => hit.touched.path);
  return hits.flatMap(({ touched, rules }) => rules.map((rule) => toFinding(touched, rule, rest)));
};

interface CoveringRule {
  readonly list: 'protected_files' | 'sensitive_files';
  readonly glob: string;
}

function coveringRules(touched: TouchedPath, policy: Policy): readonly CoveringRule[] {
  return (['protected_files', 'sensitive_files'] as const).flatMap((list) =>
    compileGlobs(policy[list] ?? noGlobs)
      .filter((compiled) => compiled.covers(touched.folded))
      .map(({ glob }) => ({ list, glob })),
  );
}

const noGlobs: readonly string[] = [];

function toFinding(touched: TouchedPath, { list, glob }: CoveringRule, rest: readonly string[]): Finding {
  const what = touched.use === 'write' ? 'changed' : 'copied or moved elsewhere';
  const path = quote(touched.path);
  const others = rest.length > 0 ? `, keeping only ${listOf(rest.slice(0, 10).map(quote))}` : '';
  return {
    rule: `${list}/${glob}`,
    effect: 'deny',
    reason: `${path} may not be ${what}: it is covered by ${list} (${glob}).`,
    fix: `Send the same patch without ${path}${others}; if its content must change, hand the incident over to a human and do not move the value elsewhere.`,
    evidence: { path: touched.path, pattern: glob, use: touched.use, other_paths_ok: rest.slice(0, 50) },
  };
}
