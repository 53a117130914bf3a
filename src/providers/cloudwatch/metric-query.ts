import { FixgateError } from '#domain/errors.ts';
import { nearest } from '#domain/nearest.ts';

/** One metric with the dimensions that narrow it; every metric that has these dimensions, and perhaps more, is meant. */
export interface Selected {
  readonly kind: 'metric';
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  /** As CloudWatch names it; `Rate` is the sum of a period per second. */
  readonly stat: string;
}

/** What a query is: a metric, an alarm whose metric is meant, Metrics Insights, or metric math. */
export type CloudWatchQuery =
  | Selected
  | { readonly kind: 'alarm'; readonly name: string }
  | { readonly kind: 'insights'; readonly text: string; readonly groupBy: readonly string[]; readonly metric: string }
  | { readonly kind: 'math'; readonly text: string };

const SELECTED = /^([A-Za-z0-9][\w.\-/# ]{0,254}):([^{}":]{1,255}?)\s*(?:\{([^{}]*)\})?(?:\s+([A-Za-z]\S{0,40}))?$/;
const PAIR = /^\s*"?([^"={}]{1,255}?)"?\s*=\s*(?:"([^"]{0,1024})"|'([^']{0,1024})'|([^"',{}]{1,1024}?))\s*$/;
const STATS = ['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount', 'Rate', 'IQM', 'p50', 'p90', 'p95', 'p99'];
const PERCENTILE = /^(?:p|tm|wm|tc|ts)\d{1,3}(?:\.\d{1,10})?$|^(?:PR|TM|TC|TS|WM)\([^()]{1,40}\)$/;
/** Metrics that count things, by the names that AWS gives them. */
const COUNTED =
  /(?:errors?|faults?|count(?:_\w+)?|requests?|invocations|throttles|invocationscount|[45]xx\w*|deadlettererrors|sent|received|deleted|published|failures?)$/i;

/** Reads a query; throws for what it is not. */
export function parseCloudWatch(query: string): CloudWatchQuery {
  const text = query.trim();
  const alarm = /^alarm:\s*(.{1,255})$/i.exec(text)?.[1];
  if (alarm !== undefined) return { kind: 'alarm', name: alarm.replace(/^"(.*)"$/, '$1') };
  if (/^select\b/i.test(text)) return parseInsights(text);
  const found = SELECTED.exec(text);
  if (found !== null) return toSelected(found, text);
  if (/^[A-Za-z_]\w*\s*\(/.test(text)) return { kind: 'math', text };
  throw unreadable(text);
}

/** The statistic that fits a metric by its name. */
export function usualStat(metric: string): string {
  return COUNTED.test(metric) ? 'Sum' : 'Average';
}

/** Writes a metric as it is read. */
export function writeSelected({ namespace, metric, dimensions, stat }: Omit<Selected, 'kind'>): string {
  const pairs = Object.entries(dimensions).map(([name, value]) => `${name}="${value}"`);
  return `${namespace}:${metric}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${stat}`;
}

function toSelected([, namespace = '', metric = '', pairs = '', stat]: RegExpExecArray, text: string): Selected {
  const dimensions: Record<string, string> = {};
  for (const pair of splitPairs(pairs)) {
    const [, name = '', double, single, bare] = PAIR.exec(pair) ?? [];
    if (name === '') throw badPair(pair);
    dimensions[name] = double ?? single ?? bare ?? '';
  }
  const asked = stat ?? usualStat(metric);
  const known = STATS.find((name) => name.toLowerCase() === asked.toLowerCase());
  if (known !== undefined) return { kind: 'metric', namespace, metric, dimensions, stat: known };
  if (PERCENTILE.test(asked)) return { kind: 'metric', namespace, metric, dimensions, stat: asked };
  const column = text.lastIndexOf(asked) + 1;
  throw new FixgateError('invalid_input', `The statistic ${JSON.stringify(asked)} at column ${column} is unknown.`, {
    fix: `Did you mean ${nearest(asked, STATS) ?? 'Average'}? Others are ${STATS.join(', ')}.`,
    evidence: { query: text.slice(0, 1_000), column },
  });
}

function splitPairs(pairs: string): readonly string[] {
  return pairs.match(/(?:[^",']|"[^"]*"|'[^']*')+/g)?.filter((pair) => pair.trim() !== '') ?? [];
}

/** The labels of an answer are the values of these, without their names. */
function parseInsights(text: string): CloudWatchQuery {
  const groups = /\bgroup\s+by\s+(.+?)(?:\s+(?:order\s+by|limit)\b.*)?$/is.exec(text)?.[1] ?? '';
  const names = groups.match(/"[^"]*"|[^\s,"]+/g) ?? [];
  const metric = /^select\s+\w+\s*\(\s*(?:"([^"]*)"|([^()\s"]+))\s*\)/i.exec(text);
  return {
    kind: 'insights',
    text,
    groupBy: names.map((name) => name.replaceAll('"', '')),
    metric: metric?.[1] ?? metric?.[2] ?? '',
  };
}

function badPair(pair: string): FixgateError {
  return new FixgateError('invalid_input', `${JSON.stringify(pair.slice(0, 200))} is no dimension with its value.`, {
    fix: 'Write dimensions as {FunctionName="checkout",Resource="checkout:live"}; Metrics Insights (SELECT …) knows other comparisons.',
  });
}

function unreadable(text: string): FixgateError {
  return new FixgateError('invalid_input', `CloudWatch has no query such as ${JSON.stringify(text.slice(0, 200))}.`, {
    fix: 'Write Namespace:Metric{Dimension="value"} Statistic, alarm:NAME, SELECT … FROM …, or metric math such as SEARCH(…).',
  });
}
