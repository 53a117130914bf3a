import { z } from 'zod';

import { DEFAULT_BYTES_SCANNED } from '#domain/budget.ts';
import { isolations } from '#domain/remediation.ts';
import type { ArchitectTelemetry, PricesFile } from '#policy/architect-schema.ts';
import { Autonomy } from '#policy/autonomy-schema.ts';
import { entryModes } from '#policy/command/entry.ts';
import type { PriceTable } from '#policy/prices.ts';
import { RiskLimits } from '#policy/risk-limits.ts';
import { CommandEntry, exampleRow, FileEntry, GlobEntry } from '#policy/rule-entry.ts';
import type { RuleExample } from '#policy/rule-examples.ts';
import { CodeRule, Hook, QualityGate } from '#policy/schema-checks.ts';

const count = (max: number) => z.int().min(0).max(max);

const seconds = (max: number) =>
  z
    .int({
      error: ({ input }) => (input === undefined ? undefined : 'must be a whole number of seconds, such as 1800'),
    })
    .min(0)
    .max(max);

/** Limits of one incident. `usd` in dollars; a cap of 0 forbids the thing. */
const Budget = z.strictObject({
  usd: z.number().min(0).max(10_000),
  tool_calls: count(100_000),
  patch_attempts: count(10_000),
  test_runs: count(10_000),
  test_seconds: seconds(1_000_000),
  wall_seconds: seconds(10_000_000),
  bytes_out: count(1_000_000_000),
  bytes_scanned: count(1_000_000_000_000)
    .default(DEFAULT_BYTES_SCANNED)
    .describe('Bytes of logs that back ends read for its answers.'),
  prs: count(100),
});

/** Rows that must be refused or allowed, or the policy does not load. */
const ExampleRows = z.strictObject({
  paths: z.array(exampleRow).max(1_000).default([]),
  commands: z.array(exampleRow).max(1_000).default([]),
});

/** The policy file. Unknown keys are errors. */
export const PolicyFile = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(64),
  extends: z
    .array(z.string().min(1).max(1_024))
    .max(10)
    .describe('Policy files, or .architect.yaml files, from the folder of this one; this one can only tighten them.')
    .optional(),
  mode: z.enum(['enforce', 'shadow']).describe('enforce refuses; shadow only records what it would have refused.'),
  /** Globs after gitignore: without `/` any component, with `/` from the repository root; case ignored. */
  protected_files: z
    .array(FileEntry)
    .max(1_000)
    .describe('Files that no patch may change, move or copy: globs, classes such as @lockfiles, or rules.'),
  /** Globs of files that are neither written nor read, such as credentials. */
  sensitive_files: z
    .array(GlobEntry)
    .max(1_000)
    .describe('Globs of files that are neither written nor read.')
    .optional(),
  /** Plain words are matched on parsed commands (`kubectl apply`); anything with a metacharacter is a regular expression. */
  blocked_commands: z
    .array(CommandEntry)
    .max(1_000)
    .describe('Commands that no test run may execute: plain words, or a regular expression.'),
  blocked_commands_mode: z
    .enum(entryModes)
    .describe('strict-regex: plain words are searched in the text as well, so that a mention is refused too.')
    .optional(),
  file_scope: z
    .enum(['any', 'rca_files'])
    .default('any')
    .describe('rca_files: only files that the root-cause analysis names may change, and new files of tests.'),
  limits: z.strictObject({
    /** Files ever changed by one incident. */
    max_files: count(10_000).describe('Files that one incident may ever change.'),
    /** Added plus removed lines of the net diff. */
    max_lines: count(1_000_000).describe('Added plus removed lines of the net diff.'),
    /** Bytes of the largest content that each file ever touched had. */
    max_bytes: count(1_000_000_000).describe('Bytes of all files that one incident ever changed.').optional(),
    /** Cases of the base commit that were removed, renamed or skipped by any accepted patch. */
    max_deleted_tests: count(10_000).describe('Test cases that one incident may ever remove or skip.').optional(),
  }),
  autonomy: Autonomy.describe('How much agents may do by themselves.'),
  risk: RiskLimits.describe('When the risk of a change needs a draft, or a human.'),
  require_plan: z
    .boolean()
    .default(false)
    .describe('apply_patch needs a plan with diagnosis, change and rollback, open_pr a root cause.'),
  approvals: z
    .enum(['signed', 'advisory'])
    .default('signed')
    .describe(
      'signed: an approval counts with the signature of an approver; advisory: whoever runs the command is believed.',
    ),
  sandbox: z
    .strictObject({
      /** A test run that would be kept apart less well than this is refused. */
      least: z
        .enum(isolations)
        .describe('The least isolation of test runs: full needs bubblewrap, partial unshare, none nothing.'),
    })
    .default({ least: 'partial' }),
  budget: Budget,
  /** Dollars; 75 % and 90 % of every budget are told of anyway. */
  warn_at_usd: z
    .number()
    .min(0)
    .max(1_000_000)
    .describe('Dollars of an incident from which on its agent and the records are warned.')
    .optional(),
  incidents_opened_by_agents: z.strictObject({
    /** Daily ledger per repository = one incident's budget times this. */
    daily_budget_factor: z.number().min(0).max(1_000),
    /** In one repository and UTC day. */
    max_per_day: count(10_000).default(20).describe('Incidents that agents may open in one repository a day.'),
  }),
  pull_request: z.strictObject({
    /** `draft: true` turns every pull request into a draft. */
    draft: z.boolean(),
    labels: z.array(z.string().min(1).max(50)).max(20),
  }),
  quality_gates: z
    .array(QualityGate)
    .max(20)
    .default([])
    .describe('Commands that must succeed on the tree before open_pr; run by run_tests as suite gate/NAME.'),
  code_rules: z.array(CodeRule).max(200).default([]).describe('Regular expressions that are searched in added lines.'),
  hooks: z.array(Hook).max(20).default([]).describe('Commands of the operator that are told what happened.'),
  examples: z.strictObject({ refused: ExampleRows, allowed: ExampleRows }),
});

