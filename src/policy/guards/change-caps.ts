import type { TouchedFile } from '#domain/remediation.ts';
import { listOf, quote } from '#policy/text.ts';
import type { Finding, Guard } from '#policy/verdict.ts';

/** Holds an incident to few bytes and to the tests that there were; what was ever done counts, since undoing is no refund. */
export const changeCaps: Guard = (action, policy) => {
  if (action.kind !== 'patch' && action.kind !== 'publish') return [];
  const { max_bytes: maxBytes, max_deleted_tests: maxTests } = policy.limits;
  return [...findBytes(action.touched, maxBytes), ...findTests(action.touched, maxTests)];
};

function findBytes(touched: readonly TouchedFile[], cap: number | undefined): readonly Finding[] {
  const bytes = touched.reduce((sum, file) => sum + file.bytes, 0);
  if (cap === undefined || bytes <= cap) return [];
  const largest = touched.toSorted((a, b) => b.bytes - a.bytes).slice(0, 10);
  return [
    {
      rule: 'max_bytes',
      effect: 'deny',
      reason: `The files that this incident touches would hold ${bytes} bytes, each counted at its largest; the cap is ${cap} bytes.`,
      fix: `Send a patch that leaves ${quote(largest[0]?.path ?? '')} alone, or makes less of it.`,
      evidence: { bytes, cap, files: largest.map((file) => ({ path: file.path, bytes: file.bytes })) },
    },
  ];
}

function findTests(touched: readonly TouchedFile[], cap: number | undefined): readonly Finding[] {
  const lost = touched.flatMap(({ path, lostTests }) => lostTests.map((test) => ({ path, test })));
  if (cap === undefined || lost.length <= cap) return [];
  const names = lost.slice(0, 5).map(({ path, test }) => `${quote(test)} of ${quote(path)}`);
  const more = lost.length > 5 ? ` and ${lost.length - 5} more` : '';
  return [
    {
      rule: 'max_deleted_tests',
      effect: 'deny',
      reason: `This incident would have removed, renamed or skipped ${lost.length} test cases of the base commit; the cap is ${cap}: ${listOf(names)}${more}.`,
      fix: 'Send the same patch with these test cases under their names and running; add new ones beside them.',
      evidence: { count: lost.length, cap, tests: lost.slice(0, 50) },
    },
  ];
}
