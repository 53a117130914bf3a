import type { Amounts } from '#domain/budget.ts';
import type { Incident, RcaReferences } from '#domain/incident.ts';
import type { HumanProof } from '#domain/key-option.ts';
import type { FileChange, PatchRecord, PullRequestRecord, SuiteVerification, TestRun } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { JudgedApproval } from '#report/approvals.ts';
import type { KeptEvidence } from '#report/evidence.ts';
import type { GuardView } from '#report/guard.ts';
import type { Report } from '#report/schema.ts';

/** The policy that judged, by name and digest. */
export interface PolicyInfo {
  readonly name: string;
  /** `sha256:…`. */
  readonly digest: string;
  readonly mode: 'enforce' | 'shadow';
  /** Of the format that it is written in. */
  readonly version?: number;
}

/** The policy that a report names, and where that comes from; null: neither the records nor this configuration say. */
export interface ReportedPolicyInfo {
  readonly name: string | null;
  readonly digest: string | null;
  readonly mode: 'enforce' | 'shadow' | null;
  readonly version: number | null;
  readonly from: 'records' | 'configuration' | null;
  /** Digests of others that judged earlier. */
  readonly others: readonly string[];
}

/** A branch of the server's own clone. */
export interface KeptPlace {
  readonly clone: string;
  /** Name of the computer that has it. */
  readonly host: string;
  readonly branch: string;
  readonly ref: string;
  readonly commit: string;
}

/** The records of one incident, as the store and the workspace hold them. */
export interface ReportInput {
  /** When the report is made, in milliseconds since the epoch. */
  readonly at: number;
  /** As far as what humans said of it is proved. */
  readonly incident: Incident;
  /** What was said of it by somebody who is not believed. */
  readonly notBelieved?: readonly string[];
  readonly references?: RcaReferences | undefined;
  /** The incident's chain, in order. */
  readonly events: readonly TimelineEvent[];
  readonly patches: readonly PatchRecord[];
  readonly runs: readonly TestRun[];
  /** Those of suites of other configurations: whoever calls chooses one. */
  readonly otherRuns?: readonly TestRun[];
  /** The required suites on the current tree, and who says that they are required. */
  readonly verification: readonly SuiteVerification[];
  readonly suitesFrom?: 'records' | 'configuration';
  readonly pullRequest: PullRequestRecord | undefined;
  /** A commit that takes the merged fix back, as far as the clone knows; where nobody said what became of the pull request. */
  readonly revertedBy?: string | undefined;
  /** What the word of a human takes here. */
  readonly humanProof?: HumanProof;
  /** Every question to a human, oldest first. */
  readonly approvals?: readonly JudgedApproval[];
  /** Everything that was kept when evidence was read, oldest first. */
  readonly evidence?: readonly KeptEvidence[];
  readonly caps: Amounts;
  readonly used: Amounts;
  readonly policy: ReportedPolicyInfo;
  /** The guard of this process; the one that calls were admitted under is in the events. */
  readonly guard: GuardView;
  /** Where the tree stands; undefined when the workspace cannot be read, then the patch records speak. */
  readonly current:
    | { readonly tree: string; readonly diffHash: string; readonly files: readonly FileChange[]; readonly diff: string }
    | undefined;
  /** Diffs from the base commit by tree, of every change that was tried; only an escalated incident has them. */
  readonly diffs?: ReadonlyMap<string, string>;
  /** Others like it, the newest first; absent where nobody looked. */
  readonly similar?: Report['similar_incidents'];
  /** What the operator wrote down for this service: an address or a path in its repository. */
  readonly runbook?: string | undefined;
  /** Calls that were admitted and never settled. */
  readonly openCalls: readonly { readonly callId: string; readonly tool: string; readonly at: number }[];
  readonly branch: string;
  /** Where a human finds the tree of an escalated incident, or why nowhere; absent when nothing was changed. */
  readonly place?: KeptPlace | { readonly why: string } | undefined;
  readonly serverVersion: string;
  /** What each configured provider asks through, by its name, such as `@octokit/rest 22.0.1`. */
  readonly providerVersions?: Readonly<Record<string, string>>;
  /** Address of a trace's page, with `{trace_id}` to be replaced. */
  readonly traceUrl?: string | undefined;
  /** What it runs on, such as `linux x64` and `v24.1.0`; absent when nobody asked. */
  readonly machine?: { readonly platform: string; readonly node: string };
}
