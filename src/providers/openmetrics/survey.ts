import { chooseTelling } from '#analysis/telling-metrics.ts';
import type { LabelFilter, MetricInfo, ServiceQuery } from '#domain/evidence.ts';

import { ENV_LABELS, SERVICE_LABELS } from '../service-labels.ts';
import type { ServiceSurvey } from '../sources.ts';
import { composeSelection } from './compose.ts';

/** Values of one label that are remembered: enough to tell services apart. */
const MAX_VALUES = 200;

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
    const select = { metric: info.name, filters, groupBy: [serviceLabel] };
    const query = composeSelection({ ...select, agg: isCounter ? 'rate' : 'max' });
    return [{ query, signal, metric: isCounter ? `rate of ${info.name}` : info.name, serviceLabel }];
  });
  return asked.slice(0, limit);
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
