import { readdirSync, readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import type { SuiteDeclaration } from '#domain/suite.ts';

import { hasProgram, missing } from '../support/needs.ts';
import { createRunnerFixture, type RunnerSetup } from '../support/test-runner-fixture.ts';

const never = new AbortController().signal;
const modified = (path: string) => ({ path, change: 'modify' as const, added: 1, removed: 1 });

function suite(argv: string[], changes: Partial<SuiteDeclaration> = {}): SuiteDeclaration {
  const rest = { cwd: '.', env: {}, required: true, timeout_s: 60, network: false, services: {}, limits: {} };
  return { argv, ...rest, ...changes };
}

function running(word: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
    } catch {
      return false;
    }
  });
}

const math = (add: string, twice: string) => `export const add = ${add};\nexport const twice = ${twice};\n`;
const broken = math('(a, b) => a - b', '(a) => a + a + 1');
const fixed = math('(a, b) => a + b', '(a) => a + a + 1');
const worse = math('(a, b) => a - b', '(a) => a * a * a');
const right = math('(a, b) => a + b', '(a) => a + a');

const nodeTests = `
import { test, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { add, twice } from '../src/math.js';

test('adds', () => assert.equal(add(1, 2), 3));
describe('twice', () => {
  it('doubles 2', () => assert.equal(twice(2), 4));
  it('doubles 0', () => assert.equal(twice(0), 0));
});
`;
const nodeRepository = (source: string): Record<string, string> => ({
  'package.json': JSON.stringify({ type: 'module', scripts: { test: 'node --test' } }),
  'src/math.js': source,
  'test/math.test.js': nodeTests,
});
const nodeSetup = (before: string, after: string): RunnerSetup => ({
  base: nodeRepository(before),
  files: nodeRepository(after),
  changes: [modified('src/math.js')],
});

