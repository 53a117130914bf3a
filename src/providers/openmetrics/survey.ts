import { chooseTelling } from '#analysis/telling-metrics.ts';
import type { LabelFilter, MetricInfo, MetricSelect, ServiceQuery } from '#domain/evidence.ts';

import { ENV_LABELS, SERVICE_LABELS } from '../service-labels.ts';
import type { ServiceSurvey } from '../sources.ts';
import { anyOfValues, meansFailure, STATUS_LABELS } from '../status-labels.ts';
import { composeSelection } from './compose.ts';

/** Values of one label that are remembered: enough to tell services apart. */
const MAX_VALUES = 200;
/** Patterns are short: so many values fit. */
const MAX_FAILED = 20;

/** Which labels each metric has, and what values. */
export interface LabelIndex {
  add(metric: string, labels: Readonly<Record<string, string>>): void;
  of(metric: string): ReadonlyMap<string, ReadonlySet<string>>;
}

/** Makes an empty index; it stays bounded. */
export function createLabelIndex(): LabelIndex {
  const metrics = new Map<string, Map<string, Set<string>>>();
  return {
    add(metric, labels) {
      const own = metrics.get(metric) ?? new Map<string, Set<string>>();
      metrics.set(metric, own);
      for (const [label, value] of Object.entries(labels)) {
        const values = own.get(label) ?? new Set<string>();
        own.set(label, values);
        if (values.size < MAX_VALUES) values.add(value);
      }
    },
    of: (metric) => metrics.get(metric) ?? new Map(),
  };
}

/** One question for each telling metric that names services; histograms have no single value here and are left out. */
export function surveyRecorded(
  metrics: readonly MetricInfo[],
  index: LabelIndex,
  { env, limit }: Pick<ServiceSurvey, 'env' | 'limit'>,
): readonly ServiceQuery[] {
  const known = new Set(metrics.map(({ name }) => name));
  const asked = chooseTelling(
    metrics.filter(({ name }) => !name.endsWith('_bucket')),
    limit * 2,
  ).flatMap(({ info, signal }) => {
    const labels = index.of(info.name);
    const serviceLabel =
      SERVICE_LABELS.find((label) => (labels.get(label)?.size ?? 0) > 1) ??
      SERVICE_LABELS.find((label) => labels.has(label));
    if (serviceLabel === undefined) return [];
    const filters = [...envFilter(labels, env), ...highQuantiles(labels)];
    const isCounter = /_(?:total|count|sum)$/.test(info.name);
    const select = { metric: info.name, filters, groupBy: [serviceLabel], agg: isCounter ? 'rate' : 'max' } as const;
    const metric = isCounter ? `rate of ${info.name}` : info.name;
    const plain = { query: composeSelection(select), signal, metric, serviceLabel };
    const derived = isCounter && signal === 'traffic' ? derive(select, { labels, known }) : [];
    return [...derived.map((one) => ({ ...one, serviceLabel })), plain];
  });
  return asked.slice(0, limit);
}

interface Around {
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of all metrics. */
  readonly known: ReadonlySet<string>;
}

/** What a counter of requests tells beside its rate: the share that failed, and the mean of what is counted and summed. */
function derive(
  select: MetricSelect,
  { labels, known }: Around,
): readonly Pick<ServiceQuery, 'query' | 'signal' | 'metric'>[] {
  const all = composeSelection(select);
  const failed = failedFilter(labels);
  const share = failed && composeSelection({ ...select, filters: [...select.filters, failed] });
  const family = select.metric.replace(/_count$/, '');
  // A summary has quantiles, which say more.
  const isTimed = family !== select.metric && known.has(`${family}_sum`) && !known.has(family);
  const sum = isTimed ? composeSelection({ ...select, metric: `${family}_sum` }) : undefined;
  const told = `failed share of ${select.metric} (${failed?.label})`;
  return [
    ...(share === undefined ? [] : [{ query: `${share} / ${all}`, signal: 'errors' as const, metric: told }]),
    ...(sum === undefined
      ? []
      : [{ query: `${sum} / ${all}`, signal: 'latency' as const, metric: `mean of ${family}` }]),
  ];
}

/** Which values of a status label mean failure; undefined where there is no such label or value. */
function failedFilter(labels: ReadonlyMap<string, ReadonlySet<string>>): LabelFilter | undefined {
  for (const label of STATUS_LABELS) {
    const failed = [...(labels.get(label) ?? [])].filter(meansFailure).slice(0, MAX_FAILED);
    if (failed.length > 0) return { label, operator: '=~', value: anyOfValues(failed) };
  }
  return undefined;
}

function envFilter(labels: ReadonlyMap<string, ReadonlySet<string>>, env: string | undefined): LabelFilter[] {
  const label = env === undefined ? undefined : ENV_LABELS.find((name) => labels.get(name)?.has(env));
  return label === undefined || env === undefined ? [] : [{ label, operator: '=', value: env }];
}

/** The quantile of a summary nearest to what users wait for. */
function highQuantiles(labels: ReadonlyMap<string, ReadonlySet<string>>): LabelFilter[] {
  const known = [...(labels.get('quantile') ?? [])].toSorted((a, b) => Number(a) - Number(b));
  const high = known.find((value) => Number(value) >= 0.9) ?? known.at(-1);
  return high === undefined ? [] : [{ label: 'quantile', operator: '=', value: high }];
}
