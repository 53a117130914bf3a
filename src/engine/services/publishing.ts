import type { PublishAction } from '#domain/action.ts';
import type { Approval } from '#domain/approval.ts';
import type { Clock } from '#domain/clock.ts';
import type { Incident } from '#domain/incident.ts';
import type { PullRequestRecord } from '#domain/remediation.ts';
import type { Risk } from '#domain/risk.ts';
import type { TestFacts } from '#domain/test-proof.ts';
import { editedProof } from '#domain/test-proof.ts';
import type { SecretReview } from '#engine/secret-review.ts';
import { cleanDeep } from '#engine/secret-review.ts';
import { cleanTexts, given, saidBefore, toSaidData } from '#engine/services/pull-request-texts.ts';
import type { RiskGatherer } from '#engine/services/risk-facts.ts';
import type { RiskOutput } from '#engine/services/risk-output.ts';
import { toRiskOutput } from '#engine/services/risk-output.ts';
import { findTriggers } from '#engine/services/triggers.ts';
import type { CallContext } from '#engine/tool.ts';
import { changeAttributes, outcomeAttributes } from '#engine/trace-changes.ts';
import type { Verification } from '#engine/verification.ts';
import type { Approvals } from '#policy/approvals.ts';
import { draftOnly, readyFindings } from '#policy/autonomy.ts';
import { scoreRisk } from '#policy/risk.ts';
import type { Policy } from '#policy/schema.ts';
import type { Permit } from '#policy/verdict.ts';
import type { CodeHost } from '#providers/sources.ts';
import { toReads } from '#report/evidence.ts';
import type { GuardView } from '#report/guard.ts';
import { toCommitMessage, toPullRequestBody, toPullRequestTitle } from '#report/pull-request.ts';
import type { Store } from '#state/store.ts';
import { withSpan } from '#telemetry/tracing.ts';
import type { Workspace } from '#workspace/workspace.ts';

/** What `open_pr` is asked. */
export interface PublishInput {
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  readonly root_cause?: string | undefined;
  readonly draft?: boolean | undefined;
}

/** What `open_pr` answers. */
export interface PublishOutput {
  readonly summary: string;
  readonly url: string;
  readonly branch: string;
  readonly created: boolean;
  readonly draft: boolean;
  readonly number?: number;
  readonly commit: string;
  readonly diff_hash: string;
  readonly risk: RiskOutput;
  readonly warnings: string[];
}

/** Publishes the incident's tree as its one pull request. */
export interface PublishService {
  plan(input: PublishInput, call: CallContext): Promise<PublishAction>;
  run(permit: Permit<'publish'>, call: CallContext): Promise<PublishOutput>;
  dryRun(action: PublishAction, call: CallContext): Promise<PublishOutput>;
}

interface PublishServiceDeps {
  readonly workspace: Workspace;
  readonly verification: Verification;
  readonly risks: Pick<RiskGatherer, 'ofTree'>;
  readonly store: Pick<
    Store,
    'patches' | 'pullRequest' | 'recordPullRequest' | 'used' | 'timeline' | 'evidence' | 'approvals'
  >;
  readonly hostOf: (incident: Incident) => CodeHost;
  readonly policyOf: (incident: Incident) => Promise<Policy>;
  readonly clock: Clock;
  readonly isProved: Approvals['isProved'];
  readonly review: Pick<SecretReview, 'clean'>;
  readonly version: string;
  /** Whether an agent with a shell could undo the guard. */
  readonly guard: GuardView;
  /** Why pull requests are drafts only now; undefined where they are not. */
  readonly frozen?: () => string | undefined;
}

/** The only branch of an incident that ever leaves the server. */
export function branchOf(incident: Incident): string {
  return `hotfix/${incident.id}`;
}

