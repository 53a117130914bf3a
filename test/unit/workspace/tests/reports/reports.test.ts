import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { readFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { goOutput } from '#workspace/tests/reports/go.ts';
import { parseReport, readReportFile } from '#workspace/tests/reports/read.ts';
import { toFailure, toPlainText, toRepositoryPath, type ReportContext } from '#workspace/tests/reports/report.ts';

const context: ReportContext = { roots: ['/repo'], cwd: '.', exists: (path) => /^(?:t|src|test|a)\//.test(path) };

function recorded(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/suites/recorded/${name}`, import.meta.url), 'utf8');
}

describe('a JUnit report', () => {
  const parse = (text: string) => parseReport('junit', text, context);

  it('is counted by its elements, whatever its attributes claim', () => {
    const text = `<?xml version="1.0"?><testsuites tests="99" failures="0"><testsuite name="a" tests="50" failures="0" errors="1">
      <testcase name="ok" classname="A"/><testcase name="bad" classname="A" file="src/a.test.js" line="7"><failure message="1 &lt; 2">trace</failure></testcase>
      <testcase name="err" classname="A"><error>boom</error></testcase><testcase name="later" classname="A"><skipped/></testcase>
      <testsuite name="inner"><testcase name="deep"/></testsuite></testsuite><testcase name="top"/></testsuites>`;
    const read = parse(text);
    expect(read).toMatchObject({
      ok: true,
      report: { counts: { total: 6, passed: 3, failed: 2, skipped: 1 } },
    });
    expect(read.ok && read.report.failures).toEqual([
      { test: 'A › bad', message: '1 < 2\ntrace', file: 'src/a.test.js', line: 7 },
      { test: 'A › err', message: 'boom' },
    ]);
  });

  it('keeps the file it names, and the frames inside the repository [workspace:tests:frames]', () => {
    const stack =
      'Error: x\n at node:internal/a:1:1\n at /repo/node_modules/x/i.js:3:1\n at file:///repo/src/a.js:12:5\n at f (/repo/test/a.test.js:3:1)';
    const text = `<testsuites><testcase name="t" file="/repo/test/a.test.js"><failure>${stack}</failure></testcase></testsuites>`;
    const read = parse(text);
    expect(read.ok && read.report.failures[0]).toMatchObject({
      file: 'test/a.test.js',
      line: 3,
      frames: ['src/a.js:12', 'test/a.test.js:3 f'],
    });
  });

  it.each([
    ['an entity bomb', '<!DOCTYPE x [<!ENTITY a "aaaa">]><testsuites><testcase name="&a;"/></testsuites>'],
    ['an external entity', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuites/>'],
    ['a truncated file', '<testsuites><testcase name="a"'],
    ['another document', '<html><body/></html>'],
    ['no XML', 'root:x:0:0'],
    ['nothing', ''],
    ['deep nesting', `<testsuites>${'<testsuite>'.repeat(50_000)}${'</testsuite>'.repeat(50_000)}</testsuites>`],
    ['a poisoned prototype', '<testsuites><__proto__><polluted>1</polluted></__proto__></testsuites>'],
  ])('that is %s is refused or empty, never quoted', (_title, text) => {
    const read = parse(text);
    const said = read.ok ? read.report.counts.total : read.reason;
    expect([0, 'the report of the tests is not valid (junit)']).toContain(said);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('a JSON report', () => {
  it.each([
    ['jest', 'jest.json', { file: 't/jest.test.js', line: 3 }],
    ['vitest', 'vitest3.json', { message: expect.stringContaining('expected 2 to be 3') as string }],
    ['mocha', 'mocha.json', { file: 't/mocha.js' }],
  ] as const)('of %s is counted', (format, file, place) => {
    const read = parseReport(format, recorded(file), context);
    expect(read).toMatchObject({
      ok: true,
      report: { counts: { total: 3, passed: 1, failed: 1, skipped: 1 }, failures: [{ test: 'sum fails', ...place }] },
    });
  });

  it('counts a file that could not be loaded as one failure', () => {
    const file = { name: '/repo/test/a.test.js', status: 'failed', message: 'SyntaxError: x', assertionResults: [] };
    const read = parseReport('vitest', JSON.stringify({ testResults: [file] }), context);
    expect(read).toMatchObject({
      ok: true,
      report: { counts: { failed: 1 }, failures: [{ test: 'test/a.test.js', file: 'test/a.test.js' }] },
    });
  });

  it.each(['{}', '[]', 'null', '{"testResults":1}', '{"testResults":[{"assertionResults":"x"}]}', 'x'])(
    'that reads %s is refused',
    (text) => {
      expect(parseReport('vitest', text, context).ok).toBe(false);
      expect(parseReport('mocha', text, context).ok).toBe(false);
    },
  );
});

describe('the events of go test', () => {
  const lines = [
    { Action: 'run', Package: 'example.com/m/a', Test: 'TestA' },
    { Action: 'output', Package: 'example.com/m/a', Test: 'TestA', Output: '    a_test.go:7: got 1\n' },
    { Action: 'fail', Package: 'example.com/m/a', Test: 'TestA' },
    { Action: 'pass', Package: 'example.com/m/a', Test: 'TestB' },
    { Action: 'skip', Package: 'example.com/m/a', Test: 'TestC' },
    { Action: 'fail', Package: 'example.com/m/a' },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnot json\n`;

  it('are counted, and files are found in the module', () => {
    expect(parseReport('go', text, context)).toMatchObject({
      ok: true,
      report: {
        counts: { total: 3, passed: 1, failed: 1, skipped: 1 },
        failures: [{ test: 'example.com/m/a › TestA', message: 'a_test.go:7: got 1', file: 'a/a_test.go', line: 7 }],
      },
    });
    expect(goOutput(text)).toBe('    a_test.go:7: got 1\nnot json\n');
  });

  it('name a package that did not build', () => {
    const build = [
      {
        ImportPath: 'example.com/m/a [example.com/m/a.test]',
        Action: 'build-output',
        Output: 'a/x.go:3:1: syntax error\n',
      },
      { Action: 'fail', Package: 'example.com/m/a', FailedBuild: 'example.com/m/a [example.com/m/a.test]' },
    ];
    const read = parseReport('go', build.map((line) => JSON.stringify(line)).join('\n'), context);
    expect(read.ok && read.report.failures).toEqual([
      { test: 'example.com/m/a', message: 'a/x.go:3:1: syntax error', file: 'a/x.go', line: 3, frames: ['a/x.go:3'] },
    ]);
  });
});

describe('names and messages', () => {
  it('are cleaned of control sequences and cut', () => {
    const failure = toFailure(
      { test: '\u001b]8;;http://x\u0007click\u001b]8;;\u0007\u001b[2J', message: `\u001b[31m${'x'.repeat(5_000)}` },
      context,
    );
    expect(failure.test).toBe('click');
    expect(failure.message).toHaveLength(600);
    expect(toPlainText('a\u0000b\u0007\tc\r\nd\u009b2Je')).toBe('ab\tc\nd2Je');
  });

  it.each([
    ['/repo/src/a.js', 'src/a.js'],
    ['file:///repo/src/a%20b.js', 'src/a b.js'],
    ['src/a.js', 'src/a.js'],
    ['./src/../src/a.js', 'src/a.js'],
    ['../outside.js', undefined],
    ['/etc/passwd', undefined],
    ['/repo/node_modules/x/a.js', undefined],
    ['/repo/../etc/passwd', undefined],
    ['other/a.js', undefined],
  ])('of the file %s give %s', (file, expected) => {
    expect(toRepositoryPath(file, context)).toBe(expected);
  });
});

describe('a report file', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'report-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('is read', async () => {
    writeFileSync(join(root, 'r.xml'), '<a/>');
    expect(await readReportFile(root, 'r.xml')).toEqual({ text: '<a/>' });
  });

  it.each([
    ['missing', () => undefined, 'the runner wrote no report'],
    [
      'a link out of the repository',
      () => symlinkSync('/etc/passwd', join(root, 'r.xml')),
      'the runner wrote no report',
    ],
    ['a folder', () => mkdirSync(join(root, 'r.xml')), 'the report is no plain file'],
    [
      'too large',
      () => {
        writeFileSync(join(root, 'r.xml'), '');
        truncateSync(join(root, 'r.xml'), 21 * 1024 * 1024);
      },
      'the report is larger than 20 MiB',
    ],
  ])('that is %s is not read', async (_title, prepare, reason) => {
    prepare();
    expect(await readReportFile(root, 'r.xml')).toEqual({ reason });
  });

  it('below a linked folder is not read', async () => {
    symlinkSync('/etc', join(root, 'out'));
    expect(await readReportFile(root, 'out/passwd')).toEqual({
      reason: 'the runner wrote no report inside the repository',
    });
  });
});
