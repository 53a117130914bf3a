import { z } from 'zod';

import { diagnosisVerdicts, incidentStates, resolutions, severities } from '#domain/incident.ts';

const Time = z.iso.datetime();
const Count = z.int().min(0);
const Seconds = z.number().min(0);

/** Where a fact comes from: Fixgate saw it happen, somebody said so, or it follows from a rule of thumb. */
export const origins = ['measured', 'reported', 'estimated'] as const;

/** The origin of one fact, and who or what stands behind it. */
export const FactOrigin = z.strictObject({
  origin: z.enum(origins),
  /** `host`: the agent's client, and with it the agent. */
  by: z.enum(['fixgate', 'source', 'host', 'human']),
  how: z.string(),
});

/** Kinds of evidence. */
export const evidenceKinds = ['logs', 'metrics', 'deploys', 'commits', 'other'] as const;

/** One answer of a source, as it was kept. */
export const EvidenceRead = z.strictObject({
  uri: z.string(),
  kind: z.enum(evidenceKinds),
  source: z.string(),
  /** What was asked, in words or in the language of the source. */
  query: z.string(),
  since: Time.nullable(),
  until: Time.nullable(),
  matched: Count.nullable(),
  status: z.enum(['ok', 'empty', 'partial', 'unknown']),
  summary: z.string(),
  /** Of the kept text. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  at: Time,
  /** Its page at the vendor. */
  url: z.string().nullable(),
  /** The text was removed under the retention rule; the hash stays. */
  removed: z.boolean(),
  /** It was read under other settings of the sources than those of whoever made the report: nothing follows from it here. */
  other_configuration: z.boolean(),
});

/** A deploy or a commit that may have caused the trouble. Nobody's name is in it. */
export const ReportedSuspect = z.strictObject({
  kind: z.string(),
  commit: z.string().nullable(),
  ref: z.string().nullable(),
  at: Time.nullable(),
  subject: z.string(),
  previous: z.string().nullable(),
  /** 0 to 1. */
  confidence: z.number().min(0).max(1).nullable(),
  level: z.enum(['high', 'medium', 'low']).nullable(),
  why: z.array(z.string()),
  evidence: z.string(),
});

/** What the evidence shows: a pattern of the logs that is new or grew, a metric that moved. */
export const ReportedSignal = z.strictObject({
  kind: z.enum(['logs', 'metrics']),
  text: z.string(),
  at: Time.nullable(),
  evidence: z.string(),
});

/** Kinds of causes. */
export const causeCategories = ['deployment_issue', 'unknown'] as const;

/** What is thought to be wrong, and what nobody knows. */
export const ReportedDiagnosis = z.strictObject({
  root_cause: z.string().nullable(),
  category: z.enum(causeCategories),
  /** Of the category, 0 to 1; null when nothing speaks for one. */
  confidence: z.number().min(0).max(1).nullable(),
  suspects: z.array(ReportedSuspect),
  /** The newest version before the first suspect. */
  rollback_to: z.string().nullable(),
  signals: z.array(ReportedSignal),
  unknowns: z.array(z.string()),
  /** What a human said of it when the incident was closed. */
  judged: z.enum(diagnosisVerdicts).nullable(),
});

/** What the trouble did. Figures that nobody gave are null. */
export const ReportedImpact = z.strictObject({
  statement: z.string().nullable(),
  service: z.string().nullable(),
  severity: z.enum(severities),
  /** `errors` is null where not all of these events were read, or nobody counted. */
  log_events: z.strictObject({ matched: Count, errors: Count.nullable(), evidence: z.string() }).nullable(),
  users_affected: z.number().nullable(),
  requests_failed: z.number().nullable(),
  revenue_impact: z.string().nullable(),
  sla_breach: z.boolean().nullable(),
});

/** When each phase began, and how long it took from the onset, or where nobody knows that, from the opening. */
export const ReportedTimes = z.strictObject({
  /** Null when nobody said when the trouble began. */
  onset: Time.nullable(),
  opened_at: Time,
  first_evidence_at: Time.nullable(),
  first_patch_at: Time.nullable(),
  /** All required suites were green on the tree of the pull request. */
  verified_at: Time.nullable(),
  pull_request_at: Time.nullable(),
  escalated_at: Time.nullable(),
  closed_at: Time.nullable(),
  /** From the onset to the opening. */
  to_open_seconds: Seconds.nullable(),
  /** From the opening to the pull request. */
  to_pull_request_seconds: Seconds.nullable(),
  /** From the onset, else the opening, to the end; null while it goes on. */
  to_end_seconds: Seconds.nullable(),
});

/** A question to a human, and what came of it. */
export const ReportedApproval = z.strictObject({
  id: z.string(),
  kind: z.string(),
  state: z.enum(['requested', 'approved', 'rejected', 'expired']),
  rule_ids: z.array(z.string()),
  question: z.string(),
  requested_by: z.string(),
  requested_at: Time,
  expires_at: Time,
  decided_at: Time.nullable(),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  /** Until the decision; without one until it expired, or until now. */
  waited_seconds: Seconds,
  /** The decision counts under this configuration; null without one. */
  believed: z.boolean().nullable(),
  /** What it is bound to. */
  binding: z.string(),
});

/** Another incident of the repository that seems to tell of the same trouble. */
export const SimilarIncident = z.strictObject({
  id: z.string(),
  title: z.string(),
  state: z.enum(incidentStates),
  opened_at: z.iso.datetime(),
  resolution: z.enum(resolutions).nullable(),
  /** Address of its pull request. */
  pull_request: z.string().nullable(),
  /** `errors`: the hash of the errors is the same; `title`: service and title are, but for numbers. */
  alike_by: z.enum(['errors', 'title']),
});

/** Something that a human may do. Fixgate never does it. */
export const SuggestedAction = z.strictObject({
  /** `told`: words of the agent. */
  type: z.enum(['rollback', 'code_fix', 'told', 'escalate', 'communicate']),
  description: z.string(),
  /** Text only. */
  command: z.string().nullable(),
  risk: z.enum(['none', 'low', 'medium', 'high']),
  requires_approval: z.boolean(),
  why: z.string(),
});

/** The origin of one fact. */
export type FactOrigin = z.output<typeof FactOrigin>;

/** One answer of a source, as it was kept. */
export type EvidenceRead = z.output<typeof EvidenceRead>;

/** A deploy or a commit that may have caused the trouble. */
export type ReportedSuspect = z.output<typeof ReportedSuspect>;

/** What the evidence shows. */
export type ReportedSignal = z.output<typeof ReportedSignal>;

/** What is thought to be wrong, and what nobody knows. */
export type ReportedDiagnosis = z.output<typeof ReportedDiagnosis>;

/** What the trouble did. */
export type ReportedImpact = z.output<typeof ReportedImpact>;

/** When each phase began. */
export type ReportedTimes = z.output<typeof ReportedTimes>;

/** A question to a human, and what came of it. */
export type ReportedApproval = z.output<typeof ReportedApproval>;

/** Something that a human may do. */
export type SuggestedAction = z.output<typeof SuggestedAction>;
