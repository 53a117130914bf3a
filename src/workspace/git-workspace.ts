import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileWrite, GitMode, PatchRecord, TouchedFile } from '#domain/remediation.ts';
import { findLostTests } from '#domain/test-cases.ts';
import type { NewTimelineEvent } from '#domain/timeline.ts';
import type { Permit } from '#policy/verdict.ts';
import { commitTree } from '#workspace/commit.ts';
import type { Git } from '#workspace/git.ts';
import { readHistory } from '#workspace/history.ts';
import { DEFAULT_IDENTITY, importTree } from '#workspace/import-tree.ts';
import { lineCount, netDiff } from '#workspace/net-diff.ts';
import type { ObjectReader } from '#workspace/objects.ts';
import { createObjectReader, treeOfCommit } from '#workspace/objects.ts';
import { createQuarantine } from '#workspace/quarantine.ts';
import { findReferences } from '#workspace/references.ts';
import type { Clone, Repositories } from '#workspace/repository.ts';
import { editTree } from '#workspace/tree-edit.ts';
import { findEntry, FOLDER_MODE, toGitMode } from '#workspace/trees.ts';
import type { AppliedPatch, CurrentTree, Workspace } from '#workspace/workspace.ts';

/** Bytes of the unified diff that `current` answers. */
const MAX_DIFF_BYTES = 200_000;

/** What the workspace keeps: the last patch names the incident's tree, whatever lies on disk. */
export interface PatchLedger {
  patches(incidentId: string): readonly PatchRecord[];
  everTouched(incidentId: string): readonly string[];
  recordPatch(
    incidentId: string,
    patch: Omit<PatchRecord, 'n'>,
    everTouched: readonly string[],
    event: NewTimelineEvent,
  ): PatchRecord | undefined;
}

/** The files that a patch is computed on. */
export interface PatchFiles {
  /** A regular file, symbolic link or submodule of the tree; undefined when there is none. */
  read(path: string): Promise<{ readonly content: Buffer; readonly mode: GitMode; readonly oid: string } | undefined>;
  /** Every path of the tree. */
  paths(): Promise<readonly string[]>;
}

/** Turns the text of a patch into file contents; throws `invalid_input`. */
export type Patcher = (
  patch: string,
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
  const { repositories } = deps;
  return {
    preview: (incident, patch, reason) => preview(deps, { incident, patch, reason }),
    apply: (permit, actor) => apply(deps, permit, actor),
    current: (incident) => current(deps, incident),
    async commit(permit, message, at) {
      const { incident, action } = permit;
      const clone = await repositories.open(incident.repository.location);
      await using reader = createObjectReader(repositories.git, clone);
      if ((await treeOf(deps, incident, reader)) !== action.tree) throw moved();
      const identity = deps.identity ?? DEFAULT_IDENTITY;
      return await commitTree({ git: repositories.git, clone }, permit, { message, at, identity });
    },
    async references(incident, text) {
      const clone = await repositories.open(incident.repository.location);
      return await findReferences({ git: repositories.git, clone }, incident.repository.baseCommit, text);
    },
    async history(incident, paths) {
      const clone = await repositories.open(incident.repository.location);
      return await readHistory({ git: repositories.git, clone }, incident.repository.baseCommit, paths);
    },
    async list(incident, from = 'tree') {
      const clone = await repositories.open(incident.repository.location);
      await using reader = createObjectReader(repositories.git, clone);
      const { baseCommit } = incident.repository;
      const tree = from === 'tree' ? await treeOf(deps, incident, reader) : baseCommit;
      return await listPaths(repositories.git, clone, tree);
    },
    async read(incident, path, from = 'tree') {
      const clone = await repositories.open(incident.repository.location);
      await using reader = createObjectReader(repositories.git, clone);
      const { baseCommit } = incident.repository;
      const tree = from === 'tree' ? await treeOf(deps, incident, reader) : await treeOfCommit(reader, baseCommit);
      const entry = await findEntry(reader, clone.objectFormat, { tree, path });
      const isFile = entry !== undefined && entry.mode !== FOLDER_MODE && toGitMode(entry.mode).startsWith('100');
      return isFile ? await reader.get(entry.oid, 'blob') : undefined;
    },
  };
}

/** Id of the incident's tree: the last accepted patch, else the base commit's tree. */
async function treeOf({ store }: GitWorkspaceDeps, incident: Incident, reader: ObjectReader): Promise<string> {
  return store.patches(incident.id).at(-1)?.tree ?? (await treeOfCommit(reader, incident.repository.baseCommit));
}

async function preview(
  deps: GitWorkspaceDeps,
  { incident, patch, reason }: { readonly incident: Incident; readonly patch: string; readonly reason: string },
) {
  const { git } = deps.repositories;
  const clone = await deps.repositories.open(incident.repository.location);
  await using reader = createObjectReader(git, clone);
  const fromTree = await treeOf(deps, incident, reader);
  const computed = await deps.patcher(patch, filesOf(deps, { clone, reader, tree: fromTree }));
  const edited = await editTree({ reader, objectFormat: clone.objectFormat }, fromTree, computed.writes);
  if (edited.tree === fromTree) throw changesNothing();
  await using quarantine = await createQuarantine(clone, edited.objects);
  const made = new Map(edited.objects.map(({ oid, content }) => [oid, content]));
  const baseTree = await treeOfCommit(reader, incident.repository.baseCommit);
  const net = await netDiff(git, {
    store: clone,
    from: baseTree,
    to: edited.tree,
    env: quarantine.env,
    countLines: async (oid) => lineCount(made.get(oid) ?? (await reader.get(oid, 'blob'))),
  });
  const paths = [...deps.store.everTouched(incident.id), ...edited.writes.map(({ path }) => path)];
  const everTouched = [...new Set(paths)].toSorted();
  const contentAt = (tree: string) => (path: string) => contentOf({ reader, clone, tree }, path);
  const writes = await Promise.all(edited.writes.map((write) => withContent(write, contentAt(fromTree))));
  return {
    kind: 'patch' as const,
    reason,
    fromTree,
    tree: edited.tree,
    writes,
    reads: computed.reads,
    netChanges: net.files,
    diffHash: net.diffHash,
    everTouched,
    touched: await countTouched(everTouched, {
      before: contentAt(baseTree),
      after: async (path) => {
        const write = writes.find((each) => each.path === path);
        return write ? write.after?.content : await contentAt(fromTree)(path);
      },
      earlier: deps.store.patches(incident.id).at(-1)?.touched ?? [],
    }),
  };
}

