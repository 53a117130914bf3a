import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { LabelFilter, MetricSelect } from '#domain/evidence.ts';
import type { MetricSource } from '#providers/sources.ts';

/** A series of the one metric that the suite asks for. */
export interface HeldSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** `[milliseconds since the epoch, value]`. */
  readonly points: readonly (readonly [number, number])[];
}

/** A source that holds exactly these series. */
export interface SelectBackend {
  readonly make: (held: readonly HeldSeries[]) => Promise<MetricSource & AsyncDisposable>;
  /** The metric as this back end names it. */
  readonly metric: string;
  /** Words that find it. */
  readonly words: string;
  /** One condition can name several values. */
  readonly hasOr: boolean;
}

const MINUTE = 60_000;
/** When the values of the suite rise. */
export const selectOnset = Date.parse('2025-11-03T14:00:00Z');
const live = new AbortController().signal;
const window = { since: selectOnset - 5 * MINUTE, until: selectOnset + 5 * MINUTE };

function held(): readonly HeldSeries[] {
  const times = Array.from({ length: 31 }, (_, n) => selectOnset - 15 * MINUTE + n * MINUTE);
  const of = (pod: string, value: number) => ({
    labels: { pod },
    points: times.map((at) => [at, at < selectOnset ? value : value * 3] as const),
  });
  return [of('a', 100), of('b', 200)];
}

/** How many series came, or the code of the error. */
function outcomeOf(work: Promise<readonly unknown[]>): Promise<string> {
  return work.then(
    (series) => `${series.length} series`,
    (error: unknown) => (error instanceof FixgateError ? error.code : String(error)),
  );
}

/** What every metric source owes a caller who speaks in words of no vendor. */
export function describeMetricSelect(name: string, { make, metric, words, hasOr }: SelectBackend): void {
  describe(`${name} asked in words [metrics:sources:words]`, () => {
    let source: MetricSource & AsyncDisposable;
    beforeAll(async () => {
      source = await make(held());
    }, 60_000);
    afterAll(() => source[Symbol.asyncDispose]());

    const ask = async (more: Partial<MetricSelect>, within = window) => {
      const query = source.compose({ metric, filters: [], groupBy: [], ...more });
      const stepMs = source.fitStep(within, MINUTE);
      const { series } = await source.query({ query, window: within, stepMs }, live);
      return series.toSorted((a, b) => ((a.labels.pod ?? '') < (b.labels.pod ?? '') ? -1 : 1));
    };
    const pod = (operator: LabelFilter['operator'], value: string) => ({
      filters: [{ label: 'pod', operator, value }],
      groupBy: ['pod'],
      agg: 'max' as const,
    });

    it('gives one point per step, the start of the window included and its end excluded', async () => {
      const [a, b, ...others] = await ask({ groupBy: ['pod'], agg: 'max' });
      expect(others).toStrictEqual([]);
      expect([a?.labels.pod, b?.labels.pod]).toStrictEqual(['a', 'b']);
      expect(a?.points).toStrictEqual(
        Array.from({ length: 10 }, (_, n) => [window.since + n * MINUTE, n < 5 ? 100 : 300]),
      );
    });

    it.each([
      ['=', 'a', ['a']],
      ['!=', 'a', ['b']],
      ['=~', 'a', ['a']],
      ['!~', 'a|c', ['b']],
      ['=', 'c', []],
    ] as const)('selects with %s %s', async (operator, value, pods) => {
      expect((await ask(pod(operator, value))).map(({ labels }) => labels.pod)).toStrictEqual(pods);
    });

    it('selects one of several values, or says that it cannot', async () => {
      const outcome = await outcomeOf(ask(pod('=~', 'a|b')));
      expect(outcome).toBe(hasOr ? '2 series' : 'invalid_input');
    });

    it.each([
      ['sum', 300],
      ['max', 200],
      ['min', 100],
      ['avg', 150],
    ] as const)('makes one series of the pods by %s', async (agg, first) => {
      const series = await ask({ agg, filters: [{ label: 'pod', operator: '!=', value: 'c' }] });
      expect(series.map(({ points }) => points[0]?.[1])).toStrictEqual([first]);
    });

    it('answers a window of a month in a step that fits', async () => {
      const long = { since: selectOnset - 20 * 24 * 60 * MINUTE, until: selectOnset + 10 * 24 * 60 * MINUTE };
      const [a] = await ask({ groupBy: ['pod'], agg: 'max' }, long);
      expect(a?.points.length).toBeGreaterThan(0);
      expect((long.until - long.since) / source.fitStep(long, 1_000)).toBeLessThanOrEqual(11_000);
    });

    it('finds the metric by words of its name, in any order', async () => {
      expect((await source.search(words, 10, live)).map((info) => info.name)).toContain(metric);
      expect(await source.search('no such thing', 10, live)).toStrictEqual([]);
    });

    it.each([`a"} or vector(1) or x{y="`, `a} by {host`, `a' OR pod != 'x`])(
      'lets no value reach beyond itself: %s',
      async (value) => {
        expect(['0 series', 'invalid_input']).toContain(await outcomeOf(ask(pod('=', value))));
      },
    );

    it('explains what it asked, or says nothing', () => {
      const query = source.compose({ metric, filters: [], groupBy: [] });
      const { native = query } = source.explain?.({ query, window, stepMs: MINUTE }) ?? {};
      expect(native).toContain(query);
    });

    it('stops with `cancelled` when the caller is gone', async () => {
      const query = source.compose({ metric, filters: [], groupBy: [] });
      const act = source.query({ query, window, stepMs: MINUTE }, AbortSignal.abort());
      await expect(act).rejects.toSatisfy((error) => error instanceof FixgateError && error.code === 'cancelled');
    });
  });
}
