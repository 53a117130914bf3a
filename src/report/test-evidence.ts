import type { PublishAction } from '#domain/action.ts';
import type { PatchRecord, SuiteVerification, TestRun } from '#domain/remediation.ts';
import { reproductions } from '#domain/test-proof.ts';
import { describeComparison, describeReproduced, toReportedComparison, toReproduced } from '#report/comparison.ts';
import { toCode } from '#report/text.ts';
import { describeCounts, latestRuns } from '#report/verification.ts';

/** A pull request and every test run of its incident. */
interface Evidence {
  readonly action: PublishAction;
  readonly runs: readonly TestRun[];
  readonly patches: readonly PatchRecord[];
}

/** The table of suites, and what failed before and passes now. */
export function toEvidence({ action, runs, patches }: Evidence): string {
  const rows = latestRuns(runs, action.tree).map(({ plan, result, status }) => {
    const verdict = status === 'running' ? 'running' : (result?.verdict ?? 'unknown');
    const where = plan.tree === action.tree ? 'this tree' : 'an earlier tree';
    const sign = isGreen(action, plan.suite) ? '✅' : '⚪';
    const need = plan.required ? 'required' : 'optional';
    const tests = result ? describeCounts(result.counts) : '';
    return `| ${toCode(plan.suite, 60)} (${need}) | ${sign} ${verdict} | ${tests} | ${plan.scope}, ${where} | ${toCode((plan.command ?? plan.argv).join(' '), 120)} |`;
  });
  if (rows.length === 0) return '## Test evidence\n\nNo tests were run.';
  return [
    '## Test evidence',
    ['| Suite | Verdict | Tests | Scope | Command |', '| --- | --- | --- | --- | --- |', ...rows].join('\n'),
    `Rows that say "this tree" ran on exactly the content of this pull request: tree ${toCode(action.tree, 64)}.`,
    ...toBeforeAndAfter({ action, runs, patches }),
    ...toEditedTests({ action, runs }),
  ].join('\n\n');
}

/** A test that the change itself edits proves less: whoever reviews must see what it expected before. */
function toEditedTests({ action, runs }: Pick<Evidence, 'action' | 'runs'>): string[] {
  const edited = new Set(action.netChanges.filter(({ change }) => change === 'modify').map(({ path }) => path));
  const cited = latestRuns(runs, action.tree)
    .filter(({ plan }) => plan.tree === action.tree)
    .flatMap(({ result }) => result?.comparison?.fixed ?? [])
    .flatMap(({ file, ...test }) => (test.edited !== false && file !== undefined && edited.has(file) ? [file] : []));
  const files = [...new Set(cited)].slice(0, 10).map((file) => toCode(file, 200));
  if (files.length === 0) return [];
  return [`⚠️ The change edits ${files.join(', ')}, where tests that pass now are: compare what they expected before.`];
}

/** What failed on the base commit and passes now, and what every failure says of the change. */
function toBeforeAndAfter({ action: { tree, verification }, runs, patches }: Evidence): string[] {
  const shown = reproductions({ tree, verification, runs, patches });
  const lines = latestRuns(runs, tree)
    .filter(({ plan }) => plan.tree === tree)
    .flatMap(({ plan, result }) => {
      const words = [
        describeComparison(toReportedComparison(result ?? {})),
        describeReproduced(toReproduced(shown, plan.suite, result ?? {})),
      ]
        .filter((each) => each !== '')
        .join(' ');
      const failing = (result?.failures ?? []).slice(0, 10).map((failure) => {
        return `  - ${failure.class ?? 'not compared'}: ${toCode(failure.test, 200)}`;
      });
      return words === '' ? [] : [`- Suite ${toCode(plan.suite, 60)}: ${words}`, ...failing];
    });
  return lines.length === 0 ? [] : [`**Before and after**\n\n${lines.join('\n')}`];
}

/** Changed lines that no test executed, where the suite measures it. */
export function toNeverRan({ plan, result }: TestRun): string[] {
  const missed = result?.coverage?.missed ?? [];
  if (missed.length === 0) return [];
  const shown = missed.slice(0, 10).map((each) => toCode(each, 200));
  return [`- Changed lines that suite ${toCode(plan.suite, 60)} never ran: ${shown.join(', ')}.`];
}

/** Whether a required suite is green on the tree of a pull request. */
export function isGreen({ verification }: PublishAction, suite: string): boolean {
  return verification.some((row: SuiteVerification) => row.suite === suite && row.green);
}
