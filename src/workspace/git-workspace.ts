import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { KeptWrite } from '#domain/kept-write.ts';
import { toKeptWrite } from '#domain/kept-write.ts';
import type { PatchRequest } from '#domain/patch-request.ts';
import type { FileWrite, GitMode, PatchRecord } from '#domain/remediation.ts';
import { toFileChanges } from '#domain/remediation.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Permit } from '#policy/verdict.ts';
import { commitTree, DEFAULT_IDENTITY } from '#workspace/commit.ts';
import type { Git } from '#workspace/git.ts';
import { findRevert, readHistory } from '#workspace/history.ts';
import { keepBranch } from '#workspace/kept-branch.ts';
import { assertNoLfsPointer } from '#workspace/lfs-pointer.ts';
import { namingFiles } from '#workspace/patch/failure.ts';
import type { KeptPatches, PatchedTrees, TreeAt } from '#workspace/patched-trees.ts';
import { createPatchedTrees } from '#workspace/patched-trees.ts';
import { createReferenceFinder } from '#workspace/references.ts';
import { layoutAround } from '#workspace/repository-layout.ts';
import type { Clone, Repositories } from '#workspace/repository.ts';
import { countTouched, withLines } from '#workspace/touched-files.ts';
import type { EditedTree, TreeSource } from '#workspace/tree-edit.ts';
import { editTree } from '#workspace/tree-edit.ts';
import { findEntry, FOLDER_MODE, toGitMode } from '#workspace/trees.ts';
import type { AppliedPatch, CurrentTree, Workspace } from '#workspace/workspace.ts';

/** Bytes of the unified diff that `current` answers. */
const MAX_DIFF_BYTES = 200_000;
/** Bytes of the diff that a human may have to look at before a patch. */
const MAX_SHOWN_BYTES = 2_000_000;

/** What the workspace keeps: the last patch names the incident's tree, whatever lies on disk. */
export interface PatchLedger extends KeptPatches {
  everTouched(incidentId: string): readonly string[];
  recordPatch(
    incidentId: string,
    patch: Omit<PatchRecord, 'n'> & { readonly writes: readonly KeptWrite[] },
    everTouched: readonly string[],
    event: NewTimelineEvent,
  ): PatchRecord | undefined;
}

/** The files that a patch is computed on. */
export interface PatchFiles {
  /** A regular file, symbolic link or submodule of the tree; undefined when there is none. Throws for a pointer of Git LFS. */
  read(path: string): Promise<{ readonly content: Buffer; readonly mode: GitMode; readonly oid: string } | undefined>;
  /** Every path of the tree. */
  paths(): Promise<readonly string[]>;
}

/** Turns a patch, its text alone or a whole request, into file contents; throws `invalid_input`, or `conflict` where it came too late. */
export type Patcher = (
  patch: string | PatchRequest,
  files: PatchFiles,
) => Promise<{ readonly writes: readonly FileWrite[]; readonly reads: readonly string[] }>;

/** What the workspace needs. */
export interface GitWorkspaceDeps {
  readonly store: PatchLedger;
  readonly clock: Clock;
  readonly patcher: Patcher;
  readonly repositories: Repositories;
  /** Author and committer of hotfix commits, as `Name <mail>`. */
  readonly identity?: string;
}

/** Makes the workspace; its state is the store and the clones, so that any number of processes may make one. */
export function createGitWorkspace(deps: GitWorkspaceDeps): Workspace {
  const { git } = deps.repositories;
  const trees = createPatchedTrees(deps);
  const referencesIn = createReferenceFinder(git);
  const previewed: TreeDeps['previewed'] = new WeakMap();
  return {
    preview: (incident, patch, reason) => preview({ ...deps, trees, previewed }, { incident, patch, reason }),
    apply: (permit, actor) => apply({ ...deps, trees, previewed }, permit, actor),
    current: (incident) => current(trees, incident),
    async diffTo(incident, tree) {
      if (!deps.store.patches(incident.id).some((patch) => patch.tree === tree)) return undefined;
      // The trees of all patches are in the clone when the last one is.
      const { clone, baseTree } = await trees.current(incident);
      return toText((await clone.trees.compare({ from: baseTree, to: tree })).diff);
    },
    async commit(permit, message, at) {
      const { incident, action } = permit;
      const { clone, tree } = await trees.current(incident);
      if (tree !== action.tree) throw moved();
      return await commitTree({ git, clone }, permit, { message, at, identity: deps.identity ?? DEFAULT_IDENTITY });
    },
    async keepBranch(incident, message, at) {
      const { clone, tree, baseTree } = await trees.current(incident);
      if (tree === baseTree) return undefined;
      const words = { message, at, identity: deps.identity ?? DEFAULT_IDENTITY };
      return await keepBranch({ git, clone, tree }, incident, words);
    },
    async references(incident, text) {
      const { clone } = await trees.base(incident);
      return await referencesIn(clone, incident.repository.baseCommit, text);
    },
    async history(incident, paths) {
      const { clone } = await trees.base(incident);
      return await readHistory({ git, clone }, incident.repository.baseCommit, paths);
    },
    async revertOf(incident, commit) {
      const { clone } = await trees.base(incident);
      return await findRevert({ git, clone }, incident, commit);
    },
    async list(incident, from = 'tree') {
      const { clone, tree } = await trees[from === 'tree' ? 'current' : 'base'](incident);
      return await listPaths(git, clone, tree);
    },
    async read(incident, path, from = 'tree') {
      const { clone, tree } = await trees[from === 'tree' ? 'look' : 'base'](incident);
      const entry = await findEntry(clone.objects, clone.objectFormat, { tree, path });
      const isFile = entry !== undefined && entry.mode !== FOLDER_MODE && toGitMode(entry.mode).startsWith('100');
      return isFile ? await clone.objects.get(entry.oid, 'blob') : undefined;
    },
  };
}

