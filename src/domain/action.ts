import type { DeployQuery, LogQuery, MetricQuery, NamedQuery, TimeWindow } from '#domain/evidence.ts';
import type { SentPatch } from '#domain/patch-request.ts';
import type { FileChange, FileWrite, SuiteVerification, TestPlan, TouchedFile } from '#domain/remediation.ts';
import type { RiskFacts } from '#domain/risk.ts';
import type { FoundSecret } from '#domain/secret-scan.ts';

/** What a tool is about to do: a plain value that causes nothing. The gate judges it, never the tool. */
export type Action = ReadAction | PatchAction | TestAction | PublishAction | InspectAction | EscalateAction;

/** The kinds of actions that policies know. */
export type ActionKind = Action['kind'];

/** The action of one kind. */
export type ActionOf<K extends ActionKind> = Extract<Action, { kind: K }>;

/** Looks at the server's own records; free of charge. */
export interface InspectAction {
  readonly kind: 'inspect';
}

/** Hands the incident over to humans. It only takes away from what agents may do, so nothing is ever said against it. */
export interface EscalateAction {
  readonly kind: 'escalate';
}

/** Reads evidence from one source. */
export interface ReadAction {
  readonly kind: 'read';
  readonly source: string;
  readonly request:
    | { readonly of: 'logs'; readonly query: LogQuery }
    | { readonly of: 'metrics'; readonly query: MetricQuery; readonly baseline?: TimeWindow }
    /** What moved in which service; without `queries` those that tell most are looked for. */
    | {
        readonly of: 'service_metrics';
        readonly query: Omit<MetricQuery, 'query'> & {
          readonly env?: string;
          readonly queries?: readonly NamedQuery[];
        };
        readonly baseline?: TimeWindow;
      }
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
  /** What the agent means to do, when it says so; untrusted. */
  readonly plan?: string;
  /** The tree the patch was computed on; applying fails with `conflict` when it moved. */
  readonly fromTree: string;
  readonly tree: string;
  /** How it was sent; absent when nobody said. */
  readonly sent?: SentPatch;
  /** This patch alone. */
  readonly writes: readonly FileWrite[];
  /** Paths whose content the patch copies or moves elsewhere. */
  readonly reads: readonly string[];
  /** Which of `HEAD`, `objects`, `refs` and `commondir` `fromTree` has beside or above the written paths; absent when nobody looked. */
  readonly layout?: readonly string[];
  /** Net changes from the base commit to `tree`. */
  readonly netChanges: readonly FileChange[];
  readonly diffHash: string;
  /** The diff of which that is the digest, cut where it is long; untrusted. Absent when nobody is to look at it. */
  readonly diff?: string;
  /** What the risk of the whole change is computed from; absent when nobody asked. */
  readonly risk?: RiskFacts;
  /** Every path this incident has ever changed, this patch included: undoing does not reset caps. */
  readonly everTouched: readonly string[];
  /** The same paths with what counts of them. */
  readonly touched: readonly TouchedFile[];
  /** What a second look found on added lines; absent when nobody looked. */
  readonly secrets?: readonly FoundSecret[];
  /** Files that the root-cause analysis names; absent when nobody asked, which names none. */
  readonly rcaFiles?: readonly string[];
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
  /** The tree to test has the files of the base commit. */
  readonly onBase?: boolean;
  /** Every suite that must be green, for the records. */
  readonly requiredSuites?: readonly string[];
}

/** Pushes the incident's branch and opens or updates its pull request. */
export interface PublishAction {
  readonly kind: 'publish';
  readonly branch: string;
  readonly baseBranch: string;
  readonly baseCommit: string;
  readonly tree: string;
  readonly diffHash: string;
  /** The diff of which that is the digest, cut where it is long; untrusted. Absent when nobody is to look at it. */
  readonly diff?: string;
  readonly netChanges: readonly FileChange[];
  readonly title: string;
  readonly summary: string;
  readonly rootCause: string;
  /** Why it is a draft, in sentences; empty or absent when it is none. */
  readonly draftReasons?: readonly string[];
  /** Why it is a draft although a ready one was asked for. */
  readonly notReady?: readonly string[];
  /** Where secrets were masked in these texts, such as `summary (github-token)`. */
  readonly masked?: readonly string[];
  readonly draft: boolean;
  /** What the risk is computed from; absent when nobody asked. */
  readonly risk?: RiskFacts;
  /** The required suites on exactly this tree. */
  readonly verification: readonly SuiteVerification[];
  /** Tests that fail on the base commit and pass only because the change edits them, where nothing else shows that it works; untrusted. */
  readonly editedProof?: readonly string[];
  /** A pull request of this incident exists, or may, since opening it was admitted before: this is no second one. */
  readonly exists: boolean;
  /** Every path that the incident has ever changed. */
  readonly touched: readonly TouchedFile[];
  /** Workflows that pushing the branch would start. */
  readonly triggers: readonly TriggeredWorkflow[];
  /** Files of other systems that may start a pipeline on the pushed branch. */
  readonly pipelines: readonly string[];
}

/** A workflow that a push of the branch would start with something to lose. */
export interface TriggeredWorkflow {
  readonly path: string;
  /** What it holds, such as `secrets`, `environment`, `job deploy`; untrusted. */
  readonly holds: readonly string[];
}
