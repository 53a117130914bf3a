import type { TestCounts } from '#domain/remediation.ts';

import { parseCargo } from './cargo.ts';
import { nextestBegins, parseNextest } from './nextest.ts';
import { toFailedCase, type ParsedReport, type ReportContext } from './report.ts';
import { parseTap } from './tap.ts';

/** Reads counts from the output of one kind of runner; undefined when it is another kind's. */
type Recogniser = (text: string) => TestCounts | undefined;

/** Reads what runners print for people; undefined when no runner is recognised. */
export function parseText(text: string, context: ReportContext): ParsedReport | undefined {
  const structured = parseStructured(text, context);
  if (structured) return structured;
  const counts = recognisers.map((each) => each(text)).find((found) => found !== undefined);
  if (counts === undefined) return undefined;
  const failed = counts.failed === 0 ? [] : failuresOf(text, context);
  return { counts, failures: failed.flatMap(({ failure }) => failure ?? []), cases: [] };
}

/** Some runners print for people what is exact enough to be read case by case, as long as nothing of it was left out. */
function parseStructured(text: string, context: ReportContext): ParsedReport | undefined {
  if (/^\[… \d+ bytes of output left out …\]$/m.test(text)) return undefined;
  const parse = nextestBegins.test(text)
    ? parseNextest
    : /^running \d+ tests?$/m.test(text)
      ? parseCargo
      : /^TAP version \d+$/m.test(text) && /^(?:not )?ok\b/m.test(text)
        ? parseTap
        : undefined;
  return parse?.(text, context);
}

const recognisers: readonly Recogniser[] = [
  vitest,
  jest,
  mocha,
  pytest,
  cargo,
  nextest,
  nodeSummary,
  nodeTap,
  tapLines,
  ava,
  jasmine,
  uvu,
  unittest,
  goLines,
  rspec,
  phpunit,
  surefire,
  dotnet,
];

function toCounts(passed: number, failed: number, skipped = 0): TestCounts {
  return { total: passed + failed + skipped, passed, failed, skipped };
}

/** Sums the first group over all matches: a script may run several suites one after the other. */
function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
}

/** Counts of vitest's closing lines. */
export function vitest(text: string): TestCounts | undefined {
  const line = /^ *Tests {2}(\d+ [a-z]+(?: \| \d+ [a-z]+)*) \(\d+\)/m.exec(text)?.[1];
  if (line === undefined) return /^No test files found/m.test(text) ? toCounts(0, 0) : undefined;
  return toCounts(
    sum(line, /(?<!\d)(\d+) passed/g),
    sum(line, /(?<!\d)(\d+) failed/g),
    sum(line, /(?<!\d)(\d+) (?:skipped|todo)/g),
  );
}

/** Counts of jest's closing lines. */
export function jest(text: string): TestCounts | undefined {
  const lines = [...text.matchAll(/^Tests: +(.* total)$/gm)].map((match) => match[1]).join('\n');
  if (lines === '') return /^No tests found, exiting/m.test(text) ? toCounts(0, 0) : undefined;
  return toCounts(
    sum(lines, /(?<!\d)(\d+) passed/g),
    sum(lines, /(?<!\d)(\d+) failed/g),
    sum(lines, /(?<!\d)(\d+) (?:skipped|todo)/g),
  );
}

/** Counts of mocha's closing lines. */
export function mocha(text: string): TestCounts | undefined {
  if (!/^ {2}\d+ passing\b/m.test(text)) return undefined;
  const count = (word: string) => sum(text, new RegExp(`^ {2}(\\d+) ${word}\\b`, 'gm'));
  return toCounts(count('passing'), count('failing'), count('pending'));
}

/** Counts of pytest's closing line. */
export function pytest(text: string): TestCounts | undefined {
  const line = /^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+|no tests ran) in [\d.]+s/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const skipped = sum(line, /(?<!\d)(\d+) (?:skipped|xfailed)/g);
  return toCounts(
    sum(line, /(?<!\d)(\d+) (?:passed|xpassed)/g),
    sum(line, /(?<!\d)(\d+) (?:failed|errors?)\b/g),
    skipped,
  );
}

function cargo(text: string): TestCounts | undefined {
  if (!/^test result: /m.test(text)) return undefined;
  const count = (word: string) => sum(text, new RegExp(`^test result: .*?(?<!\\d)(\\d+) ${word}`, 'gm'));
  return toCounts(count('passed'), count('failed'), count('ignored'));
}

