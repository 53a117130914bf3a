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
 * A test's outcome, at the end of twelve columns or more, seconds, binary and name. Releases since 0.9.100 number the tests, and stress
 * runs their rounds.
 */
const statusLine = new RegExp(
  [
    /^(?=[ \w+/-]{12,24} \[) *((?:TRY \d+ )?[A-Z]+\d*(?:(?:-| ?\+ ?)[A-Z]+)*(?: SIG \d+| \d+\/\d+| \d+)?) /,
    /\[ *([\d.]+)s\] (\[\d+(?:\/\d+)?\] )?(?:\([ \d/─]+\) )?(\S{1,300}) (\S.{0,300})$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/** The first group is the number of tests that passed; of a stress run, which counts rounds, there is none. */
const summaryLine = /^ *Summary \[ *[\d.]+s\] +\d+(?:\/\d+)? (?:tests? run: +(\d+) passed|stress run iterations?: )/m;

/** Outcomes of tests that did not fail: LEAK left a process behind, FLAKY passed in a later try; LEAK-FAIL and FLKY-FL failed. */
const passing = /^(?:TRY \d+ )?(?:PASS|LEAK|SLOW \+ LEAK|SLOW\+TMPASS|TMPASS|TIMEOUT-PASS|FLAKY \d+\/\d+)$/;

/** Characters after a failing test's line that may explain it. */
const MAX_EXPLANATION = 8_000;

/**
 * Reads what `cargo nextest` prints for people, one line a test; the last line of a test counts, because failures are listed again at
 * the end. Without its summary the run did not come to an end, which counts as one more failure.
 */
export function parseNextest(text: string, context: ReportContext): ParsedReport {
  if (!nextestBegins.test(text)) throw new Error('the output holds no run of nextest');
  const found = new Map<string, { readonly failed: boolean; readonly seconds: number; readonly message: string }>();
  const sum = text.search(summaryLine);
  const listed = sum < 0 ? text.length : sum;
  let at = 0;
  for (const line of text.split('\n')) {
    at += line.length + 1;
    const [, status = '', seconds, round, binary = '', name = ''] = statusLine.exec(line) ?? [];
    if (name === '' || /^(?:SLOW$|SETUP|TERMINATING|RETRY|DELAY|START|SIGNAL)/.test(status)) continue;
    const test = joinName([binary, name.trim()]);
    // In a later round of a stress run it may pass.
    const failed = !passing.test(status) || (round !== undefined && found.get(test)?.failed === true);
    // The list at the end names failures without their output.
    const told = failed && at < listed ? explanation(text.slice(at, at + MAX_EXPLANATION)) : '';
    const message = told === '' ? (found.get(test)?.message ?? '') : told;
    found.set(test, { failed, seconds: Number(seconds), message: message || `The test ended with ${status}.` });
  }
  const report = toReport([...[...found].map((each) => toTestCase(each, context)), ...unsummed(text, context)]);
  return withUnlisted(report, Number(summaryLine.exec(text)?.[1] ?? 0));
}

/** A profile may list failures only: then what passed is known by its number, and by no name. */
function withUnlisted(report: ParsedReport, passed: number): ParsedReport {
  const unlisted = Math.max(0, passed - report.counts.passed);
  const { counts } = report;
  return { ...report, counts: { ...counts, total: counts.total + unlisted, passed: counts.passed + unlisted } };
}

function toTestCase(
  [test, { failed, seconds, message }]: readonly [string, { failed: boolean; seconds: number; message: string }],
  context: ReportContext,
): TestCase {
  return failed ? toFailedCase({ test, seconds, message }, context) : toCase('passed', { test, seconds }, context);
}

/** What a failing test printed, until the next line of nextest itself. */
function explanation(text: string): string {
  const lines = text.split('\n');
  const end = lines.findIndex(
    (line) => statusLine.test(line) || /^(?:─{4,}|-{4,}$| *(?:Summary|Cancelling) )/.test(line),
  );
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .join('\n')
    .trim();
}

function unsummed(text: string, context: ReportContext): readonly TestCase[] {
  if (summaryLine.test(text)) return [];
  const message = 'nextest never summed its tests up, so some of them may never have run.';
  return [toFailedCase({ test: 'the end of the tests', message }, context)];
}
