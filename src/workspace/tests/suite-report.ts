import type { Suite, SuiteRunner } from './detect.ts';
import { OWN_REPORT } from './reports/read.ts';
import { positionalsOf } from './runners.ts';
import { canAppend } from './selection.ts';

/** Options that make the suite's runner write its report, and go on after a test that fails. */
export function addedOptions(suite: Suite): readonly string[] {
  const report = addsReport(suite) ? suite.runner?.use.rules.report(reportName(suite)) : undefined;
  return [...(report ?? []), ...goesOn(suite)];
}

/** A report of the runner's own says no more than was run, so that it is no reason to stop. */
function goesOn({ runner, format }: Suite): readonly string[] {
  const { rules } = runner?.use ?? {};
  if (!runner || !rules?.goOn || (format !== rules.format && format !== 'junit') || !reaches(runner)) return [];
  const { option, unless } = rules.goOn;
  const words = argumentsOf(runner);
  // What stands behind it is not the runner's.
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).some((word) => unless.test(word)) ? [] : [option];
}

function argumentsOf({ use }: SuiteRunner): readonly string[] {
  return use.words.slice(use.start);
}

/** npm passes arguments on to the end of the script, where node takes them for those of a file. */
function reaches({ via, use }: SuiteRunner): boolean {
  return via === 'direct' || (canAppend(use) && use.rules.format !== 'go');
}

/** A reporter is added only where the suite has none of its own and the operator asked for no other format. */
function addsReport(suite: Suite): boolean {
  const { runner } = suite;
  if (!runner || suite.format !== runner.use.rules.format || suite.ownReport !== undefined) return false;
  const own = argumentsOf(runner).some((word) => runner.use.rules.ownReport.test(word));
  const misplaced = runner.via === 'script' && positionalsOf(runner.use).length > 0 && suite.format === 'node';
  return !own && reaches(runner) && !misplaced;
}

/** The runner prints its report because it is told to, or always. */
export function printsReport(suite: Suite): boolean {
  const rules = suite.runner?.use.rules;
  return (
    rules !== undefined && rules.reportExtension === undefined && rules.ownReports === undefined && addsReport(suite)
  );
}

/** Where the report will be, below the suite's folder; undefined when the runner writes none. */
export function reportPathOf(suite: Suite): string | undefined {
  if (suite.format === 'junit' && suite.ownReport !== undefined) return suite.ownReport;
  const rules = suite.runner?.use.rules;
  if (rules === undefined || suite.format !== rules.format) return undefined;
  if (rules.ownReports !== undefined) return rules.ownReports;
  return rules.reportExtension !== undefined && addsReport(suite) ? reportName(suite) : undefined;
}

/** Lies in the suite's folder, because an argv is settled before there is any folder for the run. */
function reportName(suite: Suite): string {
  const name = suite.name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60);
  return `${OWN_REPORT}${name}.${suite.runner?.use.rules.reportExtension ?? 'txt'}`;
}
