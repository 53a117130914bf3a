import { toFailedCase, type ReportContext, type TestCase } from './report.ts';

/** Code that declares tests to node's runner as soon as it runs; a helper does so in its functions. */
const usesRunner = /['"]node:test['"]/;
const declares = /^(?:await )?(?:test|it|describe|suite)(?:\.\w+)?\s*\(/m;

/**
 * The failure of a file that means to declare tests and of which none was reported: it ended itself before them. Undefined for a
 * program of plain assertions, whose exit code is its word, and where the file cannot be read.
 */
export function endedEarly(file: string, context: ReportContext): TestCase | undefined {
  const text = context.read?.(file);
  if (text === undefined || !usesRunner.test(text) || !declares.test(text)) return undefined;
  const message = 'The file declares tests, but ended before any of them was reported; it may call process.exit.';
  return toFailedCase({ test: file, file, message, collection: true }, context);
}
