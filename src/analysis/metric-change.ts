import type { Fit } from './change-models.ts';
import { fitChanges } from './change-models.ts';
import { deviation, fitLine, median, quantile, sorted } from './statistics.ts';

/** Points below which nothing is said of change. */
export const MIN_POINTS = 8;

/** Where a series left its level. */
export interface Change {
  /** A new level; a level that lasted until `end`; or a steady rise or fall. */
  readonly kind: Fit['kind'];
  /** Index of the first point that is part of it. */
  readonly index: number;
  /** Index of the first point after a pulse. */
  readonly end?: number;
  /** Median before it. */
  readonly before: number;
  /** Median of the new level; of a ramp, its latest points. */
  readonly after: number;
}

/** How far beyond chance (an F ratio, over independent values) a change must be. */
const MIN_RATIO = 16;
/** Share of the variation that it must explain. */
const MIN_GAIN = 0.2;
/** Noise that it must exceed. */
const MIN_NOISES = 2.5;
/** Part of a step that must happen at the step itself: waves and drift rise over a long time. */
const MIN_JUMP = 0.45;
/** A jump of so many noises that explains so much is a change wherever it stands. */
const CLIFF_NOISES = 12;
const CLIFF_GAIN = 0.4;
/** Part of a change that is one already, beside the noise. */
const START_SHARE = 0.06;
/** A single value beyond this many quartile distances from the quartiles is pulled in: one outlier is no change. */
const FENCE = 6;

/** The change that explains a series best, or none: noise, waves and lines that are steady all along are no changes. */
export function findChange(values: readonly number[]): Change | undefined {
  if (values.length < MIN_POINTS) return undefined;
  const tame = withinFences(values);
  const total = squaresOf(tame);
  if (total === 0) return undefined;
  const line = fitLine(tame.map((value, index) => [index, value] as const)).squares;
  const noise = noiseOf(tame);
  const fits = fitChanges(tame)
    .map((fit) => ({ fit, cost: costOf(fit.squares, fit.parameters, tame.length) }))
    .toSorted((a, b) => a.cost - b.cost);
  const plain = Math.min(costOf(line, 2, tame.length), costOf(total, 1, tame.length));
  for (const { fit, cost } of fits) {
    if (cost >= plain) return undefined;
    const change = toChange(fit, values);
    if (isSignificant({ fit, change, tame, total: fit.kind === 'ramp' ? line : total, noise })) return change;
  }
  return undefined;
}

/** The Bayesian information criterion: what is left unexplained, and a price for each parameter. */
function costOf(squares: number, parameters: number, n: number): number {
  return n * Math.log(Math.max(squares, Number.MIN_VALUE * n) / n) + parameters * Math.log(n);
}

interface Tested {
  readonly fit: Fit;
  readonly change: Change;
  readonly tame: readonly number[];
  /** What is unexplained without the change. */
  readonly total: number;
  readonly noise: number;
}

function isSignificant({ fit, change, tame, total, noise }: Tested): boolean {
  const gain = total - fit.squares;
  const size = Math.abs(change.after - change.before);
  if (gain / total < MIN_GAIN || size < MIN_NOISES * noise) return false;
  const jump = jumpAt(tame, fit) * Math.sign(change.after - change.before);
  if (fit.kind !== 'ramp' && jump < MIN_JUMP * size) return false;
  // On top of a wave neighbours resemble each other whatever happened; a cliff in it stands out all the same.
  if (fit.kind !== 'ramp' && gain / total >= CLIFF_GAIN && jump >= CLIFF_NOISES * noise) return true;
  const independent = Math.max(2, independentOf(residuals(fit, tame)) - fit.parameters);
  const ratio = gain / (fit.parameters - 1) / (fit.squares / independent || Number.MIN_VALUE);
  return ratio >= MIN_RATIO;
}

/** How far the level right before a change is from the one right after it. */
function jumpAt(values: readonly number[], { index, end = values.length }: Fit): number {
  const reach = Math.max(3, Math.floor(values.length / 24));
  const after = values.slice(index, Math.min(end, index + reach));
  return median(after) - median(values.slice(Math.max(0, index - reach), index));
}

function residuals({ kind, index, end }: Fit, values: readonly number[]): number[] {
  if (kind === 'ramp') {
    const before = meanOf(values.slice(0, index));
    const after = values.slice(index);
    const slope = (2 * (meanOf(after) - before)) / Math.max(1, after.length);
    return values.map((value, at) => value - before - slope * Math.max(0, at - index));
  }
  const inside = meanOf(values.slice(index, end));
  const outside = meanOf([...values.slice(0, index), ...(end === undefined ? [] : values.slice(end))]);
  return values.map((value, at) => value - (at >= index && at < (end ?? values.length) ? inside : outside));
}

