import { z } from 'zod';

import { guardReasons } from '#domain/guard.ts';
import type { GuardReason } from '#domain/guard.ts';
import { incidentStates, severities } from '#domain/incident.ts';
import { pullRequestOutcomes } from '#domain/remediation.ts';
import { riskBands } from '#domain/risk.ts';
import {
  EvidenceRead,
  FactOrigin,
  ReportedApproval,
  ReportedDiagnosis,
  ReportedImpact,
  ReportedTimes,
  SimilarIncident,
  SuggestedAction,
} from '#report/schema-facts.ts';
import { Attempt, ChangedFile, HandOver } from '#report/schema-hand-over.ts';
import { ReportedOtherSuite, ReportedSuite } from '#report/schema-tests.ts';

const Time = z.iso.datetime();
const Count = z.int().min(0);
const TraceId = z.string().regex(/^[0-9a-f]{32}$/);

/** One call, or one thing that happened to the incident. */
export const TimelineStep = z.strictObject({
  /** Number of the call, from 1; what happens between calls has the number of the call before. */
  step: Count,
  /** The tool; for other events their type. */
  tool: z.string(),
  /** Seconds. */
  duration: z.number().min(0),
  at: Time,
  /** Seconds since the first event. */
  offset_seconds: z.number().min(0),
  actor: z.string(),
  event: z.string(),
  /** What the gate said; `free` calls are not judged, `invalid` ones never got there; null for other events. */
  decision: z.enum(['allowed', 'denied', 'pending', 'invalid', 'free']).nullable(),
  /** `unknown`: admitted, and no end was ever recorded. */
  outcome: z.enum(['succeeded', 'failed', 'unknown']).nullable(),
  summary: z.string(),
  code: z.string().nullable(),
  rule_ids: z.array(z.string()),
  /** Rules that would have refused, were the policy enforced. */
  would_deny: z.array(z.string()),
  /** The way forward, when it was refused or failed. */
  fix: z.string().nullable(),
  /** Dollars, estimated; null for what costs nothing. */
  cost: z.number().min(0).nullable(),
});

const Decision = TimelineStep.pick({
  step: true,
  at: true,
  tool: true,
  decision: true,
  rule_ids: true,
  would_deny: true,
  summary: true,
  fix: true,
});

const Amounts = z.strictObject({
  tool_calls: Count,
  patch_attempts: Count,
  test_runs: Count,
  test_seconds: z.number().min(0),
  wall_seconds: z.number().min(0),
  bytes_out: Count,
  bytes_scanned: Count,
  prs: Count,
  /** Dollars, estimated. */
  usd: z.number().min(0),
});

/** How risky the change is. */
export const ReportedRisk = z.strictObject({
  score: z.number().min(0).max(100),
  band: z.enum(riskBands),
  factors: z.array(z.strictObject({ name: z.string(), x: z.number(), weight: z.number(), points: z.number() })),
  modifiers: z.array(z.strictObject({ name: z.string(), points: z.number() })),
  floors: z.array(z.strictObject({ floor: z.string(), least: z.number(), why: z.string() })),
  unknowns: z.array(z.string()),
});

/** The pull request of the incident. */
const PullRequest = z.strictObject({
  url: z.string(),
  number: z.int().nullable(),
  branch: z.string(),
  base_branch: z.string(),
  title: z.string(),
  draft: z.boolean(),
  commit: z.string(),
  tree: z.string(),
  diff_hash: z.string(),
  at: Time,
  /** It was opened with other settings of the code host than those of whoever makes the report, which may lead anywhere. */
  other_configuration: z.boolean(),
  /** What became of it; null where nobody has asked the code host. */
  outcome: z.enum(pullRequestOutcomes).nullable(),
  merged_at: Time.nullable(),
  /** The commit by which the change came to the base branch. */
  merge_commit: z.string().nullable(),
  /** Closed without a merge. */
  closed_at: Time.nullable(),
  reverted_at: Time.nullable(),
  /** A commit that takes the merged change back. */
  reverted_by: z.string().nullable(),
  /** When the code host last said what became of it. */
  asked_at: Time.nullable(),
});

