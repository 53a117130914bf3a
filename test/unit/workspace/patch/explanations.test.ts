import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { toRefusal } from '#domain/errors.ts';
import { renderRefusal } from '#engine/render.ts';
import { toPatchError } from '#workspace/patch/failure.ts';
import type { Problem } from '#workspace/patch/failure.ts';

import { codeOf, hunk, patched, patchTexts, refusal } from './patching.ts';

const section = (path: string, ...lines: readonly string[]) =>
  `--- a/${path}\n+++ b/${path}\n@@ @@\n${lines.join('\n')}\n`;
const update = (...body: readonly string[]) =>
  `*** Begin Patch\n*** Update File: src/a.ts\n${body.join('\n')}\n*** End Patch`;

describe('an error of a patch that came too late', () => {
  const after = { 'src/a.ts': 'one\nTWO\nthree\nfour\n', 'src/b.ts': 'xx\nYY\nzz\n', 'n.ts': 'new\n' };
  const parts = {
    edit: section('src/a.ts', ' one', '-two', '+TWO'),
    both: section('src/a.ts', ' one', '-two', '+TWO', ' three', '@@ @@', ' three', '+four'),
    other: section('src/b.ts', ' xx', '-yy', '+YY', ' zz'),
    added: '--- /dev/null\n+++ b/n.ts\n@@ -0,0 +1 @@\n+new\n',
    moved: 'diff --git a/old.ts b/n.ts\nrename from old.ts\nrename to n.ts\n',
    open: section('src/b.ts', '-zz', '+ZZ'),
  };
  const goOn = 'Go on with run_tests, since everything in the patch is in the tree already.';

  it.each<[string, (keyof typeof parts)[], string]>([
    ['one edit', ['edit'], goOn],
    ['edits and insertions of one file', ['both'], goOn],
    ['edits of several files', ['both', 'other'], goOn],
    ['edits and a new file', ['edit', 'other', 'added'], goOn],
    ['edits and a rename', ['edit', 'moved'], goOn],
    [
      'all but one of its hunks',
      ['both', 'open', 'added'],
      'Resend the patch with nothing but hunk 1 of src/b.ts (line 3), since the rest of it is in the tree already.',
    ],
  ])('says in one sentence how to go on after %s [workspace:patch:errors]', (_, names, fix) => {
    const error = refusal(() => patchTexts(names.map((name) => parts[name]).join(''), after));
    expect(error.code).toBe('conflict');
    expect(error.evidence['code']).toBe('already_applied');
    expect(error.fix).toBe(fix);
  });

  it('names a new file, a deletion, a rename and a mode that would still be made', () => {
    const patch =
      parts.edit +
      '--- /dev/null\n+++ b/m.ts\n@@ -0,0 +1 @@\n+m\n' +
      'diff --git a/x b/y\nrename from x\nrename to y\n' +
      'diff --git a/s b/s\nold mode 100644\nnew mode 100755\n' +
      'diff --git a/d b/d\ndeleted file mode 100644\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-d\n';
    const { fix } = refusal(() => patchTexts(patch, { ...after, x: 'x\n', s: 's\n', d: 'd\n' }));
    expect(fix).toBe(
      'Resend the patch with nothing but new file m.ts, rename of x, mode of s, hunk 1 of d (line 1), since the rest of it is in the tree already.',
    );
  });

  it('stays one sentence when very much would still be made', () => {
    const many = Array.from({ length: 60 }, (_, i) => `a/rather/long/name/of/a/file/${i}.ts`);
    const patch = parts.edit + many.map((path) => section(path, '-y', '+Y')).join('');
    const files = Object.fromEntries(many.map((path) => [path, 'y\n']));
    expect(refusal(() => patchTexts(patch, { ...after, ...files })).fix).toBe(
      'Resend the patch with nothing but the 60 hunks or files that are not named as applied, since the rest of it is in the tree already.',
    );
  });
});

