import type { TimeWindow } from '#domain/evidence.ts';

/** The search in Discover of Kibana or Dashboards, over the same window. */
export function toDiscoverUrl(base: string, lucene: string, window: TimeWindow): string {
  const [from, to] = [window.since, window.until].map((at) => text(new Date(at).toISOString()));
  const global = `(time:(from:${from},to:${to}))`;
  const app = `(query:(language:lucene,query:${text(lucene)}))`;
  const page = new URL('app/discover', base.endsWith('/') ? base : `${base}/`);
  return `${page.href}#/?_g=${encodeURIComponent(global)}&_a=${encodeURIComponent(app)}`;
}

/** A text in Rison, the notation of these links. */
function text(value: string): string {
  return `'${value.replaceAll(/[!']/g, '!$&')}'`;
}
