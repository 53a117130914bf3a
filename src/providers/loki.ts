import { z } from 'zod';

import { baseUrl, defineProvider, secret } from './define-provider.ts';
import { isWholePair, tlsSettings } from './http/tls.ts';
import { createLokiLogs } from './loki/log-source.ts';
import { problemOfSelector } from './loki/stages.ts';

const label = z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of a label');

const settings = z
  .strictObject({
    url: baseUrl,
    /** Sent as `X-Scope-OrgID`. */
    tenant: z
      .string()
      .regex(/^[\w!.*'()-]{1,150}(?:\|[\w!.*'()-]{1,150})*$/, 'must be a tenant, or several joined by |')
      .optional(),
    token: secret.optional(),
    user: z.string().min(1).optional(),
    password: secret.optional(),
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