/** Makes the service behind `open_pr`. */
export function createPublishService(deps: PublishServiceDeps): PublishService {
  const { workspace, verification, store, review } = deps;

  async function plan(input: PublishInput, { incident }: CallContext): Promise<PublishAction> {
    const current = await workspace.current(incident);
    const policy = await deps.policyOf(incident);
    const previous = store.pullRequest(incident.id);
    const branch = branchOf(incident);
    const triggers = await findTriggers(workspace, incident, branch);
    const verified = await verification.of(incident, current.tree);
    const facts = await deps.risks.ofTree(incident, { ...current, verification: verified });
    const texts = await cleanTexts({ ...saidBefore(store.timeline(incident.id)), ...given(input) }, incident, review);
    const found = readyFindings(incident, scoreRisk(facts, policy));
    const wanted = input.draft ?? previous?.draft;
    const frozen = deps.frozen?.();
    const fixed = [...draftOnly(policy, incident), ...(frozen === undefined ? [] : [`${frozen}.`])];
    const draft = fixed.length > 0 || (wanted ?? found.length > 0);
    return {
      kind: 'publish',
      branch,
      baseBranch: incident.repository.baseBranch,
      baseCommit: incident.repository.baseCommit,
      tree: current.tree,
      diffHash: current.diffHash,
      diff: current.diff,
      netChanges: current.files,
      ...texts,
      draft,
      draftReasons: draft
        ? [...fixed, ...wishes(input.draft, previous?.draft), ...found.map(({ reason }) => reason)]
        : [],
      ...(input.draft === false && { notReady: fixed }),
      risk: facts,
      verification: verified,
      ...editedProofOf({
        tree: current.tree,
        verification: verified,
        runs: await verification.runs(incident),
        patches: store.patches(incident.id),
      }),
      // An attempt that was admitted and lost its answer may have opened it: hosts find it again by its branch.
      exists: previous !== undefined || store.used(incident.id).prs > 0,
      touched: store.patches(incident.id).at(-1)?.touched ?? [],
      triggers: triggers.workflows,
      pipelines: triggers.pipelines,
    };
  }

  /** Decisions that carry the proof which is asked for here. */
  async function believedOf(id: string): Promise<readonly Approval[]> {
    const all = store.approvals(id);
    const proved = await Promise.all(all.map((each) => deps.isProved(each)));
    return all.filter((_, index) => proved[index]);
  }

  const clean = async (text: string) => (await review.clean(text)).text;

  async function run(permit: Permit<'publish'>, call: CallContext): Promise<PublishOutput> {
    const { action, incident } = permit;
    const policy = await deps.policyOf(incident);
    // Before the texts are composed: escaping would hide secrets from the masks.
    const risk = riskOfAction(action, policy);
    const facts = {
      risk,
      incident: await cleanDeep(incident, review),
      action,
      references: incident.rca && (await workspace.references(incident, incident.rca.text)),
      runs: await verification.runs(incident),
      patches: store.patches(incident.id),
      reads: toReads(store.evidence(incident.id)),
      decisions: {
        events: store.timeline(incident.id),
        approvals: await believedOf(incident.id),
      },
      policy,
      actor: call.actor,
      guard: deps.guard,
      record: store.timeline(incident.id).at(-1),
      serverVersion: deps.version,
    };
    const previous = store.pullRequest(incident.id);
    const unchanged = previous?.tree === action.tree;
    // Dated by the last patch, so that a repetition after a crash makes the same commit.
    const patchedAt = store.patches(incident.id).at(-1)?.at ?? incident.openedAt;
    const commit = unchanged
      ? previous.commit
      : await workspace.commit(permit, await clean(toCommitMessage(facts)), patchedAt);
    const title = await clean(toPullRequestTitle(facts));
    call.progress('Pushing the branch');
    const request = {
      commit,
      title,
      body: await clean(toPullRequestBody(facts)),
      labels: policy.pull_request.labels,
      draft: action.draft,
      previous: previous?.isForeign ? undefined : previous,
    };
    const published = await withSpan({ name: 'vcs change create', kind: 'client' }, async (span) => {
      const done = await deps.hostOf(incident).publish(permit, request, call.signal);
      span?.set({
        ...changeAttributes(incident, { action, commit }),
        ...outcomeAttributes(done),
        'vcs.change.title': title,
      });
      return done;
    });
    const record: PullRequestRecord = {
      url: published.url,
      branch: action.branch,
      baseBranch: action.baseBranch,
      ...(published.number !== undefined && { number: published.number }),
      commit,
      tree: action.tree,
      diffHash: action.diffHash,
      draft: published.draft,
      title,
      at: deps.clock.now(),
    };
    store.recordPullRequest(incident.id, record, {
      type: published.created ? 'pull_request.opened' : 'pull_request.updated',
      actor: call.actor,
      callId: permit.callId,
      summary: `Pull request ${published.created ? 'opened' : 'updated'}: ${published.url}`,
      data: {
        url: published.url,
        branch: action.branch,
        commit,
        diff_hash: action.diffHash,
        draft: published.draft,
        ...toSaidData(action, facts.incident),
      },
    });
    const warnings = [...warningsOf(action), ...published.warnings];
    return toOutput(record, { ...published, warnings, risk });
  }

  return {
    plan,
    run,
    dryRun: async (action, { incident }) => ({
      summary: `Dry run, nothing published: ${action.branch} would be pushed and its pull request ${action.exists ? 'updated' : 'opened'} against ${action.baseBranch}.`,
      url: '',
      branch: action.branch,
      created: false,
      draft: action.draft,
      commit: '',
      diff_hash: action.diffHash,
      risk: toRiskOutput(riskOfAction(action, await deps.policyOf(incident))),
      warnings: warningsOf(action),
    }),
  };
}

