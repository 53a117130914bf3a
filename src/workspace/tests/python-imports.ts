import { posix } from 'node:path';

import type { SourceTree } from './tree.ts';

/** A Python file: what it imports, and whether it can reach more than that. */
export interface PythonModule {
  readonly imports: readonly string[];
  readonly opaque: boolean;
}

/** Code that can reach modules which no import and no dotted name in a string says. */
const opaque =
  /^\s*(?:import|from)\s+(?:subprocess|runpy|pkgutil|pexpect|multiprocessing\.spawn|imp)\b|\b(?:import_module|__import__)\s*\(\s*(?!['"])|\bos\.(?:system|popen|exec\w*|spawn\w*)\b|(?<![\w.])(?:exec|eval|compile)\s*\(|\bspec_from_file_location\b|\bentry_points\s*\(/m;

const importLine =
  /(?:^|[;:])[ \t]*(?:from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\(|[^\n;#(]+)|import[ \t]+([\w.][^\n;#]*))/gm;

/** Dotted names in strings: what `patch`, `import_module`, settings and registries load. */
const dottedText = /['"]([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)['"]/g;

/** Characters of a file that are read for its imports; a longer one may import anything. */
const MAX_TEXT = 200_000;

/** Resolves the imports of a tree's Python files; a name that fits several files counts for all of them. */
export function createPythonIndex(tree: SourceTree): (path: string, text: string) => PythonModule {
  const byLastName = new Map<string, string[]>();
  for (const path of tree.paths) {
    if (!path.endsWith('.py')) continue;
    const name = lastName(path);
    byLastName.set(name, [...(byLastName.get(name) ?? []), path]);
  }
  const find = (parts: readonly string[]): readonly string[] => {
    const [file, folder] = [`${parts.join('/')}.py`, `${parts.join('/')}/__init__.py`];
    const candidates = byLastName.get(parts.at(-1) ?? '') ?? [];
    return candidates.filter((path) => [file, folder].some((end) => path === end || path.endsWith(`/${end}`)));
  };
  return (path, text) => {
    const plain = text.slice(0, MAX_TEXT).replaceAll('\\\n', ' ');
    const found = new Set<string>();
    for (const statement of statementsOf(plain)) {
      for (const target of targetsOf(statement, { path, tree, find })) found.add(target);
    }
    for (const [, name = ''] of plain.matchAll(dottedText)) {
      for (const target of findPrefix(name.split('.'), find)) found.add(target);
    }
    for (const target of [path, ...found]) for (const init of packagesAround(target, tree)) found.add(init);
    return { imports: [...found], opaque: text.length > MAX_TEXT || opaque.test(plain) };
  };
}

function lastName(path: string): string {
  const name = posix.basename(path, '.py');
  return name === '__init__' ? posix.basename(posix.dirname(path)) : name;
}

interface Lookup {
  readonly path: string;
  readonly tree: SourceTree;
  readonly find: (parts: readonly string[]) => readonly string[];
}

/** One import: `from` with its names, or the modules of a plain `import`. */
interface Statement {
  readonly from?: string;
  readonly names: readonly string[];
}

function statementsOf(text: string): readonly Statement[] {
  const found: Statement[] = [];
  importLine.lastIndex = 0;
  for (let match = importLine.exec(text); match; match = importLine.exec(text)) {
    const [, from, first = '', plain] = match;
    const end = first === '(' ? closing(text, importLine.lastIndex) : importLine.lastIndex;
    const names = first === '(' ? text.slice(importLine.lastIndex, end).replace(/#[^\n]*/g, '') : (plain ?? first);
    found.push({ ...(from !== undefined && { from }), names: names.split(',').map(moduleName) });
    importLine.lastIndex = end;
  }
  return found;
}

/** Where a list in brackets ends; brackets in its comments do not count. */
function closing(text: string, start: number): number {
  const token = /\)|#[^\n]*/g;
  token.lastIndex = start;
  for (let match = token.exec(text); match; match = token.exec(text)) if (match[0] === ')') return match.index;
  return text.length;
}

function targetsOf({ from, names }: Statement, lookup: Lookup): readonly string[] {
  if (from === undefined) return names.flatMap((name) => findPrefix(name.split('.'), lookup.find));
  const dots = /^\.*/.exec(from)?.[0].length ?? 0;
  const module = from.slice(dots);
  if (dots > 0) return relative(module, { dots, imported: names, ...lookup });
  const parts = module.split('.');
  return [...findPrefix(parts, lookup.find), ...names.flatMap((name) => lookup.find([...parts, name]))];
}

/** The name without what `as` calls it. */
function moduleName(text: string): string {
  return text.trim().split(/\s/)[0] ?? '';
}

function relative(
  module: string,
  lookup: Lookup & { readonly dots: number; readonly imported: readonly string[] },
): readonly string[] {
  let folder = posix.dirname(lookup.path);
  for (let up = 1; up < lookup.dots; up += 1) folder = posix.dirname(folder);
  const base = posix.join(folder, module.replaceAll('.', '/'));
  const inside = lookup.imported.map((name) => posix.join(base, name));
  return [base, ...inside].flatMap((each) =>
    [`${each}.py`, posix.join(each, '__init__.py')].filter((path) => lookup.tree.paths.has(path)),
  );
}

/** The longest beginning of a dotted name that is a module: what follows it are its attributes. */
function findPrefix(parts: readonly string[], find: Lookup['find']): readonly string[] {
  for (let length = parts.length; length > 0; length -= 1) {
    const found = find(parts.slice(0, length));
    if (found.length > 0) return found;
  }
  return [];
}

/** Importing a module runs the packages around it. */
function packagesAround(path: string, tree: SourceTree): readonly string[] {
  const found: string[] = [];
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const init = posix.join(folder, '__init__.py');
    if (!tree.paths.has(init)) return found;
    if (init !== path) found.push(init);
    if (folder === '.') return found;
  }
}
