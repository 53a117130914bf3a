import type { SeenRequest } from './faulty-server.ts';

/** A series as the fake Datadog stores it. */
export interface StoredMetric {
  readonly name: string;
  readonly tags?: readonly string[];
  /** `[milliseconds, value]`; null where the vendor would answer null. */
  readonly points: readonly (readonly [number, number | null])[];
  readonly type?: string;
  readonly description?: string;
  readonly unit?: string;
}

/** Metrics of an organisation, and how it answers. */
export interface FakeMetrics {
  stored: readonly StoredMetric[];
  /** Milliseconds between points, whatever is asked for. */
  interval: number | undefined;
  /** Names of one page. */
  page: number;
}

/** Status and value of an answer. */
type Said = readonly [number, unknown];
type Group = {
  readonly name: string;
  readonly tags: readonly string[];
  readonly unit: string | undefined;
  readonly points: Map<number, number | null>;
};

/** Answers a request of the metrics API as it is described; undefined for others. */
export function answerMetrics(metrics: FakeMetrics, { method, path, body }: SeenRequest): Said | undefined {
  const url = new URL(path, 'http://fake');
  if (url.pathname === '/api/v1/query') return queryV1(metrics, url.searchParams);
  if (url.pathname === '/api/v2/query/timeseries' && method === 'POST') return queryV2(metrics, JSON.parse(body));
  if (url.pathname === '/api/v2/metrics') return list(metrics, url.searchParams);
  const name = /^\/api\/v1\/metrics\/(.+)$/.exec(url.pathname)?.[1];
  if (name === undefined) return undefined;
  const found = metrics.stored.find((one) => one.name === decodeURIComponent(name));
  if (found?.type === undefined) return [404, { errors: ['metric_name not found'] }];
  return [200, { type: found.type, description: found.description ?? null, unit: found.unit ?? null, per_unit: null }];
}

function list({ stored, page }: FakeMetrics, params: URLSearchParams): Said {
  const names = [...new Set(stored.map(({ name }) => name))];
  const size = Math.min(page, Number(params.get('page[size]') ?? 10_000));
  const from = Number(params.get('page[cursor]') ?? 0);
  const more = from + size < names.length;
  const data = names.slice(from, from + size).map((id) => ({ id, type: 'metrics' }));
  const pagination = {
    type: 'cursor_limit',
    limit: size,
    cursor: null,
    next_cursor: more ? String(from + size) : null,
  };
  return [200, { data, meta: { pagination } }];
}

/** Version 1: seconds; what it cannot read is an answer 200 with an error in it. */
function queryV1(metrics: FakeMetrics, params: URLSearchParams): Said {
  const query = params.get('query') ?? '';
  const [from, to] = [Number(params.get('from')), Number(params.get('to'))];
  const fail = (error: string) => [200, { status: 'error', error, series: [], res_type: 'time_series' }] as const;
  if (from > 1e11) return fail('from must be in seconds');
  const interval = metrics.interval ?? 60_000;
  const counted = /^count_not_null\((.*)\)$/s.exec(query)?.[1];
  const sides = (counted ?? query).split(' / ');
  const parts = sides.map((side) => evaluate(metrics, { text: side, from: from * 1_000, to: to * 1_000, interval }));
  const bad = parts.find((part) => typeof part === 'string');
  if (bad !== undefined) return fail(bad);
  const [left = [], right] = parts as Group[][];
  const groups = right === undefined ? left : divide(left, right);
  const shown = counted === undefined ? groups : [{ name: query, tags: [], unit: undefined, points: countOf(groups) }];
  const series = shown.map((group, index) => ({
    metric: group.name,
    expression: query,
    scope: group.tags.join(',') || '*',
    tag_set: group.tags,
    interval: interval / 1_000,
    length: group.points.size,
    query_index: index,
    unit:
      group.unit === undefined
        ? null
        : [{ family: 'bytes', name: group.unit, plural: `${group.unit}s`, short_name: 'B', scale_factor: 1 }, null],
    pointlist: [...group.points].toSorted(([a], [b]) => a - b),
  }));
  return [200, { status: 'ok', res_type: 'time_series', from_date: from * 1_000, to_date: to * 1_000, query, series }];
}

interface Asked {
  readonly data: {
    readonly type: string;
    readonly attributes: {
      readonly from: number;
      readonly to: number;
      readonly interval: number;
      readonly queries: readonly [{ readonly data_source: string; readonly query: string }];
      readonly formulas: readonly [{ readonly formula: string; readonly limit: { readonly count: number } }];
    };
  };
}

