import {
  joinName,
  toCase,
  toFailedCase,
  toReport,
  type ParsedReport,
  type ReportContext,
  type TestCase,
} from './report.ts';

/** What nextest prints before its tests. */
export const nextestBegins = /^ *Starting \d+ tests? across \d+ binar(?:y|ies)\b/m;

/**
 * An outcome of a test, or of a script before the tests, at the end of twelve columns or more, seconds, binary and name. Releases since
 * 0.9.100 number the tests, and stress runs their rounds.
 */
const statusLine = new RegExp(
  [
    /^(?=[ \w+/-]{12,24} \[) *(SETUP )?((?:TRY \d+ )?[A-Z]+\d*(?:(?:-| ?\+ ?)[A-Z]+)*(?: SIG \d+| \d+\/\d+| \d+)?) /,
    /\[ *([\d.]+)s\] (\[\d+(?:\/\d+)?\] )?(?:\([ \d/─]+\) )?(\S{1,300}) (\S.{0,300})$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/** The first group is the number of tests that passed; of a stress run, which counts rounds, there is none. */
const summaryLine = /^ *Summary \[ *[\d.]+s\] +\d+(?:\/\d+)? (?:tests? run: +(\d+) passed|stress run iterations?: )/m;

/** Outcomes of tests that did not fail: LEAK left a process behind, FLAKY passed in a later try; LEAK-FAIL and FLKY-FL failed. */
const passing = /^(?:TRY \d+ )?(?:PASS|LEAK|SLOW \+ LEAK|SLOW\+TMPASS|TMPASS|TIMEOUT-PASS|FLAKY \d+\/\d+)$/;

/** Whatever nextest itself prints between the outputs of tests: a status with a time or a number, a rule, the end. */
const ownLine =
  /^(?:[ \w+/-]{12,24} \[[ >\d./s]{3,14}\]|[─-]{4,}$| *Cancelling |warning: \d+\/\d+ tests? |error: (?:test run|setup script) failed$)/;

/** Stands above what a test wrote to one of its streams; before release 0.9.95 with the test's name. */
const heading =
  /^(?:(?: {2}|[─-]{1,2} )(?:stdout|output|execfail|(stderr)) [─-]{1,3}|[─-]{3,4} (?:STDOUT|OUTPUT|EXECFAIL|(STDERR)): .{1,500})$/;

/** What the harness says around the one test that nextest has it run. */
const harnessLine =
  /^ *(?:running 1 test|test \S{1,300}(?: - should panic)? \.\.\. FAILED|failures:|---- .{1,300} stdout ----|test result: .*)$/;

/** Characters after a failing test's line that may explain it. */
const MAX_EXPLANATION = 8_000;

/** What is known of a test. */
interface Found {
  readonly failed: boolean;
  readonly seconds: number;
  readonly message: string;
}

/**
 * Reads what `cargo nextest` prints for people, one line a test; the last line of a test counts, because failures are listed again at
 * the end. Without its summary the run did not come to an end, which counts as one more failure.
 */
export function parseNextest(text: string, context: ReportContext): ParsedReport {
  if (!nextestBegins.test(text)) throw new Error('the output holds no run of nextest');
  const found = new Map<string, Found>();
  let at = 0;
  for (const line of text.split('\n')) {
    at += line.length + 1;
    const [, script, status = '', seconds, round, binary = '', name = ''] = statusLine.exec(line) ?? [];
    if (name === '' || /^(?:SLOW$|TERMINATING|RETRY|DELAY|START|SIGNAL)/.test(status)) continue;
    const test = script === undefined ? joinName([binary, name.trim()]) : nameOfScript(binary);
    // In a later round of a stress run it may pass.
    const failed = !passing.test(status) || (round !== undefined && found.get(test)?.failed === true);
    // A script that runs before the tests is none of them, but their failure when it fails.
    if (script !== undefined && !failed) continue;
    const told = failed ? explanation(text.slice(at, at + MAX_EXPLANATION), name.trim()) : '';
    const message = told === '' ? (found.get(test)?.message ?? '') : told;
    found.set(test, { failed, seconds: Number(seconds), message: message || `The test ended with ${status}.` });
  }
  const report = toReport([...[...found].map((each) => toTestCase(each, context)), ...unsummed(text, context)]);
  return withUnlisted(report, Number(summaryLine.exec(text)?.[1] ?? 0));
}

/** As in the JUnit report. */
function nameOfScript(binary: string): string {
  const id = binary.replace(/:$/, '');
  return joinName([`@setup-script:${id}`, id]);
}

/** A profile may list failures only: then what passed is known by its number, and by no name. */
function withUnlisted(report: ParsedReport, passed: number): ParsedReport {
  const unlisted = Math.max(0, passed - report.counts.passed);
  const { counts } = report;
  return { ...report, counts: { ...counts, total: counts.total + unlisted, passed: counts.passed + unlisted } };
}

function toTestCase([test, { failed, seconds, message }]: readonly [string, Found], context: ReportContext): TestCase {
  return failed ? toFailedCase({ test, seconds, message }, context) : toCase('passed', { test, seconds }, context);
}

/** What a failing test printed, until the next line of nextest itself: first what it wrote as errors, which is where it panics. */
function explanation(text: string, name: string): string {
  const lines = text.split('\n');
  const first = lines.find((line) => line !== '') ?? '';
  // A profile may print it elsewhere, and what stands here be another test's.
  if (!heading.test(first) && !/^ {4}\(.{1,200}\)$/.test(first)) return '';
  const end = lines.findIndex((line) => ownLine.test(line));
  const [errors, rest]: [string[], string[]] = [[], []];
  let stream = rest;
  for (const line of lines.slice(0, end < 0 ? lines.length : end)) {
    const [above, ...isErrors] = heading.exec(line) ?? [];
    if (above !== undefined) stream = isErrors.some((each) => each !== undefined) ? errors : rest;
    else if (!harnessLine.test(line) && line.trim() !== name) stream.push(line.replace(/^ {4}/, ''));
  }
  return [errors, rest]
    .map((each) => each.join('\n').trim())
    .filter((each) => each !== '')
    .join('\n\n');
}

function unsummed(text: string, context: ReportContext): readonly TestCase[] {
  if (summaryLine.test(text)) return [];
  const message = 'nextest never summed its tests up, so some of them may never have run.';
  return [toFailedCase({ test: 'the end of the tests', message }, context)];
}
