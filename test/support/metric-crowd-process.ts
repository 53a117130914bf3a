// Asks one query of a Prometheus in a process of its own and tells how much memory that took: arguments are url, query, since and until.
import { systemClock } from '#domain/clock.ts';
import { prometheus } from '#providers/prometheus.ts';

const [, , url, query = '', since, until] = process.argv;
const source = prometheus.capabilities.metrics?.(prometheus.settings.parse({ url, timeout_s: 60 }), {
  clock: systemClock,
});
const window = { since: Number(since), until: Number(until) };
const answer = await source?.query({ query, window, stepMs: 60_000 }, new AbortController().signal);
process.stdout.write(
  JSON.stringify({
    series: answer?.series.length,
    total: answer?.total,
    cardinality: answer?.cardinality,
    movers: answer?.series.map(({ labels }) => labels['pod']),
    megabytes: Math.round(process.resourceUsage().maxRSS / 1_024),
  }),
);