interface TreeDeps extends GitWorkspaceDeps {
  readonly trees: PatchedTrees;
  /** What the writes of previews made, so that applying the same writes makes it only once. */
  readonly previewed: WeakMap<
    readonly FileWrite[],
    { readonly clone: Clone; readonly from: string; readonly edited: EditedTree }
  >;
}

async function preview(
  deps: TreeDeps,
  {
    incident,
    patch,
    reason,
  }: { readonly incident: Incident; readonly patch: string | PatchRequest; readonly reason: string },
) {
  const { clone, tree: fromTree, baseTree, patches } = await deps.trees.look(incident);
  const computed = await deps.patcher(patch, filesOf(deps, { clone, tree: fromTree }));
  const edited = await editTree(toSource(clone), fromTree, computed.writes).catch((error: unknown) => {
    throw namingFiles(error, [...computed.writes.map(({ path }) => path), ...computed.reads]);
  });
  if (edited.tree === fromTree) throw changesNothing();
  const at = { incident, clone, baseTree, fromTree, patches };
  // Git compares the trees while the rest is read.
  const [net, { writes, touched, ...facts }] = await Promise.all([
    clone.trees.compare({ from: baseTree, to: edited.tree, made: edited.objects }),
    factsOf(deps, at, edited.writes),
  ]);
  deps.previewed.set(writes, { clone, from: fromTree, edited: { ...edited, writes } });
  return {
    kind: 'patch' as const,
    reason,
    fromTree,
    tree: edited.tree,
    writes,
    reads: computed.reads,
    netChanges: net.files,
    diffHash: net.diffHash,
    diff: toText(net.diff, MAX_SHOWN_BYTES),
    touched: withLines(touched, [...patches.map(({ files }) => files), net.files]),
    ...facts,
  };
}

/** What is to be known of writes beside what they change. */
async function factsOf(
  deps: TreeDeps,
  { incident, clone, baseTree, fromTree, patches }: PreviewAt,
  edited: readonly FileWrite[],
) {
  const contentAt = (tree: string) => (path: string) => contentOf({ clone, tree }, path);
  const writes = await Promise.all(edited.map((write) => withContent(write, contentAt(fromTree))));
  const changed = writes.map(({ path }) => path);
  const everTouched = [...new Set([...deps.store.everTouched(incident.id), ...changed])].toSorted();
  const layout = await layoutAround(clone, fromTree, changed);
  const touched = await countTouched(everTouched, {
    before: contentAt(baseTree),
    after: async (path) => {
      const write = writes.find((each) => each.path === path);
      return write ? write.after?.content : await contentAt(fromTree)(path);
    },
    earlier: patches.at(-1)?.touched ?? [],
  });
  return { writes, everTouched, layout, touched };
}

interface PreviewAt {
  readonly incident: Incident;
  readonly clone: Clone;
  readonly baseTree: string;
  readonly fromTree: string;
  readonly patches: readonly PatchRecord[];
}

function toSource({ objects, objectFormat }: Clone): TreeSource {
  return { reader: objects, objectFormat };
}

/** Content of a regular file, or target of a link; undefined where there is none, or none of this repository. */
async function contentOf({ clone, tree }: TreeAt, path: string): Promise<Buffer | undefined> {
  const entry = await findEntry(clone.objects, clone.objectFormat, { tree, path });
  if (!entry || entry.mode === FOLDER_MODE || toGitMode(entry.mode) === '160000') return undefined;
  return await clone.objects.get(entry.oid, 'blob');
}