/** Content of a regular file, or target of a link; undefined where there is none, or none of this repository. */
async function contentOf(
  at: { readonly reader: ObjectReader; readonly clone: Clone; readonly tree: string },
  path: string,
): Promise<Buffer | undefined> {
  const entry = await findEntry(at.reader, at.clone.objectFormat, { tree: at.tree, path });
  if (!entry || entry.mode === FOLDER_MODE || toGitMode(entry.mode) === '160000') return undefined;
  return await at.reader.get(entry.oid, 'blob');
}

async function withContent(write: FileWrite, content: (path: string) => Promise<Buffer | undefined>) {
  const before = write.before && (await content(write.path));
  return before && write.before ? { ...write, before: { ...write.before, content: before } } : write;
}

/** What counts of every path ever touched: it only grows from patch to patch. */
async function countTouched(
  paths: readonly string[],
  sides: {
    readonly before: (path: string) => Promise<Buffer | undefined>;
    readonly after: (path: string) => Promise<Buffer | undefined>;
    readonly earlier: readonly TouchedFile[];
  },
): Promise<readonly TouchedFile[]> {
  const files = await Promise.all(
    paths.map(async (path) => ({ path, before: await sides.before(path), after: await sides.after(path) })),
  );
  const lost = findLostTests(
    files.map(({ path, before, after }) => ({ path, before: before?.toString(), after: after?.toString() })),
  );
  return files.map(({ path, after }) => {
    const earlier = sides.earlier.find((each) => each.path === path);
    return {
      path,
      bytes: Math.max(earlier?.bytes ?? 0, after?.length ?? 0),
      lostTests: [...new Set([...(earlier?.lostTests ?? []), ...(lost.get(path) ?? [])])],
    };
  });
}

function filesOf(
  { repositories: { git } }: GitWorkspaceDeps,
  at: { readonly clone: Clone; readonly reader: ObjectReader; readonly tree: string },
): PatchFiles {
  return {
    async read(path) {
      const entry = await findEntry(at.reader, at.clone.objectFormat, { tree: at.tree, path });
      if (!entry || entry.mode === FOLDER_MODE) return undefined;
      const mode = toGitMode(entry.mode);
      // A submodule's commit lives in another repository.
      const content = mode === '160000' ? Buffer.alloc(0) : await at.reader.get(entry.oid, 'blob');
      return { content, mode, oid: entry.oid };
    },
    paths: () => listPaths(git, at.clone, at.tree),
  };
}

async function listPaths(git: Git, { gitDir }: Clone, tree: string): Promise<readonly string[]> {
  return (await git.text({ gitDir, args: ['ls-tree', '-r', '-z', '--name-only', tree] })).split('\0').filter(Boolean);
}

/** Objects and pin first, the record last: a process that is killed in between leaves the old tree as the truth. */
async function apply(deps: GitWorkspaceDeps, permit: Permit<'patch'>, actor: string): Promise<AppliedPatch> {
  const { action, incident } = permit;
  const { git } = deps.repositories;
  const clone = await deps.repositories.open(incident.repository.location);
  await using reader = createObjectReader(git, clone);
  if ((await treeOf(deps, incident, reader)) !== action.fromTree) throw moved();
  const at = deps.clock.now();
  const { fromTree, tree, writes } = action;
  await importTree(git, clone, { fromTree, tree, writes, at, ref: `refs/fixgate/${incident.id}/${tree}` });
  const patch = {
    at,
    reason: action.reason,
    fromTree,
    tree,
    diffHash: action.diffHash,
    files: action.netChanges,
    touched: action.touched,
  };
  const recorded = deps.store.recordPatch(incident.id, patch, action.everTouched, toEvent(permit, actor));
  if (!recorded) throw moved();
  return { tree, diffHash: action.diffHash, files: action.netChanges };
}

async function current(deps: GitWorkspaceDeps, incident: Incident): Promise<CurrentTree> {
  const clone = await deps.repositories.open(incident.repository.location);
  await using reader = createObjectReader(deps.repositories.git, clone);
  const tree = await treeOf(deps, incident, reader);
  const net = await netDiff(deps.repositories.git, {
    store: clone,
    from: await treeOfCommit(reader, incident.repository.baseCommit),
    to: tree,
    countLines: async (oid) => lineCount(await reader.get(oid, 'blob')),
  });
  return { tree, diffHash: net.diffHash, files: net.files, diff: toText(net.diff) };
}

function toText(diff: Buffer): string {
  if (diff.length <= MAX_DIFF_BYTES) return diff.toString('utf8');
  const end = diff.lastIndexOf(10, MAX_DIFF_BYTES - 1) + 1;
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

function changesNothing(): FixgateError {
  return new FixgateError('invalid_input', 'The patch changes nothing: the tree stays exactly as it is.', {
    fix: 'Send a patch whose result differs from the current files, or go on with run_tests.',
  });
}
