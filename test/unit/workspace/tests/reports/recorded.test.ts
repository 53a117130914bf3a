import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { TestFormat } from '#domain/remediation.ts';
import { parseReport } from '#workspace/tests/reports/read.ts';
import type { ReportContext } from '#workspace/tests/reports/report.ts';
import { parseText } from '#workspace/tests/reports/text.ts';

import { cpuMs } from '../../../../support/cpu-time.ts';

const paths = new Set([
  'a/a.go',
  'a/a_test.go',
  'b/b.go',
  'core/src/main/java/com/acme/Price.java',
  'core/src/test/java/com/acme/PriceTest.java',
  'lib/price.rb',
  'price.test.ts',
  'price_test.ts',
  'shop/price.py',
  'spec/broken_spec.rb',
  'spec/price_spec.rb',
  'src/Price.cs',
  'src/Price.php',
  'src/lib.rs',
  'src/price.mjs',
  'tap/price.test.mjs',
  'tape/price.mjs',
  'test/PriceTests.cs',
  'test/a.test.js',
  'test/early.test.js',
  'test/plain.test.js',
  'test/price.js',
  'tests/PriceTest.php',
  'tests/test_import.py',
  'tests/test_price.py',
]);
const sources: Readonly<Record<string, string>> = {
  'test/early.test.js': "const { test } = require('node:test');\nprocess.exit(0);\ntest('never', () => {});",
  'test/plain.test.js': "require('assert').equal(1, 1);",
};
const context: ReportContext = {
  roots: ['/repo'],
  cwd: '.',
  exists: (path) => paths.has(path),
  read: (path) => sources[path],
  sourceRoots: ['core/src/main/java', 'core/src/test/java'],
};

