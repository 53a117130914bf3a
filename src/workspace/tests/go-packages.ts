import { posix } from 'node:path';

import { list, whole, type Selection } from './selected.ts';
import type { SourceTree } from './tree.ts';

/** Files read before the search gives up: beyond this the whole suite is quicker. */
const MAX_FILES = 4_000;

/** Folders that hold no packages: https://pkg.go.dev/cmd/go#hdr-Package_lists_and_patterns */
const noPackage = /(?:^|\/)(?:testdata|vendor|node_modules|[._][^/]*)(?:\/|$)/;

/** Imports with which a test can reach code that it does not import. */
const opaque = /^(?:os\/exec|plugin|go\/(?:parser|build|packages)|golang\.org\/x\/tools\/.*)$/;

/** One folder of Go files. */
interface Package {
  /** Folders that its code imports, and those that only its tests do. */
  readonly imports: Set<string>;
  readonly testImports: Set<string>;
  tested: boolean;
  opaque: boolean;
}

/** Chooses the packages whose tests can reach the changed files: their own, and those that import them, tests of others included. */
export async function selectGoPackages(tree: SourceTree, cwd: string, changed: readonly string[]): Promise<Selection> {
  const other = changed.find((path) => !path.endsWith('.go') || noPackage.test(path));
  if (other !== undefined) return whole(`${other} is no Go source file of a package`);
  const module = await readModule(tree, cwd);
  if (typeof module === 'string') return whole(module);
  for (const path of changed) {
    if (/^\s*(?:\/\/go:build|\/\/ \+build|import "C"|\t"C")/m.test((await tree.read(path)) ?? ''))
      return whole(`${path} is built under conditions or with C`);
  }
  const files = [...tree.paths].filter(
    (path) => path.endsWith('.go') && below(path, module.root) && !noPackage.test(path),
  );
  if (files.length > MAX_FILES) return whole(`the module has more than ${MAX_FILES} files`);
  const packages = await readPackages(tree, files, module);
  const folders = [...new Set(changed.map((path) => posix.dirname(path)))];
  const chosen = testedBy(packages, folders);
  const missed = folders.find((folder) => testedBy(packages, [folder], false).length === 0);
  if (missed !== undefined) return whole(`no test reaches the package ${missed}`);
  const tested = [...packages.values()].filter((each) => each.tested).length;
  if (chosen.length === tested) return whole('every package with tests may reach the changed files');
  const words = `${chosen.length} of ${tested} packages with tests, which may reach ${list(changed)} by their imports`;
  const asArgument = (folder: string) => `./${posix.relative(cwd, folder)}`.replace(/\/$/, '');
  const requires = chosen.flatMap((folder) => files.find((path) => posix.dirname(path) === folder) ?? []);
  return { kind: 'narrowed', options: [], files: chosen.map(asArgument), drops: [], requires, words };
}

interface GoModule {
  readonly root: string;
  /** Import path of its root. */
  readonly path: string;
}

/** The module of the suite's folder; a sentence where more than one takes part. */
async function readModule(tree: SourceTree, cwd: string): Promise<GoModule | string> {
  if ([...tree.paths].some((path) => posix.basename(path) === 'go.work')) return 'a go.work joins several modules';
  for (let root = posix.normalize(cwd); ; root = posix.dirname(root)) {
    const text = await tree.read(posix.join(root, 'go.mod'));
    const path = /^module\s+"?([^\s"]+)"?/m.exec(text ?? '')?.[1];
    if (path !== undefined) {
      if (root !== posix.normalize(cwd)) return 'the suite runs in a part of the module only';
      return /=>\s*\.{1,2}\//.test(text ?? '') ? 'go.mod replaces modules by folders' : { root, path };
    }
    if (root === '.') return 'no go.mod names the module';
  }
}

function below(path: string, root: string): boolean {
  return root === '.' || path.startsWith(`${root}/`);
}

async function readPackages(
  tree: SourceTree,
  files: readonly string[],
  module: GoModule,
): Promise<ReadonlyMap<string, Package>> {
  const packages = new Map<string, Package>();
  for (const file of files) {
    const folder = posix.dirname(file);
    const known = packages.get(folder) ?? { imports: new Set(), testImports: new Set(), tested: false, opaque: false };
    packages.set(folder, known);
    const test = file.endsWith('_test.go');
    known.tested ||= test;
    for (const imported of importsOf((await tree.read(file)) ?? '')) {
      known.opaque ||= opaque.test(imported);
      if (imported !== module.path && !imported.startsWith(`${module.path}/`)) continue;
      const target = posix.join(module.root, imported.slice(module.path.length + 1));
      (test ? known.testImports : known.imports).add(target);
    }
  }
  return packages;
}

/** Characters in which the imports of a file stand: everything else comes after them. */
const MAX_HEAD = 60_000;

/** Every import of a file, under whatever build tags. */
function importsOf(file: string): readonly string[] {
  const text = file.slice(0, MAX_HEAD);
  const found: string[] = [];
  const start = /^import[ \t]+(?:[^(\n]+$)|^import\s*\(/gm;
  for (let match = start.exec(text); match; match = start.exec(text)) {
    const open = match[0].endsWith('(');
    const end = open ? text.indexOf(')', start.lastIndex) : start.lastIndex;
    // A bracket that never closes is no Go.
    if (end < 0) break;
    const names = text.slice(match.index, end).matchAll(/["`]([^"`\n]+)["`]/g);
    found.push(...[...names].map((name) => name[1] ?? ''));
    start.lastIndex = end;
  }
  return found;
}

/** Folders with tests that reach one of the folders; tests that can reach more than they import always count, unless they are left out. */
function testedBy(
  packages: ReadonlyMap<string, Package>,
  folders: readonly string[],
  withOpaque = true,
): readonly string[] {
  const reached = new Set(folders);
  // A set may grow while it is iterated.
  for (const folder of reached) {
    for (const [name, { imports }] of packages) if (imports.has(folder)) reached.add(name);
  }
  return [...packages].flatMap(([name, { tested, testImports, opaque: free }]) => {
    if (!tested) return [];
    const used = [...testImports];
    const reaches = reached.has(name) || used.some((target) => reached.has(target));
    const mayReach = free || used.some((target) => packages.get(target)?.opaque === true);
    return reaches || (withOpaque && mayReach) ? [name] : [];
  });
}
