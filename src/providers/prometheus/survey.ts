import { median } from '#analysis/statistics.ts';
import type { TellingMetric } from '#analysis/telling-metrics.ts';
import { chooseTelling } from '#analysis/telling-metrics.ts';
import type { LabelFilter, MetricInfo, ServiceQuery } from '#domain/evidence.ts';
import { inParallel } from '#domain/in-parallel.ts';

import { ENV_LABELS, SERVICE_LABELS } from '../service-labels.ts';
import type { ServiceSurvey } from '../sources.ts';
import { anyOfValues, meansFailure, STATUS_LABELS } from '../status-labels.ts';
import type { PrometheusClient } from './client.ts';
import { labelNames, labelValues, seconds } from './client.ts';
import { listMetrics } from './metric-list.ts';
import { kindOf, selector } from './prom-ql.ts';
import { toSeries } from './replies.ts';
import type { Surveyed } from './survey-ql.ts';
import { answeredBy, failedShareQl, meanQl, namedQl, valueQl } from './survey-ql.ts';

/** Requests at once: a survey is one question among those of humans. */
const PARALLEL = 6;
/** Lists what there is, chooses what tells most of services, and writes one question for each; some dozens of small requests. */
export async function surveyServices(
  client: PrometheusClient,
  about: ServiceSurvey,
  signal: AbortSignal,
): Promise<readonly ServiceQuery[]> {
  const metrics = await listMetrics(client, signal, about.window);
  const telling = chooseTelling(metrics, about.limit * 2);
  const env = await envFilters(client, about, signal);
  const sampleMs = await sampleInterval(client, { about, metrics: telling }, signal);
  // Three samples: a rate needs two, and one may be missing.
  const rangeSeconds = Math.max(60, Math.ceil((sampleMs * 3) / 1_000));
  const questions = await inParallel(telling, PARALLEL, async (metric) => {
    const place = await placeOf(client, { metric, about, env }, signal);
    if (place === undefined) return [];
    const asked = { metric: metric.info.name, type: metric.info.type, rangeSeconds, ...place };
    return await ask(client, { asked, metric, about, metrics, labels: place.labels }, signal);
  });
  const found = questions.flat();
  const all = found.length > 0 ? found : namedInNames(metrics, rangeSeconds);
  return all.slice(0, about.limit).map((query) => ({ ...query, sampleMs }));
}

interface Place {
  readonly serviceLabel: string;
  readonly filters: readonly LabelFilter[];
  readonly labels: readonly string[];
}

/** By which label of a metric services are told apart: the first with more than one value. */
async function placeOf(
  client: PrometheusClient,
  { metric, about, env }: { metric: TellingMetric; about: ServiceSurvey; env: readonly LabelFilter[] },
  signal: AbortSignal,
): Promise<Place | undefined> {
  const { window } = about;
  const match = selector(metric.info.name, []);
  const labels = await labelNames(client, { window, match }, signal);
  const filters = env.filter(({ label }) => labels.includes(label)).slice(0, 1);
  const { service } = client.settings.labels;
  const candidates = (service === undefined ? SERVICE_LABELS : [service, ...SERVICE_LABELS]).filter((label) =>
    labels.includes(label),
  );
  for (const label of candidates.slice(0, 5)) {
    const own = selector(metric.info.name, filters);
    const values = await labelValues(client, { window, match: own, label }, signal);
    if (values.filter((value) => value !== '').length > 1 || label === service)
      return { serviceLabel: label, filters, labels };
  }
  const [first] = candidates;
  return first === undefined ? undefined : { serviceLabel: first, filters, labels };
}

interface Asking {
  readonly asked: Surveyed;
  readonly metric: TellingMetric;
  readonly about: ServiceSurvey;
  readonly metrics: readonly MetricInfo[];
  readonly labels: readonly string[];
}

async function ask(client: PrometheusClient, asking: Asking, signal: AbortSignal): Promise<readonly ServiceQuery[]> {
  const { asked, metric, metrics, labels } = asking;
  const serviceLabel = answeredBy(asked.serviceLabel);
  const { signal: about } = metric;
  if (kindOf(asked.metric, asked.type) !== 'counter' || about !== 'traffic') {
    // Quantiles of a summary are worth more than their maximum over all of them.
    const filters = labels.includes('quantile') ? [...asked.filters, highQuantiles] : asked.filters;
    const { query, told } = valueQl({ ...asked, filters });
    return [{ query, metric: told, signal: about, serviceLabel }];
  }
  const failed = await failedFilter(client, asking, signal);
  const family = asked.metric.replace(/_count$/, '');
  const has = (name: string) => metrics.some((one) => one.name === name);
  const isTimed = family !== asked.metric && has(`${family}_sum`) && !has(`${family}_bucket`) && !has(family);
  const traffic = valueQl(asked);
  const share = failed && failedShareQl(asked, failed);
  const mean = isTimed ? meanQl(asked) : undefined;
  return [
    ...(share ? [{ query: share.query, metric: share.told, signal: 'errors' as const, serviceLabel }] : []),
    ...(mean ? [{ query: mean.query, metric: mean.told, signal: 'latency' as const, serviceLabel }] : []),
    { query: traffic.query, metric: traffic.told, signal: 'traffic' as const, serviceLabel },
  ];
}

