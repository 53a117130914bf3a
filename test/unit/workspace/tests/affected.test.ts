import { describe, expect, it } from 'vitest';

import type { FileChange } from '#domain/remediation.ts';
import { SuiteDeclaration } from '#domain/suite.ts';
import { planTests } from '#workspace/tests/plan.ts';
import { chooseSuite, listSuites } from '#workspace/tests/suites.ts';

import { cpuMs } from '../../../support/cpu-time.ts';
import { manifest, memoryTree } from '../../../support/memory-tree.ts';

type Files = Readonly<Record<string, string>>;

const modify = (path: string): FileChange => ({ path, change: 'modify', added: 1, removed: 1 });

/** The plan of the affected tests of a tree in which these files were changed. */
async function affected(files: Files, changed: readonly string[], declared?: Partial<SuiteDeclaration>) {
  const tree = memoryTree(files);
  const suites = await listSuites(declared ? { unit: SuiteDeclaration.parse(declared) } : {}, tree);
  const suite = chooseSuite(suites, undefined, changed);
  const request = { scope: 'affected', files: [] } as const;
  const { argv, selection } = await planTests({ suite, request, tree, changes: changed.map(modify), treeId: 't1' });
  return { argv, selection };
}

describe('affected tests of pytest', () => {
  const files: Files = {
    'pyproject.toml': '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n',
    'src/shop/__init__.py': '',
    'src/shop/price.py': 'from .tax import rate\n',
    'src/shop/tax.py': 'import json\n',
    'src/shop/stock.py': '',
    'src/shop/mail.py': '',
    'src/shop/lonely.py': '',
    'tests/conftest.py': 'import pytest\n',
    'tests/unit/conftest.py': 'from shop import mail\n',
    'tests/unit/test_price.py': 'from shop.price import (  # a comment (with brackets)\n    total,\n)\n',
    'tests/unit/test_stock.py': 'import shop.stock as stock, os\n',
    'tests/test_patch.py': "from unittest import mock\nmock.patch('shop.tax.rate')\n",
    'tests/test_plain.py': 'import math\n',
    'other/test_outside.py': 'import shop.price\n',
  };

  it.each<[string, readonly string[], readonly string[] | 'all', RegExp]>([
    ['an imported module', ['src/shop/stock.py'], ['tests/unit/test_stock.py'], /1 of 4 test files/],
    [
      'a module behind another one, and by its name in a string',
      ['src/shop/tax.py'],
      ['tests/unit/test_price.py', 'tests/test_patch.py'],
      /2 of 4/,
    ],
    [
      'a module that a conftest.py imports, for everything below it',
      ['src/shop/mail.py'],
      ['tests/unit/test_price.py', 'tests/unit/test_stock.py'],
      /2 of 4/,
    ],
    [
      'a package, whose __init__.py runs with each of its modules',
      ['src/shop/__init__.py'],
      ['tests/unit/test_price.py', 'tests/unit/test_stock.py', 'tests/test_patch.py'],
      /3 of 4/,
    ],
    ['a test file', ['tests/test_plain.py'], ['tests/test_plain.py'], /1 of 4/],
    ['the conftest.py of all', ['tests/conftest.py'], 'all', /every test file/],
    ['a module that no test imports', ['src/shop/lonely.py'], 'all', /no test imports src\/shop\/lonely\.py/],
    ['a data file', ['src/shop/rates.json'], 'all', /no Python module/],
  ])('for %s [workspace:tests:affected-python]', async (_title, changed, expected, words) => {
    const found = await affected(files, changed);
    const selected = found.argv.filter((word) => word.endsWith('.py'));
    expect(selected).toEqual(expected === 'all' ? [] : expected);
    expect(found.selection).toMatch(words);
  });

  it.each([
    ['a computed import', 'import importlib\nimportlib.import_module(name)\n'],
    ['another program', 'import subprocess\n'],
    ['code in a string', 'exec(text)\n'],
  ])('always hold a test that reaches %s', async (_title, text) => {
    const found = await affected({ ...files, 'tests/test_plain.py': text }, ['src/shop/stock.py']);
    expect(found.argv.filter((word) => word.endsWith('.py'))).toEqual([
      'tests/unit/test_stock.py',
      'tests/test_plain.py',
    ]);
  });

  it.each([
    ['pytest.ini', '[pytest]\npython_files = check_*.py\n'],
    ['setup.cfg', '[tool:pytest]\nnorecursedirs = old\n'],
  ])('are all tests when %s names the test files itself', async (name, text) => {
    const found = await affected({ ...files, [name]: text }, ['src/shop/stock.py']);
    expect(found.selection).toContain("pytest's configuration");
  });

  it('stay inside the folders that the suite names, and see paths from its own', async () => {
    const inside = Object.fromEntries(Object.entries(files).map(([path, text]) => [`backend/${path}`, text]));
    const found = await affected(inside, ['backend/src/shop/tax.py'], {
      argv: ['pytest', 'tests/unit'],
      cwd: 'backend',
    });
    expect(found.argv.filter((word) => word.endsWith('.py'))).toEqual(['tests/unit/test_price.py']);
  });
});

