import { listOf, quote } from '#policy/text.ts';
import type { Guard } from '#policy/verdict.ts';

/** Holds an incident to a few files; every file ever touched counts, since undoing is no refund. */
export const maxFiles: Guard = (action, policy) => {
  if (action.kind !== 'patch' && action.kind !== 'publish') return [];
  const writes = new Set(action.kind === 'patch' ? action.writes.map((write) => write.path) : []);
  const before = action.kind === 'patch' ? action.everTouched : action.netChanges.map((change) => change.path);
  const touched = [...new Set([...before, ...writes])];
  const cap = policy.limits.max_files;
  if (touched.length <= cap) return [];
  const earlier = touched.filter((path) => !writes.has(path));
  const already = earlier.length > 0 ? ` (${listOf(earlier.slice(0, 10).map(quote))} from earlier patches count)` : '';
  return [
    {
      rule: 'max_files',
      effect: 'deny',
      reason: `This incident would have touched ${touched.length} files; its cap is ${cap} files${already}.`,
      fix: `Send a smaller patch, so that no more than ${cap} of ${listOf(touched.slice(0, 20).map(quote))} are touched in all.`,
      evidence: {
        touched: touched.slice(0, 100),
        count: touched.length,
        cap,
        touched_by_earlier_patches: earlier.slice(0, 100),
      },
    },
  ];
};
