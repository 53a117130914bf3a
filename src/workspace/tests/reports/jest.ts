import { z } from 'zod';

import { toCase, toFailedCase, toReport, type ParsedReport, type ReportContext, type TestCase } from './report.ts';

const Assertion = z.object({
  fullName: z.string().optional(),
  title: z.string().optional(),
  status: z.string(),
  duration: z.number().nullish(),
  failureMessages: z.array(z.string()).nullish(),
  location: z.object({ line: z.number() }).nullish(),
});

const TestFile = z.object({
  name: z.string().default(''),
  status: z.string().default(''),
  message: z.string().nullish(),
  assertionResults: z.array(Assertion).default([]),
});

const JestReport = z.object({ testResults: z.array(TestFile) });

/** Reads the JSON of jest and vitest; throws on anything else. */
export function parseJest(text: string, context: ReportContext): ParsedReport {
  const report = JestReport.parse(JSON.parse(text));
  return toReport(report.testResults.flatMap((file) => casesOf(file, context)));
}

function casesOf(file: z.infer<typeof TestFile>, context: ReportContext): readonly TestCase[] {
  const cases = file.assertionResults.map((each) => readCase(each, file.name, context));
  const explained = cases.some((each) => each.outcome === 'failed');
  if (file.status !== 'failed' || explained) return cases;
  // The file could not be loaded, or failed outside its tests.
  const raw = { test: file.name, message: file.message ?? '', file: file.name, collection: cases.length === 0 };
  const { failure, ...whole } = toFailedCase(raw, context);
  const test = whole.file ?? whole.test;
  return [...cases, { ...whole, test, ...(failure && { failure: { ...failure, test } }) }];
}

function readCase(each: z.infer<typeof Assertion>, file: string, context: ReportContext): TestCase {
  const seconds = typeof each.duration === 'number' ? each.duration / 1_000 : undefined;
  const raw = { test: each.fullName ?? each.title ?? '', file, seconds };
  if (each.status === 'passed') return toCase('passed', raw, context);
  if (each.status !== 'failed') return toCase('skipped', raw, context);
  const message = (each.failureMessages ?? []).join('\n');
  return toFailedCase({ ...raw, message, line: each.location?.line }, context);
}
