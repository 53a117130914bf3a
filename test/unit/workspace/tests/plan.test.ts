import { describe, expect, it } from 'vitest';

import type { FileChange } from '#domain/remediation.ts';
import { SuiteDeclaration } from '#domain/suite.ts';
import type { TestName } from '#domain/test-comparison.ts';
import { mochaReporter } from '#workspace/tests/mocha-reporter.ts';
import { nodeReporter } from '#workspace/tests/node-reporter.ts';
import { planTests } from '#workspace/tests/plan.ts';
import { chooseSuite, listSuites } from '#workspace/tests/suites.ts';
import type { TestRequest } from '#workspace/workspace.ts';

import { manifest, memoryTree } from '../../../support/memory-tree.ts';

type Files = Readonly<Record<string, string>>;
type Declared = Readonly<Record<string, Partial<SuiteDeclaration> & { argv: string[] }>>;

const modify = (path: string): FileChange => ({ path, change: 'modify', added: 1, removed: 1 });

async function plan(setup: {
  readonly files?: Files;
  readonly declared?: Declared;
  readonly request?: Partial<TestRequest>;
  readonly changed?: readonly FileChange[];
  /** Paths of the base commit. */
  readonly base?: readonly string[];
  readonly failed?: readonly TestName[];
}) {
  const tree = memoryTree(setup.files ?? {});
  const entries = Object.entries(setup.declared ?? {}).map(([name, each]) => [name, SuiteDeclaration.parse(each)]);
  const suites = await listSuites(Object.fromEntries(entries) as Record<string, SuiteDeclaration>, tree);
  const request: TestRequest = { scope: 'all', files: [], ...setup.request };
  const suite = chooseSuite(suites, request.suite);
  const paths = new Set(setup.base);
  const base = { commit: 'b'.repeat(40), tree: 't0', has: (path: string) => paths.has(path), suite };
  return planTests({
    suite,
    request,
    tree,
    changes: setup.changed ?? [],
    treeId: 't1',
    ...(setup.base && { base }),
    ...(setup.failed && { failed: setup.failed }),
  });
}

const report = (extension: string, suite = 'test') => `.fixgate-report-${suite}.${extension}`;
const nodeOptions = (suite = 'test') => [
  '--test-reporter=spec',
  '--test-reporter-destination=stdout',
  `--test-reporter=${nodeReporter}`,
  `--test-reporter-destination=${report('xml', suite)}`,
];
const vitestOptions = ['--reporter=default', '--reporter=json', `--outputFile.json=${report('json')}`];

