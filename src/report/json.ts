import type { Amounts } from '#domain/budget.ts';
import { budgetKinds, MICROS_PER_USD } from '#domain/budget.ts';
import { toReportedApprovals } from '#report/approvals.ts';
import { toAttempts, toChangedFile } from '#report/changes.ts';
import { toAgents, toEarlier, toPolicy } from '#report/deciders.ts';
import { toDiagnosis, toImpact } from '#report/diagnosis.ts';
import type { Read } from '#report/evidence.ts';
import { toReads } from '#report/evidence.ts';
import { toReportedGuard } from '#report/guard.ts';
import { toHandOver, toNextAction } from '#report/hand-over.ts';
import type { ReportInput } from '#report/input.ts';
import { onlyHeld, toFactOrigins } from '#report/origins.ts';
import { isAlive, toReportedOutcome } from '#report/outcome.ts';
import { toReportedRisk } from '#report/risk.ts';
import type { ReportedSuite } from '#report/schema-tests.ts';
import type { Report, TimelineStep } from '#report/schema.ts';
import { toSteps } from '#report/steps.ts';
import { toSuggestedActions } from '#report/suggested-actions.ts';
import { clip, toLine, toPlain } from '#report/text.ts';
import { toTimes } from '#report/times.ts';
import { toReportedTrace } from '#report/trace.ts';
import { currentTree, describeCounts, isVerified, toOtherSuites, toSuites } from '#report/verification.ts';

/** Characters of the diff, and the mark of a cut, as architect's report has them. */
const MAX_DIFF_CHARS = 50_000;
const DIFF_CUT_MARK = '\n... (diff truncated)';

/** The report of an incident: a pure function of its records. */
export function toReport(input: ReportInput): Report {
  const timeline = toSteps(input.events);
  const report = { ...toArchitectReport(input, timeline), schema_version: 1 as const, ...toFacts(input, timeline) };
  return { ...report, origins: onlyHeld(toFactOrigins(input), report) };
}

type ArchitectKey =
  | 'task'
  | 'agent'
  | 'model'
  | 'status'
  | 'duration_seconds'
  | 'steps'
  | 'total_cost'
  | 'files_modified'
  | 'quality_gates'
  | 'errors'
  | 'git_diff'
  | 'timeline'
  | 'stop_reason';

/** The keys that tools made for architect's report read. */
function toArchitectReport(input: ReportInput, timeline: TimelineStep[]): Pick<Report, ArchitectKey> {
  const { incident, used } = input;
  const calls = timeline.filter(({ decision }) => decision !== null);
  const status = statusOf(input);
  return {
    task: toLine(incident.title, 500),
    agent: toAgents(timeline)[0]?.name ?? 'none',
    // A server is not told which model its client runs.
    model: 'unknown',
    status,
    duration_seconds: durationOf(timeline),
    steps: calls.length,
    total_cost: dollars(used.usd),
    files_modified: toFiles(input),
    quality_gates: toSuites(input).map(toGate),
    errors: calls.filter(isError).map(({ step, tool, summary }) => `Step ${step}, ${tool}: ${summary}`),
    git_diff: toDiff(input.current?.diff),
    timeline,
    stop_reason: stopReasonOf(input, status),
  };
}

function toFacts(
  input: ReportInput,
  timeline: readonly TimelineStep[],
): Omit<Report, ArchitectKey | 'schema_version' | 'origins'> {
  const { incident } = input;
  const reads = toReads(input.evidence ?? []);
  const diagnosis = toDiagnosis(input, reads);
  const pullRequest = toPullRequest(input);
  return {
    incident: toIncident(input),
    rca: toRca(input),
    diagnosis,
    impact: toImpact(input, reads),
    times: toTimes(input),
    evidence: reads.map(({ read }) => read),
    patch: toPatch(input),
    verification: toSuites(input),
    other_suites: toOtherSuites(input),
    risk: toReportedRisk(input),
    agents: toAgents(timeline),
    policy: toPolicy(input, timeline),
    approvals: toReportedApprovals(input.approvals ?? [], input.at),
    guard: toReportedGuard(input.events, input.guard),
    budget: toBudget(input),
    pr: pullRequest,
    pull_request: pullRequest,
    trace: toReportedTrace(input),
    suggested_actions: toSuggestedActions(input, diagnosis),
    similar_incidents: [...(input.similar ?? [])],
    escalation: incident.escalation
      ? {
          reason: toLine(incident.escalation.reason, 2_000),
          rule_id: incident.escalation.ruleId,
          at: iso(incident.escalation.at),
          earlier: toEarlier(incident.escalation, input.events),
          hand_over: toHandOver(input),
        }
      : null,
    next_action: toNextAction(input),
    unknown_outcomes: input.openCalls.map(({ callId, tool, at }) => ({ call_id: callId, tool, at: iso(at) })),
    environment: toEnvironment(input, reads),
  };
}

function toEnvironment(
  { serverVersion, providerVersions, at, machine }: ReportInput,
  reads: readonly Read[],
): Report['environment'] {
  const answered = reads.filter(({ read }) => read.source !== 'unknown').map(({ read }) => read.source);
  return {
    server_version: serverVersion,
    provider_versions: { ...providerVersions },
    generated_at: iso(at),
    platform: machine?.platform ?? null,
    node: machine?.node ?? null,
    sources: [...new Set(answered)].toSorted(),
  };
}

