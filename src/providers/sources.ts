import type {
  CommitRange,
  Deploy,
  DeployQuery,
  LogEntry,
  LogQuery,
  MetricInfo,
  MetricQuery,
  MetricSeries,
} from '#domain/evidence.ts';
import type { PullRequestRecord } from '#domain/remediation.ts';
import type { Permit } from '#policy/verdict.ts';

/** Some entries and what they cost to read. */
export interface LogBatch {
  readonly entries: readonly LogEntry[];
  readonly scannedBytes: number;
  /** Why the answer may be incomplete, such as an unreadable file; shown to the caller. */
  readonly warnings?: readonly string[];
}

/** Somewhere logs are kept. Streams every entry that matches, in no promised order; throws FixgateError. */
export interface LogSource {
  read(query: LogQuery, signal: AbortSignal): AsyncIterable<LogBatch>;
}

/** Somewhere metrics are kept. */
export interface MetricSource {
  query(query: MetricQuery, signal: AbortSignal): Promise<readonly MetricSeries[]>;
  /** Metrics whose name or help contains every word of `search`; at most `limit`. */
  search(search: string, limit: number, signal: AbortSignal): Promise<readonly MetricInfo[]>;
  /** What `query` means here, in one sentence, for the caller: `PromQL`, or a selector only. */
  readonly language: string;
}

/** Somewhere releases are recorded. */
export interface DeploySource {
  /** Newest first. */
  list(query: DeployQuery, signal: AbortSignal): Promise<readonly Deploy[]>;
  /** What lies between two commits, tags or branches; throws `not_found` for unknown ones. */
  compare(base: string, head: string, signal: AbortSignal): Promise<CommitRange>;
}

/** Where pull requests are opened. The branch is pushed before `publish` is called. */
export interface CodeHost {
  /** Pushes `commit` to the incident's branch and opens or updates its one pull request; safe to repeat. */
  publish(permit: Permit<'publish'>, request: PublishRequest, signal: AbortSignal): Promise<PublishedPullRequest>;
}

/** A pull request as it should be. */
export interface PublishRequest {
  /** Full commit id in the server-owned clone. */
  readonly commit: string;
  readonly title: string;
  /** Markdown, redacted and bounded already. */
  readonly body: string;
  readonly labels: readonly string[];
  readonly draft: boolean;
  readonly previous: PullRequestRecord | undefined;
}

/** A pull request as it is. */
export interface PublishedPullRequest {
  readonly url: string;
  readonly number?: number;
  readonly created: boolean;
  readonly draft: boolean;
  /** Things that did not work and do not matter enough to fail, such as a missing label. */
  readonly warnings: readonly string[];
}
