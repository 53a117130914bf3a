import { describe, expect, it } from 'vitest';

import { findLostTests } from '#domain/test-cases.ts';
import { isBelowTestFolder, isTestFile } from '#domain/test-files.ts';

import { cpuMs } from '../../support/cpu-time.ts';

const lost = (path: string, before: string | undefined, after: string | undefined) =>
  findLostTests([{ path, before, after }]).get(path);

describe('a test case is lost', () => {
  it.each([
    ['removed', 'a.test.js', "it('a', f);\nit('b', f);", "it('a', f);", ['b']],
    ['renamed', 'a.test.ts', "test('drains', f);", "test('runs', f);", ['drains']],
    ['skipped', 'a.test.ts', "it('a', f);", "it.skip('a', f);", ['a']],
    ['marked as one to do', 'a.test.ts', "it('a', f);", "it.todo('a', f);", ['a']],
    ['skipped by its old name', 'a.test.js', "it('a', f);", "xit('a', f);", ['a']],
    ['commented out', 'a.test.js', "it('a', f);", "// it('a', f);", ['a']],
    ['put into a comment', 'a.test.js', "it('a', f);\nit('b', f);", "/*\nit('a', f);\n*/\nit('b', f);", ['a']],
    ['put into a comment without an end', 'a.test.js', "it('a', f);", "/*\nit('a', f);", ['a']],
    [
      'in the shadow of a focused one',
      'a.test.js',
      "it('a', f);\nit('b', f);",
      "it('a', f);\nit.only('b', f);",
      ['a', 'b'],
    ],
    [
      'in a group that is skipped',
      'a.spec.ts',
      "describe('g', () => {\n  it('a', f);\n});",
      "describe.skip('g', () => {\n  it('a', f);\n});",
      ['a'],
    ],
    ['skipped within', 'a.test.mjs', "it('a', (t) => {});", "it('a', (t) => { t.skip(); });", ['skip mark 1']],
    ['skipped by an option', 'test/a.js', "test('a', f);", "test('a', { skip: true }, f);", ['skip mark 1']],
    ['skipped by a short option', 'test/a.js', "test('a', f);", "test('a', { skip }, f);", ['skip mark 1']],
    ['one to do by a short option', 'test/a.js', "test('a', f);", "test('a', { timeout, todo }, f);", ['skip mark 1']],
    ['one to do within', 'a.test.mjs', "it('a', (t) => {});", "it('a', (t) => { t.todo(); });", ['skip mark 1']],
    [
      'skipped by the runner under the name of the one that runs',
      'a.test.mjs',
      "import test from 'node:test';\ntest('a', f);\ntest('b', f);",
      "import { skip as test } from 'node:test';\ntest('a', f);\ntest('b', f);",
      ['a', 'b'],
    ],
    [
      'one to do under the name of the one that runs',
      'test/a.cjs',
      "const test = require('node:test');\ntest('a', f);",
      "const { todo: test } = require('node:test');\ntest('a', f);",
      ['a'],
    ],
    [
      'skipped by an assignment',
      'test/a.js',
      "import test from 'node:test';\ntest('a', f);",
      "import { skip } from 'node:test';\nconst test = skip;\ntest('a', f);",
      ['a'],
    ],
    ['gone with its file', 'test/a.js', "test('a', f);\ntest('a', f);", undefined, ['a', 'a #2']],
    ['one of two of the same name', 'test/a.js', "test('a', f);\ntest('a', g);", "test('a', f);", ['a #2']],
    [
      'removed from Python',
      'tests/test_a.py',
      'def test_a():\n  pass\nasync def test_b():\n  pass',
      'def test_a():\n  pass',
      ['test_b'],
    ],
    ['marked in Python', 'test_a.py', 'def test_a(): pass', '@pytest.mark.skip\ndef test_a(): pass', ['skip mark 1']],
    [
      'of a marked class',
      'test_a.py',
      'class T:\n  def test_a(self): pass',
      '@unittest.skip("x")\nclass T:\n  def test_a(self): pass',
      ['test_a'],
    ],
    [
      'of a marked module',
      'test_a.py',
      'def test_a(): pass',
      'pytestmark = pytest.mark.skip\ndef test_a(): pass',
      ['test_a'],
    ],
    ['deleted in Python', 'test_a.py', 'def test_a(): pass', 'def test_a(): pass\ndel test_a', ['skip mark 1']],
    [
      'deleted in a class of Python',
      'test_a.py',
      'class TestA:\n  def test_a(self): pass',
      'class TestA:\n  def test_a(self): pass\ndel TestA.test_a',
      ['skip mark 1'],
    ],
    ['within a string of Python', 'test_a.py', 'def test_a(): pass', '"""\ndef test_a(): pass\n"""', ['test_a']],
    ['removed from Go', 'a_test.go', 'func TestA(t *testing.T) {}\n', 'package a\n', ['TestA']],
    [
      'skipped in Go',
      'a_test.go',
      'func TestA(t *testing.T) {}',
      'func TestA(t *testing.T) { t.Skip("x") }',
      ['skip mark 1'],
    ],
    [
      'built out of Go',
      'a_test.go',
      'func TestA(t *testing.T) {}',
      '//go:build never\nfunc TestA(t *testing.T) {}',
      ['TestA'],
    ],
    ['removed from Rust', 'src/lib.rs', '#[test]\nfn drains() {}\n', 'fn drains() {}\n', ['drains']],
    [
      'ignored in Rust',
      'src/lib.rs',
      '#[test]\nfn drains() {}\n',
      '#[test]\n#[ignore]\nfn drains() {}\n',
      ['skip mark 1'],
    ],
    [
      'disabled in Java',
      'src/test/java/QueueTest.java',
      '@Test\nvoid drains() {}',
      '@Test\n@Disabled\nvoid drains() {}',
      ['skip mark 1'],
    ],
    [
      'disabled on a condition in Java',
      'src/test/java/QueueTest.java',
      '@Test\nvoid drains() {}',
      '@Test\n@DisabledIf("always")\nvoid drains() {}',
      ['skip mark 1'],
    ],
    [
      'enabled elsewhere in Java',
      'src/test/java/QueueTest.java',
      '@Test\nvoid drains() {}',
      '@Test\n@EnabledOnOs(OS.AIX)\nvoid drains() {}',
      ['skip mark 1'],
    ],
    [
      'of a class that is disabled on a condition',
      'src/test/java/QueueTest.java',
      'class QueueTest {\n@Test\nvoid drains() {}\n}',
      '@EnabledIf("never")\nclass QueueTest {\n@Test\nvoid drains() {}\n}',
      ['void drains() {}'],
    ],
    [
      'not enabled by TestNG',
      'src/test/java/QueueTest.java',
      '@Test\nvoid drains() {}',
      '@Test(enabled = false)\nvoid drains() {}',
      ['skip mark 1'],
    ],
    ['tagged in Ruby', 'spec/queue_spec.rb', "it 'drains' do\nend", "it 'drains', :skip do\nend", ['skip mark 1']],
    [
      'pending by its tag in Ruby',
      'spec/queue_spec.rb',
      "it('drains') do\nend",
      "it('drains', :slow, :pending) do\nend",
      ['skip mark 1'],
    ],
    ['removed from Ruby', 'spec/queue_spec.rb', "it 'drains' do\nend", '', ['drains']],
    ['skipped in Ruby', 'spec/queue_spec.rb', "it 'drains' do\nend", "xit 'drains' do\nend", ['drains']],
  ])('when it is %s', (...[, path, before, after, expected]) => {
    expect(lost(path, before, after)).toEqual(expected);
  });
});

