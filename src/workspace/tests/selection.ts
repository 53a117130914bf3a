import { posix } from 'node:path';

import { minimatch } from 'minimatch';

import { FixgateError } from '#domain/errors.ts';
import type { FileChange } from '#domain/remediation.ts';
import type { TestRequest } from '#workspace/workspace.ts';

import { nodeTestFile, type Suite } from './detect.ts';
import { reachedTests } from './import-graph.ts';
import { positionalsOf, type RunnerRules, type RunnerUse } from './runners.ts';
import { readPackage, type SourceTree } from './tree.ts';

/** Which tests of a suite run, and why those. */
export type Selection =
  | { readonly kind: 'all'; readonly words: string }
  | { readonly kind: 'files'; readonly files: readonly string[]; readonly words: string }
  | { readonly kind: 'related' | 'changed'; readonly changed: readonly string[]; readonly words: string };

/** What a selection is made from. */
export interface SelectionInput {
  readonly suite: Suite;
  readonly request: TestRequest;
  readonly tree: SourceTree;
  /** Net changes of the incident's tree. */
  readonly changes: readonly FileChange[];
}

const source = /\.[cm]?[jt]sx?$/;
const configuration = /(?:^|\/)[\w.-]*(?:\.config|rc)\.[cm]?[jt]sx?$/;

/** Chooses the tests; whenever imports or conventions do not tell for sure, the whole suite. */
export async function selectTests(input: SelectionInput): Promise<Selection> {
  const { suite, request } = input;
  if (request.files.length > 0 || request.scope === 'files') return selectFiles(input);
  if (request.scope === 'all') return { kind: 'all', words: 'the whole suite, as asked' };
  const changed = input.changes.map((change) => change.path);
  if (changed.length === 0) return whole('nothing has been changed yet');
  const gone = input.changes.find((change) => change.change === 'delete');
  if (gone) return whole(`the tests that used ${gone.path} cannot be traced, because it was deleted`);
  if (suite.affectedArgv) {
    return { kind: 'changed', changed, words: `what the suite's affected_argv selects for ${list(changed)}` };
  }
  if (suite.runner === undefined) return whole('this runner cannot select tests by changed files');
  if (suite.runner.via === 'script') return whole('the test script runs more than one command');
  return selectRelated(input, suite.runner.use, changed);
}

function whole(why: string): Selection {
  return { kind: 'all', words: `the whole suite: ${why}` };
}

function list(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).join(', ');
  return paths.length <= 5 ? shown : `${shown} and ${paths.length - 5} more`;
}

async function selectRelated(input: SelectionInput, use: RunnerUse, changed: readonly string[]): Promise<Selection> {
  const { rules } = use;
  if (rules.format === 'go') return selectPackages(input.tree, changed);
  if (rules.format === 'pytest') return selectPytest(changed);
  const other = changed.find((path) => !source.test(path) || configuration.test(path));
  if (other !== undefined) return whole(`${other} is no source module, so imports do not tell what it affects`);
  if (rules.related) {
    if (positionalsOf(use).length > 0) return whole('the suite names its test files itself');
    const words = `the tests that ${rules.format} finds by imports of ${list(changed)}`;
    return { kind: 'related', changed, words };
  }
  if (rules.format === 'node' || rules.format === 'mocha') return selectByImports(input, use, changed);
  return whole('this runner cannot select tests by changed files');
}

async function selectByImports(input: SelectionInput, use: RunnerUse, changed: readonly string[]): Promise<Selection> {
  const { tree, suite } = input;
  if (suite.cwd !== '.') return whole('imports are followed from the root of the repository only');
  const manifest = await readPackage(tree, '.');
  const configured = [...tree.paths].some((path) => /^\.mocharc\.\w+$/.test(path)) || manifest?.mocha !== undefined;
  if (use.rules.format === 'mocha' && configured) return whole("mocha's configuration file may name the test files");
  const testFiles = findTestFiles(tree, use);
  if (testFiles.length === 0) return whole('its test files were not recognised');
  const reach = await reachedTests(tree, testFiles, changed);
  if (!reach.sure) return whole(reach.why);
  if (reach.files.length === testFiles.length) return whole('every test file may reach the changed files');
  const words = `${reach.files.length} of ${testFiles.length} test files, which may reach ${list(changed)} by their imports`;
  return { kind: 'files', files: reach.files, words };
}

