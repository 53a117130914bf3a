import { expect, it } from 'vitest';

import type { TestCounts, TestFormat, Verdict } from '#domain/remediation.ts';
import type { CommandResult } from '#workspace/sandbox.ts';
import { toResult } from '#workspace/tests/outcome.ts';

import { samplePlan } from '../../../support/store-samples.ts';

const command: CommandResult = {
  exitCode: 0,
  signal: null,
  timedOut: false,
  cancelled: false,
  durationMs: 1_234,
  output: '',
  outputTruncated: false,
  stdout: '',
  isolation: 'partial',
  blocked: [],
};

const counts = (passed: number, failed: number, skipped = 0): TestCounts => ({
  total: passed + failed + skipped,
  passed,
  failed,
  skipped,
});

interface Row {
  readonly run?: Partial<CommandResult>;
  readonly counts?: TestCounts;
  readonly format?: TestFormat;
  readonly scope?: 'affected' | 'all';
  readonly selection?: string;
  readonly reused?: boolean;
  readonly verdict: Verdict;
  readonly reason?: RegExp;
}

it.each<[string, Row]>([
  ['passed tests and exit 0', { counts: counts(3, 0, 1), verdict: 'pass' }],
  ['a failed test', { run: { exitCode: 1 }, counts: counts(3, 1), verdict: 'fail', reason: /^1 of 4 tests failed/ }],
  ['a failed test behind exit 0', { counts: counts(3, 1), verdict: 'fail' }],
  [
    'exit 1 without a failed test',
    { run: { exitCode: 1 }, counts: counts(3, 0), verdict: 'fail', reason: /no single test/ },
  ],
  [
    'exit 1 and nothing readable',
    { run: { exitCode: 1 }, verdict: 'fail', reason: /exit code 1 .*a step before the tests/ },
  ],
  ['exit 0 and nothing readable', { format: 'text', verdict: 'no_tests', reason: /exit_code/ }],
  ['exit 0 of a check', { format: 'exit_code', verdict: 'pass', reason: /^Judged by the exit code alone/ }],
  ['exit 2 of a check', { format: 'exit_code', run: { exitCode: 2 }, verdict: 'fail' }],
  ['a check that says it ran no test', { format: 'exit_code', counts: counts(0, 0), verdict: 'no_tests' }],
  ['no test at all', { counts: counts(0, 0), verdict: 'no_tests', reason: /^No test was executed\.$/ }],
  ['no affected test', { counts: counts(0, 0), scope: 'affected', verdict: 'no_tests', reason: /scope all/ }],
  [
    'no test of the whole suite, asked for affected ones',
    {
      counts: counts(0, 0),
      scope: 'affected',
      selection: 'the whole suite: x',
      verdict: 'no_tests',
      reason: /executed\.$/,
    },
  ],
  ['only skipped tests', { counts: counts(0, 0, 4), verdict: 'no_tests', reason: /All 4 tests were skipped/ }],
  ['pytest’s exit 5', { format: 'pytest', run: { exitCode: 5 }, counts: counts(0, 0), verdict: 'no_tests' }],
  [
    'a runner that found no files',
    { run: { exitCode: 1, output: 'No test files found, exiting with code 1' }, verdict: 'no_tests' },
  ],
  [
    'nextest without a test of the wanted name',
    { run: { exitCode: 4, output: 'error: no tests to run\n' }, counts: counts(0, 0), verdict: 'no_tests' },
  ],
  ['mocha without files', { run: { exitCode: 1, output: 'Error: No test files found: "x"' }, verdict: 'no_tests' }],
  [
    'the time limit',
    {
      run: { timedOut: true, exitCode: null, signal: 'SIGKILL' },
      counts: counts(1, 1),
      verdict: 'timeout',
      reason: /limit of 60 s/,
    },
  ],
  ['a cancelled run', { run: { cancelled: true, exitCode: null }, verdict: 'infra_error', reason: /cancelled/ }],
  ['a killed runner', { run: { exitCode: 137, signal: 'SIGKILL' }, verdict: 'infra_error', reason: /SIGKILL/ }],
  ['a runner killed after tests', { run: { exitCode: 137, signal: 'SIGKILL' }, counts: counts(2, 0), verdict: 'fail' }],
  [
    'a missing program',
    {
      run: { exitCode: 127, output: 'sh: 1: mocha: not found' },
      verdict: 'infra_error',
      reason: /^mocha, .* not installed\. .*none/,
    },
  ],
  [
    'a missing package',
    {
      run: { exitCode: 1, output: "Error: Cannot find package '@a/b' imported from /x" },
      verdict: 'infra_error',
      reason: /@a\/b/,
    },
  ],
  [
    'a missing module of pytest',
    {
      run: { exitCode: 1, output: '/usr/bin/python3: No module named pytest' },
      verdict: 'infra_error',
      reason: /pytest/,
    },
  ],
  ['a missing script', { run: { exitCode: 1, output: 'npm error Missing script: "test"' }, verdict: 'infra_error' }],
  [
    'a package that a change named',
    {
      reused: true,
      run: { exitCode: 1, output: "Cannot find package 'left-pad'" },
      counts: counts(0, 1),
      verdict: 'fail',
    },
  ],
  [
    'a module of the repository that is gone',
    { run: { exitCode: 1, output: "Cannot find module './queue.js'" }, counts: counts(0, 1), verdict: 'fail' },
  ],
  [
    'a missing package after passed tests',
    { run: { exitCode: 1, output: "Cannot find package 'x'" }, counts: counts(2, 1), verdict: 'fail' },
  ],
])('%s is judged [workspace:tests:verdict]', (_title, row) => {
  const result = toResult({
    plan: {
      ...samplePlan,
      format: row.format ?? 'node',
      scope: row.scope ?? 'all',
      selection: row.selection ?? '2 of 9 files',
    },
    command: { ...command, ...row.run },
    report: row.counts && { counts: row.counts, failures: [], cases: [] },
    dependencies: { reused: row.reused ?? false, reason: 'none is installed.' },
  });
  expect(result.verdict).toBe(row.verdict);
  expect(result.durationSeconds).toBe(1.234);
  const usual = row.verdict === 'pass' ? /^green$/ : /^(?!green$)/;
  expect(result.reason ?? 'green').toMatch(row.reason ?? usual);
});

