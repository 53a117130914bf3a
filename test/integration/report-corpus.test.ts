import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { parseReport } from '#workspace/tests/reports/read.ts';
import type { ReportContext } from '#workspace/tests/reports/report.ts';

import { missing } from '../support/needs.ts';

const corpora = process.env['FIXGATE_CORPORA'] ?? '';
const mstest = join(corpora, 'reports', 'test-results-parser@0.1.7', 'tests/data/mstest/testresults.trx');
const noReports = missing(
  'The corpus of published test reports (node scripts/corpora.ts FOLDER, FIXGATE_CORPORA=FOLDER)',
  corpora !== '' && existsSync(mstest),
);

/** What the runner itself counted: those that did not run are the skipped ones. */
function counters(text: string) {
  const [, total, executed, passed, failed] =
    /<Counters total="(\d+)" executed="(\d+)" passed="(\d+)" failed="(\d+)"/.exec(text)?.map(Number) ?? [];
  return { total, passed, failed, skipped: Number(total) - Number(executed) };
}

describe.skipIf(noReports !== undefined)(`published test reports${noReports ? `: ${noReports}` : ''}`, () => {
  const text = noReports === undefined ? readFileSync(mstest, 'utf8') : '';
  const context: ReportContext = { roots: ['/repo'], cwd: '.', exists: (path) => path === 'UnitTest1.cs' };

  function read(whole: string) {
    const found = parseReport('trx', whole, context);
    if (!found.ok) throw new Error(found.reason);
    return found.report;
  }

  it('of MSTest are from a run of the real one', () => {
    expect(text).toContain('adapterTypeName="executor://mstestadapter/v2"');
    expect(text).toMatch(/codeBase="C:\\dev\\.{1,80}\.dll"/);
  });

  it('of MSTest are counted case by case as the runner counted them [workspace:tests:reports]', () => {
    const { counts, cases } = read(text);
    expect(counts).toEqual(counters(text));
    expect(counts).toEqual({ total: 10, passed: 5, failed: 3, skipped: 2 });
    expect(cases.map(({ test, outcome }) => `${outcome} ${test.replace('MSTestSample.', '')}`)).toEqual([
      'failed MockTestFixture.FailingTest',
      'skipped MockTestFixture.InconclusiveTest',
      'passed MockTestFixture.MockTest1',
      'passed MockTestFixture.MockTest2',
      'passed MockTestFixture.MockTest3',
      'skipped MockTestFixture.MockTest4',
      'failed MockTestFixture.NotRunnableTest',
      'failed MockTestFixture.TestWithException',
      'passed MockTestFixture.TestWithManyProperties',
      'passed FixtureWithTestCases.TestWithArg(1)',
    ]);
    expect(cases[0]?.seconds).toBe(0.0259239);
  });

  it('of MSTest say why and where each test failed [workspace:tests:reports]', () => {
    // It ran on Windows; here repositories have a path of this system.
    const { failures } = read(text.replaceAll('C:\\dev\\code\\_Experiments\\MSTestSample\\', '/repo/'));
    const threw = (test: string) => `Test method MSTestSample.MockTestFixture.${test} threw exception: \n`;
    expect(failures.map(({ message, file, line, frames }) => ({ message, file, line, frames }))).toEqual([
      {
        message: 'Assert.Fail failed.',
        file: 'UnitTest1.cs',
        line: 12,
        frames: ['UnitTest1.cs:12 MSTestSample.MockTestFixture.FailingTest'],
      },
      {
        message: `${threw('NotRunnableTest')}Microsoft.VisualStudio.TestPlatform.MSTest.TestAdapter.ObjectModel.TestFailedException: Only data driven test methods can have parameters. Did you intend to use [DataRow] or [DynamicData]?`,
        file: undefined,
        line: undefined,
        frames: undefined,
      },
      {
        message: `${threw('TestWithException')}System.NotImplementedException: The method or operation is not implemented.`,
        file: 'UnitTest1.cs',
        line: 70,
        frames: ['UnitTest1.cs:70 MSTestSample.MockTestFixture.TestWithException'],
      },
    ]);
  });

  it('of MSTest name no file outside the repository [workspace:tests:frames]', () => {
    expect(read(text).failures.flatMap(({ file, frames }) => [file, ...(frames ?? [])])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('of MSTest are no report when they are cut [workspace:tests:ended-early]', () => {
    const cut = text.slice(0, text.indexOf('<ResultSummary'));
    expect(parseReport('trx', cut, context).ok).toBe(false);
    expect(read(`${cut}</TestRun>`).failures.at(-1)?.test).toBe('the end of the tests');
  });
});
