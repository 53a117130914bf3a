import { describe, expect, it } from 'vitest';

import type { FileEdit } from '#domain/patch-request.ts';
import { parseEdits } from '#workspace/patch/edits.ts';

import { codeOf, edited, editTexts, refusal } from './patching.ts';

const text = 'function first(a) {\n  return a + 1;\n}\n\nfunction second(a) {\n  return a + 2;\n}\n';

describe('an old text is replaced where it stands', () => {
  it.each<[string, string, string, string, string]>([
    ['within a line', 'a + 1', 'a + 10', text, text.replace('a + 1', 'a + 10')],
    ['as a whole line', '  return a + 1;', '  return 1;', text, text.replace('  return a + 1;', '  return 1;')],
    ['as a line with its ending', '  return a + 1;\n', '  return 1;\n', text, text.replace('return a + 1', 'return 1')],
    [
      'over several lines',
      'first(a) {\n  return a + 1;\n}',
      'first() {\n}',
      text,
      text.replace('first(a) {\n  return a + 1;\n}', 'first() {\n}'),
    ],
    [
      'where only the old one ends its line',
      '  return a + 1;\n',
      '  one();',
      text,
      text.replace('return a + 1;', 'one();'),
    ],
    [
      'where only the new one ends its line',
      '  return a + 1;',
      '  one();\n',
      text,
      text.replace('return a + 1;', 'one();'),
    ],
    ['as the end of a line', 'a + 1;\n', 'b;', text, text.replace('a + 1;', 'b;')],
    ['and its lines go away with an empty one', '  return a + 1;', '', text, text.replace('  return a + 1;\n', '')],
    ['and so do lines with their ending', '  return a + 1;\n', '', text, text.replace('  return a + 1;\n', '')],
    ['but a part of a line leaves the rest', ' + 1', '', text, text.replace(' + 1', '')],
    ['and a blank line stays one', '  return a + 1;\n', '\n', text, text.replace('  return a + 1;', '')],
    ['at the end of the file', 'b2\n', 'B2\n', 'a1\nb2', 'a1\nB2'],
    ['with CRLF in the file', 'b2\nc3', 'B2\nB3\nc3', 'a1\r\nb2\r\nc3\r\n', 'a1\r\nB2\r\nB3\r\nc3\r\n'],
    ['with CRLF in the edit', 'b2\r\nc3', 'B2\r\nc3', 'a1\nb2\nc3\n', 'a1\nB2\nc3\n'],
    ['below a byte order mark', 'a1', 'A1', '\uFEFFa1\nb2\n', '\uFEFFA1\nb2\n'],
    ['with its own byte order mark', '\uFEFFa1', 'a1', '\uFEFFa1\nb2\n', 'a1\nb2\n'],
    ['with trailing white space in the file', 'a1\nb2\n', 'a1\nB2\n', 'a1  \nb2\n', 'a1  \nB2\n'],
    ['with trailing white space in the edit', 'a1  \nb2', 'a1\nB2', 'a1\nb2\n', 'a1\nB2\n'],
    [
      'shifted',
      'if (x) {\n  y();\n}',
      'if (x) {\n  z();\n}',
      '    if (x) {\n      y();\n    }\n',
      '    if (x) {\n      z();\n    }\n',
    ],
    ['with tabs', 'if (x) {\n    y();\n}', 'if (x) {\n    z();\n}', 'if (x) {\n\ty();\n}\n', 'if (x) {\n\tz();\n}\n'],
    ['with other quotes', 'say "hi there"\nnext', 'say "bye"\nnext', 'say “hi there”\nnext\n', 'say “bye”\nnext\n'],
    [
      'as a line that lost its indentation',
      'call();\n',
      'if (x) {\n  call();\n}\n',
      '    call();\n',
      '    if (x) {\n      call();\n    }\n',
    ],
    ['as text after indentation', 'call();', 'one();\n    call();', '    call();\n', '    one();\n    call();\n'],
    ['and no indentation is left of a line that goes', 'call();', '', 'a1\n    call();\nb2\n', 'a1\nb2\n'],
    ['as a blank line', '\n', 'x\n', 'a1\n\nb2\n', 'a1\nx\nb2\n'],
  ])('%s [workspace:patch:edits]', (...[, old_text, new_text, before, after]) => {
    expect(edited(before, { old_text, new_text })).toBe(after);
  });

  it('as often as expected_count says, and nowhere else [workspace:patch:edits]', () => {
    expect(edited('x = y + y;\ny\n', { old_text: 'y', new_text: 'z', expected_count: 3 })).toBe('x = z + z;\nz\n');
    expect(edited('  go();\n\n  go();\n', { old_text: 'go();\n', new_text: 'stop();\n', expected_count: 2 })).toBe(
      '  stop();\n\n  stop();\n',
    );
    const error = refusal(() => edited('y\ny\ny\n', { old_text: 'y', new_text: 'z', expected_count: 2 }));
    expect(error.evidence).toMatchObject({ code: 'ambiguous', edit: 1, candidates_total: 3 });
    expect(error.fix).toContain('expected_count 3');
  });

  it('several times in one line', () => {
    expect(edited('a b c d\n', { old_text: 'a', new_text: '1' }, { old_text: 'c', new_text: '3' })).toBe('1 b 3 d\n');
    expect(edited('a b\nc d\n', { old_text: 'b\nc', new_text: 'B\nC' }, { old_text: 'a', new_text: 'A' })).toBe(
      'A B\nC d\n',
    );
  });

  it('in any order, all against the file as it is', () => {
    expect(edited(text, { old_text: 'a + 2', new_text: 'a' }, { old_text: 'first', new_text: 'one' })).toBe(
      text.replace('a + 2', 'a').replace('first', 'one'),
    );
    expect(
      codeOf(() => edited('one\n', { old_text: 'one', new_text: 'two!' }, { old_text: 'two!', new_text: '3' })),
    ).toBe('not_found');
  });
});

