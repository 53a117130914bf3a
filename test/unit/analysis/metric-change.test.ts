import { describe, expect, it } from 'vitest';

import { findChange } from '#analysis/metric-change.ts';

/** Repeatable noise with the spread of a normal one. */
function createNoise(seed: number): () => number {
  let state = seed;
  const next = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(next() + 1e-12)) * Math.cos(2 * Math.PI * next());
}

type Shape = (index: number, noise: () => number) => number;

const LENGTH = 120;
const AT = 80;
const draw = (shape: Shape, seed: number) => {
  const noise = createNoise(seed);
  return Array.from({ length: LENGTH }, (_, index) => shape(index, noise));
};
const SEEDS = Array.from({ length: 40 }, (_, index) => index * 7_919 + 1);

describe('findChange', () => {
  it.each<[string, Shape, string, number]>([
    ['a step in noise', (n, noise) => 10 + noise() + (n >= AT ? 6 : 0), 'step', 0.95],
    ['a step down', (n, noise) => 50 + noise() - (n >= AT ? 8 : 0), 'step', 0.95],
    ['a step on a wave', (n, noise) => 100 + 10 * Math.sin(n / 20) + 2 * noise() + (n >= AT ? 40 : 0), 'step', 0.9],
    ['a step in noise of many sizes', (n, noise) => Math.exp(noise() / 2) * (n >= AT ? 8 : 1), 'step', 0.85],
    [
      'the rise of a rate over three points',
      (n, noise) => 10 + noise() / 2 + 10 * Math.max(0, Math.min(1, (n - AT + 1) / 3)),
      'step',
      0.95,
    ],
    ['the first errors ever', (n) => (n >= AT ? 1 : 0), 'step', 1],
    ['a level that came back', (n, noise) => 10 + noise() + (n >= AT && n < AT + 6 ? 15 : 0), 'pulse', 0.95],
    ['a leak', (n, noise) => 100 + noise() + (n >= AT ? (n - AT) * 3 : 0), 'ramp', 0.7],
  ])('finds %s within one point [metrics:change:shapes]', (_, shape, kind, least) => {
    const found = SEEDS.map((seed) => findChange(draw(shape, seed)));
    const right = found.filter((change) => change?.kind === kind && Math.abs(change.index - AT) <= 1);
    expect(right.length / SEEDS.length).toBeGreaterThanOrEqual(least);
  });

  it.each([
    ['a rate over 2 points', 2, 120],
    ['a rate over 4 points', 4, 120],
    ['a rate over 8 points', 8, 120],
    ['a rate over 4 points, shortly before the end', 4, AT + 8],
    ['a gauge', 0, 120],
    ['a gauge, shortly before the end', 0, AT + 6],
  ])(
    'finds where %s left its level within one point, wherever between two points that was [metrics:change:moment]',
    (_, over, length) => {
      const offsets = SEEDS.map((seed, index) => {
        const noise = createNoise(seed);
        // The moment lies anywhere between two points.
        const moment = AT - 1 + (index + 1) / SEEDS.length;
        const risen = (n: number) => (n < moment ? 0 : over === 0 ? 1 : Math.min(1, (n - moment) / over));
        const found = findChange(Array.from({ length }, (__, n) => 10 + noise() + 100 * risen(n)));
        return found === undefined ? Number.POSITIVE_INFINITY : Math.abs(found.index - moment);
      });
      expect(offsets.filter((offset) => offset <= 1).length / SEEDS.length).toBeGreaterThanOrEqual(0.95);
    },
  );

  it.each<[string, Shape]>([
    ['noise', (_, noise) => 10 + noise()],
    ['noise of many sizes', (_, noise) => Math.exp(noise())],
    ['a wave', (n, noise) => 100 + 20 * Math.sin((n / LENGTH) * 2 * Math.PI) + 2 * noise()],
    ['a line', (n, noise) => 100 + n / 2 + noise()],
    ['a single outlier', (n, noise) => 10 + noise() + (n === AT ? 80 : 0)],
    ['nothing at all', () => 5],
  ])('finds no change in %s [metrics:change:none]', (_, shape) => {
    const found = SEEDS.filter((seed) => findChange(draw(shape, seed)) !== undefined);
    expect(found.length).toBeLessThanOrEqual(2);
  });

  it('says nothing of fewer than 8 points', () => {
    expect(findChange([0, 0, 0, 9, 9, 9, 9])).toBeUndefined();
  });
});
