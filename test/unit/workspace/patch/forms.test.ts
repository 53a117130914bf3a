import { describe, expect, it } from 'vitest';

import { parsePatch } from '#workspace/patch/parse-patch.ts';

import { codeOf, hunk, patched, patchTexts, refusal } from './patching.ts';

const text = 'alpha\nbeta\ngamma\ndelta\n';
const want = 'alpha\nBETA\ngamma\ndelta\n';
const body = ' alpha\n-beta\n+BETA\n gamma\n';
const git = `diff --git a/src/a.ts b/src/a.ts\nindex 1234567..89abcde 100644\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -1,3 +1,3 @@\n${body}`;
const plain = `--- src/a.ts\n+++ src/a.ts\n@@ -1,3 +1,3 @@\n${body}`;

describe('a patch form', () => {
  it.each<[string, string]>([
    ['a git diff', git],
    ['a git diff without ---/+++', `diff --git a/src/a.ts b/src/a.ts\n@@ -1,3 +1,3 @@\n${body}`],
    ['a plain diff without prefixes', plain],
    ['prefixes on one side only', `--- a/src/a.ts\n+++ src/a.ts\n@@ -1,3 +1,3 @@\n${body}`],
    ['the same prefix on both sides', `--- a/src/a.ts\n+++ a/src/a.ts\n@@ -1,3 +1,3 @@\n${body}`],
    ['mnemonic prefixes', `--- i/src/a.ts\n+++ w/src/a.ts\n@@ -1,3 +1,3 @@\n${body}`],
    ['folders as prefixes', `--- old/src/a.ts\n+++ new/src/a.ts\n@@ -1,3 +1,3 @@\n${body}`],
    ['a backup name', `--- src/a.ts.orig\n+++ src/a.ts\n@@ -1,3 +1,3 @@\n${body}`],
    [
      'time stamps',
      `--- src/a.ts\t2024-01-02 03:04:05 +0000\n+++ src/a.ts 2024-01-02 03:04:06.123 +0100\n@@ -1,3 +1,3 @@\n${body}`,
    ],
    ['C-quoted names', git.replaceAll(/[ab]\/src\/a\.ts/g, (name) => `"${name.replace('a.ts', '\\141.ts')}"`)],
    ['a leading ./', `--- ./src/a.ts\n+++ ./src/a.ts\n@@ -1,3 +1,3 @@\n${body}`],
    ['wrong counts', git.replace('-1,3 +1,3', '-1,9 +1,1')],
    ['wrong line numbers', git.replace('-1,3 +1,3', '-77,3 +80,3')],
    ['no numbers', git.replace('@@ -1,3 +1,3 @@', '@@ ... @@')],
    ['a bare @@', git.replace('@@ -1,3 +1,3 @@', '@@')],
    ['absurd numbers', git.replace('-1,3 +1,3', '-99999999999999999999,3 +1,3')],
    ['no final newline', git.trimEnd()],
    ['a byte order mark', `\uFEFF${git}`],
    ['CRLF throughout', git.replaceAll('\n', '\r\n')],
    ['a code fence', `\`\`\`diff\n${git}\`\`\`\n`],
    ['a code fence below prose', `Here it is:\n\n~~~\n${git}~~~\nDone.\n`],
    ['a heredoc', `git apply <<'EOF'\n${git}EOF\n`],
    [
      'a mail',
      `From ${'1'.repeat(40)} Mon Sep 17 00:00:00 2001\nSubject: x\n\n- a list\n---\n a.ts | 2 +-\n\n${git}-- \n2.39.5\n\n`,
    ],
    ['an Index line', `Index: src/a.ts\n====\n${plain}`],
    ['Begin Patch', `*** Begin Patch\n*** Update File: src/a.ts\n@@\n${body}*** End Patch\n`],
    ['Begin Patch without envelope', `*** Update File: src/a.ts\n@@\n${body}`],
    ['Begin Patch without @@', `*** Begin Patch\n*** Update File: src/a.ts\n${body}*** End Patch`],
    [
      'Begin Patch with leaked numbers',
      `*** Begin Patch\n*** Update File: src/a.ts\n@@ -9,3 +9,3 @@\n${body}*** End Patch`,
    ],
    [
      'Begin Patch in a heredoc',
      `apply_patch <<"PATCH"\n*** Begin Patch\n*** Update File: src/a.ts\n${body}*** End Patch\nPATCH`,
    ],
    ['Begin Patch in a fence', `\`\`\`\n*** Update File: src/a.ts\n${body}\`\`\``],
    ['SEARCH/REPLACE', 'src/a.ts\n<<<<<<< SEARCH\nalpha\nbeta\n=======\nalpha\nBETA\n>>>>>>> REPLACE\n'],
    ['SEARCH/REPLACE with dashes', 'src/a.ts\n------- SEARCH\nbeta\n=======\nBETA\n+++++++ REPLACE\n'],
    [
      'SEARCH/REPLACE with a line hint',
      'src/a.ts\n<<<<<<< SEARCH\n:start_line:3\n-------\nbeta\n=======\nBETA\n>>>>>>> REPLACE\n',
    ],
    ['SEARCH/REPLACE in fences', '`src/a.ts`:\n```ts\n<<<<<<< SEARCH\nbeta\n=======\nBETA\n>>>>>>> REPLACE\n```\n'],
    ['SEARCH/REPLACE with the path in the mark', '<<<<<<< SEARCH src/a.ts\nbeta\n=======\nBETA\n>>>>>>> REPLACE'],
  ])('%s is applied [workspace:patch:formats]', (_, patch) => {
    expect(patched(patch, text)).toBe(want);
  });

  it('applies the blocks of several files, in any order within a file', () => {
    const block = (search: string, replace: string) =>
      `<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;
    const patch = `src/a.ts\n${block('gamma', 'GAMMA')}${block('alpha', 'ALPHA')}\nsrc/b.ts\n${block('beta', 'BETA')}`;
    const { writes } = patchTexts(patch, { 'src/a.ts': text, 'src/b.ts': text });
    expect(writes.map(({ path, after }) => [path, after?.content.toString()])).toEqual([
      ['src/a.ts', 'ALPHA\nbeta\nGAMMA\ndelta\n'],
      ['src/b.ts', want],
    ]);
  });

  it('applies two fenced blocks', () => {
    const second = plain.replaceAll('src/a.ts', 'src/b.ts');
    const patch = `First:\n\`\`\`diff\n${git}\`\`\`\nSecond:\n\`\`\`diff\n${second}\`\`\`\n`;
    expect(patchTexts(patch, { 'src/a.ts': text, 'src/b.ts': text }).writes).toHaveLength(2);
  });

  it('applies a diff that stands in the prose too', () => {
    const patch = `Example:\n\n${git}\nReal change:\n${git.replaceAll('a.ts', 'b.ts')}`;
    expect(patchTexts(patch, { 'src/a.ts': text, 'src/b.ts': text }).writes.map(({ path }) => path)).toEqual([
      'src/a.ts',
      'src/b.ts',
    ]);
  });

  it('reads --- and +++ lines inside a hunk as edits', () => {
    const sql = 'select 1;\n-- old\nselect 2;\n';
    const patch = '--- a/q.sql\n+++ b/q.sql\n@@ -1,3 +1,3 @@\n select 1;\n--- old\n+++ new\n select 2;\n';
    expect(patched(patch, sql, 'q.sql')).toBe('select 1;\n++ new\nselect 2;\n');
    expect(patched(patch.replace('-1,3 +1,3', '-1,8 +1,8'), sql, 'q.sql')).toBe('select 1;\n++ new\nselect 2;\n');
  });

  it('keeps patch line numbers and file kinds', () => {
    const { form, files } = parsePatch(git);
    expect(form).toBe('unified');
    expect(files).toMatchObject([
      { kind: 'modify', patchLine: 1, oldOid: '1234567', paths: [{ oldPath: 'src/a.ts', newPath: 'src/a.ts' }] },
    ]);
    expect(files[0]?.hunks[0]).toMatchObject({ patchLine: 5, oldStart: 1 });
    expect(files[0]?.hunks[0]?.lines.map(({ patchLine }) => patchLine)).toEqual([6, 7, 8, 9]);
  });
});