describe('an error of several hunks', () => {
  const line = (n: number) =>
    `\tconst value${n} = compute("argument ${n}", { option: [1, ${n}] }); // ${'long '.repeat(20)}`;
  const file = `${Array.from({ length: 200 }, (_, n) => line(n)).join('\n')}\n`;
  const wrong = (n: number) => ['@@ @@', ` ${line(n)}`, `-${line(n + 1)}WRONG`, '+new', ` ${line(n + 2)}`];
  const patch = hunk(...[10, 60, 120, 180].flatMap(wrong).slice(1), '@@ @@', ` ${line(30)}`, `-${line(31)}`, '+x');
  const error = refusal(() => patched(patch, file));

  it('holds one object for each of the first three, with its own fix [workspace:patch:errors]', () => {
    const sha256 = createHash('sha256').update(file).digest('hex');
    expect(error.evidence).toMatchObject({
      code: 'not_found',
      problems: [10, 60, 120].map((n, i) => ({
        code: 'not_found',
        path: 'src/a.ts',
        hunk: i + 1,
        closest: { line: n + 1, matched_lines: 2, of: 3 },
        first_difference: {
          line: n + 2,
          expected: expect.stringMatching(/^….*WRONG$/),
          actual: expect.stringMatching(/^….*·$/),
        },
        lines: expect.arrayContaining([expect.stringMatching(new RegExp(`^${n + 2}\\| \\tconst value${n + 1} `))]),
        file_sha256: sha256,
        fix: expect.stringMatching(
          new RegExp(`^Resend the patch with hunk ${i + 1} of src/a.ts rewritten from lines `),
        ),
      })),
      problems_hidden: 1,
      matched: ['hunk 5 of src/a.ts (line 31)'],
      nothing_written: true,
    });
    expect(error.fix).toBe(
      'Resend the whole patch with hunk 1 of src/a.ts, hunk 2 of src/a.ts, hunk 3 of src/a.ts mended as the Fix line of each says, and look at every other hunk again, of which 1 do not fit either.',
    );
  });

  it('has at most 1,200 characters for each, and all of them reach the caller', () => {
    const parts = error.message.split(/^(?=Hunk \d)/mu);
    expect(parts).toHaveLength(3);
    expect(parts.filter((part) => part.length > 1_200)).toEqual([]);
    const text = renderRefusal(toRefusal(error), 'call-1');
    expect(text.length).toBeLessThanOrEqual(8_000);
    expect(text.match(/^ {2}Fix: /gmu)).toHaveLength(3);
    expect(text).toContain('  Nothing was written.\n');
    expect(JSON.parse(text.split('\n').at(-1) ?? '')).toMatchObject({ evidence: { problems: [{}, {}, {}] } });
  });
});

describe('an error of long problems', () => {
  const long = (hunk: number) => {
    const message = `Hunk ${hunk} ${'x'.repeat(5_000)}`;
    return { code: 'not_found' as const, path: 'src/a.ts', hunk, message, fix: 'Resend it.' };
  };

  it.each<[string, readonly [Problem, ...Problem[]], readonly number[]]>([
    ['one', [long(1)], [1_200]],
    ['two', [long(1), long(2)], [1_200, 1_200]],
  ])('has 1,200 characters for each of %s, its fix included', (_count, problems, lengths) => {
    const told = toPatchError(problems).message.replace('\nNothing was written.', '');
    expect(told.split(/\n(?=Hunk \d)/u).map((part) => part.length)).toEqual(lengths);
  });
});