describe('an old text is refused', () => {
  it.each<[string, string, FileEdit[] | Omit<FileEdit, 'path'>, string]>([
    ['twice in the file', text, { old_text: 'return a +', new_text: 'return' }, 'ambiguous'],
    ['overlapping itself', 'aaa\n', { old_text: 'aa', new_text: 'b' }, 'ambiguous'],
    ['overlapping itself as often as it says', 'aaa\n', { old_text: 'aa', new_text: 'b', expected_count: 2 }, 'order'],
    ['that is not there', text, { old_text: 'function third', new_text: 'x' }, 'not_found'],
    ['off by one space', '  if (x) {\n    y();\n', { old_text: ' if (x) {\n   y();', new_text: 'z' }, 'not_found'],
    ['similar', 'const total = 1;\n', { old_text: 'const total = 2;', new_text: 'x' }, 'not_found'],
    ['that is replaced already', text, { old_text: 'return a + 5;', new_text: '  return a + 1;' }, 'already_applied'],
    [
      'whose addition is made already',
      text,
      { old_text: '}\n\nfunction second', new_text: '}\n\nfunction second' },
      'no_change',
    ],
    [
      'whose insertion below is made already',
      text,
      { old_text: 'function first(a) {', new_text: 'function first(a) {\n  return a + 1;' },
      'already_applied',
    ],
    [
      'whose insertion above is made already',
      text,
      { old_text: 'return a + 2;', new_text: 'function second(a) {\n  return a + 2;' },
      'already_applied',
    ],
    [
      'whose insertion within a line is made already',
      'go(x, y)\n',
      { old_text: 'go(', new_text: 'go(x, ' },
      'already_applied',
    ],
    ['of too many places', 'a'.repeat(3_000), { old_text: 'a', new_text: 'b', expected_count: 100 }, 'ambiguous'],
  ])('%s', (_, before, edit, code) => {
    const error = refusal(() => edited(before, edit as Omit<FileEdit, 'path'>));
    expect(error.evidence['code']).toBe(code);
    expect(error.message).toContain('Nothing was written.');
    expect(error.fix).toMatch(/^[A-Z].*\.$/s);
  });

  it('with another one that changes the same text', () => {
    const error = refusal(() =>
      edited('one two three\n', { old_text: 'one two', new_text: '1' }, { old_text: 'two three', new_text: '2' }),
    );
    expect(error.evidence).toMatchObject({ code: 'order', path: 'src/a.ts', edit: 2 });
    expect(error.fix).toBe('Resend the patch with one edit in place of edit 1 and edit 2.');
  });

  it('naming the edit, the line of its text and the real lines', () => {
    const error = refusal(() =>
      edited(
        text,
        { old_text: 'first', new_text: 'one' },
        { old_text: 'function second(a) {\n  return a + 3;', new_text: 'x' },
      ),
    );
    expect(error.message).toContain('Edit 2 (src/a.ts): not found. Closest is line 5, where 1 of 2 old lines match.');
    expect(error.evidence).toMatchObject({
      edit: 2,
      closest: { line: 5, matched_lines: 1, of: 2 },
      first_difference: { line: 6, old_text_line: 2, expected: '··return a + 3;', actual: '··return a + 2;' },
      matched: ['edit 1 (src/a.ts)'],
    });
    expect(error.evidence).not.toHaveProperty('patch_line');
    expect(error.fix).toBe('Resend the patch with edit 2 (src/a.ts) rewritten from lines 1–7 as shown.');
  });
});

