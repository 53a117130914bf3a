import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createHistogram } from '#analysis/histogram.ts';
import { findChange } from '#analysis/metric-change.ts';
import { joinBaseline, summarizeMetrics } from '#analysis/metric-summary.ts';
import { quantile, robustZ } from '#analysis/statistics.ts';
import type { MetricSeries } from '#domain/evidence.ts';

const STEP = 30_000;
const window = { since: 0, until: 40 * STEP };
const before = { since: -40 * STEP, until: 0 };
const noise = (n: number) => Math.sin(n * 12.9898) * 0.5;
const series = (name: string, value: (n: number) => number | undefined, points = 40, from = 0): MetricSeries => ({
  name,
  labels: { pod: name },
  points: Array.from({ length: points }, (_, n) => [from + n * STEP, value(n)] as const).filter(
    (point): point is [number, number] => point[1] !== undefined,
  ),
});
const flat = (name: string, level = 10) => series(name, (n) => level + noise(n), 40, -40 * STEP);
const summarize = (current: MetricSeries[], baseline: MetricSeries[] = []) =>
  summarizeMetrics(joinBaseline(current, baseline), { window, stepMs: STEP, baseline: before });

describe('summarizeMetrics', () => {
  it('finds the step, when it came, and how far it is from the baseline [metrics:summary:moved]', () => {
    const [summary] = summarize([series('a', (n) => (n < 24 ? 10 : 30) + noise(n))], [flat('a')]);
    expect(summary?.change?.at).toBe(24 * STEP);
    expect(summary?.change?.before).toBeCloseTo(10, 0);
    expect(summary?.change?.after).toBeCloseTo(30, 0);
    expect(summary?.z).toBeGreaterThan(20);
    expect(summary).toMatchObject({ points: 40, gapPercent: 0, insufficient: false });
    expect(summary?.sparkline).toMatch(/^[▁▂]{16}[▇█]{4}$/);
  });

  it('ranks what moved most first [metrics:summary:moved]', () => {
    const moved = (name: string, by: number) => series(name, (n) => 10 + noise(n) + (n < 20 ? 0 : by));
    const names = summarize(
      [moved('calm', 0), moved('down', -5), moved('up', 9)],
      ['calm', 'down', 'up'].map((name) => flat(name)),
    );
    expect(names.map(({ name }) => name)).toStrictEqual(['up', 'down', 'calm']);
    expect(names[2]?.change).toBeUndefined();
    expect(names[1]?.z).toBeLessThan(-3);
  });

  it('tells where a leak began, and nothing of one that was there all along [metrics:change:shapes]', () => {
    const always = series('old', (n) => 100 + n * 2);
    const past = series('old', (n) => 20 + n * 2, 40, -40 * STEP);
    expect(summarize([always], [past])[0]?.change).toBeUndefined();
    const [summary] = summarize([series('leak', (n) => 100 + n * 2)], [flat('leak', 100)]);
    expect(summary?.change).toMatchObject({ kind: 'ramp' });
    expect(Math.abs(summary?.change?.at ?? Number.NaN)).toBeLessThanOrEqual(STEP);
    expect(summary?.slopePerMinute).toBeCloseTo(4, 5);
    expect(summary?.z).toBeGreaterThan(3);
  });

  it.each([
    ['2 points after a baseline that leads up to them', 2, [flat('a')]],
    ['7 points after a baseline of 7', 7, [series('a', () => 100, 7, -7 * STEP)]],
    ['7 points without a baseline', 7, []],
  ])('judges nothing on %s', (_, points, base) => {
    const [summary] = summarize([series('a', (n) => 1_000 + n * 100, points)], base);
    expect(summary).toMatchObject({ insufficient: true, points });
    expect(summary?.z).toBeUndefined();
    expect(summary?.change).toBeUndefined();
  });

  it('judges 3 points where a baseline leads up to them, and still calls them insufficient [metrics:signals:early]', () => {
    const [summary] = summarize([series('a', (n) => 900 + n, 3)], [series('a', (n) => 100 + (n % 3), 40, -40 * STEP)]);
    expect(summary).toMatchObject({ insufficient: true, points: 3, change: { kind: 'step', at: 0 } });
    expect(summary?.z).toBeGreaterThan(50);
  });

  it('measures change against a baseline that never moves by its size', () => {
    const still = (level: number) => series('a', () => level, 40, -40 * STEP);
    expect(summarize([series('a', () => 100)], [still(100)])[0]?.z).toBe(0);
    expect(summarize([series('a', () => 150)], [still(100)])[0]?.z).toBeCloseTo(10);
    expect(summarize([series('a', () => 1)], [still(0)])[0]?.z).toBe(99);
  });

  it('reports gaps, values that are no numbers, silence and series that have ended [metrics:signals:gaps]', () => {
    const odd = {
      ...series('odd', (n) => (n % 2 === 0 ? 1 : undefined)),
      notNumbers: Array.from({ length: 20 }, (_, n) => (2 * n + 1) * STEP),
    };
    expect(summarize([odd])[0]).toMatchObject({ notNumberPercent: 50, gapPercent: 0 });
    expect(summarize([{ ...odd, points: [] }])[0]).toMatchObject({ notNumberPercent: 100, points: 0 });
    const gappy = series('gappy', (n) => (n % 4 === 0 ? undefined : 1));
    const silent = series('silent', (n) => (n < 20 ? 1 : undefined));
    const summaries = summarize([gappy, silent], [flat('ended')]);
    const byName = new Map(summaries.map((summary) => [summary.name, summary]));
    expect(byName.get('gappy')).toMatchObject({ gapPercent: 25 });
    expect(byName.get('gappy')?.silentSince).toBeUndefined();
    expect(byName.get('silent')).toMatchObject({ silentSince: 19 * STEP, gapPercent: 50 });
    expect(byName.get('ended')).toMatchObject({ points: 0, gapPercent: 100, silentSince: -STEP });
  });

  it('does not find steps in noise', () => {
    const found = Array.from({ length: 200 }, (_, seed) => {
      const random = (n: number) => Math.abs(Math.sin((n + 1) * 78.233 + seed * 37.719) * 43_758.5453) % 1;
      return findChange(Array.from({ length: 40 }, (_, n) => random(n)));
    });
    expect(found.filter((change) => change !== undefined)).toHaveLength(0);
  });

  it('never gives a z that is no number', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), values, (value, baseline) => {
        expect(Math.abs(robustZ(value, baseline))).toBeLessThanOrEqual(99);
      }),
    );
  });
});

it.each([
  [0, 1],
  [0.5, 2.5],
  [0.95, 3.85],
  [1, 4],
])('interpolates the quantile %d', (share, expected) => {
  expect(quantile([1, 2, 3, 4], share)).toBeCloseTo(expected);
});

describe('createHistogram', () => {
  it('counts events and errors per stretch of readable length, empty ones included', () => {
    const histogram = createHistogram({ since: 0, until: 600_000 }, 10);
    const add = (at: number | undefined, level: 'info' | 'error') =>
      histogram.add({ ...(at !== undefined && { at }), level, message: '', raw: '', origin: '' });
    add(0, 'info');
    add(59_999, 'error');
    add(60_000, 'info');
    add(undefined, 'error');
    add(600_000, 'info');
    expect(histogram.bucketMs).toBe(60_000);
    expect(histogram.buckets()).toHaveLength(10);
    expect(histogram.buckets().slice(0, 3)).toStrictEqual([
      { at: 0, count: 2, errors: 1 },
      { at: 60_000, count: 1, errors: 0 },
      { at: 120_000, count: 0, errors: 0 },
    ]);
    expect(histogram.untimed()).toBe(2);
  });
});
