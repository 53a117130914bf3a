import type { Approval } from '#domain/approval.ts';
import type { PatchRecord } from '#domain/remediation.ts';
import type { FloorHit } from '#domain/risk.ts';
import type { Store } from '#state/store.ts';

/** What an incident's patches are known by. */
interface Earlier {
  readonly store: Pick<Store, 'patches' | 'approvals'>;
  readonly incidentId: string;
  /** The files of the change that is judged. */
  readonly paths: readonly string[];
  /** Those that the patch in question changes itself. */
  readonly own: readonly string[];
  /** Whether a decision carries the proof that is asked for here. */
  readonly isProved: (approval: Approval) => Promise<boolean>;
}

/** Says of each floor that an earlier patch set, and that a human let that patch in, so that nobody takes it for news. */
export async function tellApproved(floors: readonly FloorHit[], earlier: Earlier): Promise<readonly FloorHit[]> {
  if (floors.length === 0) return floors;
  const { store, incidentId, paths, own, isProved } = earlier;
  const patches = store.patches(incidentId);
  const used = store
    .approvals(incidentId)
    .filter((each) => each.kind === 'patch' && each.decision?.verdict === 'approved' && each.consumedAt !== undefined);
  const proved = await Promise.all(used.map(isProved));
  const approvals = used.filter((_, index) => proved[index]);
  const approvedAs = (patch: PatchRecord | undefined) =>
    approvals.find(({ facts }) => patch !== undefined && facts['tree'] === patch.tree)?.id;
  return floors.map(({ floor, why }) => {
    const named = paths.filter((path) => why.includes(path));
    const made = named.map((path) => (own.includes(path) ? undefined : lastOf(patches, path)));
    const ids = made.map(approvedAs);
    const [patch] = made;
    if (patch === undefined || ids.includes(undefined)) return { floor, why };
    return { floor, why: `${why} (of patch ${patch.n}, which a human approved as ${ids[0]})` };
  });
}

function lastOf(patches: readonly PatchRecord[], path: string): PatchRecord | undefined {
  return patches.findLast(({ changes, files }) => (changes ?? files).some((change) => change.path === path));
}
