import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import { baseCheckout } from '#workspace/base-checkout.ts';
import { hotfixBranch } from '#workspace/commit.ts';
import { copyTree, isRealFolder, removeTree } from '#workspace/copy-tree.ts';
import { decidesDependencies, type DependencyReuse } from '#workspace/dependencies.ts';
import { dependencyLayer, type DependencyLayer } from '#workspace/dependency-layer.ts';
import type { InstallDeps } from '#workspace/install-dependencies.ts';
import { listChanges, type ChangedEntry } from '#workspace/listing.ts';
import { withLock } from '#workspace/lock.ts';
import { treeOfCommit } from '#workspace/objects.ts';
import { mountTree } from '#workspace/overlay-tree.ts';
import { relocatePython } from '#workspace/relocate-python.ts';
import type { Clone, Repositories } from '#workspace/repository.ts';
import { createMounter } from '#workspace/sandbox-overlay.ts';
import { removeChanged, stampsOf } from '#workspace/stamps.ts';

/** Milliseconds to wait for another process that writes the same worktree. */
const LOCK_WAIT_MS = 300_000;

/**
 * Trees as files, for tests to run in: mounted over a prepared checkout where that is possible, else a git worktree per incident.
 * Disposing takes away what this process mounted, and what runs wrote there.
 */
export interface Worktrees extends AsyncDisposable {
  /** Makes the incident's folder hold exactly `tree`, and the dependencies; answers the folder. What it held before is gone. */
  materialise(incident: Incident, tree: string): Promise<string>;
  /** What the last `materialise` did about dependencies, and which files are only placeholders. */
  dependencies(incident: Incident): Promise<DependencyReuse>;
  /** Removes the incident's folder; the incident's tree is not lost. */
  remove(incident: Incident): Promise<void>;
}

/** What worktrees are made with. */
export interface WorktreesDeps {
  readonly stateFolder: string;
  readonly repositories: Repositories;
  readonly clock: Clock;
  /** This process was started with `overlayPrefix`, and what runs in its trees sees nothing else of the machine. */
  readonly overlay?: boolean;
  /** How to install dependencies that no checkout has; never when absent. */
  readonly install?: InstallDeps | undefined;
}

interface Place {
  readonly incident: Incident;
  readonly clone: Clone;
  readonly folder: string;
  /** Git's own folder of the worktree, inside the clone: index, HEAD and our record are out of the tests' reach. */
  readonly admin: string;
  readonly record: string;
  /** Where overlays of this repository are mounted; a mount is seen by its own process alone. */
  readonly target: string;
}

/** What is known of the dependencies in a worktree. */
interface DependencyRecord {
  /** Of the layer that was copied; empty for none. */
  readonly id: string;
  readonly folders: readonly string[];
  /** How each folder was left; a record of an older version has none. */
  readonly stamps?: Readonly<Record<string, readonly (readonly [below: string, stamp: string])[]>>;
}

/** A tree, and what lies between the base commit and it. */
interface Wanted {
  readonly tree: string;
  readonly changes: readonly ChangedEntry[];
}

const NOTHING: DependencyRecord = { id: '', folders: [] };

/** Makes the worktrees of a state folder; several processes may share it. */
export function createWorktrees(deps: WorktreesDeps): Worktrees {
  const { stateFolder, repositories } = deps;
  const prepared = new Map<string, DependencyReuse>();
  /** Where something is mounted, and the folder that holds what is written there. */
  const mounted = new Map<string, string>();
  const mounter = createMounter();
  /** What is taken away while tests run. */
  let removed: Promise<unknown> = Promise.resolve();
  let runs = 0;

  const placeOf = async (incident: Incident): Promise<Place> => {
    const clone = await repositories.open(incident.repository.location);
    const admin = join(clone.gitDir, 'worktrees', incident.id);
    const folder = join(stateFolder, 'worktrees', clone.id, incident.id);
    const target = join(stateFolder, 'trees', clone.id);
    return { incident, clone, folder, admin, target, record: join(admin, 'fixgate-dependencies.json') };
  };

  const locked = async <T>({ clone, incident }: Place, work: () => Promise<T>) => {
    const file = join(clone.gitDir, 'fixgate-locks', incident.id);
    return await withLock({ file, what: `The worktree of ${incident.id}`, waitMs: LOCK_WAIT_MS }, work);
  };

  /** Begins to take away what is mounted there, and what was written; answers the folder that holds that. */
  const release = (target: string) => {
    const run = mounted.get(target);
    if (run === undefined) {
      if (deps.overlay) mounter.start();
      return { run, free: Promise.resolve() };
    }
    mounted.delete(target);
    const free = mounter.unmount(target);
    // What stays goes with the first tree of the next process.
    const gone = free.then(() => removeTree(run)).catch(() => undefined);
    removed = Promise.all([removed, gone]);
    return { run, free };
  };

  /** False where the tree cannot be mounted. */
  const mount = async (
    { clone, target, incident, folder }: Place,
    wanted: Wanted,
    { layer, released }: { readonly layer: DependencyLayer; readonly released: ReturnType<typeof release> },
  ): Promise<boolean> => {
    const overlays = `${folder}.overlay`;
    const isOurs = released.run !== undefined && dirname(released.run) === overlays;
    // Runs of one incident take turns: whatever this process has not mounted was left by one that is over.
    if (!isOurs) await removeTree(overlays);
    const commit = incident.repository.baseCommit;
    const base = await baseCheckout(repositories.git, { clone, commit }, join(stateFolder, 'checkouts'));
    const lower = [base, ...(layer.root === undefined ? [] : [layer.root])];
    const run = join(overlays, `${process.pid}-${(runs += 1)}`);
    const tree = { clone, lower, ...wanted, run, target, free: released.free };
    const isMounted = await mountTree({ git: repositories.git, mounter }, tree);
    if (isMounted) mounted.set(target, run);
    return isMounted;
  };

  return {
    async materialise(incident, tree) {
      const place = await placeOf(incident);
      // It ends while the next one is prepared.
      const released = release(place.target);
      await place.clone.objects.written();
      const from = await treeOfCommit(place.clone.objects, incident.repository.baseCommit);
      const changes = await listChanges(place.clone, { from, to: tree });
      const layer = await layerOf(deps, place, { tree, changes });
      prepared.set(incident.id, { reused: layer.reused, reason: layer.reason });
      if (deps.overlay && (await mount(place, { tree, changes }, { layer, released }))) return place.target;
      await released.free;
      await locked(place, async () => {
        await writeFiles(repositories, place, tree).catch(async () => {
          // A test run can leave what git cannot mend, such as folders without permissions; a new folder can.
          await discard(place);
          await writeFiles(repositories, place, tree);
        });
        await bringDependencies(place, layer);
      });
      return place.folder;
    },
    async dependencies({ id }) {
      return prepared.get(id) ?? { reused: false, reason: 'Nothing was prepared yet.' };
    },
    async remove(incident) {
      const place = await placeOf(incident);
      await locked(place, () => discard(place));
    },
    async [Symbol.asyncDispose]() {
      for (const target of mounted.keys()) release(target);
      await removed;
      await mounter[Symbol.asyncDispose]();
    },
  };
}

