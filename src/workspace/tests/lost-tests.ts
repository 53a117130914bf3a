import type { TestPlan, TestResult } from '#domain/remediation.ts';
import { provesSuite } from '#domain/remediation.ts';
import type { BaseOutcome, LostTests, TestCaseResult } from '#domain/test-comparison.ts';

import type { Finding } from './classify.ts';
import { NAME_SEPARATOR } from './reports/report.ts';

/** Names of a base commit's tests that are kept; with more, numbers are compared. */
const MAX_NAMES = 5_000;
/** Lost tests that are named. */
const MAX_LOST = 20;
/** Of these, in words. */
const MAX_TOLD = 3;

/** What runners report in the place of tests that never came to run: failing hooks, and ends of a run. */
const NO_TEST =
  /"(?:before|after) (?:each|all)" hook\b|^the end of the tests$|^outside of the examples$|^\d+ announced tests$|(?:^|[ .])(?:initializationError|executionError|classMethod)$/;

/** The tests of a run by which a later one is found to have lost some. */
export function toKnownTests({ result, cases }: Finding): Pick<BaseOutcome, 'counts' | 'names'> {
  const { total, skipped } = result.counts;
  const counts = { ran: total - skipped, skipped };
  if (cases.length !== total || total > MAX_NAMES) return { counts };
  const unloaded = new Set(result.failures.flatMap(({ collection, test }) => (collection ? [test] : [])));
  const isTest = ({ test, file, outcome }: TestCaseResult) =>
    outcome !== 'failed' || (test !== file && !unloaded.has(test) && !NO_TEST.test(test));
  const tests = cases.filter(isTest);
  return { counts, names: { ran: namesOf(tests, true), skipped: namesOf(tests, false) } };
}

/** The result with the tests that ran on the base commit and do not run any more; a run that is not green anyway proves nothing that could be lost. */
export function withLost(found: Finding, before: BaseOutcome | undefined, plan: TestPlan): TestResult {
  const { result } = found;
  const { comparison, verdict } = result;
  if (comparison === undefined || comparison.state === 'same') return result;
  if (verdict !== 'pass' && verdict !== 'fail_preexisting_only') return result;
  const lost = before?.counts ? findLost(found, before, plan.base?.wider === true) : untold(found, plan);
  if (lost === undefined) return result;
  const told = `${lost.why}. Let them run again, else a human has to approve the change.`;
  const reason = result.reason === undefined ? told : `${result.reason} ${told}`;
  return { ...result, reason, comparison: { ...comparison, lost } };
}

function findLost({ result, cases }: Finding, { counts, names }: BaseOutcome, wider: boolean): LostTests | undefined {
  const { total, skipped } = result.counts;
  if (names !== undefined && cases.length === total) {
    const lost = byName(cases, names, wider);
    return toLost(lost.length, lost, LOST);
  }
  const before = counts ?? { ran: 0, skipped: 0 };
  const off = Math.min(before.ran, skipped - before.skipped);
  const gone = wider ? 0 : before.ran - (total - skipped);
  return toLost(Math.max(off, gone), [], LOST);
}

/** Tests by name, each as often as it ran on the base commit and does not run any more. */
function byName(
  cases: readonly TestCaseResult[],
  before: NonNullable<BaseOutcome['names']>,
  wider: boolean,
): readonly string[] {
  const ran = namesOf(cases, true);
  const [running, off, wasOff] = [tally(ran), tally(namesOf(cases, false)), tally(before.skipped)];
  const groups = groupsOf(ran);
  return [...tally(before.ran)].flatMap(([name, count]) => {
    const skipped = Math.min(count, (off.get(name) ?? 0) - (wasOff.get(name) ?? 0));
    // A package that did not build, and a test that failed before its parts, come back as the parts.
    const gone = wider || groups.has(name) ? 0 : count - (running.get(name) ?? 0);
    return Array.from({ length: Math.max(0, skipped, gone) }, () => name);
  });
}

/** Nothing is known of the base commit: whatever is skipped may have run there, but for what a selection by hand leaves out. */
function untold({ result, cases }: Finding, plan: TestPlan): LostTests | undefined {
  if (!provesSuite(plan)) return undefined;
  return toLost(result.counts.skipped, namesOf(cases, false), UNTOLD);
}

const LOST = [
  'test ran on the base commit and is skipped or gone now',
  'tests ran on the base commit and are skipped or gone now',
] as const;
const UNTOLD = [
  'test is skipped, and nothing shows that it was on the base commit',
  'tests are skipped, and nothing shows that they were on the base commit',
] as const;

function toLost(
  count: number,
  names: readonly string[],
  [one, many]: readonly [string, string],
): LostTests | undefined {
  if (count <= 0) return undefined;
  const told = names.slice(0, MAX_TOLD).map((name) => name.slice(0, 100));
  const more = names.length > MAX_TOLD ? [`and ${count - MAX_TOLD} more`] : [];
  const list = told.length === 0 ? '' : `: ${[...told, ...more].join('; ')}`;
  return { count, tests: names.slice(0, MAX_LOST), why: `${count} ${count === 1 ? one : many}${list}` };
}

function namesOf(cases: readonly TestCaseResult[], running: boolean): readonly string[] {
  return cases.flatMap(({ test, outcome }) => ((outcome !== 'skipped') === running ? [test] : []));
}

function tally(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Whatever stands before a test's own name: groups, packages, and the tests of which it is a part. */
function groupsOf(names: readonly string[]): ReadonlySet<string> {
  const ends = (name: string) => [...name.matchAll(SEPARATOR)].map(({ index }) => name.slice(0, index));
  return new Set(names.flatMap(ends));
}

const SEPARATOR = new RegExp(`${NAME_SEPARATOR}|/`, 'g');
