import { z } from 'zod';

import { createDatadogDeploys } from './datadog/deploy-source.ts';
import { createDatadogLogs } from './datadog/log-source.ts';
import { createDatadogMetrics } from './datadog/metric-source.ts';
import { storageTiers } from './datadog/place.ts';
import { baseUrl, defineProvider, secret } from './define-provider.ts';

const settings = z.strictObject({
  /** Such as `datadoghq.eu` or `us5.datadoghq.com`. It has no default: the wrong one would answer that the keys are unknown. */
  site: z.string().regex(/^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/, {
    error: 'is a host name without https:// and api., such as datadoghq.com, datadoghq.eu or us5.datadoghq.com',
  }),
  api_key: secret,
  app_key: secret,
  indexes: z.array(z.string().min(1).max(256)).max(50).default([]),
  storage_tier: z.enum(storageTiers).optional(),
  url: baseUrl.optional(),
  ui_url: baseUrl.optional(),
  message_attribute: z
    .string()
    .regex(/^@?[\w.-]{1,256}$/)
    .transform((name) => name.replace(/^@/, ''))
    .optional(),
  /** Off where the keys are for logs or metrics alone; unless it is on, keys that may read no deployments are no failure. */
  deploys: z.boolean().optional(),
  /** Tools name their events as they like. */
  deploy_events: z
    .string()
    .min(1)
    .max(1_000)
    .default('event_type:(deployment OR deploy) OR tags:(deployment OR deploy) OR source:deployment'),
  timeout_s: z.number().min(1).max(300).default(30),
});

/** Logs, metrics and deployments of a Datadog organisation. */
export const datadog = defineProvider({
  id: 'datadog',
  title: 'Datadog',
  client: '@datadog/datadog-api-client',
  docs: [
    "Searches logs, queries metrics and lists deployments with Datadog's own client, which is loaded on first use.",
    'The application key needs `logs_read_data` and `logs_read_index_data` for logs, `timeseries_query` and `metrics_read` for metrics, `dora_metrics_read` and `events_read` for deployments.',
    'A fifth of the request limit is left to people who use the same keys.',
    'See [logs.md](logs.md#datadog), [metrics.md](metrics.md#datadog) and [deploys.md](deploys.md#back-ends).',
  ].join(' '),
  settings,
  capabilities: {
    logs: (resolved, { clock }) => createDatadogLogs(resolved, { clock }),
    metrics: (resolved, { clock }) => createDatadogMetrics(resolved, { clock }),
    deploys: (resolved, { clock }) => createDatadogDeploys(resolved, { clock }),
  },
});
