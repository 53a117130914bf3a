import type { ComparedPattern } from '#analysis/compare-patterns.ts';
import { comparePatterns } from '#analysis/compare-patterns.ts';
import { isEarlier } from '#analysis/event-order.ts';
import { createHistogram } from '#analysis/histogram.ts';
import { isError } from '#analysis/levels.ts';
import { createErrorGrouper } from '#analysis/log-errors.ts';
import { createPatternCounter } from '#analysis/log-patterns.ts';
import { countOf } from '#domain/count-of.ts';
import type { LogEntry, TimeWindow } from '#domain/evidence.ts';
import { formatDuration } from '#domain/time.ts';
import { isInFocus } from '#engine/services/logs/focus.ts';
import type { LogRead, WindowRead } from '#engine/services/logs/read-windows.ts';
import { toErrorRow, toLineRow, toPatternRow } from '#engine/services/logs/rows.ts';
import { iso } from '#engine/services/time-windows.ts';

/** The forms of an answer. */
export const logModes = ['patterns', 'errors', 'lines', 'histogram'] as const;
/** One of them. */
export type LogMode = (typeof logModes)[number];

/** Builds the rows of an answer as events stream by, in bounded memory. */
export interface LogView {
  add(entry: LogEntry, inBaseline: boolean): void;
  answer(read: LogRead): ViewAnswer;
}

/** What a view has to say. */
export interface ViewAnswer {
  readonly rows: Record<string, unknown>[];
  /** Rows that there would be without a limit. */
  readonly total: number;
  /** What the rows are, one and many. */
  readonly of: readonly [string, string];
  /** What the mode leaves out, and what the rows amount to. */
  readonly notes: readonly string[];
  /** In a few words, after the number of events. */
  readonly summary: string;
}

/** The windows that are compared. */
export interface ViewWindows {
  readonly current: TimeWindow;
  readonly baseline: TimeWindow | undefined;
}

/** Rows of an answer when the caller names no limit; for lines that of the seed. */
export const DEFAULT_LIMIT: Readonly<Record<LogMode, number>> = {
  patterns: 20,
  errors: 20,
  lines: 1_000,
  histogram: 60,
};

/** How an answer is built. */
export interface ViewOptions {
  readonly mode: LogMode;
  readonly limit: number;
  readonly windows: ViewWindows;
  /** The caller did not say what to look for: lines are those that speak of failures. */
  readonly focused: boolean;
  readonly service: string | undefined;
}

/** Makes the view of a mode. */
export function createView(options: ViewOptions): LogView {
  const { mode, limit, windows } = options;
  switch (mode) {
    case 'patterns':
      return patternView(options);
    case 'errors':
      return errorView(limit);
    case 'lines':
      return lineView(options);
    case 'histogram':
      return histogramView(limit, windows.current);
  }
}

function patternView({ limit, windows, service }: ViewOptions): LogView {
  const counter = createPatternCounter();
  return {
    add: (entry, inBaseline) => counter.add(entry, inBaseline),
    answer({ current: seen, baseline: before }) {
      const { coarse, ...table } = counter.table();
      const compared = comparePatterns(
        { ...table, coarse },
        {
          scale: scaleOf(windows, { seen, before }),
          covered: before.read > 0,
          complete: !before.truncated,
          currentComplete: !seen.truncated,
          ...timesOf(windows, before),
        },
      );
      // What did not change is the background of an incident: its number is enough.
      const same = compared.filter(({ change, level }) => change === 'same' && !isError(level));
      const told = compared.filter((pattern) => !same.includes(pattern));
      return {
        rows: told.slice(0, limit).map((pattern) => toPatternRow(pattern, service)),
        total: told.length,
        of: ['pattern', 'patterns'],
        notes: [
          ...earlier(told),
          ...(same.length > 0 ? [unchanged(same)] : []),
          ...(coarse ? ['There are more kinds of events than fit; patterns are coarser than usual.'] : []),
        ],
        summary: summarise(compared, before, windows),
      };
    },
  };
}

function timesOf({ current, baseline }: ViewWindows, { from }: WindowRead) {
  return baseline && from !== undefined && baseline.until === current.since
    ? { times: { from: Math.max(from, baseline.since), until: baseline.until, end: current.until } }
    : {};
}

/** An onset comes from a pager, which is later than the trouble. */
function earlier(told: readonly ComparedPattern[]): string[] {
  const began = told.flatMap((pattern) => pattern.began ?? []);
  if (began.length === 0) return [];
  return [
    `${countOf(began.length, 'new pattern')} began before the window, at ${iso(Math.min(...began))} first: the trouble may be older than its onset.`,
  ];
}

function unchanged(same: readonly ComparedPattern[]): string {
  const events = same.reduce((sum, { count }) => sum + count, 0);
  const what = countOf(same.length, 'unchanged pattern');
  return `${what} without errors (${countOf(events, 'event')}) left out; baseline=none lists all.`;
}