/** The report of an incident. The first thirteen keys are those of architect's report, in its order and with its meaning. */
export const Report = z.strictObject({
  task: z.string(),
  agent: z.string(),
  model: z.string(),
  status: z.enum(['success', 'partial', 'failed']),
  duration_seconds: z.number().min(0),
  steps: Count,
  /** Dollars, estimated from what was read and written. */
  total_cost: z.number().min(0),
  /** `diff_hash` is that of the whole change. */
  files_modified: z.array(ChangedFile.extend({ diff_hash: z.string().nullable() })),
  quality_gates: z.array(z.strictObject({ name: z.string(), passed: z.boolean(), output: z.string() })),
  errors: z.array(z.string()),
  git_diff: z.string().nullable(),
  timeline: z.array(TimelineStep),
  stop_reason: z.enum(['llm_done', 'max_steps', 'budget_exceeded', 'timeout', 'user_interrupt']).nullable(),

  schema_version: z.literal(1),
  incident: z.strictObject({
    id: z.string(),
    title: z.string(),
    state: z.enum(incidentStates),
    severity: z.enum(severities),
    severity_confirmed: z.boolean(),
    service: z.string().nullable(),
    environment: z.string().nullable(),
    started_at: Time,
    opened_at: Time,
    opened_by: z.enum(['human', 'agent']),
    repository: z.string(),
    base_branch: z.string(),
    base_commit: z.string(),
    /** Decisions that carry no proof which counts under this configuration. */
    not_believed: z.array(z.string()),
  }),
  rca: z
    .strictObject({
      text: z.string(),
      url: z.string().nullable(),
      references: z.strictObject({
        commits: z.array(z.string()),
        files: z.array(z.string()),
        symbols: z.array(z.string()),
      }),
    })
    .nullable(),
  patch: z
    .strictObject({
      diff_hash: z.string(),
      tree: z.string(),
      base_commit: z.string(),
      branch: z.string(),
      lines_added: Count,
      lines_removed: Count,
      history: z.array(Attempt),
    })
    .nullable(),
  diagnosis: ReportedDiagnosis,
  impact: ReportedImpact,
  times: ReportedTimes,
  evidence: z.array(EvidenceRead),
  verification: z.array(ReportedSuite),
  other_suites: z.array(ReportedOtherSuite),
  /** Every client that called, in the order of their first calls; `agent` is the first. */
  agents: z.array(z.strictObject({ name: z.string(), first_at: Time, calls: Count })),
  /** As it was scored when publishing was last admitted; null before. */
  risk: ReportedRisk.nullable(),
  /** Of the last call that was judged, as the records have it; null where they do not say. */
  policy: z.strictObject({
    name: z.string().nullable(),
    digest: z.string().nullable(),
    /** The digest again, under the name that other reports give it. */
    hash: z.string().nullable(),
    version: z.int().nullable(),
    mode: z.enum(['enforce', 'shadow']).nullable(),
    /** `configuration`: nothing was judged yet, and this is the policy of whoever made the report. */
    from: z.enum(['records', 'configuration']).nullable(),
    /** Digests of other policies that judged earlier calls. */
    others: z.array(z.string()),
    /** Who says which suites are required. */
    suites_from: z.enum(['records', 'configuration']).nullable(),
    decisions: z.array(Decision),
    denials: z.array(Decision),
  }),
  approvals: z.array(ReportedApproval),
  guard: z.strictObject({
    /** The weakest under which anything was admitted. */
    strength: z.enum(['enforced', 'advisory']),
    reasons: z.array(z.enum(Object.keys(guardReasons) as [GuardReason, ...GuardReason[]])),
    why: z.array(z.string()),
    /** Calls of the host's own tools that `fixgate hook` judged. */
    host_tools: z.strictObject({ judged: Count, denied: Count }),
    /** Where the records end: `fixgate audit verify ID --contains SEQ:HASH` finds out later that they did. */
    records: z.strictObject({ seq: Count, hash: z.string() }).nullable(),
  }),
  budget: z.strictObject({ caps: Amounts, used: Amounts, left: Amounts, usd_is_estimated: z.literal(true) }),
  pr: PullRequest.nullable(),
  /** The same under the name that it had first. */
  pull_request: PullRequest.nullable(),
  /** One trace for the whole incident, in every process; hosts that sent their own are linked. */
  trace: z.strictObject({
    trace_id: TraceId,
    /** Of the root, from which everything of the incident hangs. */
    span_id: z.string().regex(/^[0-9a-f]{16}$/),
    url: z.string().nullable(),
    linked: z.array(TraceId),
  }),
  suggested_actions: z.array(SuggestedAction),
  /** The newest first. */
  similar_incidents: z.array(SimilarIncident),
  escalation: z
    .strictObject({
      reason: z.string(),
      rule_id: z.string(),
      at: Time,
      /** Hand-overs before this one, oldest first: work went on after each, or its end is not believed. */
      earlier: z.array(z.strictObject({ reason: z.string(), rule_id: z.string(), at: Time })),
      hand_over: HandOver,
    })
    .nullable(),
  next_action: z.string(),
  unknown_outcomes: z.array(z.strictObject({ call_id: z.string(), tool: z.string(), at: Time })),
  environment: z.strictObject({
    server_version: z.string(),
    generated_at: Time,
    platform: z.string().nullable(),
    node: z.string().nullable(),
    /** What each configured provider asks through, by its name: the vendor's package, else this server; as of this report's maker. */
    provider_versions: z.record(z.string(), z.string()),
    /** Evidence sources that answered. */
    sources: z.array(z.string()),
  }),
  /** By place in this report, such as `incident.severity`. */
  origins: z.record(z.string(), FactOrigin),
});

/** The report of an incident. */
export type Report = z.output<typeof Report>;

/** One call, or one thing that happened to the incident. */
export type TimelineStep = z.output<typeof TimelineStep>;

/** One patch that was applied, and what its tests said. */
export type ReportedAttempt = z.output<typeof Attempt>;

/** How risky the change is. */
export type ReportedRisk = z.output<typeof ReportedRisk>;
