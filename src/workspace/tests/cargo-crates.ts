import { posix } from 'node:path';

import type { RunnerUse } from './runners.ts';
import { list, whole, type Selection } from './selected.ts';
import type { SourceTree } from './tree.ts';

/** One package of a workspace. */
interface Crate {
  readonly name: string;
  readonly folder: string;
  readonly manifest: string;
}

/** Words by which a suite says itself which packages it tests. */
const choosesItself = /^(?:-p|--package|--exclude|--manifest-path)(?:=|$)/;
const everything = ['--workspace', '--all'];

/** Chooses the changed crates of a workspace and the crates that depend on them by path. */
export async function selectCrates(
  { tree, cwd, use }: { readonly tree: SourceTree; readonly cwd: string; readonly use: RunnerUse },
  changed: readonly string[],
): Promise<Selection> {
  if (use.words.some((word) => choosesItself.test(word))) return whole('the suite names its packages itself');
  const other = changed.find((path) => !path.endsWith('.rs') || posix.basename(path) === 'build.rs');
  if (other !== undefined) return whole(`what ${other} affects is not told by its crate`);
  const root = (await tree.read(posix.join(cwd, 'Cargo.toml'))) ?? '';
  const crates = await readCrates(tree, cwd);
  if (!/^\[workspace\]/m.test(root) || crates.length < 2) return whole('the package is the only one of its workspace');
  const all = use.words.some((word) => everything.includes(word));
  if (/^\[package\]/m.test(root) && !all) return whole('without --workspace the suite tests the root package alone');
  const touched = changed.map((path) => crateOf(path, crates));
  const homeless = changed.find((_, index) => touched[index] === undefined);
  if (homeless !== undefined) return whole(`${homeless} belongs to no crate of the workspace`);
  const chosen = withDependents(
    crates,
    touched.flatMap((crate) => crate ?? []),
    root,
  );
  if (chosen.length === crates.length) return whole('every crate may reach the changed files');
  const names = chosen.map(({ name }) => name);
  const words = `${chosen.length} of ${crates.length} crates: those of ${list(changed)} and those that depend on them (${list(names)})`;
  const options = names.flatMap((name) => ['-p', name]);
  const requires = chosen.map(({ folder }) => posix.join(folder, 'Cargo.toml'));
  return { kind: 'narrowed', options, files: [], drops: everything, requires, words };
}

async function readCrates(tree: SourceTree, cwd: string): Promise<readonly Crate[]> {
  const crates: Crate[] = [];
  for (const path of tree.paths) {
    if (posix.basename(path) !== 'Cargo.toml' || !(cwd === '.' || path.startsWith(`${cwd}/`))) continue;
    if (/(?:^|\/)(?:target|vendor)\//.test(path)) continue;
    const manifest = (await tree.read(path)) ?? '';
    const name = /^\[package\][^[]*?^name\s*=\s*"([\w-]{1,100})"/m.exec(manifest)?.[1];
    if (name !== undefined) crates.push({ name, folder: posix.dirname(path), manifest });
  }
  return crates;
}

/** The innermost crate around a file. */
function crateOf(path: string, crates: readonly Crate[]): Crate | undefined {
  const around = crates.filter(({ folder }) => folder === '.' || path.startsWith(`${folder}/`));
  return around.toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

function withDependents(crates: readonly Crate[], touched: readonly Crate[], root: string): readonly Crate[] {
  const reached = new Set(touched);
  // A set may grow while it is iterated.
  for (const target of reached) for (const crate of crates) if (dependsOn(crate, target, root)) reached.add(crate);
  return crates.filter((crate) => reached.has(crate));
}

/** Whether a manifest names the other crate, by its path, its name, or the workspace's name for it; rather too often than too rarely. */
function dependsOn(crate: Crate, target: Crate, root: string): boolean {
  if (crate === target) return false;
  const paths = [...crate.manifest.matchAll(/\bpath\s*=\s*"([^"\n]+)"/g)].map((match) => match[1] ?? '');
  if (paths.some((path) => posix.normalize(posix.join(crate.folder, path)) === target.folder)) return true;
  const shared = [...root.matchAll(/^\s*"?([\w-]+)"?\s*=\s*\{[^}\n]*\bpath\s*=\s*"([^"\n]+)"/gm)];
  const aliases = shared.flatMap(([, alias = '', path = '']) =>
    posix.normalize(path) === target.folder ? [alias] : [],
  );
  return [target.name, ...aliases].some((name) =>
    new RegExp(`(?:^\\s*"?${name}"?\\s*[.=]|dependencies\\.${name}\\]|package\\s*=\\s*"${name}")`, 'm').test(
      crate.manifest,
    ),
  );
}