function recorded(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/suites/recorded/${name}`, import.meta.url), 'utf8');
}

function read(format: TestFormat, name: string) {
  const found = parseReport(format, recorded(name), context);
  if (!found.ok) throw new Error(found.reason);
  return found.report;
}

describe('what a real runner wrote', () => {
  it.each<[string, TestFormat, readonly [number, number, number], object]>([
    [
      'pytest.xml',
      'pytest',
      [2, 4, 2],
      {
        test: 'tests/test_price.py::TestTotal::test_divides[items0]',
        message: expect.stringMatching(/^ZeroDivisionError: division by zero\n/) as string,
        file: 'tests/test_price.py',
        line: 17,
        frames: ['shop/price.py:6', 'shop/price.py:2 total', 'tests/test_price.py:17'],
      },
    ],
    [
      'go.jsonl',
      'go',
      [2, 3, 1],
      {
        test: 'example.com/shop/a › TestPanics',
        file: 'a/a.go',
        line: 7,
        frames: ['a/a.go:7 a.Half', 'a/a_test.go:24 a.TestPanics'],
      },
    ],
    [
      'cargo.txt',
      'cargo',
      [1, 3, 1],
      {
        test: 'tests::raises',
        file: 'src/lib.rs',
        line: 3,
        frames: [
          'src/lib.rs:3 price::half',
          'src/lib.rs:24 price::tests::raises',
          'src/lib.rs:23 price::tests::raises::{{closure}}',
        ],
      },
    ],
    [
      'rspec.json',
      'rspec',
      [1, 2, 2],
      {
        test: 'Price.half raises',
        message: 'ArgumentError: odd',
        file: 'spec/price_spec.rb',
        line: 9,
        frames: ['lib/price.rb:3 half', 'spec/price_spec.rb:9 block (3 levels) in <top (required)>'],
      },
    ],
    ['rspec.json', 'rspec', [1, 2, 2], { test: 'Price.half differs (a+b)', expected: '3', actual: '2' }],
    [
      'phpunit.xml',
      'junit',
      [2, 3, 1],
      {
        test: 'Acme\\Tests\\PriceTest › testRaises',
        file: 'tests/PriceTest.php',
        line: 13,
        frames: ['src/Price.php:9', 'tests/PriceTest.php:13'],
      },
    ],
    ['bun.xml', 'bun', [2, 2, 1], { test: 'half › inner › raises', file: 'price.test.ts', line: 6 }],
    ['deno.xml', 'junit', [1, 3, 1], { test: 'raises (a+b)', file: 'price_test.ts', frames: ['src/price.mjs:2 half'] }],
    ['ava.tap', 'tap', [2, 3, 2], { test: 'price › raises', frames: ['src/price.mjs:2'] }],
    ['ava.tap', 'tap', [2, 3, 2], { test: 'No tests found in ava/dead.test.mjs' }],
    ['ava.tap', 'tap', [2, 3, 2], { test: 'price › differs (a+b)', expected: '3', actual: '2' }],
    ['tape.tap', 'tap', [1, 1, 0], { test: 'half › differs', expected: '[ 3 ]', file: 'tape/price.mjs', line: 3 }],
    [
      'tap.tap',
      'tap',
      [1, 2, 1],
      {
        test: 'tap/price.test.mjs › half › inner › odd',
        frames: ['src/price.mjs:2 half', 'tap/price.test.mjs:6 Test.<anonymous>'],
      },
    ],
    ['mocha-xunit.xml', 'junit', [1, 1, 1], { test: 'half › differs (a+b)', file: 'test/price.js', line: 4 }],
    [
      'surefire.xml',
      'junit',
      [2, 2, 1],
      {
        test: 'com.acme.PriceTest › raises',
        file: 'core/src/test/java/com/acme/PriceTest.java',
        line: 13,
        frames: [
          'core/src/main/java/com/acme/Price.java:6 Price.half',
          'core/src/test/java/com/acme/PriceTest.java:13 PriceTest.raises',
        ],
      },
    ],
    [
      'gradle.xml',
      'junit',
      [1, 3, 1],
      { test: 'com.acme.PriceTest › differs', file: 'core/src/test/java/com/acme/PriceTest.java', line: 12 },
    ],
    [
      'dotnet.trx',
      'trx',
      [1, 1, 1],
      {
        test: 'Shop.Tests.PriceTests.Halves',
        message: 'System.ArgumentException: odd amount: 3',
        file: 'src/Price.cs',
        line: 12,
        frames: ['src/Price.cs:12 Shop.Price.Half', 'test/PriceTests.cs:17 Shop.Tests.PriceTests.Halves'],
      },
    ],
    [
      'node.xml',
      'node',
      [5, 3, 0],
      { test: 'outer › sub', file: 'test/a.test.js', line: 3, message: expect.stringMatching(/^Error: y\n/) as string },
    ],
  ])('%s is counted, named and placed as %s [workspace:tests:reports]', (name, format, counts, failure) => {
    const report = read(format, name);
    const [passed, failed, skipped] = counts;
    expect(report.counts).toEqual({ total: passed + failed + skipped, passed, failed, skipped });
    expect(report.cases).toHaveLength(report.counts.total);
    expect(report.failures).toContainEqual(expect.objectContaining(failure));
  });

  it.each<[string, TestFormat, string, string]>([
    ['pytest.xml', 'pytest', 'tests/test_import.py', 'tests/test_import.py'],
    ['rspec-broken.json', 'rspec', './spec/broken_spec.rb', 'spec/broken_spec.rb'],
  ])('%s names a file that could not be loaded', (name, format, test, file) => {
    expect(read(format, name).failures).toContainEqual(expect.objectContaining({ test, file, collection: true }));
  });

  it('of go names a package that did not build in plain words only', () => {
    expect(read('go', 'go.jsonl').failures).toContainEqual({
      test: 'example.com/shop/b',
      message: 'The package did not build.',
      collection: true,
    });
  });

  it.each([
    ['rspec.txt', [1, 2, 2]],
    ['phpunit.txt', [2, 3, 1]],
    ['surefire.txt', [2, 2, 1]],
  ] as const)('%s is counted from what was printed', (name, [passed, failed, skipped]) => {
    expect(parseText(recorded(name), context)?.counts).toEqual({
      total: passed + failed + skipped,
      passed,
      failed,
      skipped,
    });
  });
});

describe('a program that ends itself', () => {
  it('before its first test is a failing file of node, and a plain program is not [workspace:tests:ended-early]', () => {
    const { cases, failures } = read('node', 'node.xml');
    expect(failures).toContainEqual(
      expect.objectContaining({ test: 'test/early.test.js', file: 'test/early.test.js', collection: true }),
    );
    expect(cases).toContainEqual(expect.objectContaining({ test: 'test/plain.test.js', outcome: 'passed' }));
  });

  it('in the middle of Rust tests fails [workspace:tests:ended-early]', () => {
    const [failure] = read('cargo', 'cargo.txt').failures.slice(-1);
    expect(failure).toMatchObject({ test: '1 announced tests', message: expect.stringContaining('0 of 1') as string });
  });

  it('in the middle of .NET tests fails, where the runner counts no failure [workspace:tests:ended-early]', () => {
    expect(recorded('dotnet-exit.trx')).toContain('<Counters total="9" executed="9" passed="9" failed="0"');
    const { counts, failures } = read('trx', 'dotnet-exit.trx');
    expect(counts).toEqual({ total: 10, passed: 9, failed: 1, skipped: 0 });
    expect(failures).toMatchObject([
      { test: 'the end of the tests', message: expect.stringContaining('The active test run was aborted.') as string },
    ]);
  });

  it.each([
    ['without its plan', 'TAP version 13\nok 1 - a\n', 'without a plan'],
    ['before its plan is fulfilled', 'TAP version 13\n1..3\nok 1 - a\n', '2 of 3 planned tests'],
    ['by bailing out', 'TAP version 13\nok 1 - a\nBail out! no database\n', 'Bail out! no database'],
    ['inside a subtest', 'TAP version 14\n# Subtest: s\n    1..2\n    ok 1 - a\nok 1 - s\n1..1\n', 'never ran'],
  ])('of TAP %s fails [workspace:tests:ended-early]', (_title, text, message) => {
    const found = parseReport('tap', text, context);
    expect(found).toMatchObject({ ok: true, report: { counts: { passed: 1, failed: 1 } } });
    expect(found.ok && found.report.failures[0]?.message).toContain(message);
  });
});

describe('hostile output', () => {
  it.each<[string, TestFormat, string]>([
    ['of TAP with very many points in a subtest', 'tap', `TAP version 14\n${'    ok 1\n'.repeat(300_000)}ok 1\n1..1\n`],
    [
      'of TAP nested without end',
      'tap',
      Array.from({ length: 3_000 }, (_, depth) => `${' '.repeat(depth)}ok 1`).join('\n'),
    ],
    ['of TAP with a long line', 'tap', `ok 1 ${'# '.repeat(500_000)}\n1..1\n`],
    ['of Rust with a long line', 'cargo', `running 1 test\ntest ${'a ... '.repeat(500_000)}\n`],
    ['of Rust with very many failures', 'cargo', `running 1 test\n${'test a ... FAILED\n'.repeat(100_000)}`],
    ['of go with very many packages', 'go', 'FAIL\tx [build failed]\n'.repeat(20_000)],
    [
      'of node with a long message',
      'node',
      `<testsuites><testcase name="a"><failure>${' expected: '.repeat(100_000)}</failure></testcase></testsuites>`,
    ],
  ])('%s is read in a short time [workspace:tests:reports]', (_title, format, text) => {
    const start = cpuMs();
    parseReport(format, text, context);
    parseText(text, context);
    expect(cpuMs() - start).toBeLessThan(5_000);
  });
});