/** node:test and tape end with `# pass 3` or `ℹ pass 3`. */
export function nodeSummary(text: string): TestCounts | undefined {
  if (!/^[#ℹ] (?:tests|pass) +\d+$/m.test(text)) return undefined;
  const count = (word: string) => sum(text, new RegExp(`^[#ℹ] (?:${word}) +(\\d+)$`, 'gm'));
  return toCounts(count('pass'), count('fail|cancelled'), count('skipped|skip|todo'));
}

/** node-tap's own reporter; its last line since release 18 is `# { total: 5, pass: 5 }`, before release 1 it was `total ... 5/5`. */
function nodeTap(text: string): TestCounts | undefined {
  const oldest = /^total \.{3,80} (\d+)\/(\d+)$/m.exec(text);
  if (oldest) return toCounts(Number(oldest[1]), Math.max(0, Number(oldest[2]) - Number(oldest[1])));
  const object = [...text.matchAll(/^# \{ (total: \d+,? ?[^}]*)\}$/gm)].map((match) => match[1]).join('\n');
  if (object !== '') {
    return toCounts(sum(object, /pass: (\d+)/g), sum(object, /fail: (\d+)/g), sum(object, /(?:skip|todo): (\d+)/g));
  }
  const asserts = /^Asserts: +(.*) of \d+/m.exec(text)?.[1];
  if (asserts === undefined) return undefined;
  return toCounts(
    sum(asserts, /(?<!\d)(\d+) passed/g),
    sum(asserts, /(?<!\d)(\d+) failed/g),
    sum(asserts, /(?<!\d)(\d+) (?:skip|todo)/g),
  );
}

function tapLines(text: string): TestCounts | undefined {
  if (!/^(?:TAP version \d+|1\.\.\d+)/m.test(text)) return undefined;
  const lines = [...text.matchAll(/^(not )?ok\b(.*)$/gm)];
  const skipped = lines.filter((line) => /# (?:skip|todo)/i.test(line[2] ?? '')).length;
  const failed = lines.filter((line) => line[1] !== undefined && !/# (?:skip|todo)/i.test(line[2] ?? '')).length;
  return toCounts(lines.length - skipped - failed, failed, skipped);
}

function ava(text: string): TestCounts | undefined {
  if (!/^ {2}(?:\d+ tests? (?:passed|failed)|\d+ uncaught exceptions?)/m.test(text)) return undefined;
  const failed = sum(text, /^ {2}(\d+) (?:tests? failed|uncaught exceptions?|unhandled rejections?)/gm);
  return toCounts(sum(text, /^ {2}(\d+) tests? passed/gm), failed, sum(text, /^ {2}(\d+) tests? (?:skipped|todo)/gm));
}

function jasmine(text: string): TestCounts | undefined {
  const lines = [...text.matchAll(/^\d+ specs?, \d+ failures?.*$/gm)].map((match) => match[0]).join('\n');
  if (lines === '') return undefined;
  const [total, failed] = [sum(lines, /(?<!\d)(\d+) specs?/g), sum(lines, /(?<!\d)(\d+) failures?/g)];
  const skipped = sum(lines, /(?<!\d)(\d+) pending/g);
  return toCounts(Math.max(0, total - failed - skipped), failed, skipped);
}

function uvu(text: string): TestCounts | undefined {
  if (!/^ {2}Total: +\d+\n {2}Passed: +\d+/m.test(text)) return undefined;
  const [total, passed] = [sum(text, /^ {2}Total: +(\d+)/gm), sum(text, /^ {2}Passed: +(\d+)/gm)];
  // Its total leaves out what was skipped.
  return toCounts(passed, Math.max(0, total - passed), sum(text, /^ {2}Skipped: +(\d+)/gm));
}

function unittest(text: string): TestCounts | undefined {
  if (!/^Ran \d+ tests? in /m.test(text)) return undefined;
  const total = sum(text, /^Ran (\d+) tests? in /gm);
  const failed = sum(text, /^FAILED \(.*?failures=(\d+)/gm) + sum(text, /^FAILED \(.*?errors=(\d+)/gm);
  const skipped = sum(text, /^(?:OK|FAILED) \(.*?skipped=(\d+)/gm);
  return toCounts(Math.max(0, total - failed - skipped), failed, skipped);
}

function goLines(text: string): TestCounts | undefined {
  const count = (word: string) => text.match(new RegExp(`^--- ${word}: `, 'gm'))?.length ?? 0;
  const packages = text.match(/^ok +\t?\S+[ \t]+(?:[\d.]+s|\(cached\))(?!.*\[no tests to run\])/gm)?.length ?? 0;
  const [passed, failed, skipped] = [count('PASS'), count('FAIL'), count('SKIP')];
  // Without -v only packages are named; one that passed ran at least one test.
  if (passed + failed + skipped + packages === 0) return undefined;
  return toCounts(passed === 0 ? packages : passed, failed, skipped);
}

function nextest(text: string): TestCounts | undefined {
  const line = /^ *Summary \[ *[\d.]+s\] +\d+(?:\/\d+)? tests? run: (.*)$/m.exec(text)?.[1];
  if (line === undefined) return undefined;
  const failed = sum(line, /(?<!\d)(\d+) (?:failed|timed out|exec failed)/g);
  return toCounts(sum(line, /(?<!\d)(\d+) passed/g), failed, sum(line, /(?<!\d)(\d+) skipped/g));
}

/** Counts of RSpec's closing line. */
export function rspec(text: string): TestCounts | undefined {
  const lines = [...text.matchAll(/^\d+ examples?, \d+ failures?.*$/gm)].map((match) => match[0]).join('\n');
  if (lines === '') return undefined;
  const failed = sum(lines, /(?<!\d)(\d+) failures?/g);
  const skipped = sum(lines, /(?<!\d)(\d+) pending/g);
  const total = sum(lines, /(?<!\d)(\d+) examples?/g);
  return toCounts(
    Math.max(0, total - failed - skipped),
    failed + sum(lines, /(?<!\d)(\d+) errors? occurred/g),
    skipped,
  );
}

/** Counts of PHPUnit's closing lines. */
export function phpunit(text: string): TestCounts | undefined {
  const passed = /^OK \((\d+) tests?, \d+ assertions?\)$/m.exec(text);
  if (passed) return toCounts(Number(passed[1]), 0);
  const line = /^Tests: (\d+), Assertions: .*$/m.exec(text);
  if (!line) return /^No tests executed!$/m.test(text) ? toCounts(0, 0) : undefined;
  const failed = sum(line[0], /(?:Errors|Failures): (\d+)/g);
  const skipped = sum(line[0], /(?:Skipped|Incomplete|Risky): (\d+)/g);
  return toCounts(Math.max(0, Number(line[1]) - failed - skipped), failed, skipped);
}

/** The sums of a module; Maven prints them once for each class before, with a time. */
function surefire(text: string): TestCounts | undefined {
  const sums = /^(?:\[\w+\] )?Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)(?:, Flakes: \d+)?\s*$/gm;
  const lines = [...text.matchAll(sums)];
  if (lines.length === 0) return undefined;
  const add = (index: number) => lines.reduce((total, line) => total + Number(line[index]), 0);
  const failed = add(2) + add(3);
  return toCounts(Math.max(0, add(1) - failed - add(4)), failed, add(4));
}

function dotnet(text: string): TestCounts | undefined {
  const sums = /^(?:Passed|Failed|Skipped)! +- Failed: +(\d+), Passed: +(\d+), Skipped: +(\d+), Total: +\d+/gm;
  const lines = [...text.matchAll(sums)];
  if (lines.length === 0) return undefined;
  const add = (index: number) => lines.reduce((total, line) => total + Number(line[index]), 0);
  return toCounts(add(2), add(1), add(3));
}

/** Where the report of one failing test begins; the first group is its name. */
const failureStarts = [
  /^ *not ok \d* ?-? ?(.+)$/gm,
  /^ {2}\d+\) ([^\n]+(?:\n {7}\S[^\n]*)*)/gm,
  /^ {2}● (.+)$/gm,
  /^ {1,3}FAIL {1,2}(.+)$/gm,
  /^ {1,3}× {1,2}(.+)$/gm,
  /^FAILED (\S+::.+)$/gm,
  /^---- (.+) stdout ----$/gm,
  /^ *--- FAIL: (\S+)/gm,
  /^ {2}✘ \[fail\]: (.+)$/gm,
  /^ *✖ (.+?)(?: \([\d.]+ms\))?$/gm,
  /^(?:ERROR|FAIL): (\S+ \(.+\))$/gm,
  /^\d+\) (.+)$/gm,
];

/** Above the failures that node:test repeats at its end. */
const NODE_HEADING = 'failing tests:';

/** What jasmine and RSpec list in the form of failures, and count as skipped. */
const PENDING = /^Pending:.*\n[^]*?(?=^Failures:|^\d+ (?:specs?|examples?),|^Finished in |(?![^]))/gm;

/** Characters after a failure's first line that may explain it. */
const EXPLANATION = 1_500;

function failuresOf(output: string, context: ReportContext) {
  const text = output.replace(PENDING, '');
  const pattern = failureStarts.find((each) => text.match(each) !== null);
  if (pattern === undefined) return [];
  // Some runners print every name twice, first bare and then with its reason: the last one explains.
  const found = new Map<string, string>();
  const starts = [...text.matchAll(pattern)];
  for (const [index, match] of starts.entries()) {
    const test = (match[1] ?? '').replace(/\s*\n\s*/g, ' › ').replace(/:$/, '');
    const next = starts[index + 1]?.index ?? text.length;
    const start = match.index + match[0].length;
    if (match[1] !== NODE_HEADING && !/# (?:skip|todo)/i.test(test))
      found.set(test, text.slice(start, Math.min(next, start + EXPLANATION)));
  }
  return [...found].slice(0, 100).map(([test, message]) => toFailedCase({ test, message: message.trim() }, context));
}
