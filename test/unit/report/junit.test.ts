import { array, assert, integer, property } from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';

import type { TestResult } from '#domain/remediation.ts';
import { toReport } from '#report/json.ts';
import { toJunit } from '#report/junit.ts';
import { parseJunit } from '#workspace/tests/reports/junit.ts';

import { incident, reportInput, run } from './records.ts';

const TREE = '2'.repeat(40);
const context = { roots: ['/tree'], cwd: '.', exists: () => true };
const required = (...suites: string[]) => suites.map((suite) => ({ suite, green: false, state: 'fail' as const }));

function junitOf(...runs: ReturnType<typeof run>[]): string {
  const names = runs.map(({ plan }) => plan.suite);
  return toJunit(toReport(reportInput({ runs, verification: required(...names) })));
}

const failing = (tests: readonly string[], more: Partial<TestResult> = {}): Partial<TestResult> => ({
  verdict: 'fail',
  counts: { total: 14, passed: 14 - tests.length - 2, failed: tests.length, skipped: 2 },
  failures: tests.map((test) => ({
    test,
    message: `${test} broke`,
    file: 'test/users.test.js',
    line: 8,
    class: 'new',
  })),
  ...more,
});

/** Every UTF-16 code unit, lone surrogates and controls among them. */
const anyText = array(integer({ min: 0, max: 0xffff }), { maxLength: 30 }).map((units) =>
  String.fromCharCode(...units),
);