describe('whole files', () => {
  const envelope = (section: string) => `*** Begin Patch\n${section}\n*** End Patch`;

  it.each<[string, string, string]>([
    [
      'a git diff',
      'diff --git a/n.ts b/n.ts\nnew file mode 100755\n--- /dev/null\n+++ b/n.ts\n@@ -0,0 +1,3 @@\n+x\n+\n+y\n',
      'x\n\ny\n',
    ],
    ['a plain diff', '--- /dev/null\n+++ b/n.ts\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n', 'x'],
    [
      'an epoch time stamp',
      '--- n.ts\t1970-01-01 01:00:00.000000000 +0100\n+++ n.ts\t2024-01-01 00:00:00 +0000\n@@ -0,0 +1 @@\n+x\n',
      'x\n',
    ],
    ['a section without old lines', '--- a/n.ts\n+++ b/n.ts\n@@ -0,0 +1 @@\n+x\n', 'x\n'],
    ['an empty file', 'diff --git a/n.ts b/n.ts\nnew file mode 100644\nindex 0000000..e69de29\n', ''],
    ['Add File', envelope('*** Add File: n.ts\n+x\n\n+y'), 'x\n\ny\n'],
    ['an empty SEARCH', 'n.ts\n<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE', 'x\n'],
    ['blank lines that lost their +', '--- /dev/null\n+++ b/n.ts\n@@ -0,0 +1,3 @@\n+x\n\n+y\n', 'x\n\ny\n'],
  ])('are added by %s', (_, patch, content) => {
    const [write] = patchTexts(patch, {}).writes;
    expect(write).toMatchObject({
      path: 'n.ts',
      added: content.split('\n').filter((line, i, all) => line !== '' || i < all.length - 1).length,
    });
    expect(write?.before).toBeUndefined();
    expect(write?.after?.content.toString()).toBe(content);
    expect(write?.after?.mode).toBe(patch.includes('100755') ? '100755' : '100644');
  });

  it('take the line endings that their patch means', () => {
    const patch = '--- /dev/null\n+++ b/n.ts\n@@ -0,0 +1 @@\n+x\r\n';
    const added = (text: string) => patchTexts(text, {}).writes[0]?.after?.content.toString();
    expect(added(patch)).toBe('x\r\n');
    expect(added(patch.replaceAll(/\r?\n/g, '\r\n'))).toBe('x\n');
  });

  it.each<[string, string]>([
    [
      'a git diff',
      'diff --git a/o.ts b/o.ts\ndeleted file mode 100644\n--- a/o.ts\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n',
    ],
    ['a plain diff', '--- a/o.ts\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n'],
    [
      'an epoch time stamp',
      '--- o.ts\t2024-01-01 00:00:00 +0000\n+++ o.ts\t1970-01-01 00:00:00 +0000\n@@ -1,2 +0,0 @@\n-x\n-y\n',
    ],
    ['Delete File', envelope('*** Delete File: o.ts')],
  ])('are deleted by %s', (_, patch) => {
    const { writes } = patchTexts(patch, { 'o.ts': 'x\ny\n' });
    expect(writes).toMatchObject([{ path: 'o.ts', before: { mode: '100644' }, added: 0, removed: 2 }]);
    expect(writes[0]?.after).toBeUndefined();
  });

  it.each<[string, string, string[]]>([
    [
      'a git rename',
      'diff --git a/o.ts b/n.ts\nsimilarity index 100%\nrename from o.ts\nrename to n.ts\n',
      ['n.ts', 'o.ts'],
    ],
    [
      'a git rename with an edit',
      'diff --git a/o.ts b/n.ts\nrename from o.ts\nrename to n.ts\n--- a/o.ts\n+++ b/n.ts\n@@ -1,2 +1,2 @@\n-x\n+X\n y\n',
      ['n.ts', 'o.ts'],
    ],
    ['Move to', envelope('*** Update File: o.ts\n*** Move to: n.ts\n@@\n-x\n+X\n y'), ['n.ts', 'o.ts']],
    ['a bare Move to', envelope('*** Update File: o.ts\n*** Move to: n.ts'), ['n.ts', 'o.ts']],
    ['a copy', 'diff --git a/o.ts b/n.ts\ncopy from o.ts\ncopy to n.ts\n', ['n.ts']],
  ])('are moved by %s, and what is read is told', (_, patch, paths) => {
    const { writes, reads } = patchTexts(patch, { 'o.ts': 'x\ny\n' });
    expect(writes.map(({ path }) => path)).toEqual(paths);
    expect(reads).toEqual(['o.ts']);
    expect(writes[0]?.after?.content.toString()).toBe(patch.includes('X') ? 'X\ny\n' : 'x\ny\n');
    expect(writes[0]).toMatchObject({ added: 2, removed: 0 });
  });

  it('may swap names in one patch', () => {
    const rename = (a: string, b: string) => `diff --git a/${a} b/${b}\nrename from ${a}\nrename to ${b}\n`;
    const { writes } = patchTexts(rename('a', 'b') + rename('b', 'a'), { a: 'one\n', b: 'two\n' });
    expect(writes.map(({ path, after }) => [path, after?.content.toString()])).toEqual([
      ['a', 'two\n'],
      ['b', 'one\n'],
    ]);
  });

  it('change mode without a hunk', () => {
    const patch = 'diff --git a/o.sh b/o.sh\nold mode 100644\nnew mode 100755\n';
    expect(patchTexts(patch, { 'o.sh': 'x\n' }).writes).toMatchObject([
      { after: { mode: '100755' }, added: 0, removed: 0 },
    ]);
    expect(codeOf(() => patchTexts(patch.replace('100755', '100644'), { 'o.sh': 'x\n' }))).toBe('already_applied');
  });

  it('may hold a space, and " b/", in their names', () => {
    const patch = 'diff --git a/x b/y b/x b/y\nnew file mode 100644\n--- /dev/null\n+++ b/x b/y\n@@ -0,0 +1 @@\n+1\n';
    expect(patchTexts(patch, {}).writes[0]?.path).toBe('x b/y');
    expect(patched(plain.replaceAll('src/a.ts', 'my file.ts'), text, 'my file.ts')).toBe(want);
  });
});

