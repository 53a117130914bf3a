import { describe, expect, it } from 'vitest';

import { SuiteDeclaration } from '#domain/suite.ts';
import { planTests } from '#workspace/tests/plan.ts';
import { chooseSuite, listSuites } from '#workspace/tests/suites.ts';

import { manifest, memoryTree } from '../../../support/memory-tree.ts';

type Files = Readonly<Record<string, string>>;

const request = { scope: 'all', files: [] } as const;

async function detected(files: Files, argv?: readonly string[]) {
  const tree = memoryTree(files);
  const suites = await listSuites(argv ? { unit: SuiteDeclaration.parse({ argv }) } : {}, tree);
  const [suite] = suites;
  if (!suite) return { suites };
  const plan = await planTests({ suite, request, tree, changes: [], treeId: 't1' });
  return { suites, argv: plan.argv, format: plan.format, reportPath: plan.reportPath };
}

const surefire = '**/target/{surefire,failsafe}-reports/TEST-*.xml';
const gradle = '**/build/test-results/*/TEST-*.xml';
const report = (extension: string) => `.fixgate-report-test.${extension}`;
const nextest = '[profile.default]\nretries = 2\n[profile.ci.junit]\npath = "junit.xml"\n';

describe('detection', () => {
  it.each<[string, Files, readonly string[], string, string | undefined]>([
    ['Maven', { 'pom.xml': '' }, ['mvn', '-B', '-o', '-fae', 'test'], 'junit', surefire],
    [
      'Gradle by its wrapper',
      { 'build.gradle.kts': '', gradlew: '' },
      ['./gradlew', '--offline', '--console=plain', '--continue', 'test'],
      'junit',
      gradle,
    ],
    [
      'RSpec',
      { '.rspec': '' },
      ['rspec', '--format', 'progress', '--format', 'json', '--out', report('json')],
      'rspec',
      report('json'),
    ],
    [
      'RSpec of a bundle',
      { 'spec/a_spec.rb': '', 'Gemfile.lock': 'GEM\n  specs:\n    rspec (3.12.0)\n' },
      ['bundle', 'exec', 'rspec', '--format', 'progress', '--format', 'json', '--out', report('json')],
      'rspec',
      report('json'),
    ],
    [
      'PHPUnit of a project',
      { 'phpunit.xml.dist': '', 'composer.json': '{"require-dev":{"phpunit/phpunit":"^11"}}' },
      ['vendor/bin/phpunit', '--log-junit', report('xml')],
      'junit',
      report('xml'),
    ],
    [
      'a Rust workspace',
      { 'Cargo.toml': '[workspace]\n' },
      ['cargo', 'test', '--workspace', '--no-fail-fast'],
      'cargo',
      undefined,
    ],
    [
      'nextest with a report of its own',
      { 'Cargo.toml': '[package]\nname = "a"\n', '.config/nextest.toml': nextest },
      ['cargo', 'nextest', 'run', '--profile', 'ci', '--no-fail-fast'],
      'junit',
      'target/nextest/ci/junit.xml',
    ],
    [
      'nextest without a report',
      { 'Cargo.toml': '', '.config/nextest.toml': '[profile.default]\n' },
      ['cargo', 'nextest', 'run', '--no-fail-fast'],
      'text',
      undefined,
    ],
    ['.NET', { 'Shop.sln': '' }, ['dotnet', 'test', '--nologo', '--logger', 'trx'], 'trx', '**/TestResults/*.trx'],
    [
      'Deno by its task',
      { 'deno.json': '{"tasks":{"test":"deno test -A"}}' },
      ['deno', 'test', '-A', `--junit-path=${report('xml')}`],
      'junit',
      report('xml'),
    ],
    [
      'Bun by what its tests import',
      { 'package.json': manifest({}), 'a.test.ts': "import { test } from 'bun:test';" },
      ['bun', 'test', '--reporter=junit', `--reporter-outfile=${report('xml')}`],
      'bun',
      report('xml'),
    ],
    ['a Makefile', { Makefile: 'build:\n\tcc a.c\ncheck: build\n\t./a\n' }, ['make', 'check'], 'text', undefined],
    [
      'pytest by setup.cfg',
      { 'setup.cfg': '', 'test_a.py': '' },
      ['pytest', `--junitxml=${report('xml')}`, '-o', 'junit_family=xunit1'],
      'pytest',
      report('xml'),
    ],
  ])('finds %s [workspace:tests:detected]', async (...[, files, argv, format, reportPath]) => {
    expect(await detected(files)).toMatchObject({ argv, format, reportPath });
  });

  it.each([
    ['of the profile that every other one takes it from', '[profile.default.junit]\npath = "all.xml"\n', 'ci/all.xml'],
    [
      'of its own before that',
      '[profile.default.junit]\npath = "all.xml"\n[profile.ci.junit]\npath = "own.xml"\n',
      'ci/own.xml',
    ],
    ['of another profile never', '[profile.nightly.junit]\npath = "all.xml"\n', undefined],
  ])('finds the report of a profile of nextest: %s', async (_title, text, path) => {
    const argv = ['cargo', 'nextest', 'run', '--profile', 'ci'];
    const at = async (config: string) => (await detected({ '.config/nextest.toml': config }, argv)).reportPath;
    expect(await at(text)).toBe(path && `target/nextest/${path}`);
    expect(await at(`[store]\ndir = "out"\n\n${text}`)).toBe(path && `out/${path}`);
  });

  it('finds nothing in a Makefile that tests nothing', async () => {
    expect((await detected({ Makefile: 'TEST := 1\ntest := x\n' })).suites).toEqual([]);
  });

  it('finds no lint and no type check: those are the operator’s to declare', async () => {
    const files = { 'package.json': manifest({ test: 'vitest run', lint: 'eslint .', typecheck: 'tsc' }) };
    expect((await detected(files)).suites.map(({ name }) => name)).toEqual(['test']);
  });
});

