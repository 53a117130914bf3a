import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { toPlainText, type ReportContext } from '#workspace/tests/reports/report.ts';
import { parseText } from '#workspace/tests/reports/text.ts';

import { cpuMs } from '../../../../support/cpu-time.ts';

const context: ReportContext = { roots: ['/repo'], cwd: '.', exists: (path) => !path.startsWith('node:') };

function recorded(name: string): string {
  const file = new URL(`../../../../fixtures/suites/recorded/${name}`, import.meta.url);
  return toPlainText(readFileSync(file, 'utf8'));
}

describe('the output of a real runner', () => {
  it.each([
    ['mocha-spec.txt', 1, 1, 1, 'sum › fails'],
    ['mocha-dot.txt', 1, 1, 1, 'sum › fails'],
    ['jest.txt', 1, 1, 1, 'sum › fails'],
    ['vitest3.txt', 1, 1, 1, 'v.test.mjs > sum > fails'],
    ['vitest5.txt', 1, 1, 1, 'v.test.mjs > sum > fails'],
    ['ava.txt', 0, 1, 1, 'fails'],
    ['tape.txt', 1, 1, 0, 'fails › should be strictly equal'],
    ['tap16.txt', 1, 1, 0, 't/tap.js › fails › should be equal'],
    ['tap16-classic.txt', 1, 1, 0, 'fails › should be equal'],
    ['jasmine.txt', 1, 1, 1, 'sum fails'],
    ['uvu.txt', 1, 1, 1, '"fails"'],
    ['node-spec.txt', 1, 1, 1, 'fails'],
    ['node-tap.txt', 1, 1, 1, 'fails'],
    ['unittest.txt', 1, 1, 1, 'test_fails (__main__.Sum.test_fails)'],
    ['pytest.txt', 1, 1, 1, 'test_py.py::test_fails - assert (1 + 1) == 3'],
  ])('%s is counted', (...[file, passed, failed, skipped, test]) => {
    const report = parseText(recorded(file), context);
    expect(report?.counts).toEqual({ total: passed + failed + skipped, passed, failed, skipped });
    expect(report?.failures.map((failure) => failure.test)).toEqual([test]);
  });

  it('of RSpec names what failed, and not what is pending', () => {
    const failures = parseText(recorded('rspec.txt'), context)?.failures.map((failure) => failure.test);
    expect(failures).toEqual(['Price.half differs (a+b)', 'Price.half raises']);
  });

  it.each([
    ['jest.txt', 't/jest.test.js', 3],
    ['vitest5.txt', 'v.test.mjs', 4],
    ['node-spec.txt', 't/node.js', 3],
    ['tape.txt', 't/tape.js', 3],
    ['uvu.txt', 't/uvu.js', 3],
    ['unittest.txt', 'ut.py', 6],
  ])('%s places the failure', (name, file, line) => {
    const failures = parseText(recorded(name), context)?.failures ?? [];
    expect(failures.some((failure) => failure.file === file && failure.line === line)).toBe(true);
  });
});

describe('short outputs', () => {
  it.each([
    ['ava, all passed', '\n  5 tests passed\n', 5, 0],
    ['mocha', '  12 passing (3s)\n', 12, 0],
    ['several jest projects', 'Tests:       2 passed, 2 total\nTests:       1 failed, 3 passed, 4 total\n', 5, 1],
    [
      'cargo with doc tests',
      'test result: ok. 3 passed; 0 failed; 1 ignored\ntest result: FAILED. 1 passed; 2 failed; 0 ignored\n',
      4,
      2,
    ],
    ['pytest -q', '3 passed in 0.01s\n', 3, 0],
    ['pytest with errors', '=== 1 failed, 2 errors in 0.1s ===\n', 0, 3],
    ['go', 'ok  \texample.com/a\t0.01s\n?   \texample.com/b\t[no test files]\n', 1, 0],
    ['go -v', '--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\nFAIL\n', 1, 1],
    ['node-tap 18', '# { total: 5, pass: 4, fail: 1 }\n', 4, 1],
    ['node-tap 16', 'Suites:   1 passed, 1 of 1 completed\nAsserts:  5 passed, of 5\n', 5, 0],
    ['node-tap 0.4', 'ok test/a.js ......... 2/2\nnot ok test/b.js ..... 0/1\ntotal ........... 2/3\n\nnot ok\n', 2, 1],
    ['bare TAP', '1..2\nok 1 - a\nnot ok 2 - b # TODO later\n', 1, 0],
    ['pytest without tests', '==== no tests ran in 0.01s ====\n', 0, 0],
    ['go without tests to run', 'ok  \texample.com/a\t0.01s [no tests to run]\n--- SKIP: TestA\n', 0, 0],
  ])('of %s are counted', (_title, text, passed, failed) => {
    expect(parseText(text, context)?.counts).toMatchObject({ passed, failed });
  });

  it.each([
    ['nothing', ''],
    ['a build', '> build\n> tsc\n\nDone in 3.2s.\n'],
    ['prose about tests', 'All tests passed! 5 tests were fine.\n'],
    ['a go module without tests', '?   \texample.com/b\t[no test files]\n'],
  ])('of %s say nothing of tests', (_title, text) => {
    expect(parseText(text, context)).toBeUndefined();
  });

  it.each([
    ['blank lines', '\n'.repeat(400_000)],
    ['digits', `Tests  ${'1 a'.repeat(100_000)}`],
    ['spaces', ' '.repeat(400_000)],
    ['numbers with words', '1 passed, '.repeat(40_000)],
    ['not ok', 'not ok '.repeat(60_000)],
    ['numbers of cargo', `test result: ${'1'.repeat(500_000)}`],
    ['numbers of jest', `Tests: ${'1'.repeat(500_000)} total`],
    ['numbers of RSpec', `1 example, 1 failure${'1'.repeat(500_000)}`],
    ['numbers of nextest', `Summary [ 1.0s] 1 tests run: ${'1'.repeat(500_000)}`],
    ['numbers of tap', `Asserts: ${'1'.repeat(500_000)} of 1`],
  ])('of hostile %s are read in time', (_title, text) => {
    const startedAt = cpuMs();
    parseText(text, context);
    expect(cpuMs() - startedAt).toBeLessThan(2_000);
  });
});
