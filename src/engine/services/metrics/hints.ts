import type { SeriesSummary } from '#analysis/metric-summary.ts';
import { FixgateError } from '#domain/errors.ts';
import type { MetricSeries, ServiceSignal, TimeWindow } from '#domain/evidence.ts';
import { iso } from '#engine/services/time-windows.ts';
import type { MetricSource } from '#providers/sources.ts';

/** A query that is nothing but a selector, or a selector in one aggregation. */
const SELECTOR = /^\s*([A-Za-z_:][\w:.]*)\s*(\{[^{}]*\})?\s*$/;
const AGGREGATED =
  /^(\s*(?:sum|avg|max|min)\b(?:\s*(?:by|without)\s*\([^()]*\))?\s*\(\s*)([A-Za-z_:][\w:.]*)(\s*\{[^{}]*\})?(\s*\).*)$/s;

/** The metric that is asked as it is, and the same question about its rate. */
function rawMetric(query: string): { readonly name: string; readonly asRate: string } | undefined {
  const alone = SELECTOR.exec(query);
  if (alone?.[1] !== undefined) return { name: alone[1], asRate: `rate(${query.trim()}[5m])` };
  const [, before = '', name, labels = '', after = ''] = AGGREGATED.exec(query) ?? [];
  return name === undefined ? undefined : { name, asRate: `${before}rate(${name}${labels}[5m])${after}` };
}

/** Refuses counters that are asked as they are: they only grow, so that their size says nothing of a moment. */
export function refuseRawCounter(query: string): void {
  const raw = rawMetric(query);
  if (raw?.name.endsWith('_total')) throw rawCounter(raw);
}

/** The same for names that gauges have as well, once the values show that they only grow. */
export function refuseGrowing(query: string, series: readonly MetricSeries[]): void {
  const raw = rawMetric(query);
  if (raw !== undefined && /_(?:count|sum|bucket)$/.test(raw.name) && series.length > 0 && series.every(onlyGrows))
    throw rawCounter(raw);
}

/** A reset to almost nothing is allowed; most values must be greater than the one before. */
function onlyGrows({ points }: MetricSeries): boolean {
  const steps = points.slice(1).map(([, value], index) => [points[index]?.[1] ?? value, value] as const);
  const grown = steps.filter(([before, after]) => after > before).length;
  return grown > steps.length / 4 && steps.every(([before, after]) => after >= before || after < before / 2);
}

function rawCounter({ name, asRate }: { readonly name: string; readonly asRate: string }): FixgateError {
  return new FixgateError(
    'invalid_input',
    `${name.slice(0, 200)} is a counter: it only grows, and its value says nothing of a moment.`,
    { fix: `Ask for its rate instead: ${asRate.slice(0, 500)}` },
  );
}

/** Words of a name. */
function wordsOf(name: string): string[] {
  return name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1);
}

/** Names that resemble those in a query that found nothing, and whether they exist at all. */
export async function explainNothing(source: MetricSource, query: string, signal: AbortSignal): Promise<string[]> {
  const selected = query.replace(/^\s*(?:avg|sum|min|max|count|p\d{2}):/, '');
  const name = SELECTOR.exec(selected)?.[1] ?? /([A-Za-z_:][\w:.]*)\s*(?:\{|\[|\)|$)/.exec(selected)?.[1];
  if (name === undefined) return ['Nothing was found: look for names with search, or ask about an earlier window.'];
  const exact = await source.search(name, 5, signal).catch(() => []);
  if (exact.some((info) => info.name === name))
    return [
      `${name.slice(0, 100)} exists, but not with these labels or not in this window: try an earlier since, or fewer labels.`,
    ];
  const words = wordsOf(name);
  const found = new Map<string, number>();
  for (const word of words.slice(0, 5))
    for (const info of await source.search(word, 30, signal).catch(() => []))
      found.set(info.name, (found.get(info.name) ?? 0) + 1);
  const near = [...found]
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, 5)
    .map(([one]) => one);
  return [
    near.length > 0
      ? `No metric is named ${name.slice(0, 100)}; similar: ${near.join(', ')}.`
      : `No metric is named ${name.slice(0, 100)}; look for names with search.`,
  ];
}

/** What all series have in common is told once: data that ends for all ends with the source, not with a service. */
export function commonSilence(summaries: readonly SeriesSummary[]): string[] {
  const times = summaries.flatMap(({ silentSince }) => silentSince ?? []);
  if (summaries.length < 2 || times.length < summaries.length) return [];
  const last = Math.max(...times);
  return [`All series end by ${iso(last)}: the source may have stopped, or the window may lie after its data.`];
}

/** Without data in the baseline nothing can be said to have moved or not. */
export function missingBaseline(summaries: readonly SeriesSummary[], baseline: TimeWindow | undefined): string[] {
  if (baseline === undefined || summaries.length === 0) return [];
  const judged = summaries.filter(({ insufficient }) => !insufficient);
  const without = judged.filter(({ baseMedian, newSince }) => baseMedian === undefined && newSince === undefined);
  if (without.length === 0) return [];
  const which =
    without.length === judged.length ? 'There is no' : `${without.length} of ${judged.length} series have too little`;
  return [
    `${which} data in the baseline, ${iso(baseline.since)} to ${iso(baseline.until)}: nothing says whether they moved; try another baseline.`,
  ];
}

/** Calm load and calm machines do not mean that requests succeed. */
export function missingFailures(signals: readonly ServiceSignal[]): string[] {
  if (signals.includes('errors')) return [];
  return ['No metric here tells of failures: services that fail may look calm. Read the logs as well.'];
}