/** Version 2: milliseconds; times are those that any series has. */
function queryV2(metrics: FakeMetrics, { data: { type, attributes } }: Asked): Said {
  if (type !== 'timeseries_request') return [400, { errors: ['API input validation failed: Invalid type.'] }];
  const { from, to, interval, queries, formulas } = attributes;
  if (from < 1e11)
    return [400, { errors: [{ status: '400', title: 'Bad Request', detail: 'from must be in milliseconds' }] }];
  const found = evaluate(metrics, { text: queries[0].query, from, to, interval: metrics.interval ?? interval });
  if (typeof found === 'string') return [400, { errors: [{ status: '400', title: 'Bad Request', detail: found }] }];
  const mean = ({ points }: Group) =>
    [...points.values()].reduce<number>((sum, value) => sum + (value ?? 0), 0) / points.size;
  const groups = found.toSorted((a, b) => mean(b) - mean(a)).slice(0, formulas[0].limit.count);
  const times = [...new Set(groups.flatMap(({ points }) => [...points.keys()]))].toSorted((a, b) => a - b);
  const series = groups.map(({ tags, unit }) => ({
    group_tags: tags,
    query_index: 0,
    unit:
      unit === undefined
        ? null
        : [{ family: 'bytes', name: unit, plural: `${unit}s`, short_name: 'B', scale_factor: 1 }, null],
  }));
  const values = groups.map(({ points }) => times.map((at) => points.get(at) ?? null));
  return [200, { data: { id: '0', type: 'timeseries_response', attributes: { series, times, values } } }];
}

const QUERY =
  /^(avg|sum|min|max|count|p\d\d):([\w.]+)\{([^{}]+)\}(?: by \{([^{}]+)\})?(\.as_rate\(\)|\.as_count\(\))?$/;

interface Evaluated {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly interval: number;
}

function evaluate({ stored }: FakeMetrics, { text, from, to, interval }: Evaluated): Group[] | string {
  const parsed = QUERY.exec(text);
  if (parsed === null) {
    const column = Math.max(1, text.search(/[{(]/) + 1);
    return `Error parsing query: unable to parse ${text}: Rule 'scope_expr' didn't match at '${text.slice(column - 1, column + 9)}' (line 1, column ${column}).`;
  }
  const [, how = '', metric = '', scope = '', by = '', suffix] = parsed;
  const keys = by.split(',').filter(Boolean);
  const held = stored.filter(({ name, tags = [] }) => name === metric && inScope(scope, tags));
  const tagsOf = ({ tags = [] }: StoredMetric) =>
    keys.map((key) => tags.find((tag) => tag.startsWith(`${key}:`)) ?? `${key}:N/A`);
  const groups = Map.groupBy(held, (one) => tagsOf(one).join('\n'));
  return [...groups.values()].map((members) => {
    const buckets = new Map<number, (number | null)[]>();
    for (const [at, value] of members.flatMap(({ points }) => points)) {
      if (at < from || at > to) continue;
      const bucket = Math.floor(at / interval) * interval;
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), value]);
    }
    const divisor = suffix === '.as_rate()' ? interval / 1_000 : 1;
    const points = new Map([...buckets].map(([at, values]) => [at, reduce(how, values, divisor)] as const));
    return { name: metric, tags: members[0] === undefined ? [] : tagsOf(members[0]), unit: members[0]?.unit, points };
  });
}

function reduce(how: string, values: readonly (number | null)[], divisor: number): number | null {
  const numbers = values.filter((value) => value !== null);
  if (numbers.length === 0) return null;
  const sum = numbers.reduce((total, value) => total + value, 0);
  if (how === 'min') return Math.min(...numbers);
  if (how === 'max') return Math.max(...numbers);
  return how === 'sum' ? sum / divisor : sum / numbers.length;
}

function inScope(scope: string, tags: readonly string[]): boolean {
  if (scope === '*') return true;
  return scope.split(/ AND |,/).every((term) => {
    const negated = term.startsWith('NOT ');
    const alternatives = term
      .replace(/^NOT /, '')
      .replace(/^\((.*)\)$/, '$1')
      .split(' OR ');
    const holds = alternatives.some((one) =>
      tags.some((tag) => (one.endsWith('*') ? tag.startsWith(one.slice(0, -1)) : tag === one)),
    );
    return holds !== negated;
  });
}

function divide(left: readonly Group[], right: readonly Group[]): Group[] {
  return left.map((group) => {
    const other = right.find(({ tags }) => tags.join() === group.tags.join());
    const points = [...group.points].map(([at, value]) => {
      const by = other?.points.get(at);
      return [at, value === null || by === undefined || by === null ? null : value / by] as const;
    });
    return { ...group, points: new Map(points) };
  });
}

function countOf(groups: readonly Group[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const at of groups.flatMap(({ points }) => [...points.keys()])) counts.set(at, (counts.get(at) ?? 0) + 1);
  return counts;
}
