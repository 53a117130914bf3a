/** Half-open time range in milliseconds since the epoch: `since` included, `until` excluded. */
export interface TimeWindow {
  readonly since: number;
  readonly until: number;
}

/** Severity of a log line, from least to most urgent. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One event of a log; a multi-line stack trace is one entry. Text is untrusted. */
export interface LogEntry {
  /** Milliseconds since the epoch, of the line or else of the line before it; absent when neither carries a time. */
  readonly at?: number;
  readonly level?: LogLevel;
  readonly service?: string;
  readonly env?: string;
  readonly message: string;
  /** Whole original text, stack trace included. */
  readonly raw: string;
  /** Where it came from, such as `app.log.1.gz:88`, or the back end's own id; names one event of its source. */
  readonly origin: string;
  /** The trace it belongs to, where it names one. */
  readonly traceId?: string;
}

/** What to read; window and level are settled before a source sees the request. */
export interface LogQuery {
  readonly window: TimeWindow;
  /** Words that must all appear in the raw text, case ignored; `-word` excludes, `"two words"` is a phrase. */
  readonly text?: string;
  readonly service?: string;
  readonly env?: string;
  /** Least level returned; entries without a level are kept. */
  readonly level?: LogLevel;
  /** Conditions in the language of the back end, such as a LogQL pipeline or a Datadog search; all must hold. */
  readonly filters?: readonly string[];
  /** Only the newest so many entries are wanted: a source reads backwards and may stop there. All when absent. */
  readonly newest?: number;
}

/** One time series. Values are numbers in the unit of the metric; gaps are absent points. Name and labels are untrusted. */
export interface MetricSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `[milliseconds since the epoch, value]`, ascending. */
  readonly points: readonly (readonly [number, number])[];
  /** When points came as NaN or infinite: they are absent from `points`. */
  readonly notNumbers?: readonly number[];
  /** Such as `seconds` or `bytes`, where it is known. */
  readonly unit?: string;
  /** Such as `counter`, `gauge` or `histogram`, where it is known. */
  readonly type?: string;
}

/** What to evaluate, over which window, one point per step. */
export interface MetricQuery {
  readonly query: string;
  readonly window: TimeWindow;
  /** Milliseconds between points; at least 1,000. */
  readonly stepMs: number;
}

/** How a label is compared with a value; the last two with a pattern that must match all of it. */
export const labelOperators = ['=', '!=', '=~', '!~'] as const;

/** One condition on a label. */
export interface LabelFilter {
  readonly label: string;
  readonly operator: (typeof labelOperators)[number];
  readonly value: string;
}

/** How the series of a metric become one per group; `rate` is the sum of the rates per second. */
export const metricAggregates = ['avg', 'sum', 'min', 'max', 'count', 'rate', 'p50', 'p90', 'p95', 'p99'] as const;
export type MetricAggregate = (typeof metricAggregates)[number];

/** What to read, in words of no vendor. */
export interface MetricSelect {
  readonly metric: string;
  /** All must hold. */
  readonly filters: readonly LabelFilter[];
  /** Narrow it further, by whatever names them in the back end. */
  readonly service?: string;
  readonly env?: string;
  /** What fits the metric when absent. */
  readonly agg?: MetricAggregate;
  /** One series per combination of their values; all in one when empty. */
  readonly groupBy: readonly string[];
}

/** A query that a service is configured with. */
export interface NamedQuery {
  readonly service: string;
  readonly name: string;
  readonly query: string;
}

/** What a metric tells of a service, the most telling first. */
export const serviceSignals = ['errors', 'latency', 'traffic', 'saturation'] as const;
export type ServiceSignal = (typeof serviceSignals)[number];

/** One question about all services at once: a series or more for each. */
export interface ServiceQuery {
  /** In the language of the back end. */
  readonly query: string;
  readonly signal: ServiceSignal;
  /** Short, for humans: the metric and what is asked of it. */
  readonly metric: string;
  /** The label whose value names the service. */
  readonly serviceLabel: string;
  /** Milliseconds between two samples, where they are known: a finer step repeats values. */
  readonly sampleMs?: number;
}

/** A metric that a source knows. */
export interface MetricInfo {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Whether a deploy reached its environment. */
export const deployStatuses = ['succeeded', 'failed', 'running', 'cancelled', 'partial'] as const;
export type DeployStatus = (typeof deployStatuses)[number];

/** What tells of a deploy: a name in git, or a record of a pipeline. */
export const deployKinds = [
  'tag',
  'release_branch',
  'merge',
  'deployment',
  'run',
  'release',
  'sync',
  'event',
  'commit',
] as const;
export type DeployKind = (typeof deployKinds)[number];

/** A release that reached, or tried to reach, an environment. Text is untrusted. */
export interface Deploy {
  /** Unique within its source. */
  readonly id: string;
  /** When it began, in milliseconds since the epoch. */
  readonly at: number;
  readonly finishedAt?: number;
  /** Full commit id; empty where the back end knows none. */
  readonly sha: string;
  /** What ran there before, where the back end says it. */
  readonly previousSha?: string;
  /** Tag, branch, merge, workflow or application that marks the release. */
  readonly ref: string;
  readonly kind: DeployKind;
  /** Absent where the back end knows none, as git does. */
  readonly status?: DeployStatus;
  /** The back end says that it went back to an older version. */
  readonly rollback?: boolean;
  readonly env?: string;
  readonly service?: string;
  readonly author: string;
  readonly subject: string;
  /** Its pages at the vendors. */
  readonly links?: readonly string[];
}

/** A file that a change touched; binary files count no lines. */
export interface ChangedFile {
  readonly path: string;
  readonly added: number;
  readonly removed: number;
}

/** A commit and when it landed on the base branch, whether it was deployed or not. Text is untrusted. */
export interface CodeChange {
  readonly sha: string;
  /** When the base branch got it, in milliseconds since the epoch: the time of its merge, else its own. */
  readonly at: number;
  readonly author: string;
  readonly subject: string;
  readonly body: string;
  /** What the base branch was before it landed. */
  readonly before?: string;
  /** The merge that brought it to the base branch. */
  readonly mergedBy?: string;
  /** A later commit that says it takes this one back. */
  readonly revertedBy?: string;
  readonly files: readonly ChangedFile[];
  /** Unified diff without context, cut at the source's limit; empty beyond the limit of all. */
  readonly diff: string;
}

/** Which deploys to list. */
export interface DeployQuery {
  readonly window: TimeWindow;
  readonly service?: string;
  readonly env?: string;
}

/** What lies between two commits. */
export interface CommitRange {
  readonly base: string;
  readonly head: string;
  readonly commits: readonly {
    readonly sha: string;
    readonly at: number;
    readonly author: string;
    readonly subject: string;
  }[];
  readonly files: readonly ChangedFile[];
  /** Unified diff, cut at the source's limit. */
  readonly diff: string;
  readonly diffTruncated: boolean;
}
