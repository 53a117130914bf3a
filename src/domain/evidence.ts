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

/** One time series. Values are numbers in the unit of the metric; gaps are absent points. */
export interface MetricSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `[milliseconds since the epoch, value]`, ascending. */
  readonly points: readonly (readonly [number, number])[];
}

/** What to evaluate, over which window, one point per step. */
export interface MetricQuery {
  readonly query: string;
  readonly window: TimeWindow;
  /** Milliseconds between points; at least 1,000. */
  readonly stepMs: number;
}

/** A metric that a source knows. */
export interface MetricInfo {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** A release that reached, or tried to reach, an environment. Text is untrusted. */
export interface Deploy {
  readonly id: string;
  readonly at: number;
  /** Full commit id. */
  readonly sha: string;
  /** Tag, branch or merge that marks the release. */
  readonly ref: string;
  readonly kind: 'tag' | 'release_branch' | 'merge';
  readonly env?: string;
  readonly service?: string;
  readonly author: string;
  readonly subject: string;
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
  readonly files: readonly { readonly path: string; readonly added: number; readonly removed: number }[];
  /** Unified diff, cut at the source's limit. */
  readonly diff: string;
  readonly diffTruncated: boolean;
}
