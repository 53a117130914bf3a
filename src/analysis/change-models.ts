/** What a model of a series leaves unexplained, and where it puts the change. */
export interface Fit {
  readonly kind: 'step' | 'ramp' | 'pulse';
  /** Index of the first value of the new level, or at which the ramp begins. */
  readonly index: number;
  /** Index of the first value after a pulse. */
  readonly end?: number;
  /** Sum of squares that is left. */
  readonly squares: number;
  /** Values that were chosen to make it fit; choosing the place counts as well. */
  readonly parameters: number;
}

/** Least values on each side of a step and beside a pulse, and within a pulse. */
const SIDE = 3;
const PULSE = 2;
/** Beginnings and ends of a pulse that are tried: all for short series, every so many for long ones. */
const PULSE_TRIES = 160;

interface Sums {
  readonly n: number;
  /** Sum of the first `i` values. */
  readonly of: Float64Array;
  readonly total: number;
}

/** The best fit of each kind, by least squares; none for fewer than 8 values. Linear in time, but for pulses. */
export function fitChanges(values: readonly number[]): readonly Fit[] {
  const n = values.length;
  if (n < 2 * SIDE + PULSE) return [];
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const centred = values.map((value) => value - mean);
  const of = new Float64Array(n + 1);
  centred.forEach((value, index) => (of[index + 1] = (of[index] ?? 0) + value));
  const total = centred.reduce((sum, value) => sum + value ** 2, 0);
  const sums = { n, of, total };
  return [fitStep(sums), fitPulse(sums), fitRamp(centred, total)].filter((fit) => fit !== undefined);
}

/** Two levels. With centred values the right side sums to minus the left one. */
function fitStep({ n, of, total }: Sums): Fit {
  let best = { index: SIDE, squares: Number.POSITIVE_INFINITY };
  for (let index = SIDE; index <= n - SIDE; index++) {
    const left = of[index] ?? 0;
    const squares = Math.max(0, total - left ** 2 / index - left ** 2 / (n - index));
    if (squares < best.squares) best = { index, squares };
  }
  return { kind: 'step', ...best, parameters: 4 };
}

/** A level, another one for a while, and the first one again. */
function fitPulse({ n, of, total }: Sums): Fit {
  const stride = Math.max(1, Math.floor(n / PULSE_TRIES));
  let best = { index: SIDE, end: SIDE + PULSE, squares: Number.POSITIVE_INFINITY };
  const tryOut = (index: number, end: number) => {
    const inside = (of[end] ?? 0) - (of[index] ?? 0);
    const length = end - index;
    const squares = Math.max(0, total - inside ** 2 / length - inside ** 2 / (n - length));
    if (squares < best.squares) best = { index, end, squares };
  };
  for (let index = SIDE; index <= n - SIDE - PULSE; index += stride)
    for (let end = index + PULSE; end <= n - SIDE; end += stride) tryOut(index, end);
  if (stride > 1) {
    const { index: around, end: about } = best;
    for (let index = Math.max(SIDE, around - stride); index <= around + stride; index++)
      for (let end = Math.max(index + PULSE, about - stride); end <= Math.min(n - SIDE, about + stride); end++)
        tryOut(index, end);
  }
  return { kind: 'pulse', ...best, parameters: 6 };
}

/** A level, then a steady rise or fall from it: y = a + b·max(0, x − s). The sums over x ≥ s are kept while s moves left. */
function fitRamp(centred: readonly number[], total: number): Fit {
  const n = centred.length;
  let [sumY, sumXY, sumX, sumXX, count] = [0, 0, 0, 0, 0];
  let best = { index: 0, squares: Number.POSITIVE_INFINITY };
  for (let start = n - 1; start >= SIDE; start--) {
    const y = centred[start] ?? 0;
    [sumY, sumXY, sumX, sumXX, count] = [sumY + y, sumXY + start * y, sumX + start, sumXX + start ** 2, count + 1];
    if (count < 2 * SIDE) continue;
    const h = sumX - count * start;
    const hh = sumXX - 2 * start * sumX + count * start ** 2 - h ** 2 / n;
    const hy = sumXY - start * sumY;
    const squares = hh <= 0 ? total : Math.max(0, total - hy ** 2 / hh);
    if (squares < best.squares) best = { index: start, squares };
  }
  return { kind: 'ramp', ...best, parameters: 4 };
}