async function withContent(write: FileWrite, content: (path: string) => Promise<Buffer | undefined>) {
  if (write.before?.content) return write;
  const before = write.before && (await content(write.path));
  return before && write.before ? { ...write, before: { ...write.before, content: before } } : write;
}

function filesOf({ repositories: { git } }: GitWorkspaceDeps, { clone, tree }: TreeAt): PatchFiles {
  return {
    async read(path) {
      const entry = await findEntry(clone.objects, clone.objectFormat, { tree, path });
      if (!entry || entry.mode === FOLDER_MODE) return undefined;
      const mode = toGitMode(entry.mode);
      // A submodule's commit lives in another repository.
      const content = mode === '160000' ? Buffer.alloc(0) : await clone.objects.get(entry.oid, 'blob');
      assertNoLfsPointer(path, content);
      return { content, mode, oid: entry.oid };
    },
    async paths() {
      await clone.objects.written();
      return await listPaths(git, clone, tree);
    },
  };
}

async function listPaths(git: Git, { gitDir }: Clone, tree: string): Promise<readonly string[]> {
  return (await git.text({ gitDir, args: ['ls-tree', '-r', '-z', '--name-only', tree] })).split('\0').filter(Boolean);
}

/** The record alone decides: a process that is killed before it leaves the old tree as the truth, and one after it makes the new one again. */
async function apply(deps: TreeDeps, permit: Permit<'patch'>, actor: string): Promise<AppliedPatch> {
  const { action, incident } = permit;
  const { reason, fromTree, tree, diffHash, netChanges: files, touched } = action;
  const known = deps.previewed.get(action.writes);
  const at = await deps.trees.recorded(incident);
  const made = known?.from === fromTree && known.clone === at.clone ? known.edited : undefined;
  const { clone, tree: now } = made ? at : await deps.trees.look(incident);
  if (now !== fromTree) throw moved();
  const edited = made ?? (await editTree(toSource(clone), fromTree, action.writes));
  if (edited.tree !== tree) throw otherTree(edited.tree, tree);
  const contentBefore = (path: string) => contentOf({ clone, tree: fromTree }, path);
  const writes = await Promise.all(edited.writes.map((write) => withContent(write, contentBefore)));
  deps.trees.write(clone, edited);
  const patch = {
    at: deps.clock.now(),
    reason,
    fromTree,
    tree,
    diffHash,
    files,
    touched,
    changes: toFileChanges(action.writes),
    ...(action.sent && { sent: action.sent }),
    writes: writes.map(toKeptWrite),
  };
  const recorded = deps.store.recordPatch(incident.id, patch, action.everTouched, toEvent(permit, actor));
  if (!recorded) throw moved();
  return { tree, diffHash, files };
}

async function current(trees: PatchedTrees, incident: Incident): Promise<CurrentTree> {
  const { clone, tree, baseTree } = await trees.current(incident);
  const net = await clone.trees.compare({ from: baseTree, to: tree });
  return { tree, baseTree, diffHash: net.diffHash, files: net.files, diff: toText(net.diff) };
}

function toText(diff: Buffer, maxBytes: number = MAX_DIFF_BYTES): string {
  if (diff.length <= maxBytes) return diff.toString('utf8');
  const end = diff.lastIndexOf(10, maxBytes - 1) + 1;
  return `${diff.toString('utf8', 0, end)}[diff cut: ${end} of ${diff.length} bytes shown]\n`;
}

function toEvent({ action, callId }: Permit<'patch'>, actor: string): NewTimelineEvent {
  const sum = (of: (file: FileWrite) => number) => action.writes.reduce((total, file) => total + of(file), 0);
  const paths = action.writes.map(({ path }) => path);
  const [added, removed] = [sum((file) => file.added), sum((file) => file.removed)];
  return {
    type: 'patch.applied',
    actor,
    tool: 'apply_patch',
    callId,
    summary: `Patched ${paths.length} ${paths.length === 1 ? 'file' : 'files'} (+${added} −${removed}): ${action.reason}`,
    data: { files: paths, from_tree: action.fromTree, tree: action.tree, diff_hash: action.diffHash },
  };
}

function moved(): FixgateError {
  return new FixgateError('conflict', 'The tree of the incident moved since this was planned.', {
    fix: 'Read the files again and plan the change on the current tree.',
  });
}

function otherTree(made: string, admitted: string): FixgateError {
  return new FixgateError('internal', `The patch makes the tree ${made}, but ${admitted} was admitted.`, {
    fix: 'Report this to the operator of the server.',
  });
}

function changesNothing(): FixgateError {
  return new FixgateError('invalid_input', 'The patch changes nothing: the tree stays exactly as it is.', {
    fix: 'Send a patch whose result differs from the current files, or go on with run_tests.',
  });
}
