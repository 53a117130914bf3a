import { z } from 'zod';

import { toFailure, toReport, type ParsedReport, type ReportContext, type TestCase } from './report.ts';

const Assertion = z.object({
  fullName: z.string().optional(),
  title: z.string().optional(),
  status: z.string(),
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
  const cases = file.assertionResults.map((each) => toCase(each, file.name, context));
  const explained = cases.some((each) => each.outcome === 'failed');
  if (file.status !== 'failed' || explained) return cases;
  // The file could not be loaded, or failed outside its tests.
  const failure = toFailure({ test: file.name, message: file.message ?? '', file: file.name }, context);
  return [...cases, { outcome: 'failed', failure: { ...failure, test: failure.file ?? failure.test } }];
}

function toCase(each: z.infer<typeof Assertion>, file: string, context: ReportContext): TestCase {
  if (each.status === 'passed') return { outcome: 'passed' };
  if (each.status !== 'failed') return { outcome: 'skipped' };
  const raw = { test: each.fullName ?? each.title ?? '', message: (each.failureMessages ?? []).join('\n'), file };
  return { outcome: 'failed', failure: toFailure(each.location ? { ...raw, line: each.location.line } : raw, context) };
}
