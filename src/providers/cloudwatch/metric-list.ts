import type { ListMetricsInput, Metric } from '@aws-sdk/client-cloudwatch';

import type { Clock } from '#domain/clock.ts';
import type { MetricInfo } from '#domain/evidence.ts';

import { rankMetrics } from '../metric-search.ts';
import type { Asking } from './asking.ts';
import type { MetricClient } from './metric-client.ts';
import type { Selected } from './metric-query.ts';
import { usualStat } from './metric-query.ts';

/** A metric under one set of dimensions. */
export interface Kept {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** The account that owns it, where it is another one. */
  readonly account?: string;
}

/** Some metrics, and whether there are more than were listed. */
export interface Listing {
  readonly metrics: readonly Kept[];
  readonly isWhole: boolean;
}

/** Pages of 500 metrics: an account may have millions. */
const MAX_PAGES = 20;
const KNOWN_MS = 300_000;
const MAX_SHAPES = 4;

/** Remembers what an account has. */
export interface MetricNames {
  list(asking: Asking<MetricClient>, account: string | undefined): Promise<Listing>;
}

/** Makes an empty memory of five minutes. */
export function createMetricNames({ clock }: { readonly clock: Clock }): MetricNames {
  let known: (Listing & { readonly until: number }) | undefined;
  return {
    async list(asking, account) {
      if (known === undefined || known.until <= clock.now())
        known = { ...(await listMetrics(asking, {}, account)), until: clock.now() + KNOWN_MS };
      return known;
    },
  };
}

/** The sets of dimensions under which a metric is kept that have the given ones; all that had points in two weeks. */
export async function resolveMetric(
  asking: Asking<MetricClient>,
  { namespace, metric, dimensions }: Selected,
  account: string | undefined,
): Promise<Listing> {
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  return listMetrics(asking, { Namespace: namespace, MetricName: metric, Dimensions }, account);
}

async function listMetrics(
  asking: Asking<MetricClient>,
  narrowed: ListMetricsInput,
  account: string | undefined,
): Promise<Listing> {
  const metrics: Kept[] = [];
  const linked = account === undefined ? {} : { IncludeLinkedAccounts: true, OwningAccount: account };
  let token: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const input = { ...narrowed, ...linked, ...(token !== undefined && { NextToken: token }) };
    const answer = await asking.ask({ permission: 'cloudwatch:ListMetrics' }, (signal) =>
      asking.client.listMetrics(input, signal),
    );
    // Owners come as a list beside that of the metrics.
    const owners = answer.OwningAccounts ?? [];
    metrics.push(...(answer.Metrics ?? []).map((metric, index) => toKept(metric, account && owners[index])));
    const next = answer.NextToken;
    if (next === undefined || next === token) return { metrics, isWhole: true };
    token = next;
  }
  return { metrics, isWhole: false };
}

function toKept({ Namespace = '', MetricName = '', Dimensions = [] }: Metric, account: string | undefined): Kept {
  const dimensions = Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value]));
  return { namespace: Namespace, metric: MetricName, dimensions, ...(account && { account }) };
}

/** Metrics by name, each once, with the sets of dimensions it is kept under. */
export function searchKept(metrics: readonly Kept[], search: string, limit: number): readonly MetricInfo[] {
  const groups = Map.groupBy(metrics, ({ namespace, metric }) => `${namespace}:${metric}`);
  const infos = [...groups].map(([name, kept]) => {
    const shapes = new Set(kept.map(({ dimensions }) => Object.keys(dimensions).toSorted().join('+') || 'none'));
    const shown = [...shapes].slice(0, MAX_SHAPES).join(', ');
    return { name, type: usualStat(kept[0]?.metric ?? ''), help: `Dimensions: ${shown}`, unit: '' };
  });
  return rankMetrics(infos, search, limit);
}

/** How many values each dimension has, the most first. */
export function countDimensions(metrics: readonly Kept[]): Readonly<Record<string, number>> {
  const values = new Map<string, Set<string>>();
  for (const { dimensions } of metrics)
    for (const [name, value] of Object.entries(dimensions)) {
      const held = values.get(name) ?? new Set();
      values.set(name, held.add(value));
    }
  const counts = [...values].map(([name, held]) => [name, held.size] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 1).toSorted(([, a], [, b]) => b - a));
}
