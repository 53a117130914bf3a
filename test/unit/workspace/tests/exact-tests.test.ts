import { describe, expect, it } from 'vitest';

import { exactTests } from '#workspace/tests/exact-tests.ts';
import { findRunner } from '#workspace/tests/runners.ts';

type Name = { test: string; file?: string };

function exact(command: string, tests: readonly Name[], cwd?: string) {
  const use = findRunner(command.split(' '));
  return use && exactTests(use.rules, tests, cwd);
}

describe('the arguments that run single tests', () => {
  it.each<[string, readonly Name[], object | undefined]>([
    [
      'vitest run',
      [{ test: 'sum › adds (a+b)', file: 'test/a.test.ts' }],
      { options: ['--testNamePattern=(?:^|\\s)(?:sum[\\s>]+adds[\\s>]+\\(a\\+b\\)$)'], files: ['test/a.test.ts'] },
    ],
    [
      'jest',
      [
        { test: 'a', file: '-x.js' },
        { test: 'b', file: 'y.js' },
      ],
      { options: ['--testNamePattern=(?:^|\\s)(?:a$|b$)'], files: ['--runTestsByPath', './-x.js', 'y.js'] },
    ],
    ['node --test', [{ test: 'a|b' }], { options: ['--test-name-pattern=(?:^|\\s)(?:a\\|b$)'], files: [] }],
    ['mocha', [{ test: 'a', file: 'a.js' }], { options: ['--grep=(?:^|\\s)(?:a$)'], files: ['a.js'] }],
    ['ava', [{ test: 'a › !x*', file: 'a.js' }], { options: ['--match=*!x\\*'], files: ['a.js'] }],
    ['tap', [{ test: 'a', file: 'a.js' }], { options: [], files: ['a.js'] }],
    ['tap', [{ test: 'a' }], undefined],
    ['deno test', [{ test: 'a/b > step', file: 'a.ts' }], { options: ['--filter=/^(?:a\\/b$)/'], files: ['a.ts'] }],
    [
      'pytest -q',
      [{ test: 'tests/test_a.py::TestA::test_b[x y]', file: 'tests/test_a.py' }],
      { options: [], files: ['tests/test_a.py::TestA::test_b[x y]'] },
    ],
    ['pytest', [{ test: 'tests/test_a.py::test_b' }], undefined],
    [
      'go test ./...',
      [{ test: 'example.com/m/a › TestA/two_words' }],
      { options: ['-run=^TestA$/^two_words$'], files: ['example.com/m/a'] },
    ],
    [
      'go test ./...',
      [{ test: 'm/a › TestA/x' }, { test: 'm/b › TestB' }],
      { options: ['-run=^(?:TestA|TestB)$'], files: ['m/a', 'm/b'] },
    ],
    ['go test ./...', [{ test: 'm/a' }], { options: [], files: ['m/a'] }],
    ['go test ./...', [{ test: '-exec=x › TestA' }], undefined],
    ['cargo test', [{ test: 'tests::a' }], { options: [], files: [], passed: ['--exact', 'tests::a'] }],
    ['cargo test', [{ test: '--nocapture' }], undefined],
    ['cargo nextest run', [{ test: 'a' }, { test: 'b' }], { options: ['-E', 'test(=a) | test(=b)'], files: [] }],
    [
      'mvn -B test',
      [
        { test: 'com.acme.ATest › one' },
        { test: 'com.acme.ATest › two(int)[1]' },
        { test: 'com.acme.BTest › in words' },
      ],
      {
        options: [
          '-Dtest=com.acme.ATest#one+two,com.acme.BTest',
          '-Dsurefire.failIfNoSpecifiedTests=false',
          '-DfailIfNoTests=false',
        ],
        files: [],
      },
    ],
    ['mvn test', [{ test: 'x,y#z › one' }], undefined],
    [
      'gradle test',
      [
        { test: 'a.BTest › one', file: 'core/src/test/java/a/BTest.java' },
        { test: 'a.CTest › two', file: 'core/src/test/java/a/CTest.java' },
      ],
      { options: [':core:test', '--tests', 'a.BTest.one', '--tests', 'a.CTest.two'], files: [], drops: ['test'] },
    ],
    ['rspec', [{ test: 'Price.half x' }], { options: ['--example-matches=\\A(?:Price\\.half[\\s>]+x$)'], files: [] }],
    [
      'vendor/bin/phpunit',
      [{ test: 'Acme\\ATest › testA with data set "x/y"' }],
      { options: ['--filter=/^(?:Acme\\\\ATest::testA with data set "x\\/y")(?: \\(.*)?$/'], files: [] },
    ],
    [
      'dotnet test',
      [{ test: 'x' }, { test: 'A.B.C(n: 1)' }],
      { options: ['--filter', 'FullyQualifiedName=x|FullyQualifiedName=A.B.C'], files: [] },
    ],
    ['dotnet test', [{ test: 'A & B' }], undefined],
  ])('of %s for %j are exact and no option of the agent [workspace:tests:exact]', (command, tests, expected) => {
    expect(exact(command, tests)).toEqual(expected);
  });

  it('see files from the folder of the suite', () => {
    const tests = [{ test: 'tests/test_a.py::test_b', file: 'backend/tests/test_a.py' }];
    expect(exact('pytest', tests, 'backend')?.files).toEqual(['tests/test_a.py::test_b']);
  });

  it('match a name that was cut by its beginning', () => {
    const test = `${'x'.repeat(299)}…`;
    expect(exact('mocha', [{ test }])?.options).toEqual([`--grep=(?:^|\\s)(?:${'x'.repeat(299)})`]);
    expect(exact('pytest', [{ test, file: 'a.py' }])).toBeUndefined();
  });
});
