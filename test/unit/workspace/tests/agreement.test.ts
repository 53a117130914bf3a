import { describe, expect, it } from 'vitest';

import type { TestFormat } from '#domain/remediation.ts';
import { disagreement } from '#workspace/tests/reports/agreement.ts';

const OWN = '.fixgate-report-1.json';

function judge(format: TestFormat, { passed = 2, failed = 0, printed = '', reportPath = OWN }) {
  const counts = { total: passed + failed, passed, failed, skipped: 0 };
  return disagreement({ plan: { format, reportPath }, counts, printed: () => printed });
}

const vitest = (line: string) => ` Test Files  1 passed (1)\n      Tests  ${line}\n   Start at  12:00:00\n`;
const written = 'Test results written to: .fixgate-report-1.json\n';
const node = (fail: number) => `ℹ tests 2\nℹ suites 0\nℹ pass ${2 - fail}\nℹ fail ${fail}\nℹ cancelled 0\n`;

describe('a report without failures [workspace:tests:two-words]', () => {
  it.each<[TestFormat, string]>([
    ['vitest', vitest('2 passed (2)')],
    ['jest', `Tests:       2 passed, 2 total\n${written}`],
    ['jest', written],
    ['node', node(0)],
    ['pytest', '============ 2 passed in 0.01s ============\n'],
    ['vitest', `a test prints:\n${vitest('1 failed (1)')}\n${vitest('2 passed (2)')}`],
    ['pytest', ''],
    ['mocha', 'anything'],
  ])('is believed where %s printed the same, or nothing: %j', (format, printed) => {
    expect(judge(format, { printed })).toBeUndefined();
  });

  it.each<[TestFormat, string, string]>([
    ['vitest', vitest('1 failed | 1 passed (2)'), '1 failed'],
    ['vitest', vitest('1 passed (1)'), 'it ran 1'],
    ['vitest', '', 'no end of a run'],
    ['jest', `Tests:       1 failed, 1 passed, 2 total\n${written}`, '1 failed'],
    ['jest', `Tests:       1 passed, 1 total\n${written}`, 'it ran 1'],
    ['jest', '', 'no end of a run'],
    ['node', node(1), '1 failed'],
    ['node', '', 'no end of a run'],
    ['pytest', '===== 1 failed, 1 passed in 0.01s =====\n', '1 failed'],
    ['pytest', '===== 2 passed in 1s =====\n===== 1 error in 0.01s =====\n', '1 failed'],
  ])('is not believed where %s printed %j', (format, printed, words) => {
    expect(judge(format, { printed })).toContain(words);
  });

  it('needs no summary where the operator chose what is printed', () => {
    expect(judge('vitest', { reportPath: 'out/report.json' })).toBeUndefined();
  });

  it('is not asked about where it names a failure', () => {
    expect(judge('node', { failed: 1 })).toBeUndefined();
  });
});
