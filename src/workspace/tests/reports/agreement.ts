import type { TestCounts, TestFormat, TestPlan } from '#domain/remediation.ts';
import { findRunner } from '#workspace/tests/runners.ts';

import { isOwnReport } from './read.ts';
import { jest, mocha, nodeSummary, phpunit, pytest, rspec, vitest } from './text.ts';

/** What a runner prints last, beside the report it writes. */
interface Closing {
  /** The first line of it. */
  readonly begins: RegExp;
  readonly read: (text: string) => TestCounts | undefined;
  /** It counts the same cases as the report; others count groups of tests, too. */
  readonly countsAlike: boolean;
  /** What is always printed when the report was asked for by us. */
  readonly due?: RegExp | undefined;
}

const closings: Readonly<Partial<Record<TestFormat, Closing>>> = {
  vitest: { begins: /^ *Tests {2}/gm, read: vitest, countsAlike: true, due: /^ *Tests {2}/m },
  jest: { begins: /^Tests: +/gm, read: jest, countsAlike: true, due: /^Test results written to: /m },
  node: { begins: /^[#ℹ] tests +\d+$/gm, read: nodeSummary, countsAlike: false, due: /^[#ℹ] tests +\d+$/m },
  // By our own reporter, whatever the suite's is.
  mocha: { begins: /^ {2}\d+ passing\b/gm, read: mocha, countsAlike: true, due: /^ {2}\d+ passing\b/m },
  pytest: { begins: /^(?:=+ )?(?:\d+ [a-z]+(?:, )?)+ in [\d.]+s/gm, read: pytest, countsAlike: false },
  rspec: {
    begins: /^\d+ examples?, \d+ failures?/gm,
    read: rspec,
    countsAlike: true,
    due: /^\d+ examples?, \d+ fail/m,
  },
};

const phpunitEnd = /^(?:OK \(\d+ tests?, |Tests: \d+, Assertions: |No tests executed!$)/;

/** Its report is JUnit, like that of others. */
const phpunitClosing: Closing = {
  begins: new RegExp(phpunitEnd, 'gm'),
  read: phpunit,
  countsAlike: false,
  due: new RegExp(phpunitEnd, 'm'),
};

function closingOf({ plan: { format, argv }, read }: Pick<TwoWords, 'plan' | 'read'>): Closing | undefined {
  if (findRunner(argv)?.rules.name !== 'phpunit') return closings[format];
  return printsOtherwise(argv, read) ? { ...phpunitClosing, due: undefined } : phpunitClosing;
}

/** Whether PHPUnit may print something of another kind, or nothing: its configuration can name a printer or an extension. */
function printsOtherwise(argv: readonly string[], read: TwoWords['read']): boolean {
  if (argv.some((word) => /^--(?:printer|no-output|no-results)/.test(word))) return true;
  const named = argv
    .map((word) => word.replace(/^--configuration=/, ''))
    .filter((word) => /\.(?:xml|dist)$/.test(word));
  const files = [...named, 'phpunit.xml', 'phpunit.dist.xml', 'phpunit.xml.dist'];
  return files.some((file) => /\bprinterClass=|<(?:extension|bootstrap)\b/.test(read(file) ?? ''));
}

/** Both words of a runner. */
export interface TwoWords {
  readonly plan: Pick<TestPlan, 'format' | 'reportPath' | 'argv'>;
  readonly counts: TestCounts;
  /** A file of the suite's folder. */
  readonly read: (path: string) => string | undefined;
  /** What was printed, without terminal sequences. */
  readonly printed: () => string;
}

/**
 * Why a report without failures is not believed: what the runner printed says something else. A test can write a file and can print, but
 * whoever forges one of both has forgotten the other, or could not reach it. Undefined where both agree or one says nothing.
 */
export function disagreement({ plan, counts, read, printed }: TwoWords): string | undefined {
  const closing = closingOf({ plan, read });
  if (closing === undefined || counts.failed > 0) return undefined;
  const text = printed();
  const passed = `the report says that ${counts.passed} tests passed and none failed`;
  const isOurs = counts.total > 0 && plan.reportPath !== undefined && isOwnReport(plan.reportPath);
  if (isOurs && closing.due?.test(text) === false) return `${passed}, but the runner printed no end of a run`;
  const last = [...text.matchAll(closing.begins)].at(-1);
  const told = last && closing.read(text.slice(last.index));
  if (told === undefined) return undefined;
  if (told.failed > 0) return `${passed}, but the runner printed that ${told.failed} failed`;
  const isMore = closing.countsAlike && counts.total > told.total;
  return isMore ? `the report has ${counts.total} tests, but the runner printed that it ran ${told.total}` : undefined;
}
