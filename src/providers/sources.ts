import type {
  CodeChange,
  CommitRange,
  Deploy,
  DeployQuery,
  LogEntry,
  LogQuery,
  MetricInfo,
  MetricQuery,
  MetricSelect,
  MetricSeries,
  ServiceQuery,
  TimeWindow,
} from '#domain/evidence.ts';
import type { Incident } from '#domain/incident.ts';
import type { PullRequestFate, PullRequestRecord } from '#domain/remediation.ts';
import type { Permit } from '#policy/verdict.ts';

/** Some entries and what they cost to read. */
export interface LogBatch {
  readonly entries: readonly LogEntry[];
  readonly scannedBytes: number;
  /** Why the answer may be incomplete, such as an unreadable file; shown to the caller. */
  readonly warnings?: readonly string[];
  /** More matches than were read: the source stopped at `newest` or at a limit of the back end. */
  readonly truncated?: boolean;
}

/** What a back end is asked, for humans to repeat. */
export interface NativeRequest {
  /** In the back end's own language. */
  readonly native: string;
  /** The same question in the back end's own pages. */
  readonly uiUrl?: string;
  /** Where it is asked, such as a region and its log groups, a site, or a tenant. */
  readonly place?: string;
}

/** Something whose address and credentials can be tried. */
export interface Probed {
  /** The cheapest call that shows that they work; answers what it found, or throws an error whose fix names the missing permission. */
  probe?(signal: AbortSignal): Promise<string>;
}

/** Somewhere logs are kept. Throws FixgateError. */
export interface LogSource extends Probed {
  /** Streams every entry that matches, the newest first when `newest` is given, else in no promised order. */
  read(query: LogQuery, signal: AbortSignal): AsyncIterable<LogBatch>;
  /** Entries worth reading of one window before the rest is left to `count`; absent where reading all is cheap. */
  readonly sample?: number;
  /** How many entries match, as the back end counts them; absent where it cannot without reading them. */
  count?(query: LogQuery, signal: AbortSignal): Promise<number>;
  /** The event of this `origin`, whole; undefined when it is gone. */
  event?(origin: string, signal: AbortSignal): Promise<LogEntry | undefined>;
  explain?(query: LogQuery): NativeRequest;
  /** Filters have no language here: they are words that must all occur. */
  readonly filtersAreWords?: boolean;
}

/** What a query found. */
export interface MetricAnswer {
  readonly series: readonly MetricSeries[];
  /** Why the answer may be incomplete; shown to the caller. */
  readonly warnings?: readonly string[];
  /** Series that match, when `series` has not all of them. */
  readonly total?: number;
  /** When `series` has not all: how many values each label has, the most first; where the back end can tell. */
  readonly cardinality?: Readonly<Record<string, number>>;
}

/** Somewhere metrics are kept. */
export interface MetricSource extends Probed {
  /** What `query` means here, in one sentence, for the caller: `PromQL`, or a selector only. */
  readonly language: string;
  /** Counters are kept as totals that only grow: a query for one alone would mislead. */
  readonly keepsTotals?: boolean;
  /** One point per step; `stepMs` is one that `fitStep` answered for this window or a longer one. Bounded: see `total`. */
  query(query: MetricQuery, signal: AbortSignal): Promise<MetricAnswer>;
  /** Writes a query in the language of the back end; throws `invalid_input` for what it cannot say. Asks nobody. */
  compose(select: MetricSelect): string;
  /** The finest step, at least `stepMs`, that the back end answers for a window, by its limit of points and what it still keeps. */
  fitStep(window: TimeWindow, stepMs: number): number;
  /** Metrics whose name or help contains every word of `search`; at most `limit`. */
  search(search: string, limit: number, signal: AbortSignal): Promise<readonly MetricInfo[]>;
  explain?(query: MetricQuery): NativeRequest;
  /**
   * Questions that compare the services of an environment, the most telling first, at most `limit`: rates of requests and errors,
   * latencies, saturation. Empty when nothing here names services.
   */
  survey?(about: ServiceSurvey, signal: AbortSignal): Promise<readonly ServiceQuery[]>;
}

/** Which services to ask about. */
export interface ServiceSurvey {
  readonly window: TimeWindow;
  readonly env?: string | undefined;
  readonly limit: number;
}

/** An answer that names what was asked for it. */
export interface Requested {
  /** What was sent, in the back end's own language and without credentials: kept, so that it can be asked again. */
  readonly requests?: readonly string[];
}

/** Some deploys, and why there may be more. */
export interface DeployList extends Requested {
  /** Newest first. */
  readonly deploys: readonly Deploy[];
  /** Why the list may be incomplete; shown to the caller. */
  readonly warnings: readonly string[];
  /** What the caller should know of a list that is all that was asked for. */
  readonly notes?: readonly string[];
}

/** Some commits, and why there may be more. */
export interface ChangeList extends Requested {
  /** Newest first. */
  readonly changes: readonly CodeChange[];
  /** Why the list may be incomplete; shown to the caller. */
  readonly warnings: readonly string[];
}

/** Somewhere releases are recorded. */
export interface DeploySource extends Probed {
  list(query: DeployQuery, signal: AbortSignal): Promise<DeployList>;
  /** Commits that landed on the base branch in a window; absent where the back end has no code. */
  changes?(window: TimeWindow, signal: AbortSignal): Promise<ChangeList>;
  /** What lies between two commits, tags or branches; throws `not_found` for unknown ones; absent where the back end has no code. */
  compare?(base: string, head: string, signal: AbortSignal): Promise<CommitRange>;
}

/** Where pull requests are opened. The branch is pushed before `publish` is called. */
export interface CodeHost extends Probed {
  /** Pushes `commit` to the incident's branch and opens or updates its one pull request; safe to repeat. */
  publish(permit: Permit<'publish'>, request: PublishRequest, signal: AbortSignal): Promise<PublishedPullRequest>;
  /** What became of the incident's pull request; changes nothing. */
  outcome(incident: Incident, pullRequest: PullRequestRecord, signal: AbortSignal): Promise<PullRequestFate>;
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
