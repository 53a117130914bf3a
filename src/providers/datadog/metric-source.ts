import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { MetricQuery, MetricSeries } from '#domain/evidence.ts';
import { fitStep } from '#domain/time.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { startCall } from '../deadline.ts';
import type { MetricAnswer, MetricSource, NativeRequest } from '../sources.ts';
import { unreachable } from './errors.ts';
import type { DatadogMetricApi } from './metric-api.ts';
import { queryRefused } from './metric-errors.ts';
import type { MetricNames } from './metric-list.ts';
import { createMetricNames, searchMetrics } from './metric-list.ts';
import type { PlainQuery } from './metric-query.ts';
import { composeDatadog, parsePlain } from './metric-query.ts';
import { fromV1, fromV2, rhythmOf } from './metric-series.ts';
import { surveyTraces } from './metric-survey.ts';
import type { DatadogSettings } from './place.ts';
import { apiUrl, metricsUrl } from './place.ts';
import type { RateLimits } from './rate-limits.ts';
import { createRateLimits } from './rate-limits.ts';

/** Datadog's own limit of the points of one series. */
const MAX_POINTS = 1_500;
/** Points of one answer, about 10 MB while it is read. */
const MAX_ANSWER_POINTS = 120_000;
const MAX_SERIES = 500;
/** It keeps a point per second at best. */
const LEAST_STEP_MS = 1_000;
const PROBE_WINDOW_MS = 300_000;

/** What lasts from call to call. */
interface Source {
  readonly settings: DatadogSettings;
  readonly clock: Clock;
  readonly rates: RateLimits;
  readonly names: MetricNames;
  readonly title: string;
}

/** Metrics of one Datadog organisation; nothing is sent before the first call. */
export function createDatadogMetrics(settings: DatadogSettings, { clock }: { readonly clock: Clock }): MetricSource {
  const title = `Datadog at ${new URL(apiUrl(settings)).origin}`;
  const source = { settings, clock, rates: createRateLimits({ clock }), names: createMetricNames({ clock }), title };
  return {
    language: 'Datadog metric queries, such as avg:system.cpu.user{env:prod} by {host}',
    query: (query, signal) => call(source, signal, (api) => readSeries(api, query, clock.now())),
    compose: composeDatadog,
    fitStep: ({ since, until }, stepMs) => fitStep(until - since, Math.max(LEAST_STEP_MS, stepMs), MAX_POINTS),
    search: (search, limit, signal) =>
      call(source, signal, async (api) => searchMetrics(api, await source.names.list(api), { search, limit })),
    survey: (about, signal) => call(source, signal, async (api) => surveyTraces(await source.names.list(api), about)),
    explain: (query) => explain(settings, query),
    probe: (signal) => call(source, signal, (api) => probe(source, api)),
  };
}

/** One call with its time limit, which all its requests share. */
async function call<T>(
  { settings, clock, rates, title }: Source,
  signal: AbortSignal,
  work: (api: DatadogMetricApi) => Promise<T>,
): Promise<T> {
  throwIfCancelled(signal);
  const { createDatadogMetricApi } = await import('./metric-api.ts');
  const limit = startCall({ title, timeoutMs: settings.timeout_s * 1_000, clock }, signal);
  try {
    return await work(createDatadogMetricApi(settings, { clock, rates, deadline: limit }));
  } catch (error) {
    throw limit.explain(error, (cause) => unreachable(title, cause));
  }
}

/** Series that are read at once. */
function mostSeries({ window, stepMs }: MetricQuery): number {
  const points = Math.max(1, Math.ceil((window.until - window.since) / stepMs));
  return Math.max(20, Math.min(MAX_SERIES, Math.floor(MAX_ANSWER_POINTS / points)));
}

/** Version 2 takes a step and a limit of series, but one query without arithmetic only; version 1 reads whole expressions. */
async function readSeries(api: DatadogMetricApi, query: MetricQuery, now: number): Promise<MetricAnswer> {
  const plain = parsePlain(query.query);
  try {
    return plain === undefined ? await readV1(api, query, now) : await readV2(api, { query, plain, now });
  } catch (error) {
    if (!(error instanceof FixgateError) || error.code !== 'invalid_input' || 'query' in error.evidence) throw error;
    const { said } = error.evidence;
    throw typeof said === 'string' ? queryRefused(said, query.query, error) : error;
  }
}

interface PlainReading {
  readonly query: MetricQuery;
  readonly plain: PlainQuery;
  readonly now: number;
}

