import { z } from 'zod';

import { toCase, toFailedCase, toReport, type ParsedReport, type ReportContext, type TestCase } from './report.ts';

const Example = z.object({
  full_description: z.string().default(''),
  status: z.string(),
  file_path: z.string().optional(),
  line_number: z.number().optional(),
  run_time: z.number().nullish(),
  exception: z
    .object({ class: z.string().default(''), message: z.string().nullish(), backtrace: z.array(z.string()).nullish() })
    .nullish(),
});

const RspecReport = z.object({
  examples: z.array(Example),
  messages: z.array(z.string()).default([]),
  summary: z.object({ errors_outside_of_examples_count: z.number().default(0) }).optional(),
});

/** Reads what RSpec's JSON formatter writes; throws on anything else. */
export function parseRspec(text: string, context: ReportContext): ParsedReport {
  const report = RspecReport.parse(JSON.parse(text));
  const cases = report.examples.map((each) => readExample(each, context));
  const broken = (report.summary?.errors_outside_of_examples_count ?? 0) > 0;
  return toReport(broken ? [...cases, ...brokenFiles(report.messages, context)] : cases);
}

function readExample(each: z.infer<typeof Example>, context: ReportContext): TestCase {
  const raw = { test: each.full_description, file: each.file_path, seconds: each.run_time ?? undefined };
  if (each.status === 'passed') return toCase('passed', raw, context);
  if (each.status === 'pending') return toCase('skipped', raw, context);
  // RSpec reports an example that ended the process without any status, and counts it among those that did not fail.
  if (each.status !== 'failed') return toFailedCase({ ...raw, message: 'The example never came to its end.' }, context);
  const { class: name = '', message, backtrace } = each.exception ?? {};
  const told = `${name}: ${(message ?? '').trim()}`;
  const trace = (backtrace ?? []).join('\n');
  return toFailedCase({ ...raw, message: told, trace, ...values(message ?? '') }, context);
}

/** What RSpec's own matchers say they compared. */
function values(message: string): { expected?: string; actual?: string } {
  const [, expected, actual] = /^\s*expected: (.+)\n\s*got: (.+)$/m.exec(message) ?? [];
  return { ...(expected !== undefined && { expected }), ...(actual !== undefined && { actual }) };
}

/** Files that could not be loaded: RSpec then runs no example at all. */
function brokenFiles(messages: readonly string[], context: ReportContext): readonly TestCase[] {
  const errors = messages.filter((message) => message.includes('An error occurred'));
  return (errors.length > 0 ? errors : ['An error occurred outside of the examples.']).map((message) => {
    const file = /An error occurred while loading (\S+?)\.?(?:\s|$)/.exec(message)?.[1];
    return toFailedCase(
      { test: file ?? 'outside of the examples', file, message: message.trim(), collection: true },
      context,
    );
  });
}
