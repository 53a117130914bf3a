import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createRunnerFixture } from '../support/test-runner-fixture.ts';

const modified = (path: string) => ({ path, change: 'modify' as const, added: 1, removed: 1 });
const manifest = JSON.stringify({ type: 'module', scripts: { test: 'node --test' } });

function repository(add: string, tests: string): Record<string, string> {
  const head = "import { test } from 'node:test';\nimport assert from 'node:assert/strict';\n";
  return {
    'package.json': manifest,
    'src/math.js': `export const add = ${add};\n`,
    'test/math.test.js': `${head}import { add } from '../src/math.js';\n${tests}`,
  };
}

const adds = (sum: number) => `test('adds', () => assert.equal(add(1, 2), ${sum}));\n`;
const other = "test('other', () => assert.ok(true));\n";

describe('a test that failed on the base commit and passes now', () => {
  it('is run again twice, and is fixed when it passes each time [tests:base:confirmed]', async () => {
    await using fixture = await createRunnerFixture({
      base: repository('(a, b) => a - b', adds(3)),
      files: repository('(a, b) => a + b', adds(3)),
      changes: [modified('src/math.js')],
    });
    const { result } = await fixture.run();
    expect(result).toMatchObject({
      verdict: 'pass',
      comparison: { fixedCount: 1, fixed: [{ test: 'adds', edited: false }] },
    });
    expect(result.comparison?.reason).toBeUndefined();
    expect(result.extraSeconds?.reruns).toBeGreaterThan(0);
  });

  it('is flaky when it fails then, and so is the run [tests:base:confirmed]', async () => {
    const tests = `import { existsSync } from 'node:fs';\ntest('adds', () => assert.ok(add(1, 2) === 3 && !existsSync('unlucky')));\n`;
    await using fixture = await createRunnerFixture({
      base: repository('(a, b) => a - b', tests),
      files: repository('(a, b) => a + b', tests),
      changes: [modified('src/math.js')],
    });
    const { jobId } = await fixture.runner.start(await fixture.permitFor(), 'x');
    const look = () => fixture.runner.wait(jobId, 0, new AbortController().signal);
    await expect.poll(async () => (await look()).phase, { timeout: 60_000, interval: 5 }).toBe('base');
    await writeFile(join(fixture.source, 'unlucky'), '');
    const { result } = await fixture.runner.wait(jobId, 60_000, new AbortController().signal);
    expect(result).toMatchObject({ verdict: 'flaky', comparison: { fixedCount: 0, fixed: [] } });
    expect(result?.reason).toBe(
      '1 test that failed on the base commit passed here once and failed when run again on the same tree: adds.',
    );
  });

  it('is fixed although it cannot pass alone, when the whole selection passes each time [tests:base:confirmed]', async () => {
    const tests = `test('first', () => { globalThis.first = true; });\ntest('adds', () => assert.ok(add(1, 2) === 3 && globalThis.first));\n`;
    await using fixture = await createRunnerFixture({
      base: repository('(a, b) => a - b', tests),
      files: repository('(a, b) => a + b', tests),
      changes: [modified('src/math.js')],
    });
    const { result } = await fixture.run();
    expect(result).toMatchObject({ verdict: 'pass', comparison: { fixedCount: 1 } });
  });
});

describe('a test that the change edits [tests:base:edited]', () => {
  it.each<[string, string, string, boolean]>([
    ['passes with its old words', '(a, b) => a + b', adds(3) + other, false],
    ['passes only with its new words', '(a, b) => a - b', adds(-1), true],
    ['is gone under its old words', '(a, b) => a - b', `test('adds', () => {});\n`, true],
  ])('%s', async (_title, add, tests, edited) => {
    await using fixture = await createRunnerFixture({
      base: repository('(a, b) => a - b', adds(3)),
      files: repository(add, tests),
      changes: [modified('src/math.js'), modified('test/math.test.js')],
    });
    const { result, plan } = await fixture.run();
    expect(plan.base?.editedTests).toEqual(['test/math.test.js']);
    expect(result).toMatchObject({ verdict: 'pass', comparison: { fixed: [{ test: 'adds', edited }] } });
  });

  it('by what it reads from a folder of tests is edited all the same', async () => {
    const tests = `import { readFileSync } from 'node:fs';\ntest('adds', () => assert.equal(add(1, 2), Number(readFileSync('test/expected.txt', 'utf8'))));\n`;
    const files = (sum: string) => ({ ...repository('(a, b) => a - b', tests), 'test/expected.txt': sum });
    await using fixture = await createRunnerFixture({
      base: files('3'),
      files: files('-1'),
      changes: [modified('test/expected.txt')],
    });
    const { result } = await fixture.run();
    expect(result.comparison?.fixed).toMatchObject([{ test: 'adds', file: 'test/math.test.js', edited: true }]);
  });
});
