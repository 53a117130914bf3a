import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { array, constantFrom, integer, nat, oneof, record, sample } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { plainDiff } from '#workspace/plain-diff.ts';

import { gitEnvironment, temporaryFolder } from '../support/temporary-repository.ts';

interface Pair {
  readonly before: string;
  readonly after: string;
}

/** Lines as code has them: some stand once, some often, some begin like a name. */
const lines = oneof(
  { weight: 6, arbitrary: integer({ min: 0, max: 400 }).map((n) => `  value${n} = ${n};`) },
  { weight: 2, arbitrary: integer({ min: 0, max: 20 }).map((n) => `function name${n}() {`) },
  {
    weight: 3,
    arbitrary: constantFrom(
      '',
      '}',
      '  }',
      '  return;',
      '$a',
      '_b ',
      ' ',
      '\t',
      '\r',
      'x\r',
      'é'.repeat(60),
      `function ${'漢'.repeat(40)}`,
    ),
  },
);
const edit = record({
  at: nat({ max: 400 }),
  removed: nat({ max: 4 }),
  added: array(oneof({ weight: 3, arbitrary: integer().map((n) => `added ${n}`) }, { weight: 1, arbitrary: lines }), {
    maxLength: 4,
  }),
});
const pair = record({
  texts: array(lines, { minLength: 1, maxLength: 400 }),
  edits: array(edit, { minLength: 1, maxLength: 6 }),
}).map(({ texts, edits }): Pair => {
  const after = [...texts];
  for (const { at, removed, added } of edits) after.splice(at % (after.length + 1), removed, ...added);
  return { before: toText(texts), after: toText(after) };
});

/** What git says between both texts of each pair, all of them asked at once. */
async function askGit(pairs: readonly Pair[]): Promise<readonly string[]> {
  await using folder = await temporaryFolder();
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { cwd: folder.path, env: gitEnvironment, maxBuffer: 2 ** 28, encoding: 'latin1' });
  git('init', '--quiet');
  const treeOf = async (which: keyof Pair) => {
    for (const [n, each] of pairs.entries()) {
      await mkdir(join(folder.path, `f${n}`), { recursive: true });
      await writeFile(join(folder.path, `f${n}`, 'x.txt'), each[which]);
    }
    git('add', '--all');
    return git('write-tree').trim();
  };
  const trees = [await treeOf('before'), await treeOf('after')];
  const options = ['--no-color', '--no-renames', '--unified=3', '--diff-algorithm=myers', '--indent-heuristic'];
  const sections = git('diff-tree', '-r', '--patch', ...options, ...trees).split(/^diff --git a\/f(\d+)\/.*\n/m);
  const found = new Map<number, string>();
  for (let at = 1; at < sections.length; at += 2)
    found.set(Number(sections[at]), (sections[at + 1] ?? '').replace(/^(?:index|---|\+\+\+) .*\n/gm, ''));
  return pairs.map((_, n) => found.get(n) ?? '');
}

function toText(lines: readonly string[]): string {
  return lines.map((each) => `${each}\n`).join('');
}

function diffOf({ before, after }: Pair) {
  return plainDiff(Buffer.from(before), Buffer.from(after));
}

describe('a diff that is computed here', () => {
  it('is byte for byte what git says, or is left to git [workspace:patch:hash]', { timeout: 300_000 }, async () => {
    const pairs = sample(pair, 1_500).filter(({ before, after }) => before !== after);
    const answers = pairs.map(diffOf);
    const asked = pairs.filter((_, n) => answers[n]);
    const said = await askGit(asked);
    const told = answers.filter((answer) => answer !== undefined);
    expect(told.map(({ hunks }) => hunks)).toEqual(said);
    // Else it would prove nothing.
    expect(told.length).toBeGreaterThan(pairs.length / 5);
  });

  it.each([
    ['a line that stands elsewhere too', { before: 'a\nb\nc\n', after: 'b\na\nc\n' }],
    ['lines that could stand one line further up', { before: 'a\n}\nb\n', after: 'a\n}\nx\n}\nb\n' }],
    ['no line end at the end', { before: 'a\nb', after: 'a\nc' }],
    ['a text that begins or ends to exist', { before: '', after: 'a\n' }],
    ['what is no text', { before: 'a\n', after: 'a\0\n' }],
  ])('is left to git for %s', (_, texts) => {
    expect(diffOf(texts)).toBeUndefined();
  });

  it('counts the lines that come and go', () => {
    const texts = { before: 'a\nb\nc\n', after: 'a\nx\ny\nc\n' };
    expect(diffOf(texts)).toEqual({ hunks: '@@ -1,3 +1,4 @@\n a\n-b\n+x\n+y\n c\n', added: 2, removed: 1 });
    const returns = { before: 'a\nb\rb\rb\r\nc\n', after: 'a\nx\rx\ny\nc\n' };
    expect(diffOf(returns)).toMatchObject({ added: 3, removed: 3 });
  });
});
