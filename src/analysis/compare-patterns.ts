import { speaksOfFailure } from './focus.ts';
import { isError, urgencyOf } from './levels.ts';
import type { LogPattern, PatternTable } from './log-patterns.ts';

/** What became of a pattern since the baseline; `unknown` when the baseline cannot tell. */
export type PatternChange = 'new' | 'spike' | 'gone' | 'same' | 'unknown';

/** A pattern beside its baseline. */
export interface ComparedPattern extends LogPattern {
  readonly change: PatternChange;
  /** Events per time over those of the baseline; absent when the baseline has none. */
  readonly ratio?: number;
  /** When a new pattern began, if that was within the baseline: onsets are often told late. */
  readonly began?: number;
}

/** The window before, and how much of it was really seen. */
export interface Baseline {
  /** How many events of the window one event of the baseline stands for, by the lengths of both and by how much of each was read. */
  readonly scale: number;
  /** Something was read in the baseline window, whatever its level; without that nothing can be called new. */
  readonly covered: boolean;
  /** All that matches was read in the baseline; true when absent. */
  readonly complete?: boolean;
  /** All that matches was read in the window; true when absent. Otherwise nothing can be called gone. */
  readonly currentComplete?: boolean;
  /** When the baseline begins to hold anything, when it ends, and when the window ends. */
  readonly times?: { readonly from: number; readonly until: number; readonly end: number };
}

/** Events below which a rise or an end may be chance. */
const MIN_EVENTS = 5;
const MIN_RATIO = 3;
/** Standard deviations. */
const MIN_DEVIATIONS = 3;
/** A baseline that stands for at most this many times its own events was as good a chance to see a pattern as the window. */
const FAIR_SCALE = 2;
/** Share of the baseline without a pattern, at its beginning, that makes it a new one. */
const LEAST_QUIET = 0.25;

/** Compares the window with its baseline and puts first what a responder looks at first: new and rising errors; what has no time comes last. */
export function comparePatterns(table: PatternTable, baseline?: Baseline): readonly ComparedPattern[] {
  return table.patterns
    .flatMap((pattern) => (pattern.count > 0 ? [compare(pattern, baseline)] : ended(pattern, baseline)))
    .toSorted(byInterest);
}

function compare(pattern: LogPattern, baseline: Baseline | undefined): ComparedPattern {
  const { count, baseCount } = pattern;
  if (baseline === undefined || !baseline.covered || isUntimed(pattern)) return { ...pattern, change: 'unknown' };
  if (baseCount === 0) return { ...pattern, change: wouldShow(count, baseline) ? 'new' : 'unknown' };
  const began = beganWithin(pattern, baseline);
  if (began !== undefined) return { ...pattern, change: 'new', began };
  const ratio = count / (baseCount * baseline.scale);
  const rises =
    count >= MIN_EVENTS && ratio >= MIN_RATIO && deviations(count, baseCount, baseline.scale) >= MIN_DEVIATIONS;
  return { ...pattern, change: rises ? 'spike' : 'same', ratio };
}

/** True when no event in the window carries a time: they may have happened before the baseline. */
function isUntimed({ count, first }: LogPattern): boolean {
  return count > 0 && first === undefined;
}

/** True when a pattern as frequent as now would have shown in the baseline: surely in a fair one, else by e^-5 when it is short or cut. */
function wouldShow(count: number, { scale, complete = true }: Baseline): boolean {
  return (complete && scale <= FAIR_SCALE) || count / scale >= MIN_EVENTS;
}

/** When a pattern began, if the baseline was long enough without it that one as frequent as since then would have shown. */
function beganWithin(
  { count, baseCount, baseFirst }: LogPattern,
  { times, complete = true }: Baseline,
): number | undefined {
  if (times === undefined || baseFirst === undefined || !complete) return undefined;
  const quiet = baseFirst - times.from;
  const active = Math.max(1, times.end - baseFirst);
  const isLong = quiet >= (times.until - times.from) * LEAST_QUIET;
  return isLong && ((count + baseCount) / active) * quiet >= MIN_EVENTS ? baseFirst : undefined;
}

function ended(pattern: LogPattern, baseline: Baseline | undefined): readonly ComparedPattern[] {
  if (baseline?.covered !== true || baseline.currentComplete === false) return [];
  return pattern.baseCount * baseline.scale >= MIN_EVENTS ? [{ ...pattern, change: 'gone', ratio: 0 }] : [];
}

/** How far apart two Poisson counts lie, one scaled: square roots make their spread nearly constant. */
function deviations(count: number, base: number, scale: number): number {
  return (2 * (Math.sqrt(count + 3 / 8) - Math.sqrt(scale * (base + 3 / 8)))) / Math.sqrt(1 + scale);
}

const changeRank: Readonly<Record<PatternChange, number>> = { new: 0, spike: 1, unknown: 2, gone: 3, same: 4 };

function byInterest(a: ComparedPattern, b: ComparedPattern): number {
  return (
    Number(isUntimed(a)) - Number(isUntimed(b)) ||
    tierOf(a) - tierOf(b) ||
    changeRank[a.change] - changeRank[b.change] ||
    urgencyOf(b.level) - urgencyOf(a.level) ||
    b.count - a.count ||
    b.baseCount - a.baseCount ||
    (a.id < b.id ? -1 : 1)
  );
}

function tierOf({ change, level, template }: ComparedPattern): number {
  if (change === 'same') return 3;
  if (change === 'gone') return 2;
  return isError(level) || (level === undefined && speaksOfFailure(template)) ? 0 : 1;
}
