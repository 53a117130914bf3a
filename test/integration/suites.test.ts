import { existsSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { SuiteDeclaration } from '#domain/suite.ts';

import { absent, hasProgram, missing } from '../support/needs.ts';
import { createRunnerFixture } from '../support/test-runner-fixture.ts';

const modified = (path: string) => ({ path, change: 'modify' as const, added: 1, removed: 1 });
/** Less work for the compiler and the collector of short programs. */
const env = { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' };
const debianMaven = existsSync('/usr/share/maven-repo/org/apache/maven/plugins/maven-surefire-plugin');

describe('a real run', () => {
  it(
    'of go test takes the packages that reach the change, and names subtests [workspace:tests:affected-go] [workspace:tests:exact]',
    { timeout: 120_000 },
    async ({ skip }) => {
      const why = absent('go', hasProgram('go'));
      if (why) skip(why);
      await using fixture = await createRunnerFixture({ fixture: 'go-app', changes: [modified('price/price.go')] });
      const { plan, result } = await fixture.run({ scope: 'affected' });
      expect(plan.argv).toEqual(['go', 'test', '-json', './api', './price']);
      expect(result.counts).toEqual({ total: 5, passed: 3, failed: 1, skipped: 1 });
      expect(result.failures).toEqual([
        expect.objectContaining({
          test: 'example.com/shop/price › TestTable/two_words',
          file: 'price/price_test.go',
          line: 15,
        }),
      ]);
      const again = await fixture.run({ scope: 'failed' });
      expect(again.plan.argv).toContain('-run=^TestTable$/^two_words$');
      expect(again.result.counts).toEqual({ total: 1, passed: 0, failed: 1, skipped: 0 });
    },
  );

  it('of RSpec reads its JSON, and takes the spec that is named like the change', async ({ skip }) => {
    const why = absent('rspec', hasProgram('rspec'));
    if (why) skip(why);
    await using fixture = await createRunnerFixture({ fixture: 'rspec-app', changes: [modified('lib/price.rb')] });
    const { plan, result } = await fixture.run({ scope: 'affected' });
    expect(plan.files).toEqual([]);
    expect(plan.argv.slice(-1)).toEqual(['spec/price_spec.rb']);
    expect(result.counts).toEqual({ total: 5, passed: 1, failed: 2, skipped: 2 });
    expect(result.failures[1]).toMatchObject({
      test: 'Price.half raises',
      frames: ['lib/price.rb:3 half', 'spec/price_spec.rb:9 block (3 levels) in <top (required)>'],
    });
    expect((await fixture.run({ scope: 'failed' })).result.counts).toMatchObject({ total: 2, failed: 2 });
  });

  it('of PHPUnit reads its JUnit report', async ({ skip }) => {
    const why = absent('phpunit', hasProgram('phpunit'));
    if (why) skip(why);
    await using fixture = await createRunnerFixture({ fixture: 'phpunit-app', changes: [modified('src/Price.php')] });
    const { plan, result } = await fixture.run({ scope: 'affected' });
    expect(plan.argv.slice(-1)).toEqual(['tests/PriceTest.php']);
    expect(result.counts).toEqual({ total: 6, passed: 2, failed: 3, skipped: 1 });
    expect(result.failures).toContainEqual(
      expect.objectContaining({
        test: 'Acme\\Tests\\PriceTest › testRaises',
        frames: ['src/Price.php:9', 'tests/PriceTest.php:13'],
      }),
    );
    expect((await fixture.run({ scope: 'failed' })).result.counts).toMatchObject({ total: 3, failed: 3 });
  });

  it('of Maven reads the reports of all modules [workspace:tests:reports]', { timeout: 120_000 }, async ({ skip }) => {
    const why = absent("Debian's repository of Maven plugins", debianMaven && hasProgram('mvn'));
    if (why) skip(why);
    const argv = ['mvn', '-B', '-s', 'settings.xml', '-Dmaven.repo.local=.m2', '-fae', 'test'];
    const unit = SuiteDeclaration.parse({ argv, env, timeout_s: 100 });
    await using fixture = await createRunnerFixture({
      fixture: 'jvm-app',
      suites: { unit },
      changes: [modified('core/src/main/java/com/acme/Price.java')],
    });
    const { plan, result } = await fixture.run({ scope: 'all' }, 100);
    expect(plan.reportPath).toContain('surefire');
    expect(result).toMatchObject({ counts: { total: 5, passed: 1, failed: 3, skipped: 1 } });
    expect(result.failures).toContainEqual(
      expect.objectContaining({
        test: 'com.acme.PriceTest › differs',
        file: 'core/src/test/java/com/acme/PriceTest.java',
        line: 12,
      }),
    );
  });

  it('of Gradle takes the module of the change and those that depend on it', { timeout: 120_000 }, async ({ skip }) => {
    const why = absent("Gradle with Debian's repository", debianMaven && hasProgram('gradle'));
    if (why) skip(why);
    const argv = ['gradle', '--offline', '--console=plain', '--continue', '--no-daemon', 'test'];
    const unit = SuiteDeclaration.parse({ argv, env, timeout_s: 100 });
    await using fixture = await createRunnerFixture({
      fixture: 'jvm-app',
      suites: { unit },
      changes: [modified('core/src/main/java/com/acme/Price.java')],
    });
    const { plan, result } = await fixture.run({ scope: 'affected' }, 100);
    expect(plan.argv.slice(-2)).toEqual([':core:test', ':web:test']);
    expect(result.counts).toEqual({ total: 6, passed: 2, failed: 3, skipped: 1 });
    expect(result.failures[0]?.frames?.[0]).toContain('core/src/');
  });

  it('of pytest takes the test file that imports the change [workspace:tests:affected-python]', async ({ skip }) => {
    const why = missing('pytest', hasProgram('pytest'));
    if (why) skip(why);
    await using fixture = await createRunnerFixture({
      files: {
        'pyproject.toml': '[tool.pytest.ini_options]\npythonpath = ["src"]\n',
        'src/shop/__init__.py': '',
        'src/shop/price.py': 'def half(n):\n    return n // 0\n',
        'tests/test_price.py':
          'from shop.price import half\n\n\nclass TestHalf:\n    def test_halves(self):\n        assert half(4) == 2\n',
        'tests/test_other.py': 'def test_other():\n    pass\n',
      },
      changes: [modified('src/shop/price.py')],
    });
    const { plan, result } = await fixture.run({ scope: 'affected' });
    expect(plan.argv.slice(-1)).toEqual(['tests/test_price.py']);
    expect(result.counts).toMatchObject({ total: 1, failed: 1 });
    expect(result.failures[0]).toMatchObject({
      test: 'tests/test_price.py::TestHalf::test_halves',
      frames: ['src/shop/price.py:2', 'tests/test_price.py:6'],
    });
  });
});

describe('a file of node that ends itself', () => {
  const files = (text: string) => ({ 'package.json': '{"scripts":{"test":"node --test"}}', 'test/a.test.js': text });

  it('before its first test is a failure, not a passed test [workspace:tests:ended-early]', async () => {
    const text = "const { test } = require('node:test');\nprocess.exit(0);\ntest('never', () => {});\n";
    await using fixture = await createRunnerFixture({ files: files(text) });
    const { result } = await fixture.run();
    expect(result.verdict).not.toBe('pass');
    expect(result.failures[0]).toMatchObject({ test: 'test/a.test.js', collection: true });
  });

  it('is green as a program of plain assertions', async () => {
    await using fixture = await createRunnerFixture({ files: files("require('assert').equal(1, 1);\n") });
    expect((await fixture.run()).result).toMatchObject({ verdict: 'pass', counts: { total: 1, passed: 1 } });
  });
});
