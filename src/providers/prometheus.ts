import { z } from 'zod';

import { baseUrl, defineProvider } from './define-provider.ts';
import { accessSettings, refineAccess } from './http/access.ts';
import { tlsSettings } from './http/tls.ts';
import { createPrometheusMetrics } from './prometheus/metric-source.ts';

const label = z.string().min(1).max(256);

const settings = refineAccess(
  z.strictObject({
    url: baseUrl,
    ...accessSettings,
    /** Any others, such as those of a proxy. */
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/)).default({}),
    /** Labels that name the service and the environment; looked for when absent. */
    labels: z.strictObject({ service: label.optional(), env: label.optional() }).prefault({}),
    /** Range of rates in queries that are written here; at least two scrapes. */
    rate_window_s: z.int().min(10).max(3_600).default(120),
    ui_url: baseUrl.optional(),
    timeout_s: z.number().min(1).max(120).default(10),
    ...tlsSettings,
  }),
);

/** Settings of Prometheus as its source sees them. */
export type PrometheusSettings = z.output<typeof settings>;

/** Prometheus and everything that speaks its HTTP API: Thanos, Mimir, VictoriaMetrics. */
export const prometheus = defineProvider({
  id: 'prometheus',
  title: 'Prometheus',
  docs: 'Reads `query_range`, `query`, `labels`, `label/<name>/values` and `metadata` of the HTTP API. Needs read access only. See [metrics.md](metrics.md#prometheus).',
  settings,
  capabilities: { metrics: (settings, deps) => createPrometheusMetrics(settings, deps) },
});