function statusOf(input: ReportInput): Report['status'] {
  const { state, closure } = input.incident;
  if (state === 'escalated') return 'failed';
  if (state === 'closed' && closure?.resolution === 'resolved') return 'success';
  const open = input.incident.state === 'pr_open' && input.pullRequest !== undefined && isAlive(input.pullRequest);
  return open && isVerified(input) ? 'success' : 'partial';
}

function toGate({
  suite,
  green,
  verdict,
  counts,
  on_current_tree,
  reason,
  base,
  failures,
}: ReportedSuite): Report['quality_gates'][number] {
  const where = verdict === null || on_current_tree ? '' : ' (on an earlier tree)';
  const outcome = `${verdict ?? 'not run'}${counts ? `: ${describeCounts(counts)}` : ''}${where}`;
  const lines = [
    outcome,
    ...(reason === null ? [] : [reason]),
    ...(base?.fixed ?? []).map(({ test }) => `fixed: ${test}`),
    ...failures.map(({ test, message, class: found }) => `${found === null ? '' : `${found}: `}${test}: ${message}`),
  ];
  return { name: suite, passed: green, output: lines.join('\n') };
}

/** Why the work ended, in architect's words; null while it goes on. */
function stopReasonOf({ incident }: ReportInput, status: Report['status']): Report['stop_reason'] {
  if (status === 'success') return 'llm_done';
  const rule = incident.escalation?.ruleId;
  if (rule === undefined) return null;
  if (rule === 'human') return 'user_interrupt';
  const kind = /^(?:daily_)?budget\/(.+)$/.exec(rule)?.[1];
  if (kind === undefined) return 'llm_done';
  return kind === 'tool_calls' ? 'max_steps' : kind === 'wall_seconds' ? 'timeout' : 'budget_exceeded';
}

function toIncident({ incident, notBelieved = [] }: ReportInput): Report['incident'] {
  return {
    id: incident.id,
    title: toLine(incident.title, 500),
    state: incident.state,
    severity: incident.severity,
    severity_confirmed: incident.severityConfirmed,
    service: incident.service ?? null,
    environment: incident.environment === undefined ? null : toLine(incident.environment, 64),
    started_at: iso(incident.startedAt),
    opened_at: iso(incident.openedAt),
    opened_by: incident.openedBy,
    repository: incident.repository.location.replace(/(:\/\/)[^/@]*@/, '$1'),
    base_branch: incident.repository.baseBranch,
    base_commit: incident.repository.baseCommit,
    not_believed: notBelieved.slice(0, 50).map((each) => toLine(each, 300)),
  };
}

function toRca({ incident, references }: ReportInput): Report['rca'] {
  if (!incident.rca) return null;
  const { commits = [], files = [], symbols = [] } = references ?? {};
  return {
    text: clip(toPlain(incident.rca.text), 20_000),
    url: incident.rca.url ?? null,
    references: { commits: [...commits], files: [...files], symbols: [...symbols] },
  };
}

function toPatch(input: ReportInput): Report['patch'] {
  const last = input.patches.at(-1);
  const tree = currentTree(input);
  if (!last || tree === undefined) return null;
  const files = toFiles(input);
  return {
    diff_hash: input.current?.diffHash ?? last.diffHash,
    tree,
    base_commit: input.incident.repository.baseCommit,
    branch: input.branch,
    lines_added: files.reduce((sum, file) => sum + file.lines_added, 0),
    lines_removed: files.reduce((sum, file) => sum + file.lines_removed, 0),
    history: toAttempts(input),
  };
}

function toFiles({ current, patches }: ReportInput): Report['files_modified'] {
  const last = patches.at(-1);
  const diffHash = current?.diffHash ?? last?.diffHash ?? null;
  return (current?.files ?? last?.files ?? []).map((file) => ({ ...toChangedFile(file), diff_hash: diffHash }));
}

function toBudget({ caps, used }: ReportInput): Report['budget'] {
  const rest = Object.fromEntries(budgetKinds.map((kind) => [kind, Math.max(0, caps[kind] - used[kind])])) as Amounts;
  return { caps: inDollars(caps), used: inDollars(used), left: inDollars(rest), usd_is_estimated: true };
}

function inDollars(amounts: Amounts): Report['budget']['used'] {
  return { ...amounts, usd: dollars(amounts.usd) };
}

function toPullRequest({ pullRequest, revertedBy }: ReportInput): Report['pull_request'] {
  if (!pullRequest) return null;
  const { url, number, branch, baseBranch, title, draft, commit, tree, diffHash, at, isForeign } = pullRequest;
  return {
    url,
    number: number ?? null,
    branch,
    base_branch: baseBranch,
    title: toLine(title, 500),
    draft,
    commit,
    tree,
    diff_hash: diffHash,
    at: iso(at),
    other_configuration: isForeign === true,
    ...toReportedOutcome({ pullRequest, revertedBy }),
  };
}

function isError({ decision, outcome }: TimelineStep): boolean {
  return decision === 'denied' || decision === 'pending' || decision === 'invalid' || outcome === 'failed';
}

function toDiff(diff: string | undefined): string | null {
  if (diff === undefined || diff === '') return null;
  return diff.length <= MAX_DIFF_CHARS ? diff : diff.slice(0, MAX_DIFF_CHARS) + DIFF_CUT_MARK;
}

function durationOf(timeline: readonly TimelineStep[]): number {
  const ends = timeline.map(({ offset_seconds, duration }) => offset_seconds + duration);
  return Math.round(Math.max(0, ...ends) * 100) / 100;
}

function dollars(micros: number): number {
  return Math.round((micros / MICROS_PER_USD) * 10_000) / 10_000;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
