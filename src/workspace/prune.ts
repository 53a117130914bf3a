import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident, IncidentState } from '#domain/incident.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import { isRealFolder, removeTree } from '#workspace/copy-tree.ts';
import { bytesBelow, namesIn } from '#workspace/disk-use.ts';
import { withLock } from '#workspace/lock.ts';
import { PREVIEW_SUFFIX } from '#workspace/net-diff.ts';
import { toCloneId } from '#workspace/repository.ts';

/** How long after its last event an incident that ended may still be looked at: a pull request is often touched up at once. */
const QUIET_MS = 3_600_000;
/** Incidents that are looked at, newest first. */
const MAX_INCIDENTS = 100_000;

const ENDED: ReadonlySet<IncidentState> = new Set(['pr_open', 'escalated', 'closed']);

/** What says whether an incident is over. */
export interface PruneStore {
  listIncidents(limit: number): readonly Incident[];
  timeline(incidentId: string): readonly TimelineEvent[];
  testRuns(incidentId: string): readonly { readonly status: 'running' | 'finished' }[];
  getTestRun(jobId: string): { readonly incidentId: string } | undefined;
}

/** What may go. */
export interface PruneRequest {
  /** Milliseconds since the last event of an incident; for what belongs to none, since its last change. */
  readonly olderThanMs: number;
  /** Incidents with a pull request, and those that were handed over or closed, go an hour after their last event. */
  readonly ended: boolean;
  /** Only tells what would go. */
  readonly dryRun: boolean;
}

/** One thing that went, or would go. */
export interface Pruned {
  readonly what: 'worktree' | 'checkout' | 'dependencies' | 'clone' | 'test log' | 'compiled program';
  /** Id of the incident, location of the repository, name of the file, or version of Node.js. */
  readonly of: string;
  readonly bytes: number;
}

/** What a clean-up did. */
export interface PruneResult {
  readonly pruned: readonly Pruned[];
  /** What is in use right now, by name. */
  readonly inUse: readonly string[];
}

/** What a clean-up works on. */
export interface PruneDeps {
  readonly stateFolder: string;
  /** Where Node.js keeps this program compiled. */
  readonly cacheFolder: string;
  readonly store: PruneStore;
  readonly clock: Clock;
}

interface Run extends PruneDeps, PruneRequest {
  readonly incidents: ReadonlyMap<string, Incident>;
  readonly pruned: Pruned[];
  readonly inUse: string[];
}

/** Removes what can be made again of incidents that are over: worktrees, prepared checkouts and dependencies, clones, test logs; and what an older program left compiled. */
export async function prune(deps: PruneDeps, request: PruneRequest): Promise<PruneResult> {
  const incidents = new Map(deps.store.listIncidents(MAX_INCIDENTS).map((incident) => [incident.id, incident]));
  const run: Run = { ...deps, ...request, incidents, pruned: [], inUse: [] };
  for (const cloneId of await namesIn(join(deps.stateFolder, 'worktrees'))) await pruneWorktrees(run, cloneId);
  for (const name of await namesIn(join(deps.stateFolder, 'repos'))) {
    if (/^[0-9a-f]+\.git$/.test(name)) await pruneClone(run, name.slice(0, -'.git'.length));
  }
  await pruneLogs(run);
  await pruneCompiled(run);
  return { pruned: run.pruned, inUse: run.inUse };
}

/** An incident with a running test is never over, whatever its age. */
function isOver({ store, clock, olderThanMs, ended }: Run, incident: Incident): boolean {
  if (store.testRuns(incident.id).some(({ status }) => status === 'running')) return false;
  const last = store.timeline(incident.id).at(-1)?.at ?? incident.openedAt;
  const idle = clock.now() - last;
  return idle > olderThanMs || (ended && ENDED.has(incident.state) && idle > QUIET_MS);
}

/** Whoever takes over continues from a branch of the clone, so that only age counts. */
function isHandedOver(run: Run, incident: Incident): boolean {
  return incident.state === 'escalated' && !isOver({ ...run, ended: false }, incident);
}

async function isOld({ clock, olderThanMs }: Run, path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && clock.now() - found.mtimeMs > olderThanMs;
}

async function pruneWorktrees(run: Run, cloneId: string): Promise<void> {
  const parent = join(run.stateFolder, 'worktrees', cloneId);
  const ids = new Set((await namesIn(parent)).map((name) => name.replace(/\.overlay$/, '')));
  for (const id of ids) {
    const incident = run.incidents.get(id);
    const folders = [join(parent, id), join(parent, `${id}.overlay`)];
    const over = incident
      ? isOver(run, incident)
      : (await Promise.all(folders.map((each) => isOld(run, each)))).some(Boolean);
    if (!over) continue;
    const gitDir = join(run.stateFolder, 'repos', `${cloneId}.git`);
    const admin = join(gitDir, 'worktrees', id);
    await withIncident(run, { cloneId, id }, () => remove(run, { what: 'worktree', of: id }, [...folders, admin]));
  }
}