describe('affected tests of go', () => {
  const files: Files = {
    'go.mod': 'module example.com/shop\n\ngo 1.22\n',
    'price/price.go': 'package price\n\nimport "example.com/shop/internal/tax"\n',
    'price/price_test.go': 'package price\n',
    'internal/tax/tax.go': 'package tax\n\nimport (\n\t"fmt"\n)\n',
    'api/api.go': 'package api\n\nimport "example.com/shop/price"\n',
    'api/api_test.go': 'package api_test\n',
    'e2e/e2e_test.go': 'package e2e\n\nimport (\n\tx "example.com/shop/api"\n)\n',
    'stock/stock.go': 'package stock\n',
    'stock/stock_test.go': 'package stock\n',
    'lonely/lonely.go': 'package lonely\n',
    'vendor/example.com/x/x.go': 'package x\n',
  };

  it.each<[string, readonly string[], readonly string[], RegExp]>([
    [
      'a package and all that import it',
      ['price/price.go'],
      ['./price', './api', './e2e'],
      /3 of 4 packages with tests/,
    ],
    ['a package without tests of its own', ['internal/tax/tax.go'], ['./price', './api', './e2e'], /3 of 4/],
    ['a package that only a test imports', ['api/api.go'], ['./api', './e2e'], /2 of 4/],
    ['a test file', ['stock/stock_test.go'], ['./stock'], /1 of 4/],
    ['a package that no test reaches', ['lonely/lonely.go'], ['./...'], /no test reaches the package lonely/],
    ['embedded files', ['price/page.html'], ['./...'], /no Go source file/],
    ['go.mod', ['go.mod'], ['./...'], /no Go source file/],
    ['vendored code', ['vendor/example.com/x/x.go'], ['./...'], /no Go source file/],
  ])('for %s [workspace:tests:affected-go]', async (_title, changed, expected, words) => {
    const found = await affected(files, changed);
    expect(found.argv.filter((word) => word.startsWith('./'))).toEqual(expected);
    expect(found.selection).toMatch(words);
  });

  it.each([
    ['build constraints', { 'price/price.go': '//go:build linux\n\npackage price\n' }, /conditions/],
    ['C', { 'price/price.go': 'package price\n\nimport "C"\n' }, /with C/],
    ['a workspace', { 'go.work': 'go 1.22\n' }, /go\.work/],
    ['a local replacement', { 'go.mod': 'module example.com/shop\nreplace example.com/y => ../y\n' }, /replaces/],
  ])('are all tests with %s', async (_title, over, words) => {
    const found = await affected({ ...files, ...over }, ['price/price.go']);
    expect(found.argv).toContain('./...');
    expect(found.selection).toMatch(words);
  });

  it('always hold a package whose tests run other programs', async () => {
    const over = { ...files, 'stock/stock_test.go': 'package stock\n\nimport "os/exec"\n' };
    expect((await affected(over, ['api/api.go'])).argv.slice(-3)).toEqual(['./api', './e2e', './stock']);
  });
});

