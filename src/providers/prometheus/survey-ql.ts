import type { LabelFilter } from '#domain/evidence.ts';

import { kindOf, labelName, quoted, selector } from './prom-ql.ts';

/** One metric as it is asked of all services. */
export interface Surveyed {
  readonly metric: string;
  /** Of the metadata; empty when there is none. */
  readonly type: string;
  readonly filters: readonly LabelFilter[];
  readonly serviceLabel: string;
  readonly rangeSeconds: number;
}

/** Names of pods end in what their controller added: a hash and five signs, or a number. */
const POD = '^(.+?)(?:-[0-9a-f]{6,10}-[0-9a-z]{5}|-[0-9a-z]{5}|-[0-9]+)?$';

/** The label that the answer to a question has. */
export function answeredBy(label: string): string {
  return isPod(label) ? 'service' : label;
}

function isPod(label: string): boolean {
  return /(?:^|_)pod(?:_name)?$/.test(label);
}

/** One series per service: counters as rates, histograms as their 95th percentile, gauges as their maximum. */
export function valueQl(asked: Surveyed): { readonly query: string; readonly told: string } {
  const kind = kindOf(asked.metric, asked.type);
  if (kind === 'counter') return { query: sumOfRates(asked), told: `rate of ${asked.metric}` };
  if (kind === 'gauge') return { query: aggregated(asked, 'max', series(asked)), told: asked.metric };
  const { serviceLabel } = asked;
  const le = asked.metric.endsWith('_bucket') ? ['le'] : [];
  const by = [answeredBy(serviceLabel), ...le].map(labelName).join(',');
  const sum = `sum by (${by}) (${grouped(serviceLabel, rate(asked))})`;
  return { query: `histogram_quantile(0.95, ${sum})`, told: `p95 of ${asked.metric.replace(/_bucket$/, '')}` };
}

/** The share of requests that failed, by a label that tells; services without failures have 0. */
export function failedShareQl(asked: Surveyed, failed: LabelFilter): { readonly query: string; readonly told: string } {
  const all = sumOfRates(asked);
  const bad = sumOfRates({ ...asked, filters: [...asked.filters, failed] });
  return {
    query: `(${bad} or ${all} * 0) / ${all}`,
    told: `failed share of ${asked.metric} (${failed.label})`,
  };
}

/** A mean from a sum and a count, where there are no buckets. */
export function meanQl(asked: Surveyed): { readonly query: string; readonly told: string } {
  const family = asked.metric.replace(/_count$/, '');
  const sum = sumOfRates({ ...asked, metric: `${family}_sum` });
  return { query: `${sum} / ${sumOfRates(asked)}`, told: `mean of ${family}` };
}

/** Metrics that have the service in their own name, such as `carts_cpu`. */
export function namedQl(suffix: string, isCounter: boolean, rangeSeconds: number): string {
  const all = `{__name__=~${quoted(`.+_${suffix}`)}}`;
  const named = (of: string) => `label_replace(${of}, "service", "$1", "__name__", ${quoted(`(.+)_${suffix}`)})`;
  // A rate has no name any more: it is put in a label before, which only a subquery allows.
  return isCounter
    ? `sum by (service) (rate(${named(all)}[${rangeSeconds}s:15s]))`
    : `max by (service) (${named(all)})`;
}

function sumOfRates(asked: Surveyed): string {
  return aggregated(asked, 'sum', rate(asked));
}

function aggregated({ serviceLabel }: Surveyed, operator: string, of: string): string {
  return `${operator} by (${labelName(answeredBy(serviceLabel))}) (${grouped(serviceLabel, of)})`;
}

/** Pods are put together by what they are pods of. */
function grouped(label: string, of: string): string {
  return isPod(label) ? `label_replace(${of}, "service", "$1", ${quoted(label)}, ${quoted(POD)})` : of;
}

function rate(asked: Surveyed): string {
  return `rate(${series(asked)}[${asked.rangeSeconds}s])`;
}

function series({ metric, filters }: Surveyed): string {
  return selector(metric, filters);
}
