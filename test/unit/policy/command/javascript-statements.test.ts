import { describe, expect, it } from 'vitest';

import { readPlainJavaScript } from '#policy/command/plain-javascript.ts';

describe('statements that compute, read and print', () => {
  it.each([
    ['/a/.test("abc")', []],
    ['let i = 0; for (; i < 3; i++) console.log(i)', []],
    ['let i; for (i = 0; i < 3; i++) console.log(i)', []],
    ['let i = 0; for (;;) if (i++ > 3) break', []],
    [
      'const o = require("./package.json").scripts, l = []; for (const k in o) l.push(k); console.log(l)',
      ['./package.json'],
    ],
    ['let i = 0; while (i < 3) i++; console.log(i)', []],
    ['[1, 0].forEach((x) => { if (x) return; console.log(x); })', []],
    ['try { console.log(1) } finally { console.log(2) }', []],
    ['try { JSON.parse("{") } catch { console.log("broken") }', []],
    ['let x; for (x of [1, 2]) console.log(x)', []],
    ['for (let x of [1, 2]) console.log(x)', []],
    ['const [, b] = [1, 2]; console.log(b)', []],
    ['const { name, ...rest } = require("./package.json"); console.log(name, Object.keys(rest))', ['./package.json']],
    ['const { a = 1 } = JSON.parse("{}"); console.log(a)', []],
    ['if (process.argv.length > 2) console.log(1); else if (1) console.log(2); else console.log(3)', []],
  ])('%#: %s is read with its files', (code, reads) => {
    expect(readPlainJavaScript(code)).toEqual({ reads });
  });
});

describe('statements that do more in any of their parts', () => {
  it.each([
    'if (fetch("http://a")) console.log(1)',
    'if (1) fetch("http://a")',
    'if (0) console.log(1); else fetch("http://a")',
    'for (fetch("http://a"); 0; ) ;',
    'for (; fetch("http://a"); ) break',
    'for (let i = 0; i < 1; fetch("http://a")) i++',
    'for (let i = 0; i < 1; i++) fetch("http://a")',
    'for (const k in fetch("http://a")) ;',
    'for (const k of fetch("http://a")) ;',
    'while (fetch("http://a")) break',
    'while (1) { fetch("http://a"); break }',
    'try { console.log(1) } finally { fetch("http://a") }',
    'try { console.log(1) } catch { fetch("http://a") }',
    'throw fetch("http://a")',
    'let f = 0; f = [].constructor; const o = { map: f }; o.map("x")',
    'try { throw [].constructor } catch (e) { const o = { map: [e][0] }; o.map("x") }',
    'const { ["constructor"]: f } = []; const o = { map: f }; o.map("x")',
    'const { "constructor": f } = []; const o = { map: f }; o.map("x")',
    'const k = "constructor"; const { [k]: f } = []; const o = { map: f }; o.map("x")',
    'const { a: f = [].constructor } = {}; const o = { map: f }; o.map("x")',
    'const { a = fetch("http://a") } = {}',
  ])('%#: %s is left to the sandbox', (code) => {
    expect(readPlainJavaScript(code)).toBeUndefined();
  });
});
