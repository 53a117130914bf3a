import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';

import type { Clock } from '#domain/clock.ts';
import type { MetricQuery, MetricSeries } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import { startCall } from '../deadline.ts';
import type { MetricAnswer, MetricSource, NativeRequest } from '../sources.ts';
import type { Asking } from './asking.ts';
import { createAsking } from './asking.ts';
import { metricsConsoleUrl } from './console-link.ts';
import { findAlarm, searchAlarms } from './metric-alarm.ts';
import type { MetricClient } from './metric-client.ts';
import { composeCloudWatch } from './metric-compose.ts';
import { chooseMovers, MAX_CANDIDATES } from './metric-crowd.ts';
import { toMetricError } from './metric-errors.ts';
import type { Kept, MetricNames } from './metric-list.ts';
import { countDimensions, createMetricNames, resolveMetric, searchKept } from './metric-list.ts';
import { fitMetricStep, fitPeriod, INSIGHTS_MS } from './metric-period.ts';
import type { CloudWatchQuery, Selected } from './metric-query.ts';
import { parseCloudWatch } from './metric-query.ts';
import type { ReadData } from './metric-read.ts';
import { MAX_QUERIES, readMetricData } from './metric-read.ts';
import type { CloudWatchMetricSettings } from './metric-settings.ts';
import { surveyKept } from './metric-survey.ts';
import type { Pace } from './pace.ts';
import { createPace } from './pace.ts';

/** Points of one answer, as the service bounds them. */
const MAX_POINTS = 100_800;
const PROBE_WINDOW_MS = 300_000;
const PROBE_PERIOD_MS = 60_000;
/** Any metric will do: one that does not exist is answered with nothing. */
const PROBED: Selected = { kind: 'metric', namespace: 'AWS/Lambda', metric: 'Errors', dimensions: {}, stat: 'Sum' };

/** What lasts from call to call. */
interface Source {
  readonly settings: CloudWatchMetricSettings;
  readonly clock: Clock;
  readonly pace: Pace;
  readonly names: MetricNames;
  /** Made by the first call: it caches credentials and renews them. */
  client?: MetricClient;
}

/** One read and what it is made with. */
interface Reading {
  readonly asking: Asking<MetricClient>;
  readonly settings: CloudWatchMetricSettings;
  readonly query: MetricQuery;
  /** What the window is still kept in. */
  readonly periodMs: number;
  readonly now: number;
}

/** Metrics of one region of one account; nothing is sent before the first call. */
export function createCloudWatchMetrics(
  settings: CloudWatchMetricSettings,
  { clock }: { readonly clock: Clock },
): MetricSource {
  const pace = createPace(settings.requests_per_s, { clock });
  const source: Source = { settings, clock, pace, names: createMetricNames({ clock }) };
  return {
    language:
      'CloudWatch: Namespace:Metric{Dimension="value"} Statistic, alarm:NAME, Metrics Insights (SELECT …) or metric math',
    query: (query, signal) => readQuery(source, query, signal),
    compose: (select) => composeCloudWatch(select, settings.labels),
    fitStep: (window, stepMs) => fitMetricStep(window, stepMs, clock.now()),
    async search(search, limit, signal) {
      const asking = await open(source, signal);
      const words = search.split(/[\s:]+/).filter((word) => word.toLowerCase() !== 'alarm');
      if (words.length < search.split(/[\s:]+/).length) return searchAlarms(asking, words.join(' '), limit);
      return searchKept((await source.names.list(asking, settings.account)).metrics, search, limit);
    },
    async survey(about, signal) {
      // What is asked is Metrics Insights, which knows nothing older.
      if (clock.now() - about.window.since > INSIGHTS_MS) return [];
      const asking = await open(source, signal);
      return surveyKept((await source.names.list(asking, settings.account)).metrics, about);
    },
    explain: (query) => explain(settings, query),
    probe: (signal) => probe(source, signal),
  };
}

async function open(source: Source, signal: AbortSignal): Promise<Asking<MetricClient>> {
  const { settings, clock, pace } = source;
  throwIfCancelled(signal);
  const { createMetricClient } = await import('./metric-client.ts');
  source.client ??= createMetricClient(settings);
  const limit = startCall({ title: 'CloudWatch', timeoutMs: settings.timeout_s * 1_000, clock }, signal);
  const asking = createAsking({ title: 'CloudWatch', client: source.client, limit, pace, explain: toMetricError });
  await asking.region();
  return asking;
}

