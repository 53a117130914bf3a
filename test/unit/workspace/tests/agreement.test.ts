import { describe, expect, it } from 'vitest';

import type { TestFormat } from '#domain/remediation.ts';
import { disagreement } from '#workspace/tests/reports/agreement.ts';

const OWN = '.fixgate-report-1.json';

interface Case {
  readonly failed?: number;
  readonly printed?: string;
  readonly reportPath?: string;
  readonly argv?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

function judge(format: TestFormat, { failed = 0, printed = '', reportPath = OWN, argv = [], files = {} }: Case) {
  const counts = { total: 2 + failed, passed: 2, failed, skipped: 0 };
  const read = (path: string) => files[path];
  return disagreement({ plan: { format, reportPath, argv }, counts, read, printed: () => printed });
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
    ['mocha', '\n  2 passing (3ms)\n  1 pending\n'],
    ['rspec', '2 examples, 0 failures\n'],
    ['rspec', 'a test prints:\n1 example, 1 failure\n\n2 examples, 0 failures, 1 pending\n'],
    ['tap', 'anything'],
    ['junit', 'anything'],
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
    ['mocha', '\n  1 passing (3ms)\n  1 failing\n', '1 failed'],
    ['mocha', '\n  1 passing (3ms)\n', 'it ran 1'],
    ['mocha', 'anything', 'no end of a run'],
    ['rspec', '2 examples, 1 failure\n', '1 failed'],
    ['rspec', '2 examples, 0 failures, 1 error occurred outside of examples\n', '1 failed'],
    ['rspec', '1 example, 0 failures\n', 'it ran 1'],
    ['rspec', 'anything', 'no end of a run'],
    ['pytest', '===== 1 failed, 1 passed in 0.01s =====\n', '1 failed'],
    ['pytest', '===== 2 passed in 1s =====\n===== 1 error in 0.01s =====\n', '1 failed'],
  ])('is not believed where %s printed %j', (format, printed, words) => {
    expect(judge(format, { printed })).toContain(words);
  });

  const phpunit = ['vendor/bin/phpunit', '-c', 'ci.xml'];

  it.each([
    ['OK (2 tests, 2 assertions)\n'],
    ['OK, but incomplete, skipped, or risky tests!\nTests: 3, Assertions: 2, Skipped: 1.\n'],
  ])('is believed where PHPUnit printed %j', (printed) => {
    expect(judge('junit', { printed, argv: phpunit })).toBeUndefined();
  });

  it.each([
    ['FAILURES!\nTests: 2, Assertions: 2, Failures: 1.\n', '1 failed'],
    ['OK (2 tests, 2 assertions)\n\nERRORS!\nTests: 2, Assertions: 1, Errors: 1.\n', '1 failed'],
    ['anything', 'no end of a run'],
  ])('is not believed where PHPUnit printed %j', (printed, words) => {
    expect(judge('junit', { printed, argv: phpunit })).toContain(words);
  });

  it.each<[string, Case]>([
    ['an option', { argv: ['phpunit', '--no-output'] }],
    ['the configuration', { argv: ['phpunit'], files: { 'phpunit.xml': '<phpunit printerClass="Own\\Printer">' } }],
    ['a configuration by name', { argv: phpunit, files: { 'ci.xml': '<extensions><bootstrap class="Own"/>' } }],
  ])('needs no summary where %s lets PHPUnit print something else, and still no failure', (_title, setting) => {
    expect(judge('junit', { ...setting, printed: 'anything' })).toBeUndefined();
    expect(judge('junit', { ...setting, printed: 'Tests: 2, Assertions: 2, Failures: 1.\n' })).toContain('1 failed');
  });

  it('needs no summary where the operator chose what is printed', () => {
    expect(judge('vitest', { reportPath: 'out/report.json' })).toBeUndefined();
  });

  it('is not asked about where it names a failure', () => {
    expect(judge('node', { failed: 1 })).toBeUndefined();
  });
});
