import { z } from 'zod';

import { defineTool, IncidentId } from '#engine/tool.ts';

/** Every field but path is optional, so that no host needs to know alternatives; the engine says what belongs together. */
const editFields = {
  path: z.string(),
  old_text: z.string().optional(),
  new_text: z.string().optional(),
  expected_count: z.number().optional(),
  content: z.string().optional(),
  create_only: z.boolean().optional(),
  delete: z.boolean().optional(),
  rename_to: z.string().optional(),
};

const Edit = z.strictObject(editFields, {
  error: ({ code, keys }) =>
    code === 'unrecognized_keys'
      ? `${keys.slice(0, 3).join(', ')} is no field of an edit; the fields are ${Object.keys(editFields).join(', ')}`
      : undefined,
});

/** Changes the incident's own tree; the user's checkout is never touched. */
export const applyPatch = defineTool({
  name: 'apply_patch',
  title: 'Apply a patch',
  description: [
    "Apply a small fix to the incident's own tree, all or nothing. The policy judges the applied result. Patches add up; nothing leaves the server before open_pr.",
    'Arguments: incident_id; reason: why this is the smallest fix; patch or edits.',
    'patch: a unified diff, a `*** Begin Patch` envelope or SEARCH/REPLACE blocks, 3 lines of context copied exactly (line numbers may be wrong).',
    'edits: each has path and one of: old_text (found exactly once, or expected_count times) with new_text; content (new file; create_only: false overwrites); delete: true; rename_to.',
    'plan (optional): lines diagnosis:, change:, rollback:; base: {path: sha256} the change was made from; dry_run: true only judges, free; idempotency_key: repeated, like a repeated patch, answers the first result again, free.',
  ].join('\n'),
  effect: 'patch',
  input: z.strictObject({
    incident_id: IncidentId,
    patch: z.string().max(262_144).optional(),
    edits: z.array(Edit).max(200).optional(),
    reason: z.string().trim().min(10).max(500),
    plan: z.string().max(4_000).optional(),
    base: z.object({}).catchall(z.string()).optional(),
    dry_run: z.boolean().default(false),
    idempotency_key: z.string().min(1).max(128).optional(),
  }),
  output: z.object({
    summary: z.string(),
    applied: z.boolean(),
    already_applied: z.boolean().optional(),
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
  run: (permit, input, { patches }, call) => patches.run(permit, input, call),
  dryRun: (action, input, { patches }, call) => patches.dryRun(action, input, call),
});
