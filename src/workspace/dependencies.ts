import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { isInside, isRealFolder } from '#workspace/copy-tree.ts';
import type { Ecosystem } from '#workspace/ecosystems.ts';
import { ecosystems, governing } from '#workspace/ecosystems.ts';
import { excerpt } from '#workspace/git-text.ts';
import { hashObject } from '#workspace/objects.ts';
import type { FolderSource, Source } from '#workspace/source-repository.ts';
import type { TreeEntry } from '#workspace/trees.ts';

/** Projects of a repository that are looked at. */
const MAX_PROJECTS = 500;

/** Whether the tests find their dependencies. */
export interface DependencyReuse {
  readonly reused: boolean;
  /** In words, with the files that decided it. */
  readonly reason: string;
}

/** A folder in which a project would have its dependencies. */
export interface DependencyFolder {
  readonly folder: string;
  /** Path of the lockfile, or of the manifest where there is no lockfile. */
  readonly decidedBy: readonly string[];
}

/** A project with a lockfile of its own, none of whose folders is installed in the checkout. */
export interface UninstalledProject {
  readonly project: string;
  readonly lockfile: string;
}

/** What the projects of a tree need, and what of it the operator's checkout has. */
export interface DependencyPlan {
  /** Digest of every folder that could be there and of the files that decide it; undefined when no project declares any. */
  readonly key: string | undefined;
  /** To copy from the checkout. */
  readonly fitting: readonly DependencyFolder[];
  readonly uninstalled: readonly UninstalledProject[];
  /** Every folder that an installation may make. */
  readonly folders: readonly string[];
  /** Why the rest is not reused. */
  readonly reasons: readonly string[];
}

/** True when a change of the path can change what is to be installed. */
export function decidesDependencies(path: string): boolean {
  return marks.has(path.slice(path.lastIndexOf('/') + 1));
}

const marks = new Set(ecosystems.flatMap(({ lockfiles, manifests }) => [...lockfiles, ...manifests]));

/** Decides which installed dependencies fit the tree: those whose lockfile is the same in the checkout and in the tree. */
export async function planDependencies(
  source: Source | undefined,
  tree: ReadonlyMap<string, TreeEntry>,
): Promise<DependencyPlan> {
  const candidates = candidatesIn(tree);
  const checkout = source?.kind === 'folder' && !source.bare ? source : undefined;
  const fitting: DependencyFolder[] = [];
  const reasons: string[] = [];
  for (const candidate of checkout ? candidates : []) {
    if (!checkout || !(await isInstalled(checkout, candidate.folder))) continue;
    const changed = await firstChanged(checkout, candidate, tree);
    if (changed === undefined) fitting.push(candidate);
    else reasons.push(`${excerpt(candidate.folder)} was not reused: ${excerpt(changed)} differs from the checkout.`);
  }
  return {
    key: candidates.length === 0 ? undefined : digest(candidates, tree),
    fitting,
    uninstalled: uninstalledProjects(tree, fitting),
    folders: candidates.map(({ folder }) => folder),
    reasons: fitting.length > 0 || reasons.length > 0 ? reasons : [nothingInstalled(checkout)],
  };
}

function nothingInstalled(checkout: FolderSource | undefined): string {
  return checkout
    ? 'The checkout has no installed dependencies (node_modules, .venv, vendor) that the repository declares.'
    : 'The repository is no checkout on this machine, so there are no installed dependencies to reuse.';
}

function digest(candidates: readonly DependencyFolder[], tree: ReadonlyMap<string, TreeEntry>): string {
  const rows = candidates.map(({ folder, decidedBy }) => [folder, ...decidedBy.map((path) => tree.get(path)?.oid)]);
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 32);
}

/** Every place where the tree's projects would have their dependencies, except those that are checked in. */
function candidatesIn(tree: ReadonlyMap<string, TreeEntry>): readonly DependencyFolder[] {
  const tracked = new Set<string>();
  for (const path of tree.keys()) {
    for (let folder = dirname(path); folder !== '.' && !tracked.has(folder); folder = dirname(folder))
      tracked.add(folder);
  }
  const candidates = new Map<string, DependencyFolder>();
  for (const { ecosystem, project } of projectsIn(tree)) {
    if (candidates.size >= MAX_PROJECTS) break;
    for (const name of ecosystem.folders) {
      const folder = join(project, name);
      const decidedBy = governing(ecosystem, project, tree);
      if (!tracked.has(folder) && decidedBy.length > 0) candidates.set(folder, { folder, decidedBy });
    }
  }
  return [...candidates.values()];
}

function* projectsIn(
  tree: ReadonlyMap<string, TreeEntry>,
): Generator<{ readonly ecosystem: Ecosystem; readonly project: string; readonly lockfile: string | undefined }> {
  for (const ecosystem of ecosystems) {
    for (const path of tree.keys()) {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const isLockfile = ecosystem.lockfiles.includes(name);
      if (isLockfile || ecosystem.manifests.includes(name))
        yield { ecosystem, project: dirname(path), lockfile: isLockfile ? path : undefined };
    }
  }
}

function uninstalledProjects(
  tree: ReadonlyMap<string, TreeEntry>,
  fitting: readonly DependencyFolder[],
): readonly UninstalledProject[] {
  const found = new Map<string, UninstalledProject>();
  for (const { ecosystem, project, lockfile } of projectsIn(tree)) {
    const folders = ecosystem.folders.map((name) => join(project, name));
    const isThere = folders.some((folder) => fitting.some((each) => each.folder === folder) || isTracked(folder, tree));
    const id = `${project}\0${ecosystem.folders[0]}`;
    if (lockfile !== undefined && !isThere && !found.has(id)) found.set(id, { project, lockfile });
  }
  return [...found.values()];
}

function isTracked(folder: string, tree: ReadonlyMap<string, TreeEntry>): boolean {
  for (const path of tree.keys()) if (path.startsWith(`${folder}/`)) return true;
  return false;
}

/** A real folder of the checkout itself: a link in the repository must not lead the copy elsewhere. */
async function isInstalled(source: FolderSource, folder: string): Promise<boolean> {
  const path = join(source.location, folder);
  if (!(await isRealFolder(path))) return false;
  return isInside(source.location, await realpath(path)) && (await realpath(path)) === path;
}

async function firstChanged(
  source: FolderSource,
  { decidedBy }: DependencyFolder,
  tree: ReadonlyMap<string, TreeEntry>,
): Promise<string | undefined> {
  for (const path of decidedBy) {
    const content = await readFile(join(source.location, path)).catch(() => undefined);
    if (!content || hashObject(source.objectFormat, 'blob', content) !== tree.get(path)?.oid) return path;
  }
  return undefined;
}
