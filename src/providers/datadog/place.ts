import type { PlainQuery } from './metric-query.ts';

/** Storage tiers of Datadog logs, in the order in which they are asked when nothing is found. */
export const storageTiers = ['indexes', 'flex', 'online-archives'] as const;
export type StorageTier = (typeof storageTiers)[number];

/** What the settings of the provider say, resolved. */
export interface DatadogSettings {
  readonly site: string;
  readonly api_key: string;
  readonly app_key: string;
  readonly indexes: readonly string[];
  readonly storage_tier?: StorageTier | undefined;
  readonly url?: string | undefined;
  readonly ui_url?: string | undefined;
  readonly message_attribute?: string | undefined;
  /** Whether deployments are read at all. */
  readonly deploys?: boolean | undefined;
  /** A search that finds deployment events. */
  readonly deploy_events: string;
  readonly timeout_s: number;
}

/** The address of the API: of the site, unless a proxy stands before it. */
export function apiUrl({ site, url }: DatadogSettings): string {
  return (url ?? `https://api.${site}`).replace(/\/+$/, '');
}

/** The log explorer of the site. */
export function explorerUrl(
  settings: DatadogSettings,
  search: string,
  window: { since: number; until: number },
): string {
  const url = new URL('logs', pagesOf(settings));
  url.searchParams.set('query', search === '*' ? '' : search);
  if (settings.indexes.length > 0) url.searchParams.set('index', settings.indexes.join(','));
  url.searchParams.set('from_ts', String(window.since));
  url.searchParams.set('to_ts', String(window.until));
  url.searchParams.set('live', 'false');
  return url.href;
}

/** The metrics explorer with the window, and with the query where it is one metric; expressions have no address there. */
export function metricsUrl(
  settings: DatadogSettings,
  plain: PlainQuery | undefined,
  window: { since: number; until: number },
): string {
  const url = new URL('metric/explorer', pagesOf(settings));
  url.searchParams.set('from_ts', String(window.since));
  url.searchParams.set('to_ts', String(window.until));
  url.searchParams.set('live', 'false');
  if (plain === undefined) return url.href;
  url.searchParams.set('exp_metric', plain.metric);
  url.searchParams.set('exp_agg', plain.aggregator);
  if (plain.scope !== '*') url.searchParams.set('exp_scope', plain.scope);
  if (plain.by.length > 0) url.searchParams.set('exp_group', plain.by.join(','));
  return url.href;
}

/** The address of Datadog's pages: `app.` stands before sites that have no name of their own, such as datadoghq.eu. */
export function pagesOf({ site, ui_url: own }: DatadogSettings): string {
  const host = site.split('.').length > 2 ? site : `app.${site}`;
  return `${(own ?? `https://${host}`).replace(/\/+$/, '')}/`;
}
