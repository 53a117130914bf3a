import { describe, expect, it } from 'vitest';

import { confidenceOf, proximityOf } from '#analysis/change-confidence.ts';

describe('confidenceOf', () => {
  it.each<readonly [Parameters<typeof confidenceOf>, number, string]>([
    [[0.9, 'direct', 0.6], 0.84, 'high'],
    [[0.9, 'direct', 0], 0.66, 'medium'],
    [[0.6, 'one_hop', 0], 0.42, 'medium'],
    [[0.1, 'none', 0], 0.07, 'low'],
  ])('of nearness, scope and pattern %j is %d, %s [deploys:confidence:vectors]', (parts, score, level) => {
    expect(confidenceOf(...parts)).toStrictEqual({ score, level, assumed: false });
  });

  it('says when the scope is assumed', () => {
    expect(confidenceOf(0.9, undefined, 0)).toStrictEqual({ score: 0.54, level: 'medium', assumed: true });
  });

  it.each([
    [0, 0.9],
    [3_599_999, 0.9],
    [3_600_000, 0.6],
    [4 * 3_600_000, 0.3],
    [24 * 3_600_000, 0.1],
  ])('takes a change %d ms before the onset as near by %d', (ms, near) => {
    expect(proximityOf(ms)).toBe(near);
  });
});
