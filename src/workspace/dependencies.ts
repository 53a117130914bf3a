import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { isInside, isRealFolder } from '#workspace/copy-tree.ts';
import { ecosystems, governing } from '#workspace/ecosystems.ts';
import { excerpt } from '#workspace/git-text.ts';
import { hashObject } from '#workspace/objects.ts';
import type { FolderSource, Source } from '#workspace/source-repository.ts';
import type { TreeEntry } from '#workspace/trees.ts';

/** Projects of a repository that are looked at. */
const MAX_PROJECTS = 500;

/** What happened to the installed dependencies of the operator's checkout. */
export interface DependencyReuse {
  readonly reused: boolean;
  /** In words, with the files that decided it. */
  readonly reason: string;
}

/** Folders to copy from the checkout; `key` changes when any of them would have to be copied anew. */
export interface DependencyPlan extends DependencyReuse {
  readonly folders: readonly string[];
  readonly key: string;
}

interface Candidate {
  readonly folder: string;
  /** Path of the lockfile, or of the manifest where there is no lockfile. */
  readonly decidedBy: readonly string[];
}

/** Decides which installed dependencies fit the tree: those whose lockfile is the same in the checkout and in the tree. */
export async function planDependencies(
  source: Source | undefined,
  tree: ReadonlyMap<string, TreeEntry>,
): Promise<DependencyPlan> {
  if (source?.kind !== 'folder' || source.bare) {
    return notReused('The repository is no checkout on this machine, so there are no installed dependencies to reuse.');
  }
  const fitting: Candidate[] = [];
  const reasons: string[] = [];
  for (const candidate of candidatesIn(tree)) {
    if (!(await isInstalled(source, candidate.folder))) continue;
    const changed = await firstChanged(source, candidate, tree);
    if (changed === undefined) fitting.push(candidate);
    else reasons.push(`${excerpt(candidate.folder)} was not reused: ${excerpt(changed)} differs from the checkout.`);
  }
  if (fitting.length === 0) {
    const none =
      'The checkout has no installed dependencies (node_modules, .venv, vendor) that the repository declares.';
    return notReused(reasons.join(' ') || none);
  }
  const reused = fitting.map(({ folder, decidedBy }) => `${excerpt(folder)} (same ${excerpt(decidedBy.join(', '))})`);
  return {
    reused: true,
    reason: [`Reused from the checkout: ${reused.join('; ')}.`, ...reasons].join(' '),
    folders: fitting.map(({ folder }) => folder),
    key: fitting
      .map(({ folder, decidedBy }) => [folder, ...decidedBy.map((path) => tree.get(path)?.oid)].join('\0'))
      .join('\n'),
  };
}

function notReused(reason: string): DependencyPlan {
  return { reused: false, reason, folders: [], key: '' };
}

/** Every place where the tree's projects would have their dependencies, except those that are checked in. */
function candidatesIn(tree: ReadonlyMap<string, TreeEntry>): readonly Candidate[] {
  const tracked = new Set<string>();
  for (const path of tree.keys()) {
    for (let folder = dirname(path); folder !== '.' && !tracked.has(folder); folder = dirname(folder))
      tracked.add(folder);
  }
  const candidates = new Map<string, Candidate>();
  for (const ecosystem of ecosystems) {
    const marks = new Set([...ecosystem.lockfiles, ...ecosystem.manifests]);
    for (const path of tree.keys()) {
      if (candidates.size >= MAX_PROJECTS) break;
      if (!marks.has(path.slice(path.lastIndexOf('/') + 1))) continue;
      const project = dirname(path);
      for (const name of ecosystem.folders) {
        const folder = join(project, name);
        const decidedBy = governing(ecosystem, project, tree);
        if (!tracked.has(folder) && decidedBy.length > 0) candidates.set(folder, { folder, decidedBy });
      }
    }
  }
  return [...candidates.values()];
}

/** A real folder of the checkout itself: a link in the repository must not lead the copy elsewhere. */
async function isInstalled(source: FolderSource, folder: string): Promise<boolean> {
  const path = join(source.location, folder);
  if (!(await isRealFolder(path))) return false;
  return isInside(source.location, await realpath(path)) && (await realpath(path)) === path;
}

async function firstChanged(
  source: FolderSource,
  { decidedBy }: Candidate,
  tree: ReadonlyMap<string, TreeEntry>,
): Promise<string | undefined> {
  for (const path of decidedBy) {
    const content = await readFile(join(source.location, path)).catch(() => undefined);
    if (!content || hashObject(source.objectFormat, 'blob', content) !== tree.get(path)?.oid) return path;
  }
  return undefined;
}
