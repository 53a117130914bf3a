import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import { copyTree, isRealFolder, removeTree } from '#workspace/copy-tree.ts';
import type { DependencyPlan, DependencyReuse } from '#workspace/dependencies.ts';
import { planDependencies } from '#workspace/dependencies.ts';
import { excerpt } from '#workspace/git-text.ts';
import type { Git } from '#workspace/git.ts';
import { installDependencies, type Installed, type InstallDeps } from '#workspace/install-dependencies.ts';
import { listTree } from '#workspace/listing.ts';
import { withLock } from '#workspace/lock.ts';
import { relocatePython } from '#workspace/relocate-python.ts';
import type { Clone } from '#workspace/repository.ts';
import { openSource } from '#workspace/source-repository.ts';
import type { TreeEntry } from '#workspace/trees.ts';

/** Milliseconds to wait for another process that prepares the same dependencies. */
const LOCK_WAIT_MS = 1_200_000;

/** An installation that failed is not tried again for so long. */
const RETRY_AFTER_MS = 600_000;

/** The installed dependencies of one set of lockfiles, as a folder that is laid under a tree; never changed once it is there. */
export interface DependencyLayer extends DependencyReuse {
  /** Changes whenever the folders do; empty when there are none. */
  readonly id: string;
  /** Absolute; undefined when nothing is installed. */
  readonly root: string | undefined;
  /** What it holds, below its root. */
  readonly folders: readonly string[];
}

/** What a layer is prepared for. */
export interface LayerRequest {
  readonly git: Git;
  readonly clone: Clone;
  readonly clock: Clock;
  /** Holds the layers of all repositories. */
  readonly folder: string;
  /** Where programs find the tree when they run: some dependencies name their own place. */
  readonly seenAt: string;
  /** The base commit, or the tree where a patch changed manifests or lockfiles. */
  readonly tree: string;
  /** How to install what no checkout has; nothing is installed when absent. */
  readonly install: InstallDeps | undefined;
  /** Why nothing is installed for this tree although it could be. */
  readonly noInstall?: string;
}

interface LayerRecord {
  readonly id: string;
  readonly folders: readonly string[];
  readonly reason: string;
  /** When to look again for what is missing, in milliseconds; absent when nothing is. */
  readonly retryAt?: number;
  /** What the record was made from. */
  readonly key: string;
}

/** Finds or makes the layer of a tree: copied from the operator's checkout where its lockfile is the same, else installed from the lockfile. */
export async function dependencyLayer(request: LayerRequest): Promise<DependencyLayer> {
  const record = await readRecord(request);
  if (record && record.retryAt === undefined && (await isWhole(record, request))) return toLayer(record, request);
  const entries = await listTree(request.git, request.clone, request.tree);
  const source = await openSource(request.git, request.clone.location).catch(ifGone);
  const plan = await planDependencies(source, entries);
  const key = keyOf(plan, request);
  const isFresh = record?.key === key && (record.retryAt ?? 0) > request.clock.now();
  if (record && isFresh && (await isWhole(record, request))) return toLayer(record, request);
  const file = join(request.clone.gitDir, 'fixgate-locks', 'dependencies');
  const what = `The dependencies of ${excerpt(request.clone.location)}`;
  return await withLock({ file, what, waitMs: LOCK_WAIT_MS }, async () => {
    // Another process may have made it while this one waited.
    const made = await readRecord(request);
    if (made?.key === key && made.key !== record?.key && (await isWhole(made, request))) return toLayer(made, request);
    return await make(request, plan, entries);
  });
}

async function make(
  request: LayerRequest,
  plan: DependencyPlan,
  entries: ReadonlyMap<string, TreeEntry>,
): Promise<DependencyLayer> {
  const { folder, clone } = request;
  await mkdir(join(folder, clone.id), { recursive: true, mode: 0o700 });
  const { install } = request;
  const wanted = install && request.noInstall === undefined ? plan.uninstalled : [];
  const scratch = join(folder, clone.id);
  const at = { git: request.git, store: clone, scratch, label: `${clone.id}-${request.tree.slice(0, 12)}` };
  await using installed =
    install && wanted.length > 0 ? await installDependencies(at, wanted, { entries, deps: install }) : undefined;
  const fresh = installed ? await madeFolders(installed.root, plan.folders) : [];
  const folders = [...plan.fitting.map((each) => each.folder), ...fresh];
  const key = keyOf(plan, request);
  const id = folders.length === 0 ? '' : hash([key, ...folders]);
  if (id !== '' && !(await exists(join(scratch, id)))) {
    const temporary = join(scratch, `${id}.tmp`);
    await removeTree(temporary);
    await mkdir(temporary);
    for (const each of plan.fitting) await bring(clone.location, each.folder, { temporary, seenAt: request.seenAt });
    for (const each of installed ? fresh : [])
      await bring(installed?.root ?? '', each, { temporary, seenAt: request.seenAt });
    await rename(temporary, join(scratch, id));
  }
  const record: LayerRecord = {
    id,
    folders,
    key,
    reason: [toReason(plan, { fresh, installed, noInstall: request.noInstall }), ...placeholders(entries)].join(' '),
    ...retryOf(plan, { folders, triedAt: installed && request.clock.now() }),
  };
  await writeRecord(request, record);
  return toLayer(record, request);
}