describe('no test case is lost', () => {
  it.each([
    ['by another body', 'a.test.js', "it('a', () => { x(1); });", "it('a', () => { y(2); });"],
    ['by more tests', 'a.test.js', "it('a', f);", "it('a', f);\nit('b', f);"],
    ['by deeper indentation', 'a.test.js', "it('a', f);", "describe('g', () => {\n  it('a', f);\n});"],
    ['by a new test that is skipped by nobody', 'a.test.js', undefined, "it('a', f);"],
    ['in ordinary code', 'src/queue.js', "test('a', f);", ''],
    ['in prose', 'test/README.md', "it('a', f);", ''],
    ['by a mark that was there', 'a.test.js', "it.skip('a', f);\nit('b', f);", "it.skip('a', f);\nit('b', g);"],
    ['by taking a mark away', 'a.test.js', "it.only('a', f);\nit('b', f);", "it('a', f);\nit('b', f);"],
    [
      'by a glob that looks like a comment',
      'a.test.js',
      "const g = 'src/**/*.ts';\nit('a', f);",
      "const g = 'lib/**/*.ts';\nit('a', f);",
    ],
    ['by data named skip', 'a.test.js', "it('a', () => x(0));", "it('a', () => x(skip, db.todos, todoList));"],
    ['by a list of deleted names', 'test_a.py', 'def test_a(): pass', 'def test_a():\n  del tests[0]\n  del tester'],
    ['by a symbol of data', 'a_spec.rb', "it 'a' do\nend", "it 'a' do\n  x :skipped\n  y.skip_it\nend"],
    ['by an annotation of another kind', 'QTest.java', '@Test\nvoid a() {}', '@Test\n@EnableRetries\nvoid a() {}'],
    ['by TestNG, which enables it', 'QTest.java', '@Test\nvoid a() {}', '@Test(enabled = true)\nvoid a() {}'],
    ['by an option that is off', 'a.test.js', "it('a', f);", "it('a', { skip: false }, f);"],
  ])('%s', (_, path, before, after) => {
    expect(lost(path, before, after)).toEqual([]);
  });

  it('when it moves to another file that the incident changes, once for each arrival', () => {
    const found = findLostTests([
      { path: 'a.test.js', before: "it('a', f);\nit('b', f);", after: undefined },
      { path: 'b.test.js', before: undefined, after: "it('b', f);" },
    ]);
    expect(found.get('a.test.js')).toEqual(['a']);
  });
});

it('a file of hostile openings is read in linear time', () => {
  const text = `${'/*\n'.repeat(300_000)}${'"""\n'.repeat(100_000)}`;
  const started = cpuMs();
  expect(lost('a.test.js', text, '')).toEqual([]);
  expect(lost('test_a.py', text, '')).toEqual([]);
  expect(cpuMs() - started).toBeLessThan(2_000);
});

describe('paths of tests', () => {
  it.each([
    ['test/a.js', true, true],
    ['src/__tests__/a.js', true, true],
    ['Tests/Unit/A.php', true, true],
    ['src/a.test.ts', true, false],
    ['src/a_test.go', true, false],
    ['src/test_a.py', true, false],
    ['src/QueueTest.java', true, false],
    ['spec/a_spec.rb', true, true],
    ['test.js', true, false],
    ['src/contest.js', false, false],
    ['src/latest.ts', false, false],
    ['src/testing-library.ts', false, false],
    ['test', false, false],
  ])('%s: a test file %s, below a folder of tests %s', (path, file, below) => {
    expect([isTestFile(path), isBelowTestFolder(path)]).toEqual([file, below]);
  });
});