describe('a repository of several projects', () => {
  const files: Files = {
    'README.md': '',
    'frontend/package.json': manifest({ test: 'vitest run' }),
    'frontend/examples/x/package.json': manifest({ test: 'jest' }),
    'services/api/pyproject.toml': '',
    'services/api/tests/test_a.py': '',
    'services/api/tests/fixtures/app/package.json': manifest({ test: 'jest' }),
    'services/worker/go.mod': '',
  };

  it('has one suite for each of them [workspace:tests:projects]', async () => {
    const { suites } = await detected(files);
    expect(suites.map(({ name, cwd, argv, required }) => ({ name, cwd, first: argv[0], required }))).toEqual([
      { name: 'test-frontend', cwd: 'frontend', first: 'vitest', required: true },
      { name: 'test-services-api', cwd: 'services/api', first: 'pytest', required: true },
      { name: 'test-services-worker', cwd: 'services/worker', first: 'go', required: true },
    ]);
  });

  it('has one suite when its root says how it is tested', async () => {
    const root = { ...files, 'package.json': manifest({ test: 'vitest run' }) };
    expect((await detected(root)).suites.map(({ name }) => name)).toEqual(['test']);
  });

  it('runs the nearest suite above the change, when none is named', async () => {
    const { suites } = await detected(files);
    expect(chooseSuite(suites, undefined, ['services/worker/a.go']).name).toBe('test-services-worker');
    expect(chooseSuite(suites, undefined, ['README.md']).name).toBe('test-frontend');
    const tree = memoryTree(files);
    const declared = await listSuites(
      {
        all: SuiteDeclaration.parse({ argv: ['make'] }),
        lint: SuiteDeclaration.parse({ argv: ['ruff'], cwd: 'services', required: false }),
      },
      tree,
    );
    expect(chooseSuite(declared, undefined, ['services/api/a.py']).name).toBe('all');
  });

  it('leaves the choice to the operator when there are more than twelve', async () => {
    const many = Array.from({ length: 13 }, (_, index) => [`p${index}/go.mod`, '']);
    expect((await detected(Object.fromEntries(many) as Files)).suites).toEqual([]);
  });
});
