import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { blobId, codeOf, hunk, patched, patchTexts, refusal } from './patching.ts';

const lines = (...texts: readonly string[]) => `${texts.join('\n')}\n`;
const update = (...body: readonly string[]) =>
  `*** Begin Patch\n*** Update File: src/a.ts\n${body.join('\n')}\n*** End Patch`;
const block = (search: string, replace: string) => `<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;

describe('a hunk lands where its old lines stand', () => {
  it.each<[string, string, string, string]>([
    ['exactly', lines('a1', 'b2', 'c3'), hunk(' a1', '-b2', '+B2', ' c3'), lines('a1', 'B2', 'c3')],
    ['with trailing white space in the file', 'a1  \nb2\t\nc3\n', hunk(' a1', '-b2', '+B2', ' c3'), 'a1  \nB2\nc3\n'],
    [
      'with trailing white space in the patch',
      lines('a1', 'b2', 'c3'),
      hunk(' a1  ', '-b2 ', '+B2', ' c3\t'),
      lines('a1', 'B2', 'c3'),
    ],
    [
      'with a blank line that lost its space',
      lines('a1', '', 'c3'),
      hunk(' a1', '', '-c3', '+C3'),
      lines('a1', '', 'C3'),
    ],
    ['with blank lines of white space in the file', 'a1\n   \nc3\n', hunk(' a1', '', '-c3', '+C3'), 'a1\n   \nC3\n'],
    [
      'shifted to the right',
      '    if (x) {\n      y();\n    }\n',
      hunk(' if (x) {', '-  y();', '+  z();', '+', '+  w();', ' }'),
      '    if (x) {\n      z();\n\n      w();\n    }\n',
    ],
    [
      'shifted to the left',
      'if (x) {\n  y();\n}\n',
      hunk('     if (x) {', '-      y();', '+      z();', '     }'),
      'if (x) {\n  z();\n}\n',
    ],
    [
      'shifted by a tab',
      '\tif (x) {\n\t\ty();\n\t}\n',
      hunk(' if (x) {', '-\ty();', '+\tz();', ' }'),
      '\tif (x) {\n\t\tz();\n\t}\n',
    ],
    [
      'with four spaces for a tab',
      'if (x) {\n\ty();\n\t\tz();\n}\n',
      hunk(' if (x) {', '-    y();', '+    Y();', '+        w();', '         z();'),
      'if (x) {\n\tY();\n\t\tw();\n\t\tz();\n}\n',
    ],
    [
      'with two spaces for a tab',
      'if (x) {\n\ty();\n}\n',
      hunk(' if (x) {', '-  y();', '+    z();', ' }'),
      'if (x) {\n\t\tz();\n}\n',
    ],
    [
      'with a tab for four spaces',
      'if (x) {\n    y();\n}\n',
      hunk(' if (x) {', '-\ty();', '+\tz();', ' }'),
      'if (x) {\n    z();\n}\n',
    ],
    [
      'with other quotes',
      'say “hello” now\nnext\n',
      hunk('-say "hello" now', '+say "hello" later', ' next'),
      'say “hello” later\nnext\n',
    ],
    ['with other spaces', 'a\u00A0b c\nnext\n', hunk(' a b c', '-next', '+last'), 'a\u00A0b c\nlast\n'],
    ['with other dashes', 'one – two\nnext\n', hunk(' one - two', '-next', '+last'), 'one – two\nlast\n'],
  ])('%s', (_, text, patch, want) => {
    expect(patched(patch, text)).toBe(want);
  });

  it('translates indentation that another hunk of the file gives away', () => {
    const text = 'const {\n\ta\n} = x;\nfunction f() {\n\tg();\n}\n';
    const patch = hunk('-const {', '+const {', '+    b,', ' ');
    expect(codeOf(() => patched(patch, text))).toBe('not_found');
    const both = hunk('+import {', '+    z', '+};', ' const {', '@@ @@', ' function f() {', '-    g();', '+    h();');
    expect(patched(both, text)).toBe('import {\n\tz\n};\nconst {\n\ta\n} = x;\nfunction f() {\n\th();\n}\n');
  });

  it.each<[string, string, string]>([
    [
      'off by exactly one space, as after a lost prefix',
      '  if (x) {\n    y();\n',
      hunk('  if (x) {', '-   y();', '+   z();'),
    ],
    ['indented unevenly', '  if (x) {\n    y();\n', hunk(' if (x) {', '-y();', '+z();')],
    ['too few characters for a shift', '    x\n    y\n', hunk(' x', '-y', '+z')],
    ['similar', lines('const total = 1;'), hunk('-const total = 2;', '+const total = 3;')],
    [
      'equal at both ends only',
      lines('first line', 'other', 'last line'),
      hunk(' first line', '-middle', ' last line'),
    ],
    ['there but for one line', lines('one', 'two', 'three'), hunk(' one', '-twwo', '+2', ' three')],
    ['there but for a skipped line', lines('one', 'two', 'three'), hunk(' one', '-three', '+3')],
    ['in another case', lines('Hello there'), hunk('-hello there', '+x')],
    ['mixing tabs both ways', 'if (x) {\n\ta();\n    b();\n', hunk(' if (x) {', '     a();', '-\tb();', '+\tc();')],
  ])('and nowhere when they are %s', (_, text, patch) => {
    expect(codeOf(() => patched(patch, text))).toBe('not_found');
  });

  it('prefers the stricter tier, and looks no further', () => {
    expect(patched(hunk('-call();', '+CALL();'), '  call();\ncall();\n')).toBe('  call();\nCALL();\n');
  });
});

describe('a place is chosen by content alone', () => {
  const twice = lines('f() {', '  x', '}', 'g() {', '  x', '}');

  it.each<[string, string]>([
    ['a line number', '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -5,1 +5,1 @@\n-  x\n+  y\n'],
    ['a section heading', '--- a/src/a.ts\n+++ b/src/a.ts\n@@ -5,1 +5,1 @@ g() {\n-  x\n+  y\n'],
    ['the order of the file', hunk('-  x', '+  y')],
    ['an anchor that encloses both', update('@@ () {', '-  x', '+  y').replace('@@ () {', '@@')],
    ['a block', `src/a.ts\n${block('  x', '  y')}`],
  ])('not by %s', (_, patch) => {
    const error = refusal(() => patched(patch, twice));
    expect(error.evidence).toMatchObject({
      code: 'ambiguous',
      candidates: [
        { line: 2, within: 'f() {' },
        { line: 5, within: 'g() {' },
      ],
      candidates_total: 2,
    });
    expect(error.message).toContain('in: g() {');
  });

  it('by the order that all hunks share', () => {
    const patch = hunk(' f() {', '-  x', '+  1', '@@ @@', '-  x', '+  2', ' }');
    expect(patched(patch, twice)).toBe(lines('f() {', '  1', '}', 'g() {', '  2', '}'));
  });

  it('but not by order where two placements remain', () => {
    const thrice = lines('f() {', '  x', '}', '  x', '  x');
    expect(codeOf(() => patched(hunk(' f() {', '-  x', '+  1', '@@ @@', '-  x', '+  2'), thrice))).toBe('ambiguous');
  });

  it('and blocks have no order to help', () => {
    expect(codeOf(() => patched(`src/a.ts\n${block('f() {\n  x', 'f() {\n  1')}${block('  x', '  2')}`, twice))).toBe(
      'ambiguous',
    );
  });

  it('refuses hunks that stand against the order of the file', () => {
    const text = lines('alpha', 'beta', 'gamma', 'delta');
    expect(codeOf(() => patched(hunk('-delta', '+D', '@@ @@', '-alpha', '+A'), text))).toBe('order');
    expect(patched(hunk('-alpha', '+A', '@@ @@', '-delta', '+D'), text)).toBe(lines('A', 'beta', 'gamma', 'D'));
  });

  it('finds what was inserted before also where hunks have one placement only together', () => {
    const patch = hunk(' x', '+n', '@@ @@', ' x', '+n');
    const once = lines('x', 'n', 'x', 'n');
    expect(patched(patch, lines('x', 'x'))).toBe(once);
    expect(codeOf(() => patched(patch, once))).toBe('already_applied');
  });

  it('takes two sections of one file as one, in any order', () => {
    const patch = hunk('-delta', '+D') + hunk('-alpha', '+A');
    expect(patched(patch, lines('alpha', 'beta', 'delta'))).toBe(lines('A', 'beta', 'D'));
  });

  it('lets hunks share context, but not changes', () => {
    const text = lines('alpha', 'beta', 'gamma', 'delta', 'epsilon');
    expect(patched(hunk('-alpha', '+A', ' beta', ' gamma', '@@ @@', ' beta', ' gamma', '-delta', '+D'), text)).toBe(
      lines('A', 'beta', 'gamma', 'D', 'epsilon'),
    );
    expect(codeOf(() => patched(hunk('-beta', '+B', ' gamma', '@@ @@', '-beta', '+b', ' gamma'), text))).toBe('order');
    expect(codeOf(() => patched(hunk(' alpha', '-beta', '+B', ' gamma', '@@ @@', ' beta', '-gamma', '+G'), text))).toBe(
      'order',
    );
    expect(codeOf(() => patched(hunk(' alpha', '+x', ' beta', '@@ @@', ' alpha', '+y', ' beta'), text))).toBe('order');
  });

  describe('unless the bytes are the very ones that the patch was made from', () => {
    const patch = (oid: string, line: number) =>
      `diff --git a/src/a.ts b/src/a.ts\nindex ${oid}..1111111 100644\n--- a/src/a.ts\n+++ b/src/a.ts\n@@ -${line},1 +${line},1 @@\n-  x\n+  y\n`;
    const oid = blobId(twice);

    it.each([7, 12, 40])('which %d digits of the blob id prove', (digits) => {
      expect(patched(patch(oid.slice(0, digits), 5), twice)).toBe(lines('f() {', '  x', '}', 'g() {', '  y', '}'));
    });

    it('which two hunks on the same line cannot both use', () => {
      const once = 'one\n  x\n';
      const clash = `${patch(blobId(once), 2)}@@ -2,1 +2,1 @@\n-  x\n+  z\n`;
      expect(codeOf(() => patched(clash, once))).toBe('order');
    });

    it('or the hash of the base', () => {
      const apply = (hash: string) =>
        patchTexts(patch('abcdef0', 5), { 'src/a.ts': twice }, { base: new Map([['src/a.ts', hash]]) });
      const hash = createHash('sha256').update(twice).digest('hex');
      expect(apply(hash).writes[0]?.after?.content.toString()).toContain('g() {\n  y');
      expect(apply(`sha256:${hash}`).writes).toHaveLength(1);
      const stale = refusal(() => apply('0f'.repeat(32)));
      expect(stale.code).toBe('conflict');
      expect(stale.evidence).toMatchObject({ code: 'stale_base', path: 'src/a.ts', file_sha256: hash });
    });

    it.each<[string, string]>([
      ['the id is of other bytes', patch('abcdef0', 5)],
      ['the id is too short', patch(oid.slice(0, 6), 5)],
      ['the line is wrong', patch(oid, 4)],
      ['another hunk is elsewhere', patch(oid, 5).replace('@@ -5', '@@ -2,1 +2,1 @@\n-f() {\n+F() {\n@@ -5')],
    ])('but not when %s', (_, text) => {
      expect(codeOf(() => patched(text, twice))).toBe('ambiguous');
    });

    it('but not at a line that the patch takes for the last and that is not', () => {
      const text = patch(oid, 5).replace('-  x\n', '-  x\n\\ No newline at end of file\n');
      expect(codeOf(() => patched(text, twice))).toBe('not_found');
    });
  });
});

describe('an anchor', () => {
  const text = lines(
    'class A:',
    '    def run(self):',
    '        x = 1',
    '',
    '    def stop(self):',
    '        x = 1',
    'class B(A):',
    '    def run(self):',
    '        x = 1',
  );
  const change = ['-        x = 1', '+        x = 2'];

  it.each<[string, string[], number]>([
    ['a line', ['@@     def stop(self):'], 6],
    ['a line without its indentation', ['@@ def stop(self):'], 6],
    ['the start of a line', ['@@ def stop'], 6],
    ['a chain of lines', ['@@ class A', '@@ def run(self):'], 3],
    ['an outer line alone', ['@@ class B(A):'], 9],
  ])('may be %s', (_, anchors, line) => {
    const want = text.split('\n');
    want[line - 1] = '        x = 2';
    expect(patched(update(...anchors, ...change), text)).toBe(want.join('\n'));
  });

  it.each<[string, string, string]>([
    ['that several blocks share', '@@ def run(self):', 'ambiguous'],
    ['that encloses several places', '@@ class A:', 'ambiguous'],
    ['that no line reads as', '@@ def start(self):', 'anchor_not_found'],
    ['that stops inside a word', '@@ def sto', 'anchor_not_found'],
  ])('%s is refused', (_, anchor, code) => {
    expect(codeOf(() => patched(update(anchor, ...change), text))).toBe(code);
  });

  it('never lets a hunk land outside its block', () => {
    const error = refusal(() =>
      patched(update('@@ def stop(self):', ' class B(A):', '-    def run(self):', '+    def walk(self):'), text),
    );
    expect(error.evidence).toMatchObject({ code: 'not_found', candidates: [{ line: 7 }] });
    expect(error.message).toContain('outside the block of its @@ anchor');
  });

  it.each<[string, string[]]>([
    ['braces on their own lines', ['int f()', '{', '  go();', '}', 'int g()', '{', '  stop();', '}']],
    ['labels', ['class A {', 'public:', '  go();', 'private:', '  stay();', '};', 'class B {', '  x();', '};']],
    ['else branches', ['if (x) {', '  a();', '} else {', '  go();', '}', 'b();']],
    ['directives', ['void f() {', '#ifdef X', '  a();', '#endif', '  go();', '}', 'b();']],
  ])('encloses %s', (_, file) => {
    expect(patched(update(`@@ ${file[0]}`, '-  go();', '+  went();'), lines(...file))).toContain('went');
  });

  it('accepts a hunk that repeats it', () => {
    expect(patched(update('@@ def stop(self):', '     def stop(self):', ...change), text)).toContain('x = 2\nclass B');
  });
});

describe('the end of a file', () => {
  it('holds a hunk that says so', () => {
    const text = lines('x', 'y', 'x');
    expect(patched(update('@@', ' x', '+z', '*** End of File'), text)).toBe(lines('x', 'y', 'x', 'z'));
    expect(codeOf(() => patched(update('@@', '-y', '+z', '*** End of File'), text))).toBe('not_found');
    expect(patched(update('@@', '+last line', '*** End of File'), text)).toBe(lines('x', 'y', 'x', 'last line'));
  });

  it.each<[string, string, string, string]>([
    ['keeps having no newline', 'a1\nb2', hunk(' a1', '-b2', '+B2'), 'a1\nB2'],
    ['keeps having a newline', 'a1\nb2\n', hunk(' a1', '-b2', '+B2'), 'a1\nB2\n'],
    ['stays when a line goes', 'a1\nb2', hunk(' a1', '-b2'), 'a1\n'],
    ['moves down with added lines', 'a1\nb2', hunk(' b2', '+c3'), 'a1\nb2\nc3'],
    ['loses its newline when told', 'a1\nb2\n', hunk(' a1', '-b2', '+b2', '\\ No newline at end of file'), 'a1\nb2'],
    ['gains a newline when told', 'a1\nb2', hunk(' a1', '-b2', '\\ No newline at end of file', '+b2'), 'a1\nb2\n'],
    ['keeps a final CR', 'a1\nb2\r', hunk(' a1', '-b2\r', '\\ No newline', '+b3\r', '\\ No newline'), 'a1\nb3\r'],
  ])('%s', (_, text, patch, want) => {
    expect(patched(patch, text)).toBe(want);
  });

  it('may be reached by a block', () => {
    expect(patched(`src/a.ts\n${block('b2', 'B2')}`, 'a1\nb2')).toBe('a1\nB2');
    expect(patched(hunk('-a1', '-b2'), 'a1\nb2\n')).toBe('');
  });
});

describe('line endings and marks', () => {
  it.each<[string, string, string, string]>([
    [
      'CRLF is taken from the file',
      'a1\r\nb2\r\nc3\r\n',
      hunk(' a1', '-b2', '+B2', '+B3', ' c3'),
      'a1\r\nB2\r\nB3\r\nc3\r\n',
    ],
    [
      'LF is taken from the file',
      'a1\nb2\nc3\n',
      hunk(' a1', '-b2', '+B2', ' c3').replaceAll('\n', '\r\n'),
      'a1\nB2\nc3\n',
    ],
    [
      'the neighbour decides in a mixed file',
      'a1\r\nb2\nc3\r\n',
      hunk(' a1', '+x', ' b2', '+y', ' c3'),
      'a1\r\nx\r\nb2\ny\nc3\r\n',
    ],
    ['endings that the patch shows are meant', 'a1\r\nb2\r\n', hunk(' a1\r', '-b2\r', '+b2'), 'a1\r\nb2\n'],
    ['a byte order mark stays', '\uFEFFa1\nb2\n', hunk('-a1', '+A1', ' b2'), '\uFEFFA1\nb2\n'],
    [
      'a byte order mark that the patch shows stays',
      '\uFEFFa1\nb2\n',
      hunk('-\uFEFFa1', '+\uFEFFA1', ' b2'),
      '\uFEFFA1\nb2\n',
    ],
    ['a byte order mark goes when told', '\uFEFFa1\nb2\n', hunk('-\uFEFFa1', '+a1', ' b2'), 'a1\nb2\n'],
    ['a lone CR is text', 'a1\rb2\nc3\n', hunk(' a1\rb2', '-c3', '+C3'), 'a1\rb2\nC3\n'],
    ['other line separators are text', 'a\u2028b\nc3\n', hunk(' a\u2028b', '-c3', '+C3'), 'a\u2028b\nC3\n'],
  ])('%s', (_, text, patch, want) => {
    expect(patched(patch, text)).toBe(want);
  });

  it('keeps the bytes of unchanged lines in a block that retypes them', () => {
    const text = 'one  \n\ttwo two\nthree three\n';
    expect(patched(`src/a.ts\n${block('one\n\ttwo two\nthree three', 'one\n\ttwo two\nTHREE')}`, text)).toBe(
      'one  \n\ttwo two\nTHREE\n',
    );
  });
});

describe('the counts of added and removed lines', () => {
  it('come from the lines that really change', () => {
    const patch = `src/a.ts\n${block('alpha\nbeta\ngamma', 'alpha\nBETA\nBETA2\ngamma')}`;
    expect(patchTexts(patch, { 'src/a.ts': 'alpha\nbeta\ngamma\n' }).writes).toMatchObject([
      { path: 'src/a.ts', before: { mode: '100644', oid: blobId('alpha\nbeta\ngamma\n') }, added: 2, removed: 1 },
    ]);
  });
});
