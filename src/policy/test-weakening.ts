import type { FloorHit } from '#domain/risk.ts';
import { findLostTests } from '#domain/test-cases.ts';
import { isTestFile } from '#domain/test-files.ts';
import type { ChangedText } from '#policy/risk-paths.ts';
import { configurationChanges, configuresTests } from '#policy/runner-configuration.ts';

/** An expectation of one of the usual assertion libraries. */
const ASSERTION =
  /\b(?:assert\w*|expect|should|require\.\w+|t\.(?:Error|Fatal|Errorf|Fatalf)|XCTAssert\w*|verify)\s*[.(!]|^\s*assert\s/gm;

/** A test may fail and pass all the same. */
const RETRY =
  /\b(?:retries|retryTimes|flaky)\s*\(|\bretry\s*:\s*[1-9]|\bmark\.flaky\b|@(?:Flaky|RetryingTest|RepeatedIfExceptionsTest|Retry)\b/g;

/** Whether a change of the file can make tests say less than before. */
export function mayWeakenTests(path: string): boolean {
  // Rust keeps tests beside the code.
  return isTestFile(path) || path.endsWith('.rs') || configuresTests(path);
}

/** Signs that tests say less than before: cases lost or skipped, expectations removed, failures retried, a runner configured otherwise. */
export function weakenedTests(files: readonly ChangedText[]): readonly FloorHit[] {
  const lost = findLostTests(files);
  const cases = files.flatMap(({ path }) => {
    const names = lost.get(path) ?? [];
    return names.length === 0 ? [] : [`${path}: ${names.length} test cases no longer run`];
  });
  const all = [...cases, ...removedAssertions(files), ...addedRetries(files), ...files.flatMap(configurationChanges)];
  return all.map((why) => ({ floor: 'test_weakening', why }));
}

/** Counted over all test files: an expectation that moved is none that was removed. */
function removedAssertions(files: readonly ChangedText[]): readonly string[] {
  const tests = files.filter(({ path }) => isTestFile(path));
  const fewer = countIn(tests, 'before', ASSERTION) - countIn(tests, 'after', ASSERTION);
  return fewer > 0 ? [`${fewer} fewer assertions in ${tests.map(({ path }) => path).join(', ')}`] : [];
}

function addedRetries(files: readonly ChangedText[]): readonly string[] {
  const tests = files.filter(({ path }) => isTestFile(path));
  const more = countIn(tests, 'after', RETRY) - countIn(tests, 'before', RETRY);
  return more > 0 ? [`${more} more retries in ${tests.map(({ path }) => path).join(', ')}`] : [];
}

function countIn(files: readonly ChangedText[], side: 'before' | 'after', pattern: RegExp): number {
  return files.reduce((sum, file) => sum + (file[side]?.match(pattern)?.length ?? 0), 0);
}
