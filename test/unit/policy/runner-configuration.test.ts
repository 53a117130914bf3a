import { describe, expect, it } from 'vitest';

import { configurationChanges, configuresTests } from '#policy/runner-configuration.ts';
import { mayWeakenTests, weakenedTests } from '#policy/test-weakening.ts';

import { cpuMs } from '../../support/cpu-time.ts';

const manifest = (more: Record<string, unknown>) =>
  JSON.stringify({ name: 'x', scripts: { build: 'tsc', test: 'vitest run' }, ...more });
const changes = (path: string, before: string | undefined, after: string | undefined) =>
  configurationChanges({ path, before, after });

describe('a change of how tests run [gate:risk:weakened]', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['package.json', manifest({}), manifest({ scripts: { build: 'tsc', test: 'true' } }), ['scripts.test']],
    ['package.json', manifest({}), manifest({ scripts: { build: 'tsc' } }), ['scripts.test']],
    [
      'package.json',
      manifest({}),
      manifest({ scripts: { build: 'tsc', test: 'vitest run', pretest: 'rm -r test' } }),
      ['scripts.pretest'],
    ],
    ['packages/a/package.json', manifest({}), manifest({ jest: { testPathIgnorePatterns: ['a'] } }), ['jest']],
    ['package.json', manifest({ mocha: { spec: 'test' } }), manifest({ mocha: { spec: 'none' } }), ['mocha']],
    ['package.json', manifest({ nyc: { branches: 90 } }), manifest({}), ['nyc']],
    ['package.json', manifest({}), '{ broken', ['unreadable', 'scripts.test']],
    [
      'pyproject.toml',
      '[tool.pytest.ini_options]\naddopts = "-ra"\n',
      '[tool.pytest.ini_options]\naddopts = "-ra --deselect tests/test_a.py"\n',
      ['[tool.pytest.ini_options]'],
    ],
    [
      'pyproject.toml',
      '[tool.coverage.report]\nfail_under = 90\n[project]\nname = "x"\n',
      '[tool.coverage.report]\nfail_under = 10\n[project]\nname = "x"\n',
      ['[tool.coverage.report]'],
    ],
    ['setup.cfg', '[tool:pytest]\nminversion = 6\n', '[tool:pytest]\naddopts = -k nothing\n', ['[tool:pytest]']],
    [
      'vite.config.ts',
      'export default { plugins: [a()], test: { include: ["test/**"], coverage: { lines: 90 } } };',
      'export default { plugins: [a()], test: { include: ["test/**"], coverage: { lines: 1 } } };',
      ['test'],
    ],
    [
      'Makefile',
      'build:\n\tcc x.c\n\ntest: build\n\tgo test ./...\n',
      'build:\n\tcc x.c\n\ntest: build\n\ttrue\n',
      ['target test'],
    ],
    [
      'Makefile',
      'TESTFLAGS = -race\ntest:\n\tgo test $(TESTFLAGS)\n',
      'TESTFLAGS = -run none\ntest:\n\tgo test $(TESTFLAGS)\n',
      ['variable TESTFLAGS'],
    ],
    ['Cargo.toml', '[lib]\nname = "x"\n', '[lib]\nname = "x"\ntest = false\n', ['test switches']],
    [
      'pom.xml',
      '<project/>',
      '<project><properties><skipTests>true</skipTests></properties></project>',
      ['test switches'],
    ],
    [
      'build.gradle',
      'test { useJUnitPlatform() }\n',
      'test { useJUnitPlatform()\n  ignoreFailures = true }\n',
      ['test'],
    ],
  ])('is seen in %s', (path, before, after, parts) => {
    expect(changes(path, before, after).toSorted()).toEqual(parts.map((part) => `${path}: ${part}`).toSorted());
    expect(configuresTests(path)).toBe(true);
  });

  it.each([
    'vitest.config.ts',
    'packages/a/jest.config.js',
    'playwright.config.mjs',
    'karma.conf.js',
    'vitest.workspace.ts',
    'web-test-runner.config.js',
    '.mocharc.yml',
    '.nycrc',
    '.c8rc.json',
    'pytest.ini',
    '.pytest.ini',
    'tox.ini',
    'noxfile.py',
    'tests/conftest.py',
    'phpunit.xml.dist',
    '.rspec',
    '.taprc',
    '.config/nextest.toml',
    '.coveragerc',
    'codecov.yml',
    '.codecov.yaml',
    'pytest.toml',
    '.pytest.toml',
    'spec/support/jasmine.json',
    'unit.runsettings',
    'src/test/resources/junit-platform.properties',
    'src/test/resources/META-INF/services/org.junit.platform.launcher.TestExecutionListener',
    'pytest.py',
    'api/_pytest/runner.py',
    'pluggy.py',
    'Unittest.py',
    'unittest/__init__.py',
    'json.py',
    'sitecustomize.py',
    'x.egg-info/entry_points.txt',
    'lib/minitest.rb',
    'rspec.rb',
    'lib/test/unit.rb',
    'src/test/java/org/junit/Assert.java',
  ])('is any change of %s, which is about nothing else', (path) => {
    expect(changes(path, 'a', 'b')).toEqual([`${path}: runner`]);
    expect(changes(path, undefined, 'b')).toEqual([`${path}: runner`]);
    expect(changes(path, 'a', undefined)).toEqual([`${path}: runner`]);
    expect(changes(path, 'a', 'a')).toEqual([]);
  });

  it.each(['my-jest.config.js', 'jest.config.js.md', 'docs/tox.ini.md', 'mypytest.ini', 'conftest.pyc', 'jest.config'])(
    'is no change of %s',
    (path) => {
      expect(changes(path, 'a', 'b')).toEqual([]);
      expect(configuresTests(path)).toBe(false);
    },
  );

  it.each<[string, string | undefined, string]>([
    ['package.json', manifest({}), manifest({ version: '2.0.0', dependencies: { a: '1' } })],
    ['package.json', manifest({}), manifest({ scripts: { build: 'tsc -b', test: 'vitest run' } })],
    ['packages/new/package.json', undefined, manifest({ jest: {} })],
    [
      'pyproject.toml',
      '[project]\nversion = "1"\n[tool.pytest.ini_options]\na = 1\n',
      '[project]\nversion = "2"\n[tool.pytest.ini_options]\n# why\na = 1\n',
    ],
    [
      'vite.config.ts',
      'export default { base: "/", test: { a: 1 } };',
      'export default { base: "/x", test: {\n  a: 1 } };',
    ],
    ['vite.config.ts', 'export default { base: "/" };', 'export default { base: "/x" };'],
    ['Makefile', 'build:\n\tcc x.c\ntest:\n\tgo test\n', 'build:\n\tcc -O2 x.c\ntest:\n\tgo test\n'],
    ['pom.xml', '<project><version>1</version></project>', '<project><version>2</version></project>'],
    ['src/a.js', 'test: {', 'x'],
  ])('is not seen in another change of %s', (path, before, after) => {
    expect(changes(path, before, after)).toEqual([]);
  });
});