async function readV2({ v1, v2 }: DatadogMetricApi, { query, plain, now }: PlainReading): Promise<MetricAnswer> {
  const { window, stepMs } = query;
  const most = mostSeries(query);
  const { data, errors } = await v2.queryTimeseriesData({
    body: {
      data: {
        type: 'timeseries_request',
        attributes: {
          from: window.since,
          to: window.until,
          interval: stepMs,
          formulas: [{ formula: 'a', limit: { count: most + 1, order: 'desc' } }],
          queries: [{ dataSource: 'metrics', name: 'a', query: query.query.trim() }],
        },
      },
    },
  });
  if (errors !== undefined) throw queryRefused(errors, query.query);
  if (data?.attributes === undefined) throw unknownForm();
  const series = fromV2(data.attributes, { query, plain, now });
  const warnings = coarse(rhythmOf(data.attributes.times ?? []), stepMs);
  if (series.length <= most) return { series: withPoints(series), ...(warnings.length > 0 && { warnings }) };
  const total = await countSeries(v1, query);
  return cut(series, { most, total: total ?? series.length, isLeast: total === undefined, warnings });
}

async function readV1({ v1 }: DatadogMetricApi, query: MetricQuery, now: number): Promise<MetricAnswer> {
  const { status, error, message, series: read } = await askV1(v1, query.query, query);
  if (status === 'error' || error) throw queryRefused(error ?? message ?? '', query.query);
  const series = withPoints(fromV1(read ?? [], query, now));
  const intervals = (read ?? []).flatMap(({ interval }) => (interval === undefined ? [] : [interval * 1_000]));
  const warnings = coarse(intervals.length === 0 ? undefined : Math.min(...intervals), query.stepMs);
  const most = mostSeries(query);
  if (series.length > most) return cut(series, { most, total: series.length, isLeast: false, warnings });
  return { series, ...(warnings.length > 0 && { warnings }) };
}

/** Whole seconds around the window; what lies outside of it is dropped from the answer. */
function askV1(v1: DatadogMetricApi['v1'], query: string, { window }: MetricQuery) {
  return v1.queryMetrics({ from: Math.floor(window.since / 1_000), to: Math.ceil(window.until / 1_000), query });
}

/** How many series a query has at most at any time of its window; undefined when Datadog does not tell. */
async function countSeries(v1: DatadogMetricApi['v1'], query: MetricQuery): Promise<number | undefined> {
  const answer = await askV1(v1, `count_not_null(${query.query.trim()})`, query).catch(() => undefined);
  const counts = (answer?.series ?? []).flatMap(({ pointlist }) => (pointlist ?? []).map(([, value]) => value ?? 0));
  return counts.length === 0 ? undefined : Math.max(...counts);
}

interface Crowd {
  readonly most: number;
  readonly total: number;
  /** There may be more than `total`. */
  readonly isLeast: boolean;
  readonly warnings: readonly string[];
}

/** Keeps the series with the largest values, as both versions are cut the same way. */
function cut(series: readonly MetricSeries[], { most, total, isLeast, warnings }: Crowd): MetricAnswer {
  const sizes = new Map(series.map((one) => [one, sizeOf(one)]));
  const kept = series.toSorted((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0)).slice(0, most);
  const count = Math.max(total, series.length);
  const told = `${isLeast ? 'At least ' : ''}${count} series match; the ${kept.length} with the largest values were read. Narrow the scope, or group by fewer tags.`;
  return { series: withPoints(kept), total: count, warnings: [told, ...warnings] };
}

function sizeOf({ points }: MetricSeries): number {
  return points.reduce((sum, [, value]) => sum + value, 0) / Math.max(1, points.length);
}

/** Datadog lists groups that have nothing but nulls. */
function withPoints(series: readonly MetricSeries[]): readonly MetricSeries[] {
  return series.filter(({ points }) => points.length > 0);
}

function coarse(spacingMs: number | undefined, stepMs: number): readonly string[] {
  if (spacingMs === undefined || spacingMs <= stepMs) return [];
  return [
    `Datadog answered a point every ${spacingMs / 1_000} s instead of ${stepMs / 1_000} s: gaps shorter than that are none.`,
  ];
}

function unknownForm(): FixgateError {
  return new FixgateError('provider_unavailable', 'Datadog answered a metric query in an unknown form.', {
    fix: 'Try again in 30 s; if it lasts, have the operator check site and url of Datadog.',
  });
}

function explain(settings: DatadogSettings, { query, window }: MetricQuery): NativeRequest {
  const uiUrl = metricsUrl(settings, parsePlain(query), window);
  return { native: query, uiUrl, place: `Datadog ${settings.site}` };
}

/** Both permissions: one query of the last minutes, and one name. */
async function probe({ settings, clock }: Source, api: DatadogMetricApi): Promise<string> {
  const until = clock.now();
  const window = { since: until - PROBE_WINDOW_MS, until };
  await readSeries(api, { query: 'avg:system.cpu.user{*}', window, stepMs: 60_000 }, until);
  await api.v2.listTagConfigurations({ pageSize: 1 });
  return `Datadog ${settings.site} answers a metric query; the keys may read and list metrics.`;
}
