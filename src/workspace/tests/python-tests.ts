import { posix } from 'node:path';

import { createPythonIndex, type PythonModule } from './python-imports.ts';
import { positionalsOf, type RunnerUse } from './runners.ts';
import { list, whole, type Selection } from './selected.ts';
import type { SourceTree } from './tree.ts';

/** Files read before the search gives up: beyond this the whole suite is quicker. */
const MAX_FILES = 3_000;

/** What pytest takes for a test file: https://docs.pytest.org/en/stable/explanation/goodpractices.html#test-discovery */
const testFile = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/;
/** Folders that pytest does not enter: https://docs.pytest.org/en/stable/reference/reference.html#confval-norecursedirs */
const notEntered = /(?:^|\/)(?:\.[^/]+|build|dist|node_modules|venv|CVS|_darcs|[^/]+\.egg)\//;

const configurations = ['pytest.ini', '.pytest.ini', 'pyproject.toml', 'tox.ini', 'setup.cfg'];

/** What a choice of pytest's files is made from. */
export interface PythonInput {
  readonly tree: SourceTree;
  readonly cwd: string;
  readonly use: RunnerUse;
}

/** Chooses the test files that reach a changed file by imports; conftest.py counts for everything below its folder. */
export async function selectPythonTests(input: PythonInput, changed: readonly string[]): Promise<Selection> {
  const { tree, cwd, use } = input;
  const other = changed.find((path) => !path.endsWith('.py'));
  if (other !== undefined) return whole(`${other} is no Python module, so imports do not tell what it affects`);
  if (use.words.some((word) => word.startsWith('--doctest') || word === '--pyargs'))
    return whole('the suite also finds tests in other files');
  const settings = await readSettings(tree, cwd);
  if (settings.names) return whole("pytest's configuration names its test files itself");
  const tests = findTests(input, settings.folders);
  if (tests.length === 0) return whole('its test files were not recognised');
  const modules = await readModules(tree, tests);
  if (modules === undefined) return whole(`the tests import more than ${MAX_FILES} files`);
  const reached = new Set<string>();
  const files = tests.filter((test) => {
    const closure = closureOf(test, modules);
    for (const path of closure) if (changed.includes(path)) reached.add(path);
    return [...closure].some((path) => changed.includes(path) || modules.get(path)?.opaque === true);
  });
  const missed = changed.find((path) => !reached.has(path));
  if (missed !== undefined) return whole(`no test imports ${missed}`);
  if (files.length === tests.length) return whole('every test file may reach the changed files');
  const words = `${files.length} of ${tests.length} test files, which may reach ${list(changed)} by their imports`;
  return { kind: 'files', files, words };
}

/** Whether pytest's configuration changes what a test file is called, and which folders it looks in. */
async function readSettings(tree: SourceTree, cwd: string): Promise<{ names: boolean; folders: readonly string[] }> {
  const texts = await Promise.all(configurations.map((name) => tree.read(posix.join(cwd, name))));
  const text = texts.map((each) => each ?? '').join('\n');
  const names = /^\s*(?:python_files|norecursedirs|collect_ignore\w*)\s*=/m.test(text) || /--doctest-/.test(text);
  const value = /^\s*testpaths\s*=\s*(\[[^\]]*\]|(?:.*(?:\n[ \t]+\S.*)*))/m.exec(text)?.[1] ?? '';
  return { names, folders: value.split(/[\s,'"[\]]+/).filter((word) => word !== '') };
}

function findTests({ tree, cwd, use }: PythonInput, configured: readonly string[]): readonly string[] {
  const own = positionalsOf(use).map((each) => each.replace(/::.*$/, ''));
  const folders = (own.length > 0 ? own : configured).map((each) => posix.join(cwd, each).replace(/\/$/, ''));
  const roots = folders.length > 0 ? folders : [posix.normalize(cwd)];
  return [...tree.paths].filter(
    (path) =>
      testFile.test(path) &&
      !notEntered.test(path) &&
      roots.some((root) => root === '.' || path === root || path.startsWith(`${root}/`)),
  );
}

async function readModules(
  tree: SourceTree,
  tests: readonly string[],
): Promise<ReadonlyMap<string, PythonModule> | undefined> {
  const read = createPythonIndex(tree);
  const modules = new Map<string, PythonModule>();
  const wanted = [...tests];
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (modules.has(path)) continue;
    if (modules.size >= MAX_FILES) return undefined;
    const { imports, opaque } = read(path, (await tree.read(path)) ?? '');
    const module = { imports: [...imports, ...(testFile.test(path) ? conftests(path, tree) : [])], opaque };
    modules.set(path, module);
    wanted.push(...module.imports);
  }
  return modules;
}

/** pytest runs the conftest.py of every folder above a test. */
function conftests(path: string, tree: SourceTree): readonly string[] {
  const found: string[] = [];
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const file = posix.join(folder, 'conftest.py');
    if (tree.paths.has(file)) found.push(file);
    if (folder === '.') return found;
  }
}

function closureOf(start: string, modules: ReadonlyMap<string, PythonModule>): ReadonlySet<string> {
  const seen = new Set([start]);
  // A set may grow while it is iterated.
  for (const path of seen) for (const next of modules.get(path)?.imports ?? []) seen.add(next);
  return seen;
}
