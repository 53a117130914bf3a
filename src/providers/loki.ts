import { z } from 'zod';

import { baseUrl, defineProvider } from './define-provider.ts';
import { accessSettings, refineAccess } from './http/access.ts';
import { tlsSettings } from './http/tls.ts';
import { createLokiLogs } from './loki/log-source.ts';
import { problemOfSelector } from './loki/stages.ts';

const label = z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of a label');

const settings = refineAccess(
  z.strictObject({
    url: baseUrl,
    ...accessSettings,
    /** What this source may read at all. */
    selector: z
      .string()
      .max(4_096)
      .superRefine((selector, context) => {
        const problem = problemOfSelector(selector);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      })
      .optional(),
    labels: z
      .strictObject({
        service: label.default('service_name'),
        env: label.default('env'),
        level: label.default('level'),
      })
      .prefault({}),
    /** Refuses windows of which the index says more. */
    max_scan_gb: z.number().positive().optional(),
    ui_url: baseUrl.optional(),
    /** Name or uid of the data source in Grafana. */
    ui_datasource: z.string().min(1).default('loki'),
    timeout_s: z.number().min(1).max(300).default(30),
    ...tlsSettings,
  }),
);

/** Settings of Loki as its source sees them. */
export type LokiSettings = z.output<typeof settings>;

/** Grafana Loki: logs by label, LogQL. */
export const loki = defineProvider({
  id: 'loki',
  title: 'Loki',
  docs: 'Reads `query_range`, `query`, `labels` and `index/stats` of the HTTP API. Needs read access only; in Grafana Cloud the scope `logs:read`. See [logs.md](logs.md#loki).',
  settings,
  capabilities: { logs: (settings, deps) => createLokiLogs(settings, deps) },
});
