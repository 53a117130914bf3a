/** Value below which a share of the sorted numbers lies, interpolated; NaN for none. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

/** The middle of some numbers; NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** |z| never exceeds this: beyond it the size says nothing more. */
const MAX_Z = 99;
/** Part of a steady baseline's value that counts as one z. */
const STEADY_SHARE = 0.05;

/** How far `value` is from a baseline in robust standard deviations (1.4826 × median absolute deviation). */
export function robustZ(value: number, baseline: readonly number[]): number {
  const center = median(baseline);
  const deviation = 1.4826 * median(baseline.map((one) => Math.abs(one - center)));
  // A baseline that hardly moves would make any change infinite.
  const scale = Math.max(deviation, Math.abs(center) * STEADY_SHARE * (deviation > 0 ? 0.1 : 1));
  if (value === center) return 0;
  const z = scale === 0 ? Math.sign(value - center) * MAX_Z : (value - center) / scale;
  return Math.max(-MAX_Z, Math.min(MAX_Z, z));
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

/** Least points on each side of a change. */
const MIN_SIDE = 3;
/** Share of the variation that a step must explain, and how far beyond chance (an F ratio) it must be. */
const MIN_GAIN = 0.5;
const MIN_RATIO = 12;

/** Where the mean of a series steps up or down: the index of the first point after the step. None for noise and for steady ramps. */
export function findStep(points: readonly (readonly [number, number])[]): number | undefined {
  const values = points.map(([, value]) => value);
  const best = bestSplit(values);
  if (best === undefined) return undefined;
  const total = squaresOf(values);
  const gain = total - best.squares;
  if (total === 0 || gain / total < MIN_GAIN || gain / (best.squares / (values.length - 2)) < MIN_RATIO)
    return undefined;
  return fitLine(points).squares <= best.squares ? undefined : best.index;
}

function bestSplit(values: readonly number[]): { readonly index: number; readonly squares: number } | undefined {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const total = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  let left = 0;
  let best: { index: number; squares: number } | undefined;
  for (let index = 1; index <= n - MIN_SIDE; index++) {
    left += (values[index - 1] ?? 0) - mean;
    // With centred values the right side sums to minus the left one.
    const squares = Math.max(0, total - left ** 2 / index - left ** 2 / (n - index));
    if (index >= MIN_SIDE && (best === undefined || squares < best.squares)) best = { index, squares };
  }
  return best;
}

function squaresOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
