import { z } from 'zod';

import type { Amounts } from '#domain/budget.ts';
import { MICROS_PER_USD } from '#domain/budget.ts';
import { isolations } from '#domain/remediation.ts';

const count = (max: number) => z.int().min(0).max(max);
const glob = z.string().min(1).max(512);
const row = z.string().max(8_192);

/** Limits of one incident. `usd` in dollars; a cap of 0 forbids the thing. */
const Budget = z.strictObject({
  usd: z.number().min(0).max(10_000),
  tool_calls: count(100_000),
  patch_attempts: count(10_000),
  test_runs: count(10_000),
  test_seconds: count(1_000_000),
  wall_seconds: count(10_000_000),
  bytes_out: count(1_000_000_000),
  prs: count(100),
});

/** Rows that must be refused or allowed, or the policy does not load. */
const ExampleRows = z.strictObject({
  paths: z.array(row).max(1_000).default([]),
  commands: z.array(row).max(1_000).default([]),
});

/** The policy file. Unknown keys are errors. */
export const PolicyFile = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1).max(64),
  mode: z.enum(['enforce', 'shadow']).describe('enforce refuses; shadow only records what it would have refused.'),
  /** Globs after gitignore: without `/` any component, with `/` from the repository root; case ignored. */
  protected_files: z.array(glob).max(1_000).describe('Globs of files that no patch may change, move or copy.'),
  /** Globs of files that are neither written nor read, such as credentials. */
  sensitive_files: z.array(glob).max(1_000).describe('Globs of files that are neither written nor read.').optional(),
  /** Plain words are matched on parsed commands (`kubectl apply`); anything with a metacharacter is a regular expression. */
  blocked_commands: z
    .array(z.string().min(1).max(512))
    .max(1_000)
    .describe('Commands that no test run may execute: plain words, or a regular expression.'),
  limits: z.strictObject({
    /** Files ever changed by one incident. */
    max_files: count(10_000).describe('Files that one incident may ever change.'),
    /** Added plus removed lines of the net diff. */
    max_lines: count(1_000_000).describe('Added plus removed lines of the net diff.'),
  }),
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
  incidents_opened_by_agents: z.strictObject({
    /** Daily ledger per repository = one incident's budget times this. */
    daily_budget_factor: z.number().min(0).max(1_000),
  }),
  pull_request: z.strictObject({
    /** `draft: true` turns every pull request into a draft. */
    draft: z.boolean(),
    labels: z.array(z.string().min(1).max(50)).max(20),
  }),
  examples: z.strictObject({ refused: ExampleRows, allowed: ExampleRows }),
});

/** What a policy file says, with its defaults filled in. */
export type PolicyContent = Readonly<z.infer<typeof PolicyFile>>;

/** A loaded policy: the file's content, its digest and where it came from. */
export type Policy = PolicyContent & {
  /** `sha256:…` of the canonical JSON of everything that was merged. */
  readonly digest: string;
  /** Files it was made of, outermost last. */
  readonly origins: readonly string[];
  /** What a file asked for that is not enforced, in words for the operator. */
  readonly notes: readonly string[];
};

/** Caps of one incident in exact units, lowered by what the operator gave at start. */
export function toCaps(policy: Policy, maxUsd: number | undefined): Amounts {
  const usd = Math.min(policy.budget.usd, maxUsd ?? Number.POSITIVE_INFINITY);
  return { ...policy.budget, usd: Math.floor(usd * MICROS_PER_USD) };
}

/** Caps of the daily ledger that incidents opened by agents share. */
export function toDailyCaps(policy: Policy, caps: Amounts): Amounts {
  const factor = policy.incidents_opened_by_agents.daily_budget_factor;
  const scaled = Object.entries(caps).map(([kind, cap]) => [kind, Math.floor(cap * factor)]);
  return Object.fromEntries(scaled) as Amounts;
}

/** The JSON schema of a policy file, for editors. */
export function policyJsonSchema(): z.core.JSONSchema.BaseSchema {
  return { title: 'Fixgate policy', ...z.toJSONSchema(PolicyFile, { io: 'input' }) };
}
