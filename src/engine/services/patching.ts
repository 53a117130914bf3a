import type { PatchAction } from '#domain/action.ts';
import type { FileChange } from '#domain/remediation.ts';
import { toFileChanges } from '#domain/remediation.ts';
import type { CallContext } from '#engine/tool.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Workspace } from '#workspace/workspace.ts';

/** What `apply_patch` is asked. */
export interface PatchInput {
  readonly patch: string;
  readonly reason: string;
  readonly plan?: string | undefined;
}

/** What `apply_patch` answers. */
export interface PatchOutput {
  readonly summary: string;
  readonly applied: boolean;
  readonly diff_hash: string;
  readonly tree: string;
  readonly files: FileChange[];
}

/** Changes the incident's tree. */
export interface PatchService {
  plan(input: PatchInput, call: CallContext): Promise<PatchAction>;
  run(permit: Permit<'patch'>, call: CallContext): Promise<PatchOutput>;
  dryRun(action: PatchAction): PatchOutput;
}

/** Makes the service behind `apply_patch`. */
export function createPatchService(deps: { readonly workspace: Workspace }): PatchService {
  return {
    plan: ({ patch, reason, plan }, { incident }) =>
      deps.workspace.preview(incident, patch, plan === undefined ? reason : `${reason}\nPlan: ${plan}`),
    async run(permit, call) {
      const applied = await deps.workspace.apply(permit, call.actor);
      const files = toFileChanges(permit.action.writes);
      return {
        summary: `Patch applied: ${describeChanges(files)}. Next: run_tests, then open_pr.`,
        applied: true,
        diff_hash: applied.diffHash,
        tree: applied.tree,
        files,
      };
    },
    dryRun(action) {
      const files = toFileChanges(action.writes);
      return {
        summary: `Dry run, nothing written: the patch applies and the policy allows it: ${describeChanges(files)}.`,
        applied: false,
        diff_hash: action.diffHash,
        tree: action.tree,
        files,
      };
    },
  };
}

function describeChanges(files: readonly FileChange[]): string {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return `${files.length} file${files.length === 1 ? '' : 's'}, +${added} -${removed} lines`;
}
