import type { PatchAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { FileChange } from '#domain/remediation.ts';
import { toFileChanges } from '#domain/remediation.ts';
import { withoutExcerpts } from '#engine/services/patch-excerpts.ts';
import type { RiskGatherer } from '#engine/services/risk-facts.ts';
import type { CallContext } from '#engine/tool.ts';
import { codeWarnings } from '#policy/guards/code-rules.ts';
import type { Policy } from '#policy/schema.ts';
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

interface PatchServiceDeps {
  readonly workspace: Workspace;
  readonly risks: Pick<RiskGatherer, 'ofPatch'>;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
}

/** Warnings of code rules that one answer repeats. */
const MAX_WARNINGS = 5;

/** Makes the service behind `apply_patch`. */
export function createPatchService({ workspace, policyOf, risks }: PatchServiceDeps): PatchService {
  return {
    async plan({ patch, reason, plan }, { incident }) {
      const policy = await policyOf(incident);
      const told = plan === undefined ? reason : `${reason}\nPlan: ${plan}`;
      const previewed = await workspace.preview(incident, patch, told).catch((error: unknown) => {
        throw withoutExcerpts(error, policy, incident);
      });
      const risk = await risks.ofPatch(incident, previewed);
      const action = { ...previewed, risk, ...(plan !== undefined && { plan }) };
      if (policy.file_scope === 'any') return action;
      const named = incident.rca && (await workspace.references(incident, incident.rca.text));
      return { ...action, rcaFiles: named?.files ?? [] };
    },
    async run(permit, call) {
      const applied = await workspace.apply(permit, call.actor);
      const files = toFileChanges(permit.action.writes);
      const warnings = codeWarnings(permit.action, await policyOf(call.incident)).slice(0, MAX_WARNINGS);
      const warned = warnings.map((warning) => ` Warning: ${warning}`).join('');
      return {
        summary: `Patch applied: ${describeChanges(files)}. Next: run_tests, then open_pr.${warned}`,
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
