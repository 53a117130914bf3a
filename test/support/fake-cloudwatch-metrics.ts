import type { FaultyServer, SeenRequest, VendorAnswer } from './faulty-server.ts';
import { serveWithFaults } from './faulty-server.ts';

/** A metric as the fake service stores it: values of one moment each. */
export interface StoredPoints {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  /** The account that owns it. */
  readonly account?: string;
  readonly points: readonly (readonly [number, number])[];
}

type Input = Readonly<Record<string, unknown>>;

/** CloudWatch of one region on loopback, as far as the metric source speaks to it: JSON 1.0, signed requests, tokens. */
export interface FakeCloudWatchMetrics extends FaultyServer {
  stored: readonly StoredPoints[];
  alarms: { readonly metric: readonly Input[]; readonly composite: readonly Input[] };
  /** Points of one page. */
  pagePoints: number;
  /** Metrics of one page. */
  pageMetrics: number;
  /** Merged into every result. */
  result: Input;
  /** Merged into every answer of metric data. */
  said: Input;
  /** Inputs by operation, in order. */
  inputs(operation: string): readonly Record<string, unknown>[];
}

/** Starts one. */
export async function fakeCloudWatchMetrics(stored: readonly StoredPoints[] = []): Promise<FakeCloudWatchMetrics> {
  const server = await serveWithFaults((request) => {
    try {
      return answer(fake, request);
    } catch (error) {
      return refuseMetric('InternalServiceFault', String(error), 500);
    }
  });
  const fake: FakeCloudWatchMetrics = Object.assign(server, {
    stored,
    alarms: { metric: [], composite: [] },
    pagePoints: 100_800,
    pageMetrics: 500,
    result: {},
    said: {},
    inputs: (operation: string) =>
      server.seen
        .filter(({ headers }) => headers['x-amz-target'] === `GraniteServiceVersion20100801.${operation}`)
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>),
  });
  return fake;
}

/** An exception as the service sends it. */
export function refuseMetric(type: string, message: string, status = 400): VendorAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ __type: `com.amazonaws.cloudwatch.v2010_08_01#${type}`, message }),
  };
}

function say(value: unknown): VendorAnswer {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(value) };
}

const SIGNATURE =
  /^AWS4-HMAC-SHA256 Credential=\w+\/\d{8}\/eu-west-1\/monitoring\/aws4_request, .*Signature=[0-9a-f]{64}$/;

function answer(fake: FakeCloudWatchMetrics, { headers, body }: SeenRequest): VendorAnswer {
  if (!SIGNATURE.test(headers.authorization ?? ''))
    return refuseMetric('IncompleteSignature', 'The request is not signed.');
  const operation = String(headers['x-amz-target']).split('.').at(-1) ?? '';
  const input = JSON.parse(body) as Input;
  if (operation === 'GetMetricData') return metricData(fake, input as unknown as DataInput);
  if (operation === 'ListMetrics') return listMetrics(fake, input);
  if (operation === 'DescribeAlarms') return describeAlarms(fake, input);
  return refuseMetric('UnknownOperationException', operation);
}

interface Named {
  readonly Name: string;
  readonly Value: string;
}

function listMetrics({ stored, pageMetrics }: FakeCloudWatchMetrics, input: Input): VendorAnswer {
  const asked = (input['Dimensions'] ?? []) as readonly Named[];
  const owner = input['IncludeLinkedAccounts'] === true ? input['OwningAccount'] : undefined;
  const found = stored
    .filter(({ namespace }) => input['Namespace'] === undefined || input['Namespace'] === namespace)
    .filter(({ metric }) => input['MetricName'] === undefined || input['MetricName'] === metric)
    .filter(({ account }) => account === owner)
    .filter(({ dimensions = {} }) => asked.every(({ Name, Value }) => dimensions[Name] === Value));
  const from = Number(input['NextToken'] ?? 0);
  const page = found.slice(from, from + pageMetrics);
  return say({
    Metrics: page.map(({ namespace, metric, dimensions = {} }) => ({
      Namespace: namespace,
      MetricName: metric,
      Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    })),
    ...(owner !== undefined && { OwningAccounts: page.map(({ account }) => account) }),
    ...(from + pageMetrics < found.length && { NextToken: String(from + pageMetrics) }),
  });
}

