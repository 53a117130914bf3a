import { z } from 'zod';

import { defineTool, IncidentId } from '#engine/tool.ts';

/** Changes the incident's own tree; the user's checkout is never touched. */
export const applyPatch = defineTool({
  name: 'apply_patch',
  title: 'Apply a patch',
  description: [
    "Apply a small fix to the incident's own tree, all or nothing. The policy judges the applied result: protected files, number of files, changed lines. Patches add up; nothing leaves the server before open_pr.",
    'Arguments: incident_id; patch: a unified diff, a `*** Begin Patch` envelope or SEARCH/REPLACE blocks, with 3 lines of context copied exactly from the file (line numbers may be wrong);',
    'reason: why this is the smallest fix, 10 to 500 characters; plan (optional): hypothesis, steps and how to roll back; dry_run: true judges without applying and costs nothing.',
  ].join('\n'),
  effect: 'patch',
  input: z.strictObject({
    incident_id: IncidentId,
    patch: z.string().min(1).max(262_144),
    reason: z.string().trim().min(10).max(500),
    plan: z.string().max(4_000).optional(),
    dry_run: z.boolean().default(false),
  }),
  output: z.object({
    summary: z.string(),
    applied: z.boolean(),
    diff_hash: z.string().describe('Of the net diff from the base commit'),
    tree: z.string(),
    files: z.array(
      z.object({ path: z.string(), change: z.enum(['add', 'modify', 'delete']), added: z.int(), removed: z.int() }),
    ),
    truncated: z.boolean().optional(),
    rest: z.string().optional(),
  }),
  rows: 'files',
  plan: (input, { patches }, call) => patches.plan(input, call),
  run: (permit, _input, { patches }, call) => patches.run(permit, call),
  dryRun: (action, _input, { patches }) => patches.dryRun(action),
});
