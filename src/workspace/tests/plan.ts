import { posix } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { TestPlan } from '#domain/remediation.ts';

import { usesPackageManager, type Suite } from './detect.ts';
import { positionalsOf, withArguments, withoutPositionals, type RunnerUse } from './runners.ts';
import { canAppend, selectTests, type Selection, type SelectionInput } from './selection.ts';

/** Longest name pattern, in characters. */
const MAX_PATTERN = 500;

/** Settles everything that a test run executes. */
export async function planTests(input: SelectionInput & { readonly treeId: string }): Promise<TestPlan> {
  const { suite, request } = input;
  if (request.namePattern !== undefined) checkPattern(request.namePattern, suite);
  const selection = await selectTests(input);
  if (usesPackageManager(suite.argv)) checkShellSafe([...pathsOf(selection), request.namePattern ?? '']);
  const reportPath = reportPathOf(suite);
  const byFiles = request.files.length > 0 || request.scope === 'files';
  return {
    suite: suite.name,
    required: suite.required,
    argv: toArgv(suite, selection, request.namePattern),
    cwd: suite.cwd,
    env: suite.env,
    format: suite.format,
    ...(reportPath !== undefined && { reportPath }),
    scope: byFiles ? 'files' : request.scope,
    files: byFiles ? request.files : [],
    ...(request.namePattern !== undefined && { namePattern: request.namePattern }),
    selection: selection.words,
    tree: input.treeId,
    timeoutSeconds: Math.min(request.timeoutSeconds ?? suite.timeoutSeconds, suite.timeoutSeconds),
  };
}

function checkPattern(pattern: string, suite: Suite): void {
  if (!/^[^-\s][^\0\n\r]*$/.test(pattern) || pattern.length > MAX_PATTERN) {
    const message = `name_pattern must be one line of 1 to ${MAX_PATTERN} characters that does not begin with a dash or a blank.`;
    throw new FixgateError('invalid_input', message, { fix: 'Correct name_pattern or leave it out.' });
  }
  const { runner } = suite;
  if (runner?.use.rules.namePattern && (runner.via === 'direct' || canAppend(runner.use))) return;
  throw new FixgateError('invalid_input', `The suite ${suite.name} cannot select tests by name.`, {
    fix: 'Leave name_pattern out, or name files.',
  });
}

/** Some package managers put arguments into a shell's command line without quoting them. */
function checkShellSafe(texts: readonly string[]): void {
  const unsafe = texts.find((text) => !/^[\w .,:/@=+#-]*$/.test(text));
  if (unsafe === undefined) return;
  const message = `${unsafe.slice(0, 200)} holds characters that a shell could read, and this suite runs through one.`;
  throw new FixgateError('invalid_input', message, { fix: 'Use scope all without files and name_pattern.' });
}

function pathsOf(selection: Selection): readonly string[] {
  if (selection.kind === 'files') return selection.files;
  return selection.kind === 'all' ? [] : selection.changed;
}

function toArgv(suite: Suite, selection: Selection, namePattern: string | undefined): readonly string[] {
  const template = selection.kind === 'changed' ? (suite.affectedArgv ?? suite.argv) : suite.argv;
  const argv = fill(template, selection, suite.cwd);
  const { runner } = suite;
  if (!runner || selection.kind === 'changed') return argv;
  const options = [
    ...(namePattern === undefined ? [] : (runner.use.rules.namePattern?.(namePattern) ?? [])),
    ...(addsReport(suite) ? runner.use.rules.report(reportName(suite)) : []),
  ];
  // A placeholder has put the files where the operator wants them.
  const placed = suite.argv.some((word) => word.includes('{files}'));
  const files = placed && selection.kind === 'files' ? [] : filesOf(selection, runner.use, suite.cwd);
  if (runner.via === 'script') {
    const added = [...options, ...files];
    return added.length === 0 ? suite.argv : [...runner.prefix, ...added];
  }
  const use = placed ? { ...runner.use, words: argv } : runner.use;
  const narrowed = files.length > 0 ? withoutPositionals(use) : use;
  return withArguments(onceOnly(narrowed, selection), { options, files });
}

/** vitest watches unless told otherwise, and selects related tests by another subcommand. */
function onceOnly(use: RunnerUse, selection: Selection): RunnerUse {
  if (use.rules.format !== 'vitest') return use;
  const head = use.words.slice(0, use.start);
  const tail = use.words.slice(use.start);
  const bare = ['run', 'watch', 'dev'].includes(tail[0] ?? '') ? tail.slice(1) : tail;
  if (selection.kind === 'related') return { ...use, words: [...head, 'related', ...bare.filter(isNotRun)] };
  return tail[0] === 'related' ? use : { ...use, words: [...head, 'run', ...bare.filter(isNotRun)] };
}

function isNotRun(word: string): boolean {
  return word !== '--run';
}

function filesOf(selection: Selection, use: RunnerUse, cwd: string): readonly string[] {
  if (selection.kind === 'files') return use.rules.files?.(selection.files.map((file) => asArgument(file, cwd))) ?? [];
  if (selection.kind === 'related')
    return use.rules.related?.(selection.changed.map((file) => asArgument(file, cwd))) ?? [];
  return [];
}

/** A path as the suite's folder sees it, never where an option is read: patches choose the names of changed files. */
function asArgument(path: string, cwd: string): string {
  const relative = posix.relative(cwd, path);
  return relative.startsWith('-') ? `./${relative}` : relative;
}

/** Replaces `{files}` and `{changed}` by one argument per path; without a selection such an argument is dropped. */
function fill(argv: readonly string[], selection: Selection, cwd: string): readonly string[] {
  const files = selection.kind === 'files' ? selection.files : [];
  const changed = 'changed' in selection ? selection.changed : [];
  return argv.flatMap((word) => {
    const name = /\{(files|changed)\}/.exec(word)?.[1];
    if (name === undefined) return [word];
    const paths = name === 'files' ? files : changed;
    return paths.map((path) => word.replaceAll(`{${name}}`, () => asArgument(path, cwd)));
  });
}

/** A reporter is added only where the suite has none of its own and the operator asked for no other format. */
function addsReport(suite: Suite): boolean {
  const { runner } = suite;
  if (!runner || suite.format !== runner.use.rules.format) return false;
  const own = runner.use.words.slice(runner.use.start).some((word) => runner.use.rules.ownReport.test(word));
  // npm passes arguments on to the end of the script, where node takes them for those of a file.
  const reaches = runner.via === 'direct' || (canAppend(runner.use) && runner.use.rules.format !== 'go');
  return (
    !own && reaches && !(runner.via === 'script' && positionalsOf(runner.use).length > 0 && suite.format === 'node')
  );
}

function reportPathOf(suite: Suite): string | undefined {
  if (suite.format === 'junit') return suite.ownReport;
  const extension = suite.runner?.use.rules.reportExtension;
  return extension !== undefined && addsReport(suite) ? reportName(suite) : undefined;
}

/** Lies in the suite's folder, because an argv is settled before there is any folder for the run. */
function reportName(suite: Suite): string {
  const name = suite.name.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 60);
  return `.fixgate-report-${name}.${suite.runner?.use.rules.reportExtension ?? 'txt'}`;
}