describe('package.json', () => {
  const scripts = (named: unknown) => JSON.stringify({ scripts: named });

  it.each([
    'test',
    'tests',
    'pretest',
    'posttest',
    'test:unit',
    'unit-test',
    'e2e_test',
    'ci',
    'ci:all',
    'precheck',
    'verify',
    'coverage',
  ])('has the script %s for tests', (name) => {
    expect(changes('package.json', scripts({}), scripts({ [name]: 'x' }))).toEqual([`package.json: scripts.${name}`]);
  });

  it.each(['latest', 'contest', 'testing', 'recipe', 'checkout', 'build', 'prebuild', '0'])(
    'has the script %s for other things',
    (name) => {
      expect(changes('package.json', scripts({}), scripts({ [name]: 'x' }))).toEqual([]);
    },
  );

  it.each(['jest', 'mocha', 'ava', 'nyc', 'c8', 'vitest', 'tap', 'karma'])('holds the settings of %s', (key) => {
    const before = JSON.stringify({ [key]: { a: 1 }, description: 'x' });
    expect(changes('package.json', before, JSON.stringify({ [key]: { a: 2 }, description: 'y' }))).toEqual([
      `package.json: ${key}`,
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    ['{ broken', '{ broken \n', []],
    ['{ broken', '{ broken too', ['unreadable']],
    ['{}', 'null', ['unreadable']],
    ['{}', '"text"', ['unreadable']],
    ['{}', '{"scripts":null}', []],
    ['{}', '{"scripts":"test"}', []],
    [`\uFEFF${scripts({ test: 'a' })}`, scripts({ test: 'a' }), []],
    [scripts({ test: 'a' }), `\uFEFF${scripts({ test: 'b' })}`, ['scripts.test']],
  ])('that was %j and is %j differs in %j', (before, after, parts) => {
    expect(changes('package.json', before, after)).toEqual(parts.map((part) => `package.json: ${part}`));
  });
});

describe('sections of TOML', () => {
  const pytest = '[tool.pytest.ini_options]';

  it.each<[string, string, string, string]>([
    ['after a list over several lines', `${pytest}\na = [\n"x",\n]\nb = 1`, `${pytest}\na = [\n"x",\n]\nb = 2`, pytest],
    ['after a list on one line', `${pytest}\na = ["x"]\nb = 1`, `${pytest}\na = ["x"]\nb = 2`, pytest],
    ['in a list of lists', `${pytest}\na = [\n["x"],\n["y"],\n]`, `${pytest}\na = [\n["x"],\n["z"],\n]`, pytest],
    ['before another line', `${pytest}\na = 1\nb = 1`, `${pytest}\na = 2\nb = 1`, pytest],
    ['behind a # in a text', `${pytest}\na = "x#y"`, `${pytest}\na = "x#z"`, pytest],
    ['under a header with a remark', `${pytest}# why\na = 1`, `${pytest}# why\na = 2`, `${pytest}# why`],
    ['under a header with a remark far away', `${pytest}  ; why\na = 1`, `${pytest}  ; why\na = 2`, `${pytest}  ; why`],
    ['under an indented header', `[x]\n  ${pytest}\na = 1`, `[x]\n  ${pytest}\na = 2`, pytest],
    [
      'in a list of tables',
      '[[tool.hatch.test.matrix]]\na = 1',
      '[[tool.hatch.test.matrix]]\na = 2',
      '[[tool.hatch.test.matrix]]',
    ],
    ['of tox', '[tool.tox]\na = 1', '[tool.tox]\na = 2', '[tool.tox]'],
    [
      'with a dotted key',
      'tool.pytest.ini_options.addopts = "-ra"',
      'tool.pytest.ini_options.addopts = "-x"',
      'tool.pytest.ini_options.addopts',
    ],
  ])('are read %s', (_where, before, after, part) => {
    expect(changes('pyproject.toml', before, after)).toEqual([`pyproject.toml: ${part}`]);
  });

  it.each([
    ['blank lines', `${pytest}\na = 1\n\n\n[x]\n`],
    ['remarks', `${pytest}\n# why\n; or\na = 1\n[x]\n`],
    ['indentation', `${pytest}\n    a = 1\n[x]\n`],
    ['what stands in other sections', `${pytest}\na = 1\n[x]\nb = 1\nx.tool.pytest = 1\n`],
  ])('are the same with other %s', (_what, after) => {
    expect(changes('pyproject.toml', `${pytest}\na = 1\n[x]\n`, after)).toEqual([]);
  });

  it.each([
    ['setup.cfg', '[coverage:run]'],
    ['setup.cfg', '[aliases]'],
    ['bunfig.toml', '[test]'],
    ['bunfig.toml', '[test.reporter]'],
    ['crates/a/Cargo.toml', '[[test]]'],
  ])('of %s: %s', (path, header) => {
    expect(changes(path, `${header}\na = 1`, `${header}\na = 2`)).toEqual([`${path}: ${header}`]);
  });

  it.each([
    ['setup.cfg', '[metadata]'],
    ['bunfig.toml', '[install]'],
    ['Cargo.toml', '[[bench]]'],
    ['Cargo.toml', '[dependencies]'],
  ])('of %s without a word about tests: %s', (path, header) => {
    expect(changes(path, `${header}\na = 1`, `${header}\na = 2`)).toEqual([]);
  });
});

it.each([
  ['test = false', ['test switches']],
  ['test=false', ['test switches']],
  ['  harness = false', ['test switches']],
  ['\tdoctest\t= false', ['test switches']],
  ['autotests = false', ['test switches']],
  ['latest = "1"', []],
  ['# test = false', []],
  ['tested = true', []],
])('takes %j in Cargo.toml for %j', (line, parts) => {
  expect(changes('Cargo.toml', '[lib]\n', `[lib]\n${line}\n`)).toEqual(parts.map((part) => `Cargo.toml: ${part}`));
});

it('sees another value of a switch', () => {
  expect(changes('Cargo.toml', 'test = false\n', 'test = true\n')).toEqual(['Cargo.toml: test switches']);
});

it.each([
  ['pyproject.toml', '[tool.pytest]\na = 1', ['[tool.pytest]']],
  ['Makefile', 'TESTS = a\n', ['variable TESTS']],
  ['package.json', '{}', ['unreadable']],
])('sees what a deleted %s said', (path, before, parts) => {
  expect(changes(path, before, undefined)).toEqual(parts.map((part) => `${path}: ${part}`));
});

it('sees no other switch in one that is indented otherwise', () => {
  expect(changes('Cargo.toml', '[lib]\ntest = false\n', '[lib]\n  test = false\n')).toEqual([]);
});

describe('blocks in braces', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['vite.config.ts', 'x({ test : { a: 1 } })', 'x({ test : { a: 2 } })', ['test']],
    ['vite.config.ts', 'x({test:{a: 1}})', 'x({test:{a: 2}})', ['test']],
    ['vite.config.ts', 'x({ test: shared })', 'x({ test: other })', ['test']],
    ['vite.config.ts', "import 'vitest/config'; a()", "import 'vitest/config'; b()", ['test']],
    ['vite.config.ts', 'x({ test: shared })', 'x({ test: shared })\n', []],
    ['vite.config.ts', 'x({ test: { a } }); a()', 'x({ test: { a } }); b()', []],
    ['vite.config.ts', 'x({ test : { a } }); a()', 'x({ test : { a } }); b()', []],
    ['vite.config.ts', 'x({test:{ a }}); a()', 'x({test:{ a }}); b()', []],
    ['vite.config.ts', 'x({ latest: { a: 1 } })', 'x({ latest: { a: 2 } })', []],
    ['build.gradle', 'test { a { b } c }', 'test { a { b } d }', ['test']],
    ['build.gradle', 'test { a { b } }\nc', 'test { a { b } }\nd', []],
    ['build.gradle', 'test { a', 'test { b', ['test']],
    ['build.gradle', 'test { a }\ntest { b }', 'test { c }\ntest { b }', ['test']],
    ['build.gradle', 'test { a }', 'test {// why\n a\n  // and\n }', []],
    ['build.gradle', 'test { url "https://a" }', 'test { url "https://b" }', ['test']],
    ['build.gradle.kts', 'tasks.test { a }', 'tasks.test { b }', ['tasks.test']],
    ['build.gradle.kts', 'tasks.withType<Test> { a }', 'tasks.withType<Test> { b }', ['withType<Test>']],
    ['build.gradle', 'jacocoTestReport { test { a } }', 'jacocoTestReport { test { b } }', ['jacocoTestReport']],
    ['build.gradle', 'dependencies { test { a } }\n', 'dependencies { test { a } }\nx', []],
    ['build.gradle', 'dependencies { a }', 'dependencies { b }', []],
    ['gradle/test.gradle', 'test { a }', 'test { b }', ['test']],
    ['conventions.gradle.kts', 'tasks.test { a }', 'tasks.test { b }', ['tasks.test']],
  ])('of %s: %j to %j', (path, before, after, parts) => {
    expect(changes(path, before, after)).toEqual(parts.map((part) => `${path}: ${part}`));
  });

  it('have names of at most 60 characters', () => {
    const start = `withType(Test).${'x'.repeat(100)} {`;
    expect(changes('build.gradle', `${start} a }`, `${start} b }`)).toEqual([
      `build.gradle: withType(Test).${'x'.repeat(45)}`,
    ]);
  });
});