describe('whole files in edits', () => {
  it('are made with exactly the content that was sent [workspace:patch:edits]', () => {
    const [write] = editTexts([{ path: 'n.ts', content: 'a\r\nb' }], {}).writes;
    expect(write?.after?.content.toString()).toBe('a\r\nb');
    expect(editTexts([{ path: 'n.ts', content: '' }], {}).writes[0]?.after?.content).toHaveLength(0);
    expect(editTexts([{ path: 'n.ts', content: 'x', create_only: false }], {}).writes[0]?.before).toBeUndefined();
  });

  it('are overwritten only when told, and keep their endings, mark and mode', () => {
    const before = { 'src/a.ts': '\uFEFFa1\r\nb2\r\nc3\r\n' };
    expect(codeOf(() => editTexts([{ path: 'src/a.ts', content: 'x\n' }], before))).toBe('exists');
    const { writes } = editTexts([{ path: 'src/a.ts', content: 'a1\nB2\nc3\n', create_only: false }], before);
    expect(writes).toMatchObject([{ path: 'src/a.ts', added: 1, removed: 1, after: { mode: '100644' } }]);
    expect(writes[0]?.after?.content.toString()).toBe('\uFEFFa1\r\nB2\r\nc3\r\n');
  });

  it.each<[string, string, string, string]>([
    ['a new last line without newline', 'a\nb\n', 'a\nb\nc', 'a\nb\nc'],
    ['a newline at the end', 'a\nb', 'a\nb\n', 'a\nb\n'],
    ['no newline at the end', 'a\nb\n', 'a\nb', 'a\nb'],
    ['mixed endings as they are', 'a\r\nb\r\n', 'a\nb\r\nc\n', 'a\nb\r\nc\n'],
    ['an empty file', 'a\n', '', ''],
    ['a file that was empty', '', 'a\n', 'a\n'],
  ])('may get %s', (_, before, content, after) => {
    expect(edited(before, { content, create_only: false })).toBe(after);
  });

  it('are deleted and renamed, with edits on the way', () => {
    const { writes, reads } = editTexts(
      [
        { path: 'a', delete: true },
        { path: 'b', rename_to: 'c' },
        { path: 'b', old_text: 'two', new_text: '2' },
        { path: './d', rename_to: 'e' },
      ],
      { a: 'one\n', b: 'two\n', d: 'four\n' },
    );
    expect(writes.map(({ path, after }) => [path, after?.content.toString()])).toEqual([
      ['a', undefined],
      ['b', undefined],
      ['c', '2\n'],
      ['d', undefined],
      ['e', 'four\n'],
    ]);
    expect(reads).toEqual(['b', 'd']);
  });

  it.each<[string, FileEdit[], string]>([
    ['deleted where there is none', [{ path: 'x', delete: true }], 'missing_file'],
    ['renamed where there is none', [{ path: 'x', rename_to: 'y' }], 'missing_file'],
    ['edited where there is none', [{ path: 'x', old_text: 'a', new_text: 'b' }], 'missing_file'],
    ['renamed over another', [{ path: 'a', rename_to: 'b' }], 'exists'],
    [
      'renamed to two names',
      [
        { path: 'a', rename_to: 'x' },
        { path: 'a', rename_to: 'y' },
      ],
      'contradiction',
    ],
    [
      'edited and renamed to two names',
      [
        { path: 'a', rename_to: 'x' },
        { path: 'a', old_text: 'one', new_text: '1' },
        { path: 'a', rename_to: 'y' },
      ],
      'contradiction',
    ],
    [
      'edited and deleted',
      [
        { path: 'a', old_text: 'one', new_text: '1' },
        { path: 'a', delete: true },
      ],
      'contradiction',
    ],
    [
      'made twice',
      [
        { path: 'n', content: '1' },
        { path: 'n', content: '2' },
      ],
      'contradiction',
    ],
    [
      'edited and overwritten',
      [
        { path: 'a', old_text: 'one', new_text: '1' },
        { path: 'a', content: '2', create_only: false },
      ],
      'contradiction',
    ],
    ['overwritten with what they hold', [{ path: 'a', content: 'one\n', create_only: false }], 'no_change'],
    ['made with what they hold', [{ path: 'a', content: 'one\n' }], 'already_applied'],
    ['renamed already', [{ path: 'gone', rename_to: 'a' }], 'already_applied'],
    [
      'renamed and edited already',
      [
        { path: 'gone', rename_to: 'a' },
        { path: 'gone', old_text: '1', new_text: 'one' },
      ],
      'missing_file',
    ],
    ['outside the tree', [{ path: '../x', content: '' }], 'path_denied'],
    ['of git', [{ path: 'a', rename_to: '.git/config' }], 'path_denied'],
    ['below a file', [{ path: 'a/b', content: 'x' }], 'exists'],
  ])('are not %s', (_, edits, code) => {
    expect(codeOf(() => editTexts(edits, { a: 'one\n', b: 'two\n' }))).toBe(code);
  });
});

