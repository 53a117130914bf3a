import type { Clock } from '#domain/clock.ts';
import { FixgateError } from '#domain/errors.ts';
import type { MetricQuery, MetricSeries, TimeWindow } from '#domain/evidence.ts';
import { fitStep } from '#domain/time.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { rankMetrics } from '../metric-search.ts';
import type { PrometheusSettings } from '../prometheus.ts';
import type { MetricAnswer, MetricSource, NativeRequest } from '../sources.ts';
import type { PrometheusClient } from './client.ts';
import { createClient, instant, rangeOf, seconds } from './client.ts';
import { countSeries, countValues, mostSeries, moversQl, topQl } from './crowd.ts';
import { placeInQuery } from './errors.ts';
import { listMetrics, unitOf } from './metric-list.ts';
import { composePromQl } from './prom-ql.ts';
import { toSeries } from './replies.ts';
import { surveyServices } from './survey.ts';

/** Prometheus refuses more: `exceeded maximum resolution of 11,000 points per timeseries`. */
const MAX_POINTS = 11_000;
/** Series that stand for all of too many. */
const MOVERS = 50;

/** Metrics of a Prometheus; touches nothing until it is used. */
export function createPrometheusMetrics(settings: PrometheusSettings, deps: { readonly clock: Clock }): MetricSource {
  const client = createClient(settings, deps);
  return {
    language: 'PromQL',
    keepsTotals: true,
    query: (query, signal) => readAll(client, { ...query, stepMs: fit(query.window, query.stepMs) }, signal),
    compose: (select) => composePromQl(withPlace(select, settings), settings.rate_window_s),
    fitStep: fit,
    async search(search, limit, signal) {
      const known = await listMetrics(client, signal);
      return rankMetrics(known, search, limit);
    },
    explain: (query) => explain(settings, query),
    survey: (about, signal) => surveyServices(client, about, signal),
    probe: (signal) => probe(client, signal),
  };
}

function fit(window: TimeWindow, stepMs: number): number {
  return fitStep(lengthOf(window), Math.max(1_000, stepMs), MAX_POINTS);
}

function lengthOf({ since, until }: TimeWindow): number {
  return until - since;
}

/** Service and environment become labels; those that are not configured have their usual names. */
function withPlace(
  select: Parameters<MetricSource['compose']>[0],
  { labels }: PrometheusSettings,
): Parameters<MetricSource['compose']>[0] {
  const { service, env, filters } = select;
  const own = [
    ...(service === undefined ? [] : [{ label: labels.service ?? 'service', operator: '=' as const, value: service }]),
    ...(env === undefined ? [] : [{ label: labels.env ?? 'env', operator: '=' as const, value: env }]),
  ];
  return {
    ...select,
    filters: [...own.filter(({ label }) => !filters.some((one) => one.label === label)), ...filters],
  };
}

/** Counts before it reads: of too many series those that moved are read. */
async function readAll(client: PrometheusClient, query: MetricQuery, signal: AbortSignal): Promise<MetricAnswer> {
  throwIfCancelled(signal);
  const total = await countSeries(client, query, signal);
  if (total === undefined || total <= mostSeries(query)) return readRange(client, query, query.query, signal);
  const { answer, how } = await readMovers(client, query, signal);
  const labels = [...new Set(answer.series.flatMap((one) => Object.keys(one.labels)))];
  const at = query.window.until - 1;
  const cardinality = await countValues(client, { query: query.query, at, labels }, signal);
  const told = `${total} series match; ${answer.series.length} were read: ${how}. Narrow it, such as ${topQl(query.query, 10)}.`;
  return { ...answer, total, cardinality, warnings: [told, ...(answer.warnings ?? [])] };
}

async function readMovers(client: PrometheusClient, query: MetricQuery, signal: AbortSignal) {
  try {
    const answer = await readRange(client, query, moversQl(query, MOVERS), signal);
    return { answer, how: 'those that moved most, as Prometheus reckons' };
  } catch (error) {
    if (!(error instanceof FixgateError) || error.code === 'cancelled') throw error;
    // Subqueries cost much, and not every query can be put in one.
    const largest = `(\n${query.query}\n) and topk(${MOVERS}, last_over_time((\n${query.query}\n)[5m:1m] @ ${seconds(query.window.until - 1)}))`;
    const answer = await readRange(client, query, largest, signal).catch(() => undefined);
    if (answer !== undefined) return { answer, how: 'the largest at the end' };
    return {
      answer: { series: [] as readonly MetricSeries[], warnings: [] },
      how: 'none, for Prometheus refuses to choose',
    };
  }
}

async function readRange(
  { http }: PrometheusClient,
  { query, window, stepMs }: MetricQuery,
  text: string,
  signal: AbortSignal,
): Promise<MetricAnswer> {
  const params = { query: text, ...rangeOf(window), step: seconds(stepMs) };
  const reply = await http.read({ path: 'api/v1/query_range', params }, signal).catch((error: unknown) => {
    throw placeInQuery(error, query);
  });
  const { series, warnings } = toSeries(reply);
  return { series: series.map(withUnit), ...(warnings.length > 0 && { warnings }) };
}

function withUnit(series: MetricSeries): MetricSeries {
  const unit = unitOf(series.name);
  return unit === '' ? series : { ...series, unit };
}

/** The page of Prometheus 2 and 3, which both read these parameters. */
function explain({ url, ui_url, tenant }: PrometheusSettings, { query, window }: MetricQuery): NativeRequest {
  const base = (ui_url ?? url).replace(/\/$/, '');
  const params = new URLSearchParams({
    'g0.expr': query,
    'g0.tab': '0',
    'g0.range_input': `${Math.ceil(lengthOf(window) / 60_000)}m`,
    'g0.end_input': new Date(window.until).toISOString().slice(0, 19).replace('T', ' '),
  });
  return {
    native: query,
    uiUrl: `${base}/graph?${params.toString()}`,
    ...(tenant !== undefined && { place: `tenant ${tenant}` }),
  };
}

/** One number: the cheapest call that needs tenant and credentials. */
async function probe(client: PrometheusClient, signal: AbortSignal): Promise<string> {
  const found = await instant(client, { query: 'count(up)', at: client.clock.now() }, signal);
  const targets = found[0]?.value ?? 0;
  return targets === 0 ? 'reachable; no scraped target now' : `reachable; ${targets} scraped targets`;
}