describe('a Makefile', () => {
  const test = 'test:\n\tgo vet\n\tgo test\n';

  it.each<[string, string, string, readonly string[]]>([
    ['the first line of a recipe', test, 'test:\n\ttrue\n\tgo test\n', ['target test']],
    ['the last line of a recipe', test, 'test:\n\tgo vet\n\ttrue\n', ['target test']],
    ['what a target needs', 'test: build\n', 'test: nothing\n', ['target test']],
    ['a quiet recipe', '@test:\n  a\n', '@test:\n  b\n', ['target test']],
    ['a recipe with a parameter', 'test what="all":\n  a\n', 'test what="all":\n  b\n', ['target test']],
    ['a target with space behind it', 'test :\n\ta\n', 'test :\n\tb\n', ['target test']],
    ['one of several targets', 'lint test:\n\ta\n', 'lint test:\n\tb\n', ['target lint test']],
    ['a recipe behind a remark', 'test:\n\ta\n# why\n\tb\n', 'test:\n\ta\n# why\n\tc\n', ['target test']],
    [
      'a recipe behind a line with a colon',
      'test:\n\techo at: x\n\tb\n',
      'test:\n\techo at: x\n\tc\n',
      ['target test'],
    ],
    ['a # inside a line', 'test:\n\techo "#1"\n', 'test:\n\techo "#2"\n', ['target test']],
    ['another recipe', `${test}build:\n\tcc\n`, `${test}build:\n\tcc -O2\n`, []],
    ['a list behind a recipe', `${test}LIST = a \\\n b\n`, `${test}LIST = a \\\n c\n`, []],
    ['a new blank line', test, 'test:\n\tgo vet\n\n\t\n\tgo test\n', []],
    ['a new remark', test, 'test:\n# why\n\tgo vet\n\t# and\n\tgo test\n', []],
    ['other indentation', test, 'test:\n    go vet\n    go test\n', []],
    ['an assignment that looks like a target', 'test := a\n\tb\n', 'test := a\n\tc\n', []],
  ])('with %s changed', (_what, before, after, parts) => {
    expect(changes('Makefile', before, after)).toEqual(parts.map((part) => `Makefile: ${part}`));
  });

  it.each<[string, string]>([
    ['TEST=1', 'TEST'],
    ['GOTESTFLAGS := -race', 'GOTESTFLAGS'],
    ['  export   COVERAGE ?= 80', 'COVERAGE'],
    ['unit_tests += b', 'unit_tests'],
    ['COV_MIN  = 80', 'COV_MIN'],
  ])('steers tests by %j', (line, name) => {
    expect(changes('Makefile', 'x:\n', `x:\n${line}\n`)).toEqual([`Makefile: variable ${name}`]);
    expect(changes('Makefile', `${line}\n`, `\t${line}\n`)).toEqual([]);
  });

  it.each(['CC = gcc', '\t./run --test=1', '# TEST = 1', 'TEST'])('does not steer tests by %j', (line) => {
    expect(changes('Makefile', 'x:\n', `x:\n${line}\n`)).toEqual([]);
  });

  it.each(['GNUmakefile', 'sub/makefile', 'rules.mk', 'Justfile', '.justfile', 'mod.just', 'Makefile.inc', 'a.make'])(
    'may be called %s',
    (path) => {
      expect(changes(path, test, 'test:\n')).toEqual([`${path}: target test`]);
    },
  );
});

