import type { MetricInfo, ServiceSignal } from '#domain/evidence.ts';

/** A metric that tells how a service fares. */
export interface TellingMetric {
  readonly info: MetricInfo;
  readonly signal: ServiceSignal;
  /** What of it is used: metrics of one aspect resemble each other. */
  readonly aspect: string;
  /** Lower is more telling. */
  readonly rank: number;
}

/** Of the monitoring itself and of runtimes; they say nothing of a service's users, or repeat what others say. */
const BACKGROUND =
  /^(?:go_|promhttp_|prometheus_|scrape_|alertmanager_|grafana_|net_conntrack_|python_|nodejs_(?!eventloop_lag)|rest_client_|workqueue_|apiserver_|etcd_|coredns_|kube_|kubelet_|machine_|node_|ALERTS|up$)|_(?:created|info|timestamp(?:_seconds)?|start_time_seconds|last_seen|spec_\w+|limit(?:_\w+)?|max_usage_bytes|quota|period)$/;

interface Rule {
  readonly signal: ServiceSignal;
  readonly aspect: string;
  readonly pattern: RegExp;
}

/** The first that matches counts; within a name words are separated by `_`, `-`, `.` or `:`. */
const RULES: readonly Rule[] = [
  rule('errors', 'success', 'success(?:es)?|availability|uptime'),
  rule(
    'errors',
    'errors',
    String.raw`err|errors?|fail(?:ed|ures?|s)?|exceptions?|\dxx|timeouts?|rejected|rejections?|aborted|panics?|oom\w*|restarts?|refused`,
  ),
  rule('saturation', 'throttling', 'throttled'),
  rule('saturation', 'garbage collection', 'gc'),
  rule('saturation', 'cpu', 'cpu'),
  rule('saturation', 'memory', 'mem|memory|heap|rss|working_set|swap'),
  rule(
    'latency',
    'latency',
    'lat|latency|duration|durations|response_?times?|rt|delay|elapsed|p\\d\\d|rtt|(?:request|response|server|client|handling|processing|call|query|transaction)s?_(?:\\w+_)?(?:seconds|milliseconds|ms|time)',
  ),
  rule('saturation', 'disk', 'disk\\w*|fs|io|iops|blkio|filesystem'),
  rule('saturation', 'network', 'network|net|bytes_(?:received|sent)|receive|transmit|rx|tx|sockets?|packets?|tcp'),
  rule('saturation', 'queue', 'queue\\w*|backlog|lag|pending|inflight|in_flight|waiting'),
  rule('saturation', 'connections', 'connections?|conns?|pool\\w*|threads?|sessions?|file_descriptors|fds'),
  rule(
    'traffic',
    'requests',
    'requests?|reqs?|calls?|workload|load|lod|throughput|rps|qps|ops|messages|invocations|handled|hits|rpcs?|queries|transactions|orders',
  ),
  rule('saturation', 'use', 'usage|utilization|utilisation|saturation|used|percent|ratio'),
];

function rule(signal: ServiceSignal, aspect: string, words: string): Rule {
  return { signal, aspect, pattern: new RegExp(`(?:^|[_.:-])(?:${words})(?=$|[_.:-])`, 'i') };
}

/** Metrics of one aspect that are asked at most: what resembles the first two adds little. */
const PER_ASPECT: Readonly<Record<string, number>> = {
  errors: 4,
  latency: 4,
  requests: 3,
  cpu: 2,
  memory: 2,
  other: 6,
};
const PER_OTHER_ASPECT = 2;
/** Metrics that nothing is known of are asked only where there are few in all. */
const FEW = 60;

