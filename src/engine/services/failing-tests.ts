import type { SuiteVerification, TestRun } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';

/** Tests that one sentence names, and characters of each. */
const MAX_NAMED = 3;
const MAX_NAME_CHARS = 120;

/** The tests that failed in the last whole run of these suites on a tree, as words such as `"a", "b" and 2 more`; empty when none is known. */
export function failingTests(runs: readonly TestRun[], suites: readonly SuiteVerification[], tree: string): string {
  const failed = suites.flatMap(({ suite }) => {
    const last = runs.findLast(({ plan }) => plan.suite === suite && plan.tree === tree && provesSuite(plan));
    return (last?.result?.failures ?? []).map(({ test }) => test);
  });
  const names = [...new Set(failed)];
  const more = names.length - MAX_NAMED;
  const named = names.slice(0, MAX_NAMED).map((name) => JSON.stringify(name.slice(0, MAX_NAME_CHARS).toWellFormed()));
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
