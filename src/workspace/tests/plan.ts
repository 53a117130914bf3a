import { FixgateError } from '#domain/errors.ts';
import type { TestPlan } from '#domain/remediation.ts';
import type { BasePlan, ChangedLines, RerunPlan, TestName } from '#domain/test-comparison.ts';
import { isTestFile } from '#domain/test-files.ts';
import type { TestRequest } from '#workspace/workspace.ts';

import { usesPackageManager, type Suite } from './detect.ts';
import { narrowedArgv } from './narrow.ts';
import { withArguments, withoutPositionals, type RunnerUse } from './runners.ts';
import { toPlainCommand } from './script.ts';
import type { Selection } from './selected.ts';
import { canAppend, selectTests, type SelectionInput } from './selection.ts';
import { suiteDigest } from './suite-digest.ts';
import { addedOptions, printsReport, reportPathOf } from './suite-report.ts';
import { readPackage, scriptOf, type SourceTree } from './tree.ts';
import { asArgument, isShellSafe, onceOnly } from './words.ts';

/** Longest name pattern, in characters. */
const MAX_PATTERN = 500;

/** What a plan is made from. */
export interface PlanInput extends SelectionInput {
  readonly treeId: string;
  /** What the outcome is to be compared with. */
  readonly base?: BaseSide;
  /** The tests that failed in the last run, for scope `failed`. */
  readonly failed?: readonly TestName[];
  readonly changedLines?: readonly ChangedLines[];
}

/** The base commit, and which paths it has. */
export interface BaseSide {
  readonly commit: string;
  readonly tree: string;
  readonly has: (path: string) => boolean;
  /** The suite of this name there, which a change may start in another way; undefined where it has none. */
  readonly suite: Suite | undefined;
}

/** Seconds that all re-runs of failing tests may take, at most as long as the suite. */
const RERUN_SECONDS = 60;

/** Settles everything that a test run executes. */
export async function planTests(input: PlanInput): Promise<TestPlan> {
  const { suite, request, treeId, base, changedLines = [] } = input;
  checkScope(request);
  if (request.namePattern !== undefined) checkPattern(request.namePattern, suite);
  const timeoutSeconds = Math.min(request.timeoutSeconds ?? suite.timeoutSeconds, suite.timeoutSeconds);
  const rerun = await rerunPlan(input, timeoutSeconds);
  const chosen = request.scope === 'failed' ? chooseFailed(input, rerun) : await choose(input);
  const reportPath = reportPathOf(suite);
  const byFiles = request.files.length > 0 || request.scope === 'files';
  return {
    suite: suite.name,
    suiteDigest: suiteDigest(suite),
    required: suite.required,
    argv: chosen.argv,
    cwd: suite.cwd,
    env: suite.env,
    format: suite.format,
    ...(reportPath !== undefined && { reportPath }),
    ...(printsReport(suite) && { reports: true }),
    scope: byFiles && request.scope !== 'target' ? 'files' : request.scope,
    files: byFiles ? request.files : [],
    ...(request.namePattern !== undefined && { namePattern: request.namePattern }),
    selection: chosen.words,
    tree: treeId,
    timeoutSeconds,
    command: suite.argv,
    ...(rerun && { rerun }),
    ...(base && {
      base: { ...basePlan(base, chosen, treeId === base.tree ? 0 : timeoutSeconds), ...editedTestsOf(input.changes) },
    }),
    ...(changedLines.length > 0 && { changedLines }),
  };
}

function basePlan({ commit, tree }: BaseSide, { baseArgv: argv, wider }: Chosen, timeoutSeconds: number): BasePlan {
  return { commit, tree, ...(argv && { argv }), timeoutSeconds, ...(wider === true && { wider }) };
}

/** Test files that are put back to see whether a test passes as the base commit words it. */
const MAX_EDITED_TESTS = 200;

function editedTestsOf(changes: PlanInput['changes']): Pick<BasePlan, 'editedTests'> {
  const edited = changes.filter(({ path, change }) => change !== 'add' && (isTestFile(path) || isSnapshot(path)));
  const paths = edited.slice(0, MAX_EDITED_TESTS).map(({ path }) => path);
  return paths.length === 0 ? {} : { editedTests: paths };
}

function isSnapshot(path: string): boolean {
  return /(?:^|\/)__snapshots__\//.test(path);
}

function checkScope({ scope, files, namePattern }: TestRequest): void {
  if (scope === 'target' && files.length === 0 && namePattern === undefined) {
    throw new FixgateError('invalid_input', 'scope target needs `files` or `name_pattern`.', {
      fix: 'Name the tests to run, or use scope affected.',
    });
  }
  if (scope === 'failed' && (files.length > 0 || namePattern !== undefined)) {
    throw new FixgateError(
      'invalid_input',
      'scope failed chooses its tests itself, without `files` and `name_pattern`.',
      {
        fix: 'Leave both out, or use scope target.',
      },
    );
  }
}

/** A command for the tree and the same one for the base commit, where it selects anything. */
interface Chosen {
  readonly argv: readonly string[];
  readonly baseArgv?: readonly string[];
  /** The base commit's selects more. */
  readonly wider?: boolean;
  readonly words: string;
}

