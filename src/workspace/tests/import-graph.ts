import { builtinModules } from 'node:module';
import { posix } from 'node:path';

import { readPackage, type PackageJson, type SourceTree } from './tree.ts';

/** Files read before the search gives up: beyond this the whole suite is quicker than the search. */
const MAX_FILES = 1_500;

const extensions = ['', '.js', '.cjs', '.mjs', '.ts', '.cts', '.mts', '.jsx', '.tsx', '.json'];
const indexes = ['/index.js', '/index.cjs', '/index.mjs', '/index.ts', '/index.json'];

/** Code that can reach files which no import names. */
const opaque =
  /\bchild_process\b|\bworker_threads\b|\bnode:(?:fs|vm|module)\b|['"](?:fs|vm|fs\/promises|execa|cross-spawn|tinyexec|glob|rewire|proxyquire|esmock)['"]|\brequire\s*\(\s*[^'"\s)]|\bimport\s*\(\s*[^'"\s)]|\b(?:eval|createRequire)\s*\(/;

const imports = /(?:\bfrom\s*|\bimport\s*|\b(?:require|import)\s*(?:\.resolve\s*)?\(\s*)(['"])((?:(?!\1)[^\\\n])+)\1/g;

/** Which of the test files reach a changed file through imports. */
export type Reach =
  | { readonly sure: true; readonly files: readonly string[] }
  /** Why imports do not tell. */
  | { readonly sure: false; readonly why: string };

interface Module {
  readonly imports: readonly string[];
  /** It can reach what its imports do not say. */
  readonly opaque: boolean;
}

/** Follows imports from every test file; a test that can reach more than it imports always counts as reached. */
export async function reachedTests(
  tree: SourceTree,
  testFiles: readonly string[],
  changed: readonly string[],
): Promise<Reach> {
  const packages = await readPackages(tree);
  const modules = new Map<string, Module>();
  const wanted = [...testFiles];
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (modules.has(path)) continue;
    if (modules.size >= MAX_FILES) return { sure: false, why: `the tests import more than ${MAX_FILES} files` };
    const module = toModule({ path, text: (await tree.read(path)) ?? '', tree, packages });
    modules.set(path, module);
    wanted.push(...module.imports);
  }
  const reached = new Set<string>();
  const files = testFiles.filter((file) => {
    const closure = closureOf(file, modules);
    for (const path of closure) if (changed.includes(path)) reached.add(path);
    return [...closure].some((path) => changed.includes(path) || modules.get(path)?.opaque === true);
  });
  const missed = changed.find((path) => !reached.has(path));
  if (missed !== undefined) return { sure: false, why: `no test imports ${missed}` };
  return { sure: true, files };
}

function closureOf(start: string, modules: ReadonlyMap<string, Module>): ReadonlySet<string> {
  const seen = new Set([start]);
  // A set may grow while it is iterated.
  for (const path of seen) for (const next of modules.get(path)?.imports ?? []) seen.add(next);
  return seen;
}

interface Source {
  readonly path: string;
  readonly text: string;
  readonly tree: SourceTree;
  readonly packages: readonly LocalPackage[];
}

/** A package of the repository: the root's own, or one of several. */
interface LocalPackage {
  readonly folder: string;
  readonly manifest: PackageJson;
}

async function readPackages(tree: SourceTree): Promise<readonly LocalPackage[]> {
  const found: LocalPackage[] = [];
  for (const path of tree.paths) {
    if (posix.basename(path) !== 'package.json' || path.split('/').includes('node_modules')) continue;
    const folder = posix.dirname(path);
    const manifest = await readPackage(tree, folder);
    if (manifest) found.push({ folder, manifest });
  }
  // The nearest manifest above a file comes first.
  return found.toSorted((a, b) => b.folder.length - a.folder.length);
}

function isBelow(path: string, folder: string): boolean {
  return folder === '.' || path.startsWith(`${folder}/`);
}

function toModule(source: Source): Module {
  if (source.path.endsWith('.json')) return { imports: [], opaque: false };
  const found: string[] = [];
  let unknown = opaque.test(source.text);
  for (const match of source.text.matchAll(imports)) {
    const specifier = match[2] ?? '';
    const relative = /^\.{1,2}(?:\/|$)/.test(specifier);
    const target = relative ? resolve(source, specifier) : undefined;
    if (target !== undefined) found.push(target);
    else if (relative) unknown = true;
    else {
      const local = localFiles(specifier, source);
      if (local) found.push(...local);
      else if (!isExternal(specifier, source)) unknown = true;
    }
  }
  return { imports: found, opaque: unknown };
}

function resolve({ path, tree }: Source, specifier: string): string | undefined {
  const base = posix.join(posix.dirname(path), specifier);
  const swapped = base.replace(/\.([cm]?)js$/, '.$1ts');
  const candidates = [...extensions.map((each) => base + each), ...indexes.map((each) => base + each), swapped];
  return candidates.map((each) => posix.normalize(each)).find((each) => tree.paths.has(each));
}

/** Every source file of another package of the repository: which of them it exports is its build's matter. */
function localFiles(specifier: string, { path, packages, tree }: Source): readonly string[] | undefined {
  const name = packageName(specifier);
  const found = packages.find(({ manifest }) => manifest.name === name);
  // A package that imports itself does so by its exports.
  if (!found || isBelow(path, found.folder)) return undefined;
  const files = [...tree.paths].filter(
    (each) => isBelow(each, found.folder) && !each.split('/').includes('node_modules'),
  );
  return files.filter((each) => /\.(?:[cm]?[jt]sx?|json)$/.test(each) && !/(?:^|\/)(?:tests?|__tests__)\//.test(each));
}

function packageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

/** A built-in or a dependency; anything else may be an alias for one of the repository's own files. */
function isExternal(specifier: string, { path, packages }: Source): boolean {
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) return true;
  const name = packageName(specifier);
  const above = packages.filter(({ folder }) => isBelow(path, folder));
  if (above.some(({ manifest }) => manifest.name === name)) return false;
  return above.some(({ manifest }) => {
    const { dependencies, devDependencies, peerDependencies, optionalDependencies } = manifest;
    return [dependencies, devDependencies, peerDependencies, optionalDependencies].some((each) =>
      Object.hasOwn(each, name),
    );
  });
}
