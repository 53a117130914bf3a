import { describe, expect, it } from 'vitest';

import { readPlainCode } from '#policy/command/plain-code.ts';
import { php, python, ruby } from '#policy/command/plain-languages.ts';

import { cpuMs } from '../../../support/cpu-time.ts';

describe('code that computes and prints', () => {
  it.each([
    [python, 'print(2 + 2)', []],
    [python, 'import sys\nfor line in sys.stdin: n = line.strip(); print(n, end="")', []],
    [
      python,
      'import json,sys\nd = json.load(sys.stdin)\nres = {}\nfor r in d:\n  if r["a"] == sys.platform: res[r["b"].lower()] = 1\nprint(res)',
      [],
    ],
    [python, 'import json, sys; print(json.load(sys.stdin)["a"])', []],
    [python, 'print(open("a.txt").read(), open(\'b/c.txt\', "rb").read())', ['a.txt', 'b/c.txt']],
    [python, 'import sys; print(open(sys.argv[1]).read())', [undefined]],
    [python, 'import os; print(os.listdir("a"))', [undefined]],
    [python, 'from pathlib import Path\nprint(len(Path("a").read_text()))', [undefined]],
    [python, 'x = ["a"]; print(f"{\', \'.join(x)}")', []],
    [python, 'print(f"{open(\'a.txt\').read()}")', ['a.txt']],
    [python, 'd = { # ids (all)\n"a": 1}\nprint(d)', []],
    [ruby, 'puts File.read("a.txt").size', ['a.txt']],
    [php, 'echo PHP_VERSION;', []],
  ])('%#: %s is read with its files', (language, code, reads) => {
    expect(readPlainCode(code, language)).toEqual({ reads });
  });

  it('is of the length of a one-liner', () => {
    expect(readPlainCode(`print(1${' '.repeat(1_992)})`, python)).toEqual({ reads: [] });
    expect(readPlainCode(`print(1${' '.repeat(1_993)})`, python)).toBeUndefined();
  });
});

describe('other code', () => {
  it.each([
    [python, 'print(f"{open(1)}")'],
    [python, 'print(f"{exec}")'],
    [python, 'print(f"{1#}")'],
    [python, 'print(1)\r'],
    [python, '# coding: x\nprint(1)'],
    [python, 'import json, evil'],
    [python, 'import sys as x'],
    [python, 'import os; print(os.environ)'],
    [python, 'x = __import__'],
    [python, 'print(é)'],
    [python, 'print(f"{{{exec}}}")'],
    [python, 'x = print\n"a"("b")'],
    [python, 'x = [print]; x[0]("b")'],
    [python, 'print(1)(2)'],
    [python, "print('''a''')"],
    [python, 'print(`1`)'],
    [python, 'print("a"'.concat(', "b', ')')],
    [python, 'import re\nre.search = len'],
    [python, 'import sys\nsys.platform, x = "darwin", 1\nimport uuid'],
    [python, 'import sys\nx, sys.platform, y = 1, 2, 3'],
    [python, 'import sys\n(x, sys.platform) = 1, 2'],
    [python, 'import sys\n[sys.platform] = ["a"]'],
    [python, 'import sys\nfor x, sys.platform in []: pass'],
    [python, 'import sys; [1 for sys.platform in []]'],
    [python, 'import sys\nsys.argv += [1]'],
    [python, 'import sys\nsys.argv : x = 1'],
    [python, 'import sys\nx = sys.platform = 1'],
    [python, 'import sys\nif 1: sys.platform, x = 1, 2'],
    [python, 'import sys\nwith open("a") as sys.stdin: pass'],
    [python, 'import re\nfor re.search in [len]: pass'],
    [python, 'import re\nre.search, x = len, 1'],
    [python, 'import sys\nsys.stdout = len'],
    [python, 'import ast; ast.parse("a b", "f")'],
    [python, 'import ast\nast.dump = len'],
    [python, 'import sys\ndef print(x): x.append(1)\nprint(sys.path)'],
    [python, 'import json\nx = json.loads\nprint(x("1"))'],
    [python, 'import json\njson.loads'],
    [python, 'import json\nx = json.loads # see json.'],
    [python, 'print("x = 1", x)'],
    [python, 'print(f"x = 1", x)'],
    [ruby, 'puts "#{x}"'],
    [ruby, 'puts [1].map(&1)'],
    [ruby, "require 'json' 'x'"],
    [ruby, 'puts a? "b" : 1'],
    [php, 'echo $x;'],
  ])('%#: %s is left to the sandbox', (language, code) => {
    expect(readPlainCode(code, language)).toBeUndefined();
  });
});

it.each([
  ['texts', `print(${"'a' ".repeat(400)}`],
  ['a template', `print(f"${'{a}'.repeat(600)}`],
  ['names', `print(${'a, '.repeat(600)}`],
  ['blanks', `print(${' '.repeat(1_900)}=`],
])('code of many %s is read in a moment', (_, code) => {
  const started = cpuMs();
  for (const language of [python, ruby, php]) readPlainCode(code, language);
  expect(cpuMs() - started).toBeLessThan(1_000);
});
