import { isBelowTestFolder } from '#domain/test-files.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Guard } from '#policy/verdict.ts';

/** Lets only files change that the root-cause analysis names; new files of tests may be added. */
export const fileScope: Guard = (action, policy) => {
  if (policy.file_scope !== 'rca_files' || action.kind !== 'patch') return [];
  const named = new Set(action.rcaFiles ?? []);
  const outside = action.writes
    .filter(({ path, before }) => !named.has(path) && (before !== undefined || !isBelowTestFolder(path)))
    .map(({ path }) => path);
  if (outside.length === 0) return [];
  const scope =
    named.size === 0 ? 'it names no file of the base commit' : `it names ${listOf([...named].slice(0, 10).map(quote))}`;
  return [
    {
      rule: 'file_scope',
      effect: 'deny',
      reason: `Only files that the root-cause analysis names may change, and ${scope}; outside of it: ${listOf(outside.slice(0, 10).map(quote))}.`,
      fix:
        named.size === 0
          ? 'Hand over to the on-call engineer, who can open the incident with a root-cause analysis that names the files.'
          : 'Send the same patch with changes of these files alone, and new files of tests below a folder of tests.',
      evidence: { outside: outside.slice(0, 50), named: [...named].slice(0, 50) },
    },
  ];
};
