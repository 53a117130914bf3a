import { describe, expect, it } from 'vitest';

import { parseCoverage } from '#workspace/tests/coverage-formats.ts';
import { changedLinesOf, coverageOf } from '#workspace/tests/coverage.ts';

import { cpuMs } from '../../../support/cpu-time.ts';

const context = { root: '/tree', cwd: 'pkg' };
const lines = (hits: ReturnType<typeof parseCoverage>, path: string) => [...(hits?.get(path) ?? [])];

describe('a coverage report', () => {
  it('of lcov is read by file and line', () => {
    const text = 'TN:\nSF:src/a.js\nFN:1,x\nDA:1,3\nDA:2,0\nend_of_record\nSF:/tree/b.js\nDA:9,1\nend_of_record\n';
    const hits = parseCoverage('coverage/lcov.info', text, context);
    expect(lines(hits, 'pkg/src/a.js')).toEqual([
      [1, 3],
      [2, 0],
    ]);
    expect(lines(hits, 'b.js')).toEqual([[9, 1]]);
  });

  it('of istanbul counts a line as run when one of its statements did', () => {
    const at = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 9 } });
    const file = { path: '/tree/pkg/a.js', statementMap: { 0: at(1), 1: at(1), 2: at(2) }, s: { 0: 0, 1: 4, 2: 0 } };
    const hits = parseCoverage('coverage/coverage-final.json', JSON.stringify({ '/tree/pkg/a.js': file }), context);
    expect(lines(hits, 'pkg/a.js')).toEqual([
      [1, 4],
      [2, 0],
    ]);
  });

  it.each([
    ['', 'calc.py'],
    ['<sources><source>/tree/pkg</source></sources>', 'calc.py'],
    ['<sources><source>/elsewhere</source></sources>', 'calc.py'],
  ])('of Cobertura is read below its source %j', (sources, name) => {
    const type = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">';
    const text = `<?xml version="1.0" ?>${type}<coverage>${sources}<packages><package><classes><class filename="${name}"><lines><line number="3" hits="0"/><line number="4" hits="2"/></lines></class></classes></package></packages></coverage>`;
    expect(lines(parseCoverage('coverage.xml', text, context), 'pkg/calc.py')).toEqual([
      [3, 0],
      [4, 2],
    ]);
  });

  it.each([
    ['coverage.xml', '<!DOCTYPE coverage [<!ENTITY a "x">]><coverage/>'],
    ['coverage.xml', '<other/>'],
    ['coverage/coverage-final.json', '{'],
    ['coverage/coverage-final.json', '{"a":{"s":1}}'],
  ])('that is hostile or broken says nothing: %s %s', (path, text) => {
    expect(parseCoverage(path, text, context)).toBeUndefined();
  });

  it('of Cobertura is read in time, however many sources it names', () => {
    const classes = '<class filename="a"/>'.repeat(5_000);
    const text = `<coverage><sources>${'<source>/</source>'.repeat(20_000)}</sources><packages><package><classes>${classes}</classes></package></packages></coverage>`;
    const startedAt = cpuMs();
    parseCoverage('coverage.xml', text, context);
    expect(cpuMs() - startedAt).toBeLessThan(4_000);
  });

  it('says nothing of files outside the tree', () => {
    const hits = parseCoverage('lcov.info', 'SF:/etc/passwd\nDA:1,0\nSF:../../x\nDA:1,0\n', context);
    expect([...(hits ?? [])]).toEqual([]);
  });
});

const diff = `diff --git a/src/a.js b/src/a.js
--- a/src/a.js
+++ b/src/a.js
@@ -1,3 +1,4 @@
 one
--- a comment of SQL
+two
+three
 four
@@ -10 +11,2 @@ f()
-x
+y
+z
\\ No newline at end of file
diff --git a/test/a.test.js b/test/a.test.js
--- a/test/a.test.js
+++ b/test/a.test.js
@@ -0,0 +1 @@
+test
diff --git a/gone.js b/gone.js
--- a/gone.js
+++ /dev/null
@@ -1 +0,0 @@
-x
`;

it('knows the changed lines of source files from a diff', () => {
  expect(changedLinesOf(diff)).toEqual([
    {
      path: 'src/a.js',
      lines: [
        [2, 3],
        [11, 12],
      ],
    },
  ]);
  expect(changedLinesOf('')).toEqual([]);
});

it('counts changed lines that can run, and names those that never did', () => {
  const changed = [{ path: 'a.js', lines: [[2, 6]] as const }];
  const hits = new Map([
    [
      'a.js',
      new Map([
        [1, 0],
        [2, 0],
        [3, 0],
        [5, 1],
        [6, 0],
        [7, 0],
      ]),
    ],
  ]);
  expect(coverageOf(changed, hits)).toEqual({ lines: 4, covered: 1, missed: ['a.js:2-3', 'a.js:6'] });
  expect(coverageOf([{ path: 'b.js', lines: [[1, 1]] }], hits)).toBeUndefined();
});
