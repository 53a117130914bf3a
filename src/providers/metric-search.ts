import type { MetricInfo } from '#domain/evidence.ts';

/** Keeps metrics whose name or help contains every word of `search`; matches in the name come first, then by name. */
export function rankMetrics(metrics: readonly MetricInfo[], search: string, limit: number): readonly MetricInfo[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return metrics
    .map((metric) => ({ metric, rank: rankOf(metric, words) }))
    .filter(({ rank }) => rank !== undefined)
    .toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || compareText(a.metric.name, b.metric.name))
    .slice(0, limit)
    .map(({ metric }) => metric);
}

/** 0 when the name is the search, 1 when it holds all words, 2 when the help is needed; undefined when neither does. */
function rankOf(metric: MetricInfo, words: readonly string[]): number | undefined {
  const name = metric.name.toLowerCase();
  if (words.join('_') === name) return 0;
  if (words.every((word) => name.includes(word))) return 1;
  const text = `${name} ${metric.help.toLowerCase()}`;
  return words.every((word) => text.includes(word)) ? 2 : undefined;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
