import { z } from 'zod';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { isWholePair, tlsSettings } from './http/tls.ts';
import { createPrometheusMetrics } from './prometheus/metric-source.ts';

const label = z.string().min(1).max(256);

const settings = z
  .strictObject({
    url: baseUrl,
    /** Sent as `X-Scope-OrgID`, for Mimir and Thanos. */
    tenant: z
      .string()
      .regex(/^[\w!.*'()-]{1,150}(?:\|[\w!.*'()-]{1,150})*$/, 'must be a tenant, or several joined by |')
      .optional(),
    /** Sent as a bearer token. */
    token: secret.optional(),
    user: z.string().min(1).optional(),
    password: secret.optional(),
    /** Any others, such as those of a proxy. */
    headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/)).default({}),
    /** Labels that name the service and the environment; looked for when absent. */
    labels: z.strictObject({ service: label.optional(), env: label.optional() }).prefault({}),
    /** Range of rates in queries that are written here; at least two scrapes. */
    rate_window_s: z.int().min(10).max(3_600).default(120),
    ui_url: baseUrl.optional(),
    timeout_s: z.number().min(1).max(120).default(10),
    ...tlsSettings,
  })
  .refine(({ token, password }) => token === undefined || password === undefined, {
    error: 'must be a token, or user and password, not both',
    path: ['token'],
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: 'must come with user and user with it',
    path: ['password'],
  })
  .refine(isWholePair, { error: 'must come with key and key with it', path: ['cert'] });

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
