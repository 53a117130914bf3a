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
  /** What the rows leave out, and what they amount to. */
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
        notes: [
          ...earlier(told),
          ...(same.length > 0 ? [unchanged(same)] : []),
          ...(told.length > limit
            ? [`${countOf(told.length - limit, 'more pattern')} beyond the limit of ${limit}.`]
            : []),
          ...(coarse ? ['There are more kinds of events than fit; patterns are coarser than usual.'] : []),
        ],
        summary: summarise(compared, before, windows.baseline !== undefined),
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

function summarise(compared: readonly ComparedPattern[], before: WindowRead, isCompared: boolean): string {
  const number = (change: ComparedPattern['change']) => compared.filter((pattern) => pattern.change === change).length;
  const patterns = countOf(compared.filter(({ count }) => count > 0).length, 'pattern');
  if (!isCompared) return `${patterns}, compared with nothing`;
  if (before.read === 0) return `${patterns}; the baseline has no events, so nothing can be called new`;
  return `${patterns}: ${number('new')} new, ${number('spike')} rising, ${number('gone')} gone against the baseline`;
}

function errorView(limit: number): LogView {
  const grouper = createErrorGrouper();
  return {
    add: (entry, inBaseline) => void (inBaseline || grouper.add(entry)),
    answer() {
      const groups = grouper.groups();
      return {
        rows: groups.slice(0, limit).map(toErrorRow),
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
    answer() {
      const found = failures.entries();
      const rows = (found.length > 0 ? found : all.entries()).map((entry) => toLineRow(entry, service));
      const which = found.length > 0 ? 'the newest that speak of failures' : 'the newest';
      const none = focused && found.length === 0 && rows.length > 0;
      return {
        rows,
        notes: none ? ['No event is an error or speaks of one, so these are the newest of all.'] : [],
        summary: `${countOf(rows.length, 'line')}, ${which}`,
      };
    },
  };
}

function createNewest(limit: number) {
  let kept: LogEntry[] = [];
  const newest = () => kept.toSorted((a, b) => (isEarlier(a, b) ? 1 : -1)).slice(0, limit);
  return {
    add(entry: LogEntry) {
      kept.push(entry);
      if (kept.length >= limit * 4) kept = newest();
    },
    entries: newest,
  };
}