/** The metrics that tell most of services, the most telling first, at most `limit`; histograms by their buckets alone. */
export function chooseTelling(metrics: readonly MetricInfo[], limit: number): readonly TellingMetric[] {
  const names = new Set(metrics.map(({ name }) => name));
  const own = metrics.filter(
    ({ name }) => !BACKGROUND.test(spelled(name).replace(/^Node/, 'node')) && !isPartOf(name, names),
  );
  const known = own.flatMap((info) => classify(info) ?? []);
  const others: TellingMetric[] =
    own.length > FEW
      ? []
      : own
          .filter((info) => classify(info) === undefined)
          .map((info) => ({ info, signal: 'saturation', aspect: 'other', rank: 90 }));
  const kept = [...Map.groupBy([...known, ...others], ({ aspect }) => aspect)].flatMap(([aspect, alike]) =>
    oneOfEachFirst(alike.toSorted((a, b) => a.rank - b.rank || (a.info.name < b.info.name ? -1 : 1)))
      .slice(0, PER_ASPECT[aspect] ?? PER_OTHER_ASPECT)
      // One of each aspect goes before the second of any.
      .map((metric, index) => ({ ...metric, rank: metric.rank + index * 20 })),
  );
  return kept.toSorted((a, b) => a.rank - b.rank || (a.info.name < b.info.name ? -1 : 1)).slice(0, limit);
}

/** Quantiles and means of one measure tell nearly the same: other measures go before them. */
function oneOfEachFirst(alike: readonly TellingMetric[]): readonly TellingMetric[] {
  const seen = new Set<string>();
  const [first, further]: [TellingMetric[], TellingMetric[]] = [[], []];
  for (const metric of alike) {
    const measure = spelled(metric.info.name).replaceAll(STATISTIC, '');
    (seen.has(measure) ? further : first).push(metric);
    seen.add(measure);
  }
  return [...first, ...further];
}

/** Which statistic of a measure a name tells. */
const STATISTIC =
  /[_.:-](?:p?\d{2,3}|avg|average|mean|median|min|minimum|max|maximum|sum|rate|ratio|percent|pct)(?=$|[_.:-])/gi;

/** A name with its words apart: `CpuUsage` is `Cpu_Usage`. */
function spelled(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_');
}

/** The sum of a histogram or summary says nothing alone; its count is that of requests. */
function isPartOf(name: string, names: ReadonlySet<string>): boolean {
  const family = name.replace(/_(?:sum|count)$/, '');
  if (family === name) return false;
  return name.endsWith('_sum') && (names.has(`${family}_bucket`) || names.has(family) || names.has(`${family}_count`));
}

const SIGNAL_RANK: Readonly<Record<ServiceSignal, number>> = { errors: 0, latency: 1, traffic: 3, saturation: 2 };

function classify(info: MetricInfo): TellingMetric | undefined {
  const { name } = info;
  // The count of a histogram of durations counts requests.
  const counted = /_(?:count)$/.test(name) && !/err|fail/i.test(name);
  const found = counted
    ? { signal: 'traffic' as const, aspect: 'requests' }
    : RULES.find(({ pattern }) => pattern.test(spelled(name)));
  if (found === undefined) return undefined;
  const { signal, aspect } = found;
  return { info, signal, aspect, rank: SIGNAL_RANK[signal] + nuance(name) };
}

/** What a metric of this name tells, as `error_rate` or `latency_p99`; saturation when nothing is known of it. */
export function signalOf(name: string): ServiceSignal {
  return RULES.find(({ pattern }) => pattern.test(spelled(name)))?.signal ?? 'saturation';
}

/** Among metrics of one aspect: what users wait for before what a service asks of others, what is used before its details. */
function nuance(name: string): number {
  const worse: readonly (readonly [RegExp, number])[] = [
    [/client|upstream|outbound|egress/i, 4],
    [/p50|_50$|median|_min$|_avg$/i, 3],
    [/system|user_seconds|kernel|cache|swap|mapped|failcnt|faults?|periods|node/i, 6],
    [/jvm|runtime|process_/i, 3],
    [/db|sql|redis|cache|kafka/i, 2],
  ];
  const better: readonly (readonly [RegExp, number])[] = [
    [/http|grpc|rpc|server|request/i, -1],
    [/usage|working_set|p9\d|_9\d$|quantile|bucket/i, -1],
  ];
  return [...worse, ...better].reduce((sum, [pattern, weight]) => sum + (pattern.test(name) ? weight : 0), 10);
}