it('says when counts come from the output because the report is broken, and is not green then [workspace:tests:ended-early]', () => {
  const result = toResult({
    plan: samplePlan,
    command: { ...command, output: '\u001b[32mok\u001b[0m' },
    report: { counts: counts(1, 0), failures: [], cases: [] },
    reportProblem: 'the runner wrote no report',
    dependencies: { reused: true, reason: '' },
  });
  expect(result).toMatchObject({ verdict: 'fail', counts: { passed: 1 } });
  expect(result.reason).toContain('but the runner wrote no report: nothing shows that its tests came to their end');
  expect(result.output).toBe('[counts are read from the output: the runner wrote no report]\nok');
});

it.each<[string, TestCounts | undefined, Verdict]>([
  ['nothing was printed either', undefined, 'no_tests'],
  ['the output says that no test ran', counts(0, 0), 'no_tests'],
  ['the output says that tests passed', counts(5, 0), 'fail'],
  ['the output says that all were skipped', counts(0, 0, 2), 'fail'],
])(
  'is never green without the report that was asked for: %s [workspace:tests:ended-early]',
  (_title, found, verdict) => {
    const result = toResult({
      plan: samplePlan,
      command,
      report: found && { counts: found, failures: [], cases: [] },
      reportProblem: 'the runner printed no report',
      dependencies: { reused: true, reason: '' },
    });
    expect(result.verdict).toBe(verdict);
  },
);
