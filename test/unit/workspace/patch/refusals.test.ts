import { describe, expect, it } from 'vitest';

import { applyPatch, patchPaths } from '#workspace/patch/apply-patch.ts';
import { parsePatch } from '#workspace/patch/parse-patch.ts';

import { cpuMs } from '../../../support/cpu-time.ts';
import { codeOf, filesOf, hunk, patched, patchTexts, refusal } from './patching.ts';

const text = 'alpha\nbeta\ngamma\ndelta\n';
const texts = { 'src/a.ts': text };
const envelope = (section: string) => `*** Begin Patch\n${section}\n*** End Patch`;
const edit = hunk(' alpha', '-beta', '+BETA', ' gamma');
const rename = (from: string, to: string) => `diff --git a/${from} b/${to}\nrename from ${from}\nrename to ${to}\n`;
const remove = (path: string) =>
  `diff --git a/${path} b/${path}\ndeleted file mode 100644\n--- a/${path}\n+++ /dev/null\n@@ -1 +0,0 @@\n`;

describe('a patch is refused against the tree', () => {
  it.each<[string, string, Record<string, string | Buffer>, string]>([
    ['for a hunk without old lines', hunk('+new line'), texts, 'no_context'],
    [
      'for an empty SEARCH of a file with content',
      'src/a.ts\n<<<<<<< SEARCH\n=======\nnew line\n>>>>>>> REPLACE',
      texts,
      'no_context',
    ],
    [
      'for an anchor with nothing but an addition',
      envelope('*** Update File: src/a.ts\n@@ beta\n+new line'),
      texts,
      'no_context',
    ],
    ['for a missing file', edit, {}, 'missing_file'],
    ['for a missing file to delete', envelope('*** Delete File: x'), texts, 'missing_file'],
    ['for a missing file to rename', rename('x', 'y'), texts, 'missing_file'],
    [
      'for a name that exists with and without its prefix',
      edit.replace('+++ b/', '+++ a/'),
      { 'src/a.ts': text, 'a/src/a.ts': text },
      'ambiguous',
    ],
    [
      'for a deletion under a name that exists twice',
      '--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n',
      { x: '1\n', 'a/x': '1\n' },
      'ambiguous',
    ],
    ['for a new file over an existing one', envelope('*** Add File: src/a.ts\n+x'), texts, 'exists'],
    ['for a rename over an existing file', rename('b', 'src/a.ts'), { ...texts, b: 'x\n' }, 'exists'],
    [
      'for a copy over an existing file',
      rename('b', 'src/a.ts').replaceAll('rename', 'copy'),
      { ...texts, b: 'x\n' },
      'exists',
    ],
    ['for a new file below a file', envelope('*** Add File: src/a.ts/x\n+x'), texts, 'exists'],
    ['for a new file below another new one', envelope('*** Add File: n\n+x\n*** Add File: n/m\n+x'), texts, 'exists'],
    ['for a new file with old lines', '--- /dev/null\n+++ b/n\n@@ -1 +1 @@\n-x\n+y\n', texts, 'contradiction'],
    [
      'for a new file with two hunks',
      '--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n@@ -0,0 +2 @@\n+y\n',
      texts,
      'contradiction',
    ],
    ['for two new files of one name', envelope('*** Add File: n\n+x\n*** Add File: n\n+y'), texts, 'contradiction'],
    [
      'for a file edited and deleted',
      `${edit}${remove('src/a.ts')}-alpha\n-beta\n-gamma\n-delta\n`,
      texts,
      'contradiction',
    ],
    ['for a file edited and renamed', `${edit}${rename('src/a.ts', 'b')}`, texts, 'contradiction'],
    ['for a file renamed twice', rename('src/a.ts', 'b') + rename('src/a.ts', 'c'), texts, 'contradiction'],
    [
      'for two files renamed to one',
      rename('src/a.ts', 'c') + rename('b', 'c'),
      { ...texts, b: 'x\n' },
      'contradiction',
    ],
    ['for a deletion that shows half of the file', `${remove('src/a.ts')}-alpha\n-beta\n`, texts, 'not_found'],
    [
      'for a deletion that shows nothing',
      'diff --git a/src/a.ts b/src/a.ts\ndeleted file mode 100644\n',
      texts,
      'not_found',
    ],
    ['for a file that is not UTF-8', edit, { 'src/a.ts': Buffer.from([0x61, 0xff, 0x0a]) }, 'binary'],
    ['for a file with a NUL', edit, { 'src/a.ts': 'alpha\0\n' }, 'binary'],
    ['for a file over 5 MiB', edit, { 'src/a.ts': 'x'.repeat(5 * 1024 * 1024 + 1) }, 'too_large'],
    ['for a file over 500,000 lines', edit, { 'src/a.ts': '\n'.repeat(500_001) }, 'too_large'],
    ['for endings that the file does not have', hunk(' alpha', '-beta\r', '+beta', ' gamma'), texts, 'no_change'],
    [
      'for a change at an open end whose header counts lost lines',
      '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -2,3 +2,4 @@\n beta\n gamma\n+x\n',
      texts,
      'no_context',
    ],
  ])('%s', (_, patch, files, code) => {
    const error = refusal(() => patchTexts(patch, files));
    expect(error.evidence['code']).toBe(code);
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain('Nothing was written.');
    expect(error.fix).toMatch(/^[A-Z].*\.$/s);
  });

  it.each(['120000', '160000'] as const)('for a target of mode %s', (mode) => {
    const files = new Map([['src/a.ts', { content: Buffer.from(text), mode, oid: 'x' }]]);
    expect(codeOf(() => applyPatch(parsePatch(edit), { files }))).toBe('path_denied');
    expect(codeOf(() => applyPatch(parsePatch(rename('src/a.ts', 'b')), { files }))).toBe('path_denied');
  });

  it('for files over 32 MiB together', () => {
    const big = Buffer.alloc(5 * 1024 * 1024, 'x');
    const names = Array.from({ length: 7 }, (_, i) => `f${i}`);
    const patch = names.map((name) => edit.replaceAll('src/a.ts', name)).join('');
    expect(codeOf(() => patchTexts(patch, Object.fromEntries(names.map((name) => [name, big]))))).toBe('too_large');
  });

  it('as a whole, when one of its files does not fit', () => {
    const patch = edit + edit.replaceAll('a.ts', 'b.ts');
    const error = refusal(() => patchTexts(patch, { 'src/a.ts': text, 'src/b.ts': 'other\n' }));
    expect(error.evidence).toMatchObject({
      code: 'not_found',
      path: 'src/b.ts',
      matched: ['hunk 1 of src/a.ts (line 1)'],
    });
  });

  it('but an empty file takes lines without context', () => {
    expect(patched(hunk('+new line'), '')).toBe('new line\n');
  });

  it('but a file may be deleted and made anew', () => {
    const patch = `${remove('b')}-x\n--- /dev/null\n+++ b/b/c\n@@ -0,0 +1 @@\n+y\n`;
    expect(patchTexts(patch, { b: 'x\n' }).writes.map(({ path }) => path)).toEqual(['b', 'b/c']);
  });

  it('names resembling files for a missing one', () => {
    const error = refusal(() => patchTexts(edit, {}, { suggest: () => ['lib/a.ts', 'b', 'c', 'd'] }));
    expect(error.message).toContain('Did you mean "lib/a.ts", "b", "c"?');
    expect(error.fix).toBe('Resend the patch with the path lib/a.ts.');
  });
});

