import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { TestFormat } from '#domain/remediation.ts';
import { parseReport } from '#workspace/tests/reports/read.ts';
import type { ReportContext } from '#workspace/tests/reports/report.ts';

/** Reports of runners that cannot be had where this is written, made after their schema and published samples. */
function written(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/suites/written/${name}`, import.meta.url), 'utf8');
}

const paths = new Set(['src/Price.cs', 'test/PriceTests.cs', 'a.test.mjs', 'b.test.mjs']);
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