function describeAlarms({ alarms }: FakeCloudWatchMetrics, input: Input): VendorAnswer {
  // Left out, the types are metric alarms only.
  const types = (input['AlarmTypes'] ?? ['MetricAlarm']) as readonly string[];
  const names = input['AlarmNames'] as readonly string[] | undefined;
  const of = (type: string, held: readonly Input[]) =>
    types.includes(type) ? held.filter((alarm) => names?.includes(String(alarm['AlarmName'])) ?? true) : [];
  return say({
    MetricAlarms: of('MetricAlarm', alarms.metric),
    CompositeAlarms: of('CompositeAlarm', alarms.composite),
  });
}

interface DataQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly Period?: number;
  readonly ReturnData?: boolean;
  readonly AccountId?: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly Named[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}
interface DataInput {
  readonly MetricDataQueries: readonly DataQuery[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly ScanBy?: string;
  readonly NextToken?: string;
}
interface Found {
  readonly id: string;
  readonly label: string;
  readonly points: readonly (readonly [number, number])[];
}
type Span = { readonly since: number; readonly until: number };

function metricData(fake: FakeCloudWatchMetrics, input: DataInput): VendorAnswer {
  const { MetricDataQueries: queries, StartTime, EndTime, ScanBy = 'TimestampDescending', NextToken } = input;
  if (queries.length > 500)
    return refuseMetric('ValidationError', 'The collection MetricDataQueries must not have a size greater than 500.');
  const bad = queries.map(({ Expression = '' }) => problemOf(Expression)).find((problem) => problem !== undefined);
  if (bad !== undefined) return refuseMetric('ValidationError', bad);
  const span = { since: StartTime * 1_000, until: EndTime * 1_000 };
  const all = queries
    .filter(({ ReturnData = true }) => ReturnData)
    .flatMap((query) => evaluate(fake, { query, queries, span }));
  // A page holds a stretch of time of every series.
  const from = Number(NextToken ?? 0);
  const share = Math.max(1, Math.floor(fake.pagePoints / Math.max(1, all.length)));
  const ordered = all.map(({ id, label, points }) => ({
    id,
    label,
    points: points.toSorted(([a], [b]) => (ScanBy === 'TimestampAscending' ? a - b : b - a)),
  }));
  const more = ordered.some(({ points }) => points.length > from + share);
  const MetricDataResults = ordered.map(({ id, label, points }) => {
    const page = points.slice(from, from + share);
    return {
      Id: id,
      Label: label,
      Timestamps: page.map(([at]) => at / 1_000),
      Values: page.map(([, value]) => value),
      StatusCode: more ? 'PartialData' : 'Complete',
      ...fake.result,
    };
  });
  return say({ MetricDataResults, ...(more && { NextToken: String(from + share) }), ...fake.said });
}

interface Evaluated {
  readonly query: DataQuery;
  readonly queries: readonly DataQuery[];
  readonly span: Span;
}

function evaluate(fake: FakeCloudWatchMetrics, { query, queries, span }: Evaluated): readonly Found[] {
  const { Id, Expression = '', MetricStat, Period = 60, AccountId } = query;
  if (MetricStat !== undefined) {
    const { Namespace, MetricName, Dimensions = [] } = MetricStat.Metric;
    const wanted = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
    const own = fake.stored.filter(
      // Exactly these dimensions, in the account that is named.
      ({ namespace, metric, dimensions = {}, account }) =>
        namespace === Namespace && metric === MetricName && sameKeys(dimensions, wanted) && account === AccountId,
    );
    return [
      { id: Id, label: MetricName, points: bucket(own, { span, period: MetricStat.Period, stat: MetricStat.Stat }) },
    ];
  }
  const ratio = /^(\w+)\s*\/\s*(\w+)$/.exec(Expression);
  if (ratio !== null) {
    const [left, right] = [ratio[1], ratio[2]].map((id) => {
      const one = queries.find((other) => other.Id === id);
      return one === undefined ? [] : (evaluate(fake, { query: one, queries, span })[0]?.points ?? []);
    });
    const by = new Map(right);
    return [
      {
        id: Id,
        label: Expression,
        points: (left ?? []).map(([at, value]) => [at, value / (by.get(at) ?? 1)] as const),
      },
    ];
  }
  const searched = /^SEARCH\('\{([^,}]+)/.exec(Expression)?.[1];
  if (searched !== undefined) {
    const own = fake.stored.filter(({ namespace }) => namespace === searched);
    return own.map((one) => ({
      id: Id,
      label: Object.values(one.dimensions ?? {}).join(' '),
      points: bucket([one], { span, period: Period, stat: 'Average' }),
    }));
  }
  return select(fake, query, span);
}

const SELECT =
  /^SELECT (\w+)\("?([^")]+)"?\) FROM SCHEMA\(([^)]*)\)(?: WHERE (.*?))?(?: GROUP BY (.*?))?(?: ORDER BY .*)?$/;
