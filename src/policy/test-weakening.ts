import type { FloorHit } from '#domain/risk.ts';
import { findLostTests } from '#domain/test-cases.ts';
import { isTestFile } from '#domain/test-files.ts';
import type { ChangedText } from '#policy/risk-paths.ts';

/** An expectation of one of the usual assertion libraries. */
const ASSERTION =
  /\b(?:assert\w*|expect|should|require\.\w+|t\.(?:Error|Fatal|Errorf|Fatalf)|XCTAssert\w*|verify)\s*[.(!]|^\s*assert\s/gm;

/** Files that decide which tests run and how. */
const RUNNER_CONFIGURATION =
  /(?:^|\/)(?:(?:vitest|jest|playwright|cypress|karma|ava|wtr|web-test-runner)\.(?:config|conf|workspace)\.[a-z]+|\.mocharc[^/]*|\.nycrc[^/]*|\.c8rc[^/]*|pytest\.ini|tox\.ini|noxfile\.py|conftest\.py|phpunit\.xml[^/]*|\.rspec|\.taprc|\.nextest\.toml|\.coveragerc)$/i;

/** Signs that tests say less than before: cases lost or skipped, expectations removed, a runner configured otherwise. */
export function weakenedTests(files: readonly ChangedText[]): readonly FloorHit[] {
  const lost = findLostTests(files);
  const hit = (why: string): FloorHit => ({ floor: 'test_weakening', why });
  const cases = files.flatMap(({ path }) => {
    const names = lost.get(path) ?? [];
    return names.length === 0 ? [] : [hit(`${path}: ${names.length} test cases no longer run`)];
  });
  const runners = files.filter(({ path }) => RUNNER_CONFIGURATION.test(path)).map(({ path }) => hit(`${path}: runner`));
  return [...cases, ...removedAssertions(files).map(hit), ...runners];
}

/** Counted over all test files: an expectation that moved is none that was removed. */
function removedAssertions(files: readonly ChangedText[]): readonly string[] {
  const tests = files.filter(({ path }) => isTestFile(path));
  const count = (side: 'before' | 'after') =>
    tests.reduce((sum, file) => sum + (file[side]?.match(ASSERTION)?.length ?? 0), 0);
  const fewer = count('before') - count('after');
  return fewer > 0 ? [`${fewer} fewer assertions in ${tests.map(({ path }) => path).join(', ')}`] : [];
}
