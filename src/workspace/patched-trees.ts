import { join } from 'node:path';

import { FixgateError } from '#domain/errors.ts';
import type { Incident } from '#domain/incident.ts';
import type { KeptWrite } from '#domain/kept-write.ts';
import { fromKeptWrite } from '#domain/kept-write.ts';
import type { FileWrite, PatchRecord } from '#domain/remediation.ts';
import { writeObjects } from '#workspace/loose-objects.ts';
import { treeOfCommit } from '#workspace/objects.ts';
import type { Clone, Repositories } from '#workspace/repository.ts';
import type { EditedTree } from '#workspace/tree-edit.ts';
import { editTree } from '#workspace/tree-edit.ts';
import { findEntry, FOLDER_MODE } from '#workspace/trees.ts';

/** The records that trees are made of. */
export interface KeptPatches {
  patches(incidentId: string): readonly PatchRecord[];
  patchWrites(incidentId: string, n: number): readonly KeptWrite[] | undefined;
}

/** A tree and the clone that has it. */
export interface TreeAt {
  readonly clone: Clone;
  readonly tree: string;
}

interface CurrentTreeAt extends TreeAt {
  readonly baseTree: string;
  /** What made it of the base commit's tree, oldest first. */
  readonly patches: readonly PatchRecord[];
}

/** The trees of incidents. Their truth is the records; the objects in a clone are made again wherever they may be missing. */
export interface PatchedTrees {
  /** The base commit's tree. */
  base(incident: Incident): Promise<TreeAt>;
  /** The incident's tree: the last accepted patch, else the base commit's. All of it lies in the clone, for other programs too. */
  current(incident: Incident): Promise<CurrentTreeAt>;
  /** The same for whoever reads through `objects` and `trees` of the clone alone: the last patch may still be on its way to the disk. */
  look(incident: Incident): Promise<CurrentTreeAt>;
  /** The same as far as the records say: nobody has looked whether all of it is in the clone. */
  recorded(incident: Incident): Promise<CurrentTreeAt>;
  /** Begins to write a tree that is about to be recorded. */
  write(clone: Clone, edited: EditedTree): void;
}

/** Makes the trees of a state folder. */
export function createPatchedTrees({
  repositories,
  store,
}: {
  readonly repositories: Repositories;
  readonly store: KeptPatches;
}): PatchedTrees {
  // Of which this process knows that they are whole: it wrote them itself, after the last power failure.
  const whole = new WeakMap<Clone, Set<string>>();
  const wholeIn = (clone: Clone) => {
    const trees = whole.get(clone) ?? new Set();
    whole.set(clone, trees);
    return trees;
  };

  const base = async ({ repository }: Incident): Promise<TreeAt> => {
    const { location, baseCommit } = repository;
    const clone = await repositories.open(location);
    if (!(await clone.objects.find(baseCommit))) await repositories.bring(location, baseCommit);
    return { clone, tree: await treeOfCommit(clone.objects, baseCommit) };
  };

  const recorded = async (incident: Incident): Promise<CurrentTreeAt> => {
    const { clone, tree: baseTree } = await base(incident);
    const patches = store.patches(incident.id);
    return { clone, tree: patches.at(-1)?.tree ?? baseTree, baseTree, patches };
  };

  const look = async (incident: Incident): Promise<CurrentTreeAt> => {
    const current = await recorded(incident);
    const { clone, tree, baseTree } = current;
    if (tree === baseTree) return current;
    const trees = wholeIn(clone);
    // A tree may be collected while this process runs.
    if (!trees.has(tree) || !(await clone.objects.has(tree))) {
      for (const made of await rebuild(clone, store, { incidentId: incident.id, baseTree })) trees.add(made);
    }
    return current;
  };

  return {
    base,
    look,
    recorded,
    async current(incident) {
      const { clone } = await base(incident);
      await clone.objects.written();
      return await look(incident);
    },
    write(clone, { tree, objects }) {
      clone.objects.keep(objects);
      wholeIn(clone).add(tree);
    },
  };
}

/** Writes every tree of an incident again, one patch after the other from the base commit's tree; answers them. */
async function rebuild(
  clone: Clone,
  store: KeptPatches,
  { incidentId, baseTree }: { readonly incidentId: string; readonly baseTree: string },
): Promise<readonly string[]> {
  const made: string[] = [];
  let from = baseTree;
  for (const { n, tree } of store.patches(incidentId)) {
    const kept = store.patchWrites(incidentId, n);
    if (kept) {
      const writes = await Promise.all(kept.map((write) => toWrite(clone, from, write)));
      const edited = await editTree({ reader: clone.objects, objectFormat: clone.objectFormat }, from, writes);
      if (edited.tree !== tree) throw lost(n, `it gives ${edited.tree} now instead of ${tree}`);
      writeObjects(join(clone.gitDir, 'objects'), edited.objects);
    } else if (!(await clone.objects.has(tree))) {
      throw lost(n, 'an older version did not keep what it wrote');
    }
    made.push(tree);
    from = tree;
  }
  return made;
}

async function toWrite(clone: Clone, tree: string, kept: KeptWrite): Promise<FileWrite> {
  const { path, after } = kept;
  const unchanged = { path, added: 0, removed: 0 };
  if (!after) return unchanged;
  const entry = await findEntry(clone.objects, clone.objectFormat, { tree, path });
  const isFile = entry !== undefined && entry.mode !== FOLDER_MODE;
  const before = isFile ? await clone.objects.get(entry.oid, 'blob') : Buffer.alloc(0);
  const content = fromKeptWrite(kept, before);
  return content ? { ...unchanged, after: { mode: after.mode, content } } : unchanged;
}

function lost(n: number, why: string): FixgateError {
  return new FixgateError('internal', `Patch ${n} is not in the clone any more and cannot be made again: ${why}.`, {
    fix: 'Send the whole change again under another incident id, or restore the state folder from a backup.',
  });
}
