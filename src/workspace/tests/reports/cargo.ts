import { toCase, toFailedCase, toReport, type ParsedReport, type ReportContext, type TestCase } from './report.ts';

/** Characters of a test's output that may explain its failure. */
const MAX_EXPLANATION = 8_000;

/**
 * Reads what Rust's own test harness prints; throws when it printed nothing. A harness that announced its tests and never summed them
 * up counts as one more failure: a test ended the process.
 */
export function parseCargo(text: string, context: ReportContext): ParsedReport {
  const runs = text.split(/^running (?=\d+ tests?$)/m).slice(1);
  if (runs.length === 0) throw new Error('the output holds no tests of the Rust test harness');
  return toReport(runs.flatMap((run) => casesOf(run, context)));
}

/** One line of the harness; what a test prints may stand between its name and its outcome. */
const testLine = /^test (.{1,300}?)(?: - should panic)? \.\.\. (?:.{0,300}\b)?(ok|FAILED|ignored)\b/;
/** Failures whose output is looked for. */
const MAX_EXPLAINED = 100;

function casesOf(run: string, context: ReportContext): readonly TestCase[] {
  const announced = Number(/^\d+/.exec(run)?.[0]);
  let explained = 0;
  const found = run.split('\n').flatMap((line): TestCase[] => {
    const [, test, word] = testLine.exec(line) ?? [];
    if (test === undefined) return [];
    if (word !== 'FAILED') return [toCase(word === 'ok' ? 'passed' : 'skipped', { test }, context)];
    explained += 1;
    const message = explained > MAX_EXPLAINED ? 'The test failed.' : explanation(run, test);
    return [toFailedCase({ test, message }, context)];
  });
  if (/^test result: /m.test(run) || (announced === 0 && found.length === 0)) return found;
  const test = `${announced} announced tests`;
  const message = `${found.length} of ${announced} tests were reported, then the process ended without a result; a test may have ended it.`;
  return [...found, toFailedCase({ test, message }, context)];
}

function explanation(run: string, test: string): string {
  const mark = `---- ${test} stdout ----\n`;
  const start = run.indexOf(mark);
  if (start < 0) return 'The test failed and printed nothing.';
  const rest = run.slice(start + mark.length, start + mark.length + MAX_EXPLANATION);
  const end = /^(?:---- .+ stdout ----|failures:)$/m.exec(rest)?.index ?? rest.length;
  return rest.slice(0, end).trim();
}