async function choose(input: PlanInput): Promise<Chosen> {
  const { suite, request, base } = input;
  const whole = request.scope === 'target' && request.files.length === 0;
  const selection = whole ? byName : await selectTests(input);
  if (usesPackageManager(suite.argv)) checkShellSafe([...pathsOf(selection), request.namePattern ?? '']);
  const there = base?.suite && onBase(selection, base.has);
  const narrowed = request.namePattern !== undefined && !whole;
  return {
    argv: toArgv(suite, selection, request.namePattern),
    ...(base?.suite &&
      there && { baseArgv: toArgv(base.suite, there, request.namePattern), wider: there.kind !== selection.kind }),
    words: narrowed ? `only the tests whose names match, of ${selection.words}` : selection.words,
  };
}

const byName: Selection = { kind: 'all', words: 'only the tests whose names match, of the whole suite' };

/** The same selection on the base commit, without the files that are not there; undefined when none is left. */
function onBase(selection: Selection, has: (path: string) => boolean): Selection | undefined {
  if (selection.kind === 'all') return selection;
  if (selection.kind === 'files') {
    const files = selection.files.filter(has);
    return files.length === 0 ? undefined : { ...selection, files };
  }
  if (selection.kind === 'narrowed') {
    // A module that is new has no name there.
    return selection.requires.every(has) ? selection : { kind: 'all', words: selection.words };
  }
  const changed = selection.changed.filter(has);
  return changed.length === 0 ? undefined : { ...selection, changed };
}

function chooseFailed({ suite, tree, failed = [], base }: PlanInput, rerun: RerunPlan | undefined): Chosen {
  const left = failed.filter(({ file }) => file === undefined || tree.paths.has(file));
  if (left.length === 0) {
    throw new FixgateError('invalid_input', `No test is known to have failed in the last run of suite ${suite.name}.`, {
      fix: 'Use scope affected.',
    });
  }
  const argv = rerun && narrowedArgv(rerun, suite, left);
  if (rerun === undefined || argv === undefined) {
    throw new FixgateError('invalid_input', `The suite ${suite.name} cannot run single tests.`, {
      fix: 'Use scope affected or all.',
    });
  }
  const there = left.filter(({ file }) => base !== undefined && (file === undefined || base.has(file)));
  const baseArgv = there.length === 0 ? undefined : narrowedArgv(rerun, suite, there);
  const words =
    left.length === 1 ? 'the test that failed in the last run' : `the ${left.length} tests that failed in the last run`;
  return { argv, ...(baseArgv && { baseArgv }), words };
}

/** How single tests run again: by the runner itself where the package manager adds nothing to it. */
async function rerunPlan({ suite, tree }: PlanInput, timeoutSeconds: number): Promise<RerunPlan | undefined> {
  const { runner, format } = suite;
  if (!runner || (format !== runner.use.rules.format && format !== 'junit')) return undefined;
  const options = addedOptions(suite);
  const seconds = Math.min(RERUN_SECONDS, timeoutSeconds);
  const direct = runner.via === 'direct' || (await isBareScript(suite, tree));
  return {
    words: runner.use.words,
    ...(!direct && runner.via === 'script' && { prefix: runner.prefix }),
    options,
    timeoutSeconds: seconds,
  };
}

/** The test script is one command without hooks before and after it. */
async function isBareScript({ cwd, argv, runner }: Suite, tree: SourceTree): Promise<boolean> {
  const manifest = await readPackage(tree, cwd);
  const name = argv.find((word) => scriptOf(manifest, word) !== undefined) ?? 'test';
  if ([`pre${name}`, `post${name}`].some((hook) => scriptOf(manifest, hook) !== undefined)) return false;
  const plain = toPlainCommand(scriptOf(manifest, name) ?? '');
  return (
    plain !== undefined &&
    Object.keys(plain.env).length === 0 &&
    plain.words.join('\0') === runner?.use.words.join('\0')
  );
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

function checkShellSafe(texts: readonly string[]): void {
  const unsafe = texts.find((text) => !isShellSafe(text));
  if (unsafe === undefined) return;
  const message = `${unsafe.slice(0, 200)} holds characters that a shell could read, and this suite runs through one.`;
  throw new FixgateError('invalid_input', message, { fix: 'Use scope all without files and name_pattern.' });
}

function pathsOf(selection: Selection): readonly string[] {
  if (selection.kind === 'files') return selection.files;
  if (selection.kind === 'narrowed') return [...selection.options, ...selection.files];
  return selection.kind === 'all' ? [] : selection.changed;
}

function toArgv(suite: Suite, selection: Selection, namePattern: string | undefined): readonly string[] {
  const template = selection.kind === 'changed' ? (suite.affectedArgv ?? suite.argv) : suite.argv;
  const argv = fill(template, selection, suite.cwd);
  const { runner } = suite;
  if (!runner || selection.kind === 'changed') return argv;
  const options = [
    ...(namePattern === undefined ? [] : (runner.use.rules.namePattern?.(namePattern) ?? [])),
    ...addedOptions(suite),
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
  if (selection.kind === 'narrowed') {
    return withArguments(narrowed, { ...selection, options: [...options, ...selection.options], files });
  }
  return withArguments(onceOnly(narrowed, selection.kind), { options, files });
}

function filesOf(selection: Selection, use: RunnerUse, cwd: string): readonly string[] {
  if (selection.kind === 'files') return use.rules.files?.(selection.files.map((file) => asArgument(file, cwd))) ?? [];
  if (selection.kind === 'related')
    return use.rules.related?.(selection.changed.map((file) => asArgument(file, cwd))) ?? [];
  return selection.kind === 'narrowed' ? selection.files : [];
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