/** A policy file as it is written, with its defaults filled in. */
export type PolicyFile = z.infer<typeof PolicyFile>;

/** A policy file that extends others, or is extended: everything in it but the version may be missing. */
export const PolicyFragment = PolicyFile.partial()
  .extend({
    limits: PolicyFile.shape.limits.partial(),
    budget: PolicyFile.shape.budget.partial(),
    incidents_opened_by_agents: PolicyFile.shape.incidents_opened_by_agents.partial(),
    pull_request: PolicyFile.shape.pull_request.partial(),
    examples: PolicyFile.shape.examples.partial(),
  })
  .partial()
  .extend({ version: PolicyFile.shape.version });

/** What a policy file says, with its defaults filled in and what it extends merged. */
export type PolicyContent = Readonly<Omit<PolicyFile, 'extends'>>;

/** A loaded policy: the file's content, its digest and where it came from. */
export type Policy = PolicyContent & {
  /** `sha256:…` of the canonical JSON of everything that was merged. */
  readonly digest: string;
  /** Of the texts that it was read from, see `sourceOf`; absent where other files have a part in it. */
  readonly source?: string;
  /** Files it was made of, outermost last. */
  readonly origins: readonly string[];
  /** What a file asked for that is not enforced, in words for the operator. */
  readonly notes: readonly string[];
  /** What its rules say about themselves, in all files that it was made of: it changes no verdict, and is no part of the digest. */
  readonly ruleExamples?: readonly RuleExample[];
  /** Files of prices that an `.architect.yaml` names. What a model costs changes no verdict, and is no part of the digest. */
  readonly pricesFiles?: readonly PricesFile[];
  /** What was read from them. */
  readonly prices?: readonly PriceTable[];
  /** Where the operator's own `.architect.yaml` sends spans. */
  readonly telemetry?: ArchitectTelemetry;
};

/** The JSON schema of a policy file, for editors. */
export function policyJsonSchema(): z.core.JSONSchema.BaseSchema {
  const { required, ...schema } = z.toJSONSchema(PolicyFile, { io: 'input' });
  // What a file leaves out, the files that it extends say.
  const whole = { required: required ?? [] };
  return { title: 'Fixgate policy', ...schema, required: ['version'], anyOf: [whole, { required: ['extends'] }] };
}
