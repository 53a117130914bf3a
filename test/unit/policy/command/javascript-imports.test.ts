import { describe, expect, it } from 'vitest';

import { readPlainJavaScript } from '#policy/command/plain-javascript.ts';

describe('modules and what is in them', () => {
  it.each([
    ['console.log(readFileSync("a", "utf8")); import { readFileSync } from "node:fs"', ['a']],
    ['const n = String("os"); console.log(n)', []],
    ['const o = { a: {} }; o.a.b = 1; console.log(o)', []],
  ])('%#: %s is read with its files', (code, reads) => {
    expect(readPlainJavaScript(code)).toEqual({ reads });
  });
});

describe('what is no module of the list, or does more than name one', () => {
  it.each([
    'import "./a.js"',
    'const fs = require("fs", fetch("http://a"))',
    'const a = require(1)',
    'console.log(require("onode:s").cpus())',
    'const { ...f } = require("fs"); f.rmSync("a")',
    'crypto.createHash("md5").on("data", (d) => d)',
    'const i = ["a"].values().map((x) => parseInt(x)); const { rmSync: parseInt } = require("fs"); [...i]',
  ])('%#: %s is left to the sandbox', (code) => {
    expect(readPlainJavaScript(code)).toBeUndefined();
  });
});
