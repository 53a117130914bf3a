import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import { hotfixBranch } from '#workspace/commit.ts';
import { copyTree, isRealFolder, removeTree } from '#workspace/copy-tree.ts';
import type { DependencyReuse } from '#workspace/dependencies.ts';
import { planDependencies } from '#workspace/dependencies.ts';
import { listTree } from '#workspace/listing.ts';
import { withLock } from '#workspace/lock.ts';
import { relocatePython } from '#workspace/relocate-python.ts';
import type { Clone, Repositories } from '#workspace/repository.ts';
import { openSource } from '#workspace/source-repository.ts';
import type { TreeEntry } from '#workspace/trees.ts';

/** Milliseconds to wait for another process that writes the same worktree. */
const LOCK_WAIT_MS = 300_000;

/** Trees as files: one git worktree per incident, for its tests to run in. */
export interface Worktrees {
  /** Makes the incident's folder hold exactly `tree`, and the reused dependencies; answers the folder. */
  materialise(incident: Incident, tree: string): Promise<string>;
  /** What the last `materialise` did about dependencies, and which files are only placeholders. */
  dependencies(incident: Incident): Promise<DependencyReuse>;
  /** Removes the incident's folder; the incident's tree is not lost. */
  remove(incident: Incident): Promise<void>;
}

interface Place {
  readonly incident: Incident;
  readonly clone: Clone;
  readonly folder: string;
  /** Git's own folder of the worktree, inside the clone: index, HEAD and our record are out of the tests' reach. */
  readonly admin: string;
  readonly record: string;
}

/** What is known of the dependencies in a worktree. */
interface DependencyRecord extends DependencyReuse {
  readonly tree: string;
  readonly key: string;
  readonly folders: readonly string[];
}

const NOTHING: DependencyRecord = {
  reused: false,
  reason: 'Nothing was prepared yet.',
  tree: '',
  key: '',
  folders: [],
};

/** Makes the worktrees of a state folder; several processes may share it. */
export function createWorktrees({
  stateFolder,
  repositories,
}: {
  readonly stateFolder: string;
  readonly repositories: Repositories;
}): Worktrees {
  const placeOf = async (incident: Incident): Promise<Place> => {
    const clone = await repositories.open(incident.repository.location);
    const admin = join(clone.gitDir, 'worktrees', incident.id);
    const folder = join(stateFolder, 'worktrees', clone.id, incident.id);
    return { incident, clone, folder, admin, record: join(admin, 'fixgate-dependencies.json') };
  };

  const locked = async ({ clone, incident }: Place, work: () => Promise<void>) => {
    const file = join(clone.gitDir, 'fixgate-locks', incident.id);
    await withLock({ file, what: `The worktree of ${incident.id}`, waitMs: LOCK_WAIT_MS }, work);
  };

  return {
    async materialise(incident, tree) {
      const place = await placeOf(incident);
      await locked(place, async () => {
        await writeFiles(repositories, place, tree).catch(async () => {
          // A test run can leave what git cannot mend, such as folders without permissions; a new folder can.
          await discard(place);
          await writeFiles(repositories, place, tree);
        });
        await bringDependencies(repositories, place, tree);
      });
      return place.folder;
    },
    dependencies: async (incident) => {
      const { reused, reason } = await readRecord(await placeOf(incident));
      return { reused, reason };
    },
    async remove(incident) {
      const place = await placeOf(incident);
      await locked(place, () => discard(place));
    },
  };
}

async function writeFiles({ git }: Repositories, place: Place, tree: string): Promise<void> {
  await attach(place);
  const { gitDir } = place.clone;
  const ref = `refs/heads/${hotfixBranch(place.incident.id)}`;
  if ((await git.run({ gitDir, args: ['show-ref', '--verify', '--quiet', ref] })).exitCode !== 0) {
    await git.bytes({ gitDir, args: ['update-ref', ref, place.incident.repository.baseCommit] });
  }
  const at = { gitDir: place.admin, workTree: place.folder, folder: place.folder };
  const keep = (await intactFolders(place)).flatMap((folder) => ['-e', toPattern(folder)]);
  // First what no tree knows, then the tree: a leftover folder in the place of a file would stop read-tree.
  await git.bytes({ ...at, args: ['clean', '-ffdx', '--quiet', ...keep] });
  await git.bytes({ ...at, args: ['read-tree', '--reset', '-u', '--no-recurse-submodules', tree] });
}