const highQuantiles: LabelFilter = { label: 'quantile', operator: '=~', value: String.raw`0\.(9|95|99)` };

/** Which values of a status label of a request counter mean failure; undefined when it has no such label or value. */
async function failedFilter(
  client: PrometheusClient,
  { asked, about, labels }: Asking,
  signal: AbortSignal,
): Promise<LabelFilter | undefined> {
  const match = selector(asked.metric, asked.filters);
  for (const label of STATUS_LABELS.filter((name) => labels.includes(name)).slice(0, 3)) {
    const values = await labelValues(client, { window: about.window, match, label }, signal);
    const failed = values.filter(meansFailure);
    if (failed.length > 0) return { label, operator: '=~', value: anyOfValues(failed) };
  }
  return undefined;
}

/** Conditions that stand for an environment: labels that have a value of its name, the plainest first. */
async function envFilters(
  client: PrometheusClient,
  { env, window }: ServiceSurvey,
  signal: AbortSignal,
): Promise<readonly LabelFilter[]> {
  if (env === undefined) return [];
  const { env: own } = client.settings.labels;
  if (own !== undefined) return [{ label: own, operator: '=', value: env }];
  const known = await labelNames(client, { window }, signal);
  const found = await inParallel(
    ENV_LABELS.filter((name) => known.includes(name)),
    PARALLEL,
    async (label) => ((await labelValues(client, { window, label }, signal)).includes(env) ? [label] : []),
  );
  return found.flat().map((label) => ({ label, operator: '=', value: env }));
}

/** Range over which samples are counted. */
const COUNTED_S = 600;
const USUAL_INTERVAL_MS = 30_000;

/** Milliseconds between two samples of the telling metrics: of those that come most often. */
async function sampleInterval(
  client: PrometheusClient,
  { about, metrics }: { about: ServiceSurvey; metrics: readonly TellingMetric[] },
  signal: AbortSignal,
): Promise<number> {
  const { since, until } = about.window;
  // Every moment falls in a range, also where there is data for a short time only.
  const step = Math.max(COUNTED_S * 1_000, Math.floor((until - since) / 60));
  const counts = await inParallel(metrics.slice(0, 3), PARALLEL, async ({ info }) => {
    const query = `max(count_over_time(${selector(info.name, [])}[${COUNTED_S}s]))`;
    const params = { query, start: seconds(since), end: seconds(until - 1), step: seconds(step) };
    const { series } = toSeries(await client.http.read({ path: 'api/v1/query_range', params }, signal));
    return series.flatMap(({ points }) => points.map(([, value]) => value)).filter((count) => count > 1);
  });
  // Where data begins and ends ranges are not full: the fuller half tells.
  const full = counts.map((own) => median(own.filter((count) => count >= median(own)))).filter((count) => count > 1);
  return full.length === 0 ? USUAL_INTERVAL_MS : Math.max(1_000, Math.round(COUNTED_S / Math.max(...full)) * 1_000);
}

/** Ends of names that several metrics share, such as `_cpu` of `carts_cpu` and `orders_cpu`: what stands before is a service. */
function namedInNames(metrics: readonly MetricInfo[], rangeSeconds: number): readonly ServiceQuery[] {
  const ends = Map.groupBy(
    metrics.filter(({ name }) => name.includes('_')),
    ({ name }) => /_((?:latency_|lat_)?[^_]+(?:_total)?)$/.exec(name)?.[1] ?? '',
  );
  const shared = [...ends]
    .filter(([, own]) => own.length >= 3)
    .map(([end, own]) => ({ ...own[0], name: end }) as MetricInfo);
  return chooseTelling(shared, 20).map(({ info, signal }) => ({
    query: namedQl(info.name, kindOf(`_${info.name}`, info.type) === 'counter', rangeSeconds),
    metric: info.name,
    signal,
    serviceLabel: 'service',
  }));
}