describe('the merged JUnit XML', () => {
  it('of the sample incident is as it is here [report:junit:merged]', () => {
    const result = failing(['keeps <order> & "quotes"'], {
      counts: { total: 4, passed: 2, failed: 1, skipped: 1 },
      cases: [
        { test: 'bounds the queue', file: 'test/users.test.js', outcome: 'passed', seconds: 0.012 },
        { test: 'drains the queue', outcome: 'skipped' },
      ],
      comparison: {
        commit: 'b'.repeat(40),
        state: 'ran',
        verdict: 'fail',
        fixed: [{ test: 'bounds the queue', file: 'test/users.test.js', message: 'expected 100, got 101' }],
        fixedCount: 1,
      },
    });
    expect(junitOf(run(TREE, 65, result), run(TREE, 70, { durationSeconds: 1 }, 'smoke'))).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="INC-1" tests="18" failures="1" errors="0" skipped="1" time="3">
        <testsuite name="smoke" tests="14" failures="0" errors="0" skipped="0" time="1" timestamp="2026-03-02T09:01:10">
          <properties>
            <property name="incident.id" value="INC-1"/>
            <property name="diff_hash" value="sha256:2222222222222222222222222222222222222222222222222222222222222222"/>
            <property name="selection" value="tests that import src/users.js"/>
            <property name="scope" value="affected"/>
            <property name="verdict" value="pass"/>
            <property name="tree" value="2222222222222222222222222222222222222222"/>
            <property name="job_id" value="job-70"/>
            <property name="trace_id" value="721191b6cc82d409539fb6ce45480dca"/>
          </properties>
          <testcase classname="smoke" name="passed 1 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 2 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 3 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 4 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 5 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 6 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 7 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 8 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 9 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 10 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 11 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 12 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 13 of 14, name not kept"/>
          <testcase classname="smoke" name="passed 14 of 14, name not kept"/>
        </testsuite>
        <testsuite name="unit" tests="4" failures="1" errors="0" skipped="1" time="2" timestamp="2026-03-02T09:01:05">
          <properties>
            <property name="incident.id" value="INC-1"/>
            <property name="diff_hash" value="sha256:2222222222222222222222222222222222222222222222222222222222222222"/>
            <property name="selection" value="tests that import src/users.js"/>
            <property name="scope" value="affected"/>
            <property name="verdict" value="fail"/>
            <property name="tree" value="2222222222222222222222222222222222222222"/>
            <property name="job_id" value="job-65"/>
            <property name="trace_id" value="721191b6cc82d409539fb6ce45480dca"/>
          </properties>
          <testcase classname="unit" name="keeps &lt;order&gt; &amp; &quot;quotes&quot;" file="test/users.test.js" line="8">
            <failure message="keeps &lt;order&gt; &amp; &quot;quotes&quot; broke" type="new">keeps &lt;order&gt; &amp; &quot;quotes&quot; broke</failure>
          </testcase>
          <testcase classname="unit" name="bounds the queue" file="test/users.test.js" time="0.012">
            <system-out>failed on the base commit: expected 100, got 101</system-out>
          </testcase>
          <testcase classname="unit" name="passed 1 of 1, name not kept"/>
          <testcase classname="unit" name="drains the queue">
            <skipped/>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  it('says of each suite the incident, the diff and the selection', () => {
    const text = junitOf(run(TREE, 65, {}));
    expect(text).toContain('<property name="incident.id" value="INC-1"/>');
    expect(text).toContain(`<property name="diff_hash" value="sha256:${'2'.repeat(64)}"/>`);
    expect(text).toContain('<property name="selection" value="tests that import src/users.js"/>');
    expect(text).toContain('<property name="trace_id" value="721191b6cc82d409539fb6ce45480dca"/>');
  });

  it('counts as the runs did, read back by the parser of test reports [report:junit:counts]', () => {
    const text = junitOf(run(TREE, 65, failing(['one', 'two'])), run(TREE, 70, {}, 'smoke'));
    expect(parseJunit(text, context).counts).toEqual({ total: 28, passed: 24, failed: 2, skipped: 2 });
    expect(text).toContain('<testsuites name="INC-1" tests="28" failures="2" errors="0" skipped="2" time="4">');
  });

  it('names tests that passed or were skipped, as far as they are kept', () => {
    const cases = Array.from({ length: 600 }, (_, index) => ({ test: `test ${index}`, outcome: 'passed' as const }));
    const counts = { total: 601, passed: 600, failed: 0, skipped: 1 };
    const text = junitOf(run(TREE, 65, { counts, cases }));
    expect(parseJunit(text, context).counts).toEqual(counts);
    expect(text).toContain('name="test 499"');
    expect(text).toContain('name="passed 100 of 100, name not kept"');
  });

  it('never lists more tests than were counted', () => {
    const cases = [1, 2, 3].map((index) => ({ test: `test ${index}`, outcome: 'passed' as const }));
    const counts = { total: 2, passed: 2, failed: 0, skipped: 0 };
    expect(parseJunit(junitOf(run(TREE, 65, { counts, cases })), context).counts).toEqual(counts);
  });

  it('counts failures beyond those that a report names', () => {
    const tests = Array.from({ length: 33 }, (_, index) => `test ${index}`);
    const counts = { total: 40, passed: 7, failed: 33, skipped: 0 };
    const read = parseJunit(junitOf(run(TREE, 65, failing(tests, { counts }))), context);
    expect(read.counts).toEqual(counts);
    expect(read.failures).toHaveLength(33);
  });

  it.each([
    ['a run that was stopped', { verdict: 'timeout', counts: { total: 3, passed: 3, failed: 0, skipped: 0 } }, 4],
    ['a run that never began', { verdict: 'infra_error', counts: { total: 0, passed: 0, failed: 0, skipped: 0 } }, 1],
    [
      'a check without cases that failed',
      { verdict: 'fail', counts: { total: 0, passed: 0, failed: 0, skipped: 0 } },
      1,
    ],
  ] as const)('takes %s for an error, so that it never looks green [report:junit:red]', (_what, result, total) => {
    const read = parseJunit(junitOf(run(TREE, 65, { ...result, reason: 'It did not end.' })), context);
    expect(read.counts).toMatchObject({ total, failed: 1 });
  });

  it('takes a required suite that did not run for an error, and a passed check without cases for one case', () => {
    const nothing = reportInput({ runs: [], verification: [{ suite: 'unit', green: false, state: 'not_run' }] });
    expect(toJunit(toReport(nothing))).toContain('<error message="not run" type="not_run"/>');
    const check = run(TREE, 65, { counts: { total: 0, passed: 0, failed: 0, skipped: 0 } });
    expect(parseJunit(junitOf(check), context).counts).toEqual({ total: 1, passed: 1, failed: 0, skipped: 0 });
  });

  it('of an incident without tests holds none', () => {
    const text = toJunit(toReport(reportInput({ runs: [], verification: [] })));
    expect(XMLValidator.validate(text)).toBe(true);
    expect(parseJunit(text, context).counts.total).toBe(0);
  });

  it.each([
    ['markup', '</testcase></testsuite><testsuite name="forged" tests="1">'],
    ['a comment', '<!-- -->'],
    ['character data', ']]><![CDATA[ x'],
    ['a document type', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;'],
    ['quotes', `a" failures="0" b='c'`],
    ['control characters', 'a\u0000b\u0008c\u001Bd\uFFFEe'],
    ['lone surrogates', 'a\uD800b'],
    ['line ends', 'a\r\nb\nc\tt'],
  ])('stays whole when a test is called %s [report:junit:hostile]', (_what, test) => {
    const text = junitOf(run(TREE, 65, failing([test])));
    expect(XMLValidator.validate(text)).toBe(true);
    expect(parseJunit(text, context).counts).toEqual({ total: 14, passed: 11, failed: 1, skipped: 2 });
    expect(text).not.toMatch(/<!DOCTYPE|<!\[CDATA|forged" tests/);
  });

  it('is well-formed whatever tests, messages and suites are called', () => {
    assert(
      property(array(anyText, { minLength: 1, maxLength: 4 }), anyText, (names, suite) => {
        const text = junitOf(run(TREE, 65, failing(names), suite));
        expect(XMLValidator.validate(text)).toBe(true);
        expect(parseJunit(text, context).counts.failed).toBe(names.length);
      }),
      { numRuns: 200 },
    );
  });

  it('prefers the run on the current tree, and says of which diff an earlier one was', () => {
    const earlier = run('1'.repeat(40), 45, failing(['old']));
    const { patches } = reportInput();
    const text = toJunit(toReport(reportInput({ runs: [earlier], verification: required('unit'), patches, incident })));
    expect(text).toContain(`<property name="diff_hash" value="sha256:${'1'.repeat(64)}"/>`);
  });
});
