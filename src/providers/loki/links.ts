import type { TimeWindow } from '#domain/evidence.ts';

/** Grafana's own page for a query. */
export interface GrafanaPlace {
  readonly base: string;
  /** Name or uid of the data source. */
  readonly datasource: string;
}

/** The query in Grafana's Explore, over the same window. */
export function toExploreUrl({ base, datasource }: GrafanaPlace, expr: string, window: TimeWindow): string {
  const pane = {
    datasource,
    queries: [{ refId: 'A', expr, queryType: 'range', datasource: { type: 'loki', uid: datasource } }],
    range: { from: String(window.since), to: String(window.until) },
  };
  const url = new URL('explore', base.endsWith('/') ? base : `${base}/`);
  url.searchParams.set('schemaVersion', '1');
  url.searchParams.set('panes', JSON.stringify({ logs: pane }));
  return url.href;
}
