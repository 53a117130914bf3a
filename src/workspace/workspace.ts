import type { PatchAction, TestAction } from '#domain/action.ts';
import type { Incident, RcaReferences } from '#domain/incident.ts';
import type { PatchRequest } from '#domain/patch-request.ts';
import type { FileChange, TestRun, TestScope } from '#domain/remediation.ts';
import type { Permit } from '#policy/verdict.ts';
import type { KeptBranch } from '#workspace/kept-branch.ts';

/** The repository being repaired: one server-owned clone per repository, one isolated tree per incident. */
export interface Workspace {
  /** Computes what `patch` would do to the incident's tree, from the applied result; writes nothing. */
  preview(incident: Incident, patch: string | PatchRequest, reason: string): Promise<PatchAction>;
  /** Makes the previewed tree the incident's tree; throws `conflict` when it moved meanwhile. */
  apply(permit: Permit<'patch'>, actor: string): Promise<AppliedPatch>;
  /** The incident's tree and its net changes since the base commit. */
  current(incident: Incident): Promise<CurrentTree>;
  /** Unified diff from the base commit to the tree of an earlier patch; undefined when no patch made it. */
  diffTo(incident: Incident, tree: string): Promise<string | undefined>;
  /** Commits the tree with only the patched paths changed, on the incident's branch; the same input gives the same commit. */
  commit(permit: Permit<'publish'>, message: string, at: number): Promise<string>;
  /** Points the incident's branch of the clone at its tree, for whoever takes over; undefined when nothing was changed. Pushes nothing. */
  keepBranch(incident: Incident, message: string, at: number): Promise<KeptBranch | undefined>;
  /** Which commits, files and symbols named in `text` exist in the repository. */
  references(incident: Incident, text: string): Promise<RcaReferences>;
  /** Content of a file of the incident's tree, or of its base commit; undefined when there is none. */
  read(incident: Incident, path: string, from?: 'tree' | 'base'): Promise<Buffer | undefined>;
  /** How these files fared in the 30 days before the base commit. */
  history(incident: Incident, paths: readonly string[]): Promise<FileHistory>;
  /** A commit that says it takes this one, or the incident's merged change, back; as far as the clone was fetched. */
  revertOf(incident: Incident, commit: string): Promise<string | undefined>;
  /** Every path of the incident's tree, or of its base commit. */
  list(incident: Incident, from?: 'tree' | 'base'): Promise<readonly string[]>;
}

/** How files fared lately. */
export interface FileHistory {
  /** Commits that touched the most touched of them. */
  readonly churn: number;
  /** One of them was part of a revert. */
  readonly reverted: boolean;
}

/** The outcome of a patch. */
export interface AppliedPatch {
  readonly tree: string;
  readonly diffHash: string;
  readonly files: readonly FileChange[];
}

/** Where an incident's tree stands. */
export interface CurrentTree {
  readonly tree: string;
  /** Of the base commit. */
  readonly baseTree: string;
  /** `sha256:…` of the net diff from the base commit. */
  readonly diffHash: string;
  readonly files: readonly FileChange[];
  /** Unified diff from the base commit. */
  readonly diff: string;
}

/** What an agent asks of a test run. */
export interface TestRequest {
  readonly suite?: string;
  readonly scope: TestScope;
  readonly files: readonly string[];
  readonly namePattern?: string;
  /** Seconds; the suite's own limit when absent. */
  readonly timeoutSeconds?: number;
}

/** Runs suites on incident trees, each in a process of its own that outlives the caller. */
export interface TestRunner {
  /** Settles suite, argv and selection, and lists every command that can be read off; runs nothing. */
  plan(incident: Incident, request: TestRequest): Promise<TestAction>;
  /** Starts the job; answers at once. */
  start(permit: Permit<'test'>, actor: string): Promise<TestRun>;
  /** Waits until the job has finished or `waitMs` have passed; a job whose process died is finished as `infra_error`. */
  wait(jobId: string, waitMs: number, signal: AbortSignal): Promise<TestRun>;
  /** Stops the job's processes and finishes it; a finished job stays as it is. */
  cancel(jobId: string): Promise<void>;
  /** The suites of an incident's repository: declared ones, else the detected one. */
  suites(incident: Incident): Promise<readonly SuiteInfo[]>;
}

/** A suite that can be named in `run_tests`. */
export interface SuiteInfo {
  readonly name: string;
  readonly required: boolean;
  readonly argv: readonly string[];
  readonly declared: boolean;
  /** Of what it executes; a run proves it only when its plan has the same. */
  readonly digest?: string;
}
