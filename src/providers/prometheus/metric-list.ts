import type { MetricInfo, TimeWindow } from '#domain/evidence.ts';

import { throwIfCancelled } from '../cancelled.ts';
import type { PrometheusClient } from './client.ts';
import { rangeOf } from './client.ts';
import type { Families } from './replies.ts';
import { toFamilies, toNames } from './replies.ts';

/** Every metric, or those of a window, with what is known of it; backfilled data and some relatives have no metadata. */
export async function listMetrics(
  { http }: PrometheusClient,
  signal: AbortSignal,
  window?: TimeWindow,
): Promise<readonly MetricInfo[]> {
  const params = window === undefined ? {} : rangeOf(window);
  const [names, families] = await Promise.all([
    http.read({ path: 'api/v1/label/__name__/values', params }, signal).then(toNames),
    http
      .read({ path: 'api/v1/metadata', params: {} }, signal)
      .then(toFamilies)
      .catch((): Families => ({})),
  ]);
  throwIfCancelled(signal);
  return names.map((name) => toInfo(name, families));
}

/** Units that names end in, as Prometheus asks for them. */
const UNIT =
  /_(seconds|milliseconds|bytes|ratio|percent|celsius|meters|volts|amperes|joules|grams)(?:_total|_bucket|_sum)?$/;

/** The unit that the name of a metric tells; empty when it tells none. */
export function unitOf(name: string): string {
  return UNIT.exec(name)?.[1] ?? '';
}

function toInfo(name: string, known: Families): MetricInfo {
  const family = name.replace(/_(bucket|count|sum|total|created)$/, '');
  const entry = [name, family]
    .map((key) => (Object.hasOwn(known, key) ? known[key]?.[0] : undefined))
    .find((found) => found);
  return { name, type: entry?.type ?? '', help: entry?.help ?? '', unit: entry?.unit || unitOf(name) };
}
