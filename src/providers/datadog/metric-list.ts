import type { Clock } from '#domain/clock.ts';
import type { MetricInfo } from '#domain/evidence.ts';

import { rankMetrics } from '../metric-search.ts';
import type { DatadogMetricApi } from './metric-api.ts';

/** Names of one page; the vendor's limit. */
const PAGE = 10_000;
/** An organisation may have millions of metrics; those that report most recently come in these pages. */
const MAX_PAGES = 10;
/** Metrics that reported within a day: those that went silent in an incident are among them. */
const REPORTED_S = 86_400;
/** Names change slowly, and listing them costs requests. */
const KNOWN_MS = 300_000;
/** Metrics whose type, unit and help are looked up, one request each. */
const DESCRIBED = 8;

/** The names of the metrics of an organisation, remembered for five minutes. */
export interface MetricNames {
  list(api: DatadogMetricApi): Promise<readonly string[]>;
}

/** Makes an empty memory of names. */
export function createMetricNames({ clock }: { readonly clock: Clock }): MetricNames {
  let known: { readonly names: readonly string[]; readonly until: number } | undefined;
  return {
    async list(api) {
      if (known === undefined || known.until <= clock.now())
        known = { names: await listAll(api), until: clock.now() + KNOWN_MS };
      return known.names;
    },
  };
}

async function listAll({ v2 }: DatadogMetricApi): Promise<readonly string[]> {
  const names = new Set<string>();
  let pageCursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { data = [], meta } = await v2.listTagConfigurations({
      windowSeconds: REPORTED_S,
      pageSize: PAGE,
      ...(pageCursor !== undefined && { pageCursor }),
    });
    for (const { id } of data as readonly { readonly id?: string }[]) if (id !== undefined) names.add(id);
    const next = meta?.pagination?.nextCursor ?? undefined;
    // A cursor that leads back to where it came from would never end.
    if (next === undefined || next === pageCursor || data.length === 0) break;
    pageCursor = next;
  }
  return [...names];
}

/** The metrics that fit `search` best; type, unit and help of the first ones. */
export async function searchMetrics(
  api: DatadogMetricApi,
  names: readonly string[],
  { search, limit }: { readonly search: string; readonly limit: number },
): Promise<readonly MetricInfo[]> {
  const bare = names.map((name) => ({ name, type: '', help: '', unit: '' }));
  const found = rankMetrics(bare, search, limit);
  const described = await Promise.all(found.slice(0, DESCRIBED).map((info) => describe(api, info)));
  return [...described, ...found.slice(DESCRIBED)];
}

/** What nobody described has no metadata, which is no reason to fail. */
async function describe({ v1 }: DatadogMetricApi, info: MetricInfo): Promise<MetricInfo> {
  const known = await v1.getMetricMetadata({ metricName: info.name }).catch(() => undefined);
  if (known === undefined) return info;
  const { type, description, unit, perUnit } = known;
  const per = perUnit ? `/${perUnit}` : '';
  return { name: info.name, type: type ?? '', help: description ?? '', unit: unit ? `${unit}${per}` : '' };
}
