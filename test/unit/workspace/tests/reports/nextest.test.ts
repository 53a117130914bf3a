import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { parseReport } from '#workspace/tests/reports/read.ts';
import type { ReportContext } from '#workspace/tests/reports/report.ts';
import { parseText } from '#workspace/tests/reports/text.ts';

import { cpuMs } from '../../../../support/cpu-time.ts';

/** What nextest 0.9.143, and where the name says so 0.9.117, wrote with Rust 1.95: of a workspace of `price` and `stock`, or of a package `shop`. */
function recorded(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/suites/recorded/${name}`, import.meta.url), 'utf8');
}

const paths = new Set(['price/src/lib.rs', 'stock/src/lib.rs', 'src/lib.rs']);
const context: ReportContext = {
  roots: ['/repo'],
  cwd: '.',
  exists: (path) => paths.has(path),
  read: (path) => (path === 'Cargo.toml' ? '[package]\nname = "root"\n\n[workspace]\n' : undefined),
};

function junit(name: string) {
  const found = parseReport('junit', recorded(name), context);
  if (!found.ok) throw new Error(found.reason);
  return found.report;
}

function printed(text: string) {
  const found = parseText(text, context);
  if (found === undefined) throw new Error('not recognised');
  return found;
}

const text = recorded('nextest.txt');

describe.each([
  ['output', () => printed(text)],
  ['JUnit report', () => junit('nextest.xml')],
  ['JUnit report of an earlier release', () => junit('nextest117.xml')],
])('the %s of nextest [workspace:tests:reports]', (_kind, read) => {
  it('tells every test and outcome, by what is said of a test last', () => {
    const { counts, cases } = read();
    expect(counts).toEqual({ total: 13, passed: 6, failed: 7, skipped: 0 });
    const outcomes = cases.map(({ test, outcome }) => `${test} ${outcome}`);
    expect(outcomes.toSorted()).toEqual([
      'price › tests::answers failed',
      'price › tests::differs failed',
      'price › tests::halves passed',
      'price › tests::raises failed',
      'price › tests::refuses passed',
      'price › tests::should_refuse failed',
      'price::process › aborts failed',
      'price::process › leaks passed',
      // nextest judges a test by the exit code of its own process.
      'price::process › quits passed',
      'price::process › waits failed',
      'stock › tests::counts passed',
      'stock › tests::divides failed',
      'stock › tests::sometimes passed',
    ]);
  });

  it.each([
    ['price › tests::answers', /^Error: "no .* <&>"$/],
    [
      'price › tests::differs',
      /^thread 'tests::differs' \(\d+\) panicked at price\/src\/lib\.rs:20:9:\nassertion `left/,
    ],
    ['price › tests::should_refuse', /^note: test did not panic as expected at price\/src\/lib\.rs:36:8$/],
    ['price::process › aborts', /aborted with signal 6/],
    ['price::process › waits', /\btest time(?:d |)out\b/],
  ])('explains %s without the words of the harness', (test, message) => {
    const failure = read().failures.find((each) => each.test === test);
    expect(failure?.message).toMatch(message);
    expect(failure?.message).not.toMatch(/running 1 test|test result|failures:/);
  });

  it('names frames below the crate as the workspace does, and not as the package of the same path at the root', () => {
    const frames = (test: string) => read().failures.find((each) => each.test === test)?.frames;
    expect(frames('price › tests::raises')).toEqual([
      'price/src/lib.rs:3 price::half',
      'price/src/lib.rs:25 price::tests::raises',
      'price/src/lib.rs:24 price::tests::raises::{{closure}}',
    ]);
    // It panics in another crate than its own, whose folder nothing tells.
    expect(frames('stock › tests::divides')).toEqual(['price/src/lib.rs:3 price::half']);
  });
});

describe('the frames of a Rust backtrace [workspace:tests:reports]', () => {
  const raises = (over: Partial<ReportContext>) => {
    const xml = recorded('nextest.xml');
    const found = parseReport('junit', xml, { ...context, ...over });
    return found.ok ? found.report.failures.find(({ test }) => test === 'stock › tests::divides')?.frames : undefined;
  };

  it('lie below the suite where that is one package', () => {
    expect(raises({ read: () => '[package]\nname = "stock"\n' })).toContain('src/lib.rs:12 stock::tests::divides');
  });

  it('lie below the suite where that is a member of the workspace', () => {
    const found = parseReport('junit', recorded('nextest.xml'), { ...context, cwd: 'price' });
    const failures = found.ok ? found.report.failures : [];
    expect(failures.find(({ test }) => test === 'price › tests::raises')?.frames).toContain(
      'price/src/lib.rs:25 price::tests::raises',
    );
  });
});