async function readQuery(source: Source, query: MetricQuery, signal: AbortSignal): Promise<MetricAnswer> {
  const { settings, clock } = source;
  const parsed = parseCloudWatch(query.query);
  const now = clock.now();
  const periodMs = fitPeriod(query.window, query.stepMs, now);
  const asking = await open(source, signal);
  const answer = await readParsed({ asking, settings, query, periodMs, now }, parsed);
  const coarse = periodMs > query.stepMs ? [`CloudWatch keeps a point every ${periodMs / 1_000} s of that time.`] : [];
  const isOld = parsed.kind === 'insights' && now - query.window.since > INSIGHTS_MS;
  const old = isOld ? ['Metrics Insights looks two weeks back only: what is older is missing here.'] : [];
  const warnings = [...(answer.warnings ?? []), ...coarse, ...old];
  return { ...answer, ...(warnings.length > 0 && { warnings }) };
}

async function readParsed(reading: Reading, parsed: CloudWatchQuery): Promise<MetricAnswer> {
  if (parsed.kind === 'metric') return readSelected(reading, parsed);
  const { query } = reading;
  if (parsed.kind === 'alarm') {
    const { queries, name, labels, periodMs } = await findAlarm(reading.asking, parsed.name, reading.periodMs);
    const data = await read({ ...reading, periodMs }, queries);
    const slow = periodMs > query.stepMs ? [`The alarm looks every ${periodMs / 1_000} s.`] : [];
    const many = data.series.length > 1;
    const series = data.series.map(({ label, points }) => ({
      name,
      labels: many ? { ...labels, label } : labels,
      points,
    }));
    return toAnswer(series, [...data.warnings, ...slow]);
  }
  const Expression = parsed.text;
  const data = await read(reading, [{ Id: 'q0', Expression, Period: reading.periodMs / 1_000 }]);
  const name = parsed.kind === 'insights' ? parsed.metric : '';
  const groupBy = parsed.kind === 'insights' ? parsed.groupBy : undefined;
  const series = data.series.map(({ label, points }) => ({ name, labels: labelsOf(label, groupBy), points }));
  return cut(toAnswer(series, data.warnings), mostSeries(reading));
}

/** The values of the groups, one after the other; where they cannot be told apart they stay together. */
function labelsOf(label: string, groupBy: readonly string[] | undefined): Readonly<Record<string, string>> {
  if (groupBy === undefined) return { label };
  const [only, ...others] = groupBy;
  if (only === undefined) return {};
  if (others.length === 0) return { [only]: label };
  const values = label.split(' ');
  return values.length === groupBy.length
    ? Object.fromEntries(groupBy.map((name, index) => [name, values[index] ?? '']))
    : { label };
}

function read({ asking, query, periodMs, now }: Reading, queries: readonly MetricDataQuery[]): Promise<ReadData> {
  return readMetricData(asking, { queries, window: query.window, periodMs, now, text: query.query });
}

/** Series that are read at once. */
function mostSeries({ query: { window }, periodMs }: Reading): number {
  const points = Math.max(1, Math.ceil((window.until - window.since) / periodMs));
  return Math.max(20, Math.min(MAX_QUERIES, Math.floor(MAX_POINTS / points)));
}

/** Looks up under which dimensions a metric is kept: a request that names some of them only finds nothing. */
async function readSelected(reading: Reading, selected: Selected): Promise<MetricAnswer> {
  const { asking, settings } = reading;
  const listing = await resolveMetric(asking, selected, settings.account);
  const { metrics } = listing;
  const most = mostSeries(reading);
  // What had no points for two weeks is not listed, but may still be read.
  const all = metrics.length === 0 ? [selected] : metrics;
  const asked = all.length <= most ? all : await findMovers(reading, selected, metrics);
  const { series, warnings } = await readKept(reading, selected, asked);
  const answer = toAnswer(series, warnings);
  if (asked === all) return answer;
  const least = listing.isWhole ? '' : 'At least ';
  const of = metrics.length > MAX_CANDIDATES ? ` of the first ${MAX_CANDIDATES}` : '';
  const told = `${least}${metrics.length} series match; ${asked.length} were read: those${of} that moved most. Name more dimensions, or use SELECT … ORDER BY … DESC LIMIT 20.`;
  return { ...answer, total: metrics.length, cardinality: countDimensions(metrics), warnings: [told, ...warnings] };
}

