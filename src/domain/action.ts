import type { DeployQuery, LogQuery, MetricQuery } from '#domain/evidence.ts';
import type { FileChange, FileWrite, SuiteVerification, TestPlan } from '#domain/remediation.ts';

/** What a tool is about to do: a plain value that causes nothing. The gate judges it, never the tool. */
export type Action = ReadAction | PatchAction | TestAction | PublishAction | InspectAction;

/** The kinds of actions that policies know. */
export type ActionKind = Action['kind'];

/** The action of one kind. */
export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>;

/** Looks at the server's own records; free of charge. */
export interface InspectAction {
  readonly kind: 'inspect';
}

/** Reads evidence from one source. */
export interface ReadAction {
  readonly kind: 'read';
  readonly source: string;
  readonly request:
    | { readonly of: 'logs'; readonly query: LogQuery }
    | { readonly of: 'metrics'; readonly query: MetricQuery }
    | { readonly of: 'metric_names'; readonly search: string }
    | { readonly of: 'deploys'; readonly query: DeployQuery }
    | { readonly of: 'commits'; readonly base: string; readonly head: string }
    /** The next page of an earlier answer. */
    | { readonly of: 'evidence'; readonly n: number; readonly offset: number };
}

/** Replaces the incident's tree by another one. */
export interface PatchAction {
  readonly kind: 'patch';
  readonly reason: string;
  /** The tree the patch was computed on; applying fails with `conflict` when it moved. */
  readonly fromTree: string;
  readonly tree: string;
  /** This patch alone. */
  readonly writes: readonly FileWrite[];
  /** Paths whose content the patch copies or moves elsewhere. */
  readonly reads: readonly string[];
  /** Net changes from the base commit to `tree`. */
  readonly netChanges: readonly FileChange[];
  readonly diffHash: string;
  /** Every path this incident has ever changed, this patch included: undoing does not reset caps. */
  readonly everTouched: readonly string[];
}

/** One command that a test run would execute, and where it is written. */
export interface CommandUse {
  /** Shell text, or an argv. */
  readonly command: string | readonly string[];
  /** Such as `suite unit`, `package.json#scripts.pretest`, `scripts/smoke.sh`. */
  readonly origin: string;
}

/** Executes a suite on the incident's tree. */
export interface TestAction {
  readonly kind: 'test';
  readonly plan: TestPlan;
  /** Every command that can be read off without running anything: the argv, package scripts, shell scripts. */
  readonly commands: readonly CommandUse[];
}

/** Pushes the incident's branch and opens or updates its pull request. */
export interface PublishAction {
  readonly kind: 'publish';
  readonly branch: string;
  readonly baseBranch: string;
  readonly baseCommit: string;
  readonly tree: string;
  readonly diffHash: string;
  readonly netChanges: readonly FileChange[];
  readonly title: string;
  readonly summary: string;
  readonly rootCause: string;
  readonly draft: boolean;
  /** The required suites on exactly this tree. */
  readonly verification: readonly SuiteVerification[];
  /** A pull request of this incident exists, or may, since opening it was admitted before: this is no second one. */
  readonly exists: boolean;
}
