import { z } from 'zod';

import { toCase, toFailedCase, toReport, type ParsedReport, type RawCase, type ReportContext } from './report.ts';

const value = z
  .unknown()
  .optional()
  .transform((each) => (each === undefined ? undefined : toText(each)));

const Case = z.object({
  fullTitle: z.string().default(''),
  file: z.string().nullish(),
  duration: z.number().nullish(),
  err: z
    .object({ message: z.string().nullish(), stack: z.string().nullish(), expected: value, actual: value })
    .nullish(),
});

const MochaReport = z.object({ passes: z.array(Case), failures: z.array(Case), pending: z.array(Case) });

/** Reads the JSON of mocha; throws on anything else. */
export function parseMocha(text: string, context: ReportContext): ParsedReport {
  const report = MochaReport.parse(JSON.parse(text));
  return toReport([
    ...report.passes.map((each) => toCase('passed', toRaw(each), context)),
    ...report.pending.map((each) => toCase('skipped', toRaw(each), context)),
    ...report.failures.map((each) => {
      const { message, stack, expected, actual } = each.err ?? {};
      return toFailedCase({ ...toRaw(each), message: stack ?? message ?? '', expected, actual }, context);
    }),
  ]);
}

function toRaw({ fullTitle, file, duration }: z.infer<typeof Case>): RawCase {
  return {
    test: fullTitle,
    file: file ?? undefined,
    seconds: typeof duration === 'number' ? duration / 1_000 : undefined,
  };
}

function toText(each: unknown): string {
  return typeof each === 'string' ? each : JSON.stringify(each);
}