/** Reads a metric under the given sets of dimensions, in their order. */
async function readKept(reading: Reading, selected: Selected, asked: readonly OneQuery['kept'][]) {
  const queries = asked.map((kept, index) => toQuery(reading, { kept, selected, index }));
  const data = await read(reading, queries);
  const byId = new Map(data.series.map((one) => [one.id, one.points]));
  const perSecond = selected.stat === 'Rate' ? reading.periodMs / 1_000 : 1;
  const series = asked.map(({ dimensions }, index) => ({
    name: `${selected.namespace}:${selected.metric}`,
    labels: dimensions,
    points: (byId.get(`m${index}`) ?? []).map(([at, value]) => [at, value / perSecond] as const),
  }));
  return { series, warnings: data.warnings };
}

function findMovers(reading: Reading, selected: Selected, metrics: readonly Kept[]): Promise<readonly Kept[]> {
  const about = { window: reading.query.window, periodMs: reading.periodMs };
  return chooseMovers(metrics, about, async (batch, periodMs) => {
    const { series } = await readKept({ ...reading, periodMs }, selected, batch);
    return series.map(({ points }) => points.map(([, value]) => value));
  });
}

interface OneQuery {
  readonly kept: Pick<Kept, 'dimensions' | 'account'>;
  readonly selected: Selected;
  readonly index: number;
}

function toQuery({ periodMs, settings }: Reading, { kept, selected, index }: OneQuery): MetricDataQuery {
  const Dimensions = Object.entries(kept.dimensions).map(([Name, Value]) => ({ Name, Value }));
  const AccountId = kept.account ?? settings.account;
  return {
    Id: `m${index}`,
    MetricStat: {
      Metric: { Namespace: selected.namespace, MetricName: selected.metric, Dimensions },
      Period: periodMs / 1_000,
      Stat: selected.stat === 'Rate' ? 'Sum' : selected.stat,
    },
    ...(AccountId !== undefined && { AccountId }),
  };
}

function toAnswer(series: readonly MetricSeries[], warnings: readonly string[]): MetricAnswer {
  const found = series.filter(({ points }) => points.length > 0);
  return { series: found, ...(warnings.length > 0 && { warnings }) };
}

function cut(answer: MetricAnswer, most: number): MetricAnswer {
  const total = answer.series.length;
  if (total <= most) return answer;
  const told = `${total} series match; ${most} were read. Add ORDER BY … DESC LIMIT 20, or narrow it.`;
  return { series: answer.series.slice(0, most), total, warnings: [told, ...(answer.warnings ?? [])] };
}

function explain({ region, account }: CloudWatchMetricSettings, { query }: MetricQuery): NativeRequest {
  const alarm = /^\s*alarm:\s*"?(.+?)"?\s*$/i.exec(query)?.[1];
  const where = region ?? 'the region of the profile or environment';
  return {
    native: query,
    ...(region !== undefined && { uiUrl: metricsConsoleUrl(region, alarm) }),
    place: account === undefined ? where : `${where}, account ${account}`,
  };
}

/** Both permissions that every query needs. */
async function probe(source: Source, signal: AbortSignal): Promise<string> {
  const asking = await open(source, signal);
  const until = source.clock.now();
  const window = { since: until - PROBE_WINDOW_MS, until };
  const query = { query: 'AWS/Lambda:Errors Sum', window, stepMs: PROBE_PERIOD_MS };
  const reading = { asking, settings: source.settings, query, periodMs: PROBE_PERIOD_MS, now: until };
  await read(reading, [toQuery(reading, { kept: { dimensions: {} }, selected: PROBED, index: 0 })]);
  const { metrics } = await resolveMetric(asking, PROBED, source.settings.account);
  return `CloudWatch in ${await asking.region()} answers a metric query; ${metrics.length} Lambda functions or versions are listed.`;
}