function summarise(compared: readonly ComparedPattern[], before: WindowRead, windows: ViewWindows): string {
  const number = (change: ComparedPattern['change']) => compared.filter((pattern) => pattern.change === change).length;
  const patterns = countOf(compared.filter(({ count }) => count > 0).length, 'pattern');
  if (!windows.baseline) return `${patterns}, compared with nothing`;
  if (before.read === 0) return `${patterns}; nothing of the baseline matches, so nothing can be called new`;
  const told = `${patterns}: ${number('new')} new, ${number('spike')} rising, ${number('gone')} gone against the baseline`;
  const unknown = compared.filter(({ change }) => change === 'unknown');
  return unknown.length === 0 ? told : `${told}, ${unknown.length} unknown: ${whyUnknown(unknown, before, windows)}`;
}

/** Why patterns cannot be compared with a baseline that was read. */
function whyUnknown(unknown: readonly ComparedPattern[], before: WindowRead, windows: ViewWindows): string {
  const { current, baseline } = windows;
  const untimed = unknown.filter(({ first }) => first === undefined).length;
  const covered = (baseline?.until ?? 0) - (before.from ?? 0);
  const short = `the baseline covers only ${formatDuration(covered)}, the window ${formatDuration(current.until - current.since)}`;
  return [
    ...(untimed > 0 ? [`${untimed} without a time`] : []),
    ...(untimed < unknown.length ? [before.truncated ? 'the baseline was not read whole' : short] : []),
  ].join('; ');
}

function errorView(limit: number): LogView {
  const grouper = createErrorGrouper();
  return {
    add: (entry, inBaseline) => void (inBaseline || grouper.add(entry)),
    answer() {
      const groups = grouper.groups();
      return {
        rows: groups.slice(0, limit).map(toErrorRow),
        total: groups.length,
        of: ['kind of error', 'kinds of errors'],
        notes: [],
        summary: countOf(groups.length, 'kind of error', 'kinds of errors'),
      };
    },
  };
}

function histogramView(limit: number, window: TimeWindow): LogView {
  const histogram = createHistogram(window, limit);
  return {
    add: (entry, inBaseline) => void (inBaseline || histogram.add(entry)),
    answer() {
      const rows = histogram.buckets().map(({ at, count, errors }) => ({ at: iso(at), count, errors }));
      const untimed = histogram.untimed();
      return {
        rows,
        total: rows.length,
        of: ['stretch', 'stretches'],
        notes: untimed === 0 ? [] : [`Rows leave out ${countOf(untimed, 'event')} without a time in the window.`],
        summary: `${countOf(rows.length, 'stretch', 'stretches')} of ${formatDuration(histogram.bucketMs)}`,
      };
    },
  };
}

/** How many events of the window one event of the baseline stands for: by their lengths, and by how much of each was read. */
function scaleOf(
  { current, baseline }: ViewWindows,
  { seen, before }: { seen: WindowRead; before: WindowRead },
): number {
  if (!baseline || before.from === undefined) return 1;
  // Logs may begin within the baseline.
  const time = (current.until - current.since) / Math.max(1_000, baseline.until - before.from);
  return time * (shareOf(seen) / shareOf(before));
}

function shareOf({ read, matched }: WindowRead): number {
  return matched === 0 ? 1 : Math.max(read, 1) / Math.max(matched, 1);
}

/** Keeps the newest lines in bounded memory: those of failures, and the newest of all should none be there. */
function lineView({ limit, focused, service }: ViewOptions): LogView {
  const all = createNewest(limit);
  const failures = createNewest(limit);
  return {
    add(entry, inBaseline) {
      if (inBaseline) return;
      all.add(entry);
      if (focused && isInFocus(entry)) failures.add(entry);
    },
    answer({ current: { matched, truncated } }) {
      const speaking = failures.count() > 0;
      const kept = speaking ? failures : all;
      const rows = kept.entries().map((entry) => toLineRow(entry, service));
      // A back end that counts need not have sent what is beyond the limit.
      const total = speaking ? failures.count() : Math.max(all.count(), matched);
      const part = rows.length < total ? `the newest of ${total}` : truncated ? 'those read' : 'all';
      const none = focused && !speaking && rows.length > 0;
      return {
        rows,
        total,
        of: ['line', 'lines'],
        notes: none ? ['No event is an error or speaks of one, so these are the newest of all.'] : [],
        summary: `${countOf(rows.length, 'line')}, ${part}${speaking ? ' that speak of failures' : ''}`,
      };
    },
  };
}

function createNewest(limit: number) {
  let kept: LogEntry[] = [];
  let count = 0;
  const newest = () => kept.toSorted((a, b) => (isEarlier(a, b) ? 1 : -1)).slice(0, limit);
  return {
    add(entry: LogEntry) {
      count++;
      kept.push(entry);
      if (kept.length >= limit * 4) kept = newest();
    },
    entries: newest,
    /** Of all that were added. */
    count: () => count,
  };
}