/** Neighbours that resemble each other count less: `n (1 − ρ) / (1 + ρ)` for the correlation ρ of neighbours. */
function independentOf(left: readonly number[]): number {
  const squares = left.reduce((sum, value) => sum + value ** 2, 0);
  if (squares === 0) return left.length;
  const products = left.slice(1).reduce((sum, value, index) => sum + value * (left[index] ?? 0), 0);
  const alike = Math.max(0, Math.min(0.95, products / squares));
  return (left.length * (1 - alike)) / (1 + alike);
}

function toChange({ kind, index: split, end }: Fit, values: readonly number[]): Change {
  const inside = values.slice(split, end);
  const after = median(kind === 'ramp' ? inside.slice(-Math.max(3, Math.floor(inside.length / 4))) : inside);
  const index = kind === 'ramp' ? rampStart(values, split, after) : startOf(values, split, after);
  return { kind, index, ...(end !== undefined && { end }), before: median(values.slice(0, index)), after };
}

/** Where a series left its level: rates over a range rise for as long as the range lasts. */
function startOf(values: readonly number[], split: number, after: number): number {
  const risen = risesFrom(values, Math.max(3, split - 6), after);
  const { rise, noticeable } = risen;
  let start = split;
  const left = (index: number) => rise(index) > noticeable;
  while (start > 3 && split - start < 8 && left(start - 1)) start--;
  while (start < values.length - 3 && start - split < 2 && !left(start) && left(start + 1)) start++;
  return start > 3 && isUnderWay(start, risen) ? start - 1 : start;
}

/** Part of its size by which a change that is under way rises from point to point, and from which on it is over. */
const UNDER_WAY = 0.1;
const NEARLY_OVER = 0.75;
/** Points from where a line reaches the level to the first value that is noticed: rather one too few than one too many. */
const HIDDEN = 0.75;

/** True when the line of a steady rise leads back about a point further, to a value that was too low to be noticed. */
function isUnderWay(start: number, { rise, size, noticeable }: Rise): boolean {
  const first = rise(start);
  const slope = rise(start + 1) - first;
  if (slope < UNDER_WAY * size || first > NEARLY_OVER * size || first < HIDDEN * slope) return false;
  return Math.abs(rise(start - 1) - Math.max(0, first - slope)) <= noticeable;
}

/** A ramp by least squares over few points begins before what it fits: it begins so late that it is seen as soon as it should be. */
function rampStart(values: readonly number[], split: number, after: number): number {
  const risen = risesFrom(values, split, after);
  const { rise, size, noticeable } = risen;
  // The latest quarter, whose median `after` is, lies about seven eighths up.
  const slope = size / (0.875 * Math.max(1, values.length - split));
  const unseen = Math.ceil((2 * noticeable) / slope);
  let start = split;
  while (start + unseen < values.length && rise(start + unseen - 1) <= noticeable) start++;
  return start > split && isUnderWay(start, risen) ? start - 1 : start;
}

interface Rise {
  /** How far a value is from the level, towards the change. */
  readonly rise: (index: number) => number;
  readonly size: number;
  /** A rise that is none by chance. */
  readonly noticeable: number;
}

function risesFrom(values: readonly number[], until: number, after: number): Rise {
  const reference = values.slice(0, until);
  const center = median(reference);
  const size = Math.abs(after - center);
  const rise = (index: number) => ((values[index] ?? center) - center) * Math.sign(after - center);
  return { rise, size, noticeable: Math.max(4 * deviation(reference, center), size * START_SHARE) };
}

function noiseOf(values: readonly number[]): number {
  const steps = values.slice(1).map((value, index) => value - (values[index] ?? 0));
  return deviation(steps, 0) / Math.SQRT2;
}

function withinFences(values: readonly number[]): readonly number[] {
  const ascending = sorted(values);
  const [low, high] = [quantile(ascending, 0.25), quantile(ascending, 0.75)];
  const reach = FENCE * (high - low);
  // Half of the values may be equal: then nothing tells an outlier from a change.
  if (reach === 0) return values;
  const within = (index: number) => Math.abs((values[index] ?? low) - (low + high) / 2) <= reach + (high - low) / 2;
  const alone = (index: number) => !within(index) && within(index - 1) && within(index + 1);
  return values.map((value, index) => (alone(index) ? Math.max(low - reach, Math.min(high + reach, value)) : value));
}

function squaresOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