const STATS: Readonly<Record<string, string>> = {
  AVG: 'Average',
  SUM: 'Sum',
  MIN: 'Minimum',
  MAX: 'Maximum',
  COUNT: 'SampleCount',
};

function select(
  { stored }: FakeCloudWatchMetrics,
  { Id, Expression = '', Period = 60 }: DataQuery,
  span: Span,
): readonly Found[] {
  const [, call = '', metric = '', schema = '', where = '', group = ''] = SELECT.exec(Expression) ?? [];
  const [namespace = '', ...keys] = schema.split(',').map((name) => name.trim().replaceAll('"', ''));
  const groups = group
    .split(',')
    .map((name) => name.trim().replaceAll('"', ''))
    .filter(Boolean);
  const own = stored.filter(
    (one) =>
      one.namespace === namespace &&
      one.metric === metric &&
      sameKeys(Object.fromEntries(keys.map((key) => [key, ''])), one.dimensions ?? {}, false) &&
      holds(where, one.dimensions ?? {}),
  );
  const byGroup = Map.groupBy(own, ({ dimensions = {} }) => groups.map((name) => dimensions[name]).join(' '));
  return [...byGroup].map(([label, members]) => ({
    id: Id,
    label: label || metric,
    points: bucket(members, { span, period: Period, stat: STATS[call] ?? '' }),
  }));
}

function holds(where: string, dimensions: Readonly<Record<string, string>>): boolean {
  return where
    .split(' AND ')
    .filter(Boolean)
    .every((term) => {
      const [, name = '', operator, value] = /^"([^"]+)" (!?=) '([^']*)'$/.exec(term) ?? [];
      if (operator === undefined) throw new Error(`unexpected condition ${term}`);
      return (dimensions[name] === value) === (operator === '=');
    });
}

function sameKeys(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>, values = true): boolean {
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => (values ? a[key] === b[key] : b[key] !== undefined))
  );
}

interface Bucketed {
  readonly span: Span;
  readonly period: number;
  readonly stat: string;
}

function bucket(
  series: readonly StoredPoints[],
  { span: { since, until }, period, stat }: Bucketed,
): readonly (readonly [number, number])[] {
  const buckets = new Map<number, number[]>();
  for (const [at, value] of series.flatMap(({ points }) => points)) {
    const start = Math.floor(at / (period * 1_000)) * period * 1_000;
    if (start < since || start >= until) continue;
    buckets.set(start, [...(buckets.get(start) ?? []), value]);
  }
  return [...buckets].map(([at, values]) => [at, reduce(stat, values)] as const);
}

function reduce(stat: string, values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  if (stat === 'Sum') return sum;
  if (stat === 'SampleCount') return values.length;
  if (stat === 'Minimum') return Math.min(...values);
  return stat === 'Average' ? sum / values.length : Math.max(...values);
}

function problemOf(expression: string): string | undefined {
  if (expression === '' || /^(?:\w+\s*\/\s*\w+|SEARCH\('.*\))$/.test(expression) || SELECT.test(expression))
    return undefined;
  const at = Math.max(0, expression.search(/[("']/));
  return `Error in expression 'q0': Unexpected token at position ${at}`;
}
