import { posix } from 'node:path';

import type { RunnerUse } from './runners.ts';
import { list, whole, type Selection } from './selected.ts';
import type { SourceTree } from './tree.ts';

/** What a choice of modules is made from. */
export interface ModulesInput {
  readonly tree: SourceTree;
  readonly cwd: string;
  readonly use: RunnerUse;
}

const sources = /(?:^|\/)src\/[\w-]+\/(?:java|kotlin|groovy|scala)\/.+\.(?:java|kt|groovy|scala)$/;
/** Classes that Surefire and Gradle take for tests by their name. */
const testClass = /(?:^|\/)src\/test\/\w+\/(?:.+\/)?(?:Test\w*|\w+(?:Test|Tests|TestCase))\.(?:java|kt|groovy)$/;

/**
 * Chooses Maven modules: the changed ones, all that depend on them (`-amd`), and all that those need (`-am`), because in a fresh checkout
 * nothing of the build is installed anywhere. Changed test classes alone run alone.
 */
export async function selectMavenModules(input: ModulesInput, changed: readonly string[]): Promise<Selection> {
  const { tree, cwd, use } = input;
  if (use.words.some((word) => /^(?:-pl|--projects|-f|--file|-N|-rf)(?:=|$)|^-Dtest=/.test(word)))
    return whole('the suite names its modules or tests itself');
  const other = changed.find((path) => !sources.test(path));
  if (other !== undefined) return whole(`${other} is no source file of a module`);
  const folders = modulesOf(tree, cwd, changed, ['pom.xml']);
  if (folders.length === 0) return whole('a changed file belongs to no module');
  const single = folders.every((folder) => folder === cwd);
  const modules = single ? [] : ['-pl', folders.map((folder) => posix.relative(cwd, folder) || '.').join(',')];
  if (folders.some((folder) => !/^[\w./-]*$/.test(folder) || folder.startsWith('-')))
    return whole('the folder of a module cannot be named safely');
  if (await areLeafTests(tree, changed)) {
    const options = [...modules, ...(single ? [] : ['-am']), ...(use.rules.files?.(changed) ?? [])];
    return onlyClasses(options, changed);
  }
  if (single) return whole('it is a single module, whose tests cannot be told apart by what they use');
  const words = `the modules of ${list(changed)}, the modules that depend on them, and those they need`;
  const requires = folders.map((folder) => posix.join(folder, 'pom.xml'));
  return { kind: 'narrowed', options: [...modules, '-am', '-amd'], files: [], drops: [], requires, words };
}

/** Chooses Gradle modules: the test tasks of the changed ones and of those that depend on them. */
export async function selectGradleModules(input: ModulesInput, changed: readonly string[]): Promise<Selection> {
  const { tree, cwd, use } = input;
  const tasks = use.words.slice(use.start).filter((word) => !word.startsWith('-'));
  if (tasks.length !== 1 || tasks[0] !== 'test') return whole('the suite runs more than the task test');
  const other = changed.find((path) => !sources.test(path));
  if (other !== undefined) return whole(`${other} is no source file of a module`);
  const builds = ['build.gradle', 'build.gradle.kts'];
  const folders = modulesOf(tree, cwd, changed, builds);
  if (folders.length === 0) return whole('a changed file belongs to no module');
  if (folders.length === 1 && folders[0] === cwd && (await areLeafTests(tree, changed))) {
    const classes = selectGradleClasses(cwd, changed, `the changed test classes ${list(changed)}`);
    if (classes) return classes;
  }
  if (folders.includes(cwd)) return whole('the root of the build itself was changed');
  if (await movesProjects(tree, cwd)) return whole('the settings of the build move projects to folders of other names');
  const all = [...tree.paths]
    .filter((path) => builds.includes(posix.basename(path)))
    .map((path) => posix.dirname(path));
  const reached = new Set(folders);
  // A set may grow while it is iterated.
  for (const target of reached) {
    for (const module of all) if (await namesProject(tree, module, projectOf(target, cwd))) reached.add(module);
  }
  if (reached.has(cwd)) return whole('the root of the build depends on the changed modules');
  const names = [...reached].map((folder) => projectOf(folder, cwd)).toSorted();
  if (names.some((name) => !/^(?::[\w-]+)+$/.test(name))) return whole('the folder of a module cannot be named safely');
  const words = `the modules of ${list(changed)} and those that depend on them (${list(names)})`;
  const scripts = builds.flatMap((name) => [...reached].map((folder) => posix.join(folder, name)));
  const requires = scripts.filter((path) => tree.paths.has(path));
  return {
    kind: 'narrowed',
    options: [],
    files: names.map((name) => `${name}:test`),
    drops: ['test'],
    requires,
    words,
  };
}

