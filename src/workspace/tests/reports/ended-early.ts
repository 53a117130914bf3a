import { toFailedCase, toRepositoryPath, type ReportContext, type TestCase } from './report.ts';

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

/** The failures of files whose tests were begun and never summed up; one that has failed already needs no other word. */
export function unfinished(files: readonly string[], cases: readonly TestCase[], context: ReportContext): TestCase[] {
  const failed = new Set(cases.flatMap(({ outcome, file }) => (outcome === 'failed' ? (file ?? []) : [])));
  const message = 'The file ended itself before all of its tests were reported; it may call process.exit.';
  return files
    .map((file) => ({ file, name: toRepositoryPath(file, context) ?? file }))
    .filter(({ name }) => !failed.has(name))
    .map(({ file, name }) => toFailedCase({ test: name, file, message }, context));
}
