import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { FixgateError } from '#domain/errors.ts';
import type { MetricSeries } from '#domain/evidence.ts';
import type { MetricSource } from '#providers/sources.ts';

/** Makes a source that holds exactly what an exposition with timestamps says. */
export type MakeMetricSource = (exposition: string) => Promise<MetricSource & AsyncDisposable>;

const MINUTE = 60_000;
const onset = Date.parse('2025-11-03T14:00:00Z');
const live = new AbortController().signal;

/** Half an hour of scrapes every 15 s: requests grow by 10 per second and are reset once; memory steps up at the onset. */
function exposition(): string {
  const times = Array.from({ length: 121 }, (_, n) => onset - 15 * MINUTE + n * 15_000);
  const seconds = (at: number) => at / 1_000;
  const requests = (code: string, perSecond: number) =>
    times.map((at, n) => {
      const since = at < onset + 5 * MINUTE ? n * 15 : (at - onset) / 1_000 - 300;
      return `http_requests_total{code="${code}",route="/pay"} ${since * perSecond} ${seconds(at)}`;
    });
  const memory = (pod: string, bytes: number) =>
    times.map((at) => `process_memory_bytes{pod="${pod}"} ${at < onset ? bytes : bytes * 3} ${seconds(at)}`);
  return [
    '# HELP http_requests Requests that were answered.',
    '# TYPE http_requests counter',
    ...requests('200', 10),
    ...requests('500', 1),
    '# HELP process_memory_bytes Resident memory.',
    '# TYPE process_memory_bytes gauge',
    ...memory('a', 100),
    ...memory('b', 200),
    '# EOF',
    '',
  ].join('\n');
}

/** What every metric source owes its callers, in the queries that all of them understand. */
export function describeMetricSource(name: string, make: MakeMetricSource): void {
  describe(`${name} as a metric source`, () => {
    let source: MetricSource & AsyncDisposable;
    beforeAll(async () => {
      source = await make(exposition());
    }, 30_000);
    afterAll(() => source[Symbol.asyncDispose]());

    const window = { since: onset - 5 * MINUTE, until: onset + 5 * MINUTE };
    const query = async (text: string, stepMs = MINUTE) => {
      const { series } = await source.query({ query: text, window, stepMs }, live);
      return series.toSorted((a, b) => (JSON.stringify(a.labels) < JSON.stringify(b.labels) ? -1 : 1));
    };
    const values = (series: MetricSeries | undefined) => series?.points.map(([, value]) => value);

    it('gives one point per step, the start of the window included and its end excluded', async () => {
      const [a, b, ...others] = await query('process_memory_bytes');
      expect(others).toStrictEqual([]);
      expect(a).toMatchObject({ name: 'process_memory_bytes' });
      expect(a?.labels.pod).toBe('a');
      expect(b?.labels.pod).toBe('b');
      expect(a?.points.map(([at]) => at)).toStrictEqual(
        Array.from({ length: 10 }, (_, n) => window.since + n * MINUTE),
      );
      expect(values(a)).toStrictEqual([100, 100, 100, 100, 100, 300, 300, 300, 300, 300]);
    });

    it.each([
      ['process_memory_bytes{pod="a"}', ['a']],
      ['process_memory_bytes{pod!="a"}', ['b']],
      ['process_memory_bytes{pod=~"a|b"}', ['a', 'b']],
      ['process_memory_bytes{pod!~"b.*"}', ['a']],
      ['{__name__=~"process_mem.*",pod="b"}', ['b']],
      ['process_memory_bytes{pod="c"}', []],
      ['no_such_metric', []],
    ])('selects with %s', async (text, pods) => {
      expect((await query(text)).map(({ labels }) => labels.pod)).toStrictEqual(pods);
    });

    it('derives rates of counters', async () => {
      const [ok, failed] = await query('rate(http_requests_total[2m])');
      for (const value of values(ok) ?? []) expect(value).toBeCloseTo(10, 1);
      for (const value of values(failed) ?? []) expect(value).toBeCloseTo(1, 2);
      expect(values(ok)).toHaveLength(10);
    });

    it('derives increases of counters', async () => {
      const [ok] = await query('increase(http_requests_total{code="200"}[2m])');
      for (const value of values(ok) ?? []) expect(value).toBeCloseTo(1_200, 0);
    });

    it('does not mistake the reset of a counter for a fall', async () => {
      const after = { since: onset + 5 * MINUTE, until: onset + 8 * MINUTE };
      const {
        series: [ok],
      } = await source.query(
        { query: 'rate(http_requests_total{code="200"}[2m])', window: after, stepMs: MINUTE },
        live,
      );
      for (const value of values(ok) ?? []) expect(value).toBeGreaterThan(8);
      expect(values(ok)).toHaveLength(3);
    });

    it.each([
      ['sum(process_memory_bytes)', [{}], 300],
      ['max(process_memory_bytes)', [{}], 200],
      ['min by (nothing) (process_memory_bytes)', [{}], 100],
      ['avg(process_memory_bytes)', [{}], 150],
      ['sum(process_memory_bytes) by (pod)', [{ pod: 'a' }, { pod: 'b' }], 100],
    ])('aggregates with %s', async (text, labels, first) => {
      const series = await query(text);
      expect(series.map((one) => one.labels)).toStrictEqual(labels);
      expect(values(series[0])?.[0]).toBe(first);
    });

    it('aggregates rates', async () => {
      const [all] = await query('sum(rate(http_requests_total[2m]))');
      for (const value of values(all) ?? []) expect(value).toBeCloseTo(11, 1);
    });

    it('answers however fine the step is', async () => {
      const long = { since: onset - 24 * 60 * MINUTE, until: onset + 24 * 60 * MINUTE };
      const {
        series: [a],
      } = await source.query({ query: 'process_memory_bytes{pod="a"}', window: long, stepMs: 1_000 }, live);
      expect(a?.points.length).toBeGreaterThan(50);
      expect(a?.points.length).toBeLessThanOrEqual(11_000);
    });

    it('finds metrics by words of their name', async () => {
      const found = await source.search('MEMORY process', 10, live);
      expect(found.map((metric) => metric.name)).toStrictEqual(['process_memory_bytes']);
      expect(await source.search('http', 10, live)).toMatchObject([{ name: 'http_requests_total' }]);
      expect(await source.search('no such thing', 10, live)).toStrictEqual([]);
      expect(await source.search('', 1, live)).toHaveLength(1);
    });

    it('says what is wrong with a query that it does not understand', async () => {
      const act = query('sum(((');
      await expect(act).rejects.toSatisfy((error) => error instanceof FixgateError && error.code === 'invalid_input');
    });

    it('stops with `cancelled` when the caller is gone', async () => {
      const act = source.query({ query: 'process_memory_bytes', window, stepMs: MINUTE }, AbortSignal.abort());
      await expect(act).rejects.toSatisfy((error) => error instanceof FixgateError && error.code === 'cancelled');
    });
  });
}
