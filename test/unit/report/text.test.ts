import { assert, constantFrom, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  clip,
  toCode,
  toCodeBlock,
  toInertLine,
  toLine,
  toMarkdownLine,
  toMarkdownLink,
  toMarkdownQuote,
  toPlain,
  toTerminal,
  toWebAddress,
} from '#report/text.ts';

describe('plain text', () => {
  it.each([
    ['terminal colours', '\u001B[31mred\u001B[0m', 'red'],
    ['a window title', '\u001B]0;owned\u0007text', 'text'],
    ['bidirectional overrides', 'user\u202Etxt.exe', 'usertxt.exe'],
    ['zero-width characters', 'pass\u200Bword', 'password'],
    ['tag characters', 'ok\u{E0041}\u{E0042}', 'ok'],
    ['carriage returns', 'good\rbad\r\nend', 'good\nbad\nend'],
    ['lone surrogates', 'a\uD800b', 'ab'],
  ])('loses %s', (_what, text, plain) => {
    expect(toPlain(text)).toBe(plain);
  });

  it('keeps words of every language, tabs and newlines', () => {
    expect(toPlain('naïve 日本語\tعربى\n👍')).toBe('naïve 日本語\tعربى\n👍');
  });

  it('is one line when asked, and never ends in half a character', () => {
    expect(toLine(' a\n\n b ', 10)).toBe('a b');
    expect(clip('ab👍👍', 4)).toBe('ab…');
  });
});

describe('untrusted prose as Markdown', () => {
  it.each([
    ['a mention', 'thanks @alice', 'thanks @&#8203;alice'],
    ['a closing keyword', 'Fixes #12', 'Fixes #&#8203;12'],
    ['a reference by GH-', 'closes GH-12', 'closes GH-&#8203;12'],
    ['an address that would be linked', 'https://evil.example', 'https:&#8203;//evil.example'],
    ['a bare host that would be linked', 'www.evil.example', 'www&#8203;.evil.example'],
    ['HTML', '<img src=x onerror=1>', '&lt;img src=x onerror=1&gt;'],
    ['a comment that could be a marker', '<!-- fixgate incident:INC-2 -->', '&lt;!-- fixgate incident:INC-2 --&gt;'],
    ['an entity', '&#64;alice', '&amp;#&#8203;64;alice'],
    ['a link', '[x](y)', '\\[x\\](y)'],
    ['an image', '![x](y)', '!\\[x\\](y)'],
    ['emphasis', '*a* _b_ ~c~', '\\*a\\* \\_b\\_ \\~c\\~'],
    ['a table cell border', 'a | b', 'a \\| b'],
    ['a heading', '# Approved', '\\# Approved'],
    ['a list', '- [x] done', '\\- \\[x\\] done'],
    ['a numbered list', '1. first', '1\\. first'],
    ['a rule', '---', '\\---'],
    ['an open code span', 'a ` b', 'a \\` b'],
  ])('defuses %s', (_what, text, markdown) => {
    expect(toMarkdownLine(text)).toBe(markdown);
  });

  it('keeps code spans and names with underscores readable', () => {
    expect(toMarkdownLine('`process_queue()` keeps max_size')).toBe('`process_queue()` keeps max_size');
  });

  it('never leaves an angle bracket, a mention or a line break outside code, whatever comes in', () => {
    assert(
      property(
        string({ unit: constantFrom('`', '\\', '<', '>', '@', 'a', '#', '1', ' ', '\n', '|', '*', '\u202E') }),
        (text) => {
          const markdown = toMarkdownLine(text);
          const outsideCode = markdown.replace(/`[^`]*`|\\./g, ' ');
          expect(outsideCode).not.toMatch(/[<>\n`]|@a|#1/);
        },
      ),
    );
  });

  it('quotes several lines so that none starts a block', () => {
    expect(toMarkdownQuote('first\n\n\n# second\n    indented')).toBe('> first\n>\n> \\# second\n> indented');
  });

  it('keeps a quotation within its bytes and says that it was cut', () => {
    const quote = toMarkdownQuote('@a '.repeat(5_000), 1_000);
    expect(Buffer.byteLength(quote)).toBeLessThan(1_100);
    expect(toMarkdownQuote('line\n'.repeat(1_000), 1_000)).toMatch(/\*\(cut here\)\*$/);
  });
});

describe('code', () => {
  it('cannot be closed from inside', () => {
    expect(toCode('a`b')).toBe('`` a`b ``');
    expect(toCodeBlock('x\n```\n# out')).toBe('````\nx\n```\n# out\n````');
  });

  it('stays within a table cell', () => {
    expect(toCode('a|b\nc')).toBe('`a\\|b c`');
  });
});

describe('addresses', () => {
  it.each([
    ['https://aiops.example/rca/9', '<https://aiops.example/rca/9>'],
    ['https://a.example/x> <script>', '<https://a.example/x%3E%20%3Cscript%3E>'],
    ['javascript:alert(1)', '`javascript:alert(1)`'],
    ['https://user:secret@a.example/', '`https://user:secret@a.example/`'],
    ['not an address', '`not an address`'],
  ])('%s becomes %s', (url, link) => {
    expect(toMarkdownLink(url)).toBe(link);
  });

  it('holds no line break', () => {
    expect(toWebAddress('https://a.example/\nSeverity: SEV4')).toBe('https://a.example/Severity:%20SEV4');
  });
});

describe('text for commits and titles', () => {
  it.each([
    ['thanks @alice', 'thanks @ alice'],
    ['Fixes #12 and closes owner/repo#3', 'Fixes # 12 and closes owner/repo# 3'],
    ['Resolves: https://github.com/a/b/issues/1', 'Resolves: https: //github.com/a/b/issues/1'],
    ['see GH-7', 'see GH 7'],
    [
      '[skip ci] [CI skip] [skip-ci] [no actions] [skip azp]',
      '[ skip ci] [ CI skip] [ skip-ci] [ no actions] [ skip azp]',
    ],
    ['***NO_CI*** skip-checks: true', '*** NO_CI*** skip- checks: true'],
    ['[deploy prod] [skip release] #minor', '[ deploy prod] [ skip release] # minor'],
    ['[checkout] items[0] is null', '[checkout] items[0] is null'],
    ['line\nSigned-off-by: x', 'line Signed-off-by: x'],
  ])('%s refers to nothing', (text, inert) => {
    expect(toInertLine(text, 200)).toBe(inert);
  });
});

describe('Markdown for a terminal', () => {
  it('has its addresses as they are, and what stands in code too [report:terminal:addresses]', () => {
    const code = 'a `&#8203;` b';
    const block = '```html\n<p>&#8203;</p>\n```';
    const said = toMarkdownLine('see https://shop.example/x@2 or \\` www.shop.example, #12');
    expect(said).toContain('&#8203;');
    expect(toTerminal(`${said}\n${code}\n${block}\n${said}`)).toBe(
      ['', `\n${code}\n${block}\n`, ''].join('see https://shop.example/x@2 or \\\\\\` www.shop.example, #12'),
    );
  });
});