describe('affected tests of cargo', () => {
  const files: Files = {
    'Cargo.toml':
      '[workspace]\nmembers = ["crates/*"]\n\n[workspace.dependencies]\nprices = { path = "crates/price" }\n',
    'crates/price/Cargo.toml': '[package]\nname = "shop-price"\n',
    'crates/price/src/lib.rs': '',
    'crates/api/Cargo.toml': '[package]\nname = "shop-api"\n\n[dependencies]\nprices.workspace = true\n',
    'crates/api/src/lib.rs': '',
    'crates/cli/Cargo.toml': '[package]\nname = "shop-cli"\n\n[dev-dependencies]\nshop-api = { path = "../api" }\n',
    'crates/cli/src/main.rs': '',
    'crates/stock/Cargo.toml': '[package]\nname = "shop-stock"\n\n[dependencies]\nserde = "1"\n',
    'crates/stock/src/lib.rs': '',
  };

  it.each<[string, readonly string[], readonly string[], RegExp]>([
    [
      'a crate and those that depend on it by path',
      ['crates/price/src/lib.rs'],
      ['cargo', 'test', '--no-fail-fast', '-p', 'shop-price', '-p', 'shop-api', '-p', 'shop-cli'],
      /3 of 4 crates/,
    ],
    [
      'a crate alone',
      ['crates/stock/src/lib.rs'],
      ['cargo', 'test', '--no-fail-fast', '-p', 'shop-stock'],
      /1 of 4 crates/,
    ],
    [
      'a manifest',
      ['crates/price/Cargo.toml'],
      ['cargo', 'test', '--workspace', '--no-fail-fast'],
      /is not told by its crate/,
    ],
    ['a file outside', ['tools/x.rs'], ['cargo', 'test', '--workspace', '--no-fail-fast'], /belongs to no crate/],
  ])('for %s [workspace:tests:affected-cargo]', async (_title, changed, argv, words) => {
    const found = await affected(files, changed);
    expect(found.argv).toEqual(argv);
    expect(found.selection).toMatch(words);
  });

  it('are run by nextest where it is configured', async () => {
    const nextest = { '.config/nextest.toml': '[profile.ci]\nretries = 1\n\n[profile.ci.junit]\npath = "junit.xml"\n' };
    const found = await affected({ ...files, ...nextest }, ['crates/stock/src/lib.rs']);
    expect(found.argv).toEqual(['cargo', 'nextest', 'run', '--profile', 'ci', '--no-fail-fast', '-p', 'shop-stock']);
  });
});

describe('affected tests of Maven and Gradle', () => {
  const java = 'core/src/main/java/com/acme/Price.java';
  const test = 'core/src/test/java/com/acme/PriceTest.java';
  const sources: Files = { [java]: '', [test]: 'class PriceTest {}', 'web/src/main/java/com/acme/Page.java': '' };
  const maven: Files = { ...sources, 'pom.xml': '', 'core/pom.xml': '', 'web/pom.xml': '' };
  const gradle: Files = {
    ...sources,
    'settings.gradle': "include 'core', 'web'",
    'build.gradle': '',
    'core/build.gradle': '',
    'web/build.gradle': "dependencies { implementation project(':core') }",
  };

  it.each<[string, Files, readonly string[], readonly string[], RegExp]>([
    [
      'Maven module, with those that depend on it and those it needs',
      maven,
      [java],
      ['mvn', '-B', '-o', '-fae', 'test', '-pl', 'core', '-am', '-amd'],
      /the modules that depend on them/,
    ],
    [
      'Maven test class alone',
      maven,
      [test],
      [
        'mvn',
        '-B',
        '-o',
        '-fae',
        'test',
        '-pl',
        'core',
        '-am',
        '-Dtest=PriceTest',
        '-Dsurefire.failIfNoSpecifiedTests=false',
        '-DfailIfNoTests=false',
      ],
      /the changed test classes/,
    ],
    ['Maven build file', maven, ['core/pom.xml'], ['mvn', '-B', '-o', '-fae', 'test'], /no source file of a module/],
    [
      'only module of Maven',
      { 'pom.xml': '', 'src/main/java/A.java': '' },
      ['src/main/java/A.java'],
      ['mvn', '-B', '-o', '-fae', 'test'],
      /single module/,
    ],
    [
      'Gradle module, with those that depend on it',
      gradle,
      [java],
      ['gradle', '--offline', '--console=plain', '--continue', ':core:test', ':web:test'],
      /:core, :web/,
    ],
    [
      'Gradle module that nothing depends on',
      gradle,
      ['web/src/main/java/com/acme/Page.java'],
      ['gradle', '--offline', '--console=plain', '--continue', ':web:test'],
      /:web/,
    ],
    [
      'Gradle module whose name is set elsewhere',
      { ...gradle, 'settings.gradle': "project(':core').projectDir = file('x')" },
      [java],
      ['gradle', '--offline', '--console=plain', '--continue', 'test'],
      /settings of the build/,
    ],
  ])('for a %s [workspace:tests:affected-jvm]', async (...[, files, changed, argv, words]) => {
    const found = await affected(files, changed);
    expect(found.argv).toEqual(argv);
    expect(found.selection).toMatch(words);
  });

  it('are all tests when a changed test class may be inherited from', async () => {
    const found = await affected({ ...maven, [test]: 'public abstract class PriceTest {}' }, [test]);
    expect(found.argv).toContain('-amd');
  });
});

