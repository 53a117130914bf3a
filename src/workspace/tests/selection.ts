import { posix } from 'node:path';

import { minimatch } from 'minimatch';

import { FixgateError } from '#domain/errors.ts';
import type { FileChange } from '#domain/remediation.ts';
import type { TestRequest } from '#workspace/workspace.ts';

import { selectCrates } from './cargo-crates.ts';
import { selectPhpTests, selectSpecs } from './conventions.ts';
import { nodeTestFile, type Suite } from './detect.ts';
import { selectGoPackages } from './go-packages.ts';
import { reachedTests } from './import-graph.ts';
import { selectGradleClasses, selectGradleModules, selectMavenModules } from './jvm-modules.ts';
import { selectPythonTests } from './python-tests.ts';
import { positionalsOf, type RunnerUse } from './runners.ts';
import { list, whole, type Selection } from './selected.ts';
import { readPackage, type SourceTree } from './tree.ts';

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
  if (suite.runner.via === 'script') return whole('its package script may do more than run the tests');
  return selectRelated(input, suite.runner.use, changed);
}

async function selectRelated(input: SelectionInput, use: RunnerUse, changed: readonly string[]): Promise<Selection> {
  const { tree, suite } = input;
  const { cwd } = suite;
  const inside = { tree, cwd, use };
  switch (use.rules.name) {
    case 'go':
      return selectGoPackages(tree, cwd, changed);
    case 'pytest':
      return selectPythonTests(inside, changed);
    case 'cargo':
    case 'nextest':
      return selectCrates(inside, changed);
    case 'maven':
      return selectMavenModules(inside, changed);
    case 'gradle':
      return selectGradleModules(inside, changed);
    case 'rspec':
      return selectSpecs(tree, cwd, changed);
    case 'phpunit':
      return selectPhpTests(tree, cwd, changed);
    case 'vitest':
    case 'jest':
      return selectByRunner(input, use, changed);
    case 'node':
    case 'mocha':
      return notSource(changed) ?? selectByImports(input, use, changed);
    default:
      return whole('this runner cannot select tests by changed files');
  }
}

function notSource(changed: readonly string[]): Selection | undefined {
  const other = changed.find((path) => !source.test(path) || configuration.test(path));
  return other === undefined
    ? undefined
    : whole(`${other} is no source module, so imports do not tell what it affects`);
}

function selectByRunner({ suite }: SelectionInput, use: RunnerUse, changed: readonly string[]): Selection {
  const other = notSource(changed);
  if (other) return other;
  if (positionalsOf(use).length > 0) return whole('the suite names its test files itself');
  const outside = changed.find((path) => suite.cwd !== '.' && !path.startsWith(`${suite.cwd}/`));
  if (outside !== undefined) return whole(`${outside} lies outside the suite's folder, where its imports may not lead`);
  const words = `the tests that ${use.rules.name} finds by imports of ${list(changed)}`;
  return { kind: 'related', changed, words };
}

async function selectByImports(input: SelectionInput, use: RunnerUse, changed: readonly string[]): Promise<Selection> {
  const { tree, suite } = input;
  if (use.rules.name === 'mocha' && (await configuresMocha(tree, suite.cwd)))
    return whole("mocha's configuration file may name the test files");
  const testFiles = findTestFiles(tree, suite.cwd, use);
  if (testFiles.length === 0) return whole('its test files were not recognised');
  const reach = await reachedTests(tree, testFiles, changed);
  if (!reach.sure) return whole(reach.why);
  if (reach.files.length === testFiles.length) return whole('every test file may reach the changed files');
  const words = `${reach.files.length} of ${testFiles.length} test files, which may reach ${list(changed)} by their imports`;
  return { kind: 'files', files: reach.files, words };
}

async function configuresMocha(tree: SourceTree, cwd: string): Promise<boolean> {
  const manifest = await readPackage(tree, cwd);
  if (manifest?.mocha !== undefined) return true;
  return [...tree.paths].some((path) => posix.dirname(path) === cwd && /^\.mocharc\.\w+$/.test(posix.basename(path)));
}

function findTestFiles(tree: SourceTree, cwd: string, use: RunnerUse): readonly string[] {
  const patterns = positionalsOf(use).map((each) => posix.join(cwd, each));
  const below = (path: string) => cwd === '.' || path.startsWith(`${cwd}/`);
  const paths = [...tree.paths].filter(
    (path) => below(path) && source.test(path) && !path.split('/').includes('node_modules'),
  );
  if (patterns.length === 0 && use.rules.name === 'node')
    return paths.filter((path) => nodeTestFile.test(posix.relative(cwd, path)));
  const recursive = use.words.includes('--recursive');
  const globs = patterns.length > 0 ? patterns : [posix.join(cwd, 'test')];
  return paths.filter((path) =>
    globs.some((glob) => {
      if (minimatch(path, glob, { dot: true })) return true;
      const folder = glob.replace(/\/$/, '');
      return recursive ? path.startsWith(`${folder}/`) : posix.dirname(path) === folder;
    }),
  );
}

function selectFiles({ suite, request, tree }: SelectionInput): Selection {
  const { files } = request;
  if (files.length === 0) {
    throw new FixgateError('invalid_input', 'scope files needs at least one file.', {
      fix: 'Name the test files in `files`, or use scope affected.',
    });
  }
  for (const file of files) checkFile(file, tree);
  const words = `the named files ${list(files)}`;
  if (suite.runner?.via === 'direct' && suite.runner.use.rules.name === 'gradle') {
    const classes = selectGradleClasses(suite.cwd, files, words);
    if (classes) return classes;
  }
  const placeholder = suite.argv.some((word) => word.includes('{files}'));
  if (!placeholder && !canTakeFiles(suite)) {
    throw new FixgateError('invalid_input', `The suite ${suite.name} cannot run single files.`, {
      fix: 'Use scope affected or all without `files`.',
    });
  }
  return { kind: 'files', files: [...new Set(files)], words };
}

function canTakeFiles({ runner }: Suite): boolean {
  if (runner?.use.rules.files === undefined) return false;
  return runner.via === 'direct' || (canAppend(runner.use) && positionalsOf(runner.use).length === 0);
}

/** Whether arguments appended after everything else are read as options: node stops at its first file. */
export function canAppend(use: RunnerUse): boolean {
  return use.rules.name !== 'node' || positionalsOf(use).length === 0;
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