/** The test task of the module that a source file lies in; undefined when it cannot be named safely. */
export function gradleTask(file: string, cwd: string): string | undefined {
  const module = /^(.*?)(?:^|\/)src\//.exec(posix.relative(cwd, file))?.[1];
  if (module === undefined) return undefined;
  if (module === '') return 'test';
  const project = projectOf(posix.join(cwd, module), cwd);
  return /^(?::[\w-]+)+$/.test(project) ? `${project}:test` : undefined;
}

/** Test tasks with the filters of each. */
export function gradleFilters(tests: readonly { readonly task: string; readonly name: string }[]): readonly string[] {
  const byTask = Map.groupBy(tests, ({ task }) => task);
  return [...byTask].flatMap(([task, each]) => [
    task,
    ...[...new Set(each.map(({ name }) => name))].flatMap((name) => ['--tests', name]),
  ]);
}

/** The named test classes of a Gradle build; undefined where a file is none. */
export function selectGradleClasses(cwd: string, files: readonly string[], words: string): Selection | undefined {
  const tests = files.flatMap((file) => {
    const task = gradleTask(file, cwd);
    const name = posix.basename(file).replace(/\.\w+$/, '');
    return task === undefined || !/^[\w$]+$/.test(name) ? [] : [{ task, name: `*${name}` }];
  });
  if (tests.length < files.length) return undefined;
  return { kind: 'narrowed', options: gradleFilters(tests), files: [], drops: ['test'], requires: files, words };
}

function onlyClasses(options: readonly string[], changed: readonly string[]): Selection {
  const words = `the changed test classes ${list(changed)}`;
  return { kind: 'narrowed', options, files: [], drops: [], requires: changed, words };
}

/** Whether every changed file is a test class of its own, which no other test inherits from. */
async function areLeafTests(tree: SourceTree, changed: readonly string[]): Promise<boolean> {
  if (!changed.every((path) => testClass.test(path))) return false;
  const texts = await Promise.all(changed.map((path) => tree.read(path)));
  return texts.every((text) => text !== undefined && !/\b(?:abstract|open)\s+class\b/.test(text));
}

/** The innermost module around each changed file; none when one has none. */
function modulesOf(
  tree: SourceTree,
  cwd: string,
  changed: readonly string[],
  names: readonly string[],
): readonly string[] {
  const found = changed.map((path) => {
    for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
      if (names.some((name) => tree.paths.has(posix.join(folder, name)))) return folder;
      if (folder === '.' || folder === cwd) return undefined;
    }
  });
  return found.includes(undefined) ? [] : [...new Set(found.flatMap((folder) => folder ?? []))];
}

/** Gradle's name of the project in a folder, unless its settings say otherwise. */
function projectOf(folder: string, cwd: string): string {
  return `:${posix.relative(cwd, folder).replaceAll('/', ':')}`;
}

async function movesProjects(tree: SourceTree, cwd: string): Promise<boolean> {
  const names = ['settings.gradle', 'settings.gradle.kts'];
  const texts = await Promise.all(names.map((name) => tree.read(posix.join(cwd, name))));
  return (
    texts.every((text) => text === undefined) ||
    texts.some((text) => /\bprojectDir\b|\bincludeBuild\b/.test(text ?? ''))
  );
}

/** Whether a build script names the project: `project(':a:b')`, `projects.a.b`, or its last part anywhere. */
async function namesProject(tree: SourceTree, module: string, project: string): Promise<boolean> {
  const texts = await Promise.all(
    ['build.gradle', 'build.gradle.kts'].map((name) => tree.read(posix.join(module, name))),
  );
  const last = project.split(':').at(-1) ?? project;
  return texts.some((text) => text !== undefined && new RegExp(`[:.]${last}\\b`).test(text));
}