/** Neither tests of the incident nor another process that writes its worktree run meanwhile. */
async function withIncident(
  run: Run,
  { cloneId, id }: { readonly cloneId: string; readonly id: string },
  work: () => Promise<void>,
): Promise<void> {
  const locks = join(run.stateFolder, 'repos', `${cloneId}.git`, 'fixgate-locks');
  // Without this folder nobody holds the lock, and making it would make half a clone.
  const hasLocks = (await namesIn(locks)).length > 0;
  await unlessInUse(run, id, join(run.stateFolder, 'locks', `tests-${id}`), async () =>
    hasLocks ? await unlessInUse(run, id, join(locks, id), work) : await work(),
  );
}

async function unlessInUse(run: Run, name: string, file: string, work: () => Promise<void>): Promise<void> {
  let began = false;
  try {
    await withLock({ file, what: name, waitMs: 0 }, async () => {
      began = true;
      await work();
    });
  } catch (error) {
    if (began || !(error instanceof FixgateError) || error.code !== 'timeout') throw error;
    run.inUse.push(name);
  }
}

/** A clone goes with everything that was made from it; while it stays, checkouts of commits that no incident needs go. */
async function pruneClone(run: Run, cloneId: string): Promise<void> {
  const gitDir = join(run.stateFolder, 'repos', `${cloneId}.git`);
  const own = [...run.incidents.values()].filter(({ repository }) => toCloneId(repository.location) === cloneId);
  const kept = own.filter((incident) => !isOver(run, incident) || isHandedOver(run, incident));
  const checkouts = join(run.stateFolder, 'checkouts', cloneId);
  const location = own[0]?.repository.location ?? cloneId;
  if (kept.length > 0 || (own.length === 0 && !(await isOld(run, gitDir)))) {
    const needed = new Set(kept.map(({ repository }) => repository.baseCommit));
    for (const commit of await namesIn(checkouts)) {
      if (needed.has(commit) || !/^[0-9a-f]+$/.test(commit) || !(await isOld(run, join(checkouts, commit)))) continue;
      await remove(run, { what: 'checkout', of: commit }, [join(checkouts, commit)]);
    }
    return;
  }
  // Worktrees that could not go are in use.
  if (!run.dryRun && (await namesIn(join(run.stateFolder, 'worktrees', cloneId))).length > 0) return;
  await unlessInUse(run, location, join(run.stateFolder, 'repos', `${cloneId}.lock`), async () => {
    await remove(run, { what: 'checkout', of: location }, [checkouts]);
    await remove(run, { what: 'dependencies', of: location }, [join(run.stateFolder, 'dependencies', cloneId)]);
    await removeClone(run, location, gitDir);
  });
}

/** In one step out of the way of others; what a killed process leaves under the other name goes when the clone is made again. */
async function removeClone(run: Run, location: string, gitDir: string): Promise<void> {
  const aside = `${gitDir}.tmp`;
  if (!run.dryRun) {
    await rm(aside, { recursive: true, force: true });
    await rename(gitDir, aside);
  }
  const beside = await namesIn(dirname(gitDir));
  const previews = beside.filter((name) => name.startsWith(basename(gitDir) + PREVIEW_SUFFIX));
  const paths = [run.dryRun ? gitDir : aside, ...previews.map((name) => join(dirname(gitDir), name))];
  await remove(run, { what: 'clone', of: location }, paths);
}

async function pruneLogs(run: Run): Promise<void> {
  const folder = join(run.stateFolder, 'jobs');
  for (const name of await namesIn(folder)) {
    const incidentId = run.store.getTestRun(name.replace(/\..*$/, ''))?.incidentId;
    const incident = run.incidents.get(incidentId ?? '');
    const over = incident ? isOver(run, incident) : await isOld(run, join(folder, name));
    if (over) await remove(run, { what: 'test log', of: name }, [join(folder, name)]);
  }
}

/** Modules that Node.js compiled, by its version: a process has read what it uses, and what a later one misses is made again. */
async function pruneCompiled(run: Run): Promise<void> {
  for (const version of await namesIn(run.cacheFolder)) {
    const folder = join(run.cacheFolder, version);
    if (!/^v\d/.test(version) || !(await isRealFolder(folder))) continue;
    const old: string[] = [];
    for (const name of await namesIn(folder)) {
      if (/^[0-9a-f]{8}(\.\w+)?$/.test(name) && (await isOld(run, join(folder, name)))) old.push(join(folder, name));
    }
    await remove(run, { what: 'compiled program', of: version }, old);
  }
}

async function remove(run: Run, thing: Omit<Pruned, 'bytes'>, paths: readonly string[]): Promise<void> {
  const sizes = await Promise.all(paths.map(bytesBelow));
  if (sizes.every((size) => size === undefined)) return;
  if (!run.dryRun) for (const path of paths) await removeTree(path);
  run.pruned.push({ ...thing, bytes: sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0) });
}