describe('a patch that came too late is a conflict', () => {
  const move = `${rename('old', 'src/a.ts')}--- a/old\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n alpha\n-BETA\n+beta\n gamma\n`;

  it.each<[string, string, Record<string, string>]>([
    ['an edit', hunk(' alpha', '-BETA', '+beta', ' gamma'), texts],
    ['an insertion between lines', hunk(' alpha', '+beta', ' gamma'), texts],
    ['an insertion below a line', hunk(' alpha', '+beta'), texts],
    ['an insertion above a line', hunk('+alpha', ' beta'), texts],
    ['an insertion at the end', hunk(' gamma', '+delta'), texts],
    ['a deletion', hunk(' alpha', '-extra', ' beta'), texts],
    ['a Begin Patch append', envelope('*** Update File: src/a.ts\n@@\n+delta\n*** End of File'), texts],
    ['a block', 'src/a.ts\n<<<<<<< SEARCH\nBETA\n=======\nbeta\n>>>>>>> REPLACE', texts],
    ['a new file', envelope('*** Add File: src/a.ts\n+alpha\n+beta\n+gamma\n+delta'), texts],
    ['a rename', rename('old', 'src/a.ts'), texts],
    ['a rename with an edit', move, texts],
  ])('%s', (_, patch, files) => {
    const error = refusal(() => patchTexts(patch, files));
    expect(error.code).toBe('conflict');
    expect(error.evidence['code']).toBe('already_applied');
  });

  it('unless something else in it does not fit', () => {
    const error = refusal(() => patched(hunk(' alpha', '-BETA', '+beta', '@@ @@', '-nothing like it', '+x'), text));
    expect(error.code).toBe('invalid_input');
    expect(error.evidence).toMatchObject({
      code: 'not_found',
      problems: [
        { code: 'not_found', hunk: 2 },
        { code: 'already_applied', hunk: 1 },
      ],
    });
  });
});

