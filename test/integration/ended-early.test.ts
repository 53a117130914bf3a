import { describe, expect, it } from 'vitest';

import type { SuiteDeclaration } from '#domain/suite.ts';

import { absent, hasProgram } from '../support/needs.ts';
import { createRunnerFixture } from '../support/test-runner-fixture.ts';

function suite(argv: string[]): SuiteDeclaration {
  return { argv, cwd: '.', env: {}, required: true, timeout_s: 60, network: false, services: {}, limits: {} };
}

async function resultOf(files: Readonly<Record<string, string>>, argv: string[], withModules = false) {
  await using fixture = await createRunnerFixture({ files, suites: { unit: suite(argv) }, withModules });
  const { result } = await fixture.run();
  return result;
}

const slow = "import { setTimeout as sleep } from 'node:timers/promises';\nimport { test } from 'node:test';\n";

describe('a file of node:test that ends itself with exit code 0 [workspace:tests:ended-early]', () => {
  it.each<[string, string]>([
    [
      'inside a test, after others passed',
      "test('one', () => {});\ntest('two', () => sleep(300));\ntest('three', () => process.exit(0));\ntest('four', () => { throw new Error(); });\n",
    ],
    ['between two tests', "await test('one', () => sleep(300));\nprocess.exit(0);\ntest('two', () => {});\n"],
    [
      'in a hook after some of its tests',
      "import { after } from 'node:test';\nafter(() => process.exit(0));\ntest('one', () => sleep(300));\n",
    ],
  ])('%s has failed', async (_title, text) => {
    const files = {
      'a.test.mjs': slow + text,
      'b.test.mjs': `${slow}test('other', () => {});\n`,
    };
    const result = await resultOf(files, ['node', '--test', 'a.test.mjs', 'b.test.mjs']);
    expect(result).toMatchObject({ verdict: 'fail', exitCode: 0, counts: { failed: 1 } });
    expect(result.failures).toMatchObject([{ test: 'a.test.mjs', file: 'a.test.mjs' }]);
    expect(result.failures[0]?.message).toContain('process.exit');
  });

  it('passes when all of its tests were reported, also when node is told to end it', async () => {
    const text = `${slow}test('one', () => sleep(100));\nsetInterval(() => {}, 1_000);\n`;
    const argv = ['node', '--test', '--test-force-exit', 'a.test.mjs'];
    expect(await resultOf({ 'a.test.mjs': text }, argv)).toMatchObject({ verdict: 'pass', counts: { total: 1 } });
  });

  it('has failed where it wrote the report of a passed run before [workspace:tests:two-words]', async () => {
    const report = '<testsuites><testcase name="one" classname="test"/></testsuites>\\n<!-- unfinished %5B%5D -->\\n';
    const forge = `const [file] = process.execArgv.flatMap((each) => /destination=(.*report.*)/.exec(each)?.[1] ?? []);
test('one', () => { writeFileSync(file, '${report}'); process.exit(0); });\n`;
    const text = `import { writeFileSync } from 'node:fs';\nimport { test } from 'node:test';\n${forge}`;
    const argv = ['node', '--test', '--test-isolation=none', 'a.test.mjs'];
    const result = await resultOf({ 'a.test.mjs': text }, argv);
    expect(result).toMatchObject({ verdict: 'fail', exitCode: 0, counts: { passed: 1, failed: 0 } });
    expect(result.reason).toContain('The runner contradicts itself');
  });

  it('has failed where node runs all files in one process, too', async () => {
    const text = `${slow}test('one', () => sleep(300));\ntest('two', () => process.exit(0));\n`;
    const argv = ['node', '--test', '--test-isolation=none', 'a.test.mjs'];
    const result = await resultOf({ 'a.test.mjs': text }, argv);
    expect(['fail', 'no_tests']).toContain(result.verdict);
    expect(result.reason).toContain('nothing shows that its tests came to their end');
  });
});

