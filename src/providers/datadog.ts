import { z } from 'zod';

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
  timeout_s: z.number().min(1).max(300).default(30),
});

/** Logs and metrics of a Datadog organisation. */
export const datadog = defineProvider({
  id: 'datadog',
  title: 'Datadog',
  docs: [
    "Searches logs and queries metrics with Datadog's own client, which is loaded on first use.",
    'The application key needs `logs_read_data` and `logs_read_index_data` for logs, `timeseries_query` and `metrics_read` for metrics.',
    'A fifth of the request limit is left to people who use the same keys.',
    'See [logs.md](logs.md#datadog) and [metrics.md](metrics.md#datadog).',
  ].join(' '),
  settings,
  capabilities: {
    logs: (resolved, { clock }) => createDatadogLogs(resolved, { clock }),
    metrics: (resolved, { clock }) => createDatadogMetrics(resolved, { clock }),
  },
});
