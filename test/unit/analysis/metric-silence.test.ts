import { describe, expect, it } from 'vitest';

import type { ServiceReading } from '#analysis/metric-services.ts';
import { rankServices } from '#analysis/metric-services.ts';
import { summarizeMetrics } from '#analysis/metric-summary.ts';
import type { ServiceSignal } from '#domain/evidence.ts';
import { toServiceRow } from '#engine/services/metrics/rows.ts';

const STEP = 60_000;
const context = { window: { since: 0, until: 30 * STEP }, baseline: { since: -60 * STEP, until: 0 }, stepMs: STEP };
const wave = (n: number) => Math.sin(n * 12.9898) * 0.4;
const calm = (n: number) => 10 + wave(n);
const from = (at: number, by: number) => (n: number) => 10 + wave(n) + (n >= at ? by : 0);

type Value = (n: number) => number | undefined;

const until =
  (end: number, value = calm): Value =>
  (n) =>
    n < end ? value(n) : undefined;

/** One metric of services; a step without a value is a gap. */
function reading(metric: string, signal: ServiceSignal, services: Readonly<Record<string, Value>>): ServiceReading {
  const points = (value: Value, first: number, count: number) =>
    Array.from({ length: count }, (_, n) => first + n).flatMap((n) => {
      const found = value(n);
      return found === undefined ? [] : [[n * STEP, found] as const];
    });
  return {
    asked: { query: metric, metric, signal, serviceLabel: 'app' },
    compared: Object.entries(services).map(([app, value]) => ({
      series: { name: '', labels: { app }, points: points(value, 0, 30) },
      base: points(value, -60, 60),
    })),
  };
}
const rank = (...readings: readonly ServiceReading[]) => rankServices(readings, context);
const reasonOf = (ranked: ReturnType<typeof rank>) => toServiceRow(ranked[0]!, 1, ranked[0]!.since ?? 0);

describe('a service that stops reporting within the window', () => {
  const gone = rank(
    reading('requests', 'traffic', { dead: until(4), caller: calm, other: calm }),
    reading('failures', 'errors', { dead: until(4), caller: from(5, 90), other: calm }),
    reading('cpu', 'saturation', { dead: until(9), caller: calm, other: calm }),
  );

  it('comes before those that fail without it, and the reason says so [metrics:signals:gaps, metrics:services:ranked]', () => {
    expect(gone.map(({ service }) => service)).toEqual(['dead', 'caller', 'other']);
    expect(reasonOf(gone)).toMatchObject({
      why: 'stopped reporting: all 3 metrics ended; first to change',
      stopped_reporting: '1970-01-01T00:03:00.000Z',
    });
  });

  it('is found where one of its metrics ends alone, behind what moved farther', () => {
    const ranked = rank(
      reading('requests', 'traffic', { half: until(4), caller: calm }),
      reading('failures', 'errors', { half: calm, caller: from(5, 90) }),
    );
    expect(ranked.map(({ service }) => service)).toEqual(['caller', 'half']);
    expect(toServiceRow(ranked[1]!, 2, ranked[0]!.since ?? 0)['why']).toBe(
      'traffic stopped reporting; 1 of 2 metrics moved',
    );
  });

  it('is told after what it did before its end', () => {
    const ranked = rank(
      reading('cpu', 'saturation', { dead: until(20, from(5, 90)), other: calm }),
      reading('requests', 'traffic', { dead: calm, other: calm }),
    );
    expect(reasonOf(ranked)['why']).toBe(
      'saturation rose 10x, then stopped reporting; first to change; 1 of 2 metrics moved',
    );
  });

  it.each<[string, Readonly<Record<string, Value>>]>([
    ['all stop alike, as those of a source that is late', { one: until(24), two: until(24), three: until(25) }],
    ['it alone is there, and for no longer than a source may be late', { one: until(24) }],
    ['it was silent for as long before', { one: (n) => ((n + 60) % 12 < 2 ? calm(n) : undefined), two: calm }],
  ])('is none where %s', (_, services) => {
    const ranked = rank(reading('latency', 'latency', services), reading('cpu', 'saturation', services));
    expect(ranked.map(({ moved }) => moved)).toEqual(ranked.map(() => 0));
  });

  it('is one where it alone is there, and silent for longer than a source is late', () => {
    const ranked = rank(
      reading('latency', 'latency', { one: until(15) }),
      reading('cpu', 'saturation', { one: until(15) }),
    );
    expect(ranked).toMatchObject([{ service: 'one', gone: true }]);
  });

  it('counts less the longer before the onset it was gone', () => {
    const ranked = rank(
      reading('failures', 'errors', { retired: until(-50), failing: from(1, 20), calm }),
      reading('cpu', 'saturation', { retired: until(-50), failing: calm, calm }),
    );
    expect(ranked.map(({ service }) => service)).toEqual(['failing', 'retired', 'calm']);
  });
});

it('puts a series that ended in the window among those that moved [metrics:signals:gaps]', () => {
  const { compared } = reading('queue', 'saturation', { ended: until(4), a: calm, b: calm, c: calm });
  const [first, ...others] = summarizeMetrics(compared, context);
  expect(first).toMatchObject({ labels: { app: 'ended' }, ended: true, silentSince: 3 * STEP });
  expect(others.map(({ ended }) => ended)).toEqual([undefined, undefined, undefined]);
});

describe('what is no part of the trouble', () => {
  const early = (n: number) => 10 + wave(n) + (n >= -45 ? 3 : 0);

  it('does not make others late by having moved a little long before [metrics:services:usual]', () => {
    const ranked = rank(
      reading('failures', 'errors', { failing: from(2, 60), busy: calm }),
      reading('cpu', 'saturation', { failing: calm, busy: early }),
    );
    expect(ranked[0]).toMatchObject({ service: 'failing', since: 2 * STEP });
    const alone = rank(reading('failures', 'errors', { failing: from(2, 60), busy: calm }));
    expect(ranked[0]?.score).toBeCloseTo(alone[0]?.score ?? 0, 1);
  });

  it('counts beside the heaviest metric by what it weighs itself [metrics:services:cause]', () => {
    const drift = (n: number) => 10 + wave(n) + (n >= 0 ? 2 : 0) * Math.sin(n / 4) ** 2 + (n >= 0 ? 1.4 : 0);
    const ranked = rank(
      reading('latency', 'latency', { cause: from(1, 90), caller: from(2, 80) }),
      reading('requests', 'traffic', { cause: calm, caller: drift }),
    );
    expect(ranked.map(({ service, moved }) => [service, moved])).toEqual([
      ['cause', 1],
      ['caller', 2],
    ]);
  });
});
