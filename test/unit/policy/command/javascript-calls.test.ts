import { describe, expect, it } from 'vitest';

import { readPlainJavaScript } from '#policy/command/plain-javascript.ts';

describe('calls that compute, read and print', () => {
  it.each([
    ['console.log(new Set(require("./ids.json")).size)', ['./ids.json']],
    ['console.log(new Set(fs.readFileSync("ids.txt", "utf8")).size)', ['ids.txt']],
    ['console.log(fs.readFileSync("a.txt", {}).length)', ['a.txt']],
    ['console.log(fs.readFileSync(3, "utf8"))', [undefined]],
    ['let s = ""; process.stdin.setEncoding("utf8"); process.stdin.on("data", (d) => { s += d; })', []],
    ['let s = ""; process.stdin.setEncoding("utf8").on("data", (d) => { s += d; })', []],
    ['let last; process.stdin.on("data", (d) => { last = d; }).on("end", () => console.log(String(last)))', []],
    ['process.stdin.on("error", console.error)', []],
    ['console.log(new Date(Date.parse("2024-01-01")).toISOString())', []],
    ['console.log(new Date().toISOString())', []],
    ['console.log(JSON.stringify({ at: new Date(0) }))', []],
    ['console.log(Math.max(...[3, 1, 2]))', []],
    ['const a = [1]; a.push(...[2, 3]); console.log(a)', []],
  ])('%#: %s is read with its files', (code, reads) => {
    expect(readPlainJavaScript(code)).toEqual({ reads });
  });
});

describe('calls that do more, or hand a function on', () => {
  it.each([
    'require()',
    'fs.readFileSync()',
    'process.stdin.on()',
    'fs.readFileSync(fetch("http://a"))',
    'fs.readFileSync("a", { encoding: "utf8", flag: "w+" })',
    'fs.readFileSync("a", { encoding: fetch("http://a") })',
    'const encoding = "flag"; fs.readFileSync("a", { [encoding]: "w+" })',
    'const o = { flag: "w+" }; fs.readFileSync("a", { ...o })',
    'process.stdin.on("data", () => fetch("http://a")).on("end", () => 1)',
    '["http://a"].map(fetch)',
    '["1"].forEach(eval)',
    'const map = "constructor"; [][map]("x")',
    'const o = { map: fs.statSync("a").isFIFO }; o.map(1)',
    'const o = {}; for (const e of fs.readdirSync(".", { withFileTypes: true })) o.map = e.isFIFO',
    'const s = process.stdin.on("data", (d) => d); const o = { map: s.pipe }; o.map(process.pid)',
    'const o = { map: crypto.createHash("md5").pipe }; o.map(1)',
    'const o = { map: new Array(1, [].constructor)[1] }; o.map("x")',
    '[1].reduceRight((f, x) => { const o = { map: f }; o.map("x"); return [].constructor; }, 0)',
  ])('%#: %s is left to the sandbox', (code) => {
    expect(readPlainJavaScript(code)).toBeUndefined();
  });
});