describe('an output of nextest [workspace:tests:reports]', () => {
  it.each<[string, string, readonly [number, number], object | undefined]>([
    ['stopped at its first failure', 'nextest-cancelled.txt', [1, 1], { line: 10 }],
    [
      'killed by a test',
      'nextest-killed.txt',
      [1, 1],
      { test: 'the end of the tests', message: expect.stringContaining('never summed') as string },
    ],
    [
      'that lists failures only, with what they printed at the end',
      'nextest-final.txt',
      [3, 1],
      { message: expect.stringMatching(/^thread .*:\nassertion .*\n {2}left: 1\n/) as string, line: 10 },
    ],
    [
      'that captures nothing, where the next test begins behind a failure',
      'nextest-uncaptured.txt',
      [3, 1],
      { test: 'shop › tests::halves', message: 'The test ended with FAIL.' },
    ],
    [
      'of several rounds, of which one failed',
      'nextest-stress.txt',
      [1, 1],
      { test: 'shop › tests::once', message: expect.stringContaining('the first round') as string },
    ],
    [
      'whose script before the tests failed',
      'nextest-script.txt',
      [0, 1],
      { test: '@setup-script:seed › seed', message: '(script failed with exit code 3)' },
    ],
    [
      'of a profile in which a flaky test fails',
      'nextest-strict.txt',
      [1, 1],
      { test: 'stock › tests::sometimes', message: 'Error: "the first attempt"' },
    ],
    ['without a test of the wanted name', 'nextest-none.txt', [0, 0], undefined],
  ])('%s is counted [workspace:tests:ended-early]', (_title, name, [passed, failed], failure) => {
    const { counts, failures } = printed(recorded(name));
    expect(counts).toEqual({ total: passed + failed, passed, failed, skipped: 0 });
    expect(failures).toMatchObject(failure === undefined ? [] : [failure]);
  });

  it('is none where the code does not compile', () => {
    expect(parseText(recorded('nextest-broken.txt'), context)).toBeUndefined();
  });

  it('of releases that do not number their tests is read as well', () => {
    const older = text.replaceAll(/ \([ \d]+\/\d+\)| \(─+\)/g, '').replace(/^ Nextest run ID.*\n/m, '');
    expect(older).not.toBe(text);
    expect(printed(older)).toEqual(printed(text));
  });

  it.each(['────', '---'])(
    'of releases that name the test above what it printed, behind %s, is read as well',
    (rule) => {
      const older = text.replaceAll(
        /^ {2}(stdout|stderr) ───$/gm,
        (_, stream: string) => `${rule} ${`${stream.toUpperCase()}:`.padEnd(19)} price tests::x`,
      );
      expect(older).toContain(`${rule} STDERR:`);
      expect(printed(older)).toEqual(printed(text));
    },
  );

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
    expect(printed(whole).cases).toMatchObject([{ test: 'shop::checkout › waits', outcome }]);
  });

  it('that was never summed up has one more failure [workspace:tests:ended-early]', () => {
    const cut = text.slice(0, text.indexOf('     Summary'));
    expect(printed(cut).counts).toEqual({ total: 14, passed: 6, failed: 8, skipped: 0 });
  });
});

describe('a JUnit report of nextest [workspace:tests:reports]', () => {
  it.each([
    ['nextest-script.xml', [0, 1], '@setup-script:seed › seed', 'script failure with exit code 3'],
    ['nextest-stress.xml', [3, 1], 'shop › tests::once', /the first round/],
    ['nextest-strict.xml', [1, 1, 1], 'stock › tests::sometimes', /configured to fail when flaky/],
  ] as const)(
    '%s has failures that are named as in the output',
    (name, [passed, failed, skipped = 0], test, message) => {
      const { counts, failures } = junit(name);
      expect(counts).toEqual({ total: passed + failed + skipped, passed, failed, skipped });
      expect(failures).toHaveLength(1);
      expect(failures[0]).toMatchObject({ test, message: expect.stringMatching(message) as string });
      expect(printed(recorded(name.replace('.xml', '.txt'))).failures.map((each) => each.test)).toEqual([test]);
    },
  );

  it('fails a test that ended its own process, where it holds what passing tests printed [workspace:tests:ended-early]', () => {
    const { counts, failures } = junit('nextest-kept.xml');
    expect(counts).toEqual({ total: 4, passed: 3, failed: 1, skipped: 0 });
    expect(failures).toMatchObject([
      { test: 'price::process › quits', message: expect.stringContaining('exit code 0') as string },
    ]);
  });

  it('has no test where none was run', () => {
    expect(junit('nextest-none.xml').counts.total).toBe(0);
  });
});

describe('hostile output of nextest', () => {
  const begin = '    Starting 9 tests across 1 binary\n';
  const failed = '        FAIL [   0.1s] shop tests::x\n';
  it.each([
    ['very many failures', failed.repeat(20_000)],
    ['very many failures that say something', `${failed}  stderr ───\n    x\n`.repeat(15_000)],
    ['a long line of blanks', `${failed}  stderr ───\n${' '.repeat(500_000)}x\n`],
    ['many places of a panic', `${failed}  stderr ───\n    ${'panicked at a.rs'.repeat(500)}\n`.repeat(100)],
    ['many frames', `${failed}  stderr ───\n${'        at ./a/a.rs:1:1\n'.repeat(300)}`.repeat(100)],
  ])('with %s is read in a short time [workspace:tests:reports]', (_title, hostile) => {
    const start = cpuMs();
    expect(printed(begin + hostile).counts.failed).toBeGreaterThan(0);
    expect(cpuMs() - start).toBeLessThan(5_000);
  });
});
