import type { MetricSeries, TimeWindow } from '#domain/evidence.ts';

/** Cells of a trend line: each costs a reader about one token. */
const CELLS = 20;
const SPARKS = '▁▂▃▄▅▆▇█';

/** Twenty characters `▁` to `█`, scaled to the least and greatest value, a space where there is no point. */
export function toSparkline(points: MetricSeries['points'], { since, until }: TimeWindow): string {
  const cells: number[][] = Array.from({ length: CELLS }, () => []);
  const within = points.filter(([at]) => at >= since && at < until);
  for (const [at, value] of within) cells[Math.floor(((at - since) / (until - since)) * CELLS)]?.push(value);
  const filled = spreadCells(cells, within.length);
  const known = filled.filter((value) => value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return filled
    .map((value) =>
      value === undefined ? ' ' : SPARKS[high === low ? 0 : Math.round(((value - low) / (high - low)) * 7)],
    )
    .join('');
}

/** With fewer points than cells, a cell between two points shows the earlier one. */
function spreadCells(cells: readonly (readonly number[])[], points: number): readonly (number | undefined)[] {
  const reach = Math.ceil(CELLS / Math.max(1, points));
  return cells.map((_, index) => {
    const near = cells.slice(Math.max(0, index - reach + 1), index + 1).findLast((cell) => cell.length > 0);
    return near === undefined ? undefined : near.reduce((sum, value) => sum + value, 0) / near.length;
  });
}
