// Asks a Prometheus for one query and for all services, as query_metrics does, in a process of its own, and tells how much memory that took:
// arguments are url, query, onset and now.
import type { Incident } from '#domain/incident.ts';
import type { MetricInput } from '#engine/services/metrics.ts';
import { createMetricService } from '#engine/services/metrics.ts';
import type { EvidenceSources } from '#engine/sources.ts';
import type { Permit } from '#policy/verdict.ts';
import { prometheus } from '#providers/prometheus.ts';
import type { Evidence } from '#state/store.ts';

const [, , url, query = '', onset, now] = process.argv;
const clock = { now: () => Number(now) };
const source = prometheus.capabilities.metrics?.(prometheus.settings.parse({ url, timeout_s: 60 }), { clock });
if (source === undefined) throw new Error('prometheus has no metrics');
const sources = {
  metrics: (_: Incident, { query: text }: { readonly query?: string }) => ({ name: 'prom', source, text }),
} as unknown as EvidenceSources;
const service = createMetricService({
  sources,
  clock,
  store: { saveEvidence: () => ({ uri: 'incident://X/evidence/1' }) as Evidence },
  redact: (text) => text,
});
const incident = { id: 'X', startedAt: Number(onset), openedAt: Number(onset) + 1 } as Incident;
const call = { incident, actor: 'test', signal: new AbortController().signal, progress: () => undefined };
const ask = async (more: Partial<MetricInput>) => {
  const input: MetricInput = { baseline: 'previous', top: 5, points: 0, ...more };
  const permit = { action: service.plan(input, call), incident } as unknown as Permit<'read'>;
  return await service.run(permit, input, call);
};
const one = await ask({ query });
const services = await ask({});
process.stdout.write(JSON.stringify({ one, services, megabytes: Math.round(process.resourceUsage().maxRSS / 1_024) }));
