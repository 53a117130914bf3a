import type { Amounts } from '#domain/budget.ts';
import type { Incident, RcaReferences } from '#domain/incident.ts';
import type { FileChange, PatchRecord, PullRequestRecord, SuiteVerification, TestRun } from '#domain/remediation.ts';
import type { TimelineEvent } from '#domain/timeline.ts';
import type { GuardView } from '#report/guard.ts';

/** The policy that judged, by name and digest. */
export interface PolicyInfo {
  readonly name: string;
  /** `sha256:…`. */
  readonly digest: string;
  readonly mode: 'enforce' | 'shadow';
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
  /** The required suites on the current tree. */
  readonly verification: readonly SuiteVerification[];
  readonly pullRequest: PullRequestRecord | undefined;
  readonly caps: Amounts;
  readonly used: Amounts;
  readonly policy: PolicyInfo;
  /** The guard of this process; the one that calls were admitted under is in the events. */
  readonly guard: GuardView;
  /** Where the tree stands; undefined when the workspace cannot be read, then the patch records speak. */
  readonly current:
    | { readonly tree: string; readonly diffHash: string; readonly files: readonly FileChange[]; readonly diff: string }
    | undefined;
  /** Calls that were admitted and never settled. */
  readonly openCalls: readonly { readonly callId: string; readonly tool: string; readonly at: number }[];
  readonly branch: string;
  /** Where a human finds the tree on disk. */
  readonly worktree?: string | undefined;
  readonly serverVersion: string;
}