describe('a patch is refused', () => {
  const edit = `@@ -1,3 +1,3 @@\n${body}`;
  const envelope = (section: string) => `*** Begin Patch\n${section}\n*** End Patch`;

  it.each<[string, string, string]>([
    ['without any text', '', 'no_change'],
    ['that is only white space', ' \n\n', 'no_change'],
    ['of unknown form', 'please fix it', 'unrecognised_format'],
    ['as a context diff', '*** a/x\n--- b/x\n***************\n*** 1,2 ****\n', 'unrecognised_format'],
    ['with a hunk before any file', edit, 'parse'],
    ['without a hunk', 'diff --git a/src/a.ts b/src/a.ts\n--- a/src/a.ts\n+++ b/src/a.ts\n', 'parse'],
    ['without a hunk header', `--- a/src/a.ts\n+++ b/src/a.ts\n${body}`, 'parse'],
    [
      'as a combined diff',
      'diff --cc src/a.ts\nindex 1,2..3\n--- a/src/a.ts\n+++ b/src/a.ts\n@@@ -1,2 -1,2 +1,3 @@@\n',
      'parse',
    ],
    ['with a three-way header', `--- a/src/a.ts\n+++ b/src/a.ts\n@@@ -1,2 -1,2 +1,3 @@@\n${body}`, 'parse'],
    ['with a fence left open', `\`\`\`diff\n${git}`, 'parse'],
    ['with a fence left open below prose', `Fix:\n\`\`\`diff\n${git}`, 'parse'],
    ['with a heredoc left open', `git apply <<'EOF'\n${git}`, 'parse'],
    ['cut off before End Patch', `*** Begin Patch\n*** Update File: src/a.ts\n${body}`, 'parse'],
    [
      'with text after End Patch that is a patch',
      `${envelope(`*** Update File: src/a.ts\n${body}`)}\n*** Begin Patch`,
      'parse',
    ],
    ['with an unknown section', envelope('*** Rename File: a'), 'parse'],
    ['with an empty Update File', envelope('*** Update File: src/a.ts'), 'parse'],
    ['with an empty @@', envelope('*** Update File: src/a.ts\n@@ x'), 'parse'],
    ['with an empty envelope', envelope(''), 'parse'],
    ['with too many anchors', envelope(`*** Update File: src/a.ts\n${'@@ alpha\n'.repeat(11)}${body}`), 'parse'],
    ['with a block cut off', 'src/a.ts\n<<<<<<< SEARCH\nbeta\n=======\nBETA\n', 'parse'],
    ['with a block without divider', 'src/a.ts\n<<<<<<< SEARCH\nbeta\n>>>>>>> REPLACE', 'parse'],
    [
      'with a block with two dividers',
      'src/a.ts\n<<<<<<< SEARCH\nbeta\n=======\nx\n=======\nBETA\n>>>>>>> REPLACE',
      'parse',
    ],
    ['with a block without path', '<<<<<<< SEARCH\nbeta\n=======\nBETA\n>>>>>>> REPLACE', 'parse'],
    [
      'with a stray closing mark',
      'src/a.ts\n>>>>>>> REPLACE\n<<<<<<< SEARCH\nbeta\n=======\nBETA\n>>>>>>> REPLACE',
      'parse',
    ],
    ['with a name that is not UTF-8', git.replaceAll(/[ab]\/src\/a\.ts/g, '"a/\\377"'), 'parse'],
    ['with only one half of a rename', 'diff --git a/a b/b\nrename from a\n', 'parse'],
    ['with a NUL', `${git}\0`, 'binary'],
    ['with half a surrogate pair', `${git}\ud800`, 'binary'],
    ['with a binary change', 'diff --git a/x.png b/x.png\nGIT binary patch\nliteral 1\n', 'binary'],
    ['with differing binaries', 'diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n', 'binary'],
    ['over 262,144 characters', `${git}${' '.repeat(262_144)}`, 'too_large'],
    ['over 200 files', Array.from({ length: 201 }, (_, i) => `--- a/${i}\n+++ b/${i}\n${edit}`).join(''), 'too_large'],
    ['over 2,000 hunks', `--- a/x\n+++ b/x\n${'@@ @@\n-a\n+b\n'.repeat(2_001)}`, 'too_large'],
    [
      'whose diff --git line names another file',
      git.replace('diff --git a/src/a.ts b/src/a.ts', 'diff --git a/.env b/.env'),
      'contradiction',
    ],
    ['whose --- and +++ names differ', `--- a/src/a.ts\n+++ b/.env\n${edit}`, 'contradiction'],
    [
      'whose rename names differ from its headers',
      `diff --git a/o b/n\nrename from o\nrename to n\n--- a/x\n+++ b/n\n${edit}`,
      'contradiction',
    ],
    ['whose rename names differ from diff --git', 'diff --git a/o b/n\nrename from o\nrename to m\n', 'contradiction'],
    ['with /dev/null on both sides', `--- /dev/null\n+++ /dev/null\n${edit}`, 'contradiction'],
    [
      'that renames a new file',
      'diff --git a/o b/n\nnew file mode 100644\nrename from o\nrename to n\n',
      'contradiction',
    ],
    [
      'with a new file that has an old name',
      `diff --git a/x b/x\nnew file mode 100644\n--- a/x\n+++ b/x\n${edit}`,
      'contradiction',
    ],
    [
      'that makes a symbolic link',
      'diff --git a/d b/d\nnew file mode 120000\n--- /dev/null\n+++ b/d\n@@ -0,0 +1 @@\n+x\n',
      'path_denied',
    ],
    [
      'that makes a submodule',
      'diff --git a/d b/d\nnew file mode 160000\n--- /dev/null\n+++ b/d\n@@ -0,0 +1 @@\n+x\n',
      'path_denied',
    ],
    [
      'that edits a symbolic link',
      'diff --git a/d b/d\nindex 1234567..89abcde 120000\n--- a/d\n+++ b/d\n@@ -1 +1 @@\n-x\n+y\n',
      'path_denied',
    ],
    ['with .. in a path', plain.replaceAll('src/', 'src/../'), 'path_denied'],
    ['with an absolute path', envelope(`*** Update File: /etc/passwd\n${body}`), 'path_denied'],
    ['with a drive letter', envelope('*** Delete File: C:/x'), 'path_denied'],
    ['with a backslash', envelope('*** Delete File: src\\a.ts'), 'path_denied'],
    ['with a path into .git', envelope('*** Add File: .git/hooks/pre-commit\n+x'), 'path_denied'],
    ['with a path into a folder like .git', envelope('*** Add File: .G\u200cit/config\n+x'), 'path_denied'],
    [
      'with a control character in a path',
      git.replaceAll('a/src/a.ts', '"a/src/\\001.ts"').replaceAll('b/src/a.ts', '"b/src/\\001.ts"'),
      'path_denied',
    ],
    ['with a path of 65 folders', envelope(`*** Add File: ${'d/'.repeat(65)}x\n+x`), 'path_denied'],
    ['with Move to outside', envelope('*** Update File: src/a.ts\n*** Move to: ../x'), 'path_denied'],
    ['with a line that lost its prefix', hunk(' alpha', 'beta', '+BETA'), 'missing_prefix'],
    [
      'with a line that lost its prefix in Begin Patch',
      envelope('*** Update File: src/a.ts\n@@\nalpha\n-beta'),
      'missing_prefix',
    ],
    ['with a new file that lost a prefix', envelope('*** Add File: n\nx'), 'missing_prefix'],
    ['with edits below stray text', `${git}stray\n+lost\n`, 'missing_prefix'],
    [
      'with edits below a fence line that lost its prefix',
      `\`\`\`\n--- a/x\n+++ b/x\n@@ @@\n a\n+b\n\`\`\`\n+c\n\`\`\`\n`,
      'missing_prefix',
    ],
    ['with an end-of-file marker in the middle', hunk(' alpha', '-beta', '\\ No newline', '-gamma', '+x'), 'parse'],
    ['with an end-of-file marker before any line', hunk('\\ No newline', '-beta'), 'parse'],
    ['with edits below what looks like a signature', hunk(' alpha', '-- ', '2.0', '+lost'), 'missing_prefix'],
    ['with a hunk that changes nothing', hunk(' alpha', '-beta', '+beta'), 'no_change'],
    [
      'with a block that changes nothing',
      'src/a.ts\n<<<<<<< SEARCH\nbeta\n=======\nbeta\n>>>>>>> REPLACE',
      'no_change',
    ],
  ])('%s', (_, patch, code) => {
    const error = refusal(() => patchTexts(patch, { 'src/a.ts': text }));
    expect(error.evidence['code']).toBe(code);
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain('Nothing was written.');
    expect(error.fix).toMatch(/^[A-Z].*\.$/s);
  });

  it('with an example of each form when it has none', () => {
    const { message } = refusal(() => parsePatch('hello'));
    expect(message).toContain('--- a/src/a.ts');
    expect(message).toContain('*** Begin Patch');
    expect(message).toContain('<<<<<<< SEARCH');
  });

  it('naming the line and what was expected', () => {
    const error = refusal(() => parsePatch(`--- a/x\n+++ b/x\nfoo\n`));
    expect(error.message).toContain('at line 3: expected a hunk header such as @@ -1,3 +1,4 @@, found "foo"');
    expect(error.evidence).toEqual({ code: 'parse', patch_line: 3, nothing_written: true });
  });

  it.each([
    ['*** Begin Patch\n*** Update File: src/a.ts\n@@\n-beta\n+BETA', 5, '*** End Patch'],
    ['src/a.ts\n<<<<<<< SEARCH\nbeta\n=======\nBETA', 5, 'a >>>>>>> REPLACE line'],
    ['```diff\n--- a/x\n+++ b/x\n@@\n-beta\n+BETA', 6, 'the end of the code fence that was opened at line 1'],
  ])('naming the line after which a patch is cut off', (patch, line, missing) => {
    const error = refusal(() => parsePatch(patch));
    expect(error.message).toContain(`The patch ends after line ${line} (`);
    expect(error.message).toContain(` without ${missing}: it may have been cut off.`);
    expect(error.fix).toBe(`Resend the whole patch, with ${missing} after its last line.`);
  });
});
