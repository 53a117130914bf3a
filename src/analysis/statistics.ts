/** Value below which a share of the sorted numbers lies, interpolated; NaN for none. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

/** The middle of some numbers; NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(sorted(values), 0.5);
}

/** The numbers in ascending order. */
export function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

/** Makes a median absolute deviation comparable with a standard deviation of normal noise. */
const NORMAL = 1.4826;

/** Standard deviations of normal noise between its 5th and 95th percentile. */
const NORMAL_TAILS = 3.29;

/** Median absolute deviation, as large as a standard deviation of normal noise would be; 0 when half of the numbers are equal. */
export function deviation(values: readonly number[], center = median(values)): number {
  return NORMAL * median(values.map((one) => Math.abs(one - center)));
}

/** |z| never exceeds this: beyond it the size says nothing more. */
export const MAX_Z = 99;
/** Part of a baseline's value that counts as one z where the baseline never moves, and the least part otherwise. */
const STEADY_SHARE = 0.05;
const LEAST_SHARE = 0.005;

/**
 * How far `value` is from a baseline in robust standard deviations (1.4826 × median absolute deviation), within ±99. `least` is a
 * deviation that would not be noticed, in the unit of the values.
 */
export function robustZ(value: number, baseline: readonly number[], least = 0): number {
  const center = median(baseline);
  if (value === center) return 0;
  return Math.max(-MAX_Z, Math.min(MAX_Z, (value - center) / Math.max(scaleOf(baseline, center), least)));
}

/**
 * The same for comparing series with each other: without a bound, and with the tails of the baseline in mind, so that one which bursts now
 * and then does not count as moved when it bursts again. Infinite only from a baseline of zeros.
 */
export function robustDistance(value: number, baseline: readonly number[], least = 0): number {
  const center = median(baseline);
  if (value === center) return 0;
  const ascending = sorted(baseline);
  const tails = (quantile(ascending, 0.95) - quantile(ascending, 0.05)) / NORMAL_TAILS;
  return (value - center) / Math.max(scaleOf(baseline, center), tails, least);
}

/** A baseline that hardly moves would make any change infinite: the size of its values stands in. */
function scaleOf(baseline: readonly number[], center: number): number {
  const own = deviation(baseline, center);
  // Half of the values may be equal although the others move.
  const spread = own > 0 ? own : standardDeviation(baseline);
  return Math.max(spread, Math.abs(center) * (spread > 0 ? LEAST_SHARE : STEADY_SHARE));
}

function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** A line through points `[x, y]` by least squares, and what it leaves unexplained. */
export function fitLine(points: readonly (readonly [number, number])[]): {
  readonly slope: number;
  readonly squares: number;
} {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const xx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const xy = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const slope = xx === 0 ? 0 : xy / xx;
  const squares = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, squares };
}