describe('a refusal', () => {
  const source = [
    'import x from "y";',
    '',
    'function first(a) {',
    '\treturn a + 1; ',
    '}',
    '',
    'function second(a) {',
    '  return a + 2;',
    '}',
  ];
  const file = `${source.join('\n')}\n`;

  it('shows the first differing line with its white space, and the real lines to copy', () => {
    const error = refusal(() => patched(hunk(' function first(a) {', '-  return a + 2;', '+  return 2;', ' }'), file));
    expect(error.message).toContain('Closest is line');
    expect(error.message).toMatch(/expected: .*\nactual: {3}.*\nThe file reads:\n1\| import x from "y";/);
    expect(error.evidence).toMatchObject({
      hunk: 1,
      patch_line: 3,
      nothing_written: true,
      file_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it('marks tabs, outer spaces, carriage returns and lookalikes', () => {
    const error = refusal(() =>
      patched(hunk(' function first(a) {', '-  return\u00A0a + 11; ', '+  return 2;', ' }'), file),
    );
    expect(error.evidence).toMatchObject({
      closest: { line: 3, matched_lines: 2, of: 3 },
      first_difference: {
        line: 4,
        patch_line: 5,
        expected: '··return<U+00A0>a + 11;·',
        actual: '→return a + 1;·',
      },
    });
    expect(error.fix).toBe('Resend the patch with hunk 1 of src/a.ts rewritten from lines 1–9 as shown.');
  });

  it('shows the file where nothing of the hunk is known', () => {
    const error = refusal(() => patched('--- a/src/a.ts\n+++ b/src/a.ts\n@@ -8,1 +8,1 @@\n-zzz\n+yyy\n', file));
    expect(error.message).toContain('none of its 1 old lines stands in the file of 9 lines');
    expect(error.message).toContain('8|   return a + 2;');
  });

  it('stays small whatever it quotes', () => {
    const long = `${'y'.repeat(5_000)}\n`;
    const many = Array.from({ length: 50 }, (_, i) => ['@@ @@', ' y', `-${'x'.repeat(2_000)}${i}`, '+z'])
      .flat()
      .slice(1);
    const error = refusal(() => patched(hunk(...many), long.repeat(60)));
    expect(error.message.length).toBeLessThanOrEqual(4_200);
    expect(error.message).toContain('47 more');
    expect(JSON.stringify(error.evidence).length).toBeLessThan(8_000);
  });

  it('never passes control characters on', () => {
    const error = refusal(() => patched(hunk(' alpha', '-\u001b[2Jx', '+y'), 'alpha\n\u001b]0;evil\u0007\n'));
    // eslint-disable-next-line no-control-regex -- the very characters that must not appear
    expect(error.message + JSON.stringify(error.evidence)).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  });

  it('lists at most five of many places', () => {
    const error = refusal(() => patched(hunk('-same line', '+x'), 'same line\n'.repeat(40)));
    expect(error.evidence).toMatchObject({
      candidates: [1, 2, 3, 4, 5].map((line) => ({ line })),
      candidates_total: 40,
      cut_off: false,
    });
    expect(error.message).toContain('lines 1, 2, 3, 4, 5 and 35 more');
  });
});

describe('work is bounded', () => {
  const repeated = 'a\n'.repeat(400_000);

  it.each<[string, string, string]>([
    ['one line in a file of nothing else', hunk('-a', '+b'), 'ambiguous'],
    [
      'many hunks',
      hunk(
        ...Array.from({ length: 1_900 }, () => ['@@ @@', ' a', '+x', ' a'])
          .flat()
          .slice(1),
      ),
      'ambiguous',
    ],
    [
      'a long hunk that fails at its end',
      hunk(...Array.from({ length: 60_000 }, () => ' a'), '-zz', '+x'),
      'not_found',
    ],
    ['a long hunk that fits everywhere', hunk(...Array.from({ length: 60_000 }, () => ' a'), '+x'), 'ambiguous'],
    ['many anchors', envelope(`*** Update File: src/a.ts\n${'@@ a\n a\n+b\n'.repeat(1_900)}`), 'ambiguous'],
  ])('for %s', (_, patch, code) => {
    const start = cpuMs();
    expect(codeOf(() => patched(patch, repeated))).toBe(code);
    expect(cpuMs() - start).toBeLessThan(4_000);
  });

  it.each<[string, string]>([
    ['colons before a block', `${':'.repeat(250_000)}x\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE`],
    ['spaces in a header', `--- a/x${' '.repeat(250_000)}y\n+++ b/x\n@@ @@\n-a\n+b\n`],
    ['names in a header', `diff --git ${'a '.repeat(8_000)}\n@@ @@\n-a\n+b\n`],
    ['fences', '```\n'.repeat(60_000)],
    ['headers', '--- a\n+++ b\n'.repeat(20_000)],
    ['blank hunks', `--- a/x\n+++ b/x\n${'@@ -1,1 +1,1 @@\n\n'.repeat(14_000)}`],
    ['white space', `${' '.repeat(262_000)}x`],
  ])('for %s', (_, patch) => {
    const start = cpuMs();
    expect(codeOf(() => parsePatch(patch))).not.toBe('applied');
    expect(cpuMs() - start).toBeLessThan(2_000);
  });
});

describe('the paths of a patch', () => {
  it('are every reading of its names, with the folders above new ones', () => {
    const patch = `--- a/x/y\n+++ a/x/y\n@@ @@\n-a\n+b\n${rename('p/q', 'r/s')}`;
    expect(patchPaths(parsePatch(patch))).toEqual(['a', 'a/x', 'a/x/y', 'p/q', 'r', 'r/s', 'x', 'x/y']);
    expect(filesOf({}).size).toBe(0);
  });
});