/** What is missing may be there at the next look: the operator installs it, or the registry answers again. */
function retryOf(
  plan: DependencyPlan,
  { folders, triedAt }: { readonly folders: readonly string[]; readonly triedAt: number | undefined },
): { readonly retryAt?: number } {
  const missing = plan.uninstalled.filter(({ project }) => !folders.some((folder) => isOf(folder, project)));
  if (plan.key === undefined || (folders.length > 0 && missing.length === 0)) return {};
  return { retryAt: triedAt === undefined ? 0 : triedAt + RETRY_AFTER_MS };
}

function isOf(folder: string, project: string): boolean {
  return project === '.'
    ? !folder.slice(0, folder.lastIndexOf('/') + 1).includes('/')
    : folder.startsWith(`${project}/`);
}

/** Real copies: what is installed may be changed by its owner at any time. */
async function bring(
  from: string,
  folder: string,
  { temporary, seenAt }: { readonly temporary: string; readonly seenAt: string },
): Promise<void> {
  const relink = { from, to: seenAt };
  const target = join(temporary, folder);
  await mkdir(dirname(target), { recursive: true });
  await copyTree({ from: join(from, folder), to: target, relink });
  await relocatePython(target, relink);
}

async function madeFolders(root: string, folders: readonly string[]): Promise<readonly string[]> {
  const made = await Promise.all(folders.map(async (each) => ((await isRealFolder(join(root, each))) ? [each] : [])));
  return made.flat();
}

function toReason(
  plan: DependencyPlan,
  outcome: {
    readonly fresh: readonly string[];
    readonly installed: Installed | undefined;
    readonly noInstall: string | undefined;
  },
): string {
  const reused = plan.fitting.map(
    ({ folder, decidedBy }) => `${excerpt(folder)} (same ${excerpt(decidedBy.join(', '))})`,
  );
  const failures = outcome.installed?.failures ?? [];
  return [
    ...(reused.length > 0 ? [`Reused from the checkout: ${reused.join('; ')}.`] : []),
    ...(outcome.fresh.length > 0
      ? [`Installed from the lockfile, scripts off: ${outcome.fresh.map((folder) => excerpt(folder)).join(', ')}.`]
      : []),
    ...(outcome.fresh.length > 0 && reused.length === 0 ? [] : plan.reasons),
    ...(failures.length > 0 ? [`The installation failed: ${failures.join('; ')}`] : []),
    ...(outcome.noInstall !== undefined && plan.uninstalled.length > 0 ? [outcome.noInstall] : []),
  ].join(' ');
}

/** Files that stand for content which lives elsewhere. */
function placeholders(entries: ReadonlyMap<string, TreeEntry>): readonly string[] {
  const submodules = [...entries.values()].filter(({ mode }) => mode === '160000').length;
  return submodules === 0 ? [] : [`The ${submodules} submodules of the repository are empty folders here.`];
}

function keyOf(plan: DependencyPlan, request: LayerRequest): string {
  return hash([installerOf(request), plan.key ?? '', ...plan.fitting.map(({ folder }) => folder), ...plan.reasons]);
}

/** Processes of other configurations share the folder: what one of them installs its own way serves nobody else. */
function installerOf({ install }: LayerRequest): string {
  return hash(install ? ['installed', JSON.stringify(install.command ?? null)] : []);
}

function hash(words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 24);
}

function toLayer({ id, folders, reason }: LayerRecord, { folder, clone }: LayerRequest): DependencyLayer {
  const root = id === '' ? undefined : join(folder, clone.id, id);
  return { id, root, folders, reused: root !== undefined, reason };
}

async function isWhole({ id }: LayerRecord, { folder, clone }: LayerRequest): Promise<boolean> {
  return id === '' || (await exists(join(folder, clone.id, id)));
}

function recordFile(request: LayerRequest): string {
  const { folder, clone, tree } = request;
  return join(folder, clone.id, `of-${tree}-${installerOf(request)}.json`);
}

async function readRecord(request: LayerRequest): Promise<LayerRecord | undefined> {
  try {
    return JSON.parse(await readFile(recordFile(request), 'utf8')) as LayerRecord;
  } catch {
    // Not made yet, or cut short by a full disk: it is made again.
    return undefined;
  }
}

async function writeRecord(request: LayerRequest, record: LayerRecord): Promise<void> {
  const file = recordFile(request);
  await writeFile(`${file}.${process.pid}`, JSON.stringify(record));
  await rename(`${file}.${process.pid}`, file);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

/** The checkout may be moved or deleted after the incident was opened; only its dependencies are missed then. */
function ifGone(error: unknown): undefined {
  if (!(error instanceof FixgateError)) throw error;
}