/** Writes the files that tie a worktree to its clone (gitrepository-layout), whatever state they are in. */
async function attach({ admin, folder, incident }: Place): Promise<void> {
  await mkdir(admin, { recursive: true });
  await replaceFile(join(admin, 'HEAD'), `ref: refs/heads/${hotfixBranch(incident.id)}\n`);
  await replaceFile(join(admin, 'commondir'), '../..\n');
  // Last: git takes the folder for a worktree from here on.
  await replaceFile(join(admin, 'gitdir'), `${join(folder, '.git')}\n`);
  // The lock of this worktree is held, so that only a killed process can have left git's own.
  await rm(join(admin, 'index.lock'), { force: true });
  if (!(await isRealFolder(folder))) await removeTree(folder);
  await mkdir(folder, { recursive: true });
  await removeTree(join(folder, '.git'));
  await writeFile(join(folder, '.git'), `gitdir: ${admin}\n`, { flag: 'wx' });
}

/** A process that is killed leaves the old file or the new one, never half of it. */
async function replaceFile(file: string, text: string): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, text);
  await rename(fresh, file);
}

async function discard({ admin, folder }: Place): Promise<void> {
  await removeTree(admin);
  await removeTree(folder);
}

async function bringDependencies(repositories: Repositories, place: Place, tree: string): Promise<void> {
  const record = await readRecord(place);
  const intact = (await intactFolders(place)).length === record.folders.length;
  if (record.tree === tree && intact) return;
  const entries = await listTree(repositories.git, place.clone, tree);
  const source = await openSource(repositories.git, place.clone.location).catch(ifGone);
  const plan = await planDependencies(source, entries);
  const reason = [plan.reason, ...placeholders(entries)].join(' ');
  const next: DependencyRecord = { reused: plan.reused, reason, tree, key: plan.key, folders: plan.folders };
  if (plan.key !== record.key || !intact) {
    for (const folder of record.folders) await removeTree(join(place.folder, folder));
    // Until all is copied the record names none: a copy that was cut short is cleaned away with the leftovers.
    await writeRecord(place, NOTHING);
    for (const folder of plan.folders) await bringFolder(place, folder);
  }
  await writeRecord(place, next);
}

async function bringFolder({ clone, folder }: Place, name: string): Promise<void> {
  const relink = { from: clone.location, to: folder };
  const target = join(folder, name);
  await removeTree(target);
  await copyTree({ from: join(clone.location, name), to: target, relink });
  await relocatePython(target, relink);
}

/** The recorded folders that are still real folders, none of them reached through a link that a test run made. */
async function intactFolders(place: Place): Promise<readonly string[]> {
  const { folders } = await readRecord(place);
  const isIntact = async (folder: string) => {
    const names = folder.split('/');
    for (let depth = 1; depth <= names.length; depth += 1) {
      if (!(await isRealFolder(join(place.folder, ...names.slice(0, depth))))) return false;
    }
    return true;
  };
  const kept = await Promise.all(folders.map(async (folder) => ((await isIntact(folder)) ? [folder] : [])));
  return kept.flat();
}

/** Files that stand for content which lives elsewhere. */
function placeholders(entries: ReadonlyMap<string, TreeEntry>): readonly string[] {
  const submodules = [...entries].filter(([, { mode }]) => mode === '160000').length;
  return submodules === 0 ? [] : [`The ${submodules} submodules of the repository are empty folders here.`];
}

async function readRecord({ record }: Place): Promise<DependencyRecord> {
  if (!(await lstat(record).catch(() => undefined))) return NOTHING;
  return JSON.parse(await readFile(record, 'utf8')) as DependencyRecord;
}

async function writeRecord({ record }: Place, content: DependencyRecord): Promise<void> {
  await writeFile(`${record}.new`, JSON.stringify(content));
  await rename(`${record}.new`, record);
}

/** The checkout may be moved or deleted after the incident was opened; only its dependencies are missed then. */
function ifGone(error: unknown): undefined {
  if (!(error instanceof FixgateError)) throw error;
}

/** A path as a gitignore pattern that matches nothing else. */
function toPattern(path: string): string {
  return `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}`;
}