describe('detection', () => {
  it.each<[string, Files, string[], string]>([
    [
      'node --test',
      { 'package.json': manifest({ test: 'node --test' }) },
      ['node', ...nodeOptions(), '--test'],
      'node',
    ],
    ['vitest', { 'package.json': manifest({ test: 'vitest' }) }, ['vitest', 'run', ...vitestOptions], 'vitest'],
    [
      'vitest with a config',
      { 'package.json': manifest({ test: 'vitest --config v.ts' }) },
      ['vitest', 'run', '--config', 'v.ts', ...vitestOptions],
      'vitest',
    ],
    [
      'jest',
      { 'package.json': manifest({ test: 'jest --coverage' }) },
      ['jest', '--coverage', '--json', `--outputFile=${report('json')}`],
      'jest',
    ],
    [
      'nyc mocha',
      { 'package.json': manifest({ test: 'nyc mocha --reporter dot' }) },
      ['nyc', 'mocha', '--reporter', 'dot', mochaReporter, `--reporter-options=output=${report('json')}`],
      'mocha',
    ],
    [
      'c8 node --test',
      { 'package.json': manifest({ test: 'c8 node --test test/' }) },
      ['c8', 'node', ...nodeOptions(), '--test', 'test/'],
      'node',
    ],
    [
      'its own reporter',
      { 'package.json': manifest({ test: 'node --test --test-reporter=tap' }) },
      ['node', '--test', '--test-reporter=tap'],
      'node',
    ],
    [
      'a chain',
      { 'package.json': manifest({ test: 'npm run build && vitest run' }) },
      ['npm', 'test', '--', ...vitestOptions],
      'vitest',
    ],
    [
      'a chain with node and files',
      { 'package.json': manifest({ test: 'x && node --test a.js' }) },
      ['npm', 'test'],
      'node',
    ],
    [
      'a hook',
      { 'package.json': manifest({ pretest: 'tsc', test: 'mocha' }) },
      ['npm', 'test', '--', mochaReporter, `--reporter-options=output=${report('json')}`],
      'mocha',
    ],
    [
      'hooks that only look at the sources',
      {
        'package.json': manifest({
          pretest: 'npm run --silent readme && npm run --silent lint',
          readme: 'evalmd README.md',
          lint: 'eslint .',
          postlint: 'eclint check $(git ls-files | xargs find 2> /dev/null)',
          test: 'npm run tests-only',
          'tests-only': "nyc tape 'test/**/*.js'",
          posttest: "npx npm@'>=10.2' audit --production",
        }),
      },
      ['nyc', 'tape', 'test/**/*.js'],
      'tap',
    ],
    ...[
      'npm publish',
      'npm audit fix',
      'tsc',
      'eslint . ; rm -rf build',
      'npm run lint -- --fix',
      'npx npm publish',
      './x.sh',
    ].map((posttest): [string, Files, string[], string] => [
      `a hook that does more: ${posttest}`,
      { 'package.json': manifest({ posttest, lint: 'eslint .', test: 'tap' }) },
      ['npm', 'test', '--', '--reporter=tap'],
      'tap',
    ]),
    [
      'a nested script with a hook of its own',
      { 'package.json': manifest({ test: 'npm run unit', preunit: 'tsc', unit: 'tap' }) },
      ['npm', 'test'],
      'text',
    ],
    ['tape', { 'package.json': manifest({ test: 'standard && tape test/*.js' }) }, ['npm', 'test'], 'tap'],
    ['tap', { 'package.json': manifest({ test: 'tap' }) }, ['tap', '--reporter=tap'], 'tap'],
    ['ava', { 'package.json': manifest({ test: 'xo && ava' }) }, ['npm', 'test', '--', '--tap'], 'tap'],
    ['node test.js', { 'package.json': manifest({ test: 'node test.js' }) }, ['npm', 'test'], 'exit_code'],
    [
      'a linter and node test.js',
      { 'package.json': manifest({ pretest: 'xo', test: 'tsc && node test.js' }) },
      ['npm', 'test'],
      'exit_code',
    ],
    [
      'a program of a dependency',
      { 'package.json': manifest({ test: 'node node_modules/x/cli.js' }) },
      ['npm', 'test'],
      'text',
    ],
    [
      'a dev dependency',
      { 'package.json': manifest({}, { devDependencies: { jest: '1' } }) },
      ['jest', '--json', `--outputFile=${report('json')}`],
      'jest',
    ],
    [
      'npm init’s placeholder',
      { 'package.json': manifest({ test: 'echo "Error: no test specified" && exit 1' }), 'go.mod': '' },
      ['go', 'test', './...', '-json'],
      'go',
    ],
    [
      'node:test files alone',
      { 'package.json': manifest({}), 'test/a.js': "import 'node:test'" },
      ['node', ...nodeOptions(), '--test'],
      'node',
    ],
    [
      'pytest',
      { 'pyproject.toml': '', 'tests/test_a.py': '' },
      ['pytest', `--junitxml=${report('xml')}`, '-o', 'junit_family=xunit1'],
      'pytest',
    ],
    ['cargo', { 'Cargo.toml': '' }, ['cargo', 'test', '--no-fail-fast'], 'cargo'],
    ['a broken package.json', { 'package.json': '{', 'go.mod': '' }, ['go', 'test', './...', '-json'], 'go'],
  ])('finds %s [workspace:tests:detected]', async (_title, files, argv, format) => {
    const found = await plan({ files });
    expect(found.argv).toEqual(argv);
    expect(found).toMatchObject({ format, suite: 'test', required: true, tree: 't1', timeoutSeconds: 300 });
  });

  it('passes variables of the script on', async () => {
    const found = await plan({ files: { 'package.json': manifest({ test: 'NODE_ENV=test mocha' }) } });
    expect(found.env).toEqual({ NODE_ENV: 'test' });
  });

  it('says that there is nothing to run', async () => {
    await expect(plan({ files: { 'README.md': '' } })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('declared suites', () => {
  const declared: Declared = {
    lint: { argv: ['bash', 'lint.sh'], required: false },
    unit: { argv: ['node', '--test'], timeout_s: 30, env: { MODE: 'unit' } },
    types: { argv: ['tsc', '--noEmit'], format: 'exit_code' },
  };

  it('take precedence, and the first required one is the default [workspace:tests:declared]', async () => {
    const found = await plan({ declared, files: { 'package.json': manifest({ test: 'jest' }) } });
    expect(found).toMatchObject({
      suite: 'unit',
      env: { MODE: 'unit' },
      argv: ['node', ...nodeOptions('unit'), '--test'],
    });
  });

  it('are listed when an unknown one is asked for', async () => {
    await expect(plan({ declared, request: { suite: 'e2e' } })).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no suite e2e. Suites: lint, unit, types.',
    });
  });

  it.each([
    [undefined, 30],
    [10, 10],
    [300, 30],
  ])('with timeout_s %s run at most %s s', async (timeoutSeconds, expected) => {
    const request = { suite: 'unit', ...(timeoutSeconds !== undefined && { timeoutSeconds }) };
    expect((await plan({ declared, request })).timeoutSeconds).toBe(expected);
  });

  it('are executed as declared when their format is another one', async () => {
    const one = { argv: ['vitest', 'run'], format: 'exit_code' as const };
    expect((await plan({ declared: { one } })).argv).toEqual(['vitest', 'run']);
    const junit = { argv: ['make', 'test'], format: 'junit' as const, report: 'out/r.xml' };
    expect(await plan({ declared: { junit } })).toMatchObject({ argv: ['make', 'test'], reportPath: 'out/r.xml' });
  });

  it.each([
    [
      ['cargo', 'test', '--no-fail-fast'],
      ['cargo', 'test', '--no-fail-fast'],
    ],
    [
      ['cargo', 'nextest', 'run', '--nff'],
      ['cargo', 'nextest', 'run', '--nff'],
    ],
    [
      ['cargo', 'nextest', 'run', '--max-fail=3'],
      ['cargo', 'nextest', 'run', '--max-fail=3'],
    ],
    [
      ['cargo', 'nextest', 'run', '--', '--no-fail-fast'],
      ['cargo', 'nextest', 'run', '--no-fail-fast', '--', '--no-fail-fast'],
    ],
    [
      ['cargo', 'test', '--', '--exact'],
      ['cargo', 'test', '--no-fail-fast', '--', '--exact'],
    ],
  ])('%j go on after a failure, which is never asked for twice', async (argv, expected) => {
    const found = await plan({ declared: { one: { argv } } });
    expect(found.argv).toEqual(expected);
    expect(found.rerun?.options).toEqual(argv.length === expected.length ? [] : ['--no-fail-fast']);
    expect(found.reports).toBe(true);
  });

  it('get selected files where they want them', async () => {
    const one = {
      argv: ['run-tests', '--spec={files}', '--', '{files}'],
      affected_argv: ['run-tests', '--for', '{changed}'],
    };
    const files = { 'a.js': '', 'b.js': '' };
    expect((await plan({ declared: { one }, files })).argv).toEqual(['run-tests', '--']);
    const named = await plan({ declared: { one }, files, request: { scope: 'files', files: ['a.js', 'b.js'] } });
    expect(named.argv).toEqual(['run-tests', '--spec=a.js', '--spec=b.js', '--', 'a.js', 'b.js']);
    const affected = await plan({
      declared: { one },
      files,
      request: { scope: 'affected' },
      changed: [modify('-x.js')],
    });
    expect(affected.argv).toEqual(['run-tests', '--for', './-x.js']);
    expect(affected.selection).toContain('affected_argv');
  });

  it('see paths from their own folder', async () => {
    const one = { argv: ['vitest', 'run'], cwd: 'packages/a' };
    const found = await plan({
      declared: { one },
      request: { scope: 'affected' },
      changed: [modify('packages/a/src/x.ts')],
    });
    expect(found.argv.slice(-2)).toEqual(['--run', 'src/x.ts']);
    expect(found.argv.slice(0, 2)).toEqual(['vitest', 'related']);
  });
});

describe('affected tests', () => {
  const node: Files = {
    'package.json': manifest({ test: 'node --test' }, { devDependencies: { sinon: '1' } }),
    'src/a.js': "export * from './deep.js'",
    'src/deep.js': '',
    'src/b.js': '',
    'src/lonely.js': '',
    'test/a.test.js': "import { x } from '../src/a.js';\nimport 'sinon';",
    'test/b.test.js': "const b = require('../src/b');",
  };

  it.each<[string, Files, FileChange[], string[] | 'all', RegExp]>([
    ['an imported module', node, [modify('src/b.js')], ['test/b.test.js'], /1 of 2 test files/],
    ['a module imported by another', node, [modify('src/deep.js')], ['test/a.test.js'], /1 of 2/],
    ['a test file', node, [modify('test/a.test.js')], ['test/a.test.js'], /1 of 2/],
    ['a module that no test imports', node, [modify('src/lonely.js')], 'all', /no test imports src\/lonely\.js/],
    ['everything', node, [modify('src/a.js'), modify('src/b.js')], 'all', /every test file/],
    ['a manifest', node, [modify('package.json')], 'all', /no source module/],
    ['a deleted file', node, [{ ...modify('src/gone.js'), change: 'delete' }], 'all', /deleted/],
    ['nothing', node, [], 'all', /nothing has been changed/],
    [
      'code behind an alias',
      { ...node, 'test/b.test.js': "import '#b'" },
      [modify('src/a.js')],
      'all',
      /every test file/,
    ],
    [
      'code behind a child process',
      { ...node, 'test/b.test.js': "import 'node:child_process'" },
      [modify('src/a.js')],
      'all',
      /every test file/,
    ],
    [
      'code behind a computed import',
      { ...node, 'test/b.test.js': 'await import(name)' },
      [modify('src/a.js')],
      'all',
      /every test file/,
    ],
    [
      'code behind a built file',
      { ...node, 'test/b.test.js': "import '../dist/b.js'" },
      [modify('src/a.js')],
      'all',
      /every test file/,
    ],
  ])('of node for %s', async (...[, files, changed, expected, words]) => {
    const found = await plan({ files, changed, request: { scope: 'affected' } });
    const selected = found.argv.slice(found.argv.indexOf('--test') + 1);
    expect(selected).toEqual(expected === 'all' ? [] : expected);
    expect(found.selection).toMatch(words);
    expect(found.scope).toBe('affected');
  });

  it.each([
    [
      'vitest',
      { test: 'vitest run --coverage' },
      ['vitest', 'related', '--coverage', ...vitestOptions, '--run', 'src/a.ts'],
    ],
    ['jest', { test: 'jest' }, ['jest', '--json', `--outputFile=${report('json')}`, '--findRelatedTests', 'src/a.ts']],
    [
      'vitest with files of its own',
      { test: 'vitest run test/unit' },
      ['vitest', 'run', 'test/unit', ...vitestOptions],
    ],
  ])('of %s are found by the runner', async (_title, scripts, argv) => {
    const changed = [modify('src/a.ts')];
    expect(
      (await plan({ files: { 'package.json': manifest(scripts) }, changed, request: { scope: 'affected' } })).argv,
    ).toEqual(argv);
  });

  it.each([
    ['vitest.config.ts', /no source module/],
    ['src/a.css', /no source module/],
  ])('are all tests when %s changed [workspace:tests:affected]', async (path, words) => {
    const files = { 'package.json': manifest({ test: 'vitest run' }) };
    expect((await plan({ files, changed: [modify(path)], request: { scope: 'affected' } })).selection).toMatch(words);
  });

  it('of mocha are all when a configuration may name files', async () => {
    const files = {
      'package.json': manifest({ test: 'mocha' }),
      'a.js': '',
      'test/a.js': "require('../a')",
      'test/b.js': '',
    };
    const changed = [modify('a.js')];
    expect((await plan({ files, changed, request: { scope: 'affected' } })).argv.slice(-1)).toEqual(['test/a.js']);
    const configured = { ...files, '.mocharc.yml': '' };
    expect((await plan({ files: configured, changed, request: { scope: 'affected' } })).selection).toContain(
      'configuration',
    );
  });
});

describe('named files and names', () => {
  const files = { 'package.json': manifest({ test: 'vitest run test/unit' }), 'a.test.js': '', '-x.js': '' };

  it('replace the files that the suite names', async () => {
    const found = await plan({ files, request: { scope: 'affected', files: ['a.test.js'] } });
    expect(found.argv).toEqual(['vitest', 'run', ...vitestOptions, 'a.test.js']);
    expect(found).toMatchObject({ scope: 'files', files: ['a.test.js'] });
  });

  it.each(['-x.js', '../a.test.js', '/etc/passwd', './a.test.js', 'absent.js', 'a\0b', '--config=x', ''])(
    'refuse the file %j',
    async (file) => {
      await expect(plan({ files, request: { scope: 'files', files: [file] } })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    },
  );

  it('need at least one file', async () => {
    await expect(plan({ files, request: { scope: 'files' } })).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it.each([
    ['vitest run', '--testNamePattern=adds'],
    ['jest', '--testNamePattern=adds'],
    ['mocha', '--grep=adds'],
    ['node --test', '--test-name-pattern=adds'],
    ['npm run build && jest', '--testNamePattern=adds'],
  ])('give %s its own option', async (script, option) => {
    const found = await plan({
      files: { 'package.json': manifest({ test: script }) },
      request: { namePattern: 'adds' },
    });
    expect(found.argv).toContain(option);
    expect(found.namePattern).toBe('adds');
    expect(found.selection).toBe('only the tests whose names match, of the whole suite, as asked');
  });

  it.each(['--config=evil.js', '-x', '', ' a', 'a\nb', 'x'.repeat(501)])(
    'refuse the name pattern %j',
    async (namePattern) => {
      await expect(plan({ files, request: { namePattern } })).rejects.toMatchObject({ code: 'invalid_input' });
    },
  );

  it.each(['$(id)', '`id`', 'a;b', 'a"b', "a'b", 'a|b', 'a&b', 'a>b', '%PATH%', 'a!b'])(
    'never pass %j through the shell of a package manager',
    async (text) => {
      const chain = { 'package.json': manifest({ test: 'npm run build && vitest run' }), [`${text}.js`]: '' };
      await expect(plan({ files: chain, request: { namePattern: text } })).rejects.toMatchObject({
        code: 'invalid_input',
      });
      const one = { argv: ['npm', 'test', '--', '{files}'] };
      const request = { scope: 'files' as const, files: [`${text}.js`] };
      await expect(plan({ files: chain, request })).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(plan({ files: chain, declared: { one }, request })).rejects.toMatchObject({ code: 'invalid_input' });
    },
  );

  it('are refused where the runner has no way to select them', async () => {
    const tap = { 'package.json': manifest({ test: 'jasmine' }), 'a.js': '' };
    await expect(plan({ files: tap, request: { namePattern: 'a' } })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(plan({ files: tap, request: { scope: 'files', files: ['a.js'] } })).rejects.toMatchObject({
      code: 'invalid_input',
      message: 'The suite test cannot run single files.',
    });
  });
});

describe('what is compared', () => {
  const files = { 'package.json': manifest({ test: 'node --test' }), 'test/a.test.js': '', 'test/b.test.js': '' };
  const some = { scope: 'files' as const, files: ['test/a.test.js', 'test/b.test.js'] };

  it('is the same selection without the files that are not on the base commit [tests:base:selection]', async () => {
    const { argv, base } = await plan({ files, request: some, base: ['test/a.test.js'] });
    expect(argv.slice(-2)).toEqual(['test/a.test.js', 'test/b.test.js']);
    expect(base?.argv).toEqual(argv.slice(0, -1));
    expect(base?.timeoutSeconds).toBe(300);
  });

  it('is nothing when no selected file is there [tests:base:selection]', async () => {
    const { base } = await plan({ files, request: some, base: [] });
    expect(base).toEqual({ commit: 'b'.repeat(40), tree: 't0', timeoutSeconds: 300 });
  });

  it('is the related tests of the changed files that are there', async () => {
    const tree = { 'package.json': manifest({ test: 'vitest' }), 'src/a.js': '', 'src/new.js': '' };
    const changed = [modify('src/a.js'), { ...modify('src/new.js'), change: 'add' as const }];
    const { base } = await plan({ files: tree, request: { scope: 'affected' }, changed, base: ['src/a.js'] });
    expect(base?.argv).toContain('src/a.js');
    expect(base?.argv).not.toContain('src/new.js');
  });

  it.each([
    ['says so where a package is new and all run there', ['go.mod', 'a/a.go', 'a/a_test.go', 'c/c_test.go'], true],
    ['says nothing of the same packages', undefined, undefined],
  ])('%s', async (_what, there, wider) => {
    const test = 'package x\n\nimport "testing"\n\nfunc TestX(t *testing.T) {}\n';
    const packages = ['a', 'b', 'c'].flatMap((name) => [
      [`${name}/${name}.go`, `package ${name}\n`],
      [`${name}/${name}_test.go`, test.replace('x', name)],
    ]);
    const tree: Record<string, string> = { 'go.mod': 'module m\n\ngo 1.22\n', ...Object.fromEntries(packages) };
    const changed = [modify('a/a.go'), modify('b/b.go')];
    const { argv, base } = await plan({
      files: tree,
      request: { scope: 'affected' },
      changed,
      base: there ?? Object.keys(tree),
    });
    expect(argv.slice(-2)).toEqual(['./a', './b']);
    expect(base?.argv?.includes('./...')).toBe(there !== undefined);
    expect(base?.wider).toBe(wider);
  });

  it('is shown with the command of the suite alone', async () => {
    expect((await plan({ files, base: [] })).command).toEqual(['node', '--test']);
  });
});

describe('scope failed', () => {
  const files = { 'package.json': manifest({ test: 'vitest' }), 'test/a.test.js': '', 'src/a.js': '' };
  const request = { scope: 'failed' as const };

  it('runs exactly the tests that failed last, on both sides [tests:scope:failed]', async () => {
    const failed = [{ test: 'sum adds (1)', file: 'test/a.test.js' }];
    const { argv, base, selection } = await plan({ files, request, failed, base: ['test/a.test.js'] });
    expect(argv.at(-1)).toBe('test/a.test.js');
    expect(argv.some((word) => word.startsWith('--testNamePattern=') && word.includes('\\(1\\)'))).toBe(true);
    expect(base?.argv).toEqual(argv);
    expect(selection).toBe('the test that failed in the last run');
  });

  it.each([
    ['nothing failed', [], 'No test is known to have failed'],
    ['the file is gone', [{ test: 'x', file: 'test/gone.test.js' }], 'No test is known to have failed'],
  ])('is refused when %s', async (_title, failed, words) => {
    const refused = plan({ files, request, failed, base: [] });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input', fix: 'Use scope affected.' });
    await expect(refused).rejects.toThrow(words);
  });

  it('is refused for a suite that cannot run single tests', async () => {
    const declared = { lint: { argv: ['eslint', '.'] } };
    const refused = plan({ declared, request, failed: [{ test: 'x' }], base: [] });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input', fix: 'Use scope affected or all.' });
  });
});

describe('running single tests again', () => {
  it.each<[string, Record<string, string>, string[] | undefined]>([
    ['by the runner, when the script is nothing else', { test: 'vitest' }, undefined],
    ['behind npm, when there is a hook', { test: 'vitest', pretest: 'tsc' }, ['npm', 'test', '--']],
    ['behind npm, when the script sets something', { test: 'A=1 vitest' }, ['npm', 'test', '--']],
  ])('happens %s', async (_title, scripts, prefix) => {
    const files = { 'package.json': manifest(scripts) };
    const { rerun } = await plan({ files, declared: { unit: { argv: ['npm', 'test'] } }, request: { suite: 'unit' } });
    expect(rerun?.words).toEqual(['vitest']);
    expect(rerun?.prefix).toEqual(prefix);
    expect(rerun?.timeoutSeconds).toBe(60);
  });

  it('is not offered by a suite that is judged by its exit code', async () => {
    const declared = { unit: { argv: ['vitest', 'run'], format: 'exit_code' as const } };
    expect((await plan({ declared })).rerun).toBeUndefined();
  });
});

it.each([
  ['target', {}],
  ['failed', { namePattern: 'x' }],
  ['failed', { files: ['test/a.test.js'] }],
] as const)('scope %s is refused with %j', async (scope, more) => {
  const files = { 'package.json': manifest({ test: 'vitest' }), 'test/a.test.js': '' };
  const refused = plan({ files, request: { scope, ...more, files: [...('files' in more ? more.files : [])] } });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_input' });
});
