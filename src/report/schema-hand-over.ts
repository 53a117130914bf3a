import { z } from 'zod';

import { severities } from '#domain/incident.ts';
import { ReportedSuspect, SimilarIncident, SuggestedAction } from '#report/schema-facts.ts';

const Time = z.iso.datetime();
const Count = z.int().min(0);

/** One file of a change, in architect's words. */
export const ChangedFile = z.strictObject({
  path: z.string(),
  action: z.enum(['created', 'modified', 'deleted']),
  lines_added: Count,
  lines_removed: Count,
});

/** One patch that was applied, and what its tests said. */
export const Attempt = z.strictObject({
  n: z.int(),
  at: Time,
  reason: z.string(),
  tree: z.string(),
  diff_hash: z.string(),
  files: z.array(ChangedFile),
  tests: z.array(
    z.strictObject({
      suite: z.string(),
      verdict: z.string(),
      failing: z.array(z.string()),
      /** What the first of them says, on one line. */
      message: z.string().nullable(),
    }),
  ),
});

/** Everything that the human who takes over needs. */
export const HandOver = z.strictObject({
  severity: z.enum(severities),
  /** At most ten lines. */
  summary: z.array(z.string()),
  diagnosis: z.strictObject({
    /** What is thought to be the cause; null when nobody said. */
    text: z.string().nullable(),
    /** Who says so: the agent at the hand-over, the analysis that came with the incident, or the ranking of deploys. */
    by: z.enum(['agent', 'analysis', 'ranking']).nullable(),
    /** 0 to 1; null when whoever says so gave none. */
    confidence: z.number().min(0).max(1).nullable(),
    unknowns: z.array(z.string()),
    /** Those of them that the agent named. */
    agent_unknowns: z.array(z.string()),
  }),
  /** Likeliest first. */
  suspects: z.array(
    ReportedSuspect.extend({
      /** As the history names it: whom to ask, not whom to blame. */
      author: z.string().nullable(),
      pull_request: z.string().nullable(),
    }),
  ),
  /** What was known before of trouble like this, the newest first. */
  similar_incidents: z.array(SimilarIncident),
  /** Where the operator says what to do about this service: an address, or a path in its repository. */
  runbook: z.string().nullable(),
  /** The branch to continue from: of the server's clone, and of the pull request, when there is one. */
  branch: z.string().nullable(),
  tree: z.string().nullable(),
  base_commit: z.string(),
  /** Where that branch is, and how a human gets it. It holds exactly `tree`, whatever a diff in here masks or cuts. */
  continue_from: z
    .strictObject({
      /** The server's own clone. */
      clone: z.string(),
      ref: z.string(),
      commit: z.string(),
      /** For a checkout on the same computer, under the account of the server. */
      commands: z.array(z.string()),
      /** The first of them from another computer, for somebody who may log in as that account. */
      elsewhere: z.string(),
    })
    .nullable(),
  /** Why there is no such branch. */
  no_branch: z.string().nullable(),
  /** Every change that was tried; the diff from the base commit, null when it is no longer known. */
  tried: z.array(Attempt.extend({ diff: z.string().nullable() })),
  left: z.array(z.string()),
  /** Dollars for `usd`, estimated. */
  budget: z.array(z.strictObject({ kind: z.string(), used: z.number(), cap: z.number() })),
  /** Never executed; a rollback first, when a deploy is the likely cause. */
  suggested_actions: z.array(SuggestedAction),
  trace: z.strictObject({ trace_id: z.string(), url: z.string().nullable() }),
  next_action: z.string(),
  /** The command by which a human lets the work go on. */
  resume: z.string(),
  /** The command that prints the drafted commands. */
  remediation: z.string(),
});

/** The package that an escalated incident is handed over with. */
export type HandOver = z.output<typeof HandOver>;