function wishes(asked: boolean | undefined, before: boolean | undefined): readonly string[] {
  if (asked) return ['The agent asked for a draft.'];
  return asked === undefined && before ? ['It was a draft before.'] : [];
}

function editedProofOf(facts: TestFacts): Pick<PublishAction, 'editedProof'> {
  const edited = editedProof(facts);
  return edited.length === 0 ? {} : { editedProof: edited };
}

/** An action whose facts nobody gathered is scored by what it changes. */
function riskOfAction({ risk, netChanges }: PublishAction, policy: Policy): Risk {
  return scoreRisk(risk ?? { at: 0, files: netChanges, floors: [] }, policy);
}

function warningsOf({ masked = [], notReady = [], pipelines, risk }: PublishAction): string[] {
  const secrets =
    masked.length === 0
      ? []
      : [`What looked like a secret was masked in ${masked.join(', ')}; if it is one, it has to be replaced.`];
  const weakened = (risk?.floors ?? []).filter(({ floor }) => floor === 'test_weakening').slice(0, 10);
  return [
    ...notReady.map((reason) => `It is a draft, although a ready pull request was asked for: ${reason}`),
    ...secrets,
    ...weakened.map(({ why }) => `The change weakens tests, which makes it high risk: ${why.slice(0, 200)}.`),
    ...pipelines.map(pipelineWarning),
  ];
}

function pipelineWarning(path: string): string {
  return `${path} may start a pipeline on the pushed branch; what it may do is decided where it runs.`;
}

function toOutput(
  record: PullRequestRecord,
  published: { readonly created: boolean; readonly warnings: readonly string[]; readonly risk: Risk },
): PublishOutput {
  return {
    summary: `Pull request ${published.created ? 'opened' : 'updated'}${record.draft ? ' as a draft' : ''}: ${record.url}. A human reviews and merges it.`,
    url: record.url,
    branch: record.branch,
    created: published.created,
    draft: record.draft,
    ...(record.number !== undefined && { number: record.number }),
    commit: record.commit,
    diff_hash: record.diffHash,
    risk: toRiskOutput(published.risk),
    warnings: [...published.warnings],
  };
}