function findTestFiles(tree: SourceTree, use: RunnerUse): readonly string[] {
  const patterns = positionalsOf(use).map((each) => posix.normalize(each));
  const paths = [...tree.paths].filter((path) => source.test(path) && !path.split('/').includes('node_modules'));
  if (patterns.length === 0 && use.rules.format === 'node') return paths.filter((path) => nodeTestFile.test(path));
  const recursive = use.words.includes('--recursive');
  const globs = patterns.length > 0 ? patterns : ['test'];
  return paths.filter((path) =>
    globs.some((glob) => {
      if (minimatch(path, glob, { dot: true })) return true;
      const folder = glob.replace(/\/$/, '');
      return recursive ? path.startsWith(`${folder}/`) : posix.dirname(path) === folder;
    }),
  );
}

function selectPackages(tree: SourceTree, changed: readonly string[]): Selection {
  const other = changed.find((path) => !path.endsWith('.go') || path.split('/').includes('testdata'));
  if (other !== undefined) return whole(`${other} is no Go source file`);
  const folders = new Set(changed.map((path) => posix.dirname(path)));
  const tested = new Set(
    [...tree.paths].filter((path) => path.endsWith('_test.go')).map((path) => posix.dirname(path)),
  );
  const untested = [...folders].find((folder) => !tested.has(folder));
  if (untested !== undefined) return whole(`the package ${untested} has no tests of its own`);
  return {
    kind: 'files',
    files: changed,
    words: `the packages of ${list(changed)}, without the packages that import them`,
  };
}

function selectPytest(changed: readonly string[]): Selection {
  const other = changed.find((path) => !/(?:^|\/)(?:test_[^/]+|[^/]+_test)\.py$/.test(path));
  if (other !== undefined) return whole(`which tests use ${other} is not known without running them`);
  return { kind: 'files', files: changed, words: `the changed test files ${list(changed)}` };
}

function selectFiles({ suite, request, tree }: SelectionInput): Selection {
  const { files } = request;
  if (files.length === 0) {
    throw new FixgateError('invalid_input', 'scope files needs at least one file.', {
      fix: 'Name the test files in `files`, or use scope affected.',
    });
  }
  for (const file of files) checkFile(file, tree);
  const placeholder = suite.argv.some((word) => word.includes('{files}'));
  if (!placeholder && !canTakeFiles(suite)) {
    throw new FixgateError('invalid_input', `The suite ${suite.name} cannot run single files.`, {
      fix: 'Use scope affected or all without `files`.',
    });
  }
  return { kind: 'files', files: [...new Set(files)], words: `the named files ${list(files)}` };
}

function canTakeFiles({ runner }: Suite): boolean {
  if (runner?.use.rules.files === undefined) return false;
  return runner.via === 'direct' || (canAppend(runner.use) && positionalsOf(runner.use).length === 0);
}

/** Whether arguments appended after everything else are read as options: node stops at its first file. */
export function canAppend(use: { readonly rules: RunnerRules } & RunnerUse): boolean {
  return use.rules.format !== 'node' || positionalsOf(use).length === 0;
}

function checkFile(file: string, tree: SourceTree): void {
  const shown = file.slice(0, 200);
  const canonical = posix.normalize(file) === file && !file.startsWith('/') && !file.startsWith('..');
  if (!canonical || file.startsWith('-') || file.includes('\0')) {
    throw new FixgateError('invalid_input', `${shown} is no plain path below the repository's root.`, {
      fix: 'Name files as src/a.test.ts, without a leading dash, slash or dots.',
    });
  }
  if (tree.paths.has(file)) return;
  throw new FixgateError('invalid_input', `${shown} is not in the incident's tree.`, {
    fix: 'Name files that exist in the repository after the patches of this incident.',
  });
}