describe('pom.xml', () => {
  const plugin = (name: string, more: string) => `<plugin><artifactId>${name}</artifactId>${more}</plugin>`;

  it.each(['maven-surefire-plugin', 'maven-failsafe-plugin', 'jacoco-maven-plugin'])('has settings of %s', (name) => {
    const before = `<project>${plugin('a', '')}${plugin(name, '<x>1</x>')}</project>`;
    expect(changes('pom.xml', before, before.replace('1', '2'))).toEqual(['pom.xml: test plugins']);
    expect(changes('pom.xml', before, before.replace('<x>', '<x>\n    '))).toEqual(['pom.xml: test plugins']);
    expect(changes('pom.xml', before.replace('<x>', ' <x>'), before.replace('<x>', '\n    <x>'))).toEqual([]);
    expect(changes('pom.xml', before, before.replace('</project>', '<y/></project>'))).toEqual([]);
  });

  it('has other plugins, which are left alone', () => {
    const before = plugin('maven-jar-plugin', '1');
    expect(changes('pom.xml', before, plugin('maven-jar-plugin', '2'))).toEqual([]);
  });

  it.each(['skipTests', 'skipITs', 'maven.test.skip', 'maven.test.failure.ignore', 'testFailureIgnore'])(
    'has the switch %s',
    (name) => {
      expect(changes('pom.xml', `<${name}>false</${name}>`, `<${name}>true</${name}>`)).toEqual([
        'pom.xml: test switches',
      ]);
    },
  );
});

