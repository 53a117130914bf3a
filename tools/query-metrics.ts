import { z } from 'zod';

import { defineTool, readArguments, readOutput } from '#engine/tool.ts';

/** What moved, when and by how much. */
export const queryMetrics = defineTool({
  name: 'query_metrics',
  title: 'Query metrics',
  description: [
    'What moved around the incident against a baseline: change point, robust z, percentiles, trend; most moved first. Without query, metric and service: ranks the services of env.',
    'Arguments: incident_id; query: in the language of the source (PromQL) or a configured name; or metric with filters (code=~5..), agg (avg, sum, min, max, count, rate, p50 to p99), group_by; search: words, lists metrics; source, service, env: where to look;',
    'since, until: 1h, 2h ago, ISO time or epoch (default: onset until now, 4 h before as baseline); step: 30s, 5m; baseline: previous (default), day, week, none; top: rows, at most 50 (default 5); points: newest values per series, at most 100; chart: svg, a picture as well; max_tokens: size of the answer, 200 to 2000 (default 1500).',
  ].join('\n'),
  effect: 'read',
  input: z.strictObject({
    ...readArguments,
    query: z.string().max(2_000).optional(),
    metric: z.string().max(300).optional(),
    filters: z.array(z.string().max(300)).max(20).optional(),
    agg: z.string().max(8).optional(),
    group_by: z.array(z.string().max(200)).max(10).optional(),
    since: z.string().max(64).optional(),
    until: z.string().max(64).optional(),
    step: z.string().max(16).optional(),
    baseline: z.enum(['previous', 'day', 'week', 'none']).default('previous'),
    top: z.int().min(1).max(50).default(5),
    points: z.int().min(0).max(100).default(0),
    search: z.string().max(200).optional(),
    chart: z.enum(['svg']).optional(),
  }),
  output: z.object({
    ...readOutput,
    query: z.string(),
    baseline: readOutput.window.optional(),
    place: z.string().optional(),
    step_seconds: z.number().optional(),
    cardinality: z.record(z.string(), z.number()).optional(),
    chart: z.string().optional(),
    ui_url: z.string().optional(),
  }),
  rows: 'rows',
  picture: 'chart',
  plan: (input, { metrics }, call) => metrics.plan(input, call),
  run: (permit, input, { metrics }, call) => metrics.run(permit, input, call),
});
