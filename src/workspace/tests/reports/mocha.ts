import { z } from 'zod';

import { toFailure, toReport, type ParsedReport, type ReportContext, type TestCase } from './report.ts';

const Case = z.object({
  fullTitle: z.string().default(''),
  file: z.string().nullish(),
  err: z.object({ message: z.string().nullish(), stack: z.string().nullish() }).nullish(),
});

const MochaReport = z.object({ passes: z.array(Case), failures: z.array(Case), pending: z.array(Case) });

/** Reads the JSON of mocha, from its file or from what it printed; throws on anything else. */
export function parseMocha(text: string, context: ReportContext): ParsedReport {
  // Releases that know no output option print the report after whatever the tests printed.
  const start = text.startsWith('{') ? 0 : text.indexOf('\n{\n  "stats"') + 1;
  const report = MochaReport.parse(JSON.parse(text.slice(start, text.lastIndexOf('}') + 1)));
  const cases: TestCase[] = [
    ...report.passes.map(() => ({ outcome: 'passed' }) as const),
    ...report.pending.map(() => ({ outcome: 'skipped' }) as const),
    ...report.failures.map((each) => ({
      outcome: 'failed' as const,
      failure: toFailure(
        { test: each.fullTitle, message: each.err?.stack ?? each.err?.message ?? '', file: each.file ?? undefined },
        context,
      ),
    })),
  ];
  return toReport(cases);
}
