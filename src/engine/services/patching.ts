import type { InspectAction, PatchAction } from '#domain/action.ts';
import type { Incident } from '#domain/incident.ts';
import type { PatchRequest, SentPatch } from '#domain/patch-request.ts';
import { hashOfRequest } from '#domain/patch-request.ts';
import type { FileChange, PatchRecord } from '#domain/remediation.ts';
import { toFileChanges } from '#domain/remediation.ts';
import type { SecretReview } from '#engine/secret-review.ts';
import { withoutExcerpts } from '#engine/services/patch-excerpts.ts';
import { earlierPatch, findRepeat } from '#engine/services/patch-repeats.ts';
import type { RiskGatherer } from '#engine/services/risk-facts.ts';
import type { CallContext } from '#engine/tool.ts';
import { patchAttributes } from '#engine/trace-changes.ts';
import { codeWarnings } from '#policy/guards/code-rules.ts';
import type { Policy } from '#policy/schema.ts';
import type { Permit } from '#policy/verdict.ts';
import type { Store } from '#state/store.ts';
import { withSpan } from '#telemetry/tracing.ts';
import type { Workspace } from '#workspace/workspace.ts';

/** What `apply_patch` is asked. */
export interface PatchInput extends PatchRequest {
  readonly reason: string;
  readonly plan?: string | undefined;
  readonly idempotency_key?: string | undefined;
}

/** What `apply_patch` answers. */
export interface PatchOutput {
  readonly summary: string;
  readonly applied: boolean;
  /** An earlier call made this change; the rest is its answer again. */
  readonly already_applied?: boolean;
  readonly diff_hash: string;
  readonly tree: string;
  readonly files: FileChange[];
}

/** Changes the incident's tree; a change that was accepted before is answered again and costs nothing. */
export interface PatchService {
  plan(input: PatchInput, call: CallContext): Promise<PatchAction | InspectAction>;
  run(permit: Permit<'patch' | 'inspect'>, input: PatchInput, call: CallContext): Promise<PatchOutput>;
  dryRun(action: PatchAction | InspectAction, input: PatchInput, call: CallContext): PatchOutput;
}

interface PatchServiceDeps {
  readonly workspace: Workspace;
  readonly store: Pick<Store, 'patches'>;
  readonly risks: Pick<RiskGatherer, 'ofPatch'>;
  readonly review: Pick<SecretReview, 'inPatch'>;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
}

/** Warnings of code rules that one answer repeats. */
const MAX_WARNINGS = 5;

/** Makes the service behind `apply_patch`. */
export function createPatchService({ workspace, store, policyOf, risks, review }: PatchServiceDeps): PatchService {
  async function preview(input: PatchInput, sent: SentPatch, incident: Incident): Promise<PatchAction> {
    const { patch, edits, base, reason, plan } = input;
    const policy = await policyOf(incident);
    const told = plan === undefined ? reason : `${reason}\nPlan: ${plan}`;
    const previewed = await workspace.preview(incident, { patch, edits, base }, told).catch((error: unknown) => {
      throw withoutExcerpts(error, policy, incident);
    });
    const risk = await risks.ofPatch(incident, previewed);
    const secrets = await review.inPatch(previewed.writes);
    const action = { ...previewed, sent, risk, secrets, ...(plan !== undefined && { plan }) };
    if (policy.file_scope === 'any') return action;
    const named = incident.rca && (await workspace.references(incident, incident.rca.text));
    return { ...action, rcaFiles: named?.files ?? [] };
  }

  /** The answer of the earlier call that `plan` found. */
  function repeat(input: PatchInput, incident: Incident): PatchOutput {
    const patches = store.patches(incident.id);
    const earlier = earlierPatch(patches, toSent(input));
    if (!earlier) throw new Error('the earlier patch is gone');
    return toRepeat(earlier, patches);
  }

  async function apply(permit: Permit<'patch'>, { actor, incident }: CallContext): Promise<PatchOutput> {
    const { action } = permit;
    try {
      const change = patchAttributes(incident, action);
      const applied = await withSpan({ name: 'git apply', attributes: change }, async (span) => {
        const done = await workspace.apply(permit, actor);
        span?.set({ 'fixgate.change.tree': done.tree, 'fixgate.change.diff_hash': done.diffHash });
        return done;
      });
      const files = toFileChanges(action.writes);
      const warnings = codeWarnings(action, await policyOf(incident))
        .slice(0, MAX_WARNINGS)
        .map(({ rule, says }) => `${rule}: ${says}`);
      const warned = warnings.map((warning) => ` Warning: ${warning}`).join('');
      const next =
        applied.files.length === 0
          ? 'Nothing is changed any more: the tree is that of the base commit. Next: apply_patch, or escalate.'
          : 'Next: run_tests, then open_pr.';
      const summary = `Patch applied: ${describeChanges(files)}. ${next}${warned}`;
      return { summary, applied: true, diff_hash: applied.diffHash, tree: applied.tree, files };
    } catch (error) {
      // The same change sent twice at once: one of the two made the tree that the other meant.
      const patches = store.patches(incident.id);
      const same = action.sent && earlierPatch(patches, action.sent);
      if (!same || same.fromTree !== action.fromTree) throw error;
      return toRepeat(same, patches);
    }
  }

  return {
    async plan(input, { incident }) {
      const sent = toSent(input);
      if (findRepeat(store.patches(incident.id), sent)) return { kind: 'inspect' };
      return await preview(input, sent, incident);
    },
    run: async (permit, input, call) =>
      isPatchPermit(permit) ? await apply(permit, call) : repeat(input, call.incident),
    dryRun(action, input, { incident }) {
      if (action.kind === 'inspect') return repeat(input, incident);
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

function isPatchPermit(permit: Permit<'patch' | 'inspect'>): permit is Permit<'patch' | 'inspect'> & Permit<'patch'> {
  return permit.action.kind === 'patch';
}

function toSent({ idempotency_key, ...request }: PatchInput): SentPatch {
  return { hash: hashOfRequest(request), ...(idempotency_key !== undefined && { key: idempotency_key }) };
}

function toRepeat({ n, tree, diffHash, changes = [] }: PatchRecord, patches: readonly PatchRecord[]): PatchOutput {
  const last = patches.at(-1);
  const since = last && last.n > n ? ` The tree has moved on since, up to patch ${last.n}.` : '';
  return {
    summary: `Already applied as patch ${n}, so nothing was written and nothing spent: ${describeChanges(changes)}.${since} Next: run_tests, then open_pr.`,
    applied: true,
    already_applied: true,
    diff_hash: diffHash,
    tree,
    files: [...changes],
  };
}

function describeChanges(files: readonly FileChange[]): string {
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  return `${files.length} file${files.length === 1 ? '' : 's'}, +${added} -${removed} lines`;
}