/** Tests that end the process, which the runner would have passed; the words are those of a passed run. */
const quitting: readonly (readonly [string, string, Readonly<Record<string, string>>, string[]])[] = [
  [
    'pytest',
    'pytest',
    {
      'test_a.py':
        'import os\ndef test_one(): pass\ndef test_two():\n    os.write(1, b"\\n===== 5 passed in 0.10s =====\\n")\n    os._exit(0)\ndef test_three(): assert False\n',
    },
    ['pytest', '-s'],
  ],
  [
    'RSpec (exit!)',
    'rspec',
    {
      'spec/a_spec.rb':
        "describe 'a' do\n  it('one') { }\n  it('two') { STDOUT.syswrite(\"\\n5 examples, 0 failures\\n\"); exit!(0) }\n  it('three') { raise 'x' }\nend\n",
    },
    ['rspec'],
  ],
  [
    'RSpec (exit)',
    'rspec',
    {
      'spec/a_spec.rb': "describe 'a' do\n  it('one') { }\n  it('two') { exit(0) }\n  it('three') { raise 'x' }\nend\n",
    },
    ['rspec'],
  ],
  [
    'PHPUnit',
    'phpunit',
    {
      'tests/ATest.php':
        '<?php\nclass ATest extends PHPUnit\\Framework\\TestCase {\n  function testOne() { $this->assertTrue(true); }\n  function testTwo() { echo "\\nOK (5 tests, 5 assertions)\\n"; exit(0); }\n}\n',
    },
    ['phpunit', 'tests'],
  ],
  [
    'go (a test)',
    'go',
    {
      'go.mod': 'module m\n\ngo 1.19\n',
      'a_test.go':
        'package a\n\nimport (\n\t"syscall"\n\t"testing"\n)\n\nfunc TestOne(t *testing.T) {}\nfunc TestTwo(t *testing.T) { syscall.Exit(0) }\nfunc TestThree(t *testing.T) { t.Fatal() }\n',
    },
    ['go', 'test', './...'],
  ],
  [
    'go (TestMain)',
    'go',
    {
      'go.mod': 'module m\n\ngo 1.19\n',
      'a/a_test.go': 'package a\n\nimport "testing"\n\nfunc TestOne(t *testing.T) {}\n',
      'b/b_test.go':
        'package b\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) { os.Exit(0) }\nfunc TestOne(t *testing.T) { t.Fatal() }\n',
    },
    ['go', 'test', './...'],
  ],
  [
    'cargo',
    'cargo',
    {
      'Cargo.toml': '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n',
      'src/lib.rs':
        '#[cfg(test)]\nmod tests {\n    #[test]\n    fn one() {}\n    #[test]\n    fn two() { std::thread::sleep(std::time::Duration::from_millis(300)); std::process::exit(0); }\n}\n',
    },
    ['cargo', 'test', '--offline'],
  ],
  [
    'nextest (a report that holds what passing tests printed)',
    'cargo-nextest',
    {
      'Cargo.toml': '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n',
      '.config/nextest.toml': '[profile.default.junit]\npath = "junit.xml"\nstore-success-output = true\n',
      'tests/a.rs': '#[test]\nfn one() {}\n\n#[test]\nfn two() {\n    std::process::exit(0);\n}\n',
    },
    ['cargo', 'nextest', 'run', '--offline'],
  ],
];

describe('a test that ends the process with exit code 0 [workspace:tests:ended-early]', () => {
  it.for(quitting)('does not pass: %s', { timeout: 120_000 }, async ([, program, files, argv], { skip }) => {
    const why = absent(program, hasProgram(program));
    if (why) skip(why);
    const result = await resultOf(files, argv);
    expect(result).toMatchObject({ exitCode: 0 });
    expect(['fail', 'no_tests']).toContain(result.verdict);
    expect(result.reason).not.toBe('');
  });

  it('does not pass: vitest', async () => {
    const text = "import { test } from 'vitest';\ntest('one', () => {});\ntest('two', () => process.exit(0));\n";
    const files = { 'package.json': '{"type":"module"}', 'a.test.js': text };
    expect(await resultOf(files, ['vitest', 'run'], true)).toMatchObject({ verdict: 'fail' });
  });
});
