import { z } from 'zod';

import { defineTool, readArguments, readOutput } from '#engine/tool.ts';

/** Which change fits the moment the trouble began. */
export const listRecentDeploys = defineTool({
  name: 'list_recent_deploys',
  title: 'List recent deploys',
  description: [
    'Rank deploys and commits around the onset, likeliest cause first, with reason, confidence, previous version and rollback target. With base and head: commits, files and diff between two.',
    'Arguments: incident_id; source, service, env; around: a moment (default: onset); since: how far back (default 24 h before it, commits 48 h); limit: at most 50 (default 10);',
    'base, head: tags, branches or commits; cursor: next_cursor of an earlier answer; max_tokens: 200 to 2000 (default 1500).',
  ].join('\n'),
  effect: 'read',
  input: z.strictObject({
    ...readArguments,
    around: z.string().max(64).optional(),
    since: z.string().max(64).optional(),
    limit: z.int().min(1).max(50).default(10),
    base: z.string().max(256).optional(),
    head: z.string().max(256).optional(),
    cursor: z.string().max(64).optional(),
  }),
  output: z.object({
    ...readOutput,
    onset: z.string(),
    rollback_to: z.string().optional(),
    areas: z.array(z.string()).optional(),
  }),
  rows: 'rows',
  plan: (input, { deploys }, call) => deploys.plan(input, call),
  run: (permit, input, { deploys }, call) => deploys.run(permit, input, call),
});
