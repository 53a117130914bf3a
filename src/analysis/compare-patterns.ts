import { isError, urgencyOf } from './levels.ts';
import type { LogPattern, PatternTable } from './log-patterns.ts';

/** What became of a pattern since the baseline; `unknown` when the baseline cannot tell. */
export type PatternChange = 'new' | 'spike' | 'gone' | 'same' | 'unknown';

/** A pattern beside its baseline. */
export interface ComparedPattern extends LogPattern {
  readonly change: PatternChange;
  /** Events in the baseline window, unscaled. */
  readonly baseCount: number;
  /** Events per time over those of the baseline; absent when the baseline has none. */
  readonly ratio?: number;
}

/** The window before, and whether anything was really read there. */
export interface Baseline {
  readonly table: PatternTable;
  /** Length of this window over that of the baseline. */
  readonly scale: number;
  /** Something was read in the baseline window, whatever its level; without that nothing can be called new. */
  readonly covered: boolean;
}

/** Events below which a rise or an end may be chance. */
const MIN_EVENTS = 5;
const MIN_RATIO = 3;
/** Standard deviations of a Poisson count. */
const MIN_DEVIATIONS = 3;

/** Compares two windows and puts first what a responder looks at first: new and rising errors. */
export function comparePatterns(current: PatternTable, baseline?: Baseline): readonly ComparedPattern[] {
  const before = new Map(baseline?.table.patterns.map((pattern) => [pattern.id, pattern]));
  const seen = new Set(current.patterns.map(({ id }) => id));
  const compared = current.patterns.map((pattern) => compare(pattern, before.get(pattern.id)?.count ?? 0, baseline));
  const ended = current.other > 0 ? [] : [...before.values()].filter(({ id }) => !seen.has(id));
  const gone = ended.flatMap((pattern): ComparedPattern[] => {
    const expected = pattern.count * (baseline?.scale ?? 1);
    return expected >= MIN_EVENTS ? [{ ...pattern, count: 0, change: 'gone', baseCount: pattern.count, ratio: 0 }] : [];
  });
  return [...compared, ...gone].toSorted(byInterest);
}

function compare(pattern: LogPattern, baseCount: number, baseline: Baseline | undefined): ComparedPattern {
  if (baseline === undefined || !baseline.covered) return { ...pattern, change: 'unknown', baseCount };
  // A template that the baseline gave up may have been there.
  if (baseCount === 0) return { ...pattern, change: baseline.table.other > 0 ? 'unknown' : 'new', baseCount };
  const expected = baseCount * baseline.scale;
  const ratio = pattern.count / expected;
  const deviations = (pattern.count - expected) / Math.sqrt(expected + 1);
  const rises = pattern.count >= MIN_EVENTS && ratio >= MIN_RATIO && deviations >= MIN_DEVIATIONS;
  return { ...pattern, change: rises ? 'spike' : 'same', baseCount, ratio };
}

const changeRank: Readonly<Record<PatternChange, number>> = { new: 0, spike: 1, unknown: 2, gone: 3, same: 4 };

function byInterest(a: ComparedPattern, b: ComparedPattern): number {
  return (
    tierOf(a) - tierOf(b) ||
    changeRank[a.change] - changeRank[b.change] ||
    urgencyOf(b.level) - urgencyOf(a.level) ||
    b.count - a.count ||
    b.baseCount - a.baseCount ||
    (a.id < b.id ? -1 : 1)
  );
}

function tierOf({ change, level }: ComparedPattern): number {
  if (change === 'same') return 3;
  if (change === 'gone') return 2;
  return isError(level) ? 0 : 1;
}
