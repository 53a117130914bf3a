import { z } from 'zod';

import { defineTool, readArguments, readOutput } from '#engine/tool.ts';

/** Which change fits the moment the trouble began. */
export const listRecentDeploys = defineTool({
  name: 'list_recent_deploys',
  title: 'List recent deploys',
  description: [
    'List deploys around the onset, the most likely cause first, with the reason for the rank, the version before it and the files it changed. With base and head: the commits, files and diff between two deploys.',
    'Arguments: incident_id; source, service, env: where to look; around: the moment in question (default: onset); since: how far back (default: 14 days before it); limit: at most 50 (default 10);',
    'base, head: two tags, branches or commits to compare; max_tokens: size of the answer, 200 to 2000 (default 1500).',
  ].join('\n'),
  effect: 'read',
  input: z.strictObject({
    ...readArguments,
    around: z.string().max(64).optional(),
    since: z.string().max(64).optional(),
    limit: z.int().min(1).max(50).default(10),
    base: z.string().max(256).optional(),
    head: z.string().max(256).optional(),
  }),
  output: z.object({ ...readOutput, onset: z.string() }),
  rows: 'rows',
  plan: (input, { deploys }, call) => deploys.plan(input, call),
  run: (permit, input, { deploys }, call) => deploys.run(permit, input, call),
});
