import { z } from 'zod';

import { defineTool, readArguments, readOutput } from '#engine/tool.ts';

/** What moved, when and by how much. */
export const queryMetrics = defineTool({
  name: 'query_metrics',
  title: 'Query metrics',
  description: [
    'Evaluate a metric query around the incident and compare it with a baseline: per series the change point, robust z, percentiles and a trend line; what moved most comes first.',
    'Arguments: incident_id; query: in the language of the source (PromQL, or metric{label="x"} with rate, increase, sum, avg, max, min); search: words, lists metrics instead; source, service, env: where to look;',
    'since, until: 1h, 2h ago, ISO time or epoch (default: onset until now); step: 30s, 5m (default: fitting); baseline: previous (default), day, week, none; top: series, at most 50 (default 5); points: newest values per series, at most 100 (default 0); max_tokens: size of the answer, 200 to 2000 (default 1500).',
  ].join('\n'),
  effect: 'read',
  input: z.strictObject({
    ...readArguments,
    query: z.string().max(2_000).optional(),
    since: z.string().max(64).optional(),
    until: z.string().max(64).optional(),
    step: z.string().max(16).optional(),
    baseline: z.enum(['previous', 'day', 'week', 'none']).default('previous'),
    top: z.int().min(1).max(50).default(5),
    points: z.int().min(0).max(100).default(0),
    search: z.string().max(200).optional(),
  }),
  output: z.object({
    ...readOutput,
    query: z.string(),
    baseline: readOutput.window.optional(),
    step_seconds: z.number().optional(),
  }),
  rows: 'rows',
  plan: (input, { metrics }, call) => metrics.plan(input, call),
  run: (permit, input, { metrics }, call) => metrics.run(permit, input, call),
});