/** The base commit's dependencies serve every tree that changes nothing of what decides them. */
async function layerOf(
  { stateFolder, repositories: { git }, clock, install }: WorktreesDeps,
  { clone, incident, target }: Place,
  { tree, changes }: Wanted,
): Promise<DependencyLayer> {
  const own = changes.find(({ path }) => decidesDependencies(path));
  return await dependencyLayer({
    git,
    clone,
    clock,
    folder: join(stateFolder, 'dependencies'),
    seenAt: target,
    tree: own ? tree : incident.repository.baseCommit,
    install,
    // An agent that writes a lockfile would choose what this machine downloads, and from where.
    ...(own &&
      install && {
        noInstall: `Nothing was installed, because the patch changes ${JSON.stringify(own.path.slice(0, 200))}; install in the checkout with that change, and run again.`,
      }),
  });
}

async function writeFiles({ git }: Repositories, place: Place, tree: string): Promise<void> {
  await attach(place);
  const { gitDir } = place.clone;
  const ref = `refs/heads/${hotfixBranch(place.incident.id)}`;
  if ((await git.run({ gitDir, args: ['show-ref', '--verify', '--quiet', ref] })).exitCode !== 0) {
    await git.bytes({ gitDir, args: ['update-ref', ref, place.incident.repository.baseCommit] });
  }
  const at = { gitDir: place.admin, workTree: place.folder, folder: place.folder };
  const keep = (await intactFolders(place, await readRecord(place))).flatMap((folder) => ['-e', toPattern(folder)]);
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
  await mkdir(folder, { recursive: true, mode: 0o700 });
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
  await removeTree(`${folder}.overlay`);
}

/** What the last run wrote into the folders is gone afterwards: it would decide over the next run, of another tree. */
async function bringDependencies(place: Place, layer: DependencyLayer): Promise<void> {
  const record = await readRecord(place);
  const kept = layer.id === record.id ? await intactFolders(place, record) : [];
  for (const name of record.folders) if (!kept.includes(name)) await removeTree(join(place.folder, name));
  const same = await Promise.all(
    kept.map((name) => removeChanged(join(place.folder, name), new Map(record.stamps?.[name] ?? []))),
  );
  if (layer.id === record.id && same.length === layer.folders.length && same.every(Boolean)) return;
  // Until all is copied the record names none: a copy that was cut short is cleaned away with the leftovers.
  await writeRecord(place, NOTHING);
  for (const name of layer.folders) await bringFolder(place, layer, { name, isKept: kept.includes(name) });
  const stamps = await Promise.all(
    layer.folders.map(async (name) => [name, [...(await stampsOf(join(place.folder, name)))]] as const),
  );
  await writeRecord(place, { id: layer.id, folders: layer.folders, stamps: Object.fromEntries(stamps) });
}

async function bringFolder(
  { folder, target }: Place,
  { root = '' }: DependencyLayer,
  { name, isKept }: { readonly name: string; readonly isKept: boolean },
): Promise<void> {
  const relink = { from: target, to: folder };
  if (!isKept) await removeTree(join(folder, name));
  await copyTree({ from: join(root, name), to: join(folder, name), relink });
  await relocatePython(join(folder, name), relink);
}

/** The recorded folders that are still real folders, none of them reached through a link that a test run made. */
async function intactFolders(place: Place, { folders }: DependencyRecord): Promise<readonly string[]> {
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

async function readRecord({ record }: Place): Promise<DependencyRecord> {
  if (!(await lstat(record).catch(() => undefined))) return NOTHING;
  return JSON.parse(await readFile(record, 'utf8')) as DependencyRecord;
}

async function writeRecord({ record }: Place, content: DependencyRecord): Promise<void> {
  await writeFile(`${record}.new`, JSON.stringify(content));
  await rename(`${record}.new`, record);
}

/** A path as a gitignore pattern that matches nothing else. */
function toPattern(path: string): string {
  return `/${path.replace(/[\\*?[\]!# ]/g, '\\$&')}`;
}