it('takes a text that is too long to be read as a whole', () => {
  const long = (last: string) => `${'# x\n'.repeat(125_000)}${last}`;
  expect(changes('Makefile', long(''), long('build:\n'))).toEqual(['Makefile: too long to be read']);
  expect(changes('Makefile', 'build:\n', long('test:\n'))).toEqual(['Makefile: too long to be read']);
  expect(changes('Makefile', 'build:\n', long(''))).toEqual([]);
});

it.each([
  ['build.gradle', 'test {'],
  ['Makefile', 'TEST'],
  ['Makefile', 'a a '],
  ['pom.xml', '<plugin>'],
  ['pyproject.toml', '[tool.pytest '],
])('reads %s of nothing but %j in time that grows with its length', (path, unit) => {
  const started = cpuMs();
  changes(path, unit.repeat(100_000), '');
  expect(cpuMs() - started).toBeLessThan(4_000);
});

it('counts retries that tests get', () => {
  const before = "test('a', () => { expect(1).toBe(1); });\n";
  const after = "test('a', { retry: 3 }, () => { expect(1).toBe(1); });\n";
  expect(weakenedTests([{ path: 'test/a.test.js', before, after }])).toEqual([
    { floor: 'test_weakening', why: '1 more retries in test/a.test.js' },
  ]);
  expect(weakenedTests([{ path: 'src/a.js', before, after }])).toEqual([]);
  expect(weakenedTests([{ path: 'test/a.test.js', before: after, after: `${after}// more\n` }])).toEqual([]);
});

it('counts expectations and retries over all files of tests', () => {
  const test = (body: string) => `test('a', () => { ${body} });\n`;
  const files = [
    { path: 'test/a.test.js', before: test('expect(1); expect(2);'), after: test('expect(1); retryTimes(2);') },
    { path: 'test/b.test.js', before: test('expect(1); expect(2);'), after: test('expect(1); retryTimes(2);') },
  ];
  expect(weakenedTests(files).map(({ why }) => why)).toEqual([
    '2 fewer assertions in test/a.test.js, test/b.test.js',
    '2 more retries in test/a.test.js, test/b.test.js',
  ]);
});

it('says which files can weaken tests at all', () => {
  const paths = ['test/a.js', 'src/lib.rs', 'package.json', 'src/a.js', 'README.md'];
  expect(paths.map(mayWeakenTests)).toEqual([true, true, true, false, false]);
});