describe('an error', () => {
  it('shows a difference far to the right where it is', () => {
    const long = 'x'.repeat(400);
    const { evidence } = refusal(() => patched(hunk(' start', `-${long}a`, '+y'), `start\n${long}b\n`));
    expect(evidence['first_difference']).toMatchObject({
      expected: `…${'x'.repeat(30)}a`,
      actual: `…${'x'.repeat(30)}b`,
    });
    expect((evidence['lines'] as string[])[1]).toBe(`2| ${long}b`);
  });

  it('shows a carriage return and a final space', () => {
    const { evidence } = refusal(() => patched(hunk(' a1', '-b2 b2 \r', '+x', ' c3'), 'a1\nb3 b2\t\nc3\n'));
    expect(evidence['first_difference']).toMatchObject({ expected: 'b2 b2·', actual: 'b3 b2→' });
  });

  it('shows real lines beside an anchor that no line reads as', () => {
    const error = refusal(() => patched(update('@@ def nowhere():', ' two', '-three', '+3'), 'one\ntwo\nthree\n'));
    expect(error.evidence).toMatchObject({ code: 'anchor_not_found', lines: ['1| one', '2| two', '3| three'] });
    expect(error.message).toContain('2| two');
  });

  it.each<[string, string, string]>([
    ['with a closest place', hunk(' one', '-twos', '+2'), 'the first difference is at line 2 (patch line 5).'],
    ['with nothing alike', hunk('-@@@@@@@@', '+2'), 'stands in the file of 3 lines.'],
    ['with an unknown anchor', update('@@ def nowhere():', ' two', '-three', '+3'), 'anchor "def nowhere():".'],
    ['with lines that are lost', hunk('-two', '+2').replace('@@ @@', '@@ -1,3 +1,3 @@'), 'would land at line 2.'],
    ['with an addition alone', update('@@', '+x'), 'cannot be known.'],
  ])('%s begins with a whole sentence, which reports tell alone', (_, patch, end) => {
    const [first = ''] = refusal(() => patched(patch, 'one\ntwo\nthree\n')).message.split('\n');
    expect(first.toLowerCase().endsWith(end)).toBe(true);
  });

  it('shows real lines where an addition has no place', () => {
    const error = refusal(() => patched(update('@@', '+x'), 'one\ntwo\n'));
    expect(error.evidence).toMatchObject({ code: 'no_context', lines: ['1| one', '2| two'] });
  });

  it('names every file of the patch for whoever judges what may be shown', () => {
    const error = refusal(() =>
      patchTexts(section('.env', '-SECRET=1', '+SECRET=2') + section('src/b.ts', '-nope nope', '+x'), {
        '.env': 'SECRET=1\n',
        'src/b.ts': 'x\n',
      }),
    );
    expect(error.evidence).toMatchObject({ path: 'src/b.ts', files: ['.env', 'src/b.ts'] });
  });

  it('keeps a long path whole, since what may be shown is decided by it', () => {
    const path = `${'d/'.repeat(10)}${'x'.repeat(600)}/.env`;
    expect(refusal(() => patchTexts(section(path, '-nope nope', '+x'), { [path]: 'x\n' })).evidence['path']).toBe(path);
  });

  it.each<[string, string, string]>([
    [
      'in a fence around a command',
      "```sh\napply_patch <<'EOF'\n*** Begin Patch\n*** Update File: src/a.ts\n-one\n+1\n*** End Patch\nEOF\n```",
      'applied',
    ],
    [
      'in a command around a fence',
      `git apply <<EOF\n\`\`\`diff\n${section('src/a.ts', '-one', '+1')}\`\`\`\nEOF\n`,
      'applied',
    ],
    ['with a mark before the fence', `\uFEFF\`\`\`\n${section('src/a.ts', '-one', '+1')}\`\`\`\n`, 'applied'],
    [
      'with an indented envelope',
      '  *** Begin Patch\n  *** Update File: src/a.ts\n-one\n+1\n  *** End Patch  \n',
      'applied',
    ],
  ])('is not made of a patch %s [workspace:patch:formats]', (_, patch, code) => {
    expect(codeOf(() => patchTexts(patch, { 'src/a.ts': 'one\n' }))).toBe(code);
  });
});
