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
 * A patch that does not apply is answered with the real lines of its files, and with which of its guesses were right.
 * With a file in it that no patch may change this would be a way to read that file, so the refusal of the file takes the
 * place of the answer.
 */
export function withoutExcerpts(error: unknown, policy: Policy, incident: Incident): unknown {
  if (!(error instanceof FixgateError)) return error;
  const verdict = judge(pathGuards, exampleChange([...pathsIn(error.evidence)]), policy, incident);
  if (verdict.effect !== 'deny') return withoutFiles(error);
  const denied = verdict.findings.filter(({ effect }) => effect === 'deny');
  return new FixgateError('policy_denied', `${denied.map(({ reason }) => reason).join(' ')} Nothing was done.`, {
    ruleIds: [...new Set(denied.map(({ rule }) => rule))],
    fix: [...new Set(denied.map(({ fix }) => fix))].join(' '),
    evidence: { findings: denied.map(({ rule, effect, evidence }) => ({ rule, effect, ...evidence })) },
  });
}

/** The files that the patch names were for this judgement; its sender knows them. */
function withoutFiles(error: FixgateError): FixgateError {
  const { files, ...evidence } = error.evidence;
  if (files === undefined) return error;
  return new FixgateError(error.code, error.message, { fix: error.fix, evidence });
}

/** Every path that the evidence of a failed patch names. */
function pathsIn(value: Json | Readonly<Record<string, Json>>): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item: Json) => [...pathsIn(item)]));
  if (value === null || typeof value !== 'object') return new Set();
  return new Set(
    Object.entries(value).flatMap(([key, item]) => {
      if (key === 'path' && typeof item === 'string') return [item];
      if (key === 'files' && Array.isArray(item)) return item.filter((name) => typeof name === 'string');
      return [...pathsIn(item)];
    }),
  );
}
