import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { TestFormat } from '#domain/remediation.ts';
import { parseReport } from '#workspace/tests/reports/read.ts';
import type { ReportContext } from '#workspace/tests/reports/report.ts';
import { parseText } from '#workspace/tests/reports/text.ts';

/** Reports of runners that cannot be had where this is written, made after their schema and published samples. */
function written(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/suites/written/${name}`, import.meta.url), 'utf8');
}

const paths = new Set(['src/Price.cs', 'test/PriceTests.cs', 'src/lib.rs', 'a.test.mjs', 'b.test.mjs']);
const context: ReportContext = { roots: ['/repo'], cwd: '.', exists: (path) => paths.has(path) };

function read(format: TestFormat, text: string) {
  const found = parseReport(format, text, context);
  if (!found.ok) throw new Error(found.reason);
  return found.report;
}

describe('the TRX of dotnet test [workspace:tests:reports]', () => {
  const text = written('dotnet.trx');

  it('names tests by their methods, with the place of a failure', () => {
    const { counts, failures, cases } = read('trx', text);
    expect(counts).toEqual({ total: 3, passed: 1, failed: 1, skipped: 1 });
    expect(cases.map(({ test }) => test)).toEqual([
      'Shop.Tests.PriceTests.Adds',
      'Shop.Tests.PriceTests.Halves(amount: 3, half: 1)',
      'Shop.Tests.RoundTests.Rounds',
    ]);
    expect(cases[1]?.seconds).toBe(62.5);
    expect(failures).toEqual([
      expect.objectContaining({
        message: 'Assert.Equal() Failure: Values differ\nExpected: 1\nActual:   2',
        file: 'src/Price.cs',
        line: 12,
        frames: ['src/Price.cs:12 Shop.Price.Half', 'test/PriceTests.cs:31 Shop.Tests.PriceTests.Halves'].map(
          (frame) => expect.stringContaining(frame.split(' ')[0]!) as string,
        ),
      }),
    ]);
  });

  it.each<[string, (text: string) => string]>([
    ['was aborted', (whole) => whole.replace('<ResultSummary outcome="Failed">', '<ResultSummary outcome="Aborted">')],
    ['has no summary', (whole) => whole.replace(/<ResultSummary[^]*<\/ResultSummary>/, '')],
    [
      'lost its test host',
      (whole) =>
        whole.replace(
          '</ResultSummary>',
          '<RunInfos><RunInfo computerName="build" outcome="Error" timestamp="x"><Text>The active test run was aborted.</Text></RunInfo></RunInfos></ResultSummary>',
        ),
    ],
  ])('of a run that %s has one more failure [workspace:tests:ended-early]', (_title, change) => {
    const { counts, failures } = read('trx', change(text));
    expect(counts.failed).toBe(2);
    expect(failures.at(-1)?.test).toBe('the end of the tests');
  });

  const error = (told: string) =>
    `<RunInfos><RunInfo computerName="build" outcome="Error" timestamp="x"><Text>${told}</Text></RunInfo></RunInfos></ResultSummary>`;

  it.each([
    ['xUnit.net', '[xUnit.net 00:00:00.51]     Shop.Tests.PriceTests.Halves(amount: 3, half: 1) [FAIL]'],
    ['Microsoft.Testing.Platform', "Exit code indicates failure: '2'. Please refer to the list of exit codes."],
  ])('has no more failures for an error of the run by which %s says that tests failed', (_title, told) => {
    const whole = text.replace('</ResultSummary>', error(told));
    expect(read('trx', whole).counts).toEqual({ total: 3, passed: 1, failed: 1, skipped: 1 });
    const green = whole.replaceAll('outcome="Failed"', 'outcome="Passed"');
    expect(read('trx', green).failures).toMatchObject([{ test: 'the end of the tests' }]);
  });

  it('has its byte order mark, carriage returns and repository as compilers write them', () => {
    const whole = `\uFEFF${text.replaceAll('\n', '\r\n').replaceAll('/repo/', '/_/')}`;
    const { counts, failures } = read('trx', whole);
    expect(counts.total).toBe(3);
    expect(failures[0]).toMatchObject({ file: 'src/Price.cs', line: 12 });
  });

  it('names tests without the assembly that some runners write behind the class', () => {
    const assembly =
      'className="Shop.Tests.PriceTests, Shop.Tests, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null"';
    const whole = text.replaceAll('className="Shop.Tests.PriceTests"', assembly);
    expect(read('trx', whole).cases[0]?.test).toBe('Shop.Tests.PriceTests.Adds');
  });

  it('holds tests without a method or an error, such as a fixture that could not be put away', () => {
    const result =
      '<UnitTestResult testId="t9" testName="[Cleanup (Shop.Tests)]" duration="00:00:00" outcome="Failed" />';
    const method =
      '<UnitTest id="t9" name="[Cleanup (Shop.Tests)]"><TestMethod name="[Cleanup (Shop.Tests)]" /></UnitTest>';
    const whole = text
      .replace('</Results>', `${result}</Results>`)
      .replace('</TestDefinitions>', `${method}</TestDefinitions>`);
    expect(read('trx', whole).failures[1]).toMatchObject({ test: '[Cleanup (Shop.Tests)]' });
  });

  it.each([
    ['cut', text.slice(0, 2_000)],
    ['empty', ''],
    ['of another kind', '<testsuites></testsuites>'],
  ])('is no report when it is %s [workspace:tests:ended-early]', (_title, broken) => {
    expect(parseReport('trx', broken, context).ok).toBe(false);
  });
});

describe('the output of nextest [workspace:tests:reports]', () => {
  const text = written('nextest.txt');

  it('is read a test a line, by what is said of it last', () => {
    const found = parseText(text, context);
    expect(found?.counts).toEqual({ total: 5, passed: 3, failed: 2, skipped: 0 });
    expect(found?.cases.map(({ test, outcome }) => [test, outcome])).toEqual([
      ['shop › tests::adds', 'passed'],
      ['shop::checkout › sometimes', 'passed'],
      ['shop › tests::halves', 'failed'],
      ['shop::checkout › waits', 'failed'],
      ['shop::checkout › spawns', 'passed'],
    ]);
    expect(found?.failures[0]).toMatchObject({ file: 'src/lib.rs', line: 14 });
    expect(found?.failures[0]?.message).toContain('right: 1');
    expect(found?.failures[1]).toMatchObject({ message: 'The test ended with TIMEOUT.' });
  });

  it('of releases that do not number their tests is read as well', () => {
    const older = text.replaceAll(/ \([\d─]+\/\d\)| \(───\)/g, '').replace(/^ Nextest run ID.*\n/m, '');
    expect(parseText(older, context)?.counts).toEqual({ total: 5, passed: 3, failed: 2, skipped: 0 });
  });

  it.each([
    ['        PASS [   1.000s] (  1/100)', 'passed'],
    ['        LEAK [   2.000s] (  2/100)', 'passed'],
    ['TIMEOUT-PASS [ 240.000s] (  3/100)', 'passed'],
    [' SLOW + LEAK [  30.000s] ( 24/100)', 'passed'],
    [' SLOW+TMPASS [ 300.000s] ( 25/100)', 'passed'],
    ['   FLAKY 2/2 [   1.000s] ( 26/100)', 'passed'],
    [' FLKY-FL 2/2 [   1.000s] ( 27/100)', 'failed'],
    [' FAIL + LEAK [   1.000s] ( 10/100)', 'failed'],
    ['   LEAK-FAIL [   1.000s] ( 12/100)', 'failed'],
    ['       XFAIL [   1.000s] ( 11/100)', 'failed'],
    ['     SIGSEGV [   1.000s] ( 14/100)', 'failed'],
    ['ABORT SIG 42 [   1.000s] ( 14/100)', 'failed'],
    [' TRY 2 FL+LK [   1.000s] ( 17/100)', 'failed'],
    ['TRY 2 LKFAIL [   1.000s] ( 18/100)', 'failed'],
    ['   TRY 2 TMT [  60.000s] ( 19/100)', 'failed'],
    ['        FAIL [   1.000s] [2/5] (1/1)', 'failed'],
  ])('has tests with the outcome of %j', (line, outcome) => {
    const whole = `    Starting 1 test across 1 binary\n${line} shop::checkout waits\n     Summary [   2.000s] 1 test run: 0 passed\n`;
    expect(parseText(whole, context)?.cases).toMatchObject([{ test: 'shop::checkout › waits', outcome }]);
  });

  it('counts a test of a stress run as failed when one round failed', () => {
    const round = (status: string, number: number) =>
      `        ${status} [   0.010s] [${number}/2] (1/1) shop tests::adds\n Stress test [   0.010s] iteration ${number}/2: 1 test run\n`;
    const whole = (first: string) =>
      `    Starting 1 test across 1 binary\n${round(first, 1)}${round('PASS', 2)}     Summary [   0.020s] 2/2 stress run iterations: 2 passed\n`;
    expect(parseText(whole('PASS'), context)?.counts).toEqual({ total: 1, passed: 1, failed: 0, skipped: 0 });
    expect(parseText(whole('FAIL'), context)?.counts).toEqual({ total: 1, passed: 0, failed: 1, skipped: 0 });
  });

  it('counts what passed by the summary where the profile lists failures only', () => {
    const quiet =
      '    Starting 51 tests across 2 binaries\n        FAIL [   0.1s] shop tests::halves\n     Summary [   0.1s] 51 tests run: 50 passed, 1 failed, 0 skipped\n';
    expect(parseText(quiet, context)?.counts).toEqual({ total: 51, passed: 50, failed: 1, skipped: 0 });
  });

  it('that was never summed up has one more failure [workspace:tests:ended-early]', () => {
    const cut = text.slice(0, text.indexOf('     Summary'));
    expect(parseText(cut, context)?.counts).toEqual({ total: 6, passed: 3, failed: 3, skipped: 0 });
  });

  it('has the same names as its JUnit report, where a flaky test passed and a repeated failure is one', () => {
    const junit = read('junit', written('nextest.xml'));
    expect(junit.counts).toEqual({ total: 3, passed: 2, failed: 1, skipped: 0 });
    const names = parseText(text, context)?.cases.map(({ test }) => test) ?? [];
    expect(junit.cases.every(({ test }) => names.includes(test))).toBe(true);
    expect(junit.failures[0]).toMatchObject({ file: 'src/lib.rs', line: 14 });
  });

  it('has scripts before its tests in the JUnit report, which count when they failed', () => {
    const script = (inside: string) =>
      `<testsuites><testsuite name="@setup-script:seed"><properties/><testcase name="seed" classname="@setup-script:seed" time="2.2">${inside}</testcase></testsuite></testsuites>`;
    expect(read('junit', script('<system-out>ready</system-out>')).counts.total).toBe(0);
    expect(read('junit', script('<failure type="exit code 1"/>')).counts).toMatchObject({ total: 1, failed: 1 });
  });
});

describe('the report of node:test [workspace:tests:ended-early]', () => {
  const list = (files: readonly string[]) => encodeURIComponent(JSON.stringify(files)).replaceAll('-', '%2D');
  const report = (files: readonly string[], more = '') =>
    `<?xml version="1.0" encoding="utf-8"?>\n<testsuites>\n\t<testcase name="one" time="0.1" classname="test" file="/repo/a.test.mjs"/>\n${more}\t<!-- tests 1 -->\n</testsuites>\n<!-- unfinished ${list(files)} -->\n`;

  it('names files that were never summed up, once', () => {
    expect(read('node', report([])).counts).toEqual({ total: 1, passed: 1, failed: 0, skipped: 0 });
    const found = read('node', report(['/repo/a.test.mjs', '/elsewhere/b.test.mjs']));
    expect(found.counts).toEqual({ total: 3, passed: 1, failed: 2, skipped: 0 });
    expect(found.failures.map(({ test }) => test)).toEqual(['a.test.mjs', '/elsewhere/b.test.mjs']);
    const failing =
      '\t<testcase name="two" classname="test" file="/repo/a.test.mjs"><failure message="x">x</failure></testcase>\n';
    expect(read('node', report(['/repo/a.test.mjs'], failing)).counts.failed).toBe(1);
  });

  it('believes no test that prints such a list', () => {
    const diagnostic = `\t<!-- unfinished ${list(['/repo/b.test.mjs'])} -->\n`;
    expect(read('node', report([], diagnostic)).counts.failed).toBe(0);
    expect(read('node', report(['/repo/a.test.mjs'], diagnostic)).failures.map(({ test }) => test)).toEqual([
      'a.test.mjs',
    ]);
  });

  it('is no report when its list cannot be read', () => {
    expect(parseReport('node', report([]).replace('%5B', '%'), context).ok).toBe(false);
  });
});
