import { describe, expect, it } from 'vitest';

import { configurationChanges, configuresTests } from '#policy/runner-configuration.ts';
import { mayWeakenTests, weakenedTests } from '#policy/test-weakening.ts';

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
    ['jest.config.js', 'a', 'b', ['runner']],
    ['.coveragerc', 'a', 'b', ['runner']],
    ['codecov.yml', 'a', 'b', ['runner']],
  ])('is seen in %s', (path, before, after, parts) => {
    expect(changes(path, before, after).toSorted()).toEqual(parts.map((part) => `${path}: ${part}`).toSorted());
    expect(configuresTests(path)).toBe(true);
  });

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

it('counts retries that tests get', () => {
  const before = "test('a', () => { expect(1).toBe(1); });\n";
  const after = "test('a', { retry: 3 }, () => { expect(1).toBe(1); });\n";
  expect(weakenedTests([{ path: 'test/a.test.js', before, after }])).toEqual([
    { floor: 'test_weakening', why: '1 more retries in test/a.test.js' },
  ]);
  expect(weakenedTests([{ path: 'src/a.js', before, after }])).toEqual([]);
});

it('says which files can weaken tests at all', () => {
  const paths = ['test/a.js', 'src/lib.rs', 'package.json', 'src/a.js', 'README.md'];
  expect(paths.map(mayWeakenTests)).toEqual([true, true, true, false, false]);
});
