import { z } from 'zod';

import { defineTool, readArguments, readOutput } from '#engine/tool.ts';

/** What is new in the logs, since when, and in which code. */
export const getIncidentLogs = defineTool({
  name: 'get_incident_logs',
  title: 'Get incident logs',
  description: [
    'Read logs around the incident. By default: patterns since the onset, compared with the 2 h before it, new and rising errors first, with the code they come from.',
    'Arguments: incident_id; mode: patterns (default), errors (by exception and code), lines (newest first; failures only unless query, filter or level is given), histogram; query: words that must all occur, "a phrase", -excluded; filter: condition in the language of the back end (LogQL stages, Datadog search, Lucene, CloudWatch filter pattern); event: `at` of a row, for that event whole; source, service, env: where to look;',
    'level: least level; since, until: 1h, 2h ago, ISO time or epoch (default: onset until now); baseline: previous (default), day, week, none;',
    'limit: rows, at most 1000; cursor: next_cursor of an earlier answer; max_tokens: size of the answer, 200 to 2000 (default 1500).',
  ].join('\n'),
  effect: 'read',
  input: z.strictObject({
    ...readArguments,
    mode: z.enum(['patterns', 'errors', 'lines', 'histogram']).default('patterns'),
    query: z.string().max(1_000).optional(),
    filter: z.string().min(1).max(2_000).optional(),
    event: z.string().min(1).max(1_000).optional(),
    level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).optional(),
    since: z.string().max(64).optional(),
    until: z.string().max(64).optional(),
    baseline: z.enum(['previous', 'day', 'week', 'none']).default('previous'),
    limit: z.int().min(1).max(1_000).optional(),
    cursor: z.string().max(64).optional(),
  }),
  output: z.object({
    ...readOutput,
    truncated: readOutput.truncated.describe('Not all that was asked for: next_cursor or notes lead on'),
    baseline: readOutput.window.optional(),
    place: z.string().optional(),
    errors: z.int().optional(),
    scanned: z.int(),
    scanned_bytes: z.int(),
    log_hash: z.string().optional(),
    lines: z.string().optional(),
    native_query: z.string().optional(),
    ui_url: z.string().optional(),
  }),
  rows: 'rows',
  plan: (input, { logs }, call) => logs.plan(input, call),
  run: (permit, input, { logs }, call) => logs.run(permit, input, call),
});