describe('affected tests by their names', () => {
  it.each<[string, Files, readonly string[], readonly string[] | 'all']>([
    ['lib', { 'lib/a/b.rb': '', 'spec/a/b_spec.rb': '', 'spec/x_spec.rb': '' }, ['lib/a/b.rb'], ['spec/a/b_spec.rb']],
    ['app', { 'app/models/a.rb': '', 'spec/models/a_spec.rb': '' }, ['app/models/a.rb'], ['spec/models/a_spec.rb']],
    ['a spec', { 'spec/a_spec.rb': '' }, ['spec/a_spec.rb'], ['spec/a_spec.rb']],
    ['a file without a spec', { 'lib/a.rb': '', 'spec/b_spec.rb': '' }, ['lib/a.rb'], 'all'],
    ['a helper', { 'spec/spec_helper.rb': '', 'spec/b_spec.rb': '' }, ['spec/spec_helper.rb'], 'all'],
  ])('of RSpec for %s [workspace:tests:affected-names]', async (_title, files, changed, expected) => {
    const found = await affected(files, changed);
    expect(found.argv.filter((word) => word.endsWith('.rb'))).toEqual(expected === 'all' ? [] : expected);
    expect(found.selection).toMatch(expected === 'all' ? /no test is named like/ : /others that use these files/);
  });

  const php: Files = {
    'phpunit.xml': '',
    'src/A/B.php': '',
    'src/C.php': '',
    'tests/Unit/A/BTest.php': '',
    'tests/CTest.php': '',
  };

  it.each<[readonly string[], readonly string[]]>([
    [['src/A/B.php'], ['tests/Unit/A/BTest.php']],
    [['src/A/B.php', 'src/C.php'], ['--filter=/(?:^|\\\\)(?:BTest|CTest)::/']],
    [['src/D.php'], []],
  ])('of PHPUnit for %s', async (changed, expected) => {
    const { argv } = await affected({ ...php, 'src/D.php': '' }, changed);
    expect(argv).toEqual(['phpunit', '--log-junit', '.fixgate-report-test.xml', ...expected]);
  });
});

describe('affected tests in a part of the repository', () => {
  const files: Files = {
    'packages/a/package.json': manifest({ test: 'node --test' }, { name: '@shop/a', dependencies: { '@shop/b': '*' } }),
    'packages/a/src/x.js': "import { y } from '@shop/b';",
    'packages/a/test/x.test.js': "import '../src/x.js';",
    'packages/a/test/other.test.js': "import 'node:path';",
    'packages/b/package.json': manifest({ test: 'node --test' }, { name: '@shop/b' }),
    'packages/b/src/y.js': '',
    'packages/b/test/y.test.js': "import '../src/y.js';",
    'packages/b/test/z.test.js': '',
  };

  it('are those of the nearest package above the changed file [workspace:tests:projects]', async () => {
    expect((await affected(files, ['packages/b/src/y.js'])).argv.slice(-1)).toEqual(['test/y.test.js']);
    expect((await affected(files, ['packages/a/src/x.js'])).argv.slice(-1)).toEqual(['test/x.test.js']);
  });

  it('follow the imports of another package of the repository', async () => {
    const suite = { argv: ['node', '--test'], cwd: 'packages/a' };
    const found = await affected(files, ['packages/b/src/y.js'], suite);
    expect(found.argv.slice(-1)).toEqual(['test/x.test.js']);
  });

  it('are all of vitest and jest for a file outside their folder', async () => {
    const found = await affected(files, ['packages/b/src/y.js'], { argv: ['jest'], cwd: 'packages/a' });
    expect(found.selection).toContain("outside the suite's folder");
  });
});

describe('hostile sources', () => {
  it.each<[string, Files, string]>([
    [
      'Python with brackets that never close',
      { 'pytest.ini': '', 'a.py': '', 'test_a.py': `import a\n${'from a import (#x\n'.repeat(60_000)}` },
      'a.py',
    ],
    [
      'Python with one long line',
      { 'pytest.ini': '', 'a.py': '', 'test_a.py': `import a${',a'.repeat(400_000)}` },
      'a.py',
    ],
    [
      'Go with brackets that never close',
      { 'go.mod': 'module m', 'a.go': '', 'a_test.go': 'import (\n'.repeat(100_000) },
      'a.go',
    ],
    [
      'a Cargo.toml of brackets',
      { 'Cargo.toml': `[workspace]\n${'[package]\n'.repeat(20_000)}`, 'a/Cargo.toml': '', 'a/src/lib.rs': '' },
      'a/src/lib.rs',
    ],
  ])('of %s are read in a short time', async (_title, files, changed) => {
    const start = cpuMs();
    await affected(files, [changed]);
    expect(cpuMs() - start).toBeLessThan(5_000);
  });
});