describe('an item of edits', () => {
  it.each<[string, Omit<FileEdit, 'path'>, RegExp, string]>([
    ['with nothing to do', {}, /Edit 1 has none of them; an edit has exactly one of old_text/, 'invalid_edit'],
    ['that is told to delete nothing', { delete: false }, /has none of them/, 'invalid_edit'],
    ['with two things to do', { content: 'x', delete: true }, /has delete and content/, 'invalid_edit'],
    [
      'with old and new text and a name',
      { old_text: 'a', new_text: 'b', rename_to: 'c' },
      /replace and rename/,
      'invalid_edit',
    ],
    ['without old text', { old_text: '', new_text: 'x' }, /has no old_text/, 'invalid_edit'],
    ['without new text', { old_text: 'x' }, /has no new_text/, 'invalid_edit'],
    ['with equal texts', { old_text: 'a\r\n', new_text: 'a\n' }, /changes nothing/, 'no_change'],
    ['with its own name', { rename_to: 'src/a.ts' }, /the name that it has/, 'no_change'],
    ['with a count of none', { old_text: 'a', new_text: 'b', expected_count: 0 }, /expected_count 0/, 'invalid_edit'],
    ['with half a count', { old_text: 'a', new_text: 'b', expected_count: 1.5 }, /expected_count 1.5/, 'invalid_edit'],
    ['with a NUL', { content: 'a\0' }, /NUL/, 'binary'],
    ['with half a surrogate pair', { old_text: '\ud800', new_text: 'x' }, /surrogate/, 'binary'],
  ])('%s is refused with the way to write it [workspace:patch:edits]', (_, edit, message, code) => {
    const error = refusal(() => parseEdits([{ path: 'src/a.ts', ...edit }]));
    expect(error.message).toMatch(message);
    expect(error.message.includes('"rename_to": "src/e.ts"')).toBe(code === 'invalid_edit');
    expect(error.evidence).toMatchObject({ code, edit: 1, nothing_written: true });
  });

  it('may have empty fields beside the one that counts, as some senders fill them all', () => {
    const empty = { old_text: '', new_text: '', content: '', create_only: true, delete: false, rename_to: '' };
    const full = [
      { ...empty, path: 'a', old_text: 'one', new_text: '1', expected_count: 1 },
      { ...empty, path: 'b', delete: true },
      { ...empty, path: 'c', rename_to: 'd' },
      { ...empty, path: 'e', content: 'x' },
    ];
    expect(editTexts(full, { a: 'one\n', b: 'two\n', c: 'three\n' }).writes.map(({ path }) => path)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  it('is one of at most 262,144 characters and 200 files', () => {
    const many = Array.from({ length: 201 }, (_, i) => ({ path: `f${i}`, content: 'x' }));
    expect(codeOf(() => parseEdits(many))).toBe('too_large');
    expect(codeOf(() => parseEdits([{ path: 'f', content: 'x'.repeat(262_145) }]))).toBe('too_large');
  });
});