describe('a run of node --test', () => {
  it('lists what the change fixed and keeps apart what failed before [tests:base:classes, tests:base:fixed]', async () => {
    await using fixture = await createRunnerFixture(nodeSetup(broken, fixed));
    const { result, plan } = await fixture.run();
    expect(plan.command).toEqual(['node', '--test']);
    expect(result).toMatchObject({
      verdict: 'fail_preexisting_only',
      counts: { total: 3, passed: 1 },
      reason: '2 of 3 tests failed: 2 preexisting.',
      comparison: { state: 'ran', verdict: 'fail', fixedCount: 1, classes: { new: 0, preexisting: 2, flaky: 0 } },
    });
    expect(result.comparison?.fixed).toMatchObject([{ test: 'adds', file: 'test/math.test.js' }]);
    expect(result.failures.map(({ test, class: found }) => [test, found])).toEqual([
      ['twice › doubles 2', 'preexisting'],
      ['twice › doubles 0', 'preexisting'],
    ]);
    expect(result.failures[0]).toMatchObject({ file: 'test/math.test.js', expected: '4', actual: '5' });
    expect(result.failures[0]?.frames?.[0]).toMatch(/^test\/math\.test\.js:8/);
  });

  it('calls new what passed on the base commit [tests:base:classes]', async () => {
    await using fixture = await createRunnerFixture(nodeSetup(right, worse));
    const { result } = await fixture.run({ scope: 'affected' });
    expect(result).toMatchObject({ verdict: 'fail', comparison: { verdict: 'pass', fixedCount: 0 } });
    expect(result.failures.map(({ class: found }) => found)).toEqual(['new', 'new']);
  });

  it('runs the base commit by its own command where the change runs tests in another way [tests:base:classes]', async () => {
    const files = (script: string) => ({
      ...nodeRepository(right),
      'package.json': JSON.stringify({ name: 'math', type: 'module', scripts: { test: script } }),
    });
    const [before, after] = ['node --test', 'node --import ./src/setup.js --test'];
    const setup = { 'src/setup.js': "throw new Error('no setup');\n" };
    const changes = [modified('package.json')];
    await using worse = await createRunnerFixture({
      base: files(before),
      files: { ...files(after), ...setup },
      changes,
    });
    const { result } = await worse.run();
    expect(result).toMatchObject({ verdict: 'fail', comparison: { verdict: 'pass' } });
    expect(result.failures.map(({ class: found }) => found)).not.toContain('preexisting');
    const fine = { 'src/setup.js': '' };
    await using same = await createRunnerFixture({ base: files(before), files: { ...files(after), ...fine }, changes });
    expect((await same.run()).result).toMatchObject({
      verdict: 'pass',
      comparison: { verdict: 'pass', fixedCount: 0 },
    });
  });

  it.each(['all', 'affected'] as const)(
    'names in a green run the tests of the base commit that are gone, with scope %s [tests:base:lost]',
    async (scope) => {
      const each =
        "import { test } from 'node:test';\nimport * as lib from '../src/math.js';\nfor (const name of Object.keys(lib)) test(name, () => {});\n";
      const files = (source: string) => ({ ...nodeRepository(source), 'test/math.test.js': each });
      const [base, after] = [files(right), files('export const add = 1;\n')];
      const setup = { base, files: after, changes: [modified('src/math.js')] };
      await using fixture = await createRunnerFixture(setup);
      const { result } = await fixture.run({ scope });
      expect(result).toMatchObject({ verdict: 'pass', counts: { total: 1 } });
      expect(result.comparison?.lost).toMatchObject({ count: 1, tests: ['twice'] });
      expect(result.reason).toContain('1 test ran on the base commit and is skipped or gone now: twice.');
    },
  );

  it('runs the base commit once for one selection, whichever tree asks [tests:base:cached]', async () => {
    await using fixture = await createRunnerFixture(nodeSetup(broken, fixed));
    const first = await fixture.run();
    const second = await fixture.run();
    expect([first, second].map(({ result }) => result.comparison?.state)).toEqual(['ran', 'cached']);
    expect(second.result.extraSeconds?.base).toBe(0);
    expect(second.result.failures).toEqual(first.result.failures);
    expect(second.result.comparison?.fixed).toEqual(first.result.comparison?.fixed);
    const other = await fixture.run({ scope: 'target', namePattern: 'adds' });
    expect(other.result.comparison?.state).toBe('ran');
  });

  it('on the base commit itself finds only what is preexisting, and serves later runs [tests:base:same]', async () => {
    const files = nodeRepository(broken);
    await using fixture = await createRunnerFixture({ files });
    const { result, plan } = await fixture.run();
    expect(plan.base?.timeoutSeconds).toBe(0);
    expect(result).toMatchObject({ verdict: 'fail', comparison: { state: 'same', fixedCount: 0 } });
    expect(new Set(result.failures.map(({ class: found }) => found))).toEqual(new Set(['preexisting']));
  });

  it('calls every test of a new file new, and runs nothing on the base commit for it', async () => {
    const files = { ...nodeRepository(broken), 'test/more.test.js': nodeTests };
    await using fixture = await createRunnerFixture({ base: nodeRepository(broken), files });
    const { result } = await fixture.run({ scope: 'files', files: ['test/more.test.js'] });
    expect(result.comparison).toMatchObject({ reason: expect.stringContaining('None of the selected') as string });
    expect(result.extraSeconds?.base).toBe(0);
    expect(new Set(result.failures.map(({ class: found }) => found))).toEqual(new Set(['new']));
  });

  it('runs only what failed last with scope failed, and only what is named with scope target [tests:scope:failed]', async () => {
    await using fixture = await createRunnerFixture(nodeSetup(broken, fixed));
    await expect(fixture.permitFor({ scope: 'failed' })).rejects.toMatchObject({
      code: 'invalid_input',
      fix: 'Use scope affected.',
    });
    await fixture.run();
    const again = await fixture.run({ scope: 'failed' });
    expect(again.plan.selection).toBe('the 2 tests that failed in the last run');
    expect(again.result.counts).toMatchObject({ failed: 2, passed: 0 });
    const one = await fixture.run({ scope: 'target', files: ['test/math.test.js'], namePattern: 'doubles 2' });
    expect(one.result.counts).toMatchObject({ failed: 1, passed: 0 });
    await expect(fixture.permitFor({ scope: 'target' })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(fixture.permitFor({ scope: 'failed', namePattern: 'x' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });
});

const module = { 'package.json': JSON.stringify({ type: 'module', scripts: { test: 'node --test' } }) };

describe('a green run without tests that ran on the base commit', () => {
  const code = (a: number, hasDb: boolean) => `export const a = ${a};\nexport const hasDb = () => ${hasDb};\n`;
  const cases = `
import test from 'node:test';
import assert from 'node:assert/strict';
import { a, hasDb } from '../src/a.js';
test('is a number', () => assert.equal(typeof a, 'number'));
test('is 2', { skip: !hasDb() }, () => assert.equal(a, 2));
test('is for another system', { skip: process.platform !== 'win32' }, () => {});
test.todo('is to be written');
`;
  const more = "import test from 'node:test';\ntest('is new', () => {});\n";
  const tree = (source: string, tests = cases) => ({ ...module, 'src/a.js': source, 'test/a.test.js': tests });
  const skipping = cases.replace('import test from', 'import { skip as test } from');

  it.each<[string, Record<string, string>, Record<string, string>, readonly string[]]>([
    [
      'a test file that skips by another name',
      tree(code(2, true)),
      { ...tree(code(1, true), skipping.replace('test.todo', '// ')), 'test/b.test.js': more },
      ['is a number', 'is 2'],
    ],
    [
      'a test file that skips by another name and new tests of the same names',
      tree(code(2, true)),
      {
        ...tree(code(1, true), skipping.replace('test.todo', '// ')),
        'test/b.test.js': more.replace('is new', 'is 2'),
      },
      ['is a number', 'is 2'],
    ],
    ['code that makes the failing test skip itself', tree(code(1, true)), tree(code(1, false)), ['is 2']],
  ])('names them for %s [tests:base:lost]', async (_how, base, files, tests) => {
    await using fixture = await createRunnerFixture({ base, files, changes: [modified('src/a.js')] });
    const { result } = await fixture.run();
    expect(result).toMatchObject({ verdict: 'pass', comparison: { lost: { count: tests.length, tests } } });
    expect(result.reason).toContain(tests.join('; '));
    const cached = await fixture.run();
    expect(cached.result.comparison).toMatchObject({ state: 'cached', lost: { tests } });
  });

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['are skipped on the base commit as well', tree(code(1, true)), tree(code(2, true))],
    [
      'are skipped and new',
      tree(code(2, true)),
      { ...tree(code(2, true)), 'test/b.test.js': more.replace('import test', 'import { skip as test }') },
    ],
    ['run again', tree(code(2, false)), tree(code(2, true))],
    ['could not be loaded there', tree('const a = 1;\n'), tree(code(2, true))],
  ])('says nothing of tests that %s [tests:base:lost]', async (_why, base, files) => {
    await using fixture = await createRunnerFixture({ base, files, changes: [modified('src/a.js')] });
    const { result } = await fixture.run();
    expect(result.verdict).toBe('pass');
    expect(result.counts.skipped).toBeGreaterThan(0);
    expect(result.comparison).not.toHaveProperty('lost');
    expect(result).not.toHaveProperty('reason');
  });

  it('does not take skipped tests for unchanged where the base commit could not be run [tests:base:lost]', async () => {
    const setup = { base: tree(code(1, true)), files: tree(code(1, false)), changes: [modified('src/a.js')] };
    await using fixture = await createRunnerFixture({ ...setup, suites: { unit: suite(['node', '--test']) } });
    const { result } = await fixture.run({}, 60);
    expect(result).toMatchObject({ verdict: 'pass', comparison: { state: 'unknown', lost: { count: 3 } } });
    expect(result.comparison?.lost?.why).toContain('nothing shows that they were on the base commit: is 2');
  });
});

/** The second test fails only while the first has run in the same process. */
const disturbed = `
import { test } from 'node:test';
import assert from 'node:assert/strict';
test('leaves something behind', () => { globalThis.left = true; });
test('minds it (really?)', () => assert.equal(globalThis.left, undefined));
test('is wrong', () => assert.equal(1, WRONG));
`;

describe('a test that passes alone', () => {
  it('is flaky, and a run with nothing else is neither green nor a failure [tests:base:flaky]', async () => {
    const test = (wrong: string) => ({ ...module, 'test/a.test.js': disturbed.replace('WRONG', wrong) });
    const before = { ...module, 'test/a.test.js': "import { test } from 'node:test';\ntest('is right', () => {});\n" };
    await using flaky = await createRunnerFixture({ base: before, files: test('1') });
    const { result } = await flaky.run();
    expect(result).toMatchObject({ verdict: 'flaky', comparison: { classes: { new: 0, preexisting: 0, flaky: 1 } } });
    expect(result.failures).toMatchObject([{ test: 'minds it (really?)', class: 'flaky' }]);
    expect(result.extraSeconds?.reruns).toBeGreaterThan(0);
    await using mixed = await createRunnerFixture({ base: before, files: test('2') });
    const second = await mixed.run();
    expect(second.result).toMatchObject({ verdict: 'fail', reason: '2 of 3 tests failed: 1 new, 1 flaky.' });
  });

  it('is flaky on the base commit as well, and is then not called fixed [tests:base:flaky]', async () => {
    const base = { ...module, 'test/a.test.js': disturbed.replace('WRONG', '1') };
    const files = { ...module, 'test/a.test.js': base['test/a.test.js'].replace('globalThis.left = true;', '') };
    await using fixture = await createRunnerFixture({ base, files });
    const { result } = await fixture.run();
    expect(result).toMatchObject({ verdict: 'pass', comparison: { verdict: 'fail', fixedCount: 0, fixed: [] } });
  });
});

describe('a run of vitest', () => {
  const tests = `
import { describe, expect, it } from 'vitest';
import { add, twice } from '../src/math.js';
it('adds', () => expect(add(1, 2)).toBe(3));
describe('twice', () => { it('doubles', () => expect(twice(2)).toBe(4)); });
`;
  const repository = (source: string): Record<string, string> => ({
    'package.json': JSON.stringify({ type: 'module', scripts: { test: 'vitest' }, devDependencies: { vitest: '1' } }),
    'src/math.js': source,
    'test/math.test.js': tests,
  });

  it('is compared by related tests [tests:base:classes, tests:base:fixed]', { timeout: 120_000 }, async () => {
    await using fixture = await createRunnerFixture({
      base: repository(broken),
      files: repository(fixed),
      changes: [modified('src/math.js')],
      withModules: true,
    });
    const { plan, result } = await fixture.run({ scope: 'affected' });
    expect(plan.base?.argv).toContain('related');
    expect(result).toMatchObject({ verdict: 'fail_preexisting_only', comparison: { fixedCount: 1 } });
    expect(result.failures).toMatchObject([{ test: 'twice doubles', class: 'preexisting' }]);
  });

  it('calls a disturbed test flaky [tests:base:flaky]', async () => {
    const file = (mark: string) => `
import { describe, expect, it } from 'vitest';
it('leaves something', () => { ${mark} });
describe('another', () => { it('minds it [1]', () => expect(globalThis.left).toBeUndefined()); });
`;
    const tree = (mark: string) => ({ 'package.json': repository('')['package.json']!, 'test/a.test.js': file(mark) });
    await using fixture = await createRunnerFixture({
      base: tree(''),
      files: tree('globalThis.left = 1;'),
      withModules: true,
    });
    expect((await fixture.run()).result).toMatchObject({
      verdict: 'flaky',
      failures: [{ test: 'another minds it [1]', class: 'flaky' }],
    });
  });
});

it('compares pytest, and runs its failures again by their ids [tests:base:classes, tests:base:flaky]', async ({
  skip,
}) => {
  const why = missing('pytest', hasProgram('pytest'));
  if (why) skip(why);
  const repository = (add: string) => ({
    'pytest.ini': '[pytest]\n',
    'calc.py': `def add(a, b):\n    return ${add}\n`,
    'tests/test_calc.py': `
import pytest, sys
sys.path.insert(0, '.')
import calc
left = []

def test_adds():
    assert calc.add(1, 2) == 3

class TestMore:
    @pytest.mark.parametrize('n', [1, 2])
    def test_wrong(self, n):
        assert calc.add(n, n) == -1

def test_leaves():
    left.append(1)

def test_minds():
    assert left == [] or calc.add(1, 1) == 0
`,
  });
  await using fixture = await createRunnerFixture({
    base: repository('a - b'),
    files: repository('a + b'),
    changes: [modified('calc.py')],
  });
  const { result } = await fixture.run();
  expect(result.comparison).toMatchObject({ fixedCount: 1, classes: { new: 0, preexisting: 2, flaky: 1 } });
  expect(result.comparison?.fixed[0]?.test).toContain('test_adds');
  const classes = result.failures.map((failure) => [failure.test.split('::').at(-1), failure.class]);
  expect(classes).toEqual([
    ['test_wrong[1]', 'preexisting'],
    ['test_wrong[2]', 'preexisting'],
    ['test_minds', 'flaky'],
  ]);
  expect(result.verdict).toBe('fail_preexisting_only');
});

it('names tests of pytest that code makes skip, fail as expected, or vanish [tests:base:lost]', async ({ skip }) => {
  const why = missing('pytest', hasProgram('pytest'));
  if (why) skip(why);
  const repository = (value: string) => ({
    'pytest.ini': '[pytest]\n',
    'db.py': `here = ${value}\n`,
    'tests/test_db.py': `
import pytest, sys
sys.path.insert(0, '.')
import db

@pytest.mark.skipif(not db.here, reason='no database')
def test_skips():
    assert False

@pytest.mark.xfail(not db.here, reason='no database')
def test_expects():
    assert False

if db.here:
    def test_vanishes():
        pass

@pytest.mark.skipif(sys.platform != 'win32', reason='for another system')
def test_elsewhere():
    pass

def test_stays():
    pass
`,
  });
  const [base, files] = [repository('True'), repository('False')];
  await using fixture = await createRunnerFixture({ base, files, changes: [modified('db.py')] });
  const { result } = await fixture.run({ scope: 'affected' });
  expect(result).toMatchObject({ verdict: 'pass', counts: { passed: 1, skipped: 3 } });
  const names = result.comparison?.lost?.tests.map((test) => test.split('::').at(-1));
  expect(names).toEqual(['test_skips', 'test_expects', 'test_vanishes']);
});

describe('a suite without test cases', () => {
  it.each([
    ['exit 1', 'exit 1', 'fail_preexisting_only'],
    ['exit 0', 'exit 1', 'fail'],
    ['exit 1', 'exit 0', 'pass'],
  ])('that ends with %s on the base commit and %s now has the verdict %s', async (before, now, verdict) => {
    await using fixture = await createRunnerFixture({
      base: { 'check.sh': before },
      files: { 'check.sh': now },
      suites: { lint: suite(['bash', 'check.sh'], { format: 'exit_code' }) },
    });
    const { result } = await fixture.run();
    expect(result.verdict).toBe(verdict);
    expect(result.comparison).toMatchObject({ state: 'ran', verdict: before === 'exit 0' ? 'pass' : 'fail' });
  });
});

describe('coverage that the suite itself writes', () => {
  it('says which changed lines never ran', async () => {
    const lcov = (root: string) =>
      `SF:${root}src/a.js\\nDA:1,1\\nDA:2,0\\nDA:3,0\\nDA:4,5\\nend_of_record\\nSF:src/b.js\\nDA:1,0\\nend_of_record\\n`;
    const write = `const { mkdirSync, writeFileSync } = require('node:fs'); mkdirSync('coverage', { recursive: true });`;
    await using fixture = await createRunnerFixture({
      base: { 't.js': '' },
      files: { 't.js': `${write} writeFileSync('coverage/lcov.info', \`${lcov('')}\`);` },
      diff: '--- a/src/a.js\n+++ b/src/a.js\n@@ -1,2 +1,4 @@\n one\n+two\n+three\n four\n',
      suites: { unit: suite(['node', 't.js'], { format: 'exit_code' }) },
    });
    const { result } = await fixture.run();
    expect(result.coverage).toEqual({ report: 'coverage/lcov.info', lines: 2, covered: 0, missed: ['src/a.js:2-3'] });
  });

  it('is not read from a report that is part of the repository', async () => {
    const report = 'SF:src/a.js\nDA:2,0\nend_of_record\n';
    await using fixture = await createRunnerFixture({
      files: { 'lcov.info': report },
      diff: '--- a/src/a.js\n+++ b/src/a.js\n@@ -1 +1,2 @@\n one\n+two\n',
      suites: { unit: suite(['true'], { format: 'exit_code' }) },
    });
    expect((await fixture.run()).result.coverage).toBeUndefined();
  });
});

describe('the limits of a run', () => {
  const hangs = 'setsid sleep 51.51 & sleep 51.52';

  it('stop the base commit without a word about classes, and the suite keeps its own [tests:base:limit, workspace:tests:killed]', async () => {
    await using fixture = await createRunnerFixture({
      base: { 'check.sh': hangs },
      files: { 'check.sh': 'exit 1' },
      suites: { unit: suite(['bash', 'check.sh'], { format: 'exit_code', timeout_s: 2 }) },
    });
    const { result, plan } = await fixture.run();
    expect(plan).toMatchObject({ timeoutSeconds: 2, base: { timeoutSeconds: 2 } });
    expect(result).toMatchObject({ verdict: 'fail', exitCode: 1, comparison: { state: 'unknown', fixedCount: 0 } });
    expect(result.comparison?.reason).toContain('ran past 2 s');
    expect([...running('51.51'), ...running('51.52')]).toEqual([]);
    // It is kept, so that the base commit does not hang again.
    const second = await fixture.run();
    expect(second.result).toMatchObject({ extraSeconds: { base: 0 }, comparison: { state: 'unknown' } });
    const charged = fixture.store.used('PD-1').test_seconds;
    expect(charged).toBeGreaterThanOrEqual(3);
    expect(charged).toBeLessThanOrEqual(6);
  });

  it('give the suite everything when little is left [tests:base:limit]', async () => {
    await using fixture = await createRunnerFixture({
      base: { 'check.sh': 'exit 0' },
      files: { 'check.sh': 'exit 1' },
      suites: { unit: suite(['bash', 'check.sh'], { format: 'exit_code', timeout_s: 60 }) },
    });
    const { result, plan } = await fixture.run({}, 60);
    expect(plan).toMatchObject({ timeoutSeconds: 60, base: { timeoutSeconds: 0 } });
    expect(result.comparison?.reason).toContain('No test_seconds are left');
  });

  it('leave nothing behind when a run is cancelled on the base commit [tests:base:limit, workspace:tests:killed]', async () => {
    await using fixture = await createRunnerFixture({
      base: { 'check.sh': hangs },
      files: { 'check.sh': 'exit 1' },
      suites: { unit: suite(['bash', 'check.sh'], { format: 'exit_code' }) },
    });
    const { jobId } = await fixture.runner.start(await fixture.permitFor(), 'x');
    await expect.poll(() => running('51.51').length, { timeout: 20_000 }).toBeGreaterThan(0);
    const seen = await fixture.runner.wait(jobId, 0, never);
    expect(seen).toMatchObject({ status: 'running', phase: 'base' });
    await fixture.runner.cancel(jobId);
    await expect.poll(() => [...running('51.51'), ...running('51.52'), ...running(jobId)]).toEqual([]);
  });

  it('leave nothing behind when a re-run hangs [tests:base:limit, workspace:tests:killed]', async () => {
    const test = `
import { test } from 'node:test';
import { spawnSync } from 'node:child_process';
const alone = process.execArgv.concat(process.argv).join(' ').includes('name-pattern');
test('fails', () => { if (alone) spawnSync('bash', ['-c', 'setsid sleep 52.51 & sleep 52.52']); throw new Error('x'); });
`;
    await using fixture = await createRunnerFixture({
      base: { 'test/a.test.js': test.replace("throw new Error('x');", '') },
      files: { 'test/a.test.js': test },
      suites: { unit: suite(['node', '--test'], { timeout_s: 5 }) },
    });
    const { result } = await fixture.run();
    expect(result).toMatchObject({ verdict: 'fail', failures: [{ test: 'fails', class: 'new' }] });
    expect([...running('52.51'), ...running('52.52')]).toEqual([]);
  });
});
