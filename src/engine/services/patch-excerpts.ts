import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { Json } from '#domain/json.ts';
import { exampleChange } from '#policy/examples.ts';
import { builtInFiles } from '#policy/guards/built-in-files.ts';
import { canonicalPaths } from '#policy/guards/canonical-paths.ts';
import { protectedFiles } from '#policy/guards/protected-files.ts';
import type { Policy } from '#policy/schema.ts';
import { judge } from '#policy/verdict.ts';

const pathGuards = [canonicalPaths, protectedFiles, builtInFiles];

/**
 * A patch that does not apply is answered with the real lines of its file. For files that no patch may change this
 * would be a way to read them by guessing, so the refusal of the file takes the place of the lines.
 */
export function withoutExcerpts(error: unknown, policy: Policy, incident: Incident): unknown {
  if (!(error instanceof FixgateError)) return error;
  const verdict = judge(pathGuards, exampleChange([...pathsIn(error.evidence)]), policy, incident);
  if (verdict.effect !== 'deny') return error;
  const denied = verdict.findings.filter(({ effect }) => effect === 'deny');
  return new FixgateError('policy_denied', `${denied.map(({ reason }) => reason).join(' ')} Nothing was done.`, {
    ruleIds: [...new Set(denied.map(({ rule }) => rule))],
    fix: [...new Set(denied.map(({ fix }) => fix))].join(' '),
    evidence: { findings: denied.map(({ rule, effect, evidence }) => ({ rule, effect, ...evidence })) },
  });
}

/** Every path that the evidence of a failed patch names. */
function pathsIn(value: Json | Readonly<Record<string, Json>>): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item: Json) => [...pathsIn(item)]));
  if (value === null || typeof value !== 'object') return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, item]) =>
      key === 'path' && typeof item === 'string' ? [item] : [...pathsIn(item)],
    ),
  );
}
