import { describe, expect, it } from 'vitest';

import { readPlainJavaScript } from '#policy/command/plain-javascript.ts';

describe('values that hold no function', () => {
  it.each([
    ['console.log([...new Set([1, 1, 2])].length)', []],
    ['console.log([, 1].length)', []],
    ['console.log({ ...require("./package.json").scripts, build: "b" })', ['./package.json']],
    ['let i = 0; console.log(["a", "b"].map((x) => ({ id: i++, x })))', []],
    ['for (let i = 0, j = 5; i < j; i++, j--) console.log(i, j)', []],
    ['console.log([1].includes(2) ? undefined : Infinity)', []],
    ['console.log(JSON.stringify({ dir: __dirname, none: undefined }))', []],
    ['console.log(JSON.stringify({ node: process.version, os: process.platform }))', []],
    ['const p = require("./package.json"); console.log({ node: p.engines["node"] })', ['./package.json']],
    ['let n = 0; console.log([1, 2].map((x) => ({ x, sum: (n += x) })))', []],
    ['const t = { n: 0 }; console.log([1, 2].map((x) => ({ x, sum: (t.n += x) })))', []],
    ['let id; console.log(["a", "b"].map((x) => ({ x, id: (id ??= x) })))', []],
  ])('%#: %s is read with its files', (code, reads) => {
    expect(readPlainJavaScript(code)).toEqual({ reads });
  });
});

describe('values that may hold a function, or are got by doing more', () => {
  it.each([
    'void fetch("http://a")',
    '!fetch("http://a")',
    'process.env.TZ++',
    'fetch("http://a") ? 1 : 2',
    '1 ? fetch("http://a") : 2',
    'console.log({ [fetch("http://a")]: 1 })',
    'const o = { map: (1, 2, [].constructor) }; o.map("x")',
    'const a = {}; const o = { map: [(a.constructor ||= 1)][0] }; o.map("x")',
    'const k = "con" + "structor"; const o = { map: [[][k]][0] }; o.map("x")',
  ])('%#: %s is left to the sandbox', (code) => {
    expect(readPlainJavaScript(code)).toBeUndefined();
  });
});
